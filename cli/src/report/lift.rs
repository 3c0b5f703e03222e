//! What sending changed: each journey against those whom it held out, each arm of a split against the first one.
//! A person counts once, from their first entry (or draw) on, and with what came within the conversion's window.

use super::facts::{Facts, Worth};
use super::table::{Cell, Table};
use journey_measure::lift::design::{Arms, Outcome, minimum_detectable};
use journey_measure::lift::sequential::{look, mixture};
use journey_measure::lift::split::split;
use journey_measure::lift::{Amounts, Lift, Share, means, shares};
use journey_measure::{Confidence, Refusal};
use journey_runtime::measure::{KindNo, Measured, What};
use std::collections::BTreeSet;

/// With what chance a difference should be found that is there.
const POWER: f64 = 0.8;
const OF_ALL: f64 = 18_446_744_073_709_551_616.0;

/// People who were treated alike, and what each brought.
struct Group {
    name: String,
    /// how many of all should be in it
    weight: f64,
    converted: u64,
    values: Vec<f64>,
}

impl Group {
    fn share(&self) -> Share {
        Share {
            people: self.values.len() as u64,
            converted: self.converted,
        }
    }
}

pub fn tables(facts: &Facts) -> Vec<Table> {
    let columns = &[
        "conversion",
        "of",
        "arm",
        "base",
        "metric",
        "people",
        "base_people",
        "arm_value",
        "base_value",
        "difference",
        "low",
        "high",
        "relative",
        "p_value",
        "test",
        "sequential_low",
        "sequential_high",
        "sequential_p",
        "detectable",
        "incremental",
    ];
    let mut lift = Table::new("lift", "Lift against the holdout, and of arms", columns);
    let columns = &[
        "of",
        "arm",
        "people",
        "expected",
        "chi_square",
        "p_value",
        "alarm",
    ];
    let mut sizes = Table::new(
        "sizes",
        "Whether arms are as large as they should be",
        columns,
    );
    for plan in facts
        .program
        .journeys
        .iter()
        .filter(|plan| plan.version.is_none())
    {
        if let Some(holdout) = &plan.holdout {
            let held = holdout.below as f64 / OF_ALL;
            let who = |conversion| against_holdout(facts, conversion, &plan.name, held);
            let name = plan.name.clone();
            add(facts, (&mut lift, &mut sizes), &name, &who);
        }
        for one in &plan.splits {
            let who = |conversion| arms(facts, conversion, (&plan.name, &one.name), &one.arms);
            let name = format!("{}.{}", plan.name, one.name);
            add(facts, (&mut lift, &mut sizes), &name, &who);
        }
    }
    vec![lift, sizes]
}

fn add(
    facts: &Facts,
    (lift, sizes): (&mut Table, &mut Table),
    of: &str,
    who: &dyn Fn(usize) -> Vec<Group>,
) {
    let groups = who(usize::MAX);
    let seen: Vec<(u64, f64)> = groups
        .iter()
        .map(|group| (group.values.len() as u64, group.weight))
        .collect();
    let found = split(&seen);
    let (all, weights): (u64, f64) = (
        seen.iter().map(|(people, _)| people).sum(),
        seen.iter().map(|(_, weight)| weight).sum(),
    );
    for (group, (people, weight)) in groups.iter().zip(&seen) {
        let number = |of: fn(&journey_measure::lift::split::Split) -> f64| {
            Cell::of(found.as_ref().map(of).map_err(Clone::clone))
        };
        sizes.rows.push(vec![
            Cell::text(of),
            Cell::text(&group.name),
            Cell::Count(*people),
            Cell::Number(all as f64 * weight / weights),
            number(|split| split.chi_square),
            number(|split| split.p_value),
            match &found {
                Ok(split) => Cell::text(if split.mismatch { "mismatch" } else { "none" }),
                Err(_) => Cell::nothing(),
            },
        ]);
    }
    for (number, plan) in facts.program.conversions.iter().enumerate() {
        let groups = who(number);
        let Some((base, others)) = groups.split_first() else {
            continue;
        };
        for arm in others {
            let sure = Confidence::NINETY_FIVE;
            let rate = shares(arm.share(), base.share(), sure);
            let found = detectable(arm.share(), base.share());
            lift.rows
                .push(row((&plan.name, of, "rate"), (arm, base), &rate, found));
            if plan.value.is_some() {
                let amounts = |group: &Group| Amounts::of(&group.values);
                let mean = amounts(arm).and_then(|a| means(a, amounts(base)?, sure));
                lift.rows.push(row(
                    (&plan.name, of, "value"),
                    (arm, base),
                    &mean,
                    Cell::nothing(),
                ));
            }
        }
    }
}

fn detectable(arm: Share, base: Share) -> Cell {
    let rate = base.converted as f64 / base.people.max(1) as f64;
    let arms = Arms {
        people: arm.people,
        base_people: base.people,
    };
    let sure = Confidence::NINETY_FIVE;
    Cell::of(minimum_detectable(
        Outcome::Share { base: rate },
        arms,
        POWER,
        sure,
    ))
}

