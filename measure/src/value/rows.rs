//! Customers as the models of purchases read them: checked, and those with the same numbers once.

use super::Customer;
use super::fit::{Fitted, minimise};
use crate::refusal::{Refusal, at_least};
use crate::sum::sum;
use std::collections::BTreeMap;

/// Fewer people with repeats do not determine four parameters.
pub const REPEATERS_MIN: u64 = 20;

/// Customers with the same numbers, once, with their count.
pub(super) struct Data {
    /// by repeats: how many people, for the terms without time
    pub(super) repeats: BTreeMap<u32, f64>,
    /// repeats, recency, age, people
    pub(super) rows: Vec<(u32, f64, f64, f64)>,
    pub(super) people: f64,
}

impl Data {
    pub(super) fn of(customers: &[Customer], scale: f64) -> Self {
        let mut repeats: BTreeMap<u32, f64> = BTreeMap::new();
        let mut rows: BTreeMap<(u32, u64, u64), f64> = BTreeMap::new();
        for customer in customers {
            *repeats.entry(customer.repeats).or_default() += 1.0;
            let times = (customer.recency.to_bits(), customer.age.to_bits());
            *rows
                .entry((customer.repeats, times.0, times.1))
                .or_default() += 1.0;
        }
        let row = |((repeats, recency, age), count): ((u32, u64, u64), f64)| {
            let (recency, age) = (f64::from_bits(recency), f64::from_bits(age));
            (repeats, recency / scale, age / scale, count)
        };
        Self {
            repeats,
            rows: rows.into_iter().map(row).collect(),
            people: customers.len() as f64,
        }
    }
}

/// Enough repeats, and times that make sense.
pub(super) fn check(customers: &[Customer]) -> Result<(), Refusal> {
    let repeaters = customers.iter().filter(|customer| customer.repeats > 0);
    at_least(repeaters.count() as u64, REPEATERS_MIN)?;
    for customer in customers {
        let Customer { recency, age, .. } = *customer;
        if !(age.is_finite() && age >= 0.0) {
            let (name, value) = ("age", age);
            return Err(Refusal::OutOfRange { name, value });
        }
        let sensible = if customer.repeats == 0 {
            recency == 0.0
        } else {
            recency > 0.0 && recency <= age
        };
        if !sensible {
            let (name, value) = ("recency", recency);
            return Err(Refusal::OutOfRange { name, value });
        }
    }
    Ok(())
}

/// The likeliest model with four parameters, searched from their logs; times count in mean ages meanwhile, so that
/// `of_logs` is told what one is.
pub(super) fn likeliest<M>(
    customers: &[Customer],
    start: [f64; 4],
    of_logs: impl Fn(&[f64], f64) -> Option<M>,
    likelihood: impl Fn(&M, &Data) -> Result<f64, Refusal>,
) -> Result<(M, Fitted), Refusal> {
    let people = customers.len() as u64;
    let scale = sum(customers.iter().map(|customer| customer.age)) / people as f64;
    let data = Data::of(customers, scale);
    let cost = |logs: &[f64]| {
        let model = of_logs(logs, 1.0);
        let likelihood = model.and_then(|model| likelihood(&model, &data).ok());
        likelihood.map_or(f64::INFINITY, |likelihood| -likelihood / data.people)
    };
    let optimum = minimise(cost, &start, people)?;
    let why = "four parameters";
    let model = of_logs(&optimum.logs, scale).ok_or(Refusal::Degenerate { why })?;
    let fitted = Fitted {
        log_likelihood: likelihood(&model, &Data::of(customers, 1.0))?,
        log_errors: optimum.log_errors,
        people,
    };
    Ok((model, fitted))
}
