//! What customers are worth by a measure: recency, frequency and money; purchases and value to come; cohorts; where
//! they stand in loyalty and how they move; who speaks well of us.

use super::facts::Facts;
use super::table::{Cell, Table};
use journey_measure::cohort::{Occasion, cohorts};
use journey_measure::rfm::{Buying, Scores, Ties, scores};
use journey_measure::sum::sum;
use journey_measure::value::{BgNbd, Customer, GammaGamma, Horizon, Purchase, customer, value};
use journey_program::civil::Zone;
use journey_program::plan::MeasurePlan;
use journey_program::show;
use journey_runtime::measure::What;
use std::collections::BTreeMap;

const DAY: i64 = 86_400_000;
const BANDS: u8 = 5;
/// Customers' times count in weeks.
const WEEK: f64 = 7.0;
const QUARTER: f64 = 13.0;
/// A year, month by month, a percent less worth each.
const YEAR: Horizon = Horizon {
    periods: 12,
    length: 4.345,
    discount: 0.01,
};

/// The purchases of everybody who has any, in order.
struct Buyers {
    purchases: Vec<Vec<Purchase>>,
    /// when each was made
    instants: Vec<Vec<i64>>,
    until: i64,
}

impl Buyers {
    fn of(facts: &Facts, plan: &MeasurePlan) -> Option<Self> {
        let number = usize::try_from(plan.purchase?).ok()?;
        let name = &facts.program.conversions.get(number)?.name;
        let (mut purchases, mut instants) = (Vec::new(), Vec::new());
        for person in &facts.people {
            let own = facts.conversions(person, name);
            if own.is_empty() {
                continue;
            }
            instants.push(own.iter().map(|one| one.at).collect());
            let own = own.iter().map(|one| Purchase {
                period: one.at.div_euclid(DAY),
                amount: one.value,
            });
            purchases.push(own.collect());
        }
        Some(Self {
            purchases,
            instants,
            until: facts.clock.unwrap_or(0).div_euclid(DAY),
        })
    }
}

pub fn tables(facts: &Facts) -> Vec<Table> {
    let columns = &[
        "measure",
        "recency",
        "frequency",
        "monetary",
        "people",
        "purchases",
        "value",
    ];
    let mut rfm = Table::new("rfm", "Recency, frequency, money: 5 is best", columns);
    let columns = &["measure", "model", "parameter", "value", "people"];
    let mut model = Table::new(
        "models",
        "Purchases and amounts to come, as fitted",
        columns,
    );
    let columns = &[
        "measure",
        "alive",
        "people",
        "mean_alive",
        "expected_purchases_13_weeks",
        "value_12_months",
    ];
    let mut worth = Table::new("value", "What customers are expected to bring", columns);
    let columns = &[
        "measure",
        "cohort",
        "month",
        "people",
        "active",
        "retention",
        "value_each",
    ];
    let mut come_back = Table::new("cohorts", "Who comes back, by month of the first", columns);
    for plan in &facts.program.measures {
        if let Some(buyers) = Buyers::of(facts, plan) {
            add_rfm(&mut rfm, &plan.name, &buyers);
            add_value((&mut model, &mut worth), &plan.name, &buyers);
            add_cohorts(&mut come_back, (facts, &plan.name), &buyers);
        }
    }
    vec![
        rfm,
        model,
        worth,
        come_back,
        levels(facts),
        moves(facts),
        advocacy(facts),
    ]
}

