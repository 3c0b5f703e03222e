//! Zones: names to words, instants to civil days and clocks, and back.

use super::DAY_MS;
use super::calendar::{Day, add_span_to_date, date_from_day, day_from_date, weekday};
use crate::types::Span;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use std::sync::OnceLock;
use xxhash_rust::xxh3::xxh3_64;

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    rules: TimeZone,
}

struct Entry {
    word: i64,
    name: String,
    zone: OnceLock<Option<Zone>>,
}

struct Table {
    bundled: TimeZoneDatabase,
    /// by word
    entries: Vec<Entry>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let bundled = TimeZoneDatabase::bundled();
        let mut entries: Vec<Entry> = bundled
            .available()
            .map(|name| name.as_str().to_owned())
            .map(|name| Entry {
                word: word_of(&name),
                name,
                zone: OnceLock::new(),
            })
            .collect();
        entries.sort_by_key(|entry| entry.word);
        Table { bundled, entries }
    })
}

/// A hash of the name: a zone that a newer list of zones adds moves no other's word.
fn word_of(name: &str) -> i64 {
    xxh3_64(name.as_bytes()).cast_signed()
}

fn entry(word: i64) -> Option<&'static Entry> {
    let entries = &table().entries;
    entries
        .binary_search_by_key(&word, |entry| entry.word)
        .ok()
        .and_then(|at| entries.get(at))
}

/// The register word of an IANA name, if there is such a zone (as written: `Europe/London`).
pub fn zone_word(name: &str) -> Option<i64> {
    let word = word_of(name);
    entry(word)
        .filter(|entry| entry.name == name)
        .map(|entry| entry.word)
}

/// The name of a register word.
pub fn zone_name(word: i64) -> Option<&'static str> {
    entry(word).map(|entry| entry.name.as_str())
}

/// The zone of a register word.
pub fn zone(word: i64) -> Option<&'static Zone> {
    let entry = entry(word)?;
    let load = || {
        table()
            .bundled
            .get(&entry.name)
            .ok()
            .map(|rules| Zone { rules })
    };
    entry.zone.get_or_init(load).as_ref()
}

/// All names, sorted.
pub fn zone_names() -> Vec<&'static str> {
    let mut names: Vec<_> = table()
        .entries
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    names.sort_unstable();
    names
}

