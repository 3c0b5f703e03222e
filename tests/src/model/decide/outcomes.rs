//! What came of offers: an outcome that was told, an answer to a send, an event that brings one about.

use super::{Fate, Given, Outcome, Showing};
use crate::model::{Follow, Model};
use journey_compiler::hir::Derived;
use journey_program::types::{DecisionId, EventId, OfferId, Value};

impl Model<'_> {
    pub(super) fn outcome_follows(
        &mut self,
        who: usize,
        decision: DecisionId,
        name: &str,
        offer: OfferId,
        of: &str,
    ) {
        let Some(decision) = self.program.decisions.get(decision.index()) else {
            return;
        };
        let Some(outcome) = decision.outcomes.iter().find(|o| o.name == name) else {
            return;
        };
        let record = vec![
            Value::Text(format!("{of}.{name}")),
            Value::Time(self.clock),
            Value::Text(String::new()),
            Value::Bool(false),
            self.called(decision, offer),
        ];
        self.queue.push_back(Follow::Emit {
            person: who,
            event: outcome.event,
            record,
        });
    }

    /// What an event means to offers: an outcome itself, an answer to a send, what brings an outcome about.
    pub(in crate::model) fn offers_hear(&mut self, who: usize, event: EventId, record: &Value) {
        let program = self.program;
        let (Some(definition), Value::Record(_, fields)) =
            (program.events.get(event.index()), record)
        else {
            return;
        };
        let id = match fields.first() {
            Some(Value::Text(id)) => id.clone(),
            _ => String::new(),
        };
        if let Some((decision, place)) = definition.decided {
            self.had_outcome(who, decision, place, fields.get(4), &id);
        }
        if let (Some(_), Some(Value::Text(key))) = (definition.outcome, fields.get(4)) {
            let name = definition.name.split('.').nth(1).unwrap_or_default();
            let sends = self.people.get(who).map(|p| p.offers.sends.clone());
            for (sent, decision, offer) in sends.unwrap_or_default() {
                if sent == *key && name != "shown" {
                    self.outcome_follows(who, decision, name, offer, &id);
                }
            }
        }
        for (number, decision) in program.decisions.iter().enumerate() {
            for derived in decision.derived.iter().filter(|d| d.event == event) {
                self.derive(who, DecisionId::new(number), derived, record, &id);
            }
        }
    }

    fn had_outcome(
        &mut self,
        who: usize,
        id: DecisionId,
        place: u32,
        offer: Option<&Value>,
        event_id: &str,
    ) {
        let Some(decision) = self.program.decisions.get(id.index()) else {
            return;
        };
        let outcome = decision.outcomes.get(place as usize);
        let (Some(offer), Some(outcome)) = (self.meant(decision, offer), outcome) else {
            return;
        };
        let clock = self.clock;
        let fields = self.known(who).map(|known| known.fields.clone());
        let Some(book) = self.people.get_mut(who).map(|p| &mut p.offers) else {
            return;
        };
        if outcome.name == "shown" {
            if !book.counted.contains(event_id) {
                let held = |g: &&mut Given| g.fate == Fate::Held && g.offer == offer;
                match book.given.iter_mut().find(held) {
                    Some(held) => {
                        // the variable may still be sent, and then shows the offer once more
                        held.fate = Fate::Shown(clock);
                    }
                    None => book.given.push(Given {
                        offer,
                        decision: id,
                        to: None,
                        fate: Fate::Shown(clock),
                        otherwise: false,
                    }),
                }
            }
            book.showings.push(Showing {
                decision: id,
                offer,
                at: clock,
                had: Vec::new(),
            });
        }
        book.outcomes.push(Outcome {
            decision: id,
            offer,
            name: outcome.name.clone(),
            at: clock,
            fields: fields.unwrap_or_default(),
        });
    }

    fn derive(&mut self, who: usize, id: DecisionId, derived: &Derived, record: &Value, of: &str) {
        let Some(decision) = self.program.decisions.get(id.index()) else {
            return;
        };
        let showings = self.people.get(who).map(|p| p.offers.showings.clone());
        let showings = showings.unwrap_or_default();
        for (at, showing) in showings.iter().enumerate().rev() {
            let late = derived.within.is_some_and(|d| self.clock - showing.at > d);
            if showing.decision != id || late || showing.had.contains(&derived.outcome) {
                continue;
            }
            let candidate = decision.candidates.iter();
            let candidate = candidate.map(|c| c.offer).position(|o| o == showing.offer);
            let Some(filter) = candidate.and_then(|c| derived.filters.get(c)) else {
                continue;
            };
            let holds = filter.as_ref().is_none_or(|filter| {
                let scene = self.scene(who, None, Some(record));
                scene.is_some_and(|mut scene| scene.holds(filter, decision.decl))
            });
            if !holds {
                continue;
            }
            let person = self.people.get_mut(who);
            if let Some(showing) = person.and_then(|p| p.offers.showings.get_mut(at)) {
                showing.had.push(derived.outcome);
            }
            if let Some(outcome) = decision.outcomes.get(derived.outcome as usize) {
                self.outcome_follows(who, id, &outcome.name, showing.offer, of);
            }
            return;
        }
    }
}
