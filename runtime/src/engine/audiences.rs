//! Audiences: who is in, since when, and the edges. All predicates are evaluated together, in dependency
//! order, whenever something of the person has changed or time alone may have changed one of them; one
//! timer a person stands at the next such instant, so nothing polls.

use super::Engine;
use super::call::About;
use crate::actions::ActionKind;
use crate::histories::When;
use crate::state::PersonNo;
use journey_program::plan::bit_of;
use journey_program::record;
use std::sync::Arc;

/// A person has entered or left an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) audience: usize,
    pub(super) entering: bool,
}

impl Engine {
    /// The edges now, in dependency order, and whether predicates had to be looked at.
    pub(super) fn audiences(&mut self, who: PersonNo) -> (Vec<Edge>, bool) {
        let now = self.clock_ms();
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return (Vec::new(), false);
        };
        let due = person.edges_due.is_some_and(|due| due <= now);
        let looked = std::mem::take(&mut person.dirty) || due;
        if !looked || self.program.audiences.is_empty() {
            return (Vec::new(), looked);
        }
        let edges = self.evaluate(who);
        for edge in &edges {
            if let Some(name) = self.index.audiences.get(edge.audience).cloned() {
                self.act(
                    who,
                    ActionKind::Audience {
                        audience: name,
                        entering: edge.entering,
                    },
                );
            }
        }
        let next = self.audiences_change(who);
        self.set_edges_due(who, next);
        (edges, true)
    }

    pub(super) fn evaluate(&mut self, who: PersonNo) -> Vec<Edge> {
        let Some(function) = self.program.audiences_fn else {
            return Vec::new();
        };
        let fused = self.call(who, About::person(), function, &[], |ran, _, results| {
            ran.map(|()| results.to_vec())
        });
        let mut edges = Vec::new();
        match fused {
            Some(Ok(words)) => {
                for audience in 0..self.program.audiences.len() {
                    let inside = bit_of(&words, audience);
                    edges.extend(self.set_inside(who, audience, inside));
                }
            }
            Some(Err(fault)) => {
                let program = Arc::clone(&self.program);
                let mut apart = false;
                for (audience, plan) in program.audiences.iter().enumerate() {
                    if let Some(predicate) = plan.watch.predicate {
                        apart = true;
                        let inside = self.holds(who, About::person(), predicate);
                        edges.extend(self.set_inside(who, audience, inside));
                    }
                }
                if !apart {
                    self.quiet_fault(who, &fault);
                }
            }
            None => {}
        }
        edges
    }

    fn set_inside(&mut self, who: PersonNo, audience: usize, inside: bool) -> Option<Edge> {
        let (byte, bit) = self.audience_bit(audience)?;
        let now = self.clock_ms();
        let person = self.state.people.get_mut(who.index())?;
        if record::get_bit(&person.block, byte, bit) == inside {
            return None;
        }
        record::put_bit(&mut person.block, byte, bit, inside);
        *person.since.get_mut(audience)? = inside.then_some(now);
        Some(Edge {
            audience,
            entering: inside,
        })
    }

    pub(super) fn audience_bit(&self, audience: usize) -> Option<(u32, u8)> {
        let byte = self
            .program
            .profile
            .audiences
            .checked_add(u32::try_from(audience / 8).ok()?)?;
        Some((byte, u8::try_from(audience % 8).ok()?))
    }

    pub(super) fn is_inside(&self, who: PersonNo, audience: usize) -> bool {
        self.audience_bit(audience)
            .zip(self.state.people.get(who.index()))
            .is_some_and(|((byte, bit), person)| record::get_bit(&person.block, byte, bit))
    }

    /// The next instant at which time alone may change an audience of the person.
    pub(super) fn audiences_change(&mut self, who: PersonNo) -> i64 {
        let program = Arc::clone(&self.program);
        let mut next = i64::MAX;
        for number in self.index.watched.clone() {
            next = next.min(self.history_change(who, number));
        }
        next = next.min(self.mute_change(who));
        let now = self.clock_ms();
        for plan in &program.audiences {
            if let Some(function) = plan.watch.next {
                let at = self.instant(who, About::person(), function);
                next = next.min(if at > now { at } else { i64::MAX });
            }
        }
        next
    }

    /// When time alone changes a history's answer next.
    pub(super) fn history_change(&self, who: PersonNo, number: usize) -> i64 {
        let Some(plan) = self.program.histories.get(number) else {
            return i64::MAX;
        };
        let person = self.state.people.get(who.index());
        let Some(own) = person.and_then(|person| person.histories.get(number)) else {
            return i64::MAX;
        };
        let history = if plan.everyone {
            self.state.broadcasts.get(&number)
        } else {
            Some(own)
        };
        if let (Some(_), Some(history)) = (&plan.keyed, history) {
            let when = When {
                moment: self.now(),
                zone: self.zone_of(who),
            };
            return history.keyed_change(plan, &when).at();
        }
        own.change.map_or(i64::MAX, |change| change.at())
    }
}
