//! Erasure in a folder: logged and applied like any input, then made so that no byte of the person is left. Fresh
//! generations replace the states; the history's logs are written anew with other names in the place of the
//! person's and nothing in the place of `pii`, and kept only if everyone else comes out of them as they are. A
//! note (`erasing.todo`) says what is under way, so that what breaks off is finished by whoever opens next.

use super::checkpoint::Head;
use super::disk::Disk;
use super::durable::Durable;
use super::durable::sealing::is_alone;
use super::entry::Entry;
use super::error::StoreError;
use super::frame::LogHeader;
use super::history::{base_of, past_name, past_of};
use super::looking::{Look, alike_but_for_the_erased};
use super::scrub::{Names, Scrub};
use super::seal::{KeyNo, Place, Shut};
use crate::actions::ActionKind;
use crate::engine::{Engine, Seen, What};
use crate::export::all_of;
use crate::input::{EraseInput, Input};
use crate::state::{Known, PersonNo};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Says that an erasure is under way.
pub(super) const TODO: &str = "erasing.todo";
const ANEW: &str = "erasing.log";
/// Other names draw other lots, which may lead elsewhere: so many are tried.
const TRIES: u64 = 12;
/// Sends have other keys under another name; their outcomes are given these.
const PASSES: usize = 3;

/// What is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Todo {
    request: String,
    names: Vec<Known>,
    seed: u64,
    /// in a folder with keys: those that go, the last of which seals the names
    keys: Vec<KeyNo>,
    sealed: Vec<u8>,
    /// of the names
    prints: Vec<u128>,
}

/// What became of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// there was none
    None,
    /// it is there, without the person
    Rewritten,
    /// it is gone
    Dropped(Why),
}

/// Why nothing of a history could stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// it begins with a state that knows the person, and what became of others since hangs on that
    Known,
    /// others would have come out of it otherwise than they are
    Others,
}

impl Fate {
    pub fn name(self) -> &'static str {
        match self {
            Fate::None => "none",
            Fate::Rewritten => "rewritten",
            Fate::Dropped(_) => "dropped",
        }
    }

    /// Why it is gone, in words.
    pub fn why(self) -> Option<&'static str> {
        match self {
            Fate::Dropped(Why::Known) => Some("it began when the person was known already"),
            Fate::Dropped(Why::Others) => Some("others would have come out of it otherwise"),
            Fate::None | Fate::Rewritten => None,
        }
    }
}

/// An erasure that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasedFrom {
    pub request: String,
    /// the clock
    pub at: i64,
    /// of what named the person
    pub prints: Vec<u128>,
    /// files that are no longer there
    pub files: Vec<String>,
    /// records in the history that had to do with the person
    pub records: u64,
    pub history: Fate,
}

impl<D: Disk> Durable<D> {
    /// Erases a person from the folder. `seed`: chance, for the names that stand in the place of theirs.
    pub fn erase(
        &mut self,
        who: PersonNo,
        request: &str,
        seed: u64,
    ) -> Result<Option<ErasedFrom>, StoreError> {
        let (engine, keys) = (self.engine(), self.keys_of(who));
        let names = names_of(engine, who);
        let mut todo = Todo {
            request: request.to_owned(),
            prints: names.iter().map(|name| engine.print(name)).collect(),
            names,
            seed,
            keys,
            sealed: Vec::new(),
        };
        self.close(&mut todo)?;
        let bytes = postcard::to_stdvec(&todo).map_err(|e| StoreError::Entry(e.to_string()))?;
        self.guarded(Self::let_go)?;
        self.guarded(|this| this.writing().keep(TODO, &bytes))?;
        self.finish_erasing()
    }

    /// Finishes an erasure that is under way. None: there is none.
    pub fn finish_erasing(&mut self) -> Result<Option<ErasedFrom>, StoreError> {
        let done = self.finish();
        self.told_full(done)
    }

