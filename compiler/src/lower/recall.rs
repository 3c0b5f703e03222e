//! What an instance remembers since its entry, or since a send: the questions that its journey asks of that time,
//! and the events that its waits look back to. The engine keeps each answer in the instance's block.

use super::generate::Val;
use super::history::{answer_type, question, recall_signature};
use super::journey::{Instance, Making, pattern};
use super::tables::Tables;
use super::walk;
use crate::hir::{Expr, ExprKind, History, Journey, Pattern, StepKind};
use journey_program::ir::Ty;
use journey_program::layout::Layouter;
use journey_program::plan::{
    FieldSlot, HistoryPlan, HistoryWindow, PatternPlan, RecallKind, RecallPlan, RecallSince,
};
use journey_program::types::{EventId, FunctionId, RecordId, Type, Value};

/// A recall before its filter is made: of a history, or of a wait that looks back.
pub(super) enum Recall<'p> {
    History(&'p History, RecallSince),
    First(&'p Pattern, RecallSince),
}

pub(super) type Recalls<'p> = Vec<(Recall<'p>, FieldSlot, Type)>;

pub(super) fn find_recalls<'p>(
    tables: &Tables<'p>,
    journey: &'p Journey,
    instance: &mut Instance,
    layouter: &mut Layouter,
) -> Recalls<'p> {
    let mut found: Recalls<'p> = Vec::new();
    walk::of_journey(journey, &mut |root| {
        walk::every(root, &mut |expr| {
            if let ExprKind::History(history) = &expr.kind
                && let Some(since) = instance.since(&history.window)
            {
                let signature = recall_signature(history, since);
                if instance.recalls.contains_key(&signature) {
                    return;
                }
                let ty = answer_type(history, &expr.ty);
                let slot = layouter.slot(&ty, &tables.layouts);
                instance.recalls.insert(signature, slot.clone());
                found.push((Recall::History(history, since), slot, ty));
            }
        });
    });
    let mut seen = Vec::new();
    walk::every_step(&journey.steps, &mut |step| {
        if let StepKind::WaitFor { arms, answers, .. } = &step.kind {
            let sent = answers.and_then(|step| instance.send_of(step));
            let since = sent.map_or(RecallSince::Enter, RecallSince::Send);
            for pattern in arms.iter().filter_map(|arm| arm.on.pattern()) {
                let back = pattern.since_enter || sent.is_some();
                if !back || seen.contains(&pattern_signature(pattern)) {
                    continue;
                }
                if let Some(event) = tables.hir.events.get(pattern.event.index()) {
                    let ty = Type::Record(event.record).optional();
                    let slot = layouter.slot(&ty, &tables.layouts);
                    seen.push(pattern_signature(pattern));
                    found.push((Recall::First(pattern, since), slot, ty));
                }
            }
        }
    });
    found
}

pub(super) fn pattern_signature(pattern: &Pattern) -> String {
    let filter = pattern.filter.as_ref().map(super::history::without_places);
    format!(
        "{:?} {:?} {:?} {filter:?}",
        pattern.event, pattern.of_step, pattern.key
    )
}

pub(super) fn recall_plan(
    tables: &mut Tables<'_>,
    making: &mut Making<'_>,
    recall: &Recall<'_>,
    slot: FieldSlot,
) -> RecallPlan {
    let number = making.parts.recalls.len();
    let name = format!("recall.{number}");
    match recall {
        Recall::First(first, since) => {
            let signature = pattern_signature(first);
            making
                .parts
                .looks_back
                .insert(signature, u32::try_from(number).unwrap_or(0));
            RecallPlan {
                pattern: pattern(tables, making, first, &name, None),
                since: *since,
                what: RecallKind::FirstEvent,
                slot,
            }
        }
        Recall::History(history, since) => {
            let pattern = |event, filter| PatternPlan {
                event,
                also: Vec::new(),
                filter,
                key: None,
                each: None,
                of_send: None,
            };
            let filter = recall_filter(tables, making, history, &name);
            let second = history.sequence.as_ref().map(|sequence| {
                let filter = sequence.filter.as_ref();
                let name = format!("{name}.second");
                let filter = filter.map(|f| plain_filter(tables, making, sequence.event, f, &name));
                pattern(sequence.event, filter.flatten())
            });
            RecallPlan {
                pattern: pattern(history.event, filter),
                since: *since,
                what: RecallKind::History {
                    plan: Box::new(HistoryPlan {
                        slot: Some(slot.clone()),
                        keyed: None,
                        exact: 0,
                        everyone: false,
                        ..question(tables.hir, history, HistoryWindow::Ever)
                    }),
                    second,
                    bounds: bounds(making.journey, history),
                },
                slot,
            }
        }
    }
}

