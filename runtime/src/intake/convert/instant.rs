//! Texts of RFC 3339 and its parts → instants, dates, times of day, in milliseconds and days. Times without
//! a zone come out as local ones, for the caller to place in a zone or to refuse.

use journey_program::civil::{Day, Zone, date_from_day};

const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// milliseconds since 1970 in UTC
    Instant(i64),
    /// milliseconds since 1970 on a clock whose zone is not said
    Local(i64),
}

/// Reads fixed fields from the front of a text.
struct Cursor<'t>(&'t [u8]);

impl Cursor<'_> {
    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(count)?;
        let mut value = 0;
        for byte in head {
            value = value * 10 + i64::from(byte.is_ascii_digit().then(|| byte - b'0')?);
        }
        self.0 = rest;
        Some(value)
    }

    fn byte(&mut self, one_of: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        one_of.contains(first).then(|| self.0 = rest)?;
        Some(*first)
    }

    /// Any digits, as milliseconds: finer ones are let go.
    fn fraction(&mut self) -> Option<i64> {
        let count = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        let mut value = 0;
        for place in 0..3 {
            value = value * 10 + digits.get(place).map_or(0, |byte| i64::from(byte - b'0'));
        }
        self.0 = rest;
        (count > 0).then_some(value)
    }

    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4)?;
        self.byte(b"-")?;
        let month = self.digits(2)?;
        self.byte(b"-")?;
        let day = self.digits(2)?;
        date_from_day(Day { year, month, day })
    }

    fn clock(&mut self) -> Option<i64> {
        let hour = self.digits(2)?;
        self.byte(b":")?;
        let minute = self.digits(2)?;
        let mut ms = 0;
        if self.byte(b":").is_some() {
            let second = self.digits(2)?;
            ms = second * 1_000;
            if self.byte(b".,").is_some() {
                ms += self.fraction()?;
            }
            if second > 59 {
                return None;
            }
        }
        (hour < 24 && minute < 60).then_some(hour * 3_600_000 + minute * 60_000 + ms)
    }

    /// `Z` or `+01:00`: milliseconds ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = self.byte(b"Zz+-")?;
        if sign == b'Z' || sign == b'z' {
            return Some(0);
        }
        let hour = self.digits(2)?;
        self.byte(b":")?;
        let minute = self.digits(2)?;
        let ms = hour * 3_600_000 + minute * 60_000;
        (hour < 24 && minute < 60).then_some(if sign == b'-' { -ms } else { ms })
    }

    fn done<T>(&self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

/// A time with its zone, a local time, or a date (its midnight, local).
pub fn parse(text: &str) -> Option<Parsed> {
    let mut cursor = Cursor(text.as_bytes());
    let midnight = cursor.date()? * DAY_MS;
    if cursor.0.is_empty() {
        return Some(Parsed::Local(midnight));
    }
    cursor.byte(b"Tt ")?;
    let local = midnight + cursor.clock()?;
    if cursor.0.is_empty() {
        return Some(Parsed::Local(local));
    }
    let offset = cursor.offset()?;
    cursor.done(Parsed::Instant(local - offset))
}

/// Days since 1970-01-01 of `2026-05-10`.
pub fn date(text: &str) -> Option<i64> {
    let mut cursor = Cursor(text.as_bytes());
    let days = cursor.date()?;
    cursor.done(days)
}

/// Milliseconds since midnight of `21:00`, `21:00:30`, `21:00:30.5`.
pub fn clock(text: &str) -> Option<i64> {
    let mut cursor = Cursor(text.as_bytes());
    let ms = cursor.clock()?;
    cursor.done(ms)
}

/// The instant at which clocks of a zone show `local`.
pub fn in_zone(local: i64, zone: &Zone) -> Option<i64> {
    zone.date_at_clock(local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS))
}
