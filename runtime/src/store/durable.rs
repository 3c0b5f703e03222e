//! An engine in front of a state folder. An entry is put into the group at hand, then applied; the group is
//! written, then made durable; only then do its actions go out. So the engine goes on while the disk syncs, and
//! nothing leaves that a loss of power could take back. Any error ends it: the next start is the recovery.

mod begin;
mod opening;
pub(super) mod sealing;

use super::Deployment;
use super::bugs::{Bug, Bugs};
use super::checkpoint::{Progress, Reading};
use super::codec::{Codec, Group};
use super::disk::{Disk, Pages};
use super::entry::{Entry, Position};
use super::error::StoreError;
use super::frame::Frame;
use super::generation::Writing;
use super::outputs::{Out, Output};
use super::parts::Parts;
use super::seal::{KeyNo, Sealing, Seals};
use super::sending::{self, Jobs};
use super::shelf::Execute;
use crate::actions::{Action, DecideAction};
use crate::engine::{DeadLetter, Engine};
use crate::input::Asked;
use crate::outbox::Outbox;
use crate::run::refusal;
use crate::state::PersonNo;
use journey_program::plan::Program;
use journey_program::types::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a folder is used.
#[derive(Clone, Debug)]
pub struct Settings {
    pub deployment: Deployment,
    /// how programs that ran before are executed, should what they did be done again
    pub execute: Execute,
    /// for a folder that is new: what prints of erased identifiers are made with
    pub salt: String,
    pub actions: Option<Out>,
    pub dead_letters: Option<Out>,
    /// bytes that people may take in memory, 0: as many as they do; None: as the program says
    pub cache: Option<u64>,
    /// what is personal in the folder is sealed; None: it lies open
    pub sealing: Option<Sealing>,
    pub bugs: Bugs,
}

/// What is to be synced, and up to which entry that makes the log durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub name: String,
    pub upto: u64,
}

/// What lies in the folder of the states that it begins with.
#[derive(Debug, Default)]
struct Shape {
    parts: Parts,
    /// parts that a state's file names
    named: BTreeMap<String, Vec<u32>>,
    /// bytes that people may take in memory; None: as many as they do
    cache: Option<usize>,
    /// where those are who are not in memory
    pages: Option<Arc<dyn Pages>>,
    /// too many were changed: only a checkpoint makes room
    full: bool,
}

/// The log that is written.
#[derive(Debug, Default)]
struct Tail {
    name: String,
    number: u64,
    epoch: u64,
    /// entries that are written, and hash of the last frame
    written: u64,
    chain: u64,
    /// entries that are durable
    durable: u64,
    /// bytes of frames
    bytes: u64,
}

pub struct Durable<D> {
    disk: D,
    engine: Engine,
    codec: Codec,
    progress: Progress,
    tail: Tail,
    group: Group,
    actions: Output,
    dead_letters: Output,
    jobs: Jobs,
    settings: Settings,
    /// the program that the settings name
    given: Arc<Program>,
    /// the folder was there before; what people should know of it
    notes: Vec<String>,
    /// what was decided and refused since someone last asked; None: nobody listens
    heard: Option<Heard>,
    ended: bool,
    shape: Shape,
    seals: Seals,
    /// keys of the erased, which go once no checkpoint needs them; how many there were at the last one
    doomed: Vec<KeyNo>,
    doomed_before: usize,
}

/// What entries have led to, in order. None of it may leave before they are durable.
#[derive(Debug, Default)]
pub struct Heard {
    pub actions: Vec<Action>,
    pub refused: Vec<DeadLetter>,
}