fn row(
    (conversion, of, metric): (&str, &str, &str),
    (arm, base): (&Group, &Group),
    lift: &Result<Lift, Refusal>,
    detectable: Cell,
) -> Vec<Cell> {
    let mut row = [conversion, of, &arm.name, &base.name, metric]
        .map(Cell::text)
        .to_vec();
    row.push(Cell::Count(arm.values.len() as u64));
    row.push(Cell::Count(base.values.len() as u64));
    let lift = match lift {
        Ok(lift) => lift,
        Err(why) => {
            let (a, b) = match metric {
                "rate" => (Cell::Count(arm.converted), Cell::Count(base.converted)),
                _ => (Cell::nothing(), Cell::nothing()),
            };
            row.extend([a, b, Cell::Nothing(why.to_string())]);
            row.resize_with(18, Cell::nothing);
            row.extend([detectable, Cell::nothing()]);
            return row;
        }
    };
    let sure = Confidence::NINETY_FIVE;
    let looked = mixture(lift.standard_error, sure).and_then(|mixture| look(lift, mixture, sure));
    let of_look = |number: fn(&journey_measure::lift::sequential::Sequential) -> f64| {
        Cell::of(looked.as_ref().map(number).map_err(Clone::clone))
    };
    row.extend([
        Cell::Number(lift.value),
        Cell::Number(lift.base),
        Cell::Number(lift.difference),
        Cell::Number(lift.interval.low),
        Cell::Number(lift.interval.high),
        Cell::of(lift.relative.clone()),
        Cell::Number(lift.p_value),
        Cell::text(format!("{:?}", lift.test).to_lowercase()),
        of_look(|look| look.interval.low),
        of_look(|look| look.interval.high),
        of_look(|look| look.p_value),
        detectable,
        Cell::Number(lift.incremental),
    ]);
    row
}

// ── who is in which group ───────────────────────────────────────────────────────────────────────

/// The first time that any of these happened to a person, and how often.
fn first(person: &Measured, kinds: &BTreeSet<KindNo>) -> Option<(i64, u64)> {
    let own = kinds.iter().filter_map(|kind| person.tallies.get(kind));
    own.fold(None, |found: Option<(i64, u64)>, tally| {
        let (at, count) = found.unwrap_or((tally.first, 0));
        Some((at.min(tally.first), count + u64::from(tally.count)))
    })
}

/// The holdout first. Who is on both sides, because two people turned out to be one, is on neither.
fn against_holdout(facts: &Facts, conversion: usize, journey: &str, held: f64) -> Vec<Group> {
    let entered = facts.of_names(What::Entered, &[journey]);
    let held_out = facts.of_names(What::HeldOut, &[journey]);
    let mut base = group("holdout", held);
    let mut arm = group("journey", 1.0 - held);
    for person in &facts.people {
        let Some((from, times)) = first(person, &entered) else {
            continue;
        };
        match first(person, &held_out) {
            None => count(facts, &mut arm, conversion, person, from),
            Some((_, out)) if out == times => count(facts, &mut base, conversion, person, from),
            Some(_) => {}
        }
    }
    vec![base, arm]
}

fn arms(
    facts: &Facts,
    conversion: usize,
    (journey, name): (&str, &str),
    plan: &[(String, u64)],
) -> Vec<Group> {
    let mut groups = Vec::new();
    let kinds: Vec<_> = plan
        .iter()
        .map(|(arm, _)| facts.of_names(What::Arm, &[journey, name, arm]))
        .collect();
    for (place, (arm, share)) in plan.iter().enumerate() {
        let mut own = group(arm, *share as f64 / OF_ALL);
        for person in &facts.people {
            let drawn: Vec<Option<(i64, u64)>> =
                kinds.iter().map(|kinds| first(person, kinds)).collect();
            let only = drawn.iter().flatten().count() == 1;
            if let (true, Some(Some((from, _)))) = (only, drawn.get(place)) {
                count(facts, &mut own, conversion, person, *from);
            }
        }
        groups.push(own);
    }
    groups
}

fn group(name: &str, weight: f64) -> Group {
    Group {
        name: name.to_owned(),
        weight,
        converted: 0,
        values: Vec::new(),
    }
}

fn count(facts: &Facts, group: &mut Group, conversion: usize, person: &Measured, from: i64) {
    let name = facts
        .program
        .conversions
        .get(conversion)
        .map(|plan| plan.name.as_str());
    let own = name.map_or_else(Vec::new, |name| facts.conversions(person, name));
    let window = facts.window(conversion);
    let fits = |one: &&Worth| one.at >= from && window.is_none_or(|window| one.at - from <= window);
    let fitting: Vec<f64> = own.iter().filter(fits).map(|one| one.value).collect();
    group.converted += u64::from(!fitting.is_empty());
    group.values.push(fitting.iter().sum());
}