    fn finish(&mut self) -> Result<Option<ErasedFrom>, StoreError> {
        let io = |verb: &'static str| move |e: std::io::Error| StoreError::io(verb, TODO, &e);
        let length = self.disk().length(TODO).map_err(io("read"))?;
        if length.is_none() {
            return Ok(None);
        }
        let bytes = self.disk().read(TODO, 0).map_err(io("read"))?;
        let mut todo: Todo = postcard::from_bytes(&bytes)
            .map_err(|e| StoreError::damaged(TODO, format!("is malformed: {e}")))?;
        self.disclose(&mut todo)?;
        let before = self.names_in_folder()?;
        for _ in 0..todo.names.len() {
            let state = self.engine().state();
            let named = todo.names.iter().filter(|name| is_alone(state, name));
            let ids: Vec<Known> = named.cloned().collect();
            if ids.is_empty() {
                break;
            }
            let erase = EraseInput {
                id: format!("{}-{}", todo.request, ids.len()),
                at: self.engine().clock().unwrap_or(0),
                ids,
            };
            self.take(vec![Entry::Input(Input::Erase(erase))], None)?;
        }
        self.sync()?;
        // of the states that the folder begins with, none is from before
        self.checkpoint()?;
        self.checkpoint()?;
        let (history, records) = self.guarded(|this| this.rewrite(&todo))?;
        self.checkpoint()?;
        self.checkpoint()?;
        self.guarded(|this| {
            this.destroy(&todo.keys)?;
            let mut writing = this.writing();
            writing.remove(TODO)?;
            writing.sync_dir()
        })?;
        let after = self.names_in_folder()?;
        let gone = before.into_iter().filter(|name| !after.contains(name));
        let engine = self.engine();
        Ok(Some(ErasedFrom {
            request: todo.request,
            at: engine.clock().unwrap_or(0),
            prints: todo.prints,
            files: gone.filter(|name| name != TODO).collect(),
            records,
            history,
        }))
    }

    /// In a folder with keys the names are readable as long as the person's keys are.
    fn close(&self, todo: &mut Todo) -> Result<(), StoreError> {
        todo.keys.sort_unstable();
        let (Some(vault), Some(last)) = (self.seals().vault(), todo.keys.last()) else {
            return Ok(());
        };
        let names = std::mem::take(&mut todo.names);
        let plain = postcard::to_stdvec(&names).map_err(|e| StoreError::Entry(e.to_string()))?;
        todo.sealed = vault.seal(*last, Place::State, &plain);
        Ok(())
    }

    fn disclose(&self, todo: &mut Todo) -> Result<(), StoreError> {
        let (Some(vault), Some(last)) = (self.seals().vault(), todo.keys.last()) else {
            return Ok(());
        };
        match vault.open_sealed(*last, Place::State, &todo.sealed) {
            Ok(plain) => {
                let names = postcard::from_bytes(&plain);
                let malformed = |e| StoreError::damaged(TODO, format!("is malformed: {e}"));
                todo.names = names.map_err(malformed)?;
            }
            // nothing is left to do but to say so
            Err(Shut::Erased) => {}
            Err(Shut::Wrong) => {
                let name = TODO.to_owned();
                return Err(StoreError::Keys { name });
            }
        }
        Ok(())
    }

    fn names_in_folder(&mut self) -> Result<Vec<String>, StoreError> {
        let names = self.disk().list();
        names.map_err(|e| StoreError::io("list", ".", &e))
    }

