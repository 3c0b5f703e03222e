//! Numbers, money, dates and times as a locale writes them: separators, the place of the currency, the
//! order of a date. A locale that is not in the table is written as `en`.

use journey_program::civil::{Zone, day_from_date};
use journey_program::show;
use journey_program::types::Currency;

struct Style {
    languages: &'static [&'static str],
    point: char,
    group: &'static str,
    /// day, month, year with their separator; `%` codes are not needed for four forms
    date: DateOrder,
    currency_last: bool,
}

#[derive(Clone, Copy)]
enum DateOrder {
    MonthDayYear,
    DayMonthYear(char),
    YearMonthDay,
}

const EN: Style = Style {
    languages: &["en-US", "en"],
    point: '.',
    group: ",",
    date: DateOrder::MonthDayYear,
    currency_last: false,
};

/// By language tag, the longest that fits first.
const STYLES: [Style; 8] = [
    Style {
        languages: &["en-GB", "en-IE", "en-AU", "en-NZ", "en-IN"],
        point: '.',
        group: ",",
        date: DateOrder::DayMonthYear('/'),
        currency_last: false,
    },
    EN,
    Style {
        languages: &["de-CH", "de-LI"],
        point: '.',
        group: "’",
        date: DateOrder::DayMonthYear('.'),
        currency_last: false,
    },
    Style {
        languages: &["de", "da", "tr", "id"],
        point: ',',
        group: ".",
        date: DateOrder::DayMonthYear('.'),
        currency_last: true,
    },
    Style {
        languages: &["es", "it", "pt", "nl", "el", "ca", "gl"],
        point: ',',
        group: ".",
        date: DateOrder::DayMonthYear('/'),
        currency_last: true,
    },
    Style {
        languages: &["fr"],
        point: ',',
        group: "\u{202f}",
        date: DateOrder::DayMonthYear('/'),
        currency_last: true,
    },
    Style {
        languages: &[
            "nb", "nn", "no", "fi", "pl", "cs", "sk", "ru", "uk", "bg", "hu", "et",
        ],
        point: ',',
        group: "\u{a0}",
        date: DateOrder::DayMonthYear('.'),
        currency_last: true,
    },
    Style {
        languages: &["sv", "ja", "zh", "ko", "lt", "fr-CA"],
        point: '.',
        group: ",",
        date: DateOrder::YearMonthDay,
        currency_last: false,
    },
];

fn style(locale: &str) -> &'static Style {
    let fits = |tag: &str| {
        locale
            .strip_prefix(tag)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    STYLES
        .iter()
        .filter_map(|style| {
            let longest = style
                .languages
                .iter()
                .filter(|tag| fits(tag))
                .map(|tag| tag.len());
            longest.max().map(|length| (length, style))
        })
        .max_by_key(|(length, _)| *length)
        .map_or(&EN, |(_, style)| style)
}

pub fn int(value: i64, locale: &str) -> String {
    grouped(&value.to_string(), style(locale))
}

pub fn number(value: f64, locale: &str) -> String {
    grouped(&show::number(value), style(locale))
}

pub fn money(minor: i64, currency: Currency, locale: &str) -> String {
    let style = style(locale);
    let amount = grouped(&show::amount(minor, currency.digits()), style);
    let sign = match currency.code() {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "INR" => "₹",
        other => return format!("{amount}\u{a0}{other}"),
    };
    if style.currency_last {
        return format!("{amount}\u{a0}{sign}");
    }
    match amount.strip_prefix('-') {
        Some(amount) => format!("-{sign}{amount}"),
        None => format!("{sign}{amount}"),
    }
}

pub fn date(day: i64, locale: &str) -> String {
    let Some(date) = day_from_date(day) else {
        return show::date(day);
    };
    let (y, m, d) = (date.year, date.month, date.day);
    match style(locale).date {
        DateOrder::MonthDayYear => format!("{m}/{d}/{y}"),
        DateOrder::DayMonthYear(between) => format!("{d:02}{between}{m:02}{between}{y}"),
        DateOrder::YearMonthDay => format!("{y}-{m:02}-{d:02}"),
    }
}

/// Date and time of day, where the person is.
pub fn time(at: i64, zone: &Zone, locale: &str) -> String {
    let Some((day, clock)) = zone.local(at) else {
        return show::time(at);
    };
    let (hour, minute) = (clock / 3_600_000, clock / 60_000 % 60);
    let date = date(day, locale);
    match style(locale).date {
        DateOrder::MonthDayYear => {
            let half = if hour < 12 { "AM" } else { "PM" };
            format!("{date}, {}:{minute:02} {half}", (hour + 11) % 12 + 1)
        }
        DateOrder::DayMonthYear(_) | DateOrder::YearMonthDay => {
            format!("{date}, {hour:02}:{minute:02}")
        }
    }
}

/// A decimal in plain digits, with the locale's point and groups of three.
fn grouped(plain: &str, style: &Style) -> String {
    if plain.contains('e') {
        return plain.to_owned();
    }
    let (sign, digits) = plain
        .strip_prefix('-')
        .map_or(("", plain), |rest| ("-", rest));
    let (whole, rest) = digits
        .split_once('.')
        .map_or((digits, None), |(w, r)| (w, Some(r)));
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push_str(style.group);
        }
        text.push(digit);
    }
    if let Some(rest) = rest {
        text.push(style.point);
        text.push_str(rest);
    }
    text
}
