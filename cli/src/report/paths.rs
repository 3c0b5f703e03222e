//! Conversions, the paths that led to them, and what is credited: by channel (what touched the person) and by
//! journey. A conversion is credited once, whatever the number of journeys that claim it.

use super::facts::{Facts, Worth, units};
use super::table::{Cell, Table};
use journey_measure::credit::{Channel, Model, Path, Touch, attribute};
use journey_measure::paths::{Transform, summary, times, transform};
use journey_runtime::measure::{Measured, What};
use std::collections::BTreeMap;

const DAY: f64 = 86_400_000.0;
/// How soon credit fades.
const HALF_LIFE: i64 = 7 * 86_400_000;
/// Paths that are listed of a conversion.
const TOP: usize = 20;

const MODELS: [(&str, Model); 7] = [
    ("first", Model::First),
    ("last", Model::Last),
    ("linear", Model::Linear),
    ("position", Model::Position),
    (
        "time_decay",
        Model::DecayTime {
            half_life: HALF_LIFE,
        },
    ),
    ("markov", Model::Markov { order: 1 }),
    ("shapley", Model::Shapley),
];

/// What a credit goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Channel,
    Journey,
}

/// The walks to a conversion and those to none, with what their numbers are called.
#[derive(Default)]
struct Walks {
    names: BTreeMap<String, Channel>,
    paths: Vec<Path>,
}

impl Walks {
    fn number(&mut self, name: String) -> Channel {
        let next = Channel::try_from(self.names.len()).unwrap_or(Channel::MAX);
        *self.names.entry(name).or_insert(next)
    }

    fn name(&self, channel: Channel) -> &str {
        let mut names = self.names.iter();
        names
            .find(|(_, number)| **number == channel)
            .map_or("", |(name, _)| name)
    }

    fn of(facts: &Facts, conversion: usize, by: By) -> Self {
        let mut walks = Self::default();
        let name = facts
            .program
            .conversions
            .get(conversion)
            .map_or("", |plan| &plan.name);
        for person in &facts.people {
            let done = facts.conversions(person, name);
            for one in &done {
                let touches = walks.touches(facts, (conversion, by), person, one.at);
                walks.paths.push(Path {
                    touches,
                    conversions: 1,
                    value: one.value,
                    nulls: 0,
                    end: one.at,
                });
            }
            walks.open(facts, (conversion, by), person, done.last());
        }
        walks
    }

    /// What has reached a person since they last converted, and led to nothing yet.
    fn open(&mut self, facts: &Facts, of: (usize, By), person: &Measured, last: Option<&Worth>) {
        let after = last.map_or(i64::MIN, |last| last.at);
        let end = person.touches.iter().rev().map(|touch| touch.at);
        let mut end = end.filter(|at| *at > after);
        let Some(end) = end.next() else { return };
        let mut touches = self.touches(facts, of, person, end);
        touches.retain(|touch| touch.at > after);
        if !touches.is_empty() {
            self.paths.push(Path {
                touches,
                conversions: 0,
                value: 0.0,
                nulls: 1,
                end,
            });
        }
    }

    fn touches(
        &mut self,
        facts: &Facts,
        (conversion, by): (usize, By),
        person: &Measured,
        end: i64,
    ) -> Vec<Touch> {
        let mut touches = Vec::new();
        for touch in &person.touches {
            let Some(name) = facts.credited(conversion, touch, end) else {
                continue;
            };
            let Some(kind) = facts.kind(touch.kind) else {
                continue;
            };
            let name = match (by, kind.what, &kind.names) {
                (By::Channel, _, _) => name,
                (By::Journey, What::Sent, [journey, ..]) => journey.to_string(),
                (By::Journey, _, _) => continue,
            };
            let cost = kind
                .cost
                .map_or(0.0, |(millionths, _)| units(i128::from(millionths)));
            touches.push(Touch {
                channel: self.number(name),
                at: touch.at,
                cost,
            });
        }
        touches
    }
}

pub fn tables(facts: &Facts) -> Vec<Table> {
    let mut all = vec![conversions(facts)];
    let (mut paths, mut credit) = (top(), credits());
    for (number, plan) in facts.program.conversions.iter().enumerate() {
        let walks = Walks::of(facts, number, By::Channel);
        add_paths(&mut paths, &plan.name, &walks);
        add_credit(&mut credit, (&plan.name, "channel"), &walks);
        let walks = Walks::of(facts, number, By::Journey);
        add_credit(&mut credit, (&plan.name, "journey"), &walks);
    }
    all.extend([paths, credit, costs(facts)]);
    all
}

// ── conversions ─────────────────────────────────────────────────────────────────────────────────

