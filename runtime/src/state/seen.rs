//! The ids that were seen within `dedupe`. They lie in the order in which they came, so that those that are too old go
//! from the front; a table says where an id lies, by a hash that nobody outside can foresee: one look is enough for
//! almost every id that is new. Which ids are known, and since when, is all that counts.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

/// Places of the smallest table.
const PLACES_LEAST: usize = 1 << 10;

#[derive(Clone, Debug)]
pub struct Seen {
    /// in the order of their instants
    ids: VecDeque<Id>,
    /// the number of the first of them; they are counted from one, and past 32 bits from zero again
    first: u32,
    /// by hash: its upper bits, a bit that is always there, and the number of an id; 0: free. The id may be gone.
    table: Vec<u64>,
    /// places that are not free
    used: usize,
    /// ids from before this instant are forgotten
    oldest: i64,
    keys: [u64; 2],
}

#[derive(Clone, Copy, Debug)]
struct Id {
    at: i64,
    print: [u64; 2],
}

impl Default for Seen {
    fn default() -> Self {
        let random = RandomState::new();
        Self {
            ids: VecDeque::new(),
            first: 1,
            table: Vec::new(),
            used: 0,
            oldest: i64::MIN,
            keys: [random.hash_one(0u8), random.hash_one(1u8)],
        }
    }
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.ordered() == other.ordered()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "halves of hashes and prints, and numbers that begin anew"
)]
fn halves(print: u128) -> [u64; 2] {
    [print as u64, (print >> 64) as u64]
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn lower(word: u64) -> u32 {
    word as u32
}

impl Seen {
    fn hash(&self, print: [u64; 2]) -> u64 {
        let ([low, high], [a, b]) = (print, self.keys);
        let [low, high] = halves(u128::from(low ^ a).wrapping_mul(u128::from(high ^ b)));
        low ^ high
    }

    /// The id that a place of the table speaks of, if it is still there.
    fn at(&self, place: u64) -> Option<&Id> {
        self.ids.get(lower(place).wrapping_sub(self.first) as usize)
    }

    /// Places from where a hash belongs on, round and round.
    fn places(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let size = self.table.len();
        let from = usize::try_from(hash).unwrap_or(lower(hash) as usize);
        (0..size).map(move |step| from.wrapping_add(step) & (size - 1))
    }

    /// Ids from before an instant are known no longer.
    pub fn forget(&mut self, before: i64) {
        self.oldest = self.oldest.max(before);
        while self.ids.pop_front_if(|id| id.at < before).is_some() {
            self.first = self.first.wrapping_add(1);
        }
    }

    pub fn contains(&self, print: u128) -> bool {
        let print = halves(print);
        let hash = self.hash(print);
        for place in self.places(hash) {
            let found = self.table.get(place).copied().unwrap_or(0);
            if found == 0 {
                return false;
            }
            if found >> 33 == hash >> 33 && self.at(found).is_some_and(|id| id.print == print) {
                return true;
            }
        }
        false
    }

    /// One more, at an instant that is none before the last one's.
    pub fn insert(&mut self, at: i64, print: u128) {
        // a third of the places is always free, so that no search is long
        if self.used + self.used / 2 >= self.table.len() {
            self.make_room();
        }
        let number = self.first.wrapping_add(lower(self.ids.len() as u64));
        let print = halves(print);
        self.ids.push_back(Id { at, print });
        self.place(print, number);
    }

    fn place(&mut self, print: [u64; 2], number: u32) {
        let hash = self.hash(print);
        let mut places = self.places(hash);
        let free = places.find(|place| {
            let there = self.table.get(*place).copied().unwrap_or(0);
            there == 0 || self.at(there).is_none()
        });
        if let Some(place) = free.and_then(|place| self.table.get_mut(place)) {
            self.used += usize::from(*place == 0);
            *place = (hash >> 33 << 33) | (1 << 32) | u64::from(number);
        }
    }

    /// A table for those that are still there, and as many more.
    fn make_room(&mut self) {
        let places = self.ids.len().saturating_mul(3).max(PLACES_LEAST);
        self.table = vec![0; places.next_power_of_two()];
        self.used = 0;
        for number in 0..self.ids.len() {
            if let Some(id) = self.ids.get(number).copied() {
                self.place(id.print, self.first.wrapping_add(lower(number as u64)));
            }
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Those that are known, by when they were seen.
    fn ordered(&self) -> Vec<(i64, u128)> {
        let known = self.ids.iter().filter(|id| id.at >= self.oldest);
        let whole = |[low, high]: [u64; 2]| u128::from(high) << 64 | u128::from(low);
        let mut known: Vec<(i64, u128)> = known.map(|id| (id.at, whole(id.print))).collect();
        known.sort_unstable();
        known
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.ordered().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut seen = Self::default();
        for (at, print) in Vec::<(i64, u128)>::deserialize(deserializer)? {
            seen.insert(at, print);
        }
        Ok(seen)
    }
}
