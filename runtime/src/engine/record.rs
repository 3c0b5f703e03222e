//! Actions, numbered as they are decided; kinds that nobody asked for are neither kept nor numbered.

use super::Engine;
use crate::actions::{Action, ActionKind, Subject, json};
use crate::scalar::Scalar;
use crate::state::{Instance, PersonNo};
use journey_program::types::{JourneyId, Type};
use std::sync::Arc;

impl Engine {
    pub(super) fn act(&mut self, who: PersonNo, kind: ActionKind) {
        self.see_action(who, &kind);
        self.count_reason(&kind);
        if self.index.measuring.on {
            self.measure_action(who, &kind);
        }
        if !self.options.include.contains(kind.name()) {
            return;
        }
        let Some(person) = self.state.people.get(who.index()) else {
            return;
        };
        let n = self.state.actions;
        self.state.actions += 1;
        let profile = Arc::clone(&person.id);
        self.actions.push(Action {
            n,
            at: self.clock_ms(),
            profile,
            kind,
        });
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else ends an instance"
    )]
    fn count_reason(&mut self, kind: &ActionKind) {
        let (of, reason) = match kind {
            ActionKind::Exit { of, reason } => (of, Some(reason)),
            ActionKind::End { of, reason } => (of, reason.as_ref()),
            _ => return,
        };
        let reason = reason.map_or_else(|| "".into(), Arc::clone);
        let counted = self
            .state
            .counters
            .reasons
            .entry((Arc::clone(&of.journey), reason));
        *counted.or_default() += 1;
    }

    pub(super) fn subject(&self, instance: &Instance) -> Subject {
        let of = self.subject_of(instance.journey, instance.key.as_ref());
        Subject {
            entered: Some(instance.entered),
            ..of
        }
    }

    pub(super) fn subject_of(&self, journey: JourneyId, key: Option<&Scalar>) -> Subject {
        let ty = self
            .program
            .journeys
            .get(journey.index())
            .and_then(|plan| plan.key.as_ref());
        let value = key.map(|key| key.value(ty.unwrap_or(&Type::Text)));
        Subject {
            journey: self.index.journey(journey),
            key: value.map(|value| json::value(&self.program, &value)),
            key_text: key.map(Scalar::text),
            entered: None,
        }
    }
}
