//! Steps applied. The table of the four classes is `doubted`: what follows an attempt whose fate is unknown.

use super::bugs::Mistake;
use super::item::{Class, Item, Letter, Next, Standing};
use super::step::{Outcome, Settled, Step};
use super::{Endpoint, Job, Outbox, Totals};
use crate::store::bugs::Bugs;
use std::sync::Arc;

/// A send that the engine has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub key: Arc<str>,
    pub channel: Arc<str>,
    pub message: Arc<str>,
    pub purpose: Arc<str>,
    /// its channel is delivered on request: the id of whom it waits for
    pub of: Option<Arc<str>>,
    pub class: Class,
    pub line: Arc<str>,
    pub at: i64,
}

impl Outbox {
    /// The engine has decided a send that is to be delivered.
    pub fn decided(&mut self, send: Decided) {
        if !self.on || self.keys.contains_key(&send.key) {
            return;
        }
        let since = send.at.max(self.clock);
        let number = self.next;
        self.next += 1;
        self.keys.insert(Arc::clone(&send.key), number);
        let backlog = self.policy_of(&send.channel).backlog;
        let (at, restored) = (send.at, self.restored);
        let endpoint = self.endpoints.entry(Arc::clone(&send.channel)).or_default();
        endpoint.totals.decided += 1;
        let full = endpoint.queue.len() as u64 >= backlog;
        let item = Item {
            key: send.key,
            channel: send.channel,
            message: send.message,
            purpose: send.purpose,
            of: send.of,
            class: send.class,
            line: send.line,
            since,
            attempts: 0,
            tries: 0,
            doubt: None,
            next: Next::Send,
            withdrawn: false,
            standing: Standing::Waiting { due: 0, until: 0 },
        };
        self.items.insert(number, item);
        self.shelve(number);
        if full {
            self.give_up(number, since, Letter::Failed, "too many wait".to_owned());
        } else {
            self.wait(number, 0, Bugs::default());
        }
        if let Some((from, until)) = restored
            && at <= until
        {
            self.may_have_gone(number, from, since);
        }
    }

    /// A step of the log. What it lets begin, once it is durable.
    pub fn apply(&mut self, step: &Step, bugs: Bugs) -> Option<Job> {
        match step {
            Step::Life {
                epoch,
                at,
                on,
                policy,
            } => {
                self.clock = self.clock.max(*at);
                (self.on, self.epoch, self.policy) = (*on, *epoch, policy.clone());
                self.begin_life(*at, bugs);
                None
            }
            Step::Attempt {
                key,
                no,
                epoch,
                at,
                ask,
            } => {
                self.clock = self.clock.max(*at);
                self.attempt(key, (*no, *epoch), *at, *ask)
            }
            Step::Result {
                key,
                no,
                epoch,
                at,
                outcome,
            } => {
                self.clock = self.clock.max(*at);
                self.result(key, (*no, *epoch), *at, outcome, bugs);
                None
            }
            Step::Settle { key, at, to } => {
                self.clock = self.clock.max(*at);
                if let Some(number) = self.keys.get(key).copied() {
                    self.settle(number, *at, to.clone());
                }
                None
            }
            Step::Replay { key, at } => {
                self.clock = self.clock.max(*at);
                self.replay(key, *at);
                None
            }
            Step::Bounds { own } => {
                self.bound(own);
                None
            }
            Step::Restored { at } => {
                self.restore(*at);
                None
            }
            Step::Handed { key, at } => {
                self.clock = self.clock.max(*at);
                self.handed(key, *at);
                None
            }
        }
    }

    fn begin_life(&mut self, at: i64, bugs: Bugs) {
        let flying: Vec<(u64, i64, bool)> = self
            .items
            .iter()
            .filter_map(|(number, item)| match item.standing {
                Standing::Flying { at, ask, .. } => Some((*number, at, ask)),
                Standing::Waiting { .. } | Standing::Letter { .. } => None,
            })
            .collect();
        for endpoint in self.endpoints.values_mut() {
            (endpoint.failures, endpoint.trips) = (0, 0);
            (endpoint.closed_until, endpoint.disabled) = (0, false);
        }
        for (number, began, ask) in flying {
            self.land(number);
            let why = "the process ended while it was under way";
            if bugs.makes(Mistake::DoubtForgotten) {
                self.wait(number, at, bugs);
            } else {
                self.doubted(number, (began, ask), at, None, why, bugs);
            }
        }
    }

