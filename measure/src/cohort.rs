//! Who comes back: people grouped by the period of their first purchase, and what each group did in every
//! period after. In: one row a purchase occasion; out: sizes, retention, value by cohort and period.

use crate::refusal::Refusal;
use crate::sum::Sum;
use std::collections::{BTreeMap, BTreeSet};

/// One occasion: who, in which period (months since any origin, say), how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Occasion {
    pub person: u64,
    pub period: i64,
    pub amount: f64,
}

/// What a cohort did in one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// different people
    pub active: u64,
    pub occasions: u64,
    pub amount: f64,
}

/// Cohorts by their first period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cohorts {
    /// people by the period of their first occasion
    pub sizes: BTreeMap<i64, u64>,
    /// by cohort and period; a period without occasions has no cell
    pub cells: BTreeMap<(i64, i64), Cell>,
}

/// Groups occasions, in any order; the order counts for nothing but the last bits of the sums.
#[must_use]
pub fn cohorts(occasions: &[Occasion]) -> Cohorts {
    let mut first: BTreeMap<u64, i64> = BTreeMap::new();
    for occasion in occasions {
        let known = first.entry(occasion.person).or_insert(occasion.period);
        *known = (*known).min(occasion.period);
    }
    let mut sizes: BTreeMap<i64, u64> = BTreeMap::new();
    for period in first.values() {
        *sizes.entry(*period).or_default() += 1;
    }
    let mut filled: BTreeMap<(i64, i64), (BTreeSet<u64>, u64, Sum)> = BTreeMap::new();
    for occasion in occasions {
        let Some(cohort) = first.get(&occasion.person) else {
            continue;
        };
        let cell = filled.entry((*cohort, occasion.period)).or_default();
        cell.0.insert(occasion.person);
        cell.1 += 1;
        cell.2.add(occasion.amount);
    }
    let cells = filled
        .into_iter()
        .map(|(key, (people, occasions, amount))| {
            let cell = Cell {
                active: people.len() as u64,
                occasions,
                amount: amount.total(),
            };
            (key, cell)
        });
    Cohorts {
        cells: cells.collect(),
        sizes,
    }
}

impl Cohorts {
    /// The people of a cohort.
    ///
    /// # Errors
    /// Refuses a period in which nobody came first.
    pub fn people(&self, cohort: i64) -> Result<u64, Refusal> {
        let (people, least) = (0, 1);
        let size = self.sizes.get(&cohort).copied();
        size.ok_or(Refusal::TooFew { people, least })
    }

    /// The share of a cohort that was active `age` periods after its first: 1 at age 0.
    ///
    /// # Errors
    /// Refuses a cohort of nobody.
    pub fn retention(&self, cohort: i64, age: i64) -> Result<f64, Refusal> {
        let people = self.people(cohort)?;
        let cell = self.cells.get(&(cohort, cohort.saturating_add(age)));
        Ok(cell.map_or(0.0, |cell| cell.active as f64) / people as f64)
    }

    /// The amount a person of the cohort brought from the first period to `age` periods after it.
    ///
    /// # Errors
    /// Refuses a cohort of nobody.
    pub fn value_per_person(&self, cohort: i64, age: i64) -> Result<f64, Refusal> {
        let people = self.people(cohort)?;
        if age < 0 {
            return Ok(0.0);
        }
        let until = cohort.saturating_add(age);
        let cells = self.cells.range((cohort, cohort)..=(cohort, until));
        let amount: Sum = cells.map(|(_, cell)| cell.amount).collect();
        Ok(amount.total() / people as f64)
    }
}
