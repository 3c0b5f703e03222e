//! Money per purchase: the Gamma-Gamma model of Fader and Hardie, "The Gamma-Gamma model of monetary value"
//! (2013), as in "RFM and CLV", JMR 42 (2005). Amounts vary around a mean of the person's own (gamma: `p`),
//! means differ between people (gamma: `q`, `v`), and neither depends on how often the person buys.

use super::Customer;
use super::REPEATERS_MIN;
use super::fit::{Fitted, minimise};
use crate::refusal::{Refusal, at_least, positive};
use crate::sum::{Sum, sum};
use statrs::function::gamma::ln_gamma;
use std::collections::BTreeMap;

/// The parameters. `v` is in money; the others are numbers. (The paper's gamma is `v`.)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    pub p: f64,
    pub q: f64,
    pub v: f64,
}

impl GammaGamma {
    /// The likeliest parameters, from the customers with repeats.
    ///
    /// # Errors
    /// Refuses fewer than [`super::REPEATERS_MIN`] of them, amounts that are not positive, and data that do not
    /// determine the model: where all spend the same, say.
    pub fn fit(customers: &[Customer]) -> Result<(Self, Fitted), Refusal> {
        Self::fit_from(customers, [1.0, 1.0, 1.0], 0.0)
    }

    /// The same from another start (`p`, `q`, and `v` in mean amounts) and with a ridge: so many times the
    /// sum of the parameters' squares is taken from the mean log-likelihood, as the package lifetimes does.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub fn fit_from(
        customers: &[Customer],
        start: [f64; 3],
        ridge: f64,
    ) -> Result<(Self, Fitted), Refusal> {
        let repeaters = || customers.iter().filter(|customer| customer.repeats > 0);
        let people = repeaters().count() as u64;
        at_least(people, REPEATERS_MIN)?;
        for customer in repeaters() {
            positive("mean amount", customer.mean_amount)?;
        }
        for value in start {
            positive("start", value)?;
        }
        let scale = sum(repeaters().map(|customer| customer.mean_amount)) / people as f64;
        let rows: Vec<(f64, f64)> = repeaters()
            .map(|customer| (f64::from(customer.repeats), customer.mean_amount / scale))
            .collect();
        let start = start.map(f64::ln);
        let cost = |logs: &[f64]| {
            let Some(scaled) = Self::of_logs(logs, 1.0) else {
                return f64::INFINITY;
            };
            let size = scaled.p.powi(2) + scaled.q.powi(2) + (scaled.v * scale).powi(2);
            ridge * size - scaled.likelihood(&rows) / people as f64
        };
        let optimum = minimise(cost, &start, people)?;
        let why = "three parameters";
        let model = Self::of_logs(&optimum.logs, scale).ok_or(Refusal::Degenerate { why })?;
        let fitted = Fitted {
            log_likelihood: model.log_likelihood(customers),
            log_errors: optimum.log_errors,
            people,
        };
        Ok((model, fitted))
    }

    fn of_logs(logs: &[f64], scale: f64) -> Option<Self> {
        let &[p, q, v] = logs else { return None };
        Some(Self {
            p: p.exp(),
            q: q.exp(),
            v: v.exp() * scale,
        })
    }

    /// The log of the likelihood of the mean amounts of all customers with repeats (eq. 1a, summed).
    #[must_use]
    pub fn log_likelihood(&self, customers: &[Customer]) -> f64 {
        let repeaters = customers.iter().filter(|customer| customer.repeats > 0);
        let row = |customer: &Customer| (f64::from(customer.repeats), customer.mean_amount);
        self.likelihood(&repeaters.map(row).collect::<Vec<_>>())
    }

    fn likelihood(&self, rows: &[(f64, f64)]) -> f64 {
        let Self { p, q, v } = *self;
        // the terms that depend on repeats alone are the same for many
        let mut gammas: BTreeMap<u64, f64> = BTreeMap::new();
        let fixed = q * v.ln() - ln_gamma(q);
        let mut total = Sum::default();
        for (x, mean) in rows {
            let own = gammas
                .entry(x.to_bits())
                .or_insert_with(|| fixed + ln_gamma(p * x + q) - ln_gamma(p * x) + p * x * x.ln());
            total.add(*own + (p * x - 1.0) * mean.ln() - (p * x + q) * (x * mean + v).ln());
        }
        total.total()
    }

    /// The mean amount of all people; refused where it is not finite (`q` up to 1).
    ///
    /// # Errors
    /// Refuses `q` up to 1: then means differ so much that their mean is not finite.
    pub fn mean_amount(&self) -> Result<f64, Refusal> {
        let (name, value) = ("q", self.q);
        if self.q <= 1.0 {
            return Err(Refusal::OutOfRange { name, value });
        }
        Ok(self.p * self.v / (self.q - 1.0))
    }

    /// The amount expected of each purchase to come (eq. 5): between the person's own mean and that of all,
    /// the nearer to the own the more repeats it rests on.
    ///
    /// # Errors
    /// As [`Self::mean_amount`], for people without repeats.
    pub fn expected_amount(&self, customer: &Customer) -> Result<f64, Refusal> {
        if customer.repeats == 0 {
            return self.mean_amount();
        }
        let x = f64::from(customer.repeats);
        let Self { p, q, v } = *self;
        positive("p x + q - 1", p * x + q - 1.0)?;
        Ok(p * (v + x * customer.mean_amount) / (p * x + q - 1.0))
    }
}
