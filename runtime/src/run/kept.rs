//! A run with a state folder: the same as a run, but that it goes on where it was. What was read of an input
//! before is read again, since ids of equal records count them, and held against what was kept of it; what
//! comes after is logged, applied, and written out once it is durable.

use super::{Done, PROGRESS_RECORDS, Terms};
use crate::input::Input;
use crate::intake::reader::{Position as Place, ReadError, Reader, Record};
use crate::intake::{Intake, IntakeError, Taken};
use crate::store::{Disk, Durable, Entry, Position, Reading, StoreError, Ticket};
use crate::summary::{Counts, Summary};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

/// A group is written once it has so many bytes, or so many records.
const GROUP_BYTES: usize = 64 << 10;
const GROUP_RECORDS: u64 = 1_024;
/// A checkpoint is made after so much log.
const CHECKPOINT_BYTES: u64 = 64 << 20;
/// Groups that wait for the disk, at most.
const WAITING_MAX: usize = 16;

#[derive(Debug)]
pub enum KeptError {
    Intake(IntakeError),
    Store(StoreError),
}

impl fmt::Display for KeptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeptError::Intake(error) => error.fmt(f),
            KeptError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeptError {}

impl From<StoreError> for KeptError {
    fn from(error: StoreError) -> Self {
        KeptError::Store(error)
    }
}

/// Who syncs: the run itself, or a thread beside it. One sync at a time.
pub trait Syncer<D> {
    fn begin(&mut self, disk: &mut D, ticket: Ticket) -> io::Result<()>;
    /// The one that was begun, once it has ended; `wait`: not before. None: none was begun, or it still runs.
    fn ended(&mut self, wait: bool) -> Option<(Ticket, io::Result<()>)>;
}

/// Syncs where it stands.
#[derive(Debug, Default)]
pub struct Inline(Option<(Ticket, io::Result<()>)>);

impl<D: Disk> Syncer<D> for Inline {
    fn begin(&mut self, disk: &mut D, ticket: Ticket) -> io::Result<()> {
        let done = disk.sync(&ticket.name);
        self.0 = Some((ticket, done));
        Ok(())
    }
    fn ended(&mut self, _: bool) -> Option<(Ticket, io::Result<()>)> {
        self.0.take()
    }
}

/// What an input is known by.
#[derive(Clone, Copy, Debug)]
pub struct Named<'n> {
    /// the file's, as the user gave it
    pub name: &'n str,
    pub source: Option<&'n str>,
}

impl Named<'_> {
    /// Another file of the same name is another input: its first record tells.
    fn key(&self, first: &[u8]) -> u128 {
        let mut hash = Xxh3::new();
        for part in [
            self.name.as_bytes(),
            self.source.unwrap_or_default().as_bytes(),
        ] {
            hash.update(part);
            hash.update(&[0]);
        }
        hash.update(first);
        hash.digest128()
    }
}

/// Feeds what is new of an input to an engine with a state folder.
pub fn run<D: Disk>(
    durable: &mut Durable<D>,
    syncer: &mut dyn Syncer<D>,
    intake: &mut Intake<'_>,
    reader: &mut Reader<'_>,
    named: Named<'_>,
    terms: Terms,
    progress: &mut dyn FnMut(Place),
) -> Result<Done, KeptError> {
    intake.header(reader.columns()).map_err(KeptError::Intake)?;
    let mut feed = Feed {
        durable,
        syncer,
        refused: Counts::new(),
        reading: None,
        prefix: 0,
        records: 0,
        since: 0,
        entries: Vec::new(),
        waiting: VecDeque::new(),
        syncing: false,
    };
    let broken = feed.records(intake, reader, named, terms.arrived, progress)?;
    if broken.is_none() {
        feed.read_to_its_end(named)?;
        feed.finish(terms.until)?;
    }
    feed.settle()?;
    feed.durable.write()?;
    if feed.durable.log_bytes() > 0 {
        feed.durable.checkpoint()?;
    }
    progress(reader.position());
    let refused = feed.refused;
    let summary = Summary::of(
        durable.engine(),
        intake,
        reader.position().records,
        &refused,
    );
    Ok(Done { summary, broken })
}

struct Feed<'f, D> {
    durable: &'f mut Durable<D>,
    syncer: &'f mut dyn Syncer<D>,
    refused: Counts,
    /// the input's number, and how far it was read before
    reading: Option<(u32, Reading)>,
    /// hash of the records so far
    prefix: u64,
    records: u64,
    /// records since a group was written
    since: u64,
    /// the room in which a record becomes entries
    entries: Vec<Entry>,
    /// groups that are written and not durable
    waiting: VecDeque<Ticket>,
    syncing: bool,
}

