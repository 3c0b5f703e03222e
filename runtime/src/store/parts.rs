//! People in files: what a checkpoint writes of them is who was changed since the one before; everyone else's record
//! lies in an older part, which is named beside. Where the parts at the end have become as large as what comes, or
//! half of one has been written again since, they become one, so that there are few and nothing is written often.
//! People who are not in memory are read from there.
//!
//! ```text
//! part    "JRPT"  format u16  flags u16  records  index (postcard)
//! record  at a multiple of 8: length u32  number u32  xxh3 of number and payload u64  payload (postcard)
//! ```
//! A checkpoint knows the hash of each index, an index where each record lies, a record its own hash.

use super::bugs::{Bug, Bugs};
use super::checkpoint::Unread;
use super::disk::{Disk, Pages};
use super::error::StoreError;
use super::frame::Cut;
use super::generation::{Writing, part_name};
use crate::state::{People, PersonNo, Record, Records, Spot, State};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128};

const MAGIC: [u8; 4] = *b"JRPT";
const FORMAT: u16 = 1;
const FLAGS: u16 = 0;
const ALIGNED: usize = 8;
/// A part is about as long at most, where memory is not bounded.
const BYTES_MAX: u64 = 64 << 20;

/// A part, as a checkpoint names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub number: u32,
    /// records, and those that are still the newest of their person
    pub count: u32,
    pub live: u32,
    /// where the index begins
    pub index: u64,
    /// hash of the index
    pub sum: u128,
}

impl Part {
    /// How much of it is not written again yet, about.
    fn bytes(&self) -> u64 {
        self.index * u64::from(self.live) / u64::from(self.count.max(1))
    }
}

/// What an index says of a record, so that people need not be read to be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    number: u32,
    at: u32,
    bytes: u32,
    /// when they are next due
    due: Option<i64>,
    /// hashes of what names them and nobody else
    names: Vec<u64>,
}

/// Somebody who was changed.
#[derive(Debug)]
pub(super) struct Changed {
    pub who: u32,
    pub payload: Vec<u8>,
    pub due: Option<i64>,
    pub names: Vec<u64>,
    /// has turned out to be another, or was erased: what was known of them goes for good
    pub gone: bool,
}

/// Which parts there are.
#[derive(Debug)]
pub(super) struct Parts {
    /// those that the newest checkpoint names, the oldest first
    pub list: Vec<Part>,
    /// the number of the next one
    pub next: u32,
    /// a part is about as long at most
    pub most: u64,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            next: 1,
            most: BYTES_MAX,
        }
    }
}

/// What is not read.
type Damage = String;

/// A part that is being written.
#[derive(Debug)]
struct Writer {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl Writer {
    fn bytes(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    fn new() -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&FLAGS.to_le_bytes());
        Self {
            bytes,
            entries: Vec::new(),
        }
    }

    fn add(&mut self, entry: Entry, payload: &[u8]) -> Result<(), StoreError> {
        let long = |_| StoreError::Entry("a checkpoint's part is too long".to_owned());
        let at = u32::try_from(self.bytes.len() / ALIGNED).map_err(long)?;
        let bytes = u32::try_from(payload.len()).map_err(long)?;
        self.bytes.extend_from_slice(&bytes.to_le_bytes());
        self.bytes.extend_from_slice(&entry.number.to_le_bytes());
        let sum = xxh3_64_with_seed(payload, u64::from(entry.number));
        self.bytes.extend_from_slice(&sum.to_le_bytes());
        self.bytes.extend_from_slice(payload);
        let padded = self.bytes.len().next_multiple_of(ALIGNED);
        self.bytes.resize(padded, 0);
        self.entries.push(Entry { at, bytes, ..entry });
        Ok(())
    }

    /// Writes what there is as a part of its own, durably but for its name.
    fn end(
        &mut self,
        writing: &mut Writing<'_>,
        parts: &mut Parts,
        people: &mut People,
    ) -> Result<(), StoreError> {
        let entry = |e: &dyn std::fmt::Display| StoreError::Entry(e.to_string());
        let Writer { mut bytes, entries } = std::mem::replace(self, Self::new());
        if entries.is_empty() {
            return Ok(());
        }
        let index = postcard::to_stdvec(&entries).map_err(|e| entry(&e))?;
        let count = u32::try_from(entries.len()).map_err(|e| entry(&e))?;
        let part = Part {
            number: parts.next,
            count,
            live: count,
            index: u64::try_from(bytes.len()).map_err(|e| entry(&e))?,
            sum: xxh3_128(&index),
        };
        bytes.extend_from_slice(&index);
        let name = part_name(part.number);
        writing.append(&name, &bytes)?;
        if !writing.bugs.has(Bug::PartNotSynced) {
            writing.sync(&name)?;
        }
        for entry in entries {
            let spot = Spot {
                part: part.number,
                at: entry.at,
            };
            people.lies(entry.number, spot, entry.bytes);
        }
        parts.next = parts.next.saturating_add(1);
        if !writing.bugs.has(Bug::PartForgotten) {
            parts.list.push(part);
        }
        Ok(())
    }
}