    fn attempt(&mut self, key: &str, (no, epoch): (u32, u64), at: i64, ask: bool) -> Option<Job> {
        let number = self.keys.get(key).copied()?;
        self.unwait(number);
        let lease = at.saturating_add(self.policy.deadline.saturating_mul(2));
        let item = self.items.get_mut(&number)?;
        item.attempts = no;
        item.tries = item.tries.saturating_add(1);
        item.standing = Standing::Flying {
            no,
            epoch,
            at,
            ask,
            lease,
        };
        self.leases.insert((lease, number));
        let endpoint = self.endpoints.entry(Arc::clone(&item.channel)).or_default();
        endpoint.flying += 1;
        endpoint.totals.attempts += 1;
        self.turn = Some(Arc::clone(&item.channel));
        Some(Job {
            key: Arc::clone(&item.key),
            channel: Arc::clone(&item.channel),
            no,
            epoch,
            ask,
            line: Arc::clone(&item.line),
        })
    }

    /// The attempt that is under way, if this is its number: when it began, whether it asks.
    fn flight(&self, number: u64, (no, epoch): (u32, u64), bugs: Bugs) -> Option<(i64, bool)> {
        match self.items.get(&number)?.standing {
            Standing::Flying {
                no: flying,
                epoch: of,
                at,
                ask,
                lease: _,
            } => {
                let any = bugs.makes(Mistake::EpochIgnored) && of != epoch;
                let any = any || bugs.makes(Mistake::NumberIgnored) && of == epoch;
                (any || (flying, of) == (no, epoch)).then_some((at, ask))
            }
            Standing::Waiting { .. } | Standing::Letter { .. } => None,
        }
    }

    fn result(&mut self, key: &str, of: (u32, u64), at: i64, outcome: &Outcome, bugs: Bugs) {
        let Some(number) = self.keys.get(key).copied() else {
            return;
        };
        let channel = self.channel_of(number);
        let Some((began, ask)) = self.flight(number, of, bugs) else {
            self.totals(&channel).late += 1;
            return;
        };
        self.land(number);
        match outcome {
            Outcome::Accepted if ask && bugs.makes(Mistake::AskedForNothing) => {
                self.send_next(number);
                self.wait(number, at, bugs);
            }
            Outcome::Accepted => {
                self.answered(&channel);
                self.totals(&channel).sent += 1;
                self.forget(number);
            }
            Outcome::Absent => {
                self.answered(&channel);
                self.send_next(number);
                self.wait_or_give_up(number, at, at, "the receiver has not got it", bugs);
            }
            Outcome::NotSent { after, why } => {
                self.troubled(&channel, at, *after, bugs);
                let due = self.again(number, at, *after, bugs);
                self.wait_or_give_up(number, at, due, why, bugs);
            }
            Outcome::Doubtful { after, why } => {
                self.troubled(&channel, at, *after, bugs);
                self.doubted(number, (began, ask), at, *after, why, bugs);
            }
            Outcome::Rejected { why } => {
                self.answered(&channel);
                self.refused(number, at, why);
            }
            Outcome::Gone { why } => {
                if !bugs.makes(Mistake::GoneTried) {
                    self.endpoints.entry(channel).or_default().disabled = true;
                }
                self.refused(number, at, why);
            }
        }
    }

    fn send_next(&mut self, number: u64) {
        if let Some(item) = self.items.get_mut(&number) {
            item.next = Next::Send;
        }
    }

    /// An endpoint that says how long to wait works; one that does not say, does not.
    fn troubled(&mut self, channel: &Arc<str>, at: i64, after: Option<i64>, bugs: Bugs) {
        match after {
            Some(after) => self.pause(channel, at, after, bugs),
            None => self.failed(channel, at, bugs),
        }
    }

