//! Questions about what a person did, answered by asking every event again.

use super::eval::{Answer, Broken, Scene};
use super::person::Happening;
use super::values::{average, pick, text, total, zero};
use journey_compiler::hir::{DeclId, Expr, History, Question, Sequence, Window};
use journey_program::civil::add_span_to_date;
use journey_program::plan::HistoryAggregate;
use journey_program::types::{Type, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// An event that answers a question, at the instant from which it does.
struct Found<'h> {
    at: i64,
    happening: &'h Happening,
}

impl<'s> Scene<'s> {
    pub(super) fn ask(&mut self, history: &History, e: &Expr) -> Answer {
        let outer = match &history.keyed {
            None => None,
            Some((path, outer)) => Some((path.clone(), self.eval(outer)?)),
        };
        let found = self.found(history, outer.as_ref());
        let broken = |code| Broken::new(code, e.node);
        let values: Vec<Value> = found
            .iter()
            .map(|h| at_path(&h.happening.record, &history.value))
            .collect();
        Ok(match history.question {
            Question::Any => Value::Bool(!found.is_empty()),
            Question::No => Value::Bool(found.is_empty()),
            Question::Aggregate(aggregate) => match aggregate {
                HistoryAggregate::Count => Value::Int(found.len() as i64),
                HistoryAggregate::Sum => self.sum(history, &found, &e.ty).map_err(broken)?,
                HistoryAggregate::Avg => match e.ty.known() {
                    Type::Number if values.iter().any(|v| matches!(v, Value::Number(_))) => {
                        let known = values.iter().filter(|v| **v != Value::Unknown).count();
                        match self.sum(history, &found, &e.ty).map_err(broken)? {
                            Value::Number(sum) if known > 0 => Value::Number(sum / known as f64),
                            _ => Value::Unknown,
                        }
                    }
                    ty => average(&values, ty).map_err(broken)?,
                },
                HistoryAggregate::Min => pick(&values, Ordering::Less),
                HistoryAggregate::Max => pick(&values, Ordering::Greater),
                HistoryAggregate::First => values.first().cloned().unwrap_or(Value::Unknown),
                HistoryAggregate::Last => values.last().cloned().unwrap_or(Value::Unknown),
                HistoryAggregate::Distinct => {
                    let mut distinct: Vec<&Value> = Vec::new();
                    for value in values.iter().filter(|v| **v != Value::Unknown) {
                        if !distinct.contains(&value) {
                            distinct.push(value);
                        }
                    }
                    Value::Int((distinct.len() as i64).min(i64::from(history.up_to)))
                }
                HistoryAggregate::Top => top(&values),
                HistoryAggregate::Decayed => Value::Number(self.decayed(history, &found)),
                HistoryAggregate::AvgGap => {
                    let gaps = gaps(&found);
                    mean(gaps.iter().sum(), gaps.len())
                }
                HistoryAggregate::MedianGap => {
                    let newest = found.len().saturating_sub(16);
                    let mut gaps = gaps(found.get(newest..).unwrap_or_default());
                    gaps.sort_unstable();
                    let (low, high) = (gaps.len().saturating_sub(1) / 2, gaps.len() / 2);
                    match (gaps.get(low), gaps.get(high)) {
                        (Some(low), Some(high)) => mean(low + high, 2),
                        _ => Value::Unknown,
                    }
                }
            },
        })
    }

