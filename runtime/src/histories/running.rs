//! Events folded into one value: of a pane, or of all there ever were. Sums of ints and money are exact
//! (128 bits inside); those of numbers add up in the order of events inside a pane, then of panes.

use super::decay;
use crate::scalar::{Finite, Scalar, word_value};
use journey_program::ir::Repr;
use journey_program::plan::{HistoryAggregate, HistoryPlan};
use journey_program::types::{Type, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The bound of `distinct` and of the values that `top` tells apart, where the program names none.
const VALUES_MAX: usize = 1000;

/// When a value was met: its event's time, then its place in the log.
type Met = (i64, u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Running {
    Count(u64),
    Sum {
        count: u64,
        int: Wide,
        num: f64,
    },
    Least(Option<Scalar>),
    Greatest(Option<Scalar>),
    First(Option<(Met, Option<Scalar>)>),
    Last(Option<(Met, Option<Scalar>)>),
    Distinct(BTreeSet<Scalar>),
    Top(BTreeMap<Scalar, (u64, Met)>),
    /// the half life, and the value at the newest event's instant
    Decayed {
        half_life: i64,
        newest: Option<(i64, f64)>,
    },
    /// how many, and their first and last instants
    Gaps {
        count: u64,
        from: i64,
        to: i64,
    },
    /// the instants of the newest, in order
    Newest(Vec<i64>),
}

/// 128 bits in two halves, which need no more than the place of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wide {
    high: i64,
    low: u64,
}

impl Wide {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves of one number"
    )]
    fn of(number: i128) -> Self {
        Self {
            high: (number >> 64) as i64,
            low: number as u64,
        }
    }
    fn get(self) -> i128 {
        (i128::from(self.high) << 64) | i128::from(self.low)
    }
    fn add(&mut self, more: i128) {
        *self = Self::of(self.get() + more);
    }
}

impl Default for Running {
    fn default() -> Self {
        Running::Count(0)
    }
}

impl Running {
    pub fn of(aggregate: HistoryAggregate) -> Self {
        match aggregate {
            HistoryAggregate::Count => Running::Count(0),
            HistoryAggregate::Sum | HistoryAggregate::Avg => Running::Sum {
                count: 0,
                int: Wide::default(),
                num: 0.0,
            },
            HistoryAggregate::Min => Running::Least(None),
            HistoryAggregate::Max => Running::Greatest(None),
            HistoryAggregate::First => Running::First(None),
            HistoryAggregate::Last => Running::Last(None),
            HistoryAggregate::Distinct => Running::Distinct(BTreeSet::new()),
            HistoryAggregate::Top => Running::Top(BTreeMap::new()),
            HistoryAggregate::Decayed => Running::Decayed {
                half_life: 0,
                newest: None,
            },
            HistoryAggregate::AvgGap => Running::Gaps {
                count: 0,
                from: 0,
                to: 0,
            },
            HistoryAggregate::MedianGap => Running::Newest(Vec::new()),
        }
    }

    /// The same, with what its plan says besides.
    pub fn for_plan(plan: &HistoryPlan) -> Self {
        let mut running = Running::of(plan.aggregate);
        if let Running::Decayed { half_life, .. } = &mut running {
            *half_life = plan.half_life;
        }
        running
    }

    /// Takes an event in. An unknown value counts for nothing but `count`, `first` and `last`.
    pub fn add(&mut self, up_to: u32, at: i64, place: u64, value: Option<&Scalar>) {
        let met = (at, place);
        match self {
            Running::Count(count) => *count += 1,
            Running::Sum { count, int, num } => match value {
                Some(Scalar::Int(word)) => {
                    *count += 1;
                    int.add(i128::from(*word));
                }
                Some(Scalar::Num(number)) => {
                    *count += 1;
                    *num += number.get();
                }
                Some(Scalar::Bool(_) | Scalar::Text(_)) | None => {}
            },
            Running::Least(least) => {
                if let Some(value) = value
                    && least.as_ref().is_none_or(|least| value < least)
                {
                    *least = Some(value.clone());
                }
            }
            Running::Greatest(greatest) => {
                if let Some(value) = value
                    && greatest.as_ref().is_none_or(|greatest| value > greatest)
                {
                    *greatest = Some(value.clone());
                }
            }
            Running::First(first) => {
                if first.as_ref().is_none_or(|(there, _)| met < *there) {
                    *first = Some((met, value.cloned()));
                }
            }
            Running::Last(last) => {
                if last.as_ref().is_none_or(|(there, _)| met >= *there) {
                    *last = Some((met, value.cloned()));
                }
            }
            Running::Distinct(values) => {
                if let Some(value) = value
                    && values.len() < bound(up_to)
                {
                    values.insert(value.clone());
                }
            }
            Running::Top(values) => {
                if let Some(value) = value {
                    add_top(values, value, 1, met);
                }
            }
            Running::Decayed { half_life, newest } => {
                let here = value.and_then(weight).map(|weight| (at, weight));
                *newest = joined(*newest, here, *half_life);
            }
            Running::Gaps { count, from, to } => {
                (*from, *to) = match *count {
                    0 => (at, at),
                    _ => ((*from).min(at), (*to).max(at)),
                };
                *count += 1;
            }
            Running::Newest(instants) => {
                keep_newest(instants, at);
            }
        }
    }