/// A part as it was read.
struct Read<'b> {
    bytes: &'b [u8],
    entries: Vec<Entry>,
}

impl<'b> Read<'b> {
    fn of(part: &Part, bytes: &'b [u8]) -> Result<Self, Damage> {
        let mut cut = Cut(bytes);
        let magic = cut.take::<4>();
        let format = cut.take().map(u16::from_le_bytes);
        let flags = cut.take().map(u16::from_le_bytes);
        if (magic, format, flags) != (Some(MAGIC), Some(FORMAT), Some(FLAGS)) {
            return Err("is no part of a checkpoint".to_owned());
        }
        let index = usize::try_from(part.index).ok();
        let index = index.and_then(|index| bytes.get(index..));
        let index = index.filter(|index| xxh3_128(index) == part.sum);
        let entries = index.and_then(|index| postcard::from_bytes(index).ok());
        let entries = entries.ok_or("has another index than was written")?;
        Ok(Self { bytes, entries })
    }

    fn payload(&self, entry: &Entry, unchecked: bool) -> Result<&'b [u8], Damage> {
        let found = usize::try_from(entry.at).ok();
        let found = found.and_then(|at| self.bytes.get(at * ALIGNED..));
        found
            .and_then(|bytes| payload(bytes, entry.number, unchecked))
            .ok_or_else(|| "has other records than were written".to_owned())
    }
}

/// The record that begins here, if it is this person's.
fn payload(bytes: &[u8], number: u32, unchecked: bool) -> Option<&[u8]> {
    let mut cut = Cut(bytes);
    let length = u32::from_le_bytes(cut.take()?);
    let whose = u32::from_le_bytes(cut.take()?);
    let sum = u64::from_le_bytes(cut.take()?);
    let payload = cut.0.get(..usize::try_from(length).ok()?)?;
    let right = whose == number && xxh3_64_with_seed(payload, u64::from(number)) == sum;
    (right || unchecked).then_some(payload)
}

/// Everyone, and what is due for them: in memory, or where `pages` are given, there only.
pub(super) fn read_all(
    disk: &mut dyn Disk,
    checkpoint: (&[Part], u32),
    state: &mut State,
    pages: Option<&Arc<dyn Pages>>,
    bugs: Bugs,
) -> Result<(), Unread> {
    let (parts, count) = checkpoint;
    let mut found: BTreeMap<u32, (Spot, Entry, Option<Record>)> = BTreeMap::new();
    for part in parts.iter().rev() {
        let name = part_name(part.number);
        let failed = |what: Damage| Unread::Damaged(format!("has no people: `{name}` {what}"));
        let bytes = whole(disk, &name)?;
        let mut read = Read::of(part, &bytes).map_err(failed)?;
        for entry in std::mem::take(&mut read.entries) {
            if found.contains_key(&entry.number) {
                continue; // it was written again since
            }
            let record = if pages.is_some() {
                None
            } else {
                let payload = read.payload(&entry, bugs.has(Bug::RecordUnchecked));
                let record = postcard::from_bytes(payload.map_err(failed)?);
                Some(record.map_err(|e| failed(format!("holds no person: {e}")))?)
            };
            let spot = Spot {
                part: part.number,
                at: entry.at,
            };
            found.insert(entry.number, (spot, entry, record));
        }
    }
    if let Some(pages) = pages {
        state.people.read_from(Cold::of(pages));
    }
    let mut alike = Vec::new();
    for number in 0..count {
        let Some((spot, entry, record)) = found.remove(&number) else {
            let what = format!("has no people: its parts lack number {number}");
            return Err(Unread::Damaged(what));
        };
        match record {
            Some(Record { person, timers }) => {
                state.timers.extend(timers);
                state.name(&person);
                state.people.put(spot, entry.bytes, person);
            }
            None => {
                let people = &mut state.people;
                if !people.put_parked(spot, entry.bytes, entry.due, &entry.names) {
                    alike.push(PersonNo(number));
                }
            }
        }
    }
    for who in alike {
        // hashes of their names are others' as well
        let person = state.people.get(who.index()).cloned();
        state.settle();
        person.iter().for_each(|person| state.name(person));
    }
    match state.people.broken() {
        Some(what) => Err(Unread::Damaged(format!("has no people: {what}"))),
        None => Ok(()),
    }
}

/// A part's bytes. One that is gone is damage; what the disk refuses is not.
fn whole(disk: &mut dyn Disk, name: &str) -> Result<Vec<u8>, Unread> {
    disk.read(name, 0).map_err(|e| {
        if e.kind() == ErrorKind::NotFound {
            Unread::Damaged(format!("has no people: `{name}` is gone"))
        } else {
            Unread::Newer(StoreError::io("read", name, &e))
        }
    })
}

/// Records where a checkpoint has left them.
#[derive(Debug)]
pub(super) struct Cold(Arc<dyn Pages>);

impl Cold {
    pub(super) fn of(pages: &Arc<dyn Pages>) -> Arc<dyn Records> {
        Arc::new(Self(Arc::clone(pages)))
    }
}

