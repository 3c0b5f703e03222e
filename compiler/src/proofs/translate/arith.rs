//! Arithmetic: sums and products with constants stay linear; what else rises or falls with one value is an image
//! of it; a division or a product by something that varies is followed where that is 0, 1 or 2, so that there is
//! somebody to show, and may be anything elsewhere.

use super::Translator;
use super::image::{Bent, Image, Plain, bent};
use super::scalar::{CASES_MAX, Kind, Scalar, Sym};
use crate::hir::{ArithOp, Expr, ExprKind};
use crate::proofs::formula::{Formula, Linear};
use crate::proofs::solver::Domain;
use crate::proofs::vars::What;
use journey_program::ir::NumOp;
use journey_program::types::{Span, Type, Value};

const DAY_MS: i64 = 86_400_000;
/// From the year 0 to the year 9000 every time has a day.
const CALENDAR_MS: (i64, i64) = (-62_167_219_200_000, 221_845_392_000_000);
/// The whole numbers that are numbers without loss.
const EXACT: i128 = 1 << 53;

type Cases = Vec<(Formula, Scalar)>;

impl Translator<'_> {
    pub(super) fn arith(&mut self, e: &Expr) -> Option<Sym> {
        let cases = match &e.kind {
            ExprKind::Neg(a) => {
                let a = self.cases(a)?;
                self.mapped(a, |t, guard, scalar| t.negative(guard, scalar))?
            }
            ExprKind::Widen(a) => {
                let a = self.cases(a)?;
                self.mapped(a, |t, guard, scalar| match scalar {
                    Scalar::Whole(a) => t.checked(guard, Scalar::Widened(a)),
                    Scalar::Image(image) => t.bent(guard, *image, Bent::Widened),
                    _ => None,
                })?
            }
            ExprKind::Arith(op, a, by) if matches!(by.ty.known(), Type::Span) => {
                let ExprKind::Value(Value::Span(span)) = &by.kind else {
                    return None;
                };
                let span = match op {
                    ArithOp::Add => *span,
                    ArithOp::Sub => Span {
                        months: span.months.checked_neg()?,
                        days: span.days.checked_neg()?,
                    },
                    _ => return None,
                };
                let date = matches!(a.ty.known(), Type::Date);
                let a = self.cases(a)?;
                self.mapped(a, |t, guard, scalar| t.moved(guard, scalar, span, date))?
            }
            ExprKind::Arith(op, a, b) => {
                let money = matches!(a.ty.known(), Type::Money(_));
                let (a, b) = (self.cases(a)?, self.cases(b)?);
                if a.len() * b.len() > CASES_MAX {
                    return None;
                }
                let mut all = Vec::new();
                for (x_guard, x) in &a {
                    for (y_guard, y) in &b {
                        let guard = x_guard.clone().and(y_guard.clone());
                        match self.simple(&guard, *op, x, y, money) {
                            Some(value) => all.push((guard, value)),
                            None => all.extend(self.by_cases(&guard, *op, (x, y), money, e)?),
                        }
                    }
                }
                all
            }
            _ => return None,
        };
        Some(Sym {
            known: Formula::True,
            kind: Kind::Cases(cases),
        })
    }

    fn mapped(
        &mut self,
        cases: Cases,
        mut made: impl FnMut(&mut Self, &Formula, Scalar) -> Option<Scalar>,
    ) -> Option<Cases> {
        let mut all = Vec::with_capacity(cases.len());
        for (guard, scalar) in cases {
            let value = made(self, &guard, scalar)?;
            all.push((guard, value));
        }
        Some(all)
    }

    fn negative(&mut self, guard: &Formula, scalar: Scalar) -> Option<Scalar> {
        match scalar {
            Scalar::Whole(a) => self.checked(guard, Scalar::Whole(a.times(-1)?)),
            Scalar::Fixed(a) => Some(Scalar::Fixed(-a)),
            other => {
                let image = self.image(&other)?;
                self.bent(guard, image, Bent::Negated)
            }
        }
    }

    /// Arithmetic that is linear, or that one value rises or falls with.
    fn simple(
        &mut self,
        guard: &Formula,
        op: ArithOp,
        x: &Scalar,
        y: &Scalar,
        money: bool,
    ) -> Option<Scalar> {
        if let Some(value) = linear(op, x, y) {
            return self.checked(guard, value);
        }
        let step = match (op, constant(x), constant(y)) {
            (ArithOp::IntDiv | ArithOp::Mod, _, Some(Plain::Whole(by))) => {
                return self.floored(guard, x, by, op == ArithOp::Mod);
            }
            (ArithOp::Mul, _, Some(Plain::Number(by))) if money => Bent::MoneyTimes(by),
            (ArithOp::Div, _, Some(Plain::Number(by))) if money && by != 0.0 => Bent::MoneyOver(by),
            (ArithOp::Div, _, Some(Plain::Whole(by))) if money && by != 0 => Bent::Ratio(by),
            (ArithOp::Add, _, Some(Plain::Whole(by))) => Bent::Plus(by),
            (ArithOp::Sub, _, Some(Plain::Whole(by))) => Bent::Plus(by.checked_neg()?),
            (ArithOp::Mul, _, Some(Plain::Whole(by))) => Bent::Times(by),
            (ArithOp::Add, _, Some(Plain::Number(by))) => Bent::Number(NumOp::Add, by),
            (ArithOp::Sub, _, Some(Plain::Number(by))) => Bent::Number(NumOp::Sub, by),
            (ArithOp::Mul, _, Some(Plain::Number(by))) => Bent::Number(NumOp::Mul, by),
            (ArithOp::Div, _, Some(Plain::Number(by))) if by != 0.0 => Bent::Number(NumOp::Div, by),
            (ArithOp::Add, Some(_), None) => return self.simple(guard, op, y, x, money),
            (ArithOp::Mul, Some(_), None) if !money => {
                return self.simple(guard, op, y, x, money);
            }
            (ArithOp::Sub, Some(Plain::Number(from)), None) => {
                let image = self.image(y)?;
                return self.bent(guard, image, Bent::From(from));
            }
            _ => return None,
        };
        if let Scalar::Fixed(x) = x {
            // a fault's value is read by nobody
            let value = bent(Plain::Number(*x), step);
            self.fault_if(Formula::all(vec![
                guard.clone(),
                Formula::of(value.is_none()),
            ]));
            return Some(Scalar::Fixed(match value {
                Some(Plain::Number(value)) => value,
                Some(Plain::Whole(_)) | None => 0.0,
            }));
        }
        let image = self.image(x)?;
        self.bent(guard, image, step)
    }

    /// A value as an image of itself.
    fn image(&self, scalar: &Scalar) -> Option<Image> {
        let whole = |term: &Linear| {
            let (low, high) = self.range(term)?;
            let clip = |n: i128| i64::try_from(n.clamp(i64::MIN.into(), i64::MAX.into())).ok();
            Some(Image::new(term.clone(), false, clip(low)?, clip(high)?))
        };
        match scalar {
            Scalar::Whole(term) => whole(term),
            // that it is none is said where it was widened
            Scalar::Widened(term) => Some(whole(term)?.then(Bent::Widened)?.0),
            Scalar::Number(var) => {
                let domain = self.vars.domain(*var)?;
                Some(Image::new(Linear::var(*var), true, domain.low, domain.high))
            }
            Scalar::Image(image) => Some((**image).clone()),
            Scalar::Fixed(_) | Scalar::Text(_) | Scalar::Constant(_) => None,
        }
    }

    fn bent(&mut self, guard: &Formula, image: Image, step: Bent) -> Option<Scalar> {
        let (image, faults) = image.then(step)?;
        self.fault_if(guard.clone().and(faults));
        Some(Scalar::Image(Box::new(image)))
    }

    /// `a div by`, `a mod by`: a = by * quotient + rest, 0 <= rest < by; all signs turned round below zero.
    fn floored(&mut self, guard: &Formula, a: &Scalar, by: i64, rest: bool) -> Option<Scalar> {
        let Scalar::Whole(term) = a else {
            return match a {
                Scalar::Image(image) if !rest && by > 0 => {
                    self.bent(guard, (**image).clone(), Bent::Over(by))
                }
                _ => None,
            };
        };
        let size = by.checked_abs().filter(|size| *size > 0)?;
        if by == -1 && !rest {
            return self.checked(guard, Scalar::Whole(term.times(-1)?));
        }
        let turned = if by < 0 {
            term.times(-1)?
        } else {
            term.clone()
        };
        let name = format!("{turned:?} by {size}");
        let quotient = What::Opaque(format!("{name}: quotient"));
        let quotient = self.vars.var(quotient, &Type::Int, true);
        let remainder = What::Opaque(format!("{name}: rest"));
        let remainder = self.vars.var(remainder, &Type::IntIn(0, size - 1), true);
        let sum = Linear::var(quotient).times(size)?;
        let sum = sum.plus(&Linear::var(remainder), 1)?.plus(&turned, -1)?;
        self.sides.push(Formula::at_most_zero(sum.times(-1)?));
        self.sides.push(Formula::at_most_zero(sum));
        Some(Scalar::Whole(match (rest, by < 0) {
            (false, _) => Linear::var(quotient),
            (true, false) => Linear::var(remainder),
            (true, true) => Linear::var(remainder).times(-1)?,
        }))
    }

    /// A date or time and a span: a date is moved by the calendar alone; a time by the person's zone too, so
    /// that it is only known about when.
    fn moved(&mut self, guard: &Formula, scalar: Scalar, span: Span, date: bool) -> Option<Scalar> {
        if date && (span.months != 0 || !matches!(scalar, Scalar::Whole(_))) {
            let image = self.image(&scalar)?;
            return self.bent(guard, image, Bent::Later(span));
        }
        let Scalar::Whole(term) = scalar else {
            return None;
        };
        if date {
            let days = Linear::constant(i64::from(span.days));
            let (_, faults) = self
                .image(&Scalar::Whole(term.clone()))?
                .then(Bent::Later(span))?;
            self.fault_if(guard.clone().and(faults));
            return Some(Scalar::Whole(term.plus(&days, 1)?));
        }
        if let (Some(at), Some(zone)) = (term.as_constant(), self.zone()) {
            let moved = zone.add_span_to_time(i64::try_from(at).ok()?, span)?;
            return Some(Scalar::Whole(Linear::constant(moved)));
        }
        let (low, high) = days_of(span)?;
        self.fresh += 1;
        // beyond the calendar it faults; where exactly is not followed
        let before = Formula::le(&term, &Linear::constant(CALENDAR_MS.0))?;
        let outside = before.or(Formula::le(&Linear::constant(CALENDAR_MS.1), &term)?);
        let there = What::OpaqueFault(format!("calendar #{}", self.fresh));
        let there = Formula::is(self.vars.bool(there, false));
        self.fault_if(Formula::all(vec![guard.clone(), outside, there]));
        let what = What::Opaque(format!("zone #{}", self.fresh));
        let domain = Domain {
            low: low.checked_mul(DAY_MS)?,
            high: high.checked_mul(DAY_MS)?,
            text: false,
            exact: false,
        };
        let shift = self.vars.with(what, &Type::Duration, domain);
        Some(Scalar::Whole(term.plus(&Linear::var(shift), 1)?))
    }

    /// Where the second operand is 0, 1 or 2 the result is followed; elsewhere it may be anything.
    fn by_cases(
        &mut self,
        guard: &Formula,
        op: ArithOp,
        (x, y): (&Scalar, &Scalar),
        money: bool,
        e: &Expr,
    ) -> Option<Cases> {
        let divides = matches!(op, ArithOp::Div | ArithOp::IntDiv | ArithOp::Mod);
        if !divides && op != ArithOp::Mul {
            return None;
        }
        let mut cases = Cases::new();
        let mut rest = guard.clone();
        for small in [1_i64, 2, 0] {
            let Some((is, by)) = small_constant(y, small) else {
                continue;
            };
            let here = guard.clone().and(is.clone());
            if divides && small == 0 {
                self.fault_if(here);
                continue;
            }
            if let Some(value) = self.simple(&here, op, x, &by, money) {
                cases.push((here, value));
                rest = rest.and(is.negated());
            }
        }
        let anything = self.opaque_value(e);
        let Kind::Cases(other) = anything.kind else {
            return None;
        };
        let [(_, other)] = other.as_slice() else {
            return None;
        };
        let name = What::OpaqueFault(self.opaque_name(e));
        let faults = Formula::is(self.vars.bool(name, false));
        self.fault_if(rest.clone().and(faults));
        cases.push((rest, other.clone()));
        Some(cases)
    }

    /// The bounds of a linear term.
    fn range(&self, term: &Linear) -> Option<(i128, i128)> {
        let (mut low, mut high) = (term.constant, term.constant);
        for (var, factor) in &term.factors {
            let domain = self.vars.domain(*var)?;
            let a = i128::from(domain.low) * i128::from(*factor);
            let b = i128::from(domain.high) * i128::from(*factor);
            low += a.min(b);
            high += a.max(b);
        }
        Some((low, high))
    }

    /// Says where a sum leaves its range, which is a fault.
    pub(super) fn checked(&mut self, guard: &Formula, scalar: Scalar) -> Option<Scalar> {
        let (term, limits) = match &scalar {
            Scalar::Whole(term) => (term, (i128::from(i64::MIN), i128::from(i64::MAX))),
            Scalar::Widened(term) => (term, (-EXACT, EXACT)),
            _ => return Some(scalar),
        };
        let (low, high) = self.range(term)?;
        let mut faults = Vec::new();
        if low < limits.0 {
            let mut below = term.clone();
            below.constant += 1 - limits.0;
            faults.push(Formula::at_most_zero(below));
        }
        if high > limits.1 {
            let mut above = term.times(-1)?;
            above.constant += limits.1 + 1;
            faults.push(Formula::at_most_zero(above));
        }
        self.fault_if(guard.clone().and(Formula::any(faults)));
        Some(scalar)
    }
}

