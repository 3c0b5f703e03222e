//! The model that the others simplify: people are lost at any time, not only after a purchase. Schmittlein,
//! Morrison and Colombo, "Counting your customers", Management Science 33 (1987); the formulas of Fader and
//! Hardie, "A note on deriving the Pareto/NBD model" (2005). Each step of its fit sums a series per person.

use super::Customer;
use super::fit::Fitted;
use super::hyper::hyper;
use super::rows::{Data, check, likeliest};
use crate::refusal::Refusal;
use crate::sum::Sum;
use statrs::function::gamma::ln_gamma;

/// The parameters: rates of buying (`r`, `alpha`) and of being lost (`s`, `beta`). `alpha` and `beta` are in
/// the unit of the customers' times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoNbd {
    pub r: f64,
    pub alpha: f64,
    pub s: f64,
    pub beta: f64,
}

impl ParetoNbd {
    /// The likeliest parameters.
    ///
    /// # Errors
    /// Refuses what [`super::BgNbd::fit`] refuses.
    pub fn fit(customers: &[Customer]) -> Result<(Self, Fitted), Refusal> {
        check(customers)?;
        likeliest(customers, [0.0; 4], Self::of_logs, Self::likelihood)
    }

    fn of_logs(logs: &[f64], scale: f64) -> Option<Self> {
        let &[r, alpha, s, beta] = logs else {
            return None;
        };
        Some(Self {
            r: r.exp(),
            alpha: alpha.exp() * scale,
            s: s.exp(),
            beta: beta.exp() * scale,
        })
    }

    /// The log of the likelihood of all customers together.
    ///
    /// # Errors
    /// Refuses parameters for which the series does not settle.
    pub fn log_likelihood(&self, customers: &[Customer]) -> Result<f64, Refusal> {
        self.likelihood(&Data::of(customers, 1.0))
    }

    fn likelihood(&self, data: &Data) -> Result<f64, Refusal> {
        let Self { r, alpha, s, beta } = *self;
        let mut total = Sum::default();
        let fixed = r * alpha.ln() + s * beta.ln() - ln_gamma(r);
        for (repeats, count) in &data.repeats {
            total.add(count * (fixed + ln_gamma(r + f64::from(*repeats))));
        }
        for (repeats, recency, age, count) in &data.rows {
            let x = f64::from(*repeats);
            let alive = -(r + x) * (alpha + age).ln() - s * (beta + age).ln();
            let odds = self.odds_lost(x, *recency, *age)?;
            total.add(count * (alive + odds.ln_1p()));
        }
        Ok(total.total())
    }

    /// How much likelier it is to be lost than to be alive.
    fn odds_lost(&self, x: f64, recency: f64, age: f64) -> Result<f64, Refusal> {
        let Self { r, alpha, s, beta } = *self;
        let all = r + s + x;
        let (far, near) = (alpha.max(beta), alpha.min(beta));
        let second = if alpha >= beta { s + 1.0 } else { r + x };
        // each part times what it is compared with, in logs: alone it may be too small for a number
        let compared = (r + x) * (alpha + age).ln() + s * (beta + age).ln();
        let part = |time: f64| -> Result<f64, Refusal> {
            let series = hyper(all, second, all + 1.0, (far - near) / (far + time))?;
            Ok(series * (compared - all * (far + time).ln()).exp())
        };
        Ok((s / all * (part(recency)? - part(age)?)).max(0.0))
    }

    /// The chance that the customer still comes back.
    ///
    /// # Errors
    /// Refuses parameters for which the series does not settle.
    pub fn alive(&self, customer: &Customer) -> Result<f64, Refusal> {
        let x = f64::from(customer.repeats);
        let odds = self.odds_lost(x, customer.recency, customer.age)?;
        Ok(1.0 / (1.0 + odds))
    }

    /// Purchases expected of this customer in the next `time`.
    ///
    /// # Errors
    /// Refuses a negative time, and parameters for which the series does not settle.
    pub fn expected(&self, customer: &Customer, time: f64) -> Result<f64, Refusal> {
        let Self { r, alpha, s, beta } = *self;
        if !(time.is_finite() && time >= 0.0) {
            let (name, value) = ("time", time);
            return Err(Refusal::OutOfRange { name, value });
        }
        let rate = (r + f64::from(customer.repeats)) / (alpha + customer.age);
        let whole = beta + customer.age;
        // (1 - y^(s - 1)) / (s - 1), which is -ln y at s = 1
        let shrink = (whole / (whole + time)).ln();
        let exponent = (s - 1.0) * shrink;
        let part = if exponent.abs() < 1e-12 {
            1.0
        } else {
            exponent.exp_m1() / exponent
        };
        Ok(rate * whole * -shrink * part * self.alive(customer)?)
    }
}
