//! Does an event count for an instance? By its name, by the journey's key, by the send that it answers,
//! then by its `where`.

use super::Engine;
use super::call::About;
use crate::scalar::{Scalar, at_path};
use crate::state::{Instance, PersonNo, Taken};
use journey_program::plan::{EachPlan, JourneyPlan, PatternPlan};
use journey_program::types::Value;

impl Engine {
    pub(super) fn matches(
        &mut self,
        who: PersonNo,
        pattern: &PatternPlan,
        event: &Taken,
        instance: &mut Instance,
    ) -> bool {
        if !pattern.names(event.event) {
            return false;
        }
        if let Some(field) = pattern.key
            && event.values.get(field as usize).and_then(Scalar::of) != instance.key
        {
            return false;
        }
        if let Some(each) = &pattern.each
            && !elements(each, event).any(|(_, key)| key.is_some() && key == instance.key)
        {
            return false;
        }
        if let Some(send) = pattern.of_send
            && !self.answers(event, instance, send)
        {
            return false;
        }
        pattern.filter.is_none_or(|filter| {
            let about = About {
                event: Some(event),
                instance: Some(instance),
            };
            self.holds(who, about, filter)
        })
    }

    /// An outcome of a send of this instance, of the same step as the one that is named.
    fn answers(&self, event: &Taken, instance: &Instance, send: u32) -> bool {
        let Some(Value::Text(key)) = event.values.get(4) else {
            return false;
        };
        let Some(plan) = self.program.journeys.get(instance.journey.index()) else {
            return false;
        };
        instance
            .sends
            .iter()
            .any(|(made, id, _)| id == key && same_step(plan, *made, send))
    }
}

/// Several sends may share a step's name.
pub(super) fn same_step(plan: &JourneyPlan, a: u32, b: u32) -> bool {
    let step = |send: u32| plan.sends.get(send as usize).map(|plan| plan.step);
    step(a) == step(b)
}

/// The elements of an event's list, and the key that each has.
pub(super) fn elements<'e>(
    each: &'e EachPlan,
    event: &'e Taken,
) -> impl Iterator<Item = (&'e Value, Option<Scalar>)> {
    let list = match at_path(&event.values, &each.list) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    list.iter().map(|element| {
        let key = if each.key.is_empty() {
            Some(element)
        } else if let Value::Record(_, fields) = element {
            at_path(fields, &each.key)
        } else {
            None
        };
        (element, key.and_then(Scalar::of))
    })
}
