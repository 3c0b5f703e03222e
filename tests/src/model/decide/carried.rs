//! The book of offers in another version's numbers.

use super::Book;
use journey_program::types::{DecisionId, OfferId, Value};

impl Book {
    pub(in crate::model) fn carry(
        &mut self,
        offer: &dyn Fn(OfferId) -> Option<OfferId>,
        decision: &dyn Fn(DecisionId) -> Option<DecisionId>,
        fields: &dyn Fn(&[Value]) -> Vec<Value>,
    ) {
        for given in &mut self.given {
            let (to, by) = (offer(given.offer), decision(given.decision));
            given.offer = to.unwrap_or(OfferId(u32::MAX));
            given.decision = by.unwrap_or(DecisionId(u32::MAX));
        }
        for outcome in &mut self.outcomes {
            let (to, by) = (offer(outcome.offer), decision(outcome.decision));
            outcome.offer = to.unwrap_or(OfferId(u32::MAX));
            outcome.decision = by.unwrap_or(DecisionId(u32::MAX));
            outcome.fields = fields(&outcome.fields);
        }
        for (_, side) in &mut self.sides {
            side.carry(offer, decision, fields);
        }
        self.showings.retain_mut(|showing| {
            let both = (offer(showing.offer), decision(showing.decision));
            let (Some(to), Some(by)) = both else {
                return false;
            };
            (showing.offer, showing.decision) = (to, by);
            true
        });
        self.sends.retain_mut(|(_, by, to)| {
            let (Some(new), Some(of)) = (offer(*to), decision(*by)) else {
                return false;
            };
            (*by, *to) = (of, new);
            true
        });
        let asked = std::mem::take(&mut self.asked).into_iter();
        self.asked = asked
            .filter_map(|(by, count)| Some((decision(DecisionId(by))?.0, count)))
            .collect();
    }
}
