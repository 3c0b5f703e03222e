//! The outcomes of decisions: events of their own. A send that carries a decided offer shows it, its outcomes
//! are the decision's, and other events may bring one about.

use super::super::Engine;
use super::super::call::About;
use super::super::index::number;
use crate::state::{Instance, PersonNo, Showing, ShownSend, Taken, learned_key};
use journey_program::plan::{DecisionPlan, DerivedPlan, Program, SendPlan};
use journey_program::record;
use journey_program::types::{DecisionId, OfferId, Value};
use std::sync::Arc;

/// The outcome that limits count.
const SHOWN: &str = "shown";
/// The outcome that models learn to expect.
const ACCEPTED: &str = "accepted";
/// An outcome's event: where the offer, or the send, stands after the fields of every event.
const FIRST_FIELD: usize = 4;

/// An outcome that is to join the queue.
struct Joining<'a> {
    name: &'a str,
    offer: OfferId,
    /// the id of what brought it about
    of: &'a str,
    /// its place has been counted
    counted: bool,
}

impl Engine {
    /// A send went out: what it shows is shown, and its outcomes will be the decision's.
    pub(in crate::engine) fn show(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        instance: &Instance,
        key: &str,
    ) {
        let program = Arc::clone(&self.program);
        for offset in &send.shows {
            let Some(decided) = instance.decided.get(offset).copied() else {
                continue;
            };
            let Some(decision) = program.decisions.get(decided.decision.index()) else {
                continue;
            };
            self.count_shown(who, decided.offer, Some((instance.no, *offset)));
            if let Some(person) = self.person_mut(who) {
                person.offers.sent(ShownSend {
                    key: key.to_owned(),
                    decision: decided.decision,
                    offer: decided.offer,
                });
            }
            let joining = Joining {
                name: SHOWN,
                offer: decided.offer,
                of: key,
                counted: true,
            };
            self.join_outcome(who, decision, &joining);
        }
    }

    /// Puts an outcome of a decision into the queue, if the decision has one of the name.
    fn join_outcome(&mut self, who: PersonNo, decision: &DecisionPlan, joining: &Joining<'_>) {
        let mut outcomes = decision.outcomes.iter();
        let outcome = outcomes.find(|outcome| outcome.name == joining.name);
        let mut offers = decision.offers.iter();
        let place = offers.position(|other| *other == joining.offer);
        let (Some(outcome), Some(place)) = (outcome, place) else {
            return;
        };
        let mut values = vec![Value::Unknown; FIRST_FIELD];
        values.push(Value::Enum(decision.ty, number(place)));
        let id = format!("{}.{}", joining.of, joining.name);
        self.join_event(who, outcome.event, id, values, joining.counted);
    }

    /// What an event means to offers: an outcome of a decision, or what brings one about.
    pub(in crate::engine) fn offer_event(&mut self, who: PersonNo, event: &Taken) {
        if self.program.decisions.is_empty() {
            return;
        }
        let program = Arc::clone(&self.program);
        let Some(plan) = program.events.get(event.event.index()) else {
            return;
        };
        if let Some((decision, outcome)) = plan.decided {
            self.outcome(who, &program, decision, outcome, event);
        }
        if plan.outcome.is_some() {
            self.offer_answered(who, &program, &plan.name, event);
        }
        for (id, decision) in (0u32..).zip(&program.decisions) {
            let derived = decision.derived.iter().filter(|d| d.event == event.event);
            for derived in derived {
                self.derive(who, DecisionId(id), decision, derived, event);
            }
        }
    }

    fn outcome(
        &mut self,
        who: PersonNo,
        program: &Program,
        id: DecisionId,
        outcome: u32,
        event: &Taken,
    ) {
        let Some(decision) = program.decisions.get(id.index()) else {
            return;
        };
        let Some(Value::Enum(_, place)) = event.values.get(FIRST_FIELD) else {
            return;
        };
        let offer = decision.offers.get(*place as usize).copied();
        let name = decision.outcomes.get(outcome as usize);
        let (Some(offer), Some(name)) = (offer, name.map(|outcome| outcome.name.as_str())) else {
            return;
        };
        if name == SHOWN {
            if !event.counted {
                self.count_shown(who, offer, None);
            }
            let at = self.clock_ms();
            if !decision.derived.is_empty()
                && let Some(person) = self.person_mut(who)
            {
                person.offers.showed(Showing {
                    decision: id,
                    offer,
                    at,
                    had: Vec::new(),
                });
            }
        }
        self.learn(who, program, id, offer, name);
        self.count_rests(who, program, offer, name);
    }