/// So much is read of a record at first.
const PAGE_BYTES: usize = 1_024;

impl Records for Cold {
    fn record(&self, who: u32, spot: Spot) -> Result<Record, String> {
        let name = part_name(spot.part);
        let failed = |e: std::io::Error| StoreError::io("read", &name, &e).to_string();
        let from = u64::from(spot.at) * 8;
        let mut bytes = self.0.read(&name, from, PAGE_BYTES).map_err(failed)?;
        let length = Cut(&bytes).take().map_or(0, u32::from_le_bytes);
        let whole = usize::try_from(length).unwrap_or(0).saturating_add(16);
        if whole > bytes.len() && bytes.len() == PAGE_BYTES {
            bytes = self.0.read(&name, from, whole).map_err(failed)?;
        }
        let payload = payload(&bytes, who, false);
        let record = payload.and_then(|payload| postcard::from_bytes(payload).ok());
        record.ok_or_else(|| format!("`{name}` has other records than were written"))
    }
}

/// Parts of who was changed, and of the parts that these take the place of.
pub(super) fn write(
    writing: &mut Writing<'_>,
    parts: &mut Parts,
    people: &mut People,
    changed: &[Changed],
) -> Result<(), StoreError> {
    let bugs = writing.bugs;
    for changed in changed {
        let spot = people.spot(changed.who).map(|spot| spot.part);
        let part = parts.list.iter_mut().find(|part| Some(part.number) == spot);
        if let Some(part) = part {
            part.live = part.live.saturating_sub(1);
        }
    }
    let fresh: usize = changed.iter().map(|changed| changed.payload.len()).sum();
    let mut taken = taken_in(parts, u64::try_from(fresh).unwrap_or(u64::MAX));
    let gone = changed.iter().filter(|changed| changed.gone);
    with_the_gone(
        writing.disk,
        parts,
        &gone.map(|gone| gone.who).collect(),
        &mut taken,
    )?;
    let before: Vec<Part> = parts.list.clone();
    parts
        .list
        .retain(|part| !taken.contains(&part.number) && part.live > 0);
    let mut writer = Writer::new();
    let skipped = usize::from(bugs.has(Bug::ChangedForgotten) && changed.len() > 1);
    for changed in changed.iter().skip(skipped) {
        let entry = Entry {
            number: changed.who,
            at: 0,
            bytes: 0,
            due: changed.due,
            names: changed.names.clone(),
        };
        writer.add(entry, &changed.payload)?;
        if writer.bytes() >= parts.most {
            writer.end(writing, parts, people)?;
        }
    }
    let new: BTreeSet<u32> = changed.iter().map(|changed| changed.who).collect();
    let mut there = BTreeSet::new();
    for part in before.iter().filter(|part| taken.contains(&part.number)) {
        let name = part_name(part.number);
        let bytes = writing.disk.read(&name, 0);
        let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
        let damaged = |what: Damage| StoreError::damaged(&name, what);
        let mut read = Read::of(part, &bytes).map_err(damaged)?;
        for entry in std::mem::take(&mut read.entries) {
            let spot = Spot {
                part: part.number,
                at: entry.at,
            };
            let older = bugs.has(Bug::OlderRecordKept) && there.insert(entry.number);
            let is_newest = people.spot(entry.number) == Some(spot);
            if (is_newest || older) && !new.contains(&entry.number) {
                let payload = read.payload(&entry, false).map_err(damaged)?;
                writer.add(entry, payload)?;
            }
            if writer.bytes() >= parts.most {
                writer.end(writing, parts, people)?;
            }
        }
    }
    writer.end(writing, parts, people)
}

/// Which parts become one with what comes: from the newest on those that are no larger than twice what is written
/// anyway, and those of which less than half is left.
fn taken_in(parts: &Parts, fresh: u64) -> BTreeSet<u32> {
    let mut taken = BTreeSet::new();
    let mut bytes = fresh;
    for part in parts.list.iter().rev() {
        if part.bytes() > bytes.saturating_mul(2).min(parts.most / 2) {
            break;
        }
        bytes = bytes.saturating_add(part.bytes());
        taken.insert(part.number);
    }
    let worn = parts.list.iter();
    let worn = worn.filter(|part| part.live > 0 && part.live < part.count / 2);
    taken.extend(worn.map(|part| part.number));
    taken
}

/// And those that know something of who is there no more.
fn with_the_gone(
    disk: &mut dyn Disk,
    parts: &Parts,
    gone: &BTreeSet<u32>,
    taken: &mut BTreeSet<u32>,
) -> Result<(), StoreError> {
    if gone.is_empty() {
        return Ok(());
    }
    for part in &parts.list {
        let name = part_name(part.number);
        let bytes = disk.read(&name, 0);
        let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
        let read = Read::of(part, &bytes).map_err(|what| StoreError::damaged(&name, what))?;
        if read
            .entries
            .iter()
            .any(|entry| gone.contains(&entry.number))
        {
            taken.insert(part.number);
        }
    }
    Ok(())
}
