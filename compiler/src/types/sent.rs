//! Sends as events: `MESSAGE.sent`, `CHANNEL.sent`, and in its own journey `STEP.sent`.

use super::{Checker, Problem};
use journey_grammar::tree::Name;
use journey_program::types::EventId;

impl Checker<'_> {
    fn event_named(&self, name: &str) -> Option<EventId> {
        let place = self.world.events.iter().position(|e| e.name == name);
        place.map(EventId::new)
    }

    /// `MESSAGE.sent` or `CHANNEL.sent`, by the name before the point.
    pub(super) fn named_sent(&self, of: &Name, outcome: &Name) -> Option<EventId> {
        let is_sent = outcome.text == "sent";
        is_sent.then(|| self.event_named(&format!("{}.sent", of.text)))?
    }

    /// `STEP.sent` of the journey that is checked.
    pub(super) fn step_sent(&self, step: &Name, outcome: &Name) -> Option<EventId> {
        if outcome.text != "sent" || self.journey.is_empty() {
            return None;
        }
        self.event_named(&format!("{}.{}.sent", self.journey, step.text))
    }

    /// Whether the journey that is checked has a send of this name.
    pub(super) fn is_send(&self, step: &str) -> bool {
        let journeys = self.world.journeys.iter();
        let outlines = journeys.zip(&self.world.outlines);
        let mut sends = outlines
            .filter(|(name, _)| **name == self.journey)
            .flat_map(|(_, outline)| &outline.sends);
        sends.any(|(name, _)| name == step)
    }

    /// The outcomes of a step belong to one instance; a history asks what the person did.
    pub(super) fn report_no_history_of_send(&mut self, step: &Name, outcome: &Name) {
        let message = format!(
            "`{}.{}` answers one send: a history asks what the person did",
            step.text, outcome.text
        );
        let help = format!(
            "ask `CHANNEL.{}`, or wait for `{}.{}`",
            outcome.text, step.text, outcome.text
        );
        let span = step.span.to(outcome.span);
        self.report(Problem::new("bad-query", span, message).help(help));
    }

    pub(super) fn report_only_sent(&mut self, message: &Name, outcome: Option<&Name>) {
        match outcome {
            Some(outcome) => {
                let of = format!("event of the message `{}`", message.text);
                self.report_no_such(&of, outcome, &["sent"]);
            }
            None => {
                let text = format!("`{}` is a message: its sends are events", message.text);
                let help = format!("ask `{}.sent`", message.text);
                self.report(Problem::new("not-a-value", message.span, text).help(help));
            }
        }
    }
}
