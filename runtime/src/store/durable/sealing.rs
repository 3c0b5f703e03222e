//! A folder's keys while it is used: opened or made before anything is read, made durable before anything is written
//! with them, and destroyed once nothing that is needed is sealed with them.

use super::Durable;
use crate::export::all_of;
use crate::input::{EraseInput, Input};
use crate::outbox::Outbox;
use crate::state::{Known, Owner, PersonNo, State};
use crate::store::checkpoint::is_sealed;
use crate::store::disk::Disk;
use crate::store::entry::Entry;
use crate::store::erasing::TODO;
use crate::store::error::StoreError;
use crate::store::generation::{Writing, list, state_name};
use crate::store::looking::Look;
use crate::store::seal::{KeyNo, Sealing, Seals, Vault, alike, has_keys, key_of};
use journey_program::chance::fingerprint;
use std::collections::{BTreeMap, BTreeSet};

/// The keys of a folder, or none if it has none and none are to be made.
pub(in crate::store) fn seals_of(
    writing: &mut Writing<'_>,
    sealing: Option<&Sealing>,
    begin: bool,
) -> Result<Seals, StoreError> {
    let names = writing.disk.list();
    let names = names.map_err(|e| StoreError::io("list", ".", &e))?;
    let there = names.iter().any(|name| has_keys(name));
    let Some(sealing) = sealing else {
        return match there {
            true => Err(StoreError::Sealed),
            false => Ok(Seals::default()),
        };
    };
    if !there {
        for number in list(writing.disk)?.states {
            let name = state_name(number);
            let bytes = writing.disk.read(&name, 0);
            let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
            if is_sealed(&bytes) {
                return Err(StoreError::Keys { name });
            }
        }
    }
    Ok(Seals::new(Vault::open(writing, sealing, begin)?))
}

/// The names whose keys seal what a state and an outbox have of people beside their records.
pub(super) fn whom(state: &State, outbox: &Outbox) -> BTreeMap<PersonNo, Known> {
    let asked = state.asked.values().flatten().copied();
    let remembered = state.remembered.iter().map(|(who, _)| *who);
    let queued = state.queue.iter().map(crate::store::seal::whose);
    let keys = outbox.items.values().map(|item| fingerprint(&item.key));
    let senders = keys.filter_map(|key| state.senders.get(&key).copied());
    let all: BTreeSet<PersonNo> = asked
        .chain(remembered)
        .chain(queued)
        .chain(senders)
        .collect();
    all.into_iter()
        .map(|who| (who, key_of(state, who)))
        .collect()
}

/// What is taken out of a state while it is written.
pub(super) struct Kept(Box<State>);

impl Kept {
    pub(super) fn of(state: &State) -> Self {
        Self(Box::new(State {
            held: state.held.clone(),
            queue: state.queue.clone(),
            remembered: state.remembered.clone(),
            asked: state.asked.clone(),
            actions: state.actions,
            ..State::default()
        }))
    }

    pub(super) fn put_back(self, state: &mut State) {
        let kept = *self.0;
        state.held = kept.held;
        state.queue = kept.queue;
        state.remembered = kept.remembered;
        state.asked = kept.asked;
        state.actions = kept.actions;
    }
}

impl<D: Disk> Durable<D> {
    /// Keys that were made are durable.
    pub(in crate::store) fn keep_keys(&mut self) -> Result<(), StoreError> {
        let (disk, bugs) = (&mut self.disk, self.settings.bugs);
        match self.seals.vault() {
            Some(mut vault) => vault.flush(&mut Writing { disk, bugs }),
            None => Ok(()),
        }
    }

    /// Somebody is about to be erased: their keys go once no checkpoint needs them.
    pub(super) fn doom(&mut self, entry: &Entry) {
        let Entry::Input(Input::Erase(erase)) = entry else {
            return;
        };
        if !self.seals.are_on() {
            return;
        }
        let (state, program) = (self.engine.state(), self.engine.program());
        let owner = |id: &Known| state.owner(&alike(program, id));
        let whom: BTreeSet<PersonNo> = erase.ids.iter().filter_map(owner).collect();
        for who in whom {
            let keys = self.keys_of(who);
            if let Some(mut vault) = self.seals.vault() {
                vault.forget(&keys);
            }
            self.doomed.extend(keys);
        }
    }

