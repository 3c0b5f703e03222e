//! Values as the texts that `{…}` puts into a message: the same on every machine, without a locale.

use crate::civil::{self, DAY_MS, Day};
use crate::types::{Currency, Span};
use std::fmt::Write as _;

/// The shortest digits that read back as the same double; `1` is `1`, very large and very small numbers
/// have an exponent.
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e21).contains(&magnitude) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// A text as the content of an element or of a quoted attribute.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// `19.99 EUR`
pub fn money(minor: i64, currency: Currency) -> String {
    format!("{} {}", amount(minor, currency.digits()), currency.code())
}

/// `19.99`: minor units with so many digits after the point.
pub fn amount(minor: i64, digits: u32) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let Some(scale) = 10u64.checked_pow(digits).filter(|_| digits > 0) else {
        return format!("{minor}");
    };
    let magnitude = minor.unsigned_abs();
    let width = usize::try_from(digits).unwrap_or(0);
    format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale)
}

/// `2026-11-27`
pub fn date(date: i64) -> String {
    match civil::day_from_date(date) {
        Some(Day { year, month, day }) => {
            let sign = if year < 0 { "-" } else { "" };
            format!("{sign}{:04}-{month:02}-{day:02}", year.abs())
        }
        None => format!("day {date}"),
    }
}

/// `21:00`, `21:00:30`, `21:00:30.250`
pub fn clock(clock: i64) -> String {
    let (seconds, ms) = (clock.div_euclid(1000), clock.rem_euclid(1000));
    let mut text = format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 || ms != 0 {
        push(&mut text, format_args!(":{:02}", seconds % 60));
    }
    if ms != 0 {
        push(&mut text, format_args!(".{ms:03}"));
    }
    text
}

/// `2026-11-27T10:00:00Z`, with milliseconds if there are any.
pub fn time(time: i64) -> String {
    let ms = time.rem_euclid(1000);
    let mut text = time_without_fraction(time);
    if ms != 0 {
        push(&mut text, format_args!(".{ms:03}"));
    }
    text + "Z"
}

/// `2026-11-27T10:00:00.000Z`: always with milliseconds, as actions have it.
pub fn time_ms(time: i64) -> String {
    let ms = time.rem_euclid(DAY_MS);
    let Some(Day { year, month, day }) =
        civil::day_from_date(time.div_euclid(DAY_MS)).filter(|day| (0..=9999).contains(&day.year))
    else {
        return format!("{}.{:03}Z", time_without_fraction(time), ms % 1000);
    };
    let mut text = String::with_capacity(24);
    let hours = [
        (ms / 3_600_000, ':'),
        (ms / 60_000 % 60, ':'),
        (ms / 1000 % 60, '.'),
    ];
    digits(&mut text, year, 1000);
    for (part, before) in [(month, '-'), (day, '-')] {
        text.push(before);
        digits(&mut text, part, 10);
    }
    text.push('T');
    for (part, after) in hours {
        digits(&mut text, part, 10);
        text.push(after);
    }
    digits(&mut text, ms % 1000, 100);
    text.push('Z');
    text
}

/// Decimal digits, from that of `unit` on.
fn digits(text: &mut String, value: i64, mut unit: i64) {
    while unit > 0 {
        let digit = u8::try_from(value / unit % 10).unwrap_or(0);
        text.push(char::from(b'0' + digit));
        unit /= 10;
    }
}

fn time_without_fraction(time: i64) -> String {
    let seconds = time.rem_euclid(DAY_MS) / 1000;
    let day = date(time.div_euclid(DAY_MS));
    format!(
        "{day}T{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// `2 days 1 hour`, in exact units: days, hours, minutes, seconds, milliseconds.
pub fn duration(duration: i64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1000, "second"),
        (1, "millisecond"),
    ];
    let mut rest = duration.unsigned_abs();
    let mut parts = Vec::new();
    for (size, unit) in UNITS {
        if rest >= size {
            parts.push(counted(i128::from(rest / size), unit));
            rest %= size;
        }
    }
    let text = if parts.is_empty() {
        "0 seconds".to_owned()
    } else {
        parts.join(" ")
    };
    if duration < 0 {
        format!("-{text}")
    } else {
        text
    }
}

/// `1 month 2 days`
pub fn span(span: Span) -> String {
    let mut parts = Vec::new();
    let (years, months) = (span.months / 12, span.months % 12);
    for (count, unit) in [(years, "year"), (months, "month"), (span.days, "day")] {
        if count != 0 {
            parts.push(counted(i128::from(count), unit));
        }
    }
    if parts.is_empty() {
        "0 days".to_owned()
    } else {
        parts.join(" ")
    }
}

fn counted(count: i128, unit: &str) -> String {
    let plural = if count.abs() == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

fn push(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(part);
}