    /// Takes in what another one has folded; both are of one aggregate.
    pub fn merge(&mut self, up_to: u32, other: &Running) {
        match (self, other) {
            (Running::Count(count), Running::Count(more)) => *count += more,
            (
                Running::Sum { count, int, num },
                Running::Sum {
                    count: c,
                    int: i,
                    num: n,
                },
            ) => {
                *count += c;
                int.add(i.get());
                *num += n;
            }
            (Running::Distinct(values), Running::Distinct(more)) => {
                for value in more {
                    if values.len() < bound(up_to) {
                        values.insert(value.clone());
                    }
                }
            }
            (Running::Top(values), Running::Top(more)) => {
                for (value, (count, met)) in more {
                    add_top(values, value, *count, *met);
                }
            }
            (
                Running::Decayed { half_life, newest },
                Running::Decayed {
                    newest: Some(other),
                    ..
                },
            ) => *newest = joined(*newest, Some(*other), *half_life),
            (
                Running::Gaps { count, from, to },
                Running::Gaps {
                    count: more,
                    from: f,
                    to: t,
                },
            ) if *more > 0 => add_gaps((count, from, to), (*more, *f, *t)),
            (this @ Running::Newest(_), Running::Newest(instants)) => {
                instants.iter().for_each(|at| this.add(up_to, *at, 0, None));
            }
            (this, Running::Least(Some(value)) | Running::Greatest(Some(value))) => {
                this.add(up_to, 0, 0, Some(value));
            }
            (this, Running::First(Some((met, value))) | Running::Last(Some((met, value)))) => {
                this.add(up_to, met.0, met.1, value.as_ref());
            }
            (
                _,
                Running::Count(_)
                | Running::Sum { .. }
                | Running::Least(None)
                | Running::Greatest(None)
                | Running::First(None)
                | Running::Last(None)
                | Running::Distinct(_)
                | Running::Top(_)
                | Running::Decayed { .. }
                | Running::Gaps { .. }
                | Running::Newest(_),
            ) => {}
        }
    }

    /// The value, of the history's type; `Unknown` where there is none, or where a sum is beyond its type.
    pub fn answer(&self, plan: &HistoryPlan) -> Value {
        let number = plan
            .slot
            .as_ref()
            .is_some_and(|slot| slot.repr == Repr::Num);
        self.value(plan.aggregate, &plan.ty, number)
    }

    /// The same, for an aggregate that lies elsewhere; `number`: its slot holds a double.
    pub fn value(&self, aggregate: HistoryAggregate, ty: &Type, number: bool) -> Value {
        match self {
            Running::Count(count) => Value::Int(i64::try_from(*count).unwrap_or(i64::MAX)),
            Running::Distinct(values) => {
                Value::Int(i64::try_from(values.len()).unwrap_or(i64::MAX))
            }
            Running::Sum { count, int, num } => {
                if aggregate == HistoryAggregate::Avg {
                    average(*count, int.get(), *num, ty, number)
                } else if matches!(ty.known(), Type::Number | Type::NumberIn(..)) {
                    finite(*num)
                } else {
                    i64::try_from(int.get()).map_or(Value::Unknown, |sum| word_value(sum, ty))
                }
            }
            Running::Least(value) | Running::Greatest(value) => value
                .as_ref()
                .map_or(Value::Unknown, |value| value.value(ty)),
            Running::First(met) | Running::Last(met) => met
                .as_ref()
                .and_then(|(_, value)| value.as_ref())
                .map_or(Value::Unknown, |value| value.value(ty)),
            Running::Decayed { newest, .. } => {
                Value::Number(newest.map_or(0.0, |(_, value)| value))
            }
            Running::Gaps { count, from, to } => mean_gap(*count, *from, *to),
            Running::Newest(instants) => median_gap(instants),
            Running::Top(values) => values
                .iter()
                .max_by_key(|(_, rank)| **rank)
                .map_or(Value::Unknown, |(value, _)| value.value(ty)),
        }
    }
}