    /// Of all that names a person and nobody else.
    pub(in crate::store) fn keys_of(&self, who: PersonNo) -> Vec<KeyNo> {
        if !self.seals.are_on() {
            return Vec::new();
        }
        let state = self.engine.state();
        let mut names = BTreeSet::new();
        for own in all_of(&self.engine, who) {
            names.insert(key_of(state, own));
            let person = state.people.get(own.index());
            let known = person.into_iter().flat_map(|person| &person.identifiers);
            let alone = known.filter(|name| is_alone(state, name));
            names.extend(alone.cloned());
        }
        let Some(vault) = self.seals.vault() else {
            return Vec::new();
        };
        let numbers = names.iter().filter_map(|name| vault.known(name));
        numbers.map(|(_, number)| number).collect()
    }

    /// After a checkpoint: what was doomed before the one that it replaced.
    pub(super) fn destroy_doomed(&mut self) -> Result<(), StoreError> {
        if self.doomed.is_empty() || !self.seals.are_on() {
            return Ok(());
        }
        let under_way = self.disk.length(TODO);
        let under_way = under_way.map_err(|e| StoreError::io("read", TODO, &e))?;
        if under_way.is_some() {
            return Ok(()); // what is left of the past is still to be written anew
        }
        if self.doomed.len() > self.doomed_before {
            self.doomed_before = self.doomed.len();
            return Ok(());
        }
        let doomed = std::mem::take(&mut self.doomed);
        self.doomed_before = 0;
        self.destroy(&doomed)
    }

    /// These keys are gone for good when this has returned.
    pub(in crate::store) fn destroy(&mut self, numbers: &[KeyNo]) -> Result<(), StoreError> {
        self.doomed.retain(|number| !numbers.contains(number));
        let (disk, bugs) = (&mut self.disk, self.settings.bugs);
        match self.seals.vault() {
            Some(mut vault) => vault.destroy(&mut Writing { disk, bugs }, numbers),
            None => Ok(()),
        }
    }

    /// The folder is an older copy of itself: who was erased since comes back under no name, and is erased again.
    pub(super) fn erase_the_met(&mut self) -> Result<(), StoreError> {
        let met = self.seals.vault().and_then(|mut vault| vault.take_met());
        let Some(met) = met else {
            return Ok(());
        };
        let met: BTreeSet<Known> = met.into_iter().collect();
        for name in met {
            if self.engine.state().owner(&name).is_none() {
                continue;
            }
            let erase = EraseInput {
                id: format!("{}-again", name.1),
                at: self.engine.clock().unwrap_or(0),
                ids: vec![name],
            };
            self.take(vec![Entry::Input(Input::Erase(erase))], None)?;
        }
        self.notes.push(
            "people were erased since this copy of the folder was made: they stay so, and its past is \
             dropped"
                .to_owned(),
        );
        self.checkpoint()?;
        self.checkpoint()?;
        self.guarded(|this| {
            this.writing().drop_history(u64::MAX)?;
            this.writing().sync_dir()
        })
    }

    /// What lies in the folder, for whoever looks at its past.
    pub fn look(&mut self) -> Result<Option<Look>, StoreError> {
        let seals = self.seals.clone();
        Look::with(&mut self.disk, seals)
    }

    /// A folder that was open gets keys: everyone is written again, sealed, and no past stays as it is.
    pub(super) fn seal_all(&mut self, number: u64) -> Result<(), StoreError> {
        for place in 0..self.engine.state().people.len() {
            self.engine.people_mut().get_mut(place);
            if place % 1_024 == 0 {
                self.engine.settle();
            }
        }
        self.engine.settle();
        self.notes.push(
            "what is personal in this folder is sealed from now on; the past that lay open is dropped"
                .to_owned(),
        );
        self.begin(number)?;
        // of what lay open, nothing is kept
        self.begin(number.saturating_add(1))?;
        self.writing().drop_history(u64::MAX)?;
        self.drop_parts(number.saturating_add(1))
    }
}

pub(in crate::store) fn is_alone(state: &State, name: &Known) -> bool {
    match state.identifiers.get(name) {
        Some(Owner::One(_)) => true,
        Some(Owner::Users(users)) => users.len() == 1,
        Some(Owner::Nobody) => false,
        None => state.owner(name).is_some(),
    }
}