    /// Nobody knows whether an attempt has arrived: what its class makes of that.
    fn doubted(
        &mut self,
        number: u64,
        (began, ask): (i64, bool),
        at: i64,
        after: Option<i64>,
        why: &str,
        bugs: Bugs,
    ) {
        let due = self.again(number, at, after, bugs);
        // until then the receiver may still be taking it in
        let known = began.saturating_add(self.policy.deadline);
        let known = known.max(at).saturating_add(self.policy.lag);
        let Some(item) = self.items.get_mut(&number) else {
            return;
        };
        if ask {
            // a question that was not answered is asked again
            return self.wait_or_give_up(number, at, due, why, bugs);
        }
        match item.class {
            Class::Never if !bugs.makes(Mistake::NeverRetried) => {
                self.give_up(number, at, Letter::Unknown, why.to_owned());
            }
            Class::Always if bugs.makes(Mistake::AlwaysGivenUp) => {
                self.totals_of(number).dropped += 1;
                self.forget(number);
            }
            Class::Never | Class::Always => self.wait_or_give_up(number, at, due, why, bugs),
            Class::Keyed(_) => {
                if bugs.makes(Mistake::WindowFromLast) {
                    item.doubt = Some(began);
                } else {
                    item.doubt.get_or_insert(began);
                }
                self.wait_or_give_up(number, at, due, why, bugs);
            }
            Class::Asking => {
                item.doubt.get_or_insert(began);
                let mut due = due.max(known);
                if bugs.makes(Mistake::AskedTooSoon) {
                    due = at;
                }
                if !bugs.makes(Mistake::NotAsked) {
                    item.next = Next::Ask;
                }
                self.wait_or_give_up(number, at, due, why, bugs);
            }
        }
    }

    /// When an item is tried again.
    fn again(&self, number: u64, at: i64, after: Option<i64>, bugs: Bugs) -> i64 {
        let Some(item) = self.items.get(&number) else {
            return at;
        };
        let wait = self
            .policy_of(&item.channel)
            .back_off(&item.key, item.tries);
        let asked = after.map_or(0, |after| {
            if bugs.makes(Mistake::RetryAfterBelieved) {
                after
            } else {
                self.policy.after(after)
            }
        });
        at.saturating_add(wait.max(asked))
    }

    fn wait_or_give_up(&mut self, number: u64, at: i64, due: i64, why: &str, bugs: Bugs) {
        let Some(item) = self.items.get(&number) else {
            return;
        };
        if item.withdrawn && !bugs.makes(Mistake::WithdrawnSent) {
            self.totals_of(number).dropped += 1;
            return self.forget(number);
        }
        if item.tries >= self.policy_of(&item.channel).tries && !bugs.makes(Mistake::TriedForEver) {
            let what = given_up_as(item);
            return self.give_up(number, at, what, why.to_owned());
        }
        self.wait(number, due, bugs);
    }

    fn refused(&mut self, number: u64, at: i64, why: &str) {
        if let Some(item) = self.items.get(&number) {
            let what = given_up_as(item);
            self.give_up(number, at, what, why.to_owned());
        }
    }

    fn settle(&mut self, number: u64, at: i64, to: Settled) {
        let flying = self.items.get(&number).map(|item| &item.standing);
        match flying {
            Some(Standing::Waiting { .. }) => self.unwait(number),
            // only what waits is settled
            Some(Standing::Flying { .. } | Standing::Letter { .. }) | None => return,
        }
        match to {
            Settled::Dropped(_) => {
                self.totals_of(number).dropped += 1;
                self.forget(number);
            }
            Settled::Failed(why) => self.give_up(number, at, Letter::Failed, why),
            Settled::Unknown(why) => self.give_up(number, at, Letter::Unknown, why),
            Settled::Uncertain(why) => self.give_up(number, at, Letter::Uncertain, why),
        }
    }

