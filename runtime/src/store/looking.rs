//! A look into a folder, whoever else uses it: the states and logs that lie there, and what came between them.
//! Reads only. What follows the last whole frame is another process's business; what does not fit together is
//! left out and said.

use super::bugs::Bugs;
use super::checkpoint::{Checkpoint, Head, Progress, Unread};
use super::codec::{Codec, Group, deployed_in};
use super::disk::Disk;
use super::durable::sealing::seals_of;
use super::entry::Entry;
use super::error::StoreError;
use super::frame::{Frame, HEADER_BYTES, LogHeader};
use super::generation::Writing;
use super::generation::{list, log_name, state_name};
use super::history::{base_of, past_of};
use super::seal::{Sealing, Seals};
use super::shelf::program_in;
use crate::engine::{Engine, Options};
use crate::state::{PersonNo, State, Taken, Timer};
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A folder as it was found.
#[derive(Debug)]
pub struct Look {
    /// the oldest first
    bases: Vec<Base>,
    frames: Vec<Kept>,
    /// all that the log names
    programs: BTreeMap<[u8; 32], Arc<Program>>,
    /// what people should know
    pub notes: Vec<String>,
    seals: Seals,
}

/// A state to begin with.
#[derive(Debug)]
struct Base {
    name: String,
    checkpoint: Checkpoint,
}

#[derive(Debug)]
struct Kept {
    first: u64,
    count: u32,
    chain: u64,
    sum: u64,
    payload: Vec<u8>,
}

impl Kept {
    fn end(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count))
    }
}

/// One of the states, and what is known with it.
#[derive(Clone, Copy, Debug)]
pub struct Start<'l> {
    name: &'l str,
    checkpoint: &'l Checkpoint,
}

impl Start<'_> {
    pub fn state(&self) -> &State {
        &self.checkpoint.state
    }
    pub fn progress(&self) -> &Progress {
        &self.checkpoint.progress
    }
    /// The file's name.
    pub fn name(&self) -> &str {
        self.name
    }
    pub(super) fn head(&self) -> &Head {
        &self.checkpoint.head
    }
    /// Entries that it knows.
    pub fn entries(&self) -> u64 {
        self.checkpoint.head.entries
    }
    /// The hash of its program.
    pub fn program(&self) -> [u8; 32] {
        self.checkpoint.head.program
    }
}

impl Look {
    /// None: nothing was ever begun there.
    pub fn into(disk: &mut dyn Disk) -> Result<Option<Self>, StoreError> {
        Self::into_sealed(disk, None)
    }

    /// The same of a folder whose keys this opens.
    pub fn into_sealed(
        disk: &mut dyn Disk,
        sealing: Option<&Sealing>,
    ) -> Result<Option<Self>, StoreError> {
        let mut writing = Writing {
            disk,
            bugs: Bugs::default(),
        };
        let seals = seals_of(&mut writing, sealing, false)?;
        Self::with(disk, seals)
    }

    pub(super) fn with(disk: &mut dyn Disk, seals: Seals) -> Result<Option<Self>, StoreError> {
        let names = disk.list().map_err(|e| StoreError::io("list", ".", &e))?;
        let listed = list(disk)?;
        let mut look = Self {
            bases: Vec::new(),
            frames: Vec::new(),
            programs: BTreeMap::new(),
            notes: Vec::new(),
            seals,
        };
        let past = names.iter().filter_map(|name| base_of(name));
        let past: Vec<(u64, String)> = past.map(|(no, _, name)| (no, name)).collect();
        let states = listed.states.iter().map(|no| (*no, state_name(*no)));
        let mut states: Vec<(u64, String)> = past.into_iter().chain(states).collect();
        states.sort();
        for (_, name) in states {
            look.state(disk, name)?;
        }
        if look.bases.is_empty() {
            return match listed.states.is_empty() {
                true => Ok(None),
                false => Err(StoreError::damaged("the folder", "has no whole state")),
            };
        }
        let mut logs: Vec<(u64, String)> = names.iter().filter_map(|n| past_of(n)).collect();
        let live = listed.logs.iter();
        let begun = live.filter(|number| listed.states.contains(number));
        logs.extend(begun.map(|number| (*number, log_name(*number))));
        logs.sort();
        for (_, name) in logs {
            look.log(disk, &name)?;
        }
        look.drop_unlinked();
        look.programs_of(disk)?;
        Ok(Some(look))
    }

