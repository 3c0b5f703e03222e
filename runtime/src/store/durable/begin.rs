//! A generation begins: the part of who was changed since the last one, the state without people, an empty log. What
//! came before it becomes history, or goes.

use super::{Durable, sealing};
use crate::outbox::Outbox;
use crate::outbox::bugs::Mistake;
use crate::state::{Owner, PersonNo, State, hash_of};
use crate::store::bugs::{Bug, Bugs};
use crate::store::checkpoint::{Head, Progress, parts_of, write};
use crate::store::disk::Disk;
use crate::store::error::StoreError;
use crate::store::frame::LogHeader;
use crate::store::generation::{Writing, list, log_name, part_name, state_name};
use crate::store::history::{History, base_of};
use crate::store::parts::{self, Changed, Cold, Part, sealed_payload};
use crate::store::seal::{key_of, personal};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

impl<D: Disk> Durable<D> {
    /// Begins a generation with the state at hand. Everything before it is durable.
    pub(super) fn begin(&mut self, number: u64) -> Result<(), StoreError> {
        let bugs = self.settings.bugs;
        for output in [&self.actions, &self.dead_letters] {
            if let Some(name) = output.name() {
                let early = bugs.has(Bug::OutputLengthEarly);
                let bytes = output.written + if early { output.waiting() } else { 0 };
                self.progress.outputs.insert(name.to_owned(), bytes);
            }
        }
        let head = Head {
            epoch: self.tail.epoch,
            program: self.settings.deployment.hash,
            entries: self.tail.written,
            chain: self.tail.chain,
        };
        let header = LogHeader {
            epoch: head.epoch,
            program: head.program,
            first: head.entries,
            chain: head.chain,
            sealed: self.seals.are_on(),
        };
        self.sound()?;
        self.changed_people()?;
        let state = self.without_people(&head)?;
        self.keep_keys()?;
        let previous = self.tail.number;
        if bugs.has(Bug::OldDroppedEarly) {
            self.writing().drop_before(number)?;
        }
        self.writing().begin(number, &header.write(), &state)?;
        self.tail.number = number;
        self.tail.name = log_name(number);
        self.tail.bytes = 0;
        self.tail.durable = self.tail.written;
        if !bugs.has(Bug::NamesToldOnce) {
            self.codec.begins();
        }
        let keep = if bugs.has(Bug::OneGeneration) {
            number
        } else {
            previous
        };
        let history = History {
            keep: self.engine.program().settings.history_ms,
            clock: self.engine.clock(),
            erasures: self.engine.state().erasures.len(),
        };
        self.writing().retire(keep, history)?;
        self.drop_parts(number)?;
        self.destroy_doomed()?;
        self.make_room()
    }

    /// Parts of who was changed.
    fn changed_people(&mut self) -> Result<(), StoreError> {
        let bugs = self.settings.bugs;
        self.engine.settle();
        let mut all = Vec::new();
        for who in self.engine.people_mut().take_changed() {
            let state = self.engine.state();
            let Some(person) = state.people.get(who as usize) else {
                continue;
            };
            let mut timers = self.engine.timers_of(PersonNo(who));
            if bugs.has(Bug::TimersForgotten) {
                timers.clear();
            }
            let own = Owner::One(PersonNo(who));
            let names = person.identifiers.iter();
            let names = names.filter(|known| state.identifiers.get(*known) == Some(&own));
            let payload = postcard::to_stdvec(&(person, &timers));
            let mut payload = payload.map_err(|e| StoreError::Entry(e.to_string()))?;
            let mut keys = Vec::new();
            let on = self.seals.are_on();
            let name = on.then(|| key_of(state, PersonNo(who)));
            if let (Some(mut vault), Some(name)) = (self.seals.vault(), name) {
                let number = vault.number(&name);
                payload = sealed_payload(&vault, number, &payload);
                let names = person.identifiers.iter().chain([&name]);
                keys.extend(names.filter_map(|name| vault.known(name)));
            }
            all.push(Changed {
                who,
                due: timers.iter().map(|timer| timer.due).min(),
                names: names.map(hash_of).collect(),
                payload,
                keys,
                gone: person.erased || person.united.is_some(),
            });
        }
        let Self {
            disk,
            engine,
            shape,
            seals,
            ..
        } = self;
        let mut writing = Writing { disk, bugs };
        if let Some(mut vault) = seals.vault() {
            vault.flush(&mut writing)?;
        }
        let people = engine.people_mut();
        parts::write(&mut writing, &mut shape.parts, people, (&all, seals))
    }

