//! Histories: what a person did, kept so that its answer at any moment costs little. Events come in at
//! their own time (late ones too), answers go out with the moment at which time alone changes them next.
//!
//! `running` folds events into one value; `window` says until when an event counts. A store keeps either
//! the newest instants themselves (exact to the millisecond), or panes, or one value forever.

pub mod decay;
mod held;
pub mod running;
pub mod sequence;
mod taking;
pub mod window;

pub use running::Running;
pub use window::When;

use crate::scalar::Scalar;
use crate::state::Moment;
use journey_program::plan::{HistoryAggregate, HistoryPlan, HistoryWindow, SequencePlan};
use journey_program::types::Value;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Values that a keyed history keeps for one person.
pub const KEYS_MAX: usize = 1000;
/// The same of a broadcast's, kept once for everyone.
pub const KEYS_EVERYONE_MAX: usize = 100_000;
/// Instants that a `first` inside a window keeps: the oldest inside is among them.
pub const FIRSTS_MAX: usize = 1000;
/// Instants that a history keeps whose start comes with the question.
pub const SINCE_MAX: usize = 1000;
/// The width of panes of a history whose start comes with the question.
const DAY_MS: i64 = 86_400_000;

/// An event as a history sees it.
#[derive(Clone, Debug)]
pub struct Fact {
    pub at: i64,
    /// place in the log, for ties
    pub place: u64,
    pub value: Option<Scalar>,
}

/// An event as a sequence sees it.
#[derive(Clone, Debug)]
pub struct Linked {
    pub fact: Fact,
    pub key: Link,
    /// the value of the field in which both events agree
    pub same: Option<Scalar>,
}

/// Which of the two it is.
#[derive(Clone, Debug)]
pub enum Link {
    /// the first, of this key
    First(Option<Scalar>),
    Second,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryState {
    whole: Option<Store>,
    /// None: nothing is in it, which is so of most
    apart: Option<Box<Apart>>,
    /// when its answer in the profile changes by time alone
    pub change: Option<Moment>,
}

/// What only some histories have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Apart {
    keyed: BTreeMap<Scalar, Keyed>,
    /// of a sequence: what has not settled yet
    open: sequence::Open,
}