    fn state(&mut self, disk: &mut dyn Disk, name: String) -> Result<(), StoreError> {
        let bytes = read(disk, &name)?;
        match Checkpoint::read(disk, &name, &bytes, (None, &self.seals), Bugs::default()) {
            Ok(checkpoint) => self.bases.push(Base { name, checkpoint }),
            Err(Unread::Newer(error)) => return Err(error),
            Err(Unread::Damaged(what)) => self.notes.push(format!("`{name}` {what}: left out")),
        }
        Ok(())
    }

    fn log(&mut self, disk: &mut dyn Disk, name: &str) -> Result<(), StoreError> {
        let bytes = read(disk, name)?;
        let Some(header) = LogHeader::read(name, &bytes)? else {
            self.notes.push(format!("`{name}` has no header: left out"));
            return Ok(());
        };
        // a recovery copies what it has read of the log before it
        while self
            .frames
            .last()
            .is_some_and(|last| last.first >= header.first)
        {
            self.frames.pop();
        }
        let next = self.frames.last().map(|last| (last.end(), last.sum));
        if next.is_some_and(|next| next != (header.first, header.chain)) {
            let note = format!("`{name}` does not go on where what came before it ends");
            self.notes.push(note);
            self.frames.clear();
        }
        let (mut next, mut chain) = (header.first, header.chain);
        let mut rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
        while let Some(frame) = Frame::read(rest) {
            if (frame.first, frame.chain) != (next, chain) {
                break;
            }
            self.frames.push(Kept {
                first: frame.first,
                count: frame.count,
                chain: frame.chain,
                sum: frame.sum,
                payload: frame.payload.to_vec(),
            });
            (next, chain) = (frame.end(), frame.sum);
            rest = rest.get(frame.length()..).unwrap_or_default();
        }
        Ok(())
    }

    /// States that the log does not lead on from are no beginning; the newest always is one.
    fn drop_unlinked(&mut self) {
        let newest = self.bases.pop();
        let first = self.frames.first().map(|frame| (frame.first, frame.chain));
        let ends: Vec<(u64, u64)> = self.frames.iter().map(|f| (f.end(), f.sum)).collect();
        self.bases.retain(|base| {
            let head = (base.checkpoint.head.entries, base.checkpoint.head.chain);
            first == Some(head) || ends.contains(&head)
        });
        self.bases.extend(newest);
    }

