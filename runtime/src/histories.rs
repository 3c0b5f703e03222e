//! Histories: what a person did, kept so that its answer at any moment costs little. Events come in at
//! their own time (late ones too), answers go out with the moment at which time alone changes them next.
//!
//! `running` folds events into one value; `window` says until when an event counts. A store keeps either
//! the newest instants themselves (exact to the millisecond), or panes, or one value forever.

pub mod running;
pub mod window;

pub use running::Running;
pub use window::When;

use crate::scalar::Scalar;
use crate::state::Moment;
use journey_program::plan::{HistoryAggregate, HistoryPlan, HistoryWindow};
use journey_program::types::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values that a keyed history keeps for one person.
pub const KEYS_MAX: usize = 1000;
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

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryState {
    whole: Option<Store>,
    keyed: BTreeMap<Scalar, Keyed>,
    /// when its answer in the profile changes by time alone
    pub change: Option<Moment>,
}

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
    /// by start: milliseconds, or civil days
    Panes(BTreeMap<i64, Running>),
    Forever(Running),
}

impl HistoryState {
    /// Takes an event in. True: a keyed value was dropped to make room.
    pub fn add(
        &mut self,
        plan: &HistoryPlan,
        when: &When<'_>,
        fact: &Fact,
        key: Option<Scalar>,
    ) -> bool {
        if plan.keyed.is_none() {
            self.whole
                .get_or_insert_with(|| Store::new(plan))
                .add(plan, when, fact);
            return false;
        }
        let Some(key) = key else { return false };
        let full = self.keyed.len() >= KEYS_MAX && !self.keyed.contains_key(&key);
        if full {
            self.drop_oldest();
        }
        let kept = self.keyed.entry(key).or_insert_with(|| Keyed {
            store: Store::new(plan),
            touched: fact.place,
        });
        kept.touched = fact.place;
        kept.store.add(plan, when, fact);
        full
    }

    fn drop_oldest(&mut self) {
        let oldest = self
            .keyed
            .iter()
            .min_by_key(|(_, kept)| kept.touched)
            .map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.keyed.remove(&key);
        }
    }

    /// The answer now, and the moment of its next change by time alone.
    pub fn answer(&self, plan: &HistoryPlan, when: &When<'_>) -> (Value, Moment) {
        match &self.whole {
            Some(store) => store.answer(plan, when),
            None => (Running::of(plan.aggregate).answer(plan), Moment::NEVER),
        }
    }

    /// The answer for one value of the key.
    pub fn answer_for(&self, plan: &HistoryPlan, when: &When<'_>, key: &Scalar) -> Value {
        match self.keyed.get(key) {
            Some(kept) => kept.store.answer(plan, when).0,
            None => Running::of(plan.aggregate).answer(plan),
        }
    }

    /// The next moment at which the answer for any value changes by time alone.
    pub fn keyed_change(&self, plan: &HistoryPlan, when: &When<'_>) -> Moment {
        let changes = self
            .keyed
            .values()
            .map(|kept| kept.store.answer(plan, when).1);
        changes.min().unwrap_or(Moment::NEVER)
    }

    /// The answer over what happened at an instant or later.
    pub fn since(&self, plan: &HistoryPlan, from: i64) -> Value {
        let mut running = Running::of(plan.aggregate);
        match &self.whole {
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
        running.answer(plan)
    }

    /// Forgets what no later answer can need.
    pub fn prune(&mut self, plan: &HistoryPlan, when: &When<'_>) {
        if let Some(store) = &mut self.whole {
            store.prune(plan, when);
        }
        for kept in self.keyed.values_mut() {
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
                Store::Forever(Running::of(plan.aggregate))
            }
            HistoryWindow::Last(_)
            | HistoryWindow::LastSpan(_)
            | HistoryWindow::ThisDay
            | HistoryWindow::ThisWeek
            | HistoryWindow::ThisMonth
            | HistoryWindow::SinceArgument => {
                if plan.exact > 0 || plan.window == HistoryWindow::SinceArgument {
                    Store::Instants(Vec::new())
                } else {
                    Store::Panes(BTreeMap::new())
                }
            }
        }
    }

    fn add(&mut self, plan: &HistoryPlan, when: &When<'_>, fact: &Fact) {
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
                let start = when.pane(plan.window, pane_ms(plan), fact.at);
                panes
                    .entry(start)
                    .or_insert_with(|| Running::of(plan.aggregate))
                    .add(plan.up_to, fact.at, fact.place, fact.value.as_ref());
            }
        }
    }

    fn answer(&self, plan: &HistoryPlan, when: &When<'_>) -> (Value, Moment) {
        let mut change = Moment::NEVER;
        let mut running = Running::of(plan.aggregate);
        match self {
            Store::Forever(running) => return (running.answer(plan), Moment::NEVER),
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
        (running.answer(plan), change)
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