/// At least and at most so many days.
fn days_of(span: Span) -> Option<(i64, i64)> {
    // a month is between 28 and 31 days long and 400 years are 146,097 days; zones move a time by two at most
    let months = i64::from(span.months);
    let days = (months * 146_097).div_euclid(4_800) + i64::from(span.days);
    let slack = if months == 0 { 2 } else { 6 };
    Some((days.checked_sub(slack)?, days.checked_add(slack)?))
}

/// When a value is a small constant, and that constant as a value of its kind.
fn small_constant(of: &Scalar, small: i64) -> Option<(Formula, Scalar)> {
    let is = |term: &Linear| {
        let constant = Linear::constant(small);
        Some(Formula::le(term, &constant)?.and(Formula::le(&constant, term)?))
    };
    #[expect(clippy::cast_precision_loss, reason = "it is 0, 1 or 2")]
    let number = small as f64;
    match of {
        Scalar::Whole(term) => Some((is(term)?, Scalar::Whole(Linear::constant(small)))),
        Scalar::Widened(term) => Some((is(term)?, Scalar::Fixed(number))),
        Scalar::Number(var) => {
            let place = Linear::constant(crate::proofs::vars::place_of(number));
            let var = Linear::var(*var);
            let is = Formula::le(&var, &place)?.and(Formula::le(&place, &var)?);
            Some((is, Scalar::Fixed(number)))
        }
        Scalar::Image(image) => {
            let constant = if image.whole {
                Plain::Whole(small)
            } else {
                Plain::Number(number)
            };
            let is = image
                .below(constant, true)?
                .and(image.below(constant, false)?.negated());
            let value = if image.whole {
                Scalar::Whole(Linear::constant(small))
            } else {
                Scalar::Fixed(number)
            };
            Some((is, value))
        }
        Scalar::Fixed(_) | Scalar::Text(_) | Scalar::Constant(_) => None,
    }
}