impl<D> std::fmt::Debug for Durable<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Durable")
            .field("tail", &self.tail)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl<D: Disk> Durable<D> {
    pub(super) fn writing(&mut self) -> Writing<'_> {
        Writing {
            disk: &mut self.disk,
            bugs: self.settings.bugs,
        }
    }

    fn apply(&mut self, entry: Entry) -> Result<(), StoreError> {
        let erased = self.engine.counters().erased;
        match entry {
            Entry::Sending(step) => {
                self.step(&step);
                return Ok(());
            }
            Entry::Input(input) => {
                self.has_come(&input);
                self.engine.input(input);
            }
            Entry::Asked(asked) => self.engine.asked(asked),
            Entry::Refused(line) => self.dead_letters.line(&line),
            Entry::Release => self.engine.finish(None),
            Entry::Reading { key, name } => self.progress.inputs.push(Reading {
                key,
                name,
                records: 0,
                prefix: 0,
            }),
            Entry::Deployed {
                at,
                program,
                events,
            } => {
                let program = self.shelf().program(&mut self.disk, &program)?;
                let executor = (self.settings.execute)(&program).map_err(StoreError::Execution)?;
                self.engine.deploy_from(at, program, executor, events);
            }
        }
        self.out(erased);
        Ok(())
    }

    /// What the engine has decided goes to the outputs, which hold it.
    fn out(&mut self, erased: u64) {
        let (actions, letters) = (self.engine.take_actions(), self.engine.take_dead_letters());
        let erased = self.engine.counters().erased != erased;
        let (outbox, bugs) = (&mut self.progress.outbox, self.settings.bugs);
        sending::decided(outbox, &self.engine, &actions, erased, bugs);
        if self.actions.is_wanted() {
            for action in &actions {
                self.actions.line(&action.to_json());
            }
        }
        if self.dead_letters.is_wanted() {
            for letter in &letters {
                let line = refusal(self.engine.program(), letter);
                self.dead_letters.line(&line);
            }
        }
        if let Some(heard) = &mut self.heard {
            heard.actions.extend(actions);
            heard.refused.extend(letters);
        }
    }

    fn reached(&mut self, position: Option<Position>) {
        let Some(position) = position else { return };
        let place = usize::try_from(position.input).ok();
        if let Some(reading) = place.and_then(|place| self.progress.inputs.get_mut(place)) {
            (reading.records, reading.prefix) = (position.records, position.prefix);
        }
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.ended {
            Err(StoreError::Ended)
        } else {
            Ok(())
        }
    }

    /// Whatever goes wrong ends it.
    pub(super) fn guarded<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.alive()?;
        let done = run(self);
        self.ended |= done.is_err();
        done
    }

    /// What one record of an input has made, and how far that is read now.
    pub fn take(
        &mut self,
        entries: impl IntoIterator<Item = Entry>,
        position: Option<Position>,
    ) -> Result<(), StoreError> {
        self.guarded(|this| {
            for entry in entries {
                let state = this.engine.state();
                let added = this.codec.add_to(&mut this.group, &entry, state);
                added.map_err(StoreError::Entry)?;
                this.doom(&entry);
                this.apply(entry)?;
                this.trim()?;
            }
            if position.is_some() {
                this.group.position = position;
            }
            this.reached(position);
            Ok(())
        })
    }

    /// Bytes of the group at hand.
    pub fn pending(&self) -> usize {
        self.group.bytes()
    }

    /// Writes the group at hand as a frame. It is not durable yet.
    pub fn write(&mut self) -> Result<(), StoreError> {
        self.guarded(Self::write_group)
    }

    fn write_group(&mut self) -> Result<(), StoreError> {
        self.sound()?;
        if self.group.count() == 0 && self.group.position.is_none() {
            return Ok(());
        }
        let mut group = std::mem::take(&mut self.group);
        let bugs = self.settings.bugs;
        if let Some(position) = &mut group.position {
            if bugs.has(Bug::PositionBehind) {
                position.records = position.records.saturating_sub(1);
            }
            if bugs.has(Bug::PositionAhead) {
                position.records += 1;
            }
        }
        let tail = &self.tail;
        let frame = Frame::write(
            tail.written,
            group.count(),
            tail.durable,
            tail.chain,
            &group.payload(),
        );
        let (bytes, sum) = frame.ok_or_else(|| StoreError::Entry("it is too long".to_owned()))?;
        let name = self.tail.name.clone();
        self.keep_keys()?;
        self.writing().append(&name, &bytes)?;
        self.tail.written += u64::from(group.count());
        self.tail.chain = sum;
        self.tail.bytes += u64::try_from(bytes.len()).unwrap_or(0);
        for output in [&mut self.actions, &mut self.dead_letters] {
            output.hold(self.tail.written);
        }
        self.jobs.hold(self.tail.written);
        if bugs.has(Bug::AckBeforeSync) {
            self.tail.durable = self.tail.written;
        }
        if bugs.has(Bug::OutputBeforeSync) {
            self.release(self.tail.written)?;
        }
        Ok(())
    }

    /// What is written and not durable, to be synced here or elsewhere. None: nothing.
    pub fn ticket(&self) -> Option<Ticket> {
        (self.tail.durable < self.tail.written).then(|| Ticket {
            name: self.tail.name.clone(),
            upto: self.tail.written,
        })
    }

    /// A sync of what a ticket names has ended: what waited for it goes out.
    pub fn synced(&mut self, ticket: &Ticket, done: std::io::Result<()>) -> Result<(), StoreError> {
        self.guarded(|this| {
            this.writing().synced(&ticket.name, done)?;
            this.tail.durable = this.tail.durable.max(ticket.upto);
            this.release(ticket.upto)
        })
    }

    /// Writes what is at hand, makes it durable, and lets it out.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.guarded(|this| {
            this.write_group()?;
            let (name, upto) = (this.tail.name.clone(), this.tail.written);
            if this.tail.durable < upto {
                this.writing().sync(&name)?;
                this.tail.durable = upto;
            }
            this.release(upto)
        })
    }

    fn release(&mut self, durable: u64) -> Result<(), StoreError> {
        let bugs = self.settings.bugs;
        for output in [&mut self.actions, &mut self.dead_letters] {
            let disk = &mut self.disk;
            output.release(&mut Writing { disk, bugs }, durable)?;
        }
        self.jobs.release(durable);
        Ok(())
    }

    /// Begins a new generation: the state as it is, and a log that is empty.
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.guarded(|this| {
            let bugs = this.settings.bugs;
            if bugs.has(Bug::PendingDropped) {
                this.group = Group::default();
            }
            if !bugs.has(Bug::CheckpointAhead) {
                this.write_group()?;
            }
            let name = this.tail.name.clone();
            if this.tail.durable < this.tail.written && !bugs.has(Bug::LogNotSynced) {
                this.writing().sync(&name)?;
            }
            if !bugs.has(Bug::OutputLengthEarly) {
                this.release(this.tail.written)?;
            }
            if !bugs.has(Bug::OutputNotSynced) {
                for output in [&this.actions, &this.dead_letters] {
                    let disk = &mut this.disk;
                    output.sync(&mut Writing { disk, bugs })?;
                }
            }
            this.begin(this.tail.number + 1)
        })
    }

    /// From now on what is decided and refused is kept until it is asked for.
    pub fn listen(&mut self) {
        self.heard = Some(Heard::default());
    }

    /// What was decided and refused since the last call.
    pub fn take_heard(&mut self) -> Heard {
        self.heard.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A decision as it would be now; nothing comes of it.
    pub fn considered(&mut self, asked: Asked) -> Option<DecideAction> {
        self.engine.considered(asked)
    }

    /// A person's computed fields as they are now; nothing comes of asking.
    pub fn traits_of(&mut self, who: PersonNo) -> Vec<(Arc<str>, Value)> {
        self.engine.traits_of(who)
    }

    /// Bytes of the log since the last checkpoint.
    pub fn log_bytes(&self) -> u64 {
        self.tail.bytes
    }

    /// Entries that no crash can take back.
    pub fn durable(&self) -> u64 {
        self.tail.durable
    }

    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn disk(&mut self) -> &mut D {
        &mut self.disk
    }

    pub(super) fn jobs(&mut self) -> &mut Jobs {
        &mut self.jobs
    }

    pub(super) fn has_no_more(&self) -> bool {
        self.jobs.over
    }

    pub(super) fn outbox_mut(&mut self) -> &mut Outbox {
        &mut self.progress.outbox
    }

    /// The history was written anew: the next log goes on from it.
    pub(super) fn set_chain(&mut self, chain: u64) {
        self.tail.chain = chain;
    }

    pub(super) fn seals(&self) -> &Seals {
        &self.seals
    }

    pub(super) fn bugs(&self) -> Bugs {
        self.settings.bugs
    }

    /// Of this process: one more than of the one before.
    pub fn epoch(&self) -> u64 {
        self.tail.epoch
    }

    /// What was found when the folder was opened that people should know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
