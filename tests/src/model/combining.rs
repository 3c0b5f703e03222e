//! A send that a person's instances share: they stand at it until its time, then the first makes it for all.

use super::person::{Frame, Waiting};
use super::{Follow, Model};
use journey_compiler::hir::{Message, Send};
use journey_program::types::Value;
use std::collections::BTreeMap;

impl<'p> Model<'p> {
    /// Those who stand at a step, in the order in which they came.
    fn standing(&self, who: usize, journey: &str, step: u32, of: Option<i64>) -> Vec<usize> {
        let Some(person) = self.people.get(who) else {
            return Vec::new();
        };
        let mut found: Vec<(Option<i64>, usize)> = Vec::new();
        for (index, instance) in person.instances.iter().enumerate() {
            if let Some(Waiting::Gathering { send, group, .. }) = &instance.waiting
                && instance.journey.name == journey
                && send.step.0 == step
                && of.is_none_or(|of| of == *group)
            {
                found.push((instance.reached, index));
            }
        }
        found.sort();
        found.into_iter().map(|(_, index)| index).collect()
    }

    /// Of people who are one now: who stands at one step goes at the end of the earliest span.
    pub(super) fn one_group(&mut self, who: usize) {
        let open = |waiting: &Option<Waiting<'p>>| match waiting {
            Some(Waiting::Gathering {
                send,
                group,
                due: Some(_),
            }) => Some((send.step.0, *group)),
            _ => None,
        };
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let mut earliest: BTreeMap<(String, u32), i64> = BTreeMap::new();
        for instance in &person.instances {
            if let Some((step, group)) = open(&instance.waiting) {
                let first = earliest.entry((instance.journey.name.clone(), step));
                let first = first.or_insert(group);
                *first = (*first).min(group);
            }
        }
        for instance in &mut person.instances {
            let Some((step, _)) = open(&instance.waiting) else {
                continue;
            };
            let first = earliest.get(&(instance.journey.name.clone(), step));
            if let (Some(first), Some(Waiting::Gathering { group, due, .. })) =
                (first, &mut instance.waiting)
            {
                (*group, *due) = (*first, Some(*first));
            }
        }
    }

    pub(super) fn gathers(&mut self, who: usize, index: usize, send: &'p Send) -> bool {
        let Some(combined) = &send.combined else {
            return false;
        };
        let Some(instance) = self.instance(who, index).filter(|i| i.combined.is_none()) else {
            return false;
        };
        let journey = instance.journey;
        let clock = self.clock;
        let standing = self.standing(who, &journey.name, send.step.0, None);
        let open =
            standing
                .into_iter()
                .find_map(|other| match self.instance(who, other)?.waiting {
                    Some(Waiting::Gathering {
                        group,
                        due: Some(_),
                        ..
                    }) if group >= clock => Some(group),
                    _ => None,
                });
        let group = open.unwrap_or(clock + combined.within);
        let due = Some(group);
        self.stand(who, index, Waiting::Gathering { send, group, due });
        true
    }

    pub(super) fn send_for_all(&mut self, who: usize, index: usize) {
        let Some(instance) = self.instance(who, index) else {
            return;
        };
        let Some(Waiting::Gathering { send, group, .. }) = instance.waiting.clone() else {
            return;
        };
        let journey = instance.journey;
        let members = self.standing(who, &journey.name, send.step.0, Some(group));
        for member in &members {
            if let Some(instance) = self.instance_mut(who, *member)
                && let Some(Waiting::Gathering { due, .. }) = &mut instance.waiting
            {
                *due = None;
            }
        }
        let Some(first) = members.first().copied() else {
            return;
        };
        let clock = self.clock;
        let Some(instance) = self.instance_mut(who, first) else {
            return;
        };
        let Some(Waiting::Gathering { send, .. }) = instance.waiting.take() else {
            return;
        };
        instance.combined = Some(group);
        instance.reached = Some(clock);
        match self.send(who, first, send) {
            Ok(_) => self.run(who, first, None),
            Err(broken) => self.fault(who, first, broken),
        }
    }

    pub(super) fn next_in_group(&mut self, who: usize, journey: &str, group: i64) {
        let clock = self.clock;
        let Some(person) = self.people.get(who) else {
            return;
        };
        let mut of_group: Vec<_> = person.instances.iter().enumerate().collect();
        of_group.retain(|(_, i)| {
            i.journey.name == journey
                && matches!(i.waiting, Some(Waiting::Gathering { group: of, .. }) if of == group)
        });
        let next = of_group.into_iter().min_by_key(|(at, i)| (i.reached, *at));
        let Some(next) = next.map(|(at, _)| at) else {
            return;
        };
        if let Some(instance) = self.instance_mut(who, next)
            && let Some(Waiting::Gathering { due, .. }) = &mut instance.waiting
        {
            *due = Some(clock);
        }
    }

    pub(super) fn fill_rows(&mut self, who: usize, index: usize, send: &Send) {
        let Some(instance) = self.instance(who, index) else {
            return;
        };
        let (Some(combined), Some(group)) = (&send.combined, instance.combined) else {
            return;
        };
        let others = self.standing(who, &instance.journey.name, send.step.0, Some(group));
        let all = [index].into_iter().chain(others);
        let rows = all.filter_map(|one| self.instance(who, one)?.entry.clone());
        let rows = Value::List(rows.collect());
        self.set_local(who, index, combined.rows.0, rows);
    }

    pub(super) fn share_sent(
        &mut self,
        who: usize,
        index: usize,
        send: &Send,
        message: &Message,
        channel: u32,
        id: &str,
    ) {
        for other in self.sharing(who, index, send) {
            self.remember_sent(who, other, send, message, channel, id);
            let name = self.program.channels.get(channel as usize);
            let name = name.map(|channel| channel.name.clone());
            self.note(who, other, send, None, name.as_deref());
            self.queue.push_back(Follow::Resume {
                person: who,
                index: other,
                sent: true,
            });
        }
    }

    pub(super) fn share_skipped(&mut self, who: usize, index: usize, send: &Send, reason: &str) {
        for other in self.sharing(who, index, send) {
            self.note(who, other, send, Some(reason), None);
            self.was_skipped(who, other, send);
            self.queue.push_back(Follow::Resume {
                person: who,
                index: other,
                sent: false,
            });
        }
    }

    /// Those for whom the instance has made its send.
    fn sharing(&mut self, who: usize, index: usize, send: &Send) -> Vec<usize> {
        let Some(instance) = self.instance_mut(who, index) else {
            return Vec::new();
        };
        let journey = instance.journey;
        match instance.combined.take() {
            Some(group) => self.standing(who, &journey.name, send.step.0, Some(group)),
            None => Vec::new(),
        }
    }

    pub(super) fn resume_shared(&mut self, who: usize, index: usize, sent: bool) {
        let Some(instance) = self.instance_mut(who, index) else {
            return;
        };
        let Some(Waiting::Gathering { send, .. }) = instance.waiting.clone() else {
            return;
        };
        instance.waiting = None;
        instance.reached = None;
        if !sent {
            instance.stack.push(Frame::Steps(&send.otherwise, 0));
        }
        self.run(who, index, None);
    }
}