/// A value that is the same for everybody.
pub(super) fn constant(scalar: &Scalar) -> Option<Plain> {
    match scalar {
        Scalar::Whole(term) => Some(Plain::Whole(i64::try_from(term.as_constant()?).ok()?)),
        Scalar::Widened(term) => {
            let whole = i64::try_from(term.as_constant()?).ok()?;
            let number = journey_program::arith::int_to_num(whole).ok()?;
            Some(Plain::Number(number))
        }
        Scalar::Fixed(number) => Some(Plain::Number(*number)),
        Scalar::Number(_) | Scalar::Text(_) | Scalar::Constant(_) | Scalar::Image(_) => None,
    }
}

fn linear(op: ArithOp, a: &Scalar, b: &Scalar) -> Option<Scalar> {
    let (Scalar::Whole(a), Scalar::Whole(b)) = (a, b) else {
        return None;
    };
    let factor = |term: &Linear| i64::try_from(term.as_constant()?).ok();
    let made = match op {
        ArithOp::Add => a.plus(b, 1)?,
        ArithOp::Sub => a.plus(b, -1)?,
        ArithOp::Mul => match (factor(a), factor(b)) {
            (_, Some(by)) => a.times(by)?,
            (Some(by), None) => b.times(by)?,
            (None, None) => return None,
        },
        _ => return None,
    };
    Some(Scalar::Whole(made))
}
