//! Sends of a channel that is delivered on request: nobody carries them, they wait until their person's touchpoint
//! asks. Whether it got the answer cannot be known, so the class decides as ever: `never` hands a send over once,
//! the others again and again, under the same key, until an outcome says that it has come.

use super::item::{Class, Item, Standing};
use super::{Outbox, Step};
use crate::store::bugs::Bugs;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// By the person's id: numbers of items.
pub(super) type Shelves = BTreeMap<Arc<str>, BTreeSet<u64>>;

impl Outbox {
    /// What waits for a person on a channel, the oldest first.
    pub fn waits_for<'o>(
        &'o self,
        person: &str,
        channel: &'o str,
    ) -> impl Iterator<Item = &'o Item> {
        let numbers = self.shelves.get(person).into_iter().flatten();
        let items = numbers.filter_map(|number| self.items.get(number));
        items.filter(move |item| {
            *item.channel == *channel && matches!(item.standing, Standing::Waiting { .. })
        })
    }

    /// Which items wait for whom follows from the items.
    pub(crate) fn clear_shelves(&mut self) {
        self.shelves.clear();
    }

    pub(crate) fn fill_shelves(&mut self) {
        let numbers: Vec<u64> = self.items.keys().copied().collect();
        numbers.into_iter().for_each(|number| self.shelve(number));
    }

    pub(super) fn shelve(&mut self, number: u64) {
        if let Some(person) = self.items.get(&number).and_then(|item| item.of.clone()) {
            self.shelves.entry(person).or_default().insert(number);
        }
    }

    pub(super) fn unshelve(&mut self, person: &Arc<str>, number: u64) {
        if let Some(shelf) = self.shelves.get_mut(person) {
            shelf.remove(&number);
            if shelf.is_empty() {
                self.shelves.remove(person);
            }
        }
    }

    /// Two people have turned out to be one: what waits for the one waits for the other.
    pub fn united(&mut self, from: &Arc<str>, to: &Arc<str>) {
        let Some(numbers) = self.shelves.remove(from) else {
            return;
        };
        for number in &numbers {
            if let Some(item) = self.items.get_mut(number) {
                item.of = Some(Arc::clone(to));
            }
        }
        self.shelves
            .entry(Arc::clone(to))
            .or_default()
            .extend(numbers);
    }

    /// A touchpoint is given a send.
    pub(super) fn handed(&mut self, key: &str, at: i64) {
        let Some(number) = self.keys.get(key).copied() else {
            return;
        };
        let waits = |item: &&mut Item| matches!(item.standing, Standing::Waiting { .. });
        self.unwait(number);
        let Some(item) = self.items.get_mut(&number).filter(waits) else {
            return;
        };
        item.attempts = item.attempts.saturating_add(1);
        item.doubt.get_or_insert(at);
        let once = item.class == Class::Never;
        self.totals_of(number).attempts += 1;
        if once {
            self.totals_of(number).sent += 1;
            self.forget(number);
        } else {
            self.wait(number, at, Bugs::default());
        }
    }

    /// An outcome of a send has come in: its touchpoint has it.
    pub fn has_come(&mut self, key: &str) {
        let Some(number) = self.keys.get(key).copied() else {
            return;
        };
        let shelved = self.items.get(&number).is_some_and(|item| {
            item.of.is_some() && matches!(item.standing, Standing::Waiting { .. })
        });
        if shelved {
            self.unwait(number);
            self.totals_of(number).sent += 1;
            self.forget(number);
        }
    }

    /// The step by which a send is handed over at this instant.
    pub fn hand(&self, item: &Item, at: i64) -> Step {
        Step::Handed {
            key: Arc::clone(&item.key),
            at: at.max(self.clock),
        }
    }
}
