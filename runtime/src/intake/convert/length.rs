//! Durations and spans: ISO 8601 (`PT1H`, `P1M`), or as the language writes them (`30 minutes`, `1 month`).
//! A duration is exact (a day is 24 hours) and has no months; a span is civil and has no hours.

use journey_program::types::Span;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Milliseconds of `PT1H`, `P3D`, `PT1.5S`, `30 minutes`.
pub fn duration(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let add = |count: &str, unit: Unit| {
        let ms = match unit {
            Unit::Year | Unit::Month => return None,
            Unit::Week => 7 * DAY_MS,
            Unit::Day => DAY_MS,
            Unit::Hour => HOUR_MS,
            Unit::Minute => MINUTE_MS,
            Unit::Second => return super::amount::scaled(count, 3).ok(),
        };
        count.parse::<i64>().ok()?.checked_mul(ms)
    };
    for part in units(text)? {
        total = total.checked_add(add(part.0, part.1)?)?;
    }
    Some(if text.starts_with('-') { -total } else { total })
}

/// Months and days of `P1M`, `P2Y`, `P1Y2M10D`, `1 month`, `1 calendar day`.
pub fn span(text: &str) -> Option<Span> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let mut span = Span::default();
    for (count, unit) in units(text)? {
        let count = count.parse::<i32>().ok()?.checked_mul(sign)?;
        match unit {
            Unit::Year => span.months = span.months.checked_add(count.checked_mul(12)?)?,
            Unit::Month => span.months = span.months.checked_add(count)?,
            Unit::Week => span.days = span.days.checked_add(count.checked_mul(7)?)?,
            Unit::Day => span.days = span.days.checked_add(count)?,
            Unit::Hour | Unit::Minute | Unit::Second => return None,
        }
    }
    Some(span)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

/// The counted units of a text: at least one, each at most once, the larger first.
fn units(text: &str) -> Option<Vec<(&str, Unit)>> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let units = match text.strip_prefix('P') {
        Some(rest) => iso(rest)?,
        None => vec![words(text)?],
    };
    let ordered = units
        .iter()
        .zip(units.iter().skip(1))
        .all(|(a, b)| a.1 < b.1);
    (ordered && !units.is_empty()).then_some(units)
}

fn words(text: &str) -> Option<(&str, Unit)> {
    let (count, unit) = text.split_once(' ')?;
    let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    let unit = match unit.strip_prefix("calendar ").unwrap_or(unit) {
        "year" | "years" => Unit::Year,
        "month" | "months" => Unit::Month,
        "week" | "weeks" => Unit::Week,
        "day" | "days" => Unit::Day,
        "hour" | "hours" => Unit::Hour,
        "minute" | "minutes" => Unit::Minute,
        "second" | "seconds" => Unit::Second,
        _ => return None,
    };
    digits.then_some((count, unit))
}

fn iso(mut rest: &str) -> Option<Vec<(&str, Unit)>> {
    let mut units = Vec::new();
    let mut in_time = false;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            if in_time || after.is_empty() {
                return None;
            }
            (in_time, rest) = (true, after);
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (count, after) = rest.split_at_checked(end)?;
        let mut letters = after.chars();
        let unit = match (letters.next()?, in_time) {
            ('Y', false) => Unit::Year,
            ('M', false) => Unit::Month,
            ('W', false) => Unit::Week,
            ('D', false) => Unit::Day,
            ('H', true) => Unit::Hour,
            ('M', true) => Unit::Minute,
            ('S', true) => Unit::Second,
            _ => return None,
        };
        if count.is_empty() || (count.contains('.') && unit != Unit::Second) {
            return None;
        }
        units.push((count, unit));
        rest = letters.as_str();
    }
    Some(units)
}