    /// Nothing is right any more once somebody could not be read in.
    pub(super) fn sound(&self) -> Result<(), StoreError> {
        match self.engine.state().people.broken() {
            Some(error) if !self.settings.bugs.has(Bug::PageErrorIgnored) => Err(StoreError::Io {
                verb: "read",
                name: "a person".to_owned(),
                error,
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// After an input: who is not needed goes out of memory, if it is too full.
    pub(super) fn trim(&mut self) -> Result<(), StoreError> {
        let Some(cache) = self.shape.cache else {
            return Ok(());
        };
        self.engine.settle();
        if self.engine.state().people.weight() > cache && !self.shape.full {
            self.engine.park_down_to(cache / 8 * 7);
            self.shape.full = self.engine.state().people.weight() > cache;
        }
        self.sound()
    }

    /// After a checkpoint everyone has a record.
    fn make_room(&mut self) -> Result<(), StoreError> {
        self.shape.full = false;
        if let Some(pages) = &self.shape.pages {
            let source = Cold::of(pages, &self.seals);
            self.engine.people_mut().read_from(source);
        }
        self.trim()
    }

    /// Only a checkpoint makes room for people who are needed.
    pub fn is_full(&self) -> bool {
        self.shape.full
    }

    fn without_people(&mut self, head: &Head) -> Result<Vec<u8>, StoreError> {
        let bugs = self.settings.bugs;
        let people = u32::try_from(self.engine.state().people.len());
        let people = people.map_err(|e| StoreError::Entry(e.to_string()))?;
        let parts: Vec<Part> = self.shape.parts.list.clone();
        let mut progress = Cow::Borrowed(&self.progress);
        if bugs.makes(Mistake::OutboxForgotten) {
            progress = Cow::Owned(Progress {
                outbox: Outbox::default(),
                ..self.progress.clone()
            });
        }
        let parts = (parts.as_slice(), people);
        if self.seals.are_on() {
            let progress = progress.into_owned();
            return self.without_the_personal(head, progress, parts);
        }
        self.engine.apart(|state| {
            let state = forgetful(bugs, state);
            write(head, &progress, parts, &state, None)
        })
    }

    /// The same in a folder with keys: what is of people is sealed.
    fn without_the_personal(
        &mut self,
        head: &Head,
        mut progress: Progress,
        parts: (&[Part], u32),
    ) -> Result<Vec<u8>, StoreError> {
        let (bugs, doomed) = (self.settings.bugs, self.doomed.clone());
        let whom = sealing::whom(self.engine.state(), &progress.outbox);
        let program = Arc::clone(self.engine.program());
        let Some(mut vault) = self.seals.vault() else {
            return Err(StoreError::Sealed);
        };
        self.engine.apart_to_change(|state| {
            let kept = sealing::Kept::of(state);
            forget(bugs, state);
            let outbox = &mut progress.outbox;
            let named = |who| whom.get(&who).cloned().unwrap_or_default();
            let personal = personal(&mut vault, &program, (state, outbox), &named);
            let written = personal.map_err(|e| StoreError::Entry(e.to_string()));
            let written = written.and_then(|mut personal| {
                personal.doomed = doomed;
                write(head, &progress, parts, state, Some(&personal))
            });
            kept.put_back(state);
            written
        })
    }

    /// Parts that no state names any more.
    pub(super) fn drop_parts(&mut self, number: u64) -> Result<(), StoreError> {
        let listed = list(&mut self.disk)?;
        let names = self.disk.list();
        let names = names.map_err(|e| StoreError::io("list", ".", &e))?;
        let states = listed.states.iter().map(|number| state_name(*number));
        let bases = names.iter().filter_map(|name| base_of(name));
        let states: BTreeSet<String> = states.chain(bases.map(|(_, _, name)| name)).collect();
        self.shape.named.retain(|name, _| states.contains(name));
        let own: Vec<u32> = self
            .shape
            .parts
            .list
            .iter()
            .map(|part| part.number)
            .collect();
        self.shape.named.insert(state_name(number), own.clone());
        if self.settings.bugs.has(Bug::PartDroppedEarly) {
            self.shape
                .named
                .retain(|name, _| *name == state_name(number));
        } else {
            for name in states {
                if !self.shape.named.contains_key(&name) {
                    let bytes = self.disk.read(&name, 0);
                    let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
                    let parts = parts_of(&name, &bytes).unwrap_or_default();
                    self.shape.named.insert(name, parts);
                }
            }
        }
        let named: BTreeSet<u64> = self
            .shape
            .named
            .values()
            .flatten()
            .map(|number| u64::from(*number))
            .collect();
        let gone: Vec<u64> = listed.parts.difference(&named).copied().collect();
        if gone.is_empty() {
            return Ok(());
        }
        // first those that named them are gone for good
        self.writing().sync_dir()?;
        for number in gone {
            let Ok(number) = u32::try_from(number) else {
                continue;
            };
            self.writing().remove(&part_name(number))?;
        }
        Ok(())
    }
}

/// The state as a checkpoint keeps it: whole, but for mistakes on purpose.
fn forgetful(bugs: Bugs, state: &State) -> Cow<'_, State> {
    let mut state = Cow::Borrowed(state);
    if [
        Bug::SeenForgotten,
        Bug::HeldForgotten,
        Bug::ActionsRenumbered,
    ]
    .iter()
    .any(|bug| bugs.has(*bug))
    {
        forget(bugs, state.to_mut());
    }
    state
}

fn forget(bugs: Bugs, state: &mut State) {
    if bugs.has(Bug::SeenForgotten) {
        state.seen.clear();
    }
    if bugs.has(Bug::HeldForgotten) {
        state.held.clear();
    }
    if bugs.has(Bug::ActionsRenumbered) {
        state.actions = 0;
    }
}