    /// The events that answer, in their order.
    fn found(&self, history: &History, outer: Option<&(Vec<u32>, Value)>) -> Vec<Found<'s>> {
        let happenings = self.asked(history);
        let mut found: Vec<Found<'s>> = Vec::new();
        for happening in happenings.iter().filter(|h| h.event == history.event) {
            let of_key = outer.is_none_or(|(path, v)| at_path(&happening.record, path) == *v);
            if !of_key || !self.passes(history.filter.as_ref(), happening) {
                continue;
            }
            let at = match &history.sequence {
                None => Some(happening.at),
                Some(sequence) => self.became(history, sequence, happening),
            };
            if let Some(at) = at.filter(|at| self.in_window(history, happening, *at)) {
                found.push(Found { at, happening });
            }
        }
        found.sort_by_key(|h| (h.at, h.happening.log));
        found
    }

    /// The person's own events; what belongs to nobody is everyone's, but for what an instance has met.
    pub(super) fn asked(&self, history: &History) -> &'s [Happening] {
        match history.window {
            Window::SinceEnter | Window::SinceStep(_) => self.happenings,
            Window::Ever
            | Window::Last(_)
            | Window::LastSpan(_)
            | Window::ThisDay
            | Window::ThisWeek
            | Window::ThisMonth
            | Window::Since(_)
            | Window::SinceField(_) => self.asked_of(history.event),
        }
    }

    fn asked_of(&self, event: journey_program::types::EventId) -> &'s [Happening] {
        let definition = self.program.events.get(event.index());
        if definition.is_some_and(|event| event.broadcast) {
            self.broadcasts
        } else {
            self.happenings
        }
    }

    /// Doubles add up inside each pane in log order, then pane by pane.
    fn sum(
        &self,
        history: &History,
        found: &[Found<'_>],
        ty: &Type,
    ) -> Result<Value, journey_program::ir::FaultCode> {
        if !matches!(ty.known(), Type::Number | Type::NumberIn(..)) {
            let values: Vec<Value> = found
                .iter()
                .map(|h| at_path(&h.happening.record, &history.value))
                .collect();
            return total(&values, ty);
        }
        let mut sums = Vec::new();
        for pane in self.panes(history, found) {
            sums.push(sum_of(&pane, ty)?);
        }
        if sums.is_empty() {
            Ok(zero(ty))
        } else {
            total(&sums, ty)
        }
    }

    /// Instants and values by pane, in log order inside of each; matches of a sequence in their own order.
    fn panes(&self, history: &History, found: &[Found<'_>]) -> Vec<Vec<Part>> {
        let mut panes: BTreeMap<i64, Vec<&Found<'_>>> = BTreeMap::new();
        for one in found {
            let start = match history.window {
                Window::Last(_)
                | Window::LastSpan(_)
                | Window::ThisDay
                | Window::ThisWeek
                | Window::ThisMonth => pane_start(one.at, history.pane_ms),
                Window::Ever
                | Window::Since(_)
                | Window::SinceField(_)
                | Window::SinceEnter
                | Window::SinceStep(_) => 0,
            };
            panes.entry(start).or_default().push(one);
        }
        let mut all = Vec::new();
        for (_, mut pane) in panes {
            if history.sequence.is_none() {
                pane.sort_by_key(|one| one.happening.log);
            }
            all.push(parts(history, &pane, 0));
        }
        all
    }

    /// A score as it is: its value at the newest of its events, faded until now.
    fn decayed(&self, history: &History, found: &[Found<'_>]) -> f64 {
        let newest = self.at_newest(history, found);
        newest.map_or(0.0, |newest| {
            Self::faded(newest, self.now, history.half_life)
        })
    }

    /// The same for a question that is asked now, without fading it.
    pub(super) fn score(&mut self, history: &History) -> Option<(i64, f64)> {
        let found = self.found(history, None);
        self.at_newest(history, &found)
    }

    pub(super) fn faded((at, value): (i64, f64), now: i64, half_life: i64) -> f64 {
        if value == 0.0 {
            return value;
        }
        value * libm::exp2(-((now - at) as f64) / half_life as f64)
    }

    /// Each pane faded to its newest event, then pane by pane to the newest of all.
    fn at_newest(&self, history: &History, found: &[Found<'_>]) -> Option<(i64, f64)> {
        let join = |a: (i64, f64), b: (i64, f64)| {
            let (old, new) = if a.0 <= b.0 { (a, b) } else { (b, a) };
            (new.0, Self::faded(old, new.0, history.half_life) + new.1)
        };
        let mut whole: Option<(i64, f64)> = None;
        for pane in self.panes(history, found) {
            if let Some(pane) = faded_together(history, &pane, &join) {
                whole = Some(whole.map_or(pane, |before| join(before, pane)));
            }
        }
        whole
    }

    /// The instant at which this first event of a sequence matches, if it does by now.
    fn became(&self, history: &History, sequence: &Sequence, first: &Happening) -> Option<i64> {
        let mut answers: Vec<i64> = Vec::new();
        let own = matches!(history.window, Window::SinceEnter | Window::SinceStep(_));
        // an instance knows of what it has met itself
        let seconds = if own {
            self.happenings
        } else {
            self.asked_of(sequence.event)
        };
        for second in seconds.iter().filter(|h| h.event == sequence.event) {
            if own && !self.in_window(history, second, second.at) {
                continue;
            }
            let later = (second.at, second.log) > (first.at, first.log);
            let in_time = sequence.within.is_none_or(|d| second.at - first.at <= d);
            let same = sequence.same.as_ref().is_none_or(|[ours, theirs]| {
                let ours = at_path(&first.record, ours);
                ours != Value::Unknown && ours == at_path(&second.record, theirs)
            });
            let met = own || self.met(first, second);
            if later && in_time && same && met && self.passes(sequence.filter.as_ref(), second) {
                answers.push(second.at);
            }
        }
        if !sequence.without {
            return answers.into_iter().min();
        }
        if !answers.is_empty() {
            return None;
        }
        let Some(within) = sequence.within else {
            return Some(first.at);
        };
        let at = first.at + within;
        (at < self.now || (at == self.now && self.after)).then_some(at)
    }

    /// Whether two events of one person could still meet when they became one person's: what a late event can't
    /// change any more has settled.
    fn met(&self, first: &Happening, second: &Happening) -> bool {
        let log = first.log.max(second.log);
        let home = |h: &Happening, log: u64| {
            let home = h.homes.iter().rfind(|(from, ..)| *from <= log);
            home.map(|(_, who, _)| *who)
        };
        if home(first, log) == home(second, log) {
            return true;
        }
        let mut moves: Vec<(u64, usize, i64)> = [first, second]
            .into_iter()
            .flat_map(|h| h.homes.iter().copied())
            .filter(|(from, ..)| *from > log)
            .collect();
        moves.sort_unstable();
        let together = moves
            .into_iter()
            .find(|(from, ..)| home(first, *from) == home(second, *from));
        together.is_some_and(|(_, _, clock)| {
            second.at >= clock.saturating_sub(self.program.settings.lateness_ms)
        })
    }

    fn passes(&self, filter: Option<&Expr>, happening: &Happening) -> bool {
        let Some(filter) = filter else {
            return true;
        };
        let mut scene = Scene::new(self.program, &happening.known, &[]);
        scene.now = happening.at;
        scene.event = Some(&happening.record);
        // how often a history is asked is the model's own: nothing is noted
        scene.holds(filter, DeclId::default())
    }

    fn in_window(&self, history: &History, happening: &Happening, at: i64) -> bool {
        let zone = self.civil_zone();
        match &history.window {
            Window::Ever => true,
            Window::Last(length) if history.exact > 0 => {
                if self.after {
                    at + length > self.now
                } else {
                    at + length >= self.now
                }
            }
            Window::Last(length) => pane_start(at, history.pane_ms) > self.now - length,
            Window::LastSpan(span) if history.exact > 0 => {
                let end = zone.add_span_to_time(at, *span);
                end.is_none_or(|end| {
                    if self.after {
                        end > self.now
                    } else {
                        end >= self.now
                    }
                })
            }
            Window::LastSpan(span) => {
                let day = zone.day_of(at).and_then(|day| add_span_to_date(day, *span));
                let end = day.and_then(|day| zone.start_of_day(day));
                end.is_none_or(|end| end > self.now)
            }
            Window::ThisDay => zone
                .day_bounds(self.now)
                .is_some_and(|(from, to)| from <= at && at < to),
            Window::ThisWeek => zone
                .week_bounds(self.now)
                .is_some_and(|(from, to)| from <= at && at < to),
            Window::ThisMonth => zone
                .month_bounds(self.now)
                .is_some_and(|(from, to)| from <= at && at < to),
            Window::SinceEnter => self
                .instance
                .is_some_and(|i| happening.log > i.entered_log && i.saw(happening)),
            Window::SinceStep(step) => self.instance.is_some_and(|i| {
                let sent = i.sent_at.get(&step.0);
                sent.is_some_and(|(log, _)| happening.log > *log && i.saw(happening))
            }),
            Window::Since(from) => at >= *from,
            Window::SinceField(field) => match self.known.fields.get(*field as usize) {
                Some(Value::Time(from)) => at >= *from,
                _ => false,
            },
        }
    }
}

/// What a pane adds up: an event, or what came in as one when two people turned out to be one.
enum Part {
    Event(i64, Value),
    Side(Vec<Part>),
}

/// The parts of events that lie as deep as this in sides.
fn parts(history: &History, found: &[&Found<'_>], depth: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut sides: BTreeMap<(u64, u64), Vec<&Found<'_>>> = BTreeMap::new();
    for one in found {
        // sides are listed the newest first: the outermost of those that are left
        match one.happening.sides.get(depth) {
            Some(side) => sides.entry(*side).or_default().push(one),
            None => {
                let value = at_path(&one.happening.record, &history.value);
                parts.push((one.happening.log, 1, Part::Event(one.at, value)));
            }
        }
    }
    for ((log, _), side) in sides {
        parts.push((log, 0, Part::Side(self::parts(history, &side, depth + 1))));
    }
    if history.sequence.is_none() {
        parts.sort_by_key(|(log, order, _)| (*log, *order));
    }
    parts.into_iter().map(|(_, _, part)| part).collect()
}

fn sum_of(pane: &[Part], ty: &Type) -> Result<Value, journey_program::ir::FaultCode> {
    let mut values = Vec::new();
    for part in pane {
        values.push(match part {
            Part::Event(_, value) => value.clone(),
            Part::Side(side) => sum_of(side, ty)?,
        });
    }
    total(&values, ty)
}

fn faded_together(
    history: &History,
    pane: &[Part],
    join: &impl Fn((i64, f64), (i64, f64)) -> (i64, f64),
) -> Option<(i64, f64)> {
    let values = pane.iter().filter_map(|part| match part {
        Part::Side(side) => faded_together(history, side, join),
        Part::Event(at, _) if history.value.is_empty() => Some((*at, 1.0)),
        Part::Event(at, Value::Int(n)) => Some((*at, *n as f64)),
        Part::Event(at, Value::Number(n)) => Some((*at, *n)),
        Part::Event(..) => None,
    });
    values.reduce(join)
}

pub(super) fn pane_start(at: i64, pane: i64) -> i64 {
    at.div_euclid(pane.max(1)) * pane.max(1)
}

pub(super) fn at_path(record: &Value, path: &[u32]) -> Value {
    let mut value = record;
    for field in path {
        match value {
            Value::Record(_, fields) => match fields.get(*field as usize) {
                Some(inner) => value = inner,
                None => return Value::Unknown,
            },
            _ => return Value::Unknown,
        }
    }
    value.clone()
}

/// The most frequent; of equals the one met last.
fn top(values: &[Value]) -> Value {
    let mut best: Option<(usize, usize)> = None;
    for (place, value) in values.iter().enumerate() {
        if *value == Value::Unknown {
            continue;
        }
        let count = values.iter().filter(|v| *v == value).count();
        if best.is_none_or(|(most, _)| count >= most) {
            best = Some((count, place));
        }
    }
    let _ = text;
    best.and_then(|(_, place)| values.get(place).cloned())
        .unwrap_or(Value::Unknown)
}

fn gaps(found: &[Found<'_>]) -> Vec<i64> {
    found.windows(2).map(|two| two[1].at - two[0].at).collect()
}

/// Half to even.
fn mean(sum: i64, count: usize) -> Value {
    let count = count as i64;
    if count == 0 {
        return Value::Unknown;
    }
    let (floor, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
    let up = rest * 2 > count || (rest * 2 == count && floor % 2 != 0);
    Value::Duration(floor + i64::from(up))
}