impl<D: Disk> Feed<'_, D> {
    fn records(
        &mut self,
        intake: &mut Intake<'_>,
        reader: &mut Reader<'_>,
        named: Named<'_>,
        arrived: i64,
        progress: &mut dyn FnMut(Place),
    ) -> Result<Option<ReadError>, KeptError> {
        loop {
            match reader.next() {
                Ok(None) => return Ok(None),
                Err(error) => return Ok(Some(error)),
                Ok(Some(record)) => self.record(intake, &record, named, arrived)?,
            }
            if self.records.is_multiple_of(PROGRESS_RECORDS) {
                progress(reader.position());
            }
        }
    }

    fn record(
        &mut self,
        intake: &mut Intake<'_>,
        record: &Record<'_>,
        named: Named<'_>,
        arrived: i64,
    ) -> Result<(), KeptError> {
        self.records += 1;
        self.prefix = xxh3_64_with_seed(record.bytes, self.prefix);
        let mut entries = std::mem::take(&mut self.entries);
        if self.reading.is_none() {
            let (number, before, new) = self.begun(named, record.bytes);
            entries.extend(new);
            self.reading = Some((number, before));
        }
        intake.read_each(record, arrived, |taken| {
            entries.push(match taken {
                Taken::Input(input) => Entry::Input(input),
                Taken::DeadLetter(letter) => {
                    let count = self.refused.entry(letter.reason.name().into());
                    *count.or_default() += 1;
                    Entry::Refused(letter.to_json())
                }
            });
        });
        let Some((input, before)) = &self.reading else {
            return Ok(());
        };
        if self.records <= before.records {
            entries.clear();
            self.entries = entries;
            return self.same(named);
        }
        let position = Position {
            input: *input,
            records: self.records,
            prefix: self.prefix,
        };
        self.durable.take(entries.drain(..), Some(position))?;
        self.entries = entries;
        self.since += 1;
        if self.since >= GROUP_RECORDS || self.durable.pending() >= GROUP_BYTES {
            self.write()?;
        }
        Ok(())
    }

    /// The input's number, what was read of it before, and how that is logged if it is the first time.
    fn begun(&self, named: Named<'_>, first: &[u8]) -> (u32, Reading, Option<Entry>) {
        let key = named.key(first);
        let name = named.name.to_owned();
        let known = (0u32..).zip(&self.durable.progress().inputs);
        let mut known = known.filter(|(_, reading)| reading.key == key);
        if let Some((number, reading)) = known.next() {
            return (number, reading.clone(), None);
        }
        let number = u32::try_from(self.durable.progress().inputs.len()).unwrap_or(u32::MAX);
        let reading = Reading {
            key,
            name: name.clone(),
            records: 0,
            prefix: 0,
        };
        (number, reading, Some(Entry::Reading { key, name }))
    }

    /// Once all is read again that was read before, it must have been the same.
    fn same(&self, named: Named<'_>) -> Result<(), KeptError> {
        match &self.reading {
            Some((_, before)) if self.records == before.records && self.prefix != before.prefix => {
                Err(another(named, before))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn read_to_its_end(&self, named: Named<'_>) -> Result<(), KeptError> {
        match &self.reading {
            Some((_, before)) if self.records < before.records => Err(another(named, before)),
            Some(_) | None => Ok(()),
        }
    }

    /// Writes the group at hand; the disk syncs while the next one comes.
    fn write(&mut self) -> Result<(), KeptError> {
        self.since = 0;
        self.durable.write()?;
        self.waiting.extend(self.durable.ticket());
        self.go_on(self.waiting.len() > WAITING_MAX)?;
        if self.durable.log_bytes() > CHECKPOINT_BYTES || self.durable.is_full() {
            self.settle()?;
            self.durable.checkpoint()?;
        }
        Ok(())
    }

    /// Takes in a sync that has ended, and begins the next: of all that was written since.
    fn go_on(&mut self, wait: bool) -> Result<(), KeptError> {
        if self.syncing {
            match self.syncer.ended(wait) {
                Some((ticket, done)) => {
                    self.syncing = false;
                    self.durable.synced(&ticket, done)?;
                }
                None if wait => {
                    let gone = io::Error::other("nobody syncs");
                    return Err(StoreError::io("sync", "log", &gone).into());
                }
                None => {}
            }
        }
        if !self.syncing
            && let Some(ticket) = self.waiting.pop_back()
        {
            self.waiting.clear();
            let name = ticket.name.clone();
            let begun = self.syncer.begin(self.durable.disk(), ticket);
            begun.map_err(|e| StoreError::io("sync", &name, &e))?;
            self.syncing = true;
        }
        Ok(())
    }

    /// Waits until no sync is under way.
    fn settle(&mut self) -> Result<(), KeptError> {
        while self.syncing || !self.waiting.is_empty() {
            self.go_on(true)?;
        }
        Ok(())
    }

    /// The input has ended. What changes nothing is not logged: a command that is repeated leaves no trace.
    fn finish(&mut self, until: Option<i64>) -> Result<(), KeptError> {
        if !self.durable.engine().state().held.is_empty() {
            self.durable.take(vec![Entry::Release], None)?;
        }
        let state = self.durable.engine().state();
        let past = |until: &i64| {
            let clock = state.clock;
            clock.is_none_or(|clock| clock < *until || (clock == *until && !state.closed))
        };
        if let Some(until) = until.filter(past) {
            let clock = Entry::Input(Input::Clock(until));
            self.durable.take(vec![clock], None)?;
        }
        Ok(())
    }
}

fn another(named: Named<'_>, before: &Reading) -> KeptError {
    KeptError::Store(StoreError::Input {
        name: named.name.to_owned(),
        records: before.records,
    })
}