    /// The history without the person, and how many of its records that concerned.
    fn rewrite(&mut self, todo: &Todo) -> Result<(Fate, u64), StoreError> {
        let listed = self.names_in_folder()?;
        if listed.iter().any(|name| name == ANEW) {
            self.writing().remove(ANEW)?;
        }
        let pasts: BTreeSet<u64> = listed.iter().filter_map(|n| Some(past_of(n)?.0)).collect();
        let Some(last) = pasts.last().copied() else {
            self.writing().drop_history(u64::MAX)?;
            return Ok((Fate::None, 0));
        };
        let seals = self.seals().clone();
        let found = Look::with(self.disk(), seals)?;
        let anew = match found {
            Some(look) => anew(&look, self.engine(), todo),
            None => Err(Why::Others),
        };
        let anew = match anew {
            Ok(anew) => anew,
            Err(why) => {
                self.writing().drop_history(u64::MAX)?;
                self.writing().sync_dir()?;
                return Ok((Fate::Dropped(why), 0));
            }
        };
        let header = LogHeader {
            epoch: anew.head.epoch,
            program: anew.head.program,
            first: anew.head.entries,
            chain: anew.head.chain,
            sealed: self.seals().are_on(),
        };
        let mut bytes = header.write();
        bytes.extend_from_slice(&anew.frames);
        self.keep_keys()?;
        self.writing().append(ANEW, &bytes)?;
        self.writing().sync(ANEW)?;
        for name in listed {
            let is_base = base_of(&name).is_some();
            if past_of(&name).is_some() || (is_base && name != anew.base) {
                self.writing().remove(&name)?;
            }
        }
        self.writing().sync_dir()?;
        let renamed = self.disk().rename(ANEW, &past_name(last));
        renamed.map_err(|e| StoreError::io("rename", ANEW, &e))?;
        self.writing().sync_dir()?;
        // what comes next goes on from there
        self.set_chain(anew.chain);
        Ok((Fate::Rewritten, anew.records))
    }
}

/// A history that knows nothing of the person.
struct Anew {
    base: String,
    head: Head,
    frames: Vec<u8>,
    /// hash of the last frame
    chain: u64,
    records: u64,
}

/// An error: there is none from which everyone else comes out as they are.
fn anew(look: &Look, now: &Engine, todo: &Todo) -> Result<Anew, Why> {
    let first = look.before(None).ok_or(Why::Others)?;
    let known = |name: &Known| first.state().identifiers.contains_key(name);
    if todo.names.iter().any(known) || base_of(first.name()).is_none() {
        return Err(Why::Known);
    }
    let erased: BTreeSet<PersonNo> = (0u32..)
        .zip(now.state().people.iter())
        .filter(|(_, person)| person.erased || person.united.is_some())
        .map(|(number, _)| PersonNo(number))
        .collect();
    let watch = |engine: &mut Engine| engine.watch(erased.clone());
    let before = look.again(&first, &|_| None, now.state(), &watch);
    let mut before = before.map_err(|_| Why::Others)?;
    let sent_before = sends(&before.take_seen());
    for attempt in 0..TRIES {
        let mut keys = BTreeMap::new();
        for _ in 0..PASSES {
            let names = Names::of(&todo.names, todo.seed.wrapping_add(attempt), now.program());
            let mut scrub = Scrub::new(names, &keys, now);
            let written = look.written_anew(&first, now.state(), &mut |program, entry| {
                scrub.entry(program, entry);
            });
            let written = written.ok_or(Why::Others)?;
            let records = scrub.records;
            let look = &written.look;
            let engine = look.again(&first, &|_| None, now.state(), &watch);
            let mut engine = engine.map_err(|_| Why::Others)?;
            if alike_but_for_the_erased(engine.state(), now.state()) {
                return Ok(Anew {
                    base: first.name().to_owned(),
                    head: first.head().clone(),
                    frames: written.frames,
                    chain: written.chain,
                    records,
                });
            }
            let pairs = sent_before.iter().zip(sends(&engine.take_seen()));
            let known = keys.len();
            for (old, new) in pairs {
                keys.insert(old.clone(), new);
            }
            if keys.len() == known {
                break;
            }
        }
    }
    Err(Why::Others)
}

/// The keys of what was sent, in order.
fn sends(seen: &[Seen]) -> Vec<String> {
    let keys = seen.iter().filter_map(|seen| {
        if let What::Action(kind) = &seen.what
            && let ActionKind::Send { send, .. } = &**kind
        {
            return Some(send.id.clone());
        }
        None
    });
    keys.collect()
}

/// All that names a person and nobody else.
fn names_of(engine: &Engine, who: PersonNo) -> Vec<Known> {
    let people = &engine.state().people;
    let own = all_of(engine, who);
    let own = own.iter().filter_map(|no| people.get(no.index()));
    let names: BTreeSet<Known> = own
        .flat_map(|person| person.identifiers.iter().cloned())
        .filter(|name| is_alone(engine.state(), name))
        .collect();
    names.into_iter().collect()
}
