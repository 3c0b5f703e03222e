//! What sending changed: an arm against a base (holdout), by a share of people or by a mean per person.
//! Differences with intervals, relative lift, p-values; looks at any time, many arms, sizes beforehand.

pub mod design;
pub mod many;
pub mod sequential;
pub mod split;

use crate::interval::{Confidence, Interval, normal_two_sided, student_two_sided, wilson};
use crate::refusal::{Refusal, at_least};
use crate::sum::sum;
use statrs::distribution::{Discrete, Hypergeometric};

/// People of an arm, and how many of them did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub people: u64,
    pub converted: u64,
}

/// People of an arm, and the mean and variance (over n - 1) of what each brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amounts {
    pub people: u64,
    pub mean: f64,
    pub variance: f64,
}

impl Amounts {
    /// From a person's amounts, one each; zero for those who brought nothing.
    ///
    /// # Errors
    /// Refuses fewer than two.
    pub fn of(values: &[f64]) -> Result<Self, Refusal> {
        let people = values.len() as u64;
        at_least(people, 2)?;
        let mean = sum(values.iter().copied()) / people as f64;
        let squares = sum(values.iter().map(|value| (value - mean) * (value - mean)));
        let variance = squares / (people - 1) as f64;
        Ok(Self {
            people,
            mean,
            variance,
        })
    }

    /// From running sums. Sums of whole numbers (cents) are exact, and so then is the mean.
    ///
    /// # Errors
    /// Refuses fewer than two.
    pub fn from_sums(people: u64, sum: f64, squares: f64) -> Result<Self, Refusal> {
        at_least(people, 2)?;
        let n = people as f64;
        let mean = sum / n;
        let variance = ((squares - sum * mean) / (n - 1.0)).max(0.0);
        Ok(Self {
            people,
            mean,
            variance,
        })
    }
}

/// How the p-value came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// two shares, pooled normal test
    Normal,
    /// two shares with fewer than five expected in a cell: Fisher's exact test
    Fisher,
    /// two means with variances of their own: Welch's t
    Welch,
}

/// An arm against its base.
#[derive(Clone, Debug, PartialEq)]
pub struct Lift {
    pub people: u64,
    pub base_people: u64,
    /// the share or mean of the arm
    pub value: f64,
    pub base: f64,
    /// arm minus base
    pub difference: f64,
    /// of the difference, with both variances as they are (unpooled)
    pub standard_error: f64,
    /// of the difference: Newcombe's for shares, Welch's for means
    pub interval: Interval,
    /// of the difference: plus and minus the normal quantile of standard errors
    pub normal: Interval,
    /// difference over base; refused where the base is zero
    pub relative: Result<f64, Refusal>,
    /// Fieller's for `relative`; refused where the base may be zero
    pub relative_interval: Result<Interval, Refusal>,
    /// pooled z for shares, Welch's t for means
    pub statistic: f64,
    pub p_value: f64,
    pub test: Test,
    /// what the arm's people brought more than they would have: difference times people
    pub incremental: f64,
}

/// Two shares. Newcombe, "Interval estimation for the difference between independent proportions", Statistics
/// in Medicine 17 (1998), method 10.
///
/// # Errors
/// Refuses an arm of nobody, more conversions than people, and arms of which nobody (or everybody) converted.
pub fn shares(arm: Share, base: Share, confidence: Confidence) -> Result<Lift, Refusal> {
    let a = wilson(arm.converted, arm.people, confidence)?;
    let b = wilson(base.converted, base.people, confidence)?;
    let converted = arm.converted + base.converted;
    let people = arm.people + base.people;
    if converted == 0 || converted == people {
        let why = "nobody or everybody converted in both arms";
        return Err(Refusal::Degenerate { why });
    }
    let (na, nb) = (arm.people as f64, base.people as f64);
    let pooled = converted as f64 / people as f64;
    let pooled_error = (pooled * (1.0 - pooled) * (1.0 / na + 1.0 / nb)).sqrt();
    let difference = a.value - b.value;
    let statistic = difference / pooled_error;
    let least = na.min(nb) * pooled.min(1.0 - pooled);
    let (test, p_value) = if least < 5.0 {
        (Test::Fisher, fisher(arm, base)?)
    } else {
        (Test::Normal, normal_two_sided(statistic))
    };
    let down = (a.value - a.interval.low).hypot(b.interval.high - b.value);
    let up = (a.interval.high - a.value).hypot(b.value - b.interval.low);
    let errors = (
        a.value * (1.0 - a.value) / na,
        b.value * (1.0 - b.value) / nb,
    );
    let interval = Interval {
        low: difference - down,
        high: difference + up,
    };
    let measured = Measured {
        people: (arm.people, base.people),
        values: (a.value, b.value),
        errors,
        quantile: confidence.z(),
    };
    Ok(measured.lift(interval, confidence, statistic, p_value, test))
}

