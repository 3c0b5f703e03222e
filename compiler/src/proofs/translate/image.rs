//! Values that rise or fall with one other, by arithmetic with constants: `total / 3`, `points * 0.5 + 1`,
//! `born + 18 years`. What such a value is compared with is carried back to the other, by the runtime's own
//! arithmetic: so a comparison is exact, however it rounds, and so is where it faults.

use crate::proofs::formula::{Formula, Linear};
use crate::proofs::vars::number_at;
use journey_program::arith::{int_op, int_to_num, money_div, money_mul, money_ratio, num_op};
use journey_program::civil::add_span_to_date;
use journey_program::ir::{IntOp, NumOp};
use journey_program::types::Span;

/// What arithmetic makes of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bent {
    Negated,
    /// a whole number as a number
    Widened,
    Plus(i64),
    Times(i64),
    /// floored
    Over(i64),
    Number(NumOp, f64),
    /// the constant minus the value
    From(f64),
    MoneyTimes(f64),
    MoneyOver(f64),
    /// money over money
    Ratio(i64),
    Later(Span),
}

/// A whole number or a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    Whole(i64),
    Number(f64),
}

/// A value that rises (or falls) with a linear term.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// a whole number, or the place of a number
    pub of: Linear,
    pub places: bool,
    steps: Vec<Bent>,
    falling: bool,
    /// where nothing faults
    low: i64,
    high: i64,
    /// whole numbers come out
    pub whole: bool,
}

impl Image {
    /// The value itself, with the bounds of its term.
    pub fn new(of: Linear, places: bool, low: i64, high: i64) -> Self {
        Self {
            of,
            places,
            steps: Vec::new(),
            falling: false,
            low,
            high,
            whole: !places,
        }
    }

    /// With one more step, and when that faults. None: it faults even near zero.
    pub fn then(mut self, step: Bent) -> Option<(Self, Formula)> {
        let down = match step {
            Bent::Negated | Bent::From(_) => true,
            Bent::Times(by) => by < 0,
            Bent::Over(by) | Bent::Ratio(by) => by < 0,
            Bent::Number(NumOp::Mul | NumOp::Div, by) => by.is_sign_negative(),
            Bent::MoneyTimes(by) | Bent::MoneyOver(by) => by < 0.0,
            Bent::Number(..) | Bent::Widened | Bent::Plus(_) | Bent::Later(_) => false,
        };
        self.falling ^= down;
        self.steps.push(step);
        let middle = 0_i64.clamp(self.low, self.high);
        self.whole = matches!(self.at(middle)?, Plain::Whole(_));
        let fine = |at: i64| self.at(at).is_some();
        let low = least(self.low, middle, &fine)?;
        let high = greatest(middle, self.high, &fine)?;
        let mut faults = Vec::new();
        if low > self.low {
            faults.push(at_most(&self.of, low.checked_sub(1)?)?);
        }
        if high < self.high {
            faults.push(at_most(&self.of, high)?.negated());
        }
        (self.low, self.high) = (low, high);
        Some((self, Formula::any(faults)))
    }

    /// The value where the term is this; None: a fault.
    fn at(&self, term: i64) -> Option<Plain> {
        let first = if self.places {
            Plain::Number(number_at(term))
        } else {
            Plain::Whole(term)
        };
        self.steps
            .iter()
            .try_fold(first, |value, step| bent(value, *step))
    }

    /// When the value is below a constant, or equal to it where `or_equal`.
    pub fn below(&self, constant: Plain, or_equal: bool) -> Option<Formula> {
        let is = |term: i64| match (self.at(term), constant) {
            (Some(Plain::Whole(a)), Plain::Whole(b)) => a < b || or_equal && a == b,
            (Some(Plain::Number(a)), Plain::Number(b)) => a < b || or_equal && a <= b,
            _ => false,
        };
        if self.falling {
            return match least(self.low, self.high, &is) {
                Some(from) => Some(at_most(&self.of, from.checked_sub(1)?)?.negated()),
                None => Some(Formula::False),
            };
        }
        match greatest(self.low, self.high, &is) {
            Some(to) => at_most(&self.of, to),
            None => Some(Formula::False),
        }
    }
}

fn at_most(term: &Linear, bound: i64) -> Option<Formula> {
    Formula::le(term, &Linear::constant(bound))
}

/// The least number for which it holds, where it holds from there on. None: not even for the highest.
fn least(low: i64, high: i64, holds: &dyn Fn(i64) -> bool) -> Option<i64> {
    if !holds(high) {
        return None;
    }
    let (mut not, mut yes) = (i128::from(low) - 1, i128::from(high));
    while yes - not > 1 {
        let middle = not + (yes - not) / 2;
        if holds(i64::try_from(middle).ok()?) {
            yes = middle;
        } else {
            not = middle;
        }
    }
    i64::try_from(yes).ok()
}

/// The greatest number for which it holds, where it holds up to there. None: not even for the lowest.
fn greatest(low: i64, high: i64, holds: &dyn Fn(i64) -> bool) -> Option<i64> {
    if !holds(low) {
        return None;
    }
    let (mut yes, mut not) = (i128::from(low), i128::from(high) + 1);
    while not - yes > 1 {
        let middle = yes + (not - yes) / 2;
        if holds(i64::try_from(middle).ok()?) {
            yes = middle;
        } else {
            not = middle;
        }
    }
    i64::try_from(yes).ok()
}

/// One step as the runtime takes it.
pub(super) fn bent(value: Plain, step: Bent) -> Option<Plain> {
    let whole = |made: Option<i64>| made.map(Plain::Whole);
    match (value, step) {
        (Plain::Whole(a), Bent::Negated) => whole(a.checked_neg()),
        (Plain::Whole(a), Bent::Widened) => int_to_num(a).ok().map(Plain::Number),
        (Plain::Whole(a), Bent::Plus(b)) => whole(a.checked_add(b)),
        (Plain::Whole(a), Bent::Times(b)) => whole(a.checked_mul(b)),
        (Plain::Whole(a), Bent::Over(b)) => whole(int_op(IntOp::Div, a, b).ok()),
        (Plain::Whole(a), Bent::MoneyTimes(b)) => whole(money_mul(a, b).ok()),
        (Plain::Whole(a), Bent::MoneyOver(b)) => whole(money_div(a, b).ok()),
        (Plain::Whole(a), Bent::Ratio(b)) => money_ratio(a, b).ok().map(Plain::Number),
        (Plain::Whole(a), Bent::Later(span)) => whole(add_span_to_date(a, span)),
        (Plain::Number(a), Bent::Negated) => Some(Plain::Number(-a)),
        (Plain::Number(a), Bent::Number(op, b)) => num_op(op, a, b).ok().map(Plain::Number),
        (Plain::Number(a), Bent::From(b)) => num_op(NumOp::Sub, b, a).ok().map(Plain::Number),
        (Plain::Whole(_), Bent::Number(..) | Bent::From(_))
        | (
            Plain::Number(_),
            Bent::Widened
            | Bent::Plus(_)
            | Bent::Times(_)
            | Bent::Over(_)
            | Bent::MoneyTimes(_)
            | Bent::MoneyOver(_)
            | Bent::Ratio(_)
            | Bent::Later(_),
        ) => None,
    }
}