fn conversions(facts: &Facts) -> Table {
    let columns = &[
        "conversion",
        "conversions",
        "people",
        "value",
        "currency",
        "mean_value",
        "median_days_from_first_touch",
        "median_days_from_last_touch",
        "untouched",
    ];
    let mut table = Table::new(
        "conversions",
        "Conversions, and how long they took",
        columns,
    );
    for (number, plan) in facts.program.conversions.iter().enumerate() {
        let (mut count, mut people, mut exact, mut sum) = (0u64, 0u64, 0i128, 0.0);
        for person in &facts.people {
            let own = facts.conversions(person, &plan.name);
            people += u64::from(!own.is_empty());
            count += own.len() as u64;
            exact += own.iter().filter_map(|one| one.millionths).sum::<i128>();
            sum += own.iter().map(|one| one.value).sum::<f64>();
        }
        let walks = Walks::of(facts, number, By::Channel);
        let touched = times(&walks.paths);
        let days = |of: Option<f64>| Cell::maybe(of.map(|ms| ms / DAY));
        let empty = walks.paths.iter().filter(|path| path.touches.is_empty());
        let mean = (count > 0).then(|| sum / count as f64);
        table.rows.push(vec![
            Cell::text(&plan.name),
            Cell::Count(count),
            Cell::Count(people),
            if plan.money.is_some() {
                Cell::Amount(exact)
            } else {
                Cell::Number(sum)
            },
            plan.money
                .map_or_else(Cell::nothing, |currency| Cell::text(currency.code())),
            Cell::maybe(mean),
            days(touched.as_ref().map(|times| times.from_first.median)),
            days(touched.as_ref().map(|times| times.from_last.median)),
            Cell::Count(empty.count() as u64),
        ]);
    }
    table
}

// ── paths ───────────────────────────────────────────────────────────────────────────────────────

fn top() -> Table {
    let columns = &[
        "conversion",
        "path",
        "touches",
        "conversions",
        "without",
        "value",
        "people",
    ];
    Table::new(
        "paths",
        "Paths that most conversions went, repeats once",
        columns,
    )
}

fn add_paths(table: &mut Table, conversion: &str, walks: &Walks) {
    let collapsed: Vec<Path> = walks
        .paths
        .iter()
        .map(|path| Path {
            touches: transform(&path.touches, Transform::Exposure),
            ..path.clone()
        })
        .collect();
    for row in summary(&collapsed).into_iter().take(TOP) {
        let names: Vec<&str> = row.channels.iter().map(|one| walks.name(*one)).collect();
        table.rows.push(vec![
            Cell::text(conversion),
            Cell::Text(names.join(" > ")),
            Cell::Count(names.len() as u64),
            Cell::Count(row.conversions),
            Cell::Count(row.nulls),
            Cell::Number(row.value),
            Cell::Count(row.conversions + row.nulls),
        ]);
    }
}

// ── credit ──────────────────────────────────────────────────────────────────────────────────────

fn credits() -> Table {
    let columns = &[
        "conversion",
        "by",
        "name",
        "model",
        "conversions",
        "value",
        "cost",
        "return_on_cost",
        "touches",
        "people",
    ];
    Table::new(
        "credit",
        "What each channel and journey is credited with",
        columns,
    )
}

fn add_credit(table: &mut Table, (conversion, by): (&str, &str), walks: &Walks) {
    for (name, model) in MODELS {
        let head = |of: &str| [conversion, by, of, name].map(Cell::text);
        let found = match attribute(&walks.paths, model) {
            Ok(found) => found,
            Err(why) if walks.paths.is_empty() || walks.names.is_empty() => {
                let _ = why;
                continue;
            }
            Err(why) => {
                let mut row = head("").to_vec();
                row.push(Cell::Nothing(why.to_string()));
                row.resize_with(table.columns.len(), Cell::nothing);
                table.rows.push(row);
                continue;
            }
        };
        let mut accounts: Vec<_> = found.channels.iter().collect();
        accounts.sort_by_key(|(channel, _)| walks.name(**channel).to_owned());
        for (channel, account) in accounts {
            let mut row = head(walks.name(*channel)).to_vec();
            row.extend([
                Cell::Number(account.conversions),
                Cell::Number(account.value),
                Cell::Number(account.cost),
                Cell::maybe(account.return_on_cost()),
                Cell::Count(account.touches),
                Cell::Count(account.people),
            ]);
            table.rows.push(row);
        }
    }
}

// ── cost ────────────────────────────────────────────────────────────────────────────────────────

fn costs(facts: &Facts) -> Table {
    let columns = &["by", "name", "currency", "sends", "cost", "people"];
    let mut table = Table::new(
        "cost",
        "What sends cost, by journey, step and channel",
        columns,
    );
    let mut sums: BTreeMap<(&str, String, String), (u64, i128, u64)> = BTreeMap::new();
    for person in &facts.people {
        let mut own: BTreeMap<(&str, String, String), (u64, i128)> = BTreeMap::new();
        for (no, tally) in &person.tallies {
            let Some(kind) = facts.kind(*no).filter(|kind| kind.what == What::Sent) else {
                continue;
            };
            let [journey, step, channel, _] = &kind.names;
            let (each, currency) = match kind.cost {
                Some((each, currency)) => (each, currency.code().to_owned()),
                None => (0, String::new()),
            };
            let names = [
                ("journey", journey.to_string()),
                ("step", format!("{journey}.{step}")),
                ("channel", channel.to_string()),
            ];
            for (by, name) in names {
                let sum = own.entry((by, name, currency.clone())).or_default();
                sum.0 += u64::from(tally.count);
                sum.1 += i128::from(tally.count) * i128::from(each);
            }
        }
        for (key, (count, cost)) in own {
            let sum = sums.entry(key).or_default();
            *sum = (sum.0 + count, sum.1 + cost, sum.2 + 1);
        }
    }
    for ((by, name, currency), (count, cost, people)) in sums {
        table.rows.push(vec![
            Cell::text(by),
            Cell::Text(name),
            Cell::Text(currency),
            Cell::Count(count),
            Cell::Amount(cost),
            Cell::Count(people),
        ]);
    }
    table
}