    /// Models that learn from the decision.
    fn learn(
        &mut self,
        who: PersonNo,
        program: &Program,
        id: DecisionId,
        offer: OfferId,
        name: &str,
    ) {
        if name != SHOWN && name != ACCEPTED {
            return;
        }
        let learning = program.learned.iter().enumerate();
        for (model, plan) in learning.filter(|(_, plan)| plan.decision == id) {
            let types = record::Types::of(program, &self.shared.symbols);
            let Some(person) = self.state.people.get(who.index()) else {
                return;
            };
            let key = learned_key(program, &types, &person.block, plan);
            self.state
                .learned
                .count(model, offer, key, name == ACCEPTED);
        }
    }

    fn count_rests(&mut self, who: PersonNo, program: &Program, offer: OfferId, name: &str) {
        let now = self.clock_ms();
        let Some(plan) = program.offers.get(offer.index()) else {
            return;
        };
        for under in self.under(program, offer, plan) {
            let Some(person) = self.person_mut(who) else {
                return;
            };
            for (number, rule) in (0u32..).zip(&under.rules.rests) {
                let counts = rule.outcome == name;
                let clears = rule.without.as_deref() == Some(name);
                if !counts && !clears {
                    continue;
                }
                let rest = person
                    .offers
                    .rests
                    .entry((under.whose, number))
                    .or_default();
                if clears {
                    rest.marks.clear();
                }
                if counts {
                    rest.marks.push(now);
                }
                rest.begin(rule.count, rule.length);
            }
        }
    }

    /// An outcome of a send that showed offers is theirs too, where the decision has one of the name.
    fn offer_answered(
        &mut self,
        who: PersonNo,
        program: &Program,
        event_name: &str,
        event: &Taken,
    ) {
        let Some(Value::Text(key)) = event.values.get(FIRST_FIELD) else {
            return;
        };
        let name = event_name.split_once('.').map_or("", |(_, name)| name);
        if name == SHOWN {
            return;
        }
        let person = self.person(who);
        let sends = person.map_or(&[][..], |person| &person.offers.sends);
        let shown = sends.iter().filter(|send| send.key == *key);
        let shown: Vec<(DecisionId, OfferId)> =
            shown.map(|send| (send.decision, send.offer)).collect();
        for (decision, offer) in shown {
            if let Some(decision) = program.decisions.get(decision.index()) {
                let joining = Joining {
                    name,
                    offer,
                    of: id_of(event),
                    counted: false,
                };
                self.join_outcome(who, decision, &joining);
            }
        }
    }

    /// `accepted on order_placed where … within 7 days`: of the newest showing that it fits and that has not had it.
    fn derive(
        &mut self,
        who: PersonNo,
        id: DecisionId,
        decision: &DecisionPlan,
        derived: &DerivedPlan,
        event: &Taken,
    ) {
        let now = self.clock_ms();
        let person = self.person(who);
        let showings = person.map_or(&[][..], |person| &person.offers.showings);
        let in_time = |showing: &Showing| {
            derived
                .within
                .is_none_or(|within| now <= showing.at.saturating_add(within))
        };
        let open: Vec<(usize, OfferId)> = (0usize..)
            .zip(showings)
            .filter(|(_, showing)| showing.decision == id && in_time(showing))
            .filter(|(_, showing)| !showing.had.contains(&derived.outcome))
            .map(|(at, showing)| (at, showing.offer))
            .collect();
        for (at, offer) in open.into_iter().rev() {
            let candidate = decision.candidates.iter().position(|candidate| {
                decision.offers.get(candidate.place as usize) == Some(&offer)
            });
            let holds = match candidate.and_then(|c| derived.filters.get(c).copied()) {
                Some(Some(filter)) => self.holds(who, About::event(event), filter),
                Some(None) => true,
                None => false,
            };
            if !holds {
                continue;
            }
            if let Some(person) = self.person_mut(who)
                && let Some(showing) = person.offers.showings.get_mut(at)
            {
                showing.had.push(derived.outcome);
            }
            let outcome = decision.outcomes.get(derived.outcome as usize);
            let joining = Joining {
                name: outcome.map_or("", |outcome| outcome.name.as_str()),
                offer,
                of: id_of(event),
                counted: false,
            };
            self.join_outcome(who, decision, &joining);
            return;
        }
    }
}

fn id_of(event: &Taken) -> &str {
    match event.values.first() {
        Some(Value::Text(id)) => id,
        _ => "",
    }
}
