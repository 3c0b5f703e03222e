//! Sends over a folder: what the engine decides goes into the outbox, steps of the outbox go into the log, and an
//! attempt is let out once its entry is durable, so that none is ever made that the log does not know.

use super::bugs::Bugs;
use super::disk::Disk;
use super::durable::Durable;
use super::entry::Entry;
use super::error::StoreError;
use crate::actions::{Action, ActionKind};
use crate::engine::Engine;
use crate::export::all_of;
use crate::input::Input;
use crate::outbox::bugs::Mistake;
use crate::outbox::{Item, Job, Outbox, Outcome, Policy, Settled, Step};
use crate::state::PersonNo;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Attempts on their way to be let out.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// of the group at hand
    new: Vec<Job>,
    /// of written groups, by the number of the entry after them
    held: VecDeque<(u64, Vec<Job>)>,
    ready: Vec<Job>,
    /// no attempt begins any more: the process is about to stop
    pub(super) over: bool,
}

impl Jobs {
    /// The group is written.
    pub(super) fn hold(&mut self, end: u64) {
        if !self.new.is_empty() {
            self.held.push_back((end, std::mem::take(&mut self.new)));
        }
    }

    /// Entries before this one are durable.
    pub(super) fn release(&mut self, durable: u64) {
        while let Some((_, jobs)) = self.held.pop_front_if(|(end, _)| *end <= durable) {
            self.ready.extend(jobs);
        }
    }
}

/// An entry has been applied: what the engine decided by it.
pub(super) fn decided(
    outbox: &mut Outbox,
    engine: &Engine,
    actions: &[Action],
    erased: bool,
    bugs: Bugs,
) {
    if outbox.on {
        for action in actions {
            if let Some(send) = engine.outgoing(action) {
                outbox.decided(send);
            }
        }
    }
    if outbox.items.is_empty() {
        return;
    }
    for action in actions {
        if let ActionKind::Withdraw { id, .. } = &action.kind
            && !bugs.makes(Mistake::WithdrawnSent)
        {
            outbox.withdraw(id);
        }
        if let ActionKind::Merge { from } = &action.kind {
            outbox.united(from, &action.profile);
        }
    }
    if erased && !bugs.makes(Mistake::ErasedKept) {
        outbox.forget_erased(|key| engine.is_of_erased(key));
    }
}

impl<D: Disk> Durable<D> {
    /// From here on what is decided is delivered, by this process alone.
    pub fn deliver(&mut self, now: i64, policy: Policy) -> Result<(), StoreError> {
        let life = Step::Life {
            epoch: self.epoch(),
            at: now,
            on: true,
            policy,
        };
        self.take(vec![Entry::Sending(life)], None)
    }

    /// The folder was used by a process that delivers; this one does not, unless it says so.
    pub(super) fn deliver_nothing(&mut self) -> Result<(), StoreError> {
        let outbox = &self.progress().outbox;
        if !outbox.on {
            return Ok(());
        }
        let life = Step::Life {
            epoch: self.epoch(),
            at: outbox.clock,
            on: false,
            policy: outbox.policy.clone(),
        };
        self.take(vec![Entry::Sending(life)], None)
    }

    /// The bounds of channels that have their own; those that are not named have none.
    pub fn bound(&mut self, own: BTreeMap<Arc<str>, Policy>) -> Result<(), StoreError> {
        let bounded = self.outbox().endpoints.values();
        let changed = !own.is_empty() || bounded.into_iter().any(|end| end.own.is_some());
        if !changed {
            return Ok(());
        }
        self.take(vec![Entry::Sending(Step::Bounds { own })], None)
    }

    /// The folder is an older copy of itself, put back: what waits may have gone out since. How many sends are held.
    pub fn restored(&mut self, now: i64) -> Result<u64, StoreError> {
        let unknown = |outbox: &Outbox| -> u64 {
            let all = outbox.endpoints.values();
            all.map(|endpoint| endpoint.totals.unknown).sum()
        };
        let before = unknown(self.outbox());
        self.take(vec![Entry::Sending(Step::Restored { at: now })], None)?;
        Ok(unknown(self.outbox()).saturating_sub(before))
    }

    /// Logs what is due at this instant: attempts, at most so many, and what is given up. How many steps.
    pub fn send_due(&mut self, now: i64, most: usize) -> Result<usize, StoreError> {
        let bugs = self.bugs();
        let now = now.max(self.progress().outbox.clock);
        let mut steps = 0;
        while steps < most && !self.jobs().over {
            let engine = self.engine();
            let may = |item: &Item| engine.may_go(&item.key, &item.channel, &item.purpose);
            let Some(step) = self.progress().outbox.choose(now, &may, bugs) else {
                break;
            };
            if bugs.makes(Mistake::AttemptNotLogged) && matches!(step, Step::Attempt { .. }) {
                self.step(&step);
            } else {
                self.take(vec![Entry::Sending(step)], None)?;
            }
            steps += 1;
        }
        Ok(steps)
    }