fn add_rfm(table: &mut Table, measure: &str, buyers: &Buyers) {
    let buying = buyers.purchases.iter().map(|own| {
        let last = own
            .iter()
            .map(|one| one.period)
            .max()
            .unwrap_or(buyers.until);
        Buying {
            recency: (buyers.until - last) as f64,
            frequency: own.len() as f64,
            monetary: sum(own.iter().map(|one| one.amount)),
        }
    });
    let buying: Vec<Buying> = buying.collect();
    let found = match scores(&buying, BANDS, Ties::Shared) {
        Ok(found) => found,
        Err(why) => {
            let mut row = vec![Cell::text(measure), Cell::Nothing(why.to_string())];
            row.resize_with(4, Cell::nothing);
            row.push(Cell::Count(buying.len() as u64));
            row.resize_with(table.columns.len(), Cell::nothing);
            table.rows.push(row);
            return;
        }
    };
    let mut cells: BTreeMap<Scores, (u64, f64, f64)> = BTreeMap::new();
    for (score, own) in found.into_iter().zip(&buying) {
        let cell = cells.entry(score).or_default();
        *cell = (cell.0 + 1, cell.1 + own.frequency, cell.2 + own.monetary);
    }
    for (score, (people, purchases, value)) in cells.into_iter().rev() {
        let [recency, frequency, monetary] =
            [score.recency, score.frequency, score.monetary].map(|n| Cell::Count(n.into()));
        table.rows.push(vec![
            Cell::text(measure),
            recency,
            frequency,
            monetary,
            Cell::Count(people),
            Cell::Number(purchases),
            Cell::Number(value),
        ]);
    }
}

fn add_value((models, worth): (&mut Table, &mut Table), measure: &str, buyers: &Buyers) {
    let seen = buyers.purchases.iter();
    let customers: Vec<Customer> = seen
        .filter_map(|own| customer(own, buyers.until, WEEK))
        .collect();
    let mut say = |model: &str, parameter: &str, value: Cell, people: u64| {
        models.rows.push(vec![
            Cell::text(measure),
            Cell::text(model),
            Cell::text(parameter),
            value,
            Cell::Count(people),
        ]);
    };
    let all = customers.len() as u64;
    let (bg, fitted) = match BgNbd::fit(&customers) {
        Ok(found) => found,
        Err(why) => return say("bg_nbd", "", Cell::Nothing(why.to_string()), all),
    };
    let parameters = [("r", bg.r), ("alpha", bg.alpha), ("a", bg.a), ("b", bg.b)];
    for (name, value) in parameters {
        say("bg_nbd", name, Cell::Number(value), fitted.people);
    }
    say(
        "bg_nbd",
        "log_likelihood",
        Cell::Number(fitted.log_likelihood),
        fitted.people,
    );
    let amounts = match GammaGamma::fit(&customers) {
        Ok((amounts, fitted)) => {
            for (name, value) in [("p", amounts.p), ("q", amounts.q), ("v", amounts.v)] {
                say("gamma_gamma", name, Cell::Number(value), fitted.people);
            }
            let value = Cell::Number(fitted.log_likelihood);
            say("gamma_gamma", "log_likelihood", value, fitted.people);
            Ok(amounts)
        }
        Err(why) => {
            say("gamma_gamma", "", Cell::Nothing(why.to_string()), all);
            Err(why)
        }
    };
    for fifth in 0..5u32 {
        let band =
            |alive: f64| alive >= f64::from(fifth) / 5.0 && alive < f64::from(fifth + 1) / 5.0;
        let last = |alive: f64| fifth == 4 && alive >= 1.0;
        let own = customers
            .iter()
            .filter(|one| band(bg.alive(one)) || last(bg.alive(one)));
        let own: Vec<&Customer> = own.collect();
        let (people, expected): (u64, Result<Vec<f64>, _>) = (
            own.len() as u64,
            own.iter().map(|one| bg.expected(one, QUARTER)).collect(),
        );
        let money = amounts.as_ref().map_err(Clone::clone).and_then(|amounts| {
            let each = own.iter().map(|one| value(&bg, amounts, one, YEAR));
            each.collect::<Result<Vec<f64>, _>>()
        });
        let alive = sum(own.iter().map(|one| bg.alive(one))) / people.max(1) as f64;
        worth.rows.push(vec![
            Cell::text(measure),
            Cell::text(format!("{}-{}%", fifth * 20, (fifth + 1) * 20)),
            Cell::Count(people),
            Cell::maybe((people > 0).then_some(alive)),
            Cell::of(expected.map(sum)),
            Cell::of(money.map(sum)),
        ]);
    }
}

