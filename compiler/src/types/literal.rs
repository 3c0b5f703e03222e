//! Literals: text as written → value, checked against what 64 bits, the calendar and ISO 4217 hold.

use super::{Checker, Problem};
use crate::hir;
use journey_grammar::tree::{Expr, ExprKind, Name, Span};
use journey_program::types::{Currency, Span as CivilSpan, Type, Value};

pub(crate) const SECOND_MS: i64 = 1_000;
pub(crate) const MINUTE_MS: i64 = 60 * SECOND_MS;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

impl Checker<'_> {
    /// A literal, perhaps with a minus before it.
    pub(crate) fn literal(&mut self, e: &Expr, negative: bool) -> hir::Expr {
        let span = e.span;
        let found = match &e.kind {
            ExprKind::Bool(b) => Ok((Type::Bool, Value::Bool(*b))),
            ExprKind::Int(digits) => int(digits, negative, span),
            ExprKind::Number { text, percent } => number(text, *percent, negative, span),
            ExprKind::Money { amount, currency } => money(amount, currency, negative, span),
            ExprKind::Time(text) => time(text, span),
            ExprKind::Date(text) => date(text, span),
            ExprKind::Clock(text) => clock(text, span),
            ExprKind::Quantity {
                count,
                unit,
                calendar,
            } => quantity(count, unit, *calendar, negative, span),
            _ => return self.infer(e, None),
        };
        match found {
            Ok((ty, value)) => self.constant_value(span, ty, value),
            Err((ty, problem)) => {
                self.report(*problem);
                self.failed_as(span, ty)
            }
        }
    }
}

type Found = Result<(Type, Value), (Type, Box<Problem>)>;

fn wrong(ty: Type, code: &'static str, span: Span, message: String) -> Found {
    Err((ty, Box::new(Problem::new(code, span, message))))
}

fn int(digits: &str, negative: bool, span: Span) -> Found {
    match signed(digits, negative).parse::<i64>() {
        Ok(value) => Ok((Type::Int, Value::Int(value))),
        Err(_) => wrong(
            Type::Int,
            "number-too-large",
            span,
            format!("`{}` does not fit in 64 bits", shortened(digits)),
        ),
    }
}

fn signed(text: &str, negative: bool) -> String {
    if negative {
        format!("-{text}")
    } else {
        text.to_owned()
    }
}

/// Long digits by their beginning.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 24;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let begin: String = text.chars().take(SHOWN).collect();
    format!("{begin}…")
}

fn number(text: &str, percent: bool, negative: bool, span: Span) -> Found {
    // one decimal text, so that it is rounded once
    let exponent = if percent { "e-2" } else { "" };
    let written = format!("{}{exponent}", signed(text, negative));
    match written.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Type::Number, Value::Number(value))),
        _ => wrong(
            Type::Number,
            "number-too-large",
            span,
            format!("`{}` is too large for a number", shortened(text)),
        ),
    }
}

fn money(amount: &str, code: &Name, negative: bool, span: Span) -> Found {
    let Some(currency) = Currency::parse(&code.text) else {
        let upper = code.text.to_uppercase();
        let mut problem = Problem::new(
            "unknown-currency",
            code.span,
            format!("`{}` is no ISO 4217 currency", code.text),
        );
        if Currency::parse(&upper).is_some() {
            problem = super::name::did_you_mean(problem, code.span, &upper);
        }
        return Err((Type::Error, Box::new(problem)));
    };
    let ty = Type::Money(currency);
    let digits = currency.digits();
    match scaled(&signed(amount, negative), digits) {
        Ok(minor) => Ok((ty, Value::Money(minor, currency))),
        Err(Misfit::Digits) => wrong(
            ty,
            "bad-value",
            span,
            format!("`{}` has {digits} digits after the point", currency.code()),
        ),
        Err(Misfit::Range) => wrong(
            ty,
            "number-too-large",
            span,
            format!(
                "`{} {}` does not fit in 64 bits",
                shortened(amount),
                currency.code()
            ),
        ),
    }
}

/// Why a decimal does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// more digits after the point than there is room for
    Digits,
    /// beyond 64 bits, or no decimal at all
    Range,
}

/// A decimal times ten to the `digits`, exactly.
pub(crate) fn scaled(text: &str, digits: u32) -> Result<i64, Misfit> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let room = usize::try_from(digits).unwrap_or(usize::MAX);
    if fraction.len() > room {
        return Err(Misfit::Digits);
    }
    let padding = std::iter::repeat_n(b'0', room - fraction.len());
    let mut value: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()).chain(padding) {
        if !byte.is_ascii_digit() {
            return Err(Misfit::Range);
        }
        value = value * 10 + i128::from(byte - b'0');
        if value > i128::from(u64::MAX) {
            return Err(Misfit::Range);
        }
    }
    i64::try_from(if negative { -value } else { value }).map_err(|_| Misfit::Range)
}

