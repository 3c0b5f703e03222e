//! Texts of amounts, times, dates, clocks, durations and spans against a second reading of the same rules,
//! slow and plain, by regular expressions and other people's arithmetic; and values to text and back.

use arbitrary::{Result, Unstructured};
use jiff::civil::{Date, DateTime};
use journey_program::show;
use journey_runtime::intake::convert::amount::{self, Misfit};
use journey_runtime::intake::convert::instant::{self, Parsed};
use journey_runtime::intake::convert::length;
use regex::Regex;
use rust_decimal::Decimal;
use std::sync::OnceLock;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let text = text.as_ref();
    for digits in [0, 2, 3] {
        assert_eq!(
            amount::scaled(text, digits).ok(),
            scaled(text, digits),
            "{text} by {digits}"
        );
    }
    assert_eq!(instant::parse(text), time(text), "{text}");
    assert_eq!(instant::date(text), date(text), "{text}");
    assert_eq!(instant::clock(text), clock(text), "{text}");
    assert_eq!(length::duration(text), duration(text), "{text}");
    assert_eq!(
        length::span(text).map(|span| (span.months, span.days)),
        span(text),
        "{text}"
    );
    let _ = back(&mut Unstructured::new(bytes));
}

fn regex(cell: &'static OnceLock<Regex>, rule: &str) -> &'static Regex {
    cell.get_or_init(|| Regex::new(rule).expect("the rule is one"))
}

/// Shifts the point of a decimal text, then reads what is left of it.
fn scaled(text: &str, digits: u32) -> Option<i64> {
    static RULE: OnceLock<Regex> = OnceLock::new();
    let rule = regex(
        &RULE,
        r"^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$",
    );
    let found = rule.captures(text).filter(|_| !text.ends_with('\n'))?;
    let fraction = found.get(3).map_or("", |m| m.as_str());
    let exponent = found.get(4).map_or("0", |m| m.as_str());
    let exponent: i64 = Some(exponent).filter(|e| e.len() <= 6)?.parse().ok()?;
    let mut all = format!("{}{fraction}", &found[2]);
    if all.bytes().all(|byte| byte == b'0') {
        return Some(0);
    }
    let point = found[2].len() as i64 + exponent + i64::from(digits);
    let zeros = all.bytes().take_while(|byte| *byte == b'0').count() as i64;
    if point - zeros > 25 {
        return None;
    }
    while (all.len() as i64) < point {
        all.push('0');
    }
    let (whole, rest) = all.split_at(usize::try_from(point).ok()?);
    if rest.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    format!(
        "{}{}",
        &found[1],
        if whole.is_empty() { "0" } else { whole }
    )
    .parse()
    .ok()
}

fn number(found: &regex::Captures<'_>, name: &str) -> i64 {
    found
        .name(name)
        .map_or(0, |m| m.as_str().parse().expect("digits"))
}

fn thousandths(found: &regex::Captures<'_>) -> i64 {
    let digits = found.name("f").map_or("", |m| m.as_str());
    let three: String = digits.chars().chain("000".chars()).take(3).collect();
    three.parse().expect("digits")
}

const CLOCK: &str = r"(?<h>[0-9]{2}):(?<i>[0-9]{2})(?::(?<s>[0-9]{2})(?:[.,](?<f>[0-9]+))?)?";
const DATE: &str = r"(?<y>[0-9]{4})-(?<m>[0-9]{2})-(?<d>[0-9]{2})";

fn of_clock(found: &regex::Captures<'_>) -> Option<i64> {
    let (hour, minute, second) = (number(found, "h"), number(found, "i"), number(found, "s"));
    let fits = hour < 24 && minute < 60 && second < 60;
    fits.then(|| ((hour * 60 + minute) * 60 + second) * 1_000 + thousandths(found))
}

fn of_date(found: &regex::Captures<'_>) -> Option<i64> {
    let part = |name| i8::try_from(number(found, name)).ok();
    let year = i16::try_from(number(found, "y")).ok()?;
    let date = Date::new(year, part("m")?, part("d")?).ok()?;
    let epoch = Date::constant(1970, 1, 1);
    Some(i64::from((date - epoch).get_days()))
}

fn date(text: &str) -> Option<i64> {
    static RULE: OnceLock<Regex> = OnceLock::new();
    of_date(&regex(&RULE, &format!(r"\A{DATE}\z")).captures(text)?)
}

fn clock(text: &str) -> Option<i64> {
    static RULE: OnceLock<Regex> = OnceLock::new();
    of_clock(&regex(&RULE, &format!(r"\A{CLOCK}\z")).captures(text)?)
}

fn time(text: &str) -> Option<Parsed> {
    static RULE: OnceLock<Regex> = OnceLock::new();
    let zone = r"(?<z>[Zz]|(?<sign>[+-])(?<oh>[0-9]{2}):(?<om>[0-9]{2}))";
    let rule = format!(r"\A{DATE}(?<t>[Tt ]{CLOCK}{zone}?)?\z");
    let found = regex(&RULE, &rule).captures(text)?;
    let midnight = of_date(&found)? * 86_400_000;
    if found.name("t").is_none() {
        return Some(Parsed::Local(midnight));
    }
    let local = midnight + of_clock(&found)?;
    if found.name("z").is_none() {
        return Some(Parsed::Local(local));
    }
    let (hours, minutes) = (number(&found, "oh"), number(&found, "om"));
    if hours > 23 || minutes > 59 {
        return None;
    }
    let ahead = (hours * 60 + minutes) * 60_000;
    let behind = found.name("sign").is_some_and(|sign| sign.as_str() == "-");
    Some(Parsed::Instant(if behind {
        local + ahead
    } else {
        local - ahead
    }))
}

const ISO: &str = r"P(?:(?<y>[0-9]+)Y)?(?:(?<mo>[0-9]+)M)?(?:(?<w>[0-9]+)W)?(?:(?<d>[0-9]+)D)?(?<t>T(?:(?<h>[0-9]+)H)?(?:(?<mi>[0-9]+)M)?(?:(?<s>[0-9.]+)S)?)?";
const SAID: &str = r"(?<n>[0-9]+) (?:calendar )?(?<unit>year|month|week|day|hour|minute|second)s?";

/// Counts of years, months, weeks, days, hours, minutes, and the text of seconds.
fn lengths(text: &str) -> Option<(bool, [Option<String>; 7])> {
    static RULE: OnceLock<Regex> = OnceLock::new();
    let rule = regex(&RULE, &format!(r"\A(?<sign>-?)(?:{ISO}|{SAID})\z"));
    let found = rule.captures(text)?;
    let minus = &found["sign"] == "-";
    let mut counts = ["y", "mo", "w", "d", "h", "mi", "s"]
        .map(|name| found.name(name).map(|m| m.as_str().to_owned()));
    if let (Some(count), Some(unit)) = (found.name("n"), found.name("unit")) {
        let units = ["year", "month", "week", "day", "hour", "minute", "second"];
        let place = units.iter().position(|name| *name == unit.as_str())?;
        counts[place] = Some(count.as_str().to_owned());
    } else if found.name("t").is_some_and(|t| t.as_str() == "T") {
        return None;
    }
    counts
        .iter()
        .any(Option::is_some)
        .then_some((minus, counts))
}

fn duration(text: &str) -> Option<i64> {
    let (minus, [years, months, rest @ ..]) = lengths(text)?;
    if years.is_some() || months.is_some() {
        return None;
    }
    let mut total: i128 = 0;
    let unit_ms: [i128; 4] = [604_800_000, 86_400_000, 3_600_000, 60_000];
    for (count, ms) in rest.iter().zip(unit_ms) {
        let count: i64 = count.as_deref().unwrap_or("0").parse().ok()?;
        total += i128::from(i64::try_from(i128::from(count) * ms).ok()?);
    }
    total += i128::from(scaled(rest[4].as_deref().unwrap_or("0"), 3)?);
    i64::try_from(total)
        .ok()
        .map(|total| if minus { -total } else { total })
}

fn span(text: &str) -> Option<(i32, i32)> {
    let (minus, [years, months, weeks, days, rest @ ..]) = lengths(text)?;
    if rest.iter().any(Option::is_some) {
        return None;
    }
    let count = |text: Option<String>| -> Option<i64> {
        let count: i32 = text.as_deref().unwrap_or("0").parse().ok()?;
        Some(i64::from(count))
    };
    let sign = if minus { -1 } else { 1 };
    let months = sign * (12 * count(years)? + count(months)?);
    let days = sign * (7 * count(weeks)? + count(days)?);
    Some((i32::try_from(months).ok()?, i32::try_from(days).ok()?))
}

/// Values shown and read again.
fn back(from: &mut Unstructured<'_>) -> Result<()> {
    let minor: i64 = from.arbitrary()?;
    for digits in [0, 2, 3] {
        let text = show::amount(minor, digits);
        assert_eq!(
            amount::scaled(&text, digits),
            Ok::<_, Misfit>(minor),
            "{text}"
        );
        let decimal = Decimal::from_i128_with_scale(i128::from(minor), digits);
        assert_eq!(text, decimal.to_string());
    }
    let millis = from.int_in_range(-62_135_596_800_000..=253_402_300_799_999)?;
    let text = show::time_ms(millis);
    assert_eq!(
        instant::parse(&text),
        Some(Parsed::Instant(millis)),
        "{text}"
    );
    let theirs: jiff::Timestamp = text.parse().expect("jiff reads what we show");
    assert_eq!(theirs.as_millisecond(), millis);
    let day = millis.div_euclid(86_400_000);
    let shown: DateTime = format!("{}T00:00", show::date(day))
        .parse()
        .expect("a date");
    assert_eq!(instant::date(&shown.date().to_string()), Some(day));
    let of_day = millis.rem_euclid(86_400_000);
    assert_eq!(instant::clock(&show::clock(of_day)), Some(of_day));
    Ok(())
}

pub fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "19.99",
        "-0.5",
        "1e3",
        "1E-2",
        "9223372036854775807",
        "922337203685477.5807e4",
        "0000.1000",
        "100e-2",
        "2026-11-27T10:00:00Z",
        "2026-11-27 10:00",
        "2026-02-29",
        "2024-02-29T23:59:59.999+05:30",
        "0000-01-01T00:00:00,5z",
        "9999-12-31T23:59:59-23:59",
        "21:00",
        "08:30:15.25",
        "24:00",
        "PT1H",
        "-P3DT2M",
        "PT1.5S",
        "P1Y2M10D",
        "P2W",
        "30 minutes",
        "1 month",
        "-1 calendar day",
        "1 calendar days",
        "P",
        "PT",
        "P1M1M",
        "PT.5S",
        "P9999999999999D",
        "P0Y",
        "2 years",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}
