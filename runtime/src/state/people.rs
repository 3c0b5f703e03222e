//! Everyone, by number. Who was changed since the last checkpoint is known, so that only they are written; who was
//! not may be parked: then their record lies in the folder alone, and whoever asks for them reads it in. What names
//! the parked and when they are due is kept here, small; once somebody is read in, `State::settle` puts that back.

use super::{Known, Owner, Person, PersonNo, State, Timer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Where a person's record lies in the folder: the part's number and the place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub part: u32,
    pub at: u32,
}

/// What a person takes in memory beside the bytes of their record, which are less there than in memory, about.
const PERSON_BYTES: usize = size_of::<Person>() + 256;
const RECORD_TIMES: usize = 3;
/// What a record of which nothing is known yet may have.
const RECORD_BYTES: u32 = 256;

#[derive(Clone, Debug, Default)]
struct Slot {
    /// None: parked
    person: OnceLock<Box<Person>>,
    /// None: in no part
    spot: Option<Spot>,
    /// bytes of the record
    bytes: u32,
    /// changed since their record was written
    changed: bool,
    /// the same, or read in, since they were last looked at for parking
    used: bool,
}

impl Slot {
    fn weight(&self) -> usize {
        PERSON_BYTES
            + usize::try_from(self.bytes)
                .unwrap_or(0)
                .saturating_mul(RECORD_TIMES)
    }
}

/// All people; a person's number is their place.
#[derive(Default)]
pub struct People {
    slots: Vec<Slot>,
    /// who was changed, in the order in which that was first so
    changed: Vec<u32>,
    parked: Parked,
    source: Option<Arc<dyn Records>>,
    /// who was read in, and is not settled yet
    fresh: Mutex<Fresh>,
    /// who may be parked, the longest unused first; empty where nobody is
    queue: VecDeque<u32>,
    /// about how many bytes those in memory take
    weight: usize,
}

/// What is known of who is not in memory.
#[derive(Clone, Debug, Default)]
struct Parked {
    /// whom a name names, by its hash
    names: HashMap<u64, u32>,
    /// when they are next due
    due: BTreeSet<(i64, u32)>,
}

#[derive(Clone, Debug, Default)]
struct Fresh {
    people: Vec<(u32, Vec<Timer>, Vec<Known>)>,
    broken: Option<String>,
}

/// A person as a part has them: with what is due for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub person: Person,
    pub timers: Vec<Timer>,
}

/// Where records are read from.
pub trait Records: fmt::Debug + Send + Sync {
    /// Or what the disk says.
    fn record(&self, who: u32, spot: Spot) -> Result<Record, String>;
}

pub(crate) fn hash_of(known: &Known) -> u64 {
    xxh3_64_with_seed(known.1.as_bytes(), u64::from(known.0))
}

impl People {
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub fn get(&self, place: usize) -> Option<&Person> {
        let slot = self.slots.get(place)?;
        match slot.person.get() {
            Some(person) => Some(person),
            None => self.read_in(place, slot),
        }
    }

