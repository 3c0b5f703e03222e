//! What someone should look at, with the numbers that say so. Nothing here is guessed: each line names its rule.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of all things that happen are looked at"
)]

use super::facts::Facts;
use super::table::{Cell, Table};
use journey_measure::lift::many::holm;
use journey_runtime::measure::What;
use std::collections::BTreeMap;

const COLUMNS: &[&str] = &["about", "advice", "rule", "people"];
/// From this share on a step's skips are told.
const SKIPPED: f64 = 0.25;
/// From this share on two audiences are nearly one.
const ALIKE: f64 = 0.8;
const SURE: f64 = 0.05;
/// What rests on fewer people is not told.
const PEOPLE_MIN: u64 = 30;

pub fn table(facts: &Facts, tables: &[Table]) -> Table {
    let mut table = Table::new("advice", "What to look at", COLUMNS);
    skips(facts, &mut table);
    lifts(tables, &mut table);
    sizes(tables, &mut table);
    overlaps(facts, &mut table);
    table
}

fn say(table: &mut Table, about: &str, (advice, rule): (String, &str), people: u64) {
    table.rows.push(vec![
        Cell::text(about),
        Cell::Text(advice),
        Cell::text(rule),
        Cell::Count(people),
    ]);
}

/// "step `nudge`: 61 % skipped for `limit`"
fn skips(facts: &Facts, table: &mut Table) {
    let mut steps: BTreeMap<(String, String), BTreeMap<String, (u64, u64)>> = BTreeMap::new();
    for person in &facts.people {
        for (no, tally) in &person.tallies {
            let Some(kind) = facts.kind(*no) else {
                continue;
            };
            let [journey, step, reason, _] = &kind.names;
            let reason = match kind.what {
                What::Sent => "",
                What::Skipped => reason,
                _ => continue,
            };
            let step = steps
                .entry((journey.to_string(), step.to_string()))
                .or_default();
            let count = step.entry(reason.to_owned()).or_default();
            *count = (count.0 + u64::from(tally.count), count.1 + 1);
        }
    }
    for ((journey, step), reasons) in &steps {
        let all: u64 = reasons.values().map(|(times, _)| times).sum();
        for (reason, (times, people)) in reasons.iter().filter(|(reason, _)| !reason.is_empty()) {
            let share = *times as f64 / all as f64;
            if share >= SKIPPED && *people >= PEOPLE_MIN {
                let about = format!("{journey}.{step}");
                let percent = share * 100.0;
                let advice = format!("{percent:.0} % of its sends were skipped for `{reason}`");
                say(
                    table,
                    &about,
                    (advice, "a quarter or more is skipped"),
                    *people,
                );
            }
        }
    }
}

/// "arm `long` wins", by p-values that know of each other.
fn lifts(tables: &[Table], table: &mut Table) {
    let Some(lift) = tables.iter().find(|table| table.name == "lift") else {
        return;
    };
    let number = |row: &[Cell], column: &str| match lift.cell(row, column) {
        Some(Cell::Number(number)) => Some(*number),
        _ => None,
    };
    let tested: Vec<(&Vec<Cell>, f64)> = lift
        .rows
        .iter()
        .filter_map(|row| Some((row, number(row, "p_value")?)))
        .collect();
    let p_values: Vec<f64> = tested.iter().map(|(_, p)| *p).collect();
    for ((row, _), p) in tested.iter().zip(holm(&p_values)) {
        let text = |column: &str| lift.cell(row, column).map_or_else(String::new, Cell::plain);
        let people = |column: &str| match lift.cell(row, column) {
            Some(Cell::Count(count)) => *count,
            _ => 0,
        };
        let Some(difference) = number(row, "difference").filter(|_| p < SURE) else {
            continue;
        };
        let word = if difference > 0.0 {
            "does better"
        } else {
            "does worse"
        };
        let (arm, base, of) = (text("arm"), text("base"), text("of"));
        let (conversion, metric) = (text("conversion"), text("metric"));
        let advice = format!(
            "`{arm}` {word} than `{base}` by {difference:.4} in {metric} of `{conversion}` (p {p:.4})"
        );
        let all = people("people") + people("base_people");
        say(table, &of, (advice, "p below 0.05 after Holm"), all);
    }
}

fn sizes(tables: &[Table], table: &mut Table) {
    let Some(sizes) = tables.iter().find(|table| table.name == "sizes") else {
        return;
    };
    let mut told: Vec<String> = Vec::new();
    for row in &sizes.rows {
        let text = |column: &str| {
            sizes
                .cell(row, column)
                .map_or_else(String::new, Cell::plain)
        };
        let of = text("of");
        if text("alarm") != "mismatch" || told.contains(&of) {
            continue;
        }
        let people = sizes
            .rows
            .iter()
            .filter(|row| sizes.cell(row, "of").is_some_and(|cell| cell.plain() == of));
        let people = people.filter_map(|row| match sizes.cell(row, "people") {
            Some(Cell::Count(count)) => Some(*count),
            _ => None,
        });
        let advice = "its groups are not as large as they should be: its lift can't be trusted";
        say(
            table,
            &of,
            (advice.to_owned(), "sample ratio mismatch"),
            people.sum(),
        );
        told.push(of);
    }
}

/// "these two audiences overlap by 83 %"
fn overlaps(facts: &Facts, table: &mut Table) {
    let name = |place: usize| {
        facts
            .program
            .audiences
            .get(place)
            .map_or("", |plan| &plan.name)
    };
    let size = |place: usize| facts.inside.get(place).copied().unwrap_or(0);
    for ((one, other), both) in &facts.both {
        let either = size(*one) + size(*other) - both;
        let share = *both as f64 / either as f64;
        if share >= ALIKE && either >= PEOPLE_MIN {
            let percent = share * 100.0;
            let (one, other) = (name(*one), name(*other));
            let about = format!("{one}, {other}");
            let advice = format!("these two audiences overlap by {percent:.0} %");
            say(
                table,
                &about,
                (advice, "four fifths or more are in both"),
                either,
            );
        }
    }
}