impl Zone {
    pub fn named(name: &str) -> Option<&'static Zone> {
        zone(zone_word(name)?)
    }

    pub fn utc() -> &'static Zone {
        static UTC: OnceLock<Zone> = OnceLock::new();
        UTC.get_or_init(|| Zone {
            rules: TimeZone::UTC,
        })
    }

    /// The civil date and the clock (ms since midnight) of an instant.
    pub fn local(&self, time: i64) -> Option<(i64, i64)> {
        let instant = Timestamp::from_millisecond(time).ok()?;
        let offset = i64::from(self.rules.to_offset(instant).seconds());
        let local = time.checked_add(offset.checked_mul(1000)?)?;
        let date = local.div_euclid(DAY_MS);
        day_from_date(date).map(|_| (date, local.rem_euclid(DAY_MS)))
    }

    /// What a calendar on the wall shows at an instant.
    pub fn date_of(&self, time: i64) -> Option<i64> {
        self.local(time).map(|(date, _)| date)
    }

    /// The instant of a clock time on a date.
    pub fn date_at_clock(&self, date: i64, clock: i64) -> Option<i64> {
        if !(0..DAY_MS).contains(&clock) {
            return None;
        }
        let local = date.checked_mul(DAY_MS)?.checked_add(clock)?;
        let shifted =
            |offset: jiff::tz::Offset| local.checked_sub(i64::from(offset.seconds()) * 1000);
        let time = match self
            .rules
            .to_ambiguous_timestamp(datetime(date, clock)?)
            .offset()
        {
            AmbiguousOffset::Unambiguous { offset } => shifted(offset)?,
            AmbiguousOffset::Fold { before, .. } => shifted(before)?,
            AmbiguousOffset::Gap { before, after } => {
                self.gap_end(shifted(after)?, shifted(before)?)?
            }
        };
        Timestamp::from_millisecond(time).ok().map(|_| time)
    }

    /// The one instant after `from`, not after `to`, at which the offset changes; changes fall on whole
    /// seconds.
    fn gap_end(&self, from: i64, to: i64) -> Option<i64> {
        let offset = |second| {
            Timestamp::from_second(second)
                .ok()
                .map(|instant| self.rules.to_offset(instant))
        };
        let (mut low, mut high) = (from.div_euclid(1000), to.div_euclid(1000));
        let before = offset(low)?;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if offset(middle)? == before {
                low = middle;
            } else {
                high = middle;
            }
        }
        high.checked_mul(1000)
    }

    /// The first instant of a date; of one that the zone skips, the first after it.
    pub fn start_of_day(&self, date: i64) -> Option<i64> {
        self.date_at_clock(date, 0)
    }

    /// An empty span moves nothing, not even out of a repeated hour.
    pub fn add_span_to_time(&self, time: i64, span: Span) -> Option<i64> {
        if span == Span::default() {
            return Some(time);
        }
        let (date, clock) = self.local(time)?;
        self.date_at_clock(add_span_to_date(date, span)?, clock)
    }

    /// The next instant strictly after `now` with this clock time, on this weekday (1 Monday to 7 Sunday,
    /// 0 any).
    pub fn next_clock(&self, now: i64, clock: i64, weekday_or_any: i64) -> Option<i64> {
        let today = self.date_of(now)?;
        (today - 1..=today + 15)
            .filter(|date| weekday_or_any == 0 || weekday(*date) == weekday_or_any)
            .filter_map(|date| self.date_at_clock(date, clock))
            .find(|time| *time > now)
    }

    /// If an instant is in the half-open window from one clock time to the other (over midnight where
    /// `from` is after `to`): the window's end. A window is two instants: where clocks go back, it ends
    /// at the first of two equal times and does not begin again.
    pub fn window_end(&self, time: i64, from: i64, to: i64) -> Option<i64> {
        let today = self.date_of(time)?;
        (today - 1..=today + 1)
            .filter_map(|date| {
                let end = if from > to { date + 1 } else { date };
                Some((
                    self.date_at_clock(date, from)?,
                    self.date_at_clock(end, to)?,
                ))
            })
            .filter(|(start, end)| *start <= time && time < *end)
            .map(|(_, end)| end)
            .max()
    }

    /// The civil day that an instant counts for: the newest that has begun. It never goes back, as the
    /// wall's calendar does where clocks go back over midnight.
    pub fn day_of(&self, time: i64) -> Option<i64> {
        let date = self.date_of(time)?;
        let begun = self
            .start_of_day(date + 1)
            .is_some_and(|start| start <= time);
        Some(if begun { date + 1 } else { date })
    }

    /// The civil day around an instant: its first instant, and the next day's.
    pub fn day_bounds(&self, time: i64) -> Option<(i64, i64)> {
        let day = self.day_of(time)?;
        self.bounds(day, day + 1)
    }

    /// The week around an instant, from Monday.
    pub fn week_bounds(&self, time: i64) -> Option<(i64, i64)> {
        let day = self.day_of(time)?;
        let monday = day - weekday(day) + 1;
        self.bounds(monday, monday + 7)
    }

    /// The month around an instant.
    pub fn month_bounds(&self, time: i64) -> Option<(i64, i64)> {
        let first = date_from_day(Day {
            day: 1,
            ..day_from_date(self.day_of(time)?)?
        })?;
        self.bounds(first, add_span_to_date(first, Span { months: 1, days: 0 })?)
    }

    fn bounds(&self, first: i64, next: i64) -> Option<(i64, i64)> {
        Some((self.start_of_day(first)?, self.start_of_day(next)?))
    }
}

fn datetime(date: i64, clock: i64) -> Option<DateTime> {
    let Day { year, month, day } = day_from_date(date)?;
    let (seconds, ms) = (clock / 1000, clock % 1000);
    let part = |value: i64| i8::try_from(value).ok();
    let date = Date::new(i16::try_from(year).ok()?, part(month)?, part(day)?).ok()?;
    let time = Time::new(
        part(seconds / 3600)?,
        part(seconds / 60 % 60)?,
        part(seconds % 60)?,
        i32::try_from(ms * 1_000_000).ok()?,
    )
    .ok()?;
    Some(date.to_datetime(time))
}