    #[cold]
    fn read_in<'p>(&self, place: usize, slot: &'p Slot) -> Option<&'p Person> {
        let who = u32::try_from(place).ok()?;
        match self.record(who, slot) {
            Ok(Record { person, timers }) => {
                let names = person.identifiers.clone();
                let person = slot.person.get_or_init(|| Box::new(person));
                self.fresh().people.push((who, timers, names));
                Some(person)
            }
            Err(broken) => {
                self.fresh().broken.get_or_insert(broken);
                None
            }
        }
    }

    fn record(&self, who: u32, slot: &Slot) -> Result<Record, String> {
        match (&self.source, slot.spot) {
            (Some(source), Some(spot)) => source.record(who, spot),
            _ => Err("a person has no record".to_owned()),
        }
    }

    fn fresh(&self) -> std::sync::MutexGuard<'_, Fresh> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be changed.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut Person> {
        if self.slots.get(place)?.person.get().is_none() {
            self.get(place)?;
        }
        let slot = self.slots.get_mut(place)?;
        slot.used = true;
        if !slot.changed {
            slot.changed = true;
            self.changed.push(u32::try_from(place).unwrap_or(u32::MAX));
        }
        slot.person.get_mut().map(|person| &mut **person)
    }

    pub fn push(&mut self, person: Person) {
        let place = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.changed.push(place);
        let slot = Slot {
            person: OnceLock::from(Box::new(person)),
            spot: None,
            bytes: RECORD_BYTES,
            changed: true,
            used: true,
        };
        self.weight += slot.weight();
        self.slots.push(slot);
        self.may_park(place);
    }

    /// Everyone; who is parked is read in.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        (0..self.slots.len()).filter_map(|place| self.get(place))
    }

    /// Everyone, with what is due for those who are not in memory; nobody stays there.
    pub fn visit(&self, see: &mut dyn FnMut(&Person, &[Timer])) {
        for (who, slot) in (0u32..).zip(&self.slots) {
            if let Some(person) = slot.person.get() {
                see(person, &[]);
                continue;
            }
            match self.record(who, slot) {
                Ok(record) => see(&record.person, &record.timers),
                Err(broken) => {
                    self.fresh().broken.get_or_insert(broken);
                }
            }
        }
    }

    /// As it was read from a part.
    pub(crate) fn put(&mut self, spot: Spot, bytes: u32, person: Person) {
        let slot = Slot {
            person: OnceLock::from(Box::new(person)),
            spot: Some(spot),
            bytes,
            changed: false,
            used: false,
        };
        self.weight += slot.weight();
        self.slots.push(slot);
        self.may_park(u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX));
    }

    /// As a part has it, and there alone. False: a name of theirs is not told from another's.
    pub(crate) fn put_parked(
        &mut self,
        spot: Spot,
        bytes: u32,
        due: Option<i64>,
        names: &[u64],
    ) -> bool {
        let who = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot {
            spot: Some(spot),
            bytes,
            ..Slot::default()
        });
        self.parked.due.extend(due.map(|due| (due, who)));
        let mut alone = true;
        for name in names {
            alone &= *self.parked.names.entry(*name).or_insert(who) == who;
        }
        alone
    }

    /// Who was changed since the last call, by number; their records are about to be written.
    pub(crate) fn take_changed(&mut self) -> Vec<u32> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        for place in &changed {
            if let Some(slot) = self.slots.get_mut(*place as usize) {
                slot.changed = false;
            }
        }
        changed
    }

    pub(crate) fn spot(&self, place: u32) -> Option<Spot> {
        self.slots.get(place as usize)?.spot
    }

    /// Their record is there now.
    pub(crate) fn lies(&mut self, place: u32, spot: Spot, bytes: u32) {
        if let Some(slot) = self.slots.get_mut(place as usize) {
            let before = slot.weight();
            (slot.spot, slot.bytes) = (Some(spot), bytes);
            if slot.person.get().is_some() {
                self.weight = (self.weight + slot.weight()).saturating_sub(before);
            }
        }
    }

    /// From now on people may be parked: this is where they are read from then.
    pub(crate) fn read_from(&mut self, source: Arc<dyn Records>) {
        if self.source.is_none() {
            let there = (0u32..).zip(&self.slots);
            let there = there.filter(|(_, slot)| slot.person.get().is_some());
            self.queue = there.map(|(who, _)| who).collect();
        }
        self.source = Some(source);
    }

    fn may_park(&mut self, who: u32) {
        if self.source.is_some() {
            self.queue.push_back(who);
        }
    }

    /// About how many bytes those in memory take.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// What the disk said when somebody was to be read in: nothing that came after is right.
    pub(crate) fn broken(&self) -> Option<String> {
        self.fresh().broken.clone()
    }

    /// What the disk said when those were to be read in from whom these were made.
    pub(crate) fn is_broken(&mut self, broken: Option<String>) {
        self.fresh().broken = broken;
    }

    /// The next who was not used for a while and has not changed; looks at so many.
    pub(crate) fn next_unused(&mut self, looks: &mut usize) -> Option<PersonNo> {
        while *looks > 0 {
            *looks -= 1;
            let who = self.queue.pop_front()?;
            let slot = self.slots.get_mut(who as usize)?;
            if !slot.changed && !slot.used && slot.spot.is_some() {
                return Some(PersonNo(who));
            }
            slot.used = false;
            self.queue.push_back(who);
        }
        None
    }

    /// How many may be looked at for parking.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// When the next of those who are not in memory is due.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.parked.due.first().map(|(due, _)| *due)
    }

    /// Reads in who is due first among the parked.
    pub(crate) fn read_in_next(&mut self) {
        if let Some((_, who)) = self.parked.due.pop_first() {
            self.get(who as usize);
        }
    }

    /// Who this may name, of those who are not in memory.
    pub(crate) fn maybe(&self, known: &Known) -> Option<PersonNo> {
        if self.parked.names.is_empty() {
            return None;
        }
        self.parked
            .names
            .get(&hash_of(known))
            .copied()
            .map(PersonNo)
    }
}

