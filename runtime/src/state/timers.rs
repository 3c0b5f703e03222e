//! What is due, in its order. Most instants have one timer: that lies in the tree by its instant alone, so that a
//! search compares numbers that lie side by side; where several share one, they have a tree of their own.

use super::Timer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::btree_map::{BTreeMap, Entry};
use std::collections::{BTreeSet, btree_set};

#[derive(Clone, Debug, Default)]
pub struct Timers {
    instants: BTreeMap<i64, Instant>,
    count: usize,
}

/// What is due at one instant; never nothing.
#[derive(Clone, Debug)]
enum Instant {
    One(Timer),
    Many(BTreeSet<Timer>),
}

/// Those of one instant, in order.
#[derive(Debug)]
enum Those<'t> {
    One(std::iter::Once<&'t Timer>),
    Many(btree_set::Iter<'t, Timer>),
}

impl<'t> Iterator for Those<'t> {
    type Item = &'t Timer;
    fn next(&mut self) -> Option<&'t Timer> {
        match self {
            Those::One(one) => one.next(),
            Those::Many(many) => many.next(),
        }
    }
}

impl Instant {
    fn iter(&self) -> Those<'_> {
        match self {
            Instant::One(timer) => Those::One(std::iter::once(timer)),
            Instant::Many(timers) => Those::Many(timers.iter()),
        }
    }
    fn contains(&self, timer: &Timer) -> bool {
        match self {
            Instant::One(one) => one == timer,
            Instant::Many(timers) => timers.contains(timer),
        }
    }
}

impl Timers {
    pub fn len(&self) -> usize {
        self.count
    }
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    pub fn clear(&mut self) {
        *self = Self::default();
    }
    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Timer> {
        self.instants.values().flat_map(Instant::iter)
    }
    pub fn contains(&self, timer: &Timer) -> bool {
        let instant = self.instants.get(&timer.due);
        instant.is_some_and(|instant| instant.contains(timer))
    }
    /// The instant at which the first is due.
    pub fn next_due(&self) -> Option<i64> {
        self.instants.first_key_value().map(|(due, _)| *due)
    }
    pub fn insert(&mut self, timer: Timer) {
        match self.instants.entry(timer.due) {
            Entry::Vacant(vacant) => {
                vacant.insert(Instant::One(timer));
                self.count += 1;
            }
            Entry::Occupied(mut occupied) => match occupied.get_mut() {
                Instant::One(one) if *one == timer => {}
                Instant::One(one) => {
                    let both = BTreeSet::from([one.clone(), timer]);
                    occupied.insert(Instant::Many(both));
                    self.count += 1;
                }
                Instant::Many(timers) => self.count += usize::from(timers.insert(timer)),
            },
        }
    }
    pub fn remove(&mut self, timer: &Timer) -> bool {
        let Entry::Occupied(mut occupied) = self.instants.entry(timer.due) else {
            return false;
        };
        let (there, last) = match occupied.get_mut() {
            Instant::One(one) => (one == timer, one == timer),
            Instant::Many(timers) => (timers.remove(timer), timers.is_empty()),
        };
        if last {
            occupied.remove();
        }
        self.count -= usize::from(there);
        there
    }
    pub fn pop_first(&mut self) -> Option<Timer> {
        let mut first = self.instants.first_entry()?;
        self.count -= 1;
        if let Instant::Many(timers) = first.get_mut()
            && timers.len() > 1
        {
            return timers.pop_first();
        }
        match first.remove() {
            Instant::One(timer) => Some(timer),
            Instant::Many(mut timers) => timers.pop_first(),
        }
    }
}

impl PartialEq for Timers {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

impl Extend<Timer> for Timers {
    fn extend<I: IntoIterator<Item = Timer>>(&mut self, all: I) {
        all.into_iter().for_each(|timer| self.insert(timer));
    }
}

impl FromIterator<Timer> for Timers {
    fn from_iter<I: IntoIterator<Item = Timer>>(all: I) -> Self {
        let mut timers = Self::default();
        timers.extend(all);
        timers
    }
}

impl Serialize for Timers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().collect::<Vec<_>>())
    }
}

impl<'de> Deserialize<'de> for Timers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
