//! BG/NBD with a first chance to be lost right after the first purchase: Batislam, Denizel and Filiztekin,
//! "Empirical validation and comparison of models for customer base analysis", IJRM 24 (2007). Where many buy
//! once and never again, it does not take all of them for alive.

use super::Customer;
use super::fit::Fitted;
use super::hyper::hyper;
use super::rows::{Data, check, likeliest};
use crate::refusal::Refusal;
use crate::sum::Sum;
use statrs::function::gamma::ln_gamma;

/// The parameters, as those of [`super::BgNbd`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MbgNbd {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

impl MbgNbd {
    /// The likeliest parameters.
    ///
    /// # Errors
    /// Refuses what [`super::BgNbd::fit`] refuses.
    pub fn fit(customers: &[Customer]) -> Result<(Self, Fitted), Refusal> {
        check(customers)?;
        likeliest(customers, [0.0; 4], Self::of_logs, |model, data| {
            Ok(model.likelihood(data))
        })
    }

    fn of_logs(logs: &[f64], scale: f64) -> Option<Self> {
        let &[r, alpha, a, b] = logs else { return None };
        Some(Self {
            r: r.exp(),
            alpha: alpha.exp() * scale,
            a: a.exp(),
            b: b.exp(),
        })
    }

    /// The log of the likelihood of all customers together.
    #[must_use]
    pub fn log_likelihood(&self, customers: &[Customer]) -> f64 {
        self.likelihood(&Data::of(customers, 1.0))
    }

    fn likelihood(&self, data: &Data) -> f64 {
        let Self { r, alpha, a, b } = *self;
        let mut total = Sum::default();
        let fixed = r * alpha.ln() - ln_gamma(r) + ln_gamma(a + b) - ln_gamma(b);
        for (repeats, count) in &data.repeats {
            let x = f64::from(*repeats);
            let own = ln_gamma(r + x) + ln_gamma(b + x + 1.0) - ln_gamma(a + b + x + 1.0);
            total.add(count * (fixed + own));
        }
        for (repeats, recency, age, count) in &data.rows {
            let x = f64::from(*repeats);
            let alive = -(r + x) * (alpha + age).ln();
            let lost = (a / (b + x)).ln() - (r + x) * (alpha + recency).ln();
            total.add(count * (alive.max(lost) + (-(alive - lost).abs()).exp().ln_1p()));
        }
        total.total()
    }

    /// The chance that the customer still comes back.
    #[must_use]
    pub fn alive(&self, customer: &Customer) -> f64 {
        let x = f64::from(customer.repeats);
        let times = ((self.alpha + customer.age) / (self.alpha + customer.recency)).ln();
        let odds_lost = self.a / (self.b + x) * ((self.r + x) * times).exp();
        1.0 / (1.0 + odds_lost)
    }

    /// Purchases expected of this customer in the next `time`.
    ///
    /// # Errors
    /// Refuses a negative time, and one so long that the series does not settle.
    pub fn expected(&self, customer: &Customer, time: f64) -> Result<f64, Refusal> {
        const NEAR: f64 = 1e-5;
        if !(time.is_finite() && time >= 0.0) {
            let (name, value) = ("time", time);
            return Err(Refusal::OutOfRange { name, value });
        }
        // the formula has a hole at `a = 1`, which its limit fills
        let purchases = if (self.a - 1.0).abs() < NEAR / 2.0 {
            let sides = [1.0 - NEAR, 1.0 + NEAR].map(|a| Self { a, ..*self });
            let [low, high] = sides.map(|side| side.purchases(customer, time));
            f64::midpoint(low?, high?)
        } else {
            self.purchases(customer, time)?
        };
        Ok(purchases * self.alive(customer))
    }

    fn purchases(&self, customer: &Customer, time: f64) -> Result<f64, Refusal> {
        let Self { r, a, b, .. } = *self;
        let (x, age) = (f64::from(customer.repeats), self.alpha + customer.age);
        let power = ((r + x) * (age / (age + time)).ln()).exp();
        let series = hyper(r + x, b + x + 1.0, a + b + x, time / (age + time))?;
        Ok((a + b + x) / (a - 1.0) * (1.0 - power * series))
    }
}
