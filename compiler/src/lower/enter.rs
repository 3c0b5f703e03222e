//! How an instance begins: by an event, an edge, a schedule.

use super::audiences::predicate;
use super::class::Class;
use super::generate::Context;
use super::journey::Making;
use super::tables::Tables;
use crate::hir::{Each, Enter, Expr, ExprKind, Question};
use journey_program::ir::Ty;
use journey_program::plan::{EachPlan, EnterPlan, PatternPlan, SnapshotPlan, TakePlan};
use journey_program::types::{HistoryId, Type};

pub(super) fn enter(tables: &mut Tables<'_>, making: &Making<'_>) -> EnterPlan {
    let hir = tables.hir;
    let journey = making.journey;
    match &journey.enter {
        Enter::On(pattern) => {
            let record = hir.events.get(pattern.event.index()).map(|e| e.record);
            let context = Context {
                decl: journey.decl,
                event: record,
                journey: None,
            };
            let filter = pattern.filter.as_ref().map(|filter| {
                let name = format!("journey.{}.enter", journey.name);
                predicate(tables, name, &context, filter)
            });
            let bind = pattern.each.as_ref().and_then(|each| each.bind);
            let slot = bind.and_then(|local| making.instance.locals.get(&local).cloned());
            let variable = bind.and_then(|local| journey.locals.get(local.0 as usize));
            EnterPlan::On {
                pattern: PatternPlan {
                    event: pattern.event,
                    also: Vec::new(),
                    filter,
                    key: pattern.key,
                    each: pattern.each.as_ref().map(each),
                    of_send: None,
                },
                element: slot.zip(variable.map(|variable| variable.ty.clone())),
            }
        }
        Enter::When {
            audience,
            leaving,
            stay,
            including_members,
        } => EnterPlan::When {
            audience: *audience,
            leaving: *leaving,
            stay: *stay,
            including_members: *including_members,
        },
        Enter::Yearly { field, clock, when } => EnterPlan::Yearly {
            field: *field,
            clock: *clock,
            when: when.as_ref().map(|when| {
                let name = format!("journey.{}.enter", journey.name);
                predicate(tables, name, &Context::of(journey.decl), when)
            }),
        },
        Enter::Every {
            weekday,
            clock,
            when,
        } => EnterPlan::Every {
            weekday: *weekday,
            clock: *clock,
            when: when.as_ref().map(|when| {
                let name = format!("journey.{}.enter", journey.name);
                predicate(tables, name, &Context::of(journey.decl), when)
            }),
        },
    }
}

/// Whom a broadcast leads in. None: the entry is no broadcast.
pub(super) fn snapshot(tables: &mut Tables<'_>, making: &Making<'_>) -> Option<SnapshotPlan> {
    let (hir, journey) = (tables.hir, making.journey);
    let Enter::On(pattern) = &journey.enter else {
        return None;
    };
    let event = hir.events.get(pattern.event.index())?;
    if !event.broadcast {
        return None;
    }
    let context = Context {
        decl: journey.decl,
        event: Some(event.record),
        journey: None,
    };
    let take = journey.take.as_ref().map(|take| {
        let name = format!("journey.{}.take", journey.name);
        let count = tables.function(name, &[], &[Ty::Int], &context, |g| {
            let value = g.expr(&take.count);
            g.finish(vec![value.reg]);
        });
        let number = matches!(
            take.by.as_ref().map(|by| by.ty.known().base()),
            Some(Type::Number)
        );
        let score = if number { Ty::Num } else { Ty::Int };
        let by = take.by.as_ref().map(|by| {
            let name = format!("journey.{}.score", journey.name);
            tables.function(name, &[], &[Ty::Bool, score], &context, |g| {
                let value = g.expr(by);
                let known = g.known(value);
                g.finish(vec![known, value.reg]);
            })
        });
        TakePlan { count, by, number }
    });
    // nobody is passed over for whom a fault would be told
    let filter = pattern.filter.as_ref();
    let filter = filter.filter(|filter| tables.class(filter) != Class::Faulting);
    let asked = filter.and_then(|filter| asked_history(tables, filter));
    Some(SnapshotPlan { asked, take })
}

/// `any EVENT where FIELD == entry.x` that has to hold wherever the filter does.
fn asked_history(tables: &Tables<'_>, filter: &Expr) -> Option<(HistoryId, Vec<u32>)> {
    if let ExprKind::And(left, right) = &filter.kind {
        return asked_history(tables, left).or_else(|| asked_history(tables, right));
    }
    let ExprKind::History(history) = &filter.kind else {
        return None;
    };
    let sure = history.question == Question::Any && history.sequence.is_none();
    let (_, outer) = history.keyed.as_ref().filter(|_| sure)?;
    let path = crate::types::event_path(outer)?;
    let (id, kept) = tables.histories.find(history)?;
    (!kept.plan.everyone).then_some((id, path))
}

pub(super) fn each(each: &Each) -> EachPlan {
    EachPlan {
        list: each.list.clone(),
        key: each.key.clone(),
    }
}
