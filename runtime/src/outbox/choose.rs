//! What is due: the next step at an instant, and the instant of the next one. Endpoints have their turns one
//! after the other, each its own queue and bound, so one that is dead slows no other.

use super::bugs::Mistake;
use super::item::{Class, Item, Next, Standing};
use super::policy::Policy;
use super::step::{Outcome, Settled, Step};
use super::{Endpoint, Outbox};
use crate::store::bugs::Bugs;
use std::ops::Bound;
use std::sync::Arc;

/// Why a send may no longer go.
pub type Stopped = &'static str;

impl Item {
    /// When it is given up if it still waits.
    pub(super) fn deadline(&self, patience: i64, policy: &Policy, bugs: Bugs) -> i64 {
        let patience = self.since.saturating_add(patience);
        match (self.class, self.doubt) {
            (Class::Asking, _) if self.of.is_some() => patience,
            (Class::Keyed(_), Some(_)) if bugs.makes(Mistake::WindowIgnored) => patience,
            (Class::Keyed(window), Some(since)) => {
                let end = since.saturating_add(window);
                if bugs.makes(Mistake::MarginIgnored) {
                    return patience.min(end);
                }
                patience.min(end.saturating_sub(policy.margin(window)))
            }
            (Class::Asking, Some(since)) => patience.min(since.saturating_add(policy.asked_for)),
            (Class::Keyed(_) | Class::Asking | Class::Never | Class::Always, _) => patience,
        }
    }

    fn given_up(&self) -> Settled {
        match (self.class, self.doubt) {
            (Class::Asking | Class::Always, Some(_)) if self.of.is_some() => {
                Settled::Unknown("it was handed over, and nothing was heard of it".to_owned())
            }
            (_, None) if self.of.is_some() => {
                Settled::Failed("nobody asked for it in time".to_owned())
            }
            (Class::Keyed(_), Some(_)) => Settled::Uncertain(
                "it may have arrived, and the receiver will soon have forgotten its key".to_owned(),
            ),
            (Class::Asking, Some(_)) => {
                Settled::Uncertain("it may have arrived, and the receiver did not say".to_owned())
            }
            (Class::Keyed(_) | Class::Asking | Class::Never | Class::Always, _) => {
                Settled::Failed("it was tried for too long".to_owned())
            }
        }
    }
}

impl Outbox {
    /// What is to be done at this instant, one step at a time: it is logged and applied, then asked again. `may`
    /// says whether a send still may go.
    pub fn choose(
        &self,
        now: i64,
        may: &dyn Fn(&Item) -> Result<(), Stopped>,
        bugs: Bugs,
    ) -> Option<Step> {
        if !self.on {
            return None;
        }
        self.expired(now, bugs)
            .or_else(|| self.given_up(now))
            .or_else(|| self.attempt_at(now, may, bugs))
    }

    /// An attempt whose worker has not said what came of it.
    fn expired(&self, now: i64, bugs: Bugs) -> Option<Step> {
        let (until, number) = self.leases.first()?;
        if *until > now || bugs.makes(Mistake::LeaseForgotten) {
            return None;
        }
        let item = self.items.get(number)?;
        let Standing::Flying { no, epoch, .. } = item.standing else {
            return None;
        };
        Some(Step::Result {
            key: Arc::clone(&item.key),
            no,
            epoch,
            at: now,
            outcome: Outcome::Doubtful {
                after: None,
                why: "nobody knows what came of it".to_owned(),
            },
        })
    }

    fn given_up(&self, now: i64) -> Option<Step> {
        let (until, number) = self.deadlines.first()?;
        let item = self.items.get(number).filter(|_| *until <= now)?;
        Some(Step::Settle {
            key: Arc::clone(&item.key),
            at: now,
            to: item.given_up(),
        })
    }

    fn attempt_at(
        &self,
        now: i64,
        may: &dyn Fn(&Item) -> Result<(), Stopped>,
        bugs: Bugs,
    ) -> Option<Step> {
        let item = self.turns(now, bugs).find_map(|endpoint| {
            if !self.is_open(endpoint, now) {
                return None;
            }
            let (due, number) = endpoint.queue.first()?;
            self.items.get(number).filter(|_| *due <= now)
        })?;
        let key = Arc::clone(&item.key);
        if !bugs.makes(Mistake::ConsentNotAsked)
            && let Err(why) = may(item)
        {
            let to = Settled::Dropped(why.to_owned());
            return Some(Step::Settle { key, at: now, to });
        }
        Some(Step::Attempt {
            key,
            no: item.attempts.saturating_add(1),
            epoch: self.epoch,
            at: now,
            ask: item.next == Next::Ask,
        })
    }

    /// Endpoints in their order, from the one after the last that had a turn.
    fn turns(&self, now: i64, bugs: Bugs) -> Box<dyn Iterator<Item = &Endpoint> + '_> {
        let all = &self.endpoints;
        if bugs.makes(Mistake::OneQueue) {
            let closed = all.values().any(|endpoint| endpoint.closed_until > now);
            return Box::new(all.values().filter(move |_| !closed));
        }
        match &self.turn {
            Some(last) if !bugs.makes(Mistake::UnfairTurns) => {
                let after = (Bound::Excluded(Arc::clone(last)), Bound::Unbounded);
                let before = (Bound::Unbounded, Bound::Included(Arc::clone(last)));
                let both = all.range(after).chain(all.range(before));
                Box::new(both.map(|(_, endpoint)| endpoint))
            }
            Some(_) | None => Box::new(all.values()),
        }
    }

    /// Whether one more attempt may begin there: after failures one at a time, until one arrives.
    fn is_open(&self, endpoint: &Endpoint, now: i64) -> bool {
        !endpoint.disabled && endpoint.closed_until <= now && self.has_room(endpoint)
    }

    fn has_room(&self, endpoint: &Endpoint) -> bool {
        let policy = endpoint.own.as_ref().unwrap_or(&self.policy);
        let most = if endpoint.failures >= policy.breaker {
            1
        } else {
            policy.concurrency
        };
        endpoint.flying < most
    }

    /// The next instant at which there is something to do, if nothing else happens. It may be past.
    pub fn next_due(&self, bugs: Bugs) -> Option<i64> {
        if !self.on {
            return None;
        }
        let first = |set: &std::collections::BTreeSet<(i64, u64)>| set.first().map(|(at, _)| *at);
        let attempts = self.endpoints.values().filter_map(|endpoint| {
            if endpoint.disabled || !self.has_room(endpoint) {
                return None;
            }
            let due = first(&endpoint.queue).filter(|due| *due != i64::MAX)?;
            Some(due.max(endpoint.closed_until))
        });
        let attempts = attempts.min().filter(|at| {
            // only what is due at once
            !bugs.makes(Mistake::DueForgotten) || *at <= self.clock
        });
        let leases = first(&self.leases).filter(|_| !bugs.makes(Mistake::LeaseForgotten));
        let all = [attempts, leases, first(&self.deadlines)];
        all.into_iter().flatten().min()
    }
}
