//! What belongs to nobody: everyone's audiences, then whom it concerns, then everyone's exits, waits and entries.

use super::eval::Scene;
use super::happens::instant_of;
use super::person::{Happening, Known};
use super::values::compare;
use super::{Edges, Model};
use journey_compiler::hir::{CompareOp, Enter, Take};
use journey_program::types::{EventId, Value};
use std::cmp::Ordering;

impl Model<'_> {
    pub(super) fn is_broadcast(&self, event: EventId) -> bool {
        let definition = self.program.events.get(event.index());
        definition.is_some_and(|event| event.broadcast)
    }

    pub(super) fn everyone_hears(&mut self, event: EventId, record: Vec<Value>) {
        let Some(definition) = self.program.events.get(event.index()) else {
            return;
        };
        let record = Value::Record(definition.record, record);
        let (at, log) = (instant_of(&record), self.log);
        let happening = |known| Happening {
            event,
            at,
            log,
            record: record.clone(),
            known,
            sides: Vec::new(),
            homes: Vec::new(),
        };
        self.broadcasts.push(happening(Known::default()));
        let mut order: Vec<usize> = (0..self.people.len()).collect();
        order.retain(|who| self.people.get(*who).is_some_and(|p| !p.gone));
        order.sort_by_key(|who| self.people.get(*who).map(|p| (p.first_seen, p.id.clone())));
        let mut edges: Vec<Edges> = Vec::new();
        for who in &order {
            // what an instance has met since its entry or a send
            if let Some(person) = self.people.get_mut(*who) {
                let known = person.known.clone();
                person.happenings.push(happening(known));
            }
            edges.push(self.edges(*who));
        }
        self.take_snapshot(event, &record, &order);
        let event = (event, record);
        for (who, edges) in order.iter().zip(&edges) {
            self.exits_and_goals(*who, event.0, &event.1);
            self.watches(*who);
            self.waiting(*who, Some(&event), edges);
            self.entries(*who, Some(&event), edges);
        }
        self.snapshot.clear();
    }

    fn take_snapshot(&mut self, event: EventId, record: &Value, order: &[usize]) {
        for journey in self.entered() {
            let Enter::On(pattern) = &journey.enter else {
                continue;
            };
            if pattern.event != event {
                continue;
            }
            let concerns = |who: &usize| match &pattern.filter {
                None => true,
                Some(filter) => self
                    .scene(*who, None, Some(record))
                    .is_some_and(|mut scene| scene.holds(filter, journey.decl)),
            };
            let mut chosen: Vec<usize> = order.iter().copied().filter(concerns).collect();
            if let Some(take) = &journey.take {
                self.best(take, record, &mut chosen);
            }
            self.snapshot.insert(journey.name.clone(), chosen);
        }
    }

    fn best(&self, take: &Take, record: &Value, chosen: &mut Vec<usize>) {
        let nobody = Known::default();
        let mut scene = Scene::new(self.program, &nobody, &[]);
        scene.now = self.clock;
        scene.event = Some(record);
        let count = match scene.eval(&take.count) {
            Ok(Value::Int(count)) => usize::try_from(count).unwrap_or(0),
            _ => 0,
        };
        if let Some(by) = &take.by {
            let score = |who: usize| {
                let value = self.scene(who, None, Some(record))?.eval(by).ok();
                value.filter(|value| *value != Value::Unknown)
            };
            let mut ranked: Vec<_> = chosen.iter().map(|who| (score(*who), *who)).collect();
            ranked.sort_by(|(a, _), (b, _)| match (a, b) {
                (Some(a), Some(b)) if compare(CompareOp::Gt, a, b) => Ordering::Less,
                (Some(a), Some(b)) if compare(CompareOp::Lt, a, b) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), Some(_)) | (None, None) => Ordering::Equal,
            });
            *chosen = ranked.into_iter().map(|(_, who)| who).collect();
        }
        chosen.truncate(count);
    }
}