/// The constants that the journey's `while` compares a score with.
fn bounds(journey: &Journey, score: &History) -> Vec<f64> {
    let mut bounds = Vec::new();
    if score.half_life == 0 {
        return bounds;
    }
    let asked = recall_signature(score, RecallSince::Enter);
    let is_it = |expr: &Expr| {
        matches!(&expr.kind, ExprKind::History(history)
        if history.window == score.window && recall_signature(history, RecallSince::Enter) == asked)
    };
    let mut compared = |one: &Expr, other: &Expr| {
        if is_it(one) {
            bounds.extend(number(other));
        }
    };
    if let Some(watch) = &journey.watch {
        walk::every(watch, &mut |expr| {
            if let ExprKind::Compare(_, a, b) = &expr.kind {
                compared(a, b);
                compared(b, a);
            } else if let ExprKind::Between(a, low, high) = &expr.kind {
                compared(a, low);
                compared(a, high);
            }
        });
    }
    bounds
}

#[expect(
    clippy::wildcard_enum_match_arm,
    clippy::cast_precision_loss,
    reason = "the checker lets only constants stand here, and widens their ints"
)]
fn number(constant: &Expr) -> Option<f64> {
    match &constant.kind {
        ExprKind::Value(Value::Number(number)) => Some(*number),
        ExprKind::Value(Value::Int(int)) => Some(*int as f64),
        ExprKind::Widen(inner) => number(inner),
        _ => None,
    }
}

/// () → Bool over the event at hand.
fn plain_filter(
    tables: &mut Tables<'_>,
    making: &Making<'_>,
    event: EventId,
    filter: &Expr,
    name: &str,
) -> Option<FunctionId> {
    let record = tables.hir.events.get(event.index())?.record;
    let name = format!("journey.{}.{name}", making.journey.name);
    let context = making.context(Some(record));
    Some(tables.function(name, &[], &[Ty::Bool], &context, |g| {
        let value = g.bool(filter);
        g.finish(vec![value]);
    }))
}

/// The history's own `where`, and that the field has the value asked for.
fn recall_filter(
    tables: &mut Tables<'_>,
    making: &Making<'_>,
    history: &History,
    name: &str,
) -> Option<FunctionId> {
    if history.filter.is_none() && history.keyed.is_none() {
        return None;
    }
    let hir = tables.hir;
    let record = hir.events.get(history.event.index())?.record;
    let name = format!("journey.{}.{name}", making.journey.name);
    let context = making.context(Some(record));
    Some(tables.function(name, &[], &[Ty::Bool], &context, |g| {
        let mut value = g.code.bool(true);
        if let Some(filter) = &history.filter {
            value = g.bool(filter);
        }
        if let Some((path, outer)) = &history.keyed {
            let (field, ty) = g.event_field(record, path);
            let asked = g.expr(outer).reg;
            let site = g.site(outer.node);
            let mut same = g.equal(&ty, field.reg, asked, site);
            if let Some(known) = field.known {
                same = g.and(known, same);
            }
            value = g.and(value, same);
        }
        g.finish(vec![value]);
    }))
}

impl super::generate::Generate<'_, '_> {
    /// A field of the event at hand, by its path.
    fn event_field(&mut self, record: RecordId, path: &[u32]) -> (Val, Type) {
        let mut place = super::code::in_space(journey_program::ir::Space::Event, 0);
        let mut record = record;
        let mut found = (Val::sure(self.code.int(0)), Type::Int);
        for number in path {
            let Some(slot) = self.field_slot(record, *number) else {
                return found;
            };
            let value = self.load(place, &slot);
            place = self.code.place(value.reg);
            let index = usize::try_from(*number).unwrap_or(usize::MAX);
            let types = self.field_types(record);
            let ty = types.get(index).map_or(Type::Int, |ty| ty.known().base());
            if let Type::Record(inner) = &ty {
                record = *inner;
            }
            let known = match (found.0.known, value.known) {
                (Some(a), Some(b)) => Some(self.and(a, b)),
                (a, b) => a.or(b),
            };
            found = (
                Val {
                    reg: value.reg,
                    known,
                },
                ty,
            );
        }
        found
    }
}