fn bound(up_to: u32) -> usize {
    if up_to == 0 {
        VALUES_MAX
    } else {
        usize::try_from(up_to).unwrap_or(VALUES_MAX)
    }
}

/// Keeps at most `VALUES_MAX` values: the least, then the oldest, gives way.
fn add_top(values: &mut BTreeMap<Scalar, (u64, Met)>, value: &Scalar, count: u64, met: Met) {
    if values.len() >= VALUES_MAX && !values.contains_key(value) {
        let least = values
            .iter()
            .min_by_key(|(_, rank)| **rank)
            .map(|(value, _)| value.clone());
        if let Some(least) = least {
            values.remove(&least);
        }
    }
    let entry = values.entry(value.clone()).or_insert((0, met));
    entry.0 += count;
    entry.1 = entry.1.max(met);
}

fn finite(number: f64) -> Value {
    if number.is_finite() {
        Value::Number(Finite::new(number).get())
    } else {
        Value::Unknown
    }
}

#[expect(clippy::cast_precision_loss, reason = "an average of ints is a double")]
fn average(count: u64, int: i128, num: f64, ty: &Type, number: bool) -> Value {
    if count == 0 {
        return Value::Unknown;
    }
    if matches!(ty.known(), Type::Number | Type::NumberIn(..)) {
        finite(num / count as f64)
    } else if number && matches!(ty.known(), Type::Int | Type::IntIn(..)) {
        finite(int as f64 / count as f64)
    } else {
        i64::try_from(half_even(int, i128::from(count)))
            .map_or(Value::Unknown, |average| word_value(average, ty))
    }
}

/// A quotient rounded half to even; the divisor is above zero.
pub fn half_even(a: i128, b: i128) -> i128 {
    let (quotient, rest) = (a.div_euclid(b), a.rem_euclid(b));
    let up = rest * 2 > b || (rest * 2 == b && quotient.rem_euclid(2) == 1);
    if up { quotient + 1 } else { quotient }
}

/// What decays, of two sides that may be empty.
fn joined(
    one: Option<(i64, f64)>,
    other: Option<(i64, f64)>,
    half_life: i64,
) -> Option<(i64, f64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some(decay::together(one, other, half_life)),
        (one, other) => one.or(other),
    }
}

fn add_gaps((count, from, to): (&mut u64, &mut i64, &mut i64), other: (u64, i64, i64)) {
    let (more, first, last) = other;
    (*from, *to) = match *count {
        0 => (first, last),
        _ => ((*from).min(first), (*to).max(last)),
    };
    *count += more;
}

fn keep_newest(instants: &mut Vec<i64>, at: i64) {
    let after = instants.partition_point(|other| *other <= at);
    instants.insert(after, at);
    if instants.len() > NEWEST_MAX {
        instants.remove(0);
    }
}

/// The newest instants that a median gap looks at.
const NEWEST_MAX: usize = 16;

/// What one event adds to what decays.
#[expect(clippy::cast_precision_loss, reason = "a score of ints is a double")]
fn weight(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Int(word) => Some(*word as f64),
        Scalar::Num(number) => Some(number.get()),
        Scalar::Bool(_) | Scalar::Text(_) => None,
    }
}

/// The time between neighbours, in the middle.
fn median_gap(instants: &[i64]) -> Value {
    let mut gaps: Vec<i64> = instants
        .iter()
        .zip(instants.iter().skip(1))
        .map(|(one, next)| next.saturating_sub(*one))
        .collect();
    gaps.sort_unstable();
    let Some(last) = gaps.len().checked_sub(1) else {
        return Value::Unknown;
    };
    let middle = [last / 2, last.div_ceil(2)];
    let sum: i128 = middle
        .iter()
        .filter_map(|place| gaps.get(*place))
        .map(|gap| i128::from(*gap))
        .sum();
    duration(half_even(sum, 2))
}

fn mean_gap(count: u64, from: i64, to: i64) -> Value {
    match count.checked_sub(1) {
        None | Some(0) => Value::Unknown,
        Some(gaps) => duration(half_even(
            i128::from(to) - i128::from(from),
            i128::from(gaps),
        )),
    }
}

fn duration(ms: i128) -> Value {
    i64::try_from(ms).map_or(Value::Unknown, Value::Duration)
}
