//! The ids that were seen within `dedupe`. They lie in slices by when they came: an id goes into the newest, which
//! is small and near, and a slice whose ids are all too old is let go as a whole. Which ids are known, and since
//! when, is all that counts; how they are sliced is nobody's business.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// A slice is full with so many ids, and with this part of all.
const SLICE_LEAST: usize = 4_096;
const SLICES: usize = 4;

#[derive(Clone, Debug)]
pub struct Seen {
    slices: VecDeque<Slice>,
    /// ids from before this instant are forgotten
    oldest: i64,
    count: usize,
}

#[derive(Clone, Debug)]
struct Slice {
    newest: i64,
    prints: HashMap<u128, i64, BuildHasherDefault<Print>>,
}

/// A print is a hash already.
#[derive(Default)]
struct Print(u64);

impl Hasher for Print {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "half of the print is enough"
    )]
    fn write_u128(&mut self, print: u128) {
        self.0 = print as u64;
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            slices: VecDeque::new(),
            oldest: i64::MIN,
            count: 0,
        }
    }
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.ordered() == other.ordered()
    }
}

impl Seen {
    /// Ids from before an instant are known no longer.
    pub fn forget(&mut self, before: i64) {
        self.oldest = self.oldest.max(before);
        while let Some(slice) = self.slices.pop_front_if(|slice| slice.newest < before) {
            self.count -= slice.prints.len();
        }
    }

    pub fn contains(&self, print: u128) -> bool {
        let mut slices = self.slices.iter().rev();
        slices.any(|slice| {
            slice
                .prints
                .get(&print)
                .is_some_and(|at| *at >= self.oldest)
        })
    }

    /// One more, at an instant that is none before the last one's.
    pub fn insert(&mut self, at: i64, print: u128) {
        let most = SLICE_LEAST.max(self.count / SLICES);
        if self
            .slices
            .back()
            .is_none_or(|slice| slice.prints.len() >= most)
        {
            self.slices.push_back(Slice {
                newest: at,
                prints: HashMap::with_capacity_and_hasher(most, BuildHasherDefault::default()),
            });
        }
        if let Some(slice) = self.slices.back_mut() {
            slice.newest = slice.newest.max(at);
            self.count += usize::from(slice.prints.insert(print, at).is_none());
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Those that are known, by when they were seen.
    fn ordered(&self) -> Vec<(i64, u128)> {
        let all = self.slices.iter().flat_map(|slice| &slice.prints);
        let known = all.filter(|(_, at)| **at >= self.oldest);
        let mut known: Vec<(i64, u128)> = known.map(|(print, at)| (*at, *print)).collect();
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
