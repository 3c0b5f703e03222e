//! What is measured of a person: how often each thing that the program names happened to them, what touched them,
//! and when they converted. Kept with the person, so it is written, read in, united and erased with them; a report is
//! a fold over people, and every number of it says how many people it rests on.

use journey_program::types::Currency;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Touches that are remembered of a person; the oldest are dropped and counted.
pub const TOUCHES_MAX: usize = 256;
/// Conversions that are remembered of a person; of those before only how many and how much.
pub const CONVERSIONS_MAX: usize = 1_024;

/// What happened. The names in `Kind::names` stand behind each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum What {
    /// journey
    Entered,
    /// journey
    HeldOut,
    /// journey, split, arm
    Arm,
    /// journey, step, channel, message
    Sent,
    /// journey, step, reason, channel
    Skipped,
    /// journey, step, channel
    Postponed,
    /// journey, step, channel
    Withdrawn,
    /// journey, step, channel, outcome
    Answered,
    /// journey
    Goal,
    /// journey, reason
    Left,
    /// journey, reason
    Refused,
    /// decision, offer
    Decided,
    /// decision, offer, outcome
    Offered,
    /// event
    Touched,
    /// conversion
    Converted,
    /// measure, event
    Advocated,
    /// measure, from, to
    Moved,
}

/// A thing that may happen, by its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kind {
    pub what: What,
    pub names: [Arc<str>; 4],
    /// of the program that did it
    pub version: Arc<str>,
    /// what it costs each time, in millionths of the currency's unit; of a conversion that is worth money 0
    pub cost: Option<(i64, Currency)>,
}

/// By what a kind is known: a hash of all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KindNo(pub u64);

/// All that has happened, once each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kinds {
    all: BTreeMap<KindNo, Kind>,
}

impl Kinds {
    pub fn get(&self, no: KindNo) -> Option<&Kind> {
        self.all.get(&no)
    }

    pub fn all(&self) -> impl Iterator<Item = (KindNo, &Kind)> {
        self.all.iter().map(|(no, kind)| (*no, kind))
    }

    /// The number of a kind, known from here on.
    pub fn note(
        &mut self,
        what: What,
        names: [&str; 4],
        version: &str,
        cost: Option<(i64, Currency)>,
    ) -> KindNo {
        let mut bytes = Vec::with_capacity(96);
        bytes.push(what as u8);
        for name in names.into_iter().chain([version]) {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
        }
        if let Some((millionths, currency)) = cost {
            bytes.extend_from_slice(&millionths.to_le_bytes());
            bytes.extend_from_slice(currency.code().as_bytes());
        }
        let no = KindNo(xxh3_64(&bytes));
        self.all.entry(no).or_insert_with(|| Kind {
            what,
            names: names.map(Arc::from),
            version: version.into(),
            cost,
        });
        no
    }
}

/// How often something happened to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub count: u32,
    pub first: i64,
    pub last: i64,
    /// milliseconds since the instance had been entered, or since the send that is answered, added up
    pub took: i64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.count = self.count.saturating_add(other.count);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.took = self.took.saturating_add(other.took);
    }
}

/// Something that reached a person, and may have led to a conversion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Touch {
    pub at: i64,
    pub kind: KindNo,
    /// of a send: the fingerprint of its key, else 0
    pub key: u64,
    /// what an event's field says, by which its touches are told apart
    pub label: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conversion {
    pub at: i64,
    pub kind: KindNo,
    /// minor units where the kind says which currency, else the bits of a number
    pub value: i64,
}

/// What conversions that are no longer remembered came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    pub count: u32,
    pub first: i64,
    pub minor: i64,
    pub number: f64,
}

/// All of one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub tallies: BTreeMap<KindNo, Tally>,
    /// in the order of time
    pub touches: Vec<Touch>,
    pub conversions: Vec<Conversion>,
    pub earlier: BTreeMap<KindNo, Earlier>,
    pub touches_dropped: u32,
    /// by measure: the level at which the person stands
    pub levels: BTreeMap<Arc<str>, Arc<str>>,
}