    fn replay(&mut self, key: &str, at: i64) {
        let Some(number) = self.keys.get(key).copied() else {
            return;
        };
        let Some(item) = self.items.get_mut(&number) else {
            return;
        };
        let Standing::Letter {
            what, at: since, ..
        } = item.standing
        else {
            // what waits there goes on, should the endpoint have said that it is gone
            let channel = Arc::clone(&item.channel);
            self.endpoints.entry(channel).or_default().disabled = false;
            return;
        };
        item.tries = 0;
        item.since = at;
        item.doubt = None;
        item.next = match (item.class, what) {
            (Class::Asking, Letter::Uncertain) => Next::Ask,
            (
                Class::Asking | Class::Keyed(_) | Class::Never | Class::Always,
                Letter::Failed | Letter::Unknown | Letter::Uncertain,
            ) => Next::Send,
        };
        let channel = Arc::clone(&item.channel);
        self.letters.remove(&(since, number));
        *self.letter_total(&channel, what) -= 1;
        self.endpoints.entry(channel).or_default().disabled = false;
        self.wait(number, at, Bugs::default());
    }

    /// A send was taken back.
    pub fn withdraw(&mut self, key: &str) {
        let Some(number) = self.keys.get(key).copied() else {
            return;
        };
        match self.items.get_mut(&number) {
            Some(item) if matches!(item.standing, Standing::Flying { .. }) => item.withdrawn = true,
            Some(_) => self.drop_quietly(number),
            None => {}
        }
    }

    /// What is left of people who are no more: nothing, but for attempts that are under way.
    pub fn forget_erased(&mut self, erased: impl Fn(&str) -> bool) {
        let theirs = self.items.iter().filter(|(_, item)| erased(&item.key));
        let theirs: Vec<u64> = theirs.map(|(number, _)| *number).collect();
        for number in theirs {
            self.drop_erased(number);
        }
    }

    /// Nothing of it is kept, but for an attempt that is under way.
    pub(crate) fn drop_erased(&mut self, number: u64) {
        match self.items.get_mut(&number) {
            Some(item) if matches!(item.standing, Standing::Flying { .. }) => {
                item.withdrawn = true;
                item.line = Arc::from("");
            }
            Some(_) | None => self.drop_quietly(number),
        }
    }

    fn drop_quietly(&mut self, number: u64) {
        match self.items.get(&number).map(|item| item.standing.clone()) {
            Some(Standing::Waiting { .. }) => {
                self.unwait(number);
                self.totals_of(number).dropped += 1;
            }
            Some(Standing::Letter { what, at, .. }) => {
                self.letters.remove(&(at, number));
                let channel = self.channel_of(number);
                *self.letter_total(&channel, what) -= 1;
                self.totals(&channel).dropped += 1;
            }
            Some(Standing::Flying { .. }) | None => return,
        }
        self.forget(number);
    }

    pub(super) fn give_up(&mut self, number: u64, at: i64, what: Letter, why: String) {
        let Some(item) = self.items.get_mut(&number) else {
            return;
        };
        item.standing = Standing::Letter { what, at, why };
        let channel = Arc::clone(&item.channel);
        *self.letter_total(&channel, what) += 1;
        self.letters.insert((at, number));
        if self.letters.len() as u64 > self.policy.letters
            && let Some((_, oldest)) = self.letters.pop_first()
        {
            let channel = self.channel_of(oldest);
            if let Some(Standing::Letter { what, .. }) =
                self.items.get(&oldest).map(|item| item.standing.clone())
            {
                *self.letter_total(&channel, what) -= 1;
            }
            self.totals(&channel).forgotten += 1;
            self.forget(oldest);
        }
    }

    pub(super) fn wait(&mut self, number: u64, due: i64, bugs: Bugs) {
        let Some(item) = self.items.get(&number) else {
            return;
        };
        let until = item.deadline(self.patience_of(item), self.policy_of(&item.channel), bugs);
        let Some(item) = self.items.get_mut(&number) else {
            return;
        };
        // nobody carries it
        let due = if item.of.is_some() { i64::MAX } else { due };
        item.standing = Standing::Waiting { due, until };
        self.deadlines.insert((until, number));
        let endpoint = self.endpoints.entry(Arc::clone(&item.channel)).or_default();
        endpoint.queue.insert((due, number));
    }