    /// What came of an attempt.
    pub fn tell(&mut self, job: &Job, now: i64, outcome: Outcome) -> Result<(), StoreError> {
        let result = Step::Result {
            key: Arc::clone(&job.key),
            no: job.no,
            epoch: job.epoch,
            at: now,
            outcome,
        };
        if self.bugs().makes(Mistake::ResultLost) {
            self.step(&result);
            return Ok(());
        }
        self.take(vec![Entry::Sending(result)], None)
    }

    /// No attempt begins any more: what is under way comes to its end, and the process stops.
    pub fn send_no_more(&mut self) {
        self.jobs().over = true;
    }

    /// A dead letter is tried anew, or what waits for an endpoint that has said it is gone. False: there is none
    /// of this key.
    pub fn replay(&mut self, key: &str, now: i64) -> Result<bool, StoreError> {
        let outbox = &self.progress().outbox;
        let stands = |item: &&Item| {
            let endpoint = outbox.endpoints.get(&item.channel);
            item.state() != "waiting" || endpoint.is_some_and(|endpoint| endpoint.disabled)
        };
        let Some(item) = outbox.item(key).filter(stands) else {
            return Ok(false);
        };
        let key = Arc::clone(&item.key);
        let step = Step::Replay { key, at: now };
        self.take(vec![Entry::Sending(step)], None)?;
        Ok(true)
    }

    /// What waits for a person on a channel that is delivered on request, at most so many: with `hand` it is handed
    /// over, and what may not go any more is dropped; without, nothing comes of asking.
    pub fn asked_for(
        &mut self,
        who: PersonNo,
        channel: &str,
        (now, most, hand): (i64, usize, bool),
    ) -> Result<Vec<Item>, StoreError> {
        let (engine, outbox) = (self.engine(), self.outbox());
        let mut ids: BTreeSet<Arc<str>> = BTreeSet::new();
        let people = &engine.state().people;
        if engine.kinds().contains("merge") {
            ids.extend(people.get(who.index()).map(|person| Arc::clone(&person.id)));
        } else {
            // nobody was told of those who turned out to be one
            let all = all_of(engine, who);
            let all = all.iter().filter_map(|no| people.get(no.index()));
            ids.extend(all.map(|person| Arc::clone(&person.id)));
        }
        let waiting = ids.iter().flat_map(|id| outbox.waits_for(id, channel));
        let waiting = waiting.filter(|item| engine.is_send_of(&item.key, who));
        let (mut given, mut steps) = (Vec::new(), Vec::new());
        for item in waiting.take(most) {
            match engine.may_go(&item.key, &item.channel, &item.purpose) {
                Ok(()) => {
                    steps.push(outbox.hand(item, now));
                    given.push(item.clone());
                }
                Err(why) => steps.push(Step::Settle {
                    key: Arc::clone(&item.key),
                    at: now.max(outbox.clock),
                    to: Settled::Dropped(why.to_owned()),
                }),
            }
        }
        if hand && !steps.is_empty() {
            self.take(steps.into_iter().map(Entry::Sending), None)?;
        }
        Ok(given)
    }

    /// An outcome that comes in says that its send has come.
    pub(super) fn has_come(&mut self, input: &Input) {
        if self.outbox().shelves.is_empty() {
            return;
        }
        if let Some(key) = self.engine().has_come(input) {
            self.outbox_mut().has_come(key);
        }
    }

    /// Attempts that may begin: their entries are durable.
    pub fn take_jobs(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs().ready)
    }

    /// When `send_due` has something to do, if nothing else happens before.
    pub fn sends_due(&self) -> Option<i64> {
        if self.has_no_more() {
            return None;
        }
        self.progress().outbox.next_due(self.bugs())
    }

    pub fn outbox(&self) -> &Outbox {
        &self.progress().outbox
    }

    pub(super) fn step(&mut self, step: &Step) {
        let bugs = self.bugs();
        let Some(job) = self.outbox_mut().apply(step, bugs) else {
            return;
        };
        let early = bugs.makes(Mistake::SentBeforeDurable);
        if early || bugs.makes(Mistake::AttemptNotLogged) {
            self.jobs().ready.push(job);
        } else {
            self.jobs().new.push(job);
        }
    }

    /// What a replay has let begin has begun long ago.
    pub(super) fn forget_jobs(&mut self) {
        *self.jobs() = Jobs::default();
    }
}
