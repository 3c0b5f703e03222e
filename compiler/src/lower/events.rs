//! What an event does before any journey: which consents it changes and which histories it feeds. All filters of
//! one event are one function; where a filter may fault, each is there apart as well, since a fault in one is
//! false for that one alone.

use super::class::Class;
use super::generate::Context;
use super::tables::Tables;
use crate::hir::{DeclId, Event, Expr};
use journey_program::ir::Ty;
use journey_program::plan::{ConsentChange, EventPlan, Feed};
use journey_program::types::{ChannelId, EventId, HistoryId};

pub(super) fn events(tables: &mut Tables<'_>) -> Vec<EventPlan> {
    let hir = tables.hir;
    hir.events
        .iter()
        .enumerate()
        .map(|(number, event)| event_plan(tables, EventId::new(number), event))
        .collect()
}

/// The filters of one event, equal ones once.
#[derive(Default)]
struct Filters {
    all: Vec<(DeclId, Expr)>,
    shapes: Vec<String>,
}

impl Filters {
    fn place(&mut self, decl: DeclId, filter: Option<&Expr>) -> Option<u32> {
        let filter = filter?;
        let shape = format!("{:?}", super::history::without_places(filter));
        let known = self.shapes.iter().position(|known| *known == shape);
        let place = known.unwrap_or_else(|| {
            self.shapes.push(shape);
            self.all.push((decl, filter.clone()));
            self.all.len() - 1
        });
        u32::try_from(place).ok()
    }
}

fn event_plan(tables: &mut Tables<'_>, id: EventId, event: &Event) -> EventPlan {
    let mut filters = Filters::default();
    let consents = consents(tables, id, &mut filters);
    let mut feeds = Vec::new();
    for (number, kept) in tables.histories.all.iter().enumerate() {
        let second = kept.plan.sequence.as_ref();
        let roles = [
            (kept.plan.event == id, kept.filter.as_ref(), false),
            (
                second.is_some_and(|sequence| sequence.event == id),
                kept.second.as_ref(),
                true,
            ),
        ];
        for (_, filter, second) in roles.into_iter().filter(|(fed, ..)| *fed) {
            feeds.push(Feed {
                when: filters.place(kept.decl, filter),
                history: HistoryId::new(number),
                second,
            });
        }
    }
    let filters = filters.all;
    let context = Context {
        decl: DeclId(0),
        event: Some(event.record),
        journey: None,
    };
    let name = format!("event.{}.feed", event.name);
    let feed_fn = (!filters.is_empty()).then(|| {
        let results = vec![Ty::Bool; filters.len()];
        tables.function(name, &[], &results, &context, |g| {
            let mut values = Vec::with_capacity(filters.len());
            for (decl, filter) in &filters {
                values.push(g.inside(*decl, Default::default(), |g| g.bool(filter)));
            }
            g.finish(values);
        })
    });
    let faulting = filters
        .iter()
        .any(|(_, filter)| tables.class(filter) == Class::Faulting);
    let apart = filters.iter().enumerate().filter(|_| faulting);
    let apart = apart
        .map(|(number, (decl, filter))| {
            let name = format!("event.{}.filter.{number}", event.name);
            tables.function(name, &[], &[Ty::Bool], &context, |g| {
                g.env.decl = *decl;
                let value = g.bool(filter);
                g.finish(vec![value]);
            })
        })
        .collect();
    EventPlan {
        keep: event.keep,
        name: event.name.clone(),
        record: event.record,
        outcome: event.outcome,
        decided: event.decided,
        broadcast: event.broadcast,
        feed_fn,
        filters: apart,
        consents,
        feeds,
    }
}

fn consents(tables: &Tables<'_>, id: EventId, filters: &mut Filters) -> Vec<ConsentChange> {
    let hir = tables.hir;
    let all: Vec<ChannelId> = (0..hir.channels.len()).map(ChannelId::new).collect();
    let mut changes = Vec::new();
    for (purpose, number) in hir.purposes.iter().zip(0u32..) {
        for rule in purpose.rules.iter().filter(|rule| rule.event == id) {
            changes.push(ConsentChange {
                when: filters.place(purpose.decl, rule.filter.as_ref()),
                purpose: journey_program::types::PurposeId(number),
                granted: rule.granted,
                channels: if rule.channels.is_empty() {
                    all.clone()
                } else {
                    rule.channels.clone()
                },
            });
        }
    }
    changes
}