static NOTHING: Apart = Apart {
    keyed: BTreeMap::new(),
    open: sequence::Open::new(),
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Keyed {
    store: Store,
    /// place in the log of its last event
    touched: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Store {
    /// in the order of (at, place)
    Instants(Vec<(i64, u64, Option<Scalar>)>),
    /// by their start
    Panes(BTreeMap<i64, Running>),
    Forever(Running),
}

impl HistoryState {
    fn keyed(&self) -> &BTreeMap<Scalar, Keyed> {
        &self.apart.as_deref().unwrap_or(&NOTHING).keyed
    }

    fn open(&self) -> &sequence::Open {
        &self.apart.as_deref().unwrap_or(&NOTHING).open
    }

    fn apart(&mut self) -> &mut Apart {
        self.apart.get_or_insert_default()
    }

    /// What holds nothing is not there.
    fn tidy(&mut self) {
        self.apart.take_if(|apart| **apart == NOTHING);
    }

    /// Takes an event in. True: a keyed value was dropped to make room.
    pub fn add(&mut self, plan: &HistoryPlan, fact: &Fact, key: Option<Scalar>) -> bool {
        if plan.keyed.is_none() {
            self.whole
                .get_or_insert_with(|| Store::new(plan))
                .add(plan, fact);
            return false;
        }
        let Some(key) = key else { return false };
        let most = if plan.everyone {
            KEYS_EVERYONE_MAX
        } else {
            KEYS_MAX
        };
        let full = self.keyed().len() >= most && !self.keyed().contains_key(&key);
        if full {
            self.drop_oldest();
        }
        let kept = self.apart().keyed.entry(key).or_insert_with(|| Keyed {
            store: Store::new(plan),
            touched: fact.place,
        });
        kept.touched = fact.place;
        kept.store.add(plan, fact);
        full
    }

    fn drop_oldest(&mut self) {
        let oldest = self
            .keyed()
            .iter()
            .min_by_key(|(_, kept)| kept.touched)
            .map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.apart().keyed.remove(&key);
        }
    }

    /// Takes in the first or the second event of a sequence. True: something was dropped to make room.
    pub fn follow(&mut self, plan: &HistoryPlan, when: &When<'_>, event: &Linked) -> bool {
        let Some(sequence) = &plan.sequence else {
            return false;
        };
        let Linked { fact, key, same } = event;
        let mut dropped = match key {
            Link::Second => {
                let (at, place) = (fact.at, fact.place);
                self.apart().open.second(sequence, at, place, same.clone())
            }
            Link::First(None) if plan.keyed.is_some() => false,
            Link::First(key) => {
                let open = &mut self.apart().open;
                open.first(sequence, fact, key.clone(), same.clone())
            }
        };
        for (key, fact) in self.settled(sequence, when.moment) {
            dropped |= self.add(plan, &fact, key);
        }
        self.tidy();
        dropped
    }

    fn settled(&mut self, sequence: &SequencePlan, moment: Moment) -> Vec<sequence::Match> {
        let apart = self.apart.as_mut();
        apart.map_or_else(Vec::new, |apart| apart.open.settle(sequence, moment))
    }

    /// What has settled, and with it the matches of a sequence that may still change.
    fn store(
        &self,
        plan: &HistoryPlan,
        when: &When<'_>,
        key: Option<&Scalar>,
    ) -> (Option<Cow<'_, Store>>, Moment) {
        let settled = match key {
            None => self.whole.as_ref(),
            Some(key) => self.keyed().get(key).map(|kept| &kept.store),
        };
        let Some(sequence) = &plan.sequence else {
            return (settled.map(Cow::Borrowed), Moment::NEVER);
        };
        let (open, change) = self.open().matches(sequence, when.moment);
        let mut store = settled.cloned().unwrap_or_else(|| Store::new(plan));
        for (of, fact) in open {
            if of.as_ref() == key {
                store.add(plan, &fact);
            }
        }
        (Some(Cow::Owned(store)), change)
    }

    fn answer_of(
        &self,
        plan: &HistoryPlan,
        when: &When<'_>,
        key: Option<&Scalar>,
    ) -> (Value, Moment) {
        let (store, change) = self.store(plan, when, key);
        match store {
            Some(store) => {
                let (value, leaves) = store.answer(plan, when);
                (value, leaves.min(change))
            }
            None => (Running::for_plan(plan).answer(plan), change),
        }
    }

    /// The answer now, and the moment of its next change by time alone.
    pub fn answer(&self, plan: &HistoryPlan, when: &When<'_>) -> (Value, Moment) {
        self.answer_of(plan, when, None)
    }

    /// The answer for one value of the key.
    pub fn answer_for(&self, plan: &HistoryPlan, when: &When<'_>, key: &Scalar) -> Value {
        self.answer_of(plan, when, Some(key)).0
    }

    /// The next moment at which the answer for any value changes by time alone.
    pub fn keyed_change(&self, plan: &HistoryPlan, when: &When<'_>) -> Moment {
        let keys: BTreeSet<&Scalar> = self.keyed().keys().chain(self.open().keys()).collect();
        let changes = keys
            .into_iter()
            .map(|key| self.answer_of(plan, when, Some(key)).1);
        changes.min().unwrap_or(Moment::NEVER)
    }

    /// Of what decays: the first instant after now at which it is no longer on this side of a bound.
    pub fn crossing(
        &self,
        plan: &HistoryPlan,
        when: &When<'_>,
        since: i64,
        bound: f64,
    ) -> Option<i64> {
        let running = if plan.window == HistoryWindow::SinceArgument {
            self.running_since(plan, when, None, since)
        } else {
            self.store(plan, when, None).0?.running(plan, when).0
        };
        let Running::Decayed {
            half_life,
            newest: Some(newest),
        } = running
        else {
            return None;
        };
        decay::crossing(newest, half_life, when.moment.at(), bound)
    }

    /// The answer over what happened at an instant or later.
    pub fn since(
        &self,
        plan: &HistoryPlan,
        when: &When<'_>,
        key: Option<&Scalar>,
        from: i64,
    ) -> Value {
        value_at(&self.running_since(plan, when, key, from), plan, when)
    }

    fn running_since(
        &self,
        plan: &HistoryPlan,
        when: &When<'_>,
        key: Option<&Scalar>,
        from: i64,
    ) -> Running {
        let mut running = Running::for_plan(plan);
        let (store, _) = self.store(plan, when, key);
        match store.as_deref() {
            None => {}
            Some(Store::Instants(kept)) => {
                for (at, place, value) in kept.iter().filter(|(at, ..)| *at >= from) {
                    running.add(plan.up_to, *at, *place, value.as_ref());
                }
            }
            Some(Store::Panes(panes)) => {
                for (_, pane) in panes.range(from..) {
                    running.merge(plan.up_to, pane);
                }
            }
            Some(Store::Forever(whole)) => running.merge(plan.up_to, whole),
        }
        running
    }

    /// Takes in what another one holds: they are of one person. How many keyed values were dropped.
    pub fn unite(&mut self, plan: &HistoryPlan, when: &When<'_>, other: &Self) -> u64 {
        let mut other = other.clone();
        let mut dropped = 0;
        if let Some(sequence) = &plan.sequence {
            for side in [&mut *self, &mut other] {
                for (key, fact) in side.settled(sequence, when.moment) {
                    dropped += u64::from(side.add(plan, &fact, key));
                }
            }
            if let Some(theirs) = &mut other.apart {
                let theirs = std::mem::take(&mut theirs.open);
                dropped += self.apart().open.unite(sequence, theirs);
            }
        }
        match (&mut self.whole, other.whole) {
            (Some(ours), Some(theirs)) => ours.unite(plan, theirs),
            (ours @ None, theirs) => *ours = theirs,
            (Some(_), None) => {}
        }
        for (key, theirs) in other.apart.map(|apart| apart.keyed).unwrap_or_default() {
            let keyed = &mut self.apart().keyed;
            match keyed.get_mut(&key) {
                Some(ours) => {
                    ours.touched = ours.touched.max(theirs.touched);
                    ours.store.unite(plan, theirs.store);
                }
                None => {
                    keyed.insert(key, theirs);
                }
            }
        }
        while self.keyed().len() > KEYS_MAX {
            self.drop_oldest();
            dropped += 1;
        }
        self.tidy();
        dropped
    }

    /// Whether nothing that it asks of has ever happened.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Forgets what no later answer can need.
    pub fn prune(&mut self, plan: &HistoryPlan, when: &When<'_>) {
        if let Some(store) = &mut self.whole {
            store.prune(plan, when);
        }
        for kept in self
            .apart
            .iter_mut()
            .flat_map(|apart| apart.keyed.values_mut())
        {
            kept.store.prune(plan, when);
        }
    }
}

/// How many newest instants are kept; 0: panes.
fn instants_max(plan: &HistoryPlan) -> usize {
    let exact = usize::try_from(plan.exact).unwrap_or(usize::MAX);
    if plan.window == HistoryWindow::SinceArgument {
        return SINCE_MAX.max(exact);
    }
    if exact > 0 && plan.aggregate == HistoryAggregate::First {
        FIRSTS_MAX
    } else {
        exact
    }
}

impl Store {
    fn new(plan: &HistoryPlan) -> Self {
        match plan.window {
            HistoryWindow::Ever | HistoryWindow::Since(_) => {
                Store::Forever(Running::for_plan(plan))
            }
            HistoryWindow::Last(_)
            | HistoryWindow::LastSpan(_)
            | HistoryWindow::ThisDay
            | HistoryWindow::ThisWeek
            | HistoryWindow::ThisMonth
            | HistoryWindow::SinceArgument => {
                let asked_with = plan.window == HistoryWindow::SinceArgument;
                if plan.exact > 0 || asked_with {
                    Store::Instants(Vec::new())
                } else {
                    Store::Panes(BTreeMap::new())
                }
            }
        }
    }

    fn add(&mut self, plan: &HistoryPlan, fact: &Fact) {
        match self {
            Store::Forever(running) => {
                let early = matches!(plan.window, HistoryWindow::Since(from) if fact.at < from);
                if !early {
                    running.add(plan.up_to, fact.at, fact.place, fact.value.as_ref());
                }
            }
            Store::Instants(kept) => {
                let after =
                    kept.partition_point(|(at, place, _)| (*at, *place) <= (fact.at, fact.place));
                kept.insert(after, (fact.at, fact.place, fact.value.clone()));
                if kept.len() > instants_max(plan) {
                    kept.remove(0);
                }
            }
            Store::Panes(panes) => {
                let width = pane_ms(plan);
                let start = fact.at.div_euclid(width).saturating_mul(width);
                panes
                    .entry(start)
                    .or_insert_with(|| Running::for_plan(plan))
                    .add(plan.up_to, fact.at, fact.place, fact.value.as_ref());
            }
        }
    }

    fn unite(&mut self, plan: &HistoryPlan, other: Store) {
        match (self, other) {
            (Store::Instants(ours), Store::Instants(theirs)) => {
                ours.extend(theirs);
                ours.sort_by_key(|(at, place, _)| (*at, *place));
                let extra = ours.len().saturating_sub(instants_max(plan));
                ours.drain(..extra);
            }
            (Store::Panes(ours), Store::Panes(theirs)) => {
                for (start, theirs) in theirs {
                    let pane = ours.entry(start);
                    let pane = pane.or_insert_with(|| Running::for_plan(plan));
                    pane.merge(plan.up_to, &theirs);
                }
            }
            (Store::Forever(ours), Store::Forever(theirs)) => ours.merge(plan.up_to, &theirs),
            // One plan always makes one kind of store.
            (Store::Instants(_) | Store::Panes(_) | Store::Forever(_), _) => {}
        }
    }

    fn answer(&self, plan: &HistoryPlan, when: &When<'_>) -> (Value, Moment) {
        let (running, change) = self.running(plan, when);
        (value_at(&running, plan, when), change)
    }

    /// What is inside the window, folded, and the moment at which time alone changes it.
    fn running(&self, plan: &HistoryPlan, when: &When<'_>) -> (Running, Moment) {
        let mut change = Moment::NEVER;
        let mut running = Running::for_plan(plan);
        match self {
            Store::Forever(running) => return (running.clone(), Moment::NEVER),
            // What came later leaves later: only the edge has to be looked for.
            Store::Instants(kept) => {
                let leaves = |at: i64| when.instant_leaves(plan.window, at);
                let out = kept.partition_point(|(at, ..)| leaves(*at) <= when.moment);
                for (place_inside, (at, place, value)) in kept.iter().skip(out).enumerate() {
                    if place_inside == 0 {
                        change = leaves(*at);
                    }
                    running.add(plan.up_to, *at, *place, value.as_ref());
                }
            }
            Store::Panes(panes) => {
                let mut inside = false;
                for (start, pane) in panes {
                    if !inside {
                        change = when.pane_leaves(plan.window, *start);
                        inside = when.moment < change;
                    }
                    if inside {
                        running.merge(plan.up_to, pane);
                    }
                }
                if !inside {
                    change = Moment::NEVER;
                }
            }
        }
        (running, change)
    }

    fn prune(&mut self, plan: &HistoryPlan, when: &When<'_>) {
        let Store::Panes(panes) = self else { return };
        while let Some((start, _)) = panes.first_key_value() {
            // A person's zone may still change, and bring back at most a day.
            let leaves = when.pane_leaves(plan.window, *start).at();
            if leaves == i64::MAX || leaves.saturating_add(2 * DAY_MS) > when.moment.at() {
                break;
            }
            panes.pop_first();
        }
    }
}

fn pane_ms(plan: &HistoryPlan) -> i64 {
    if plan.pane_ms > 0 {
        plan.pane_ms
    } else {
        DAY_MS
    }
}

/// The answer: what decays has another value at each instant.
fn value_at(running: &Running, plan: &HistoryPlan, when: &When<'_>) -> Value {
    if let Running::Decayed {
        half_life,
        newest: Some((at, value)),
    } = running
    {
        let elapsed = when.moment.at().saturating_sub(*at);
        return Value::Number(decay::after(*value, elapsed, *half_life));
    }
    running.answer(plan)
}