/// Two means with variances of their own: Welch, "The generalization of Student's problem" (1947).
///
/// # Errors
/// Refuses fewer than two people in an arm, and arms in which nothing varies.
pub fn means(arm: Amounts, base: Amounts, confidence: Confidence) -> Result<Lift, Refusal> {
    at_least(arm.people.min(base.people), 2)?;
    let (na, nb) = (arm.people as f64, base.people as f64);
    let errors = (arm.variance / na, base.variance / nb);
    let variance = errors.0 + errors.1;
    if !variance.is_finite() || variance <= 0.0 {
        let why = "nothing varies in both arms";
        return Err(Refusal::Degenerate { why });
    }
    let spread = errors.0 * errors.0 / (na - 1.0) + errors.1 * errors.1 / (nb - 1.0);
    let degrees = variance * variance / spread;
    let difference = arm.mean - base.mean;
    let statistic = difference / variance.sqrt();
    let quantile = confidence.t(degrees);
    let interval = Interval::around(difference, quantile * variance.sqrt());
    let measured = Measured {
        people: (arm.people, base.people),
        values: (arm.mean, base.mean),
        errors,
        quantile,
    };
    let p_value = student_two_sided(statistic, degrees);
    Ok(measured.lift(interval, confidence, statistic, p_value, Test::Welch))
}

/// What shares and means have in common; the arm first, then the base.
struct Measured {
    people: (u64, u64),
    values: (f64, f64),
    /// squared standard errors
    errors: (f64, f64),
    quantile: f64,
}

impl Measured {
    fn lift(
        &self,
        interval: Interval,
        confidence: Confidence,
        statistic: f64,
        p_value: f64,
        test: Test,
    ) -> Lift {
        let (value, base) = self.values;
        let difference = value - base;
        let standard_error = (self.errors.0 + self.errors.1).sqrt();
        let why = "the base is zero: no relative lift";
        let relative = if base == 0.0 {
            Err(Refusal::Degenerate { why })
        } else {
            Ok(difference / base)
        };
        Lift {
            people: self.people.0,
            base_people: self.people.1,
            value,
            base,
            difference,
            standard_error,
            interval,
            normal: Interval::around(difference, confidence.z() * standard_error),
            relative,
            relative_interval: self.fieller(),
            statistic,
            p_value,
            test,
            incremental: difference * self.people.0 as f64,
        }
    }

    /// Fieller, "Some problems in interval estimation", JRSS B 16 (1954), for a ratio of independent means.
    fn fieller(&self) -> Result<Interval, Refusal> {
        let (value, base) = self.values;
        let g = self.quantile * self.quantile * self.errors.1 / (base * base);
        if base == 0.0 || g >= 1.0 {
            let why = "the base may be zero: the relative lift has no bounds";
            return Err(Refusal::Degenerate { why });
        }
        let ratio = value / base;
        let under = self.errors.0 * (1.0 - g) + ratio * ratio * self.errors.1;
        let half = self.quantile / base.abs() * under.sqrt() / (1.0 - g);
        Ok(Interval::around(ratio / (1.0 - g) - 1.0, half))
    }
}

/// The chance of a table at least as rare as this one, its margins fixed (Fisher, 1922).
fn fisher(arm: Share, base: Share) -> Result<f64, Refusal> {
    let converted = arm.converted + base.converted;
    let why = "more people than a table can hold";
    let table = Hypergeometric::new(arm.people + base.people, converted, arm.people)
        .map_err(|_| Refusal::Degenerate { why })?;
    let least = converted.saturating_sub(base.people);
    let most = converted.min(arm.people);
    let own = table.pmf(arm.converted);
    // equal chances may differ by rounding
    let rare = |chance: &f64| *chance <= own * (1.0 + 1e-7);
    let chances = (least..=most).map(|count| table.pmf(count)).filter(rare);
    Ok(sum(chances).min(1.0))
}
