//! Bounds of single endpoints; and a folder that is an older copy of itself, put back from a backup: a life that it
//! knows nothing of has gone on from there, and may have sent what waits here. So each of these sends is in doubt
//! since then, and its class decides: what the receiver would take twice is held among the dead letters until
//! someone lets it go.

use super::Outbox;
use super::item::{Class, Item, Letter, Next, Standing};
use super::policy::{Policy, REQUESTED_MS};
use crate::store::bugs::Bugs;
use std::collections::BTreeMap;
use std::sync::Arc;

const WHY: &str = "the folder was restored: it may have gone out since the copy was made";

impl Outbox {
    pub(super) fn policy_of(&self, channel: &str) -> &Policy {
        let endpoint = self.endpoints.get(channel);
        let own = endpoint.and_then(|endpoint| endpoint.own.as_ref());
        own.unwrap_or(&self.policy)
    }

    /// How long a send is tried, or waits to be asked for.
    pub(super) fn patience_of(&self, item: &Item) -> i64 {
        let endpoint = self.endpoints.get(&item.channel);
        match endpoint.and_then(|endpoint| endpoint.own.as_ref()) {
            Some(own) => own.patience,
            None if item.of.is_some() => REQUESTED_MS,
            None => self.policy.patience,
        }
    }

    /// Bounds of endpoints.
    pub(super) fn bound(&mut self, own: &BTreeMap<Arc<str>, Policy>) {
        for endpoint in self.endpoints.values_mut() {
            endpoint.own = None;
        }
        for (channel, policy) in own {
            let endpoint = self.endpoints.entry(Arc::clone(channel)).or_default();
            endpoint.own = Some(policy.clone());
        }
    }

    pub(super) fn restore(&mut self, at: i64) {
        let from = self.clock;
        self.clock = self.clock.max(at);
        self.restored = Some((from, self.clock));
        let waiting = self.items.iter();
        let waiting = waiting.filter(|(_, item)| matches!(item.standing, Standing::Waiting { .. }));
        let waiting: Vec<u64> = waiting.map(|(number, _)| *number).collect();
        for number in waiting {
            self.may_have_gone(number, from, at);
        }
    }

    /// A send that waits may have gone out at any time since `from`.
    pub(super) fn may_have_gone(&mut self, number: u64, from: i64, at: i64) {
        let Some(item) = self.items.get_mut(&number) else {
            return;
        };
        if !matches!(item.standing, Standing::Waiting { .. }) {
            return;
        }
        let held = match item.class {
            Class::Never => Some(Letter::Unknown),
            // the receiver, or nobody, minds: it goes on as after any doubt
            Class::Keyed(_) | Class::Asking | Class::Always => None,
        };
        item.doubt.get_or_insert(from);
        if item.class == Class::Asking && item.of.is_none() {
            item.next = Next::Ask;
        }
        self.unwait(number);
        match held {
            Some(letter) => self.give_up(number, at, letter, WHY.to_owned()),
            None => self.wait(number, at, Bugs::default()),
        }
    }
}
