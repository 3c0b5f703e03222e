//! How an instance begins: by an event, an edge, a schedule.

use super::audiences::predicate;
use super::generate::Context;
use super::journey::Making;
use super::tables::Tables;
use crate::hir::{Each, Enter};
use journey_program::plan::{EachPlan, EnterPlan, PatternPlan};

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

pub(super) fn each(each: &Each) -> EachPlan {
    EachPlan {
        list: each.list.clone(),
        key: each.key.clone(),
    }
}
