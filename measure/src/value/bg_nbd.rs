//! Purchases to come: the BG/NBD model of Fader, Hardie and Lee, "Counting your customers the easy way",
//! Marketing Science 24 (2005). People buy at rates that differ (gamma: `r`, `alpha`) and after any purchase
//! may never come back, with chances that differ (beta: `a`, `b`).

use super::Customer;
use super::fit::Fitted;
use super::hyper::hyper;
use super::rows::{Data, check, likeliest};
use crate::refusal::{Refusal, positive};
use crate::sum::Sum;
use statrs::function::gamma::ln_gamma;

/// The parameters. `alpha` is in the unit of the customers' times; the rest are numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgNbd {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

impl BgNbd {
    /// The likeliest parameters.
    ///
    /// # Errors
    /// Refuses fewer than [`super::REPEATERS_MIN`] people with repeats, times that make no sense, and data that do
    /// not determine the model: where nobody is ever lost, say.
    pub fn fit(customers: &[Customer]) -> Result<(Self, Fitted), Refusal> {
        Self::fit_from(customers, [1.0, 1.0, 1.0, 1.0])
    }

    /// The same from another start: `r`, `alpha` in mean ages, `a`, `b`. Every start leads to one end.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub fn fit_from(customers: &[Customer], start: [f64; 4]) -> Result<(Self, Fitted), Refusal> {
        check(customers)?;
        for value in start {
            positive("start", value)?;
        }
        likeliest(
            customers,
            start.map(f64::ln),
            Self::of_logs,
            |model, data| Ok(model.likelihood(data)),
        )
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

    /// The log of the likelihood of all customers together (eq. 6, summed).
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
            let own = ln_gamma(r + x) + ln_gamma(b + x) - ln_gamma(a + b + x);
            total.add(count * (fixed + own));
        }
        for (repeats, recency, age, count) in &data.rows {
            let x = f64::from(*repeats);
            let alive = -(r + x) * (alpha + age).ln();
            let whole = if *repeats == 0 {
                alive
            } else {
                let lost = (a / (b + x - 1.0)).ln() - (r + x) * (alpha + recency).ln();
                alive.max(lost) + (-(alive - lost).abs()).exp().ln_1p()
            };
            total.add(count * whole);
        }
        total.total()
    }

    /// The chance that the customer still comes back. One without repeats has had no chance to be lost: 1.
    #[must_use]
    pub fn alive(&self, customer: &Customer) -> f64 {
        1.0 / (1.0 + self.odds_lost(customer))
    }

    fn odds_lost(&self, customer: &Customer) -> f64 {
        if customer.repeats == 0 {
            return 0.0;
        }
        let x = f64::from(customer.repeats);
        let times = ((self.alpha + customer.age) / (self.alpha + customer.recency)).ln();
        self.a / (self.b + x - 1.0) * ((self.r + x) * times).exp()
    }

    /// Purchases expected of this customer in the next `time` (eq. 10).
    ///
    /// # Errors
    /// Refuses a negative time, and one so long (a million ages) that the series does not settle.
    pub fn expected(&self, customer: &Customer, time: f64) -> Result<f64, Refusal> {
        let x = f64::from(customer.repeats);
        let age = self.alpha + customer.age;
        let purchases = self.smoothed(|model| model.purchases(x, age, time))?;
        Ok(purchases / (1.0 + self.odds_lost(customer)))
    }

    /// Purchases expected of a new customer within `time` of the first one, that one not counted (eq. 9).
    ///
    /// # Errors
    /// As [`Self::expected`].
    pub fn expected_of_new(&self, time: f64) -> Result<f64, Refusal> {
        self.smoothed(|model| model.purchases(0.0, model.alpha, time))
    }

    fn purchases(&self, x: f64, age: f64, time: f64) -> Result<f64, Refusal> {
        let Self { r, a, b, .. } = *self;
        if !(time.is_finite() && time >= 0.0) {
            let (name, value) = ("time", time);
            return Err(Refusal::OutOfRange { name, value });
        }
        let top = a + b + x - 1.0;
        let power = ((r + x) * (age / (age + time)).ln()).exp();
        let part = power * hyper(r + x, b + x, top, time / (age + time))?;
        Ok(top / (a - 1.0) * (1.0 - part))
    }

    /// The formulas have holes at `a = 1` and `a + b = 1` which their limits fill: there, the mean of both
    /// sides.
    fn smoothed(&self, of: impl Fn(&Self) -> Result<f64, Refusal>) -> Result<f64, Refusal> {
        const NEAR: f64 = 1e-5;
        let hole = [self.a - 1.0, self.a + self.b - 1.0];
        if hole.iter().all(|distance| distance.abs() >= NEAR / 2.0) {
            return of(self);
        }
        let a = self.a;
        let sides = (
            of(&Self {
                a: a - NEAR,
                ..*self
            })?,
            of(&Self {
                a: a + NEAR,
                ..*self
            })?,
        );
        Ok(f64::midpoint(sides.0, sides.1))
    }
}