// ── who comes back ──────────────────────────────────────────────────────────────────────────────

/// Months since the year 0, in the project's zone.
fn month(zone: &Zone, at: i64) -> i64 {
    let date = show::date(zone.date_of(at).unwrap_or(0));
    let mut parts = date
        .rsplitn(3, '-')
        .map(|part| part.parse::<i64>().unwrap_or(0));
    let (_, month, year) = (parts.next(), parts.next(), parts.next());
    year.unwrap_or(0) * 12 + month.unwrap_or(1) - 1
}

fn add_cohorts(table: &mut Table, (facts, measure): (&Facts, &str), buyers: &Buyers) {
    let zone = Zone::named(&facts.program.timezone).unwrap_or_else(Zone::utc);
    let mut occasions = Vec::new();
    for (person, (own, instants)) in (0u64..).zip(buyers.purchases.iter().zip(&buyers.instants)) {
        let both = own.iter().zip(instants);
        occasions.extend(both.map(|(one, at)| Occasion {
            person,
            period: month(zone, *at),
            amount: one.amount,
        }));
    }
    let found = cohorts(&occasions);
    let now = facts.clock.map_or(0, |clock| month(zone, clock));
    for (cohort, people) in &found.sizes {
        for age in 0..=(now - cohort).max(0) {
            let cell = found.cells.get(&(*cohort, cohort + age));
            table.rows.push(vec![
                Cell::text(measure),
                Cell::text(format!(
                    "{:04}-{:02}",
                    cohort.div_euclid(12),
                    cohort.rem_euclid(12) + 1
                )),
                Cell::Count(age.unsigned_abs()),
                Cell::Count(*people),
                Cell::Count(cell.map_or(0, |cell| cell.active)),
                Cell::of(found.retention(*cohort, age)),
                Cell::of(found.value_per_person(*cohort, age)),
            ]);
        }
    }
}

// ── loyalty, advocacy ───────────────────────────────────────────────────────────────────────────

fn levels(facts: &Facts) -> Table {
    let columns = &["measure", "level", "people"];
    let mut table = Table::new("loyalty", "Where customers stand", columns);
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (measure, level) in facts.people.iter().flat_map(|one| &one.levels) {
        *counts
            .entry((measure.to_string(), level.to_string()))
            .or_default() += 1;
    }
    for ((measure, level), people) in counts {
        table.rows.push(vec![
            Cell::Text(measure),
            Cell::Text(level),
            Cell::Count(people),
        ]);
    }
    table
}

fn moves(facts: &Facts) -> Table {
    let columns = &["measure", "from", "to", "times", "people"];
    let table = Table::new("moves", "How customers move in loyalty", columns);
    tallied(facts, What::Moved, 3, table)
}

fn advocacy(facts: &Facts) -> Table {
    let columns = &["measure", "event", "times", "people"];
    let table = Table::new("advocacy", "Who speaks well of us", columns);
    tallied(facts, What::Advocated, 2, table)
}

/// How often each happened, by its first names.
pub(super) fn tallied(facts: &Facts, what: What, names: usize, mut table: Table) -> Table {
    let mut counts: BTreeMap<Vec<String>, (u64, u64)> = BTreeMap::new();
    for person in &facts.people {
        for (no, tally) in &person.tallies {
            let Some(kind) = facts.kind(*no).filter(|kind| kind.what == what) else {
                continue;
            };
            let key = kind.names.iter().take(names).map(ToString::to_string);
            let count = counts.entry(key.collect()).or_default();
            *count = (count.0 + u64::from(tally.count), count.1 + 1);
        }
    }
    for (names, (times, people)) in counts {
        let mut row: Vec<Cell> = names.into_iter().map(Cell::Text).collect();
        row.extend([Cell::Count(times), Cell::Count(people)]);
        table.rows.push(row);
    }
    table
}