    pub(super) fn unwait(&mut self, number: u64) {
        let Some(item) = self.items.get(&number) else {
            return;
        };
        let Standing::Waiting { due, until } = item.standing else {
            return;
        };
        self.deadlines.remove(&(until, number));
        if let Some(endpoint) = self.endpoints.get_mut(&item.channel) {
            endpoint.queue.remove(&(due, number));
        }
    }

    /// An attempt is over.
    fn land(&mut self, number: u64) {
        let Some(item) = self.items.get(&number) else {
            return;
        };
        let Standing::Flying { lease, .. } = item.standing else {
            return;
        };
        self.leases.remove(&(lease, number));
        if let Some(endpoint) = self.endpoints.get_mut(&item.channel) {
            endpoint.flying = endpoint.flying.saturating_sub(1);
        }
    }

    pub(super) fn forget(&mut self, number: u64) {
        if let Some(item) = self.items.remove(&number) {
            self.keys.remove(&item.key);
            if let Some(person) = &item.of {
                self.unshelve(person, number);
            }
        }
    }

    /// The endpoint works.
    fn answered(&mut self, channel: &Arc<str>) {
        let endpoint = self.endpoints.entry(Arc::clone(channel)).or_default();
        (endpoint.failures, endpoint.trips) = (0, 0);
    }

    /// The endpoint asks for patience.
    fn pause(&mut self, channel: &Arc<str>, at: i64, after: i64, bugs: Bugs) {
        let after = if bugs.makes(Mistake::RetryAfterBelieved) {
            after
        } else {
            self.policy.after(after)
        };
        let endpoint = self.endpoints.entry(Arc::clone(channel)).or_default();
        let until = at.saturating_add(after);
        endpoint.closed_until = endpoint.closed_until.max(until);
    }

    /// The endpoint does not work: after some failures in a row it is left alone for a while.
    fn failed(&mut self, channel: &Arc<str>, at: i64, bugs: Bugs) {
        let policy = self.policy_of(channel).clone();
        let endpoint = self.endpoints.entry(Arc::clone(channel)).or_default();
        endpoint.failures = endpoint.failures.saturating_add(1);
        let trips = endpoint.failures >= policy.breaker && at >= endpoint.closed_until;
        if trips && !bugs.makes(Mistake::NoBreaker) {
            endpoint.trips = endpoint.trips.saturating_add(1);
            let wait = policy.closed(channel, endpoint.trips);
            endpoint.closed_until = if bugs.makes(Mistake::BreakerNeverCloses) {
                i64::MAX
            } else {
                at.saturating_add(wait)
            };
        }
    }

    fn totals(&mut self, channel: &Arc<str>) -> &mut Totals {
        let endpoint: &mut Endpoint = self.endpoints.entry(Arc::clone(channel)).or_default();
        &mut endpoint.totals
    }

    pub(super) fn totals_of(&mut self, number: u64) -> &mut Totals {
        let channel = self.channel_of(number);
        self.totals(&channel)
    }

    fn channel_of(&self, number: u64) -> Arc<str> {
        let item = self.items.get(&number);
        item.map_or_else(|| "".into(), |item| Arc::clone(&item.channel))
    }

    fn letter_total(&mut self, channel: &Arc<str>, what: Letter) -> &mut u64 {
        let totals = self.totals(channel);
        match what {
            Letter::Failed => &mut totals.failed,
            Letter::Unknown => &mut totals.unknown,
            Letter::Uncertain => &mut totals.uncertain,
        }
    }
}

/// What may have arrived is never called failed, but where that does not matter.
fn given_up_as(item: &Item) -> Letter {
    match (item.class, item.doubt) {
        (Class::Keyed(_) | Class::Asking, Some(_)) => Letter::Uncertain,
        (Class::Keyed(_) | Class::Asking, None) | (Class::Never | Class::Always, _) => {
            Letter::Failed
        }
    }
}
