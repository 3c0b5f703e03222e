//! Civil time: instants (ms since 1970, UTC) and days (since 1970-01-01) in IANA zones. The zones' data
//! are compiled in, so every machine gives the same answer. None: outside of what calendars hold
//! (the years -9999 to 9999); a fault `OutOfRange` to the program.
//!
//! A clock time that a change of clocks skips is the first instant after the gap; one that it repeats is
//! the first of the two.

mod calendar;
mod zone;

pub use calendar::{
    Day, add_span_to_date, anniversary, date_from_day, day_from_date, days_in_month, weekday,
    years_since,
};
pub use zone::{Zone, zone, zone_name, zone_names, zone_word};

/// A day of 24 hours, in ms.
pub const DAY_MS: i64 = 86_400_000;
/// The days of the week, as the language calls them; Monday is day 1 where they are numbered.
pub const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