    fn start(base: &Base) -> Start<'_> {
        Start {
            name: &base.name,
            checkpoint: &base.checkpoint,
        }
    }

    /// The newest state.
    pub fn newest(&self) -> Option<Start<'_>> {
        self.bases.last().map(Self::start)
    }

    /// The newest state whose clock had not come to this instant; else the oldest.
    pub fn before(&self, at: Option<i64>) -> Option<Start<'_>> {
        let early = |base: &&Base| {
            let clock = base.checkpoint.state.clock;
            at.is_some_and(|at| clock.is_none_or(|clock| clock < at))
        };
        let found = self.bases.iter().rev().find(early);
        found.or_else(|| self.bases.first()).map(Self::start)
    }

    /// Whether the log leads from the first state of all to the end.
    pub fn begins(&self) -> bool {
        self.bases
            .first()
            .is_some_and(|base| base.checkpoint.head.entries == 0)
    }

    /// The names of the states, for people.
    pub fn states(&self) -> Vec<&str> {
        self.bases.iter().map(|base| base.name.as_str()).collect()
    }

    fn programs_of(&mut self, disk: &mut dyn Disk) -> Result<(), StoreError> {
        let named = self
            .frames
            .iter()
            .filter_map(|kept| deployed_in(&kept.payload));
        let begun = self.bases.iter().map(|base| base.checkpoint.head.program);
        for hash in named.chain(begun).collect::<BTreeSet<_>>() {
            self.programs.insert(hash, program_in(disk, &hash)?);
        }
        Ok(())
    }

    /// All programs that the folder names.
    pub fn programs(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.programs.keys()
    }

    /// A program that the folder names.
    pub fn program(&self, hash: &[u8; 32]) -> Option<&Arc<Program>> {
        self.programs.get(hash)
    }

    /// The program that runs at the end.
    pub fn running(&self) -> [u8; 32] {
        let newest = self.newest();
        let named = self.frames.iter().rev();
        let after = |kept: &&Kept| newest.is_some_and(|newest| kept.first >= newest.entries());
        let deployed = named
            .take_while(after)
            .find_map(|kept| deployed_in(&kept.payload));
        deployed.unwrap_or_else(|| newest.map_or([0; 32], |newest| newest.program()))
    }

    /// An engine as it was at a state. `swap` may give another program that decides the same.
    pub fn engine(&self, from: &Start<'_>, swap: &Swap<'_>) -> Option<Engine> {
        let program = self.chosen(&from.program(), swap)?;
        let options = Options {
            include: from.progress().kinds.clone(),
            salt: from.progress().salt.clone(),
            ..Options::default()
        };
        let executor = Box::new(Interpreter::new(Arc::clone(&program)));
        let engine = Engine::new(program, executor, options);
        Some(engine.with_state(from.state().clone()))
    }

    fn chosen(&self, hash: &[u8; 32], swap: &Swap<'_>) -> Option<Arc<Program>> {
        swap(hash).or_else(|| self.programs.get(hash).cloned())
    }

    /// Applies to that engine what came after.
    pub fn replay(
        &self,
        engine: &mut Engine,
        from: &Start<'_>,
        swap: &Swap<'_>,
    ) -> Result<(), StoreError> {
        let gone = || StoreError::damaged("the log", "names a program that the folder has not");
        let program = self.programs.get(&from.program()).ok_or_else(gone)?;
        let mut codec = self.codec(program);
        for kept in self
            .frames
            .iter()
            .filter(|kept| kept.first >= from.entries())
        {
            let decoded = codec.decode(&kept.payload, kept.count);
            let (_, entries) = decoded.map_err(|why| StoreError::damaged("the log", why.0))?;
            for entry in entries {
                match entry {
                    Entry::Input(input) => engine.input(input),
                    Entry::Asked(asked) => engine.asked(asked),
                    Entry::Release => engine.finish(None),
                    Entry::Refused(_) | Entry::Reading { .. } | Entry::Sending(_) => {}
                    Entry::Deployed {
                        at,
                        program,
                        events,
                    } => {
                        let named = self.programs.get(&program).ok_or_else(gone)?;
                        codec = self.codec(named);
                        let next = self.chosen(&program, swap).ok_or_else(gone)?;
                        let executor = Box::new(Interpreter::new(Arc::clone(&next)));
                        engine.deploy_from(at, next, executor, events);
                    }
                }
                engine.take_actions();
                engine.take_dead_letters();
            }
        }
        Ok(())
    }

    /// An engine that has gone through all that came after a state. A history that was rewritten erases people under
    /// other names, and what names them in records that came later is known `now` only.
    pub fn again(
        &self,
        from: &Start<'_>,
        swap: &Swap<'_>,
        now: &State,
        prepare: &dyn Fn(&mut Engine),
    ) -> Result<Engine, StoreError> {
        let gone = || StoreError::damaged("the folder", "has not the program of a state");
        let mut prints = BTreeSet::new();
        loop {
            let mut engine = self.engine(from, swap).ok_or_else(gone)?;
            engine.know_erased(&prints);
            prepare(&mut engine);
            self.replay(&mut engine, from, swap)?;
            let known = &engine.state().erased;
            let missing = now.erased.difference(known).copied();
            let missing: Vec<u128> = missing.collect();
            if missing.is_empty() {
                return Ok(engine);
            }
            prints.extend(missing);
        }
    }

    /// The events since the first state, as the program that runs at the end has them.
    pub fn events(&self) -> Result<Vec<(PersonNo, Taken)>, StoreError> {
        let gone = || StoreError::damaged("the folder", "has no whole state");
        let from = self.bases.first().map(Self::start).ok_or_else(gone)?;
        let now = self.newest().ok_or_else(gone)?;
        let mut engine = self.again(&from, &|_| None, now.state(), &Engine::remember_events)?;
        Ok(engine.take_remembered())
    }

    /// When the first state was made. None: the log leads from the very beginning.
    pub fn since(&self) -> Option<i64> {
        if self.begins() {
            return None;
        }
        let first = self.bases.first();
        first.and_then(|base| base.checkpoint.state.clock)
    }

    /// The log after a state once more, each entry changed; None: it can't be read or written.
    pub(super) fn written_anew(
        &self,
        from: &Start<'_>,
        now: &State,
        change: &mut dyn FnMut(&Program, &mut Entry),
    ) -> Option<Anew> {
        let mut program = self.programs.get(&from.program())?;
        let (mut codec, mut written) = (self.codec(program), self.codec(program));
        let (mut frames, mut kept) = (Vec::new(), Vec::new());
        let mut chain = from.head().chain;
        for frame in self
            .frames
            .iter()
            .filter(|frame| frame.first >= from.entries())
        {
            let (position, mut entries) = codec.decode(&frame.payload, frame.count).ok()?;
            let mut group = Group::default();
            for entry in &mut entries {
                change(program, entry);
                written.add_to(&mut group, entry, now).ok()?;
            }
            group.position = position;
            let payload = group.payload();
            let first = frame.first;
            let (bytes, sum) = Frame::write(first, frame.count, first, chain, &payload)?;
            frames.extend_from_slice(&bytes);
            if let Some(hash) = deployed_in(&payload) {
                program = self.programs.get(&hash)?;
                (codec, written) = (self.codec(program), self.codec(program));
            }
            kept.push(Kept {
                payload,
                chain,
                sum,
                ..*frame
            });
            chain = sum;
        }
        let look = Look {
            bases: Vec::new(),
            frames: kept,
            programs: self.programs.clone(),
            notes: Vec::new(),
            seals: self.seals.clone(),
        };
        Some(Anew {
            frames,
            chain,
            look,
        })
    }

    fn codec(&self, program: &Arc<Program>) -> Codec {
        Codec::new(program).sealed_by(&self.seals)
    }

    /// The number of the entry after the last.
    pub fn end(&self) -> u64 {
        let base = self.newest().map_or(0, |start| start.entries());
        self.frames.last().map_or(base, |last| last.end().max(base))
    }
}