fn time(text: &str, span: Span) -> Found {
    match text.parse::<jiff::Timestamp>() {
        Ok(time) if time.subsec_nanosecond() % 1_000_000 == 0 => {
            Ok((Type::Time, Value::Time(time.as_millisecond())))
        }
        Ok(_) => wrong(
            Type::Time,
            "bad-time",
            span,
            format!("`{text}` is finer than a millisecond"),
        ),
        Err(_) if text.parse::<jiff::civil::DateTime>().is_ok() && !text.ends_with('Z') => Err((
            Type::Time,
            Box::new(
                Problem::new("bad-time", span, format!("`{text}` names no zone"))
                    .help("an instant ends in `Z`, or in an offset such as `+01:00`"),
            ),
        )),
        Err(_) => wrong(
            Type::Time,
            "bad-time",
            span,
            format!("there is no time `{text}`"),
        ),
    }
}

fn date(text: &str, span: Span) -> Found {
    match text.parse::<jiff::civil::Date>() {
        Ok(date) => Ok((Type::Date, Value::Date(days_of(date)))),
        Err(_) => wrong(
            Type::Date,
            "bad-time",
            span,
            format!("there is no date `{text}`"),
        ),
    }
}

/// Days since 1970-01-01.
fn days_of(date: jiff::civil::Date) -> i64 {
    date.duration_since(jiff::civil::date(1970, 1, 1))
        .as_hours()
        / 24
}

fn clock(text: &str, span: Span) -> Found {
    match clock_ms(text) {
        Some(ms) => Ok((Type::Clock, Value::Clock(ms))),
        None => Err((
            Type::Clock,
            Box::new(
                Problem::new("bad-time", span, format!("there is no clock time `{text}`"))
                    .help("a day runs from `00:00` to `23:59`"),
            ),
        )),
    }
}

fn clock_ms(text: &str) -> Option<i64> {
    let mut total = 0;
    let mut unit = HOUR_MS;
    for (i, part) in text.split(':').enumerate() {
        let value: i64 = part.parse().ok()?;
        let limit = if i == 0 { 24 } else { 60 };
        if !(0..limit).contains(&value) || i > 2 {
            return None;
        }
        total += value * unit;
        unit /= 60;
    }
    Some(total)
}

fn quantity(count: &str, unit: &str, calendar: bool, negative: bool, span: Span) -> Found {
    let written = signed(count, negative);
    let too_large = |ty: Type| {
        wrong(
            ty,
            "number-too-large",
            span,
            format!("`{} {unit}s` is too long", shortened(count)),
        )
    };
    let civil = match (unit, calendar) {
        ("year", _) => Some((12, 0)),
        ("month", _) => Some((1, 0)),
        ("week", true) => Some((0, 7)),
        ("day", true) => Some((0, 1)),
        _ => None,
    };
    if let Some((months, days)) = civil {
        return match written.parse::<i32>() {
            Ok(n) => match (n.checked_mul(months), n.checked_mul(days)) {
                (Some(months), Some(days)) => {
                    Ok((Type::Span, Value::Span(CivilSpan { months, days })))
                }
                _ => too_large(Type::Span),
            },
            Err(_) if count.contains('.') => wrong(
                Type::Span,
                "bad-duration",
                span,
                format!("a {unit} can't be divided"),
            ),
            Err(_) => too_large(Type::Span),
        };
    }
    let ms = match unit {
        "second" => SECOND_MS,
        "minute" => MINUTE_MS,
        "hour" => HOUR_MS,
        "day" => DAY_MS,
        "week" => 7 * DAY_MS,
        _ => {
            return wrong(
                Type::Duration,
                "bad-duration",
                span,
                format!("`{unit}` is no unit of time"),
            );
        }
    };
    if calendar {
        return wrong(
            Type::Span,
            "bad-duration",
            span,
            format!(
                "there is no calendar {unit}: `calendar` goes with days, weeks, months and years"
            ),
        );
    }
    match duration(&written, ms) {
        Some(ms) => Ok((Type::Duration, Value::Duration(ms))),
        None if count.contains('.') => wrong(
            Type::Duration,
            "bad-duration",
            span,
            format!("`{count} {unit}s` is no whole number of milliseconds"),
        ),
        None => too_large(Type::Duration),
    }
}

/// A decimal count of a unit in milliseconds, exactly.
fn duration(count: &str, unit_ms: i64) -> Option<i64> {
    const PLACES: u32 = 6;
    let scaled = scaled(count, PLACES).ok()?;
    let product = i128::from(scaled) * i128::from(unit_ms);
    let scale = 10_i128.pow(PLACES);
    if product % scale != 0 {
        return None;
    }
    i64::try_from(product / scale).ok()
}
