//! Days and dates of the proleptic Gregorian calendar, without zones.

use crate::types::Span;

/// A date taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    pub year: i64,
    /// 1 to 12
    pub month: i64,
    /// 1 to 31
    pub day: i64,
}

pub(super) const YEAR_MAX: i64 = 9999;

/// Day 0 of the count below is 0000-03-01: leap days come last in such a year.
const EPOCH: i64 = 719_468;
const ERA_DAYS: i64 = 146_097;

/// Days since 1970-01-01 of a date; None if there is no such date.
pub fn date_from_day(day: Day) -> Option<i64> {
    let Day { year, month, day } = day;
    if year.abs() > YEAR_MAX || !(1..=12).contains(&month) {
        return None;
    }
    if day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * ERA_DAYS + day_of_era - EPOCH)
}

/// The date of a count of days since 1970-01-01.
pub fn day_from_date(date: i64) -> Option<Day> {
    let days = date.checked_add(EPOCH)?;
    let era = days.div_euclid(ERA_DAYS);
    let of_era = days.rem_euclid(ERA_DAYS);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year.abs() <= YEAR_MAX).then_some(Day { year, month, day })
}

pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// 1 Monday to 7 Sunday.
pub fn weekday(date: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    (date.rem_euclid(7) + 3) % 7 + 1
}

/// Months first, the day clamped to the month's end, then days.
pub fn add_span_to_date(date: i64, span: Span) -> Option<i64> {
    let moved = if span.months == 0 {
        date
    } else {
        add_months(date, i64::from(span.months))?
    };
    let moved = moved.checked_add(i64::from(span.days))?;
    day_from_date(moved).map(|_| moved)
}

fn add_months(date: i64, months: i64) -> Option<i64> {
    let Day { year, month, day } = day_from_date(date)?;
    let count = (year * 12 + month - 1).checked_add(months)?;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    date_from_day(Day {
        year,
        month,
        day: day.min(days_in_month(year, month)),
    })
}

/// The n-th anniversary of a date; that of 29 February is the 28th in common years.
pub fn anniversary(date: i64, n: i64) -> Option<i64> {
    add_months(date, n.checked_mul(12)?)
}

/// The number of the newest anniversary of `date` that is not after `today`.
pub fn years_since(date: i64, today: i64) -> Option<i64> {
    let years = day_from_date(today)?.year - day_from_date(date)?.year;
    // Outside of the calendar there is no such anniversary yet.
    let reached = anniversary(date, years).is_some_and(|day| day <= today);
    Some(if reached { years } else { years - 1 })
}
