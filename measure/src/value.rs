//! What customers will buy and what that is worth: purchases by the BG/NBD model, money per purchase by
//! Gamma-Gamma, both together discounted over a horizon. In: repeats, recency, age and mean amount a person.

pub mod bg_nbd;
mod fit;
pub mod gamma_gamma;
mod hyper;
pub mod mbg_nbd;
pub mod pareto_nbd;
mod rows;

pub use bg_nbd::BgNbd;
pub use fit::Fitted;
pub use gamma_gamma::GammaGamma;
pub use mbg_nbd::MbgNbd;
pub use pareto_nbd::ParetoNbd;
pub use rows::REPEATERS_MIN;

use crate::refusal::{Refusal, positive};
use crate::sum::{Sum, sum};
use std::collections::BTreeMap;

/// What the models know of a person. Times in one unit for all (weeks, say).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Customer {
    /// purchase occasions after the first
    pub repeats: u32,
    /// time from the first occasion to the last; 0 without repeats
    pub recency: f64,
    /// time from the first occasion to the last look
    pub age: f64,
    /// mean amount of the repeat occasions; 0 without repeats
    pub mean_amount: f64,
}

/// One purchase: in which period (days of any origin), for how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Purchase {
    pub period: i64,
    pub amount: f64,
}

/// A person's purchases as the models see them at the end of period `until`: all of one period are one
/// occasion, later ones are unknown. `unit` is the number of periods in a unit of time: 7 for weeks of days.
/// Nobody where there is no purchase until then.
#[must_use]
pub fn customer(purchases: &[Purchase], until: i64, unit: f64) -> Option<Customer> {
    let mut occasions: BTreeMap<i64, Sum> = BTreeMap::new();
    for purchase in purchases.iter().filter(|purchase| purchase.period <= until) {
        occasions
            .entry(purchase.period)
            .or_default()
            .add(purchase.amount);
    }
    let (first, _) = occasions.first_key_value()?;
    let (last, _) = occasions.last_key_value()?;
    let (first, last) = (*first, *last);
    let repeats = u32::try_from(occasions.len() - 1).unwrap_or(u32::MAX);
    let amount = sum(occasions.values().skip(1).map(|amount| amount.total()));
    let time = |from: i64, to: i64| to.saturating_sub(from) as f64 / unit;
    Some(Customer {
        repeats,
        recency: time(first, last),
        age: time(first, until),
        mean_amount: if repeats == 0 {
            0.0
        } else {
            amount / f64::from(repeats)
        },
    })
}

/// How far value counts: `periods` of `length` units of time each, every one worth less than the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon {
    pub periods: u32,
    /// in the unit of the customers: 4.345 weeks in a month
    pub length: f64,
    /// per period: 0.01 for one percent a month
    pub discount: f64,
}

/// The money a customer is expected to bring within a horizon: expected purchases of each period times the
/// expected amount, discounted from the period's end (Fader, Hardie, Lee, "RFM and CLV", JMR 42, 2005, as
/// the package lifetimes sums it).
///
/// # Errors
/// Refuses a horizon without length, and customers without repeats where the mean amount of all is not
/// finite.
pub fn value(
    purchases: &BgNbd,
    amounts: &GammaGamma,
    customer: &Customer,
    horizon: Horizon,
) -> Result<f64, Refusal> {
    positive("length", horizon.length)?;
    positive("1 + discount", 1.0 + horizon.discount)?;
    let amount = amounts.expected_amount(customer)?;
    let (mut total, mut before) = (Sum::default(), 0.0);
    for period in 1..=horizon.periods {
        let until = purchases.expected(customer, f64::from(period) * horizon.length)?;
        let factor = (1.0 + horizon.discount).powf(-f64::from(period));
        total.add(amount * (until - before) * factor);
        before = until;
    }
    Ok(total.total())
}
