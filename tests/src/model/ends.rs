//! How an instance ends: by an exit, a fault, or its last step; and the steps on its way out.

use super::Model;
use super::actions::{self, Line};
use super::eval::Broken;
use super::person::{Frame, Waiting};
use journey_compiler::hir::{Pattern, Step};
use journey_program::types::Value;

impl<'p> Model<'p> {
    pub(super) fn exit(&mut self, who: usize, index: usize, reason: &str) {
        self.say_of(who, index, Line::new("exit").text("reason", reason));
        let held = self.instance(who, index).and_then(|i| i.waiting.clone());
        self.finish_instance(who, index);
        if let Some(Waiting::Release { send, channel, .. } | Waiting::Held { send, channel, .. }) =
            held
        {
            self.withdrawn(who, index, send, channel);
            self.was_skipped(who, index, send);
        } else if let Some(Waiting::Gathering { send, .. }) = held {
            let channel = send.channels.first().map_or(0, |channel| channel.0);
            self.withdrawn(who, index, send, channel);
            self.was_skipped(who, index, send);
        }
        if let Some(instance) = self.instance_mut(who, index)
            && let Some(group) = instance.combined.take()
        {
            let journey = instance.journey;
            self.next_in_group(who, &journey.name, group);
        }
        self.take_all_back(who, index);
    }

    pub(super) fn finish_instance(&mut self, who: usize, index: usize) {
        let clock = self.clock;
        self.forget_reservation(who, index);
        self.give_back_offers(who, index, None);
        if let Some(instance) = self.instance_mut(who, index) {
            instance.live = false;
            instance.ended = clock;
            instance.waiting = None;
            instance.stack.clear();
        }
    }

    pub(super) fn fault(&mut self, who: usize, index: usize, broken: Broken) {
        let Some(instance) = self.instance(who, index) else {
            return;
        };
        let decl = broken.decl.unwrap_or(instance.journey.decl);
        let place = actions::place(self.program, &self.sources, decl, broken.node);
        let line = Line::new("fault").text("reason", broken.code.name());
        let line = match place {
            Some(place) => line.raw("span", &place),
            None => line,
        };
        self.say_of(who, index, line);
        if self.instance(who, index).is_some_and(|i| i.live) {
            self.exit(who, index, "faulted");
        } else {
            self.finish_instance(who, index);
        }
    }

    /// The steps of an exit, which have no waits.
    pub(super) fn on_the_way_out(
        &mut self,
        who: usize,
        index: usize,
        steps: &'p [Step],
        pattern: &Pattern,
        record: &Value,
    ) {
        self.forget_reservation(who, index);
        if let Some(instance) = self.instance_mut(who, index) {
            instance.stack = vec![Frame::Steps(steps, 0)];
            instance.waiting = None;
            instance.leaving = true;
        }
        self.bind(who, index, pattern, record);
        self.run(who, index, None);
    }
}