/// A log that was written once more.
pub(super) struct Anew {
    pub frames: Vec<u8>,
    /// hash of the last frame
    pub chain: u64,
    pub look: Look,
}

/// Whether two states know the same of everyone who was not erased.
pub fn alike_but_for_the_erased(a: &State, b: &State) -> bool {
    let gone = |no: PersonNo| {
        let (mut at, mut steps) = (no, 0);
        loop {
            match b.people.get(at.index()) {
                Some(person) if person.erased => return true,
                Some(person) if steps <= b.people.len() => match person.united {
                    Some(next) => (at, steps) = (next, steps + 1),
                    None => return false,
                },
                Some(_) | None => return false,
            }
        }
    };
    let mut people = a.people.iter().zip(b.people.iter());
    let timers = |state: &State| -> Vec<Timer> {
        let timers = state.timers.iter();
        timers
            .filter(|timer| !gone(timer.person))
            .cloned()
            .collect()
    };
    a.people.len() == b.people.len()
        && people.all(|(a, b)| a == b || gone(b.no))
        && (a.clock, a.closed, a.taken) == (b.clock, b.closed, b.taken)
        && (a.instances, &a.overall) == (b.instances, &b.overall)
        && timers(a) == timers(b)
}

/// Another program in the place of the one with this hash.
pub type Swap<'s> = dyn Fn(&[u8; 32]) -> Option<Arc<Program>> + 's;

fn read(disk: &mut dyn Disk, name: &str) -> Result<Vec<u8>, StoreError> {
    disk.read(name, 0)
        .map_err(|e| StoreError::io("read", name, &e))
}
