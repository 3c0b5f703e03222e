//! Everyone, by number. Who was changed since the last checkpoint is known, so that only they are written; who was
//! not and is not needed may lie in the folder alone, and is read in by whoever asks for them.

use super::{Person, Timer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::OnceLock;

/// Where a person's record lies in the folder: the part's number and the place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub part: u32,
    pub at: u32,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    /// None: not in memory
    person: OnceLock<Box<Person>>,
    /// None: in no part, or in none as they are now
    spot: Option<Spot>,
    /// changed since their record was written
    changed: bool,
}

/// All people; a person's number is their place.
#[derive(Clone, Default)]
pub struct People {
    slots: Vec<Slot>,
    /// who was changed, in the order in which that was first so
    changed: Vec<u32>,
}

/// A person as a part has them: with what is due for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub person: Person,
    pub timers: Vec<Timer>,
}

impl People {
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub fn get(&self, place: usize) -> Option<&Person> {
        self.slots.get(place)?.person.get().map(|person| &**person)
    }

    /// To be changed.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut Person> {
        let slot = self.slots.get_mut(place)?;
        if !slot.changed {
            slot.changed = true;
            self.changed.push(u32::try_from(place).unwrap_or(u32::MAX));
        }
        slot.person.get_mut().map(|person| &mut **person)
    }

    pub fn push(&mut self, person: Person) {
        let place = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.changed.push(place);
        self.slots.push(Slot {
            person: OnceLock::from(Box::new(person)),
            spot: None,
            changed: true,
        });
    }

    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        (0..self.slots.len()).filter_map(|place| self.get(place))
    }

    /// As it was read from a part.
    pub(crate) fn put(&mut self, spot: Spot, person: Person) {
        self.slots.push(Slot {
            person: OnceLock::from(Box::new(person)),
            spot: Some(spot),
            changed: false,
        });
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
    pub(crate) fn lies(&mut self, place: u32, spot: Spot) {
        if let Some(slot) = self.slots.get_mut(place as usize) {
            slot.spot = Some(spot);
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
