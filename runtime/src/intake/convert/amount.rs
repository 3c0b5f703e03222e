//! Decimal text → minor units, an int, a finite double. Exact: digits are counted, never rounded.

use crate::intake::json::Json;
use journey_program::types::Currency;

/// Why digits do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// no decimal number
    Shape,
    /// more digits after the point than there is room for
    Digits,
    /// beyond 64 bits
    Range,
}

/// A decimal number's parts: sign, digits before and after the point, exponent.
struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i64,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        // beyond five digits of exponent nothing fits, and zero is written otherwise
        Some((digits, exponent)) if exponent.len() <= 6 => (digits, exponent.parse().ok()?),
        Some(_) => return None,
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (all_digits(whole) && all_digits(fraction)).then_some(Parts {
        negative,
        whole,
        fraction,
        exponent,
    })
}

/// Most whole numbers: digits alone, and so few that nothing overflows.
fn short(text: &str) -> Option<i64> {
    if !(1..=18).contains(&text.len()) {
        return None;
    }
    let mut word = 0;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        word = word * 10 + i64::from(digit);
    }
    Some(word)
}

/// `text` times ten to the `digits`, if that is a whole number of 64 bits.
pub fn scaled(text: &str, digits: u32) -> Result<i64, Misfit> {
    if let Some(word) = short(text).filter(|_| digits == 0) {
        return Ok(word);
    }
    let parts = parts(text).ok_or(Misfit::Shape)?;
    let fraction = parts.fraction.trim_end_matches('0');
    let length = i64::try_from(fraction.len()).map_err(|_| Misfit::Digits)?;
    let mut value: i128 = 0;
    for byte in parts.whole.bytes().chain(fraction.bytes()) {
        value = value.checked_mul(10).ok_or(Misfit::Range)?;
        value = value
            .checked_add(i128::from(byte - b'0'))
            .ok_or(Misfit::Range)?;
    }
    // what is left to shift once the digits stand as a whole number
    let mut shift = i64::from(digits) + parts.exponent - length;
    while shift < 0 && value != 0 {
        if value % 10 != 0 {
            return Err(Misfit::Digits);
        }
        value /= 10;
        shift += 1;
    }
    while shift > 0 && value != 0 {
        value = value.checked_mul(10).ok_or(Misfit::Range)?;
        shift -= 1;
    }
    let value = if parts.negative { -value } else { value };
    i64::try_from(value).map_err(|_| Misfit::Range)
}

/// A finite double, correctly rounded; only decimal notation is a number.
pub fn number(text: &str) -> Option<f64> {
    parts(text)?;
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Minor units of a number, a text, or an object with `amount` and `currency`; else what was expected.
pub fn money(value: &Json<'_>, currency: Currency) -> Result<i64, String> {
    let text = match value {
        Json::Number(text) => text,
        Json::Text(text) => match text.rsplit_once(' ') {
            Some((amount, code)) if code == currency.code() => return minor(amount, currency),
            _ => text,
        },
        Json::Object(_) => {
            let code = value.field("currency");
            if !matches!(code, Some(Json::Text(code)) if code == currency.code()) {
                return Err(format!("an amount in `{}`", currency.code()));
            }
            match value.field("amount") {
                Some(Json::Number(text) | Json::Text(text)) => text,
                _ => return Err(expected(currency)),
            }
        }
        Json::Null | Json::Bool(_) | Json::List(_) => return Err(expected(currency)),
    };
    minor(text, currency)
}

fn minor(text: &str, currency: Currency) -> Result<i64, String> {
    let digits = currency.digits();
    scaled(text, digits).map_err(|misfit| match misfit {
        Misfit::Shape => expected(currency),
        Misfit::Digits => {
            format!(
                "at most {digits} digits after the point: `{}` has no more",
                currency.code()
            )
        }
        Misfit::Range => format!("an amount of `{}` that 64 bits can hold", currency.code()),
    })
}

/// What money of a currency expects, in words.
pub fn expected(currency: Currency) -> String {
    let example = match currency.digits() {
        0 => "80".to_string(),
        digits => format!("80.{}", "0".repeat(usize::try_from(digits).unwrap_or(2))),
    };
    format!("an amount in `{}` such as `{example}`", currency.code())
}