impl Measured {
    pub fn tally(&mut self, kind: KindNo, at: i64, took: i64) {
        let one = Tally {
            count: 1,
            first: at,
            last: at,
            took,
        };
        match self.tallies.get_mut(&kind) {
            Some(tally) => tally.add(one),
            None => {
                self.tallies.insert(kind, one);
            }
        }
    }

    pub fn touch(&mut self, touch: Touch) {
        let place = self.touches.partition_point(|other| *other <= touch);
        self.touches.insert(place, touch);
        self.bound();
    }

    pub fn convert(&mut self, conversion: Conversion, money: bool) {
        let place = self
            .conversions
            .partition_point(|other| *other <= conversion);
        self.conversions.insert(place, conversion);
        self.bound_conversions(|_| money);
    }

    /// The send of this key.
    pub fn send(&self, key: u64) -> Option<&Touch> {
        self.touches.iter().rev().find(|touch| touch.key == key)
    }

    fn bound(&mut self) {
        let over = self.touches.len().saturating_sub(TOUCHES_MAX);
        if over > 0 {
            self.touches.drain(..over);
            let over = u32::try_from(over).unwrap_or(u32::MAX);
            self.touches_dropped = self.touches_dropped.saturating_add(over);
        }
    }

    fn bound_conversions(&mut self, money: impl Fn(KindNo) -> bool) {
        let over = self.conversions.len().saturating_sub(CONVERSIONS_MAX);
        for gone in self.conversions.drain(..over) {
            let earlier = self.earlier.entry(gone.kind).or_insert(Earlier {
                count: 0,
                first: gone.at,
                minor: 0,
                number: 0.0,
            });
            earlier.count = earlier.count.saturating_add(1);
            earlier.first = earlier.first.min(gone.at);
            if money(gone.kind) {
                earlier.minor = earlier.minor.saturating_add(gone.value);
            } else {
                earlier.number += number_of(gone.value);
            }
        }
    }

    /// Takes in what is known of a person who turned out to be the same.
    pub fn unite(&mut self, other: Measured, kinds: &Kinds) {
        for (kind, tally) in other.tallies {
            match self.tallies.get_mut(&kind) {
                Some(own) => own.add(tally),
                None => {
                    self.tallies.insert(kind, tally);
                }
            }
        }
        self.touches.extend(other.touches);
        self.touches.sort();
        self.touches_dropped = self.touches_dropped.saturating_add(other.touches_dropped);
        self.bound();
        for (kind, theirs) in other.earlier {
            let own = self
                .earlier
                .entry(kind)
                .or_insert(Earlier { count: 0, ..theirs });
            let fresh = own.count == 0;
            own.count = own.count.saturating_add(theirs.count);
            own.first = own.first.min(theirs.first);
            if !fresh {
                own.minor = own.minor.saturating_add(theirs.minor);
                own.number += theirs.number;
            }
        }
        self.conversions.extend(other.conversions);
        self.conversions.sort();
        self.bound_conversions(|kind| kinds.get(kind).is_some_and(|kind| kind.cost.is_some()));
        for (measure, level) in other.levels {
            self.levels.entry(measure).or_insert(level);
        }
    }

    /// What a person is known by: for whoever looks up names of what happened.
    pub fn kinds(&self) -> BTreeSet<KindNo> {
        let touches = self.touches.iter().map(|touch| touch.kind);
        let conversions = self.conversions.iter().map(|one| one.kind);
        self.tallies
            .keys()
            .copied()
            .chain(touches)
            .chain(conversions)
            .collect()
    }
}

/// A value that is no money.
pub fn number_of(bits: i64) -> f64 {
    f64::from_bits(bits.cast_unsigned())
}

/// The same, to be kept.
pub fn bits_of(number: f64) -> i64 {
    number.to_bits().cast_signed()
}