impl State {
    /// Who was read in has their timers and names again.
    pub(crate) fn settle(&mut self) {
        if self.people.source.is_none() {
            return;
        }
        let people = std::mem::take(&mut self.people.fresh().people);
        for (who, timers, names) in people {
            if let Some(due) = timers.iter().map(|timer| timer.due).min() {
                self.people.parked.due.remove(&(due, who));
            }
            self.timers.extend(timers);
            for known in names {
                let hash = hash_of(&known);
                if self.people.parked.names.get(&hash) == Some(&who) {
                    self.people.parked.names.remove(&hash);
                    self.identifiers.insert(known, Owner::One(PersonNo(who)));
                }
            }
            if let Some(slot) = self.people.slots.get_mut(who as usize) {
                slot.used = true;
                self.people.weight += slot.weight();
            }
            self.people.queue.push_back(who);
        }
    }

    /// Whoever this names is in memory, with all that names them.
    pub(crate) fn warm(&mut self, known: &Known) {
        if let Some(who) = self.people.maybe(known) {
            self.people.get(who.index());
            self.settle();
        }
    }

    /// Whom this names, wherever they lie.
    pub(crate) fn owner(&self, known: &Known) -> Option<PersonNo> {
        if let Some(owner) = self.identifiers.get(known) {
            return owner.person();
        }
        let who = self.people.maybe(known)?;
        let person = self.people.get(who.index())?;
        person.identifiers.contains(known).then_some(who)
    }

    /// What names a person and nobody else does.
    pub(crate) fn name(&mut self, person: &Person) {
        for known in &person.identifiers {
            let one = Owner::One(person.no);
            self.identifiers.or_insert(known.clone(), one);
        }
    }

    /// Everyone is in memory.
    pub fn all_in(&mut self) {
        for place in 0..self.people.len() {
            self.people.get(place);
        }
        self.settle();
    }

    /// A person who has not changed goes out of memory, with what is due for them. False: they stay, since a name
    /// of theirs can't be told from another's.
    pub(crate) fn park(&mut self, who: PersonNo, timers: &[Timer]) -> bool {
        let Some(person) = self.people.get(who.index()) else {
            return false;
        };
        let own = |known: &&Known| self.identifiers.get(*known) == Some(&Owner::One(who));
        let names: Vec<Known> = person.identifiers.iter().filter(own).cloned().collect();
        let hashes: BTreeSet<u64> = names.iter().map(hash_of).collect();
        let taken = hashes
            .iter()
            .any(|hash| self.people.parked.names.contains_key(hash));
        if taken || hashes.len() != names.len() || timers.iter().any(|t| !self.timers.contains(t)) {
            self.people.queue.push_back(who.0);
            return false;
        }
        for timer in timers {
            self.timers.remove(timer);
        }
        for known in &names {
            self.identifiers.remove(known);
        }
        let parked = &mut self.people.parked;
        parked
            .names
            .extend(hashes.iter().map(|hash| (*hash, who.0)));
        let due = timers.iter().map(|timer| timer.due).min();
        parked.due.extend(due.map(|due| (due, who.0)));
        if let Some(slot) = self.people.slots.get_mut(who.index()) {
            slot.person.take();
            self.people.weight = self.people.weight.saturating_sub(slot.weight());
        }
        true
    }
}

/// With everyone who is in memory, and where the others are.
impl Clone for People {
    fn clone(&self) -> Self {
        Self {
            slots: self.slots.clone(),
            changed: self.changed.clone(),
            parked: self.parked.clone(),
            source: self.source.clone(),
            fresh: Mutex::new(self.fresh().clone()),
            queue: self.queue.clone(),
            weight: self.weight,
        }
    }
}

/// Alike if everyone is, wherever they lie.
impl PartialEq for People {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl IntoIterator for People {
    type Item = Person;
    type IntoIter = std::vec::IntoIter<Person>;
    fn into_iter(self) -> Self::IntoIter {
        let slots = self.slots.into_iter();
        let people = slots.filter_map(|slot| slot.person.into_inner());
        people.map(|person| *person).collect::<Vec<_>>().into_iter()
    }
}

impl FromIterator<Person> for People {
    fn from_iter<I: IntoIterator<Item = Person>>(people: I) -> Self {
        let mut all = Self::default();
        people.into_iter().for_each(|person| all.push(person));
        all
    }
}

impl Serialize for People {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter().collect::<Vec<_>>())
    }
}

impl<'de> Deserialize<'de> for People {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}
