//! Questions about what a person did, answered by asking every event again.

use super::eval::{Answer, Broken, Scene};
use super::person::Happening;
use super::values::{average, pick, text, total, zero};
use journey_compiler::hir::{Expr, History, Question, Window};
use journey_program::civil::add_span_to_date;
use journey_program::plan::HistoryAggregate;
use journey_program::types::{Type, Value};
use std::cmp::Ordering;

impl Scene<'_> {
    pub(super) fn ask(&mut self, history: &History, e: &Expr) -> Answer {
        let outer = match &history.keyed {
            None => None,
            Some((path, outer)) => Some((path.clone(), self.eval(outer)?)),
        };
        let happenings = self.happenings;
        let mut found: Vec<&Happening> = Vec::new();
        for happening in happenings.iter().filter(|h| h.event == history.event) {
            let of_key = outer
                .as_ref()
                .is_none_or(|(path, v)| at_path(&happening.record, path) == *v);
            if of_key && self.in_window(history, happening) && self.passes(history, happening) {
                found.push(happening);
            }
        }
        found.sort_by_key(|h| (h.at, h.log));
        let broken = |code| Broken::new(code, e.node);
        let values: Vec<Value> = found
            .iter()
            .map(|h| at_path(&h.record, &history.value))
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
            },
        })
    }

    /// Doubles add up inside each pane in log order, then pane by pane.
    fn sum(
        &self,
        history: &History,
        found: &[&Happening],
        ty: &Type,
    ) -> Result<Value, journey_program::ir::FaultCode> {
        if !matches!(ty.known(), Type::Number | Type::NumberIn(..)) {
            let values: Vec<Value> = found
                .iter()
                .map(|h| at_path(&h.record, &history.value))
                .collect();
            return total(&values, ty);
        }
        let mut panes: Vec<(i64, Vec<(u64, Value)>)> = Vec::new();
        for happening in found {
            let start = match history.window {
                Window::Last(_) => pane_start(happening.at, history.pane_ms),
                Window::LastSpan(_) => self.civil_zone().day_of(happening.at).unwrap_or(0),
                _ => 0,
            };
            let value = at_path(&happening.record, &history.value);
            match panes.iter_mut().find(|(s, _)| *s == start) {
                Some((_, values)) => values.push((happening.log, value)),
                None => panes.push((start, vec![(happening.log, value)])),
            }
        }
        panes.sort_by_key(|(start, _)| *start);
        let mut sums = Vec::new();
        for (_, mut values) in panes {
            values.sort_by_key(|(log, _)| *log);
            let values: Vec<Value> = values.into_iter().map(|(_, v)| v).collect();
            sums.push(total(&values, ty)?);
        }
        if sums.is_empty() {
            Ok(zero(ty))
        } else {
            total(&sums, ty)
        }
    }

    fn passes(&self, history: &History, happening: &Happening) -> bool {
        let Some(filter) = &history.filter else {
            return true;
        };
        let mut scene = Scene::new(self.program, &happening.known, &[]);
        scene.now = happening.at;
        scene.event = Some(&happening.record);
        scene.holds(filter)
    }

    fn in_window(&self, history: &History, happening: &Happening) -> bool {
        let at = happening.at;
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
            Window::SinceEnter => self.instance.is_some_and(|i| happening.log > i.entered_log),
            Window::SinceStep(step) => self
                .instance
                .and_then(|i| i.sent_at.get(&step.0))
                .is_some_and(|(log, _)| happening.log > *log),
            Window::Since(from) => at >= *from,
            Window::SinceField(field) => match self.known.fields.get(*field as usize) {
                Some(Value::Time(from)) => at >= *from,
                _ => false,
            },
        }
    }
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
