//! People in files: what a checkpoint writes of them is who was changed since the one before; everyone else's record
//! lies in an older part, which is named beside. Where the parts at the end have become as large as what comes, or
//! half of one has been written again since, they become one, so that there are few and nothing is written often.
//!
//! ```text
//! part    "JRPT"  format u16  flags u16  records  index (postcard)
//! record  at a multiple of 8: length u32  number u32  xxh3 of number and payload u64  payload (postcard)
//! ```
//! A checkpoint knows the hash of each index, an index where each record lies, a record its own hash.

use super::bugs::{Bug, Bugs};
use super::checkpoint::Unread;
use super::disk::Disk;
use super::error::StoreError;
use super::frame::Cut;
use super::generation::part_name;
use crate::state::{People, Record, Spot, Timer};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128};

const MAGIC: [u8; 4] = *b"JRPT";
const FORMAT: u16 = 1;
const FLAGS: u16 = 0;
const ALIGNED: usize = 8;

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

/// What an index says of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    number: u32,
    at: u32,
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
    fn new() -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&FLAGS.to_le_bytes());
        Self {
            bytes,
            entries: Vec::new(),
        }
    }

    fn add(&mut self, number: u32, payload: &[u8]) -> Result<(), StoreError> {
        let long = |_| StoreError::Entry("a checkpoint's part is too long".to_owned());
        let at = u32::try_from(self.bytes.len() / ALIGNED).map_err(long)?;
        let length = u32::try_from(payload.len()).map_err(long)?;
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&number.to_le_bytes());
        let sum = xxh3_64_with_seed(payload, u64::from(number));
        self.bytes.extend_from_slice(&sum.to_le_bytes());
        self.bytes.extend_from_slice(payload);
        let padded = self.bytes.len().next_multiple_of(ALIGNED);
        self.bytes.resize(padded, 0);
        self.entries.push(Entry { number, at });
        Ok(())
    }

    fn end(mut self, number: u32) -> Result<(Vec<u8>, Part, Vec<Entry>), StoreError> {
        let entry = |e: &dyn std::fmt::Display| StoreError::Entry(e.to_string());
        let index = postcard::to_stdvec(&self.entries).map_err(|e| entry(&e))?;
        let count = u32::try_from(self.entries.len()).map_err(|e| entry(&e))?;
        let part = Part {
            number,
            count,
            live: count,
            index: u64::try_from(self.bytes.len()).map_err(|e| entry(&e))?,
            sum: xxh3_128(&index),
        };
        self.bytes.extend_from_slice(&index);
        Ok((self.bytes, part, self.entries))
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

    fn payload(&self, entry: Entry, unchecked: bool) -> Result<&'b [u8], Damage> {
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

/// Everyone, and what is due for them.
pub(super) fn read_all(
    disk: &mut dyn Disk,
    parts: &[Part],
    count: u32,
    bugs: Bugs,
) -> Result<(People, Vec<Timer>), Unread> {
    let mut found: BTreeMap<u32, (Spot, Record)> = BTreeMap::new();
    for part in parts.iter().rev() {
        let name = part_name(part.number);
        let failed = |what: Damage| Unread::Damaged(format!("has no people: `{name}` {what}"));
        let bytes = disk.read(&name, 0).map_err(|e| {
            if e.kind() == ErrorKind::NotFound {
                failed("is gone".to_owned())
            } else {
                Unread::Newer(StoreError::io("read", &name, &e))
            }
        })?;
        let read = Read::of(part, &bytes).map_err(failed)?;
        for entry in &read.entries {
            if found.contains_key(&entry.number) {
                continue; // it was written again since
            }
            let payload = read.payload(*entry, bugs.has(Bug::RecordUnchecked));
            let record = postcard::from_bytes(payload.map_err(failed)?);
            let record = record.map_err(|e| failed(format!("holds no person: {e}")))?;
            let spot = Spot {
                part: part.number,
                at: entry.at,
            };
            found.insert(entry.number, (spot, record));
        }
    }
    let (mut people, mut timers) = (People::default(), Vec::new());
    for number in 0..count {
        let Some((spot, record)) = found.remove(&number) else {
            let what = format!("has no people: its parts lack number {number}");
            return Err(Unread::Damaged(what));
        };
        people.put(spot, record.person);
        timers.extend(record.timers);
    }
    Ok((people, timers))
}

/// What a checkpoint writes of people.
#[derive(Debug)]
pub(super) struct Written {
    /// None: nobody was changed
    pub bytes: Option<Vec<u8>>,
    pub parts: Vec<Part>,
}

/// A new part of who was changed, and of the parts that it takes the place of: all of them, if so said.
pub(super) fn write(
    disk: &mut dyn Disk,
    number: u64,
    mut parts: Vec<Part>,
    people: &mut People,
    changed: &[(u32, Vec<u8>)],
    whole: bool,
    bugs: Bugs,
) -> Result<Written, StoreError> {
    let number = u32::try_from(number).map_err(|e| StoreError::Entry(e.to_string()))?;
    for (who, _) in changed {
        let spot = people.spot(*who);
        let part = parts
            .iter_mut()
            .find(|part| Some(part.number) == spot.map(|s| s.part));
        if let Some(part) = part {
            part.live = part.live.saturating_sub(1);
        }
    }
    let fresh: usize = changed.iter().map(|(_, payload)| payload.len()).sum();
    let taken = taken_in(&parts, u64::try_from(fresh).unwrap_or(u64::MAX), whole);
    let mut writer = Writer::new();
    let skipped = usize::from(bugs.has(Bug::ChangedForgotten) && changed.len() > 1);
    for (who, payload) in changed.iter().skip(skipped) {
        writer.add(*who, payload)?;
    }
    let new: BTreeSet<u32> = changed.iter().map(|(who, _)| *who).collect();
    let mut there = BTreeSet::new();
    for part in parts.iter().filter(|part| taken.contains(&part.number)) {
        let name = part_name(part.number);
        let bytes = disk.read(&name, 0);
        let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
        let damaged = |what: Damage| StoreError::damaged(&name, what);
        let read = Read::of(part, &bytes).map_err(damaged)?;
        for entry in &read.entries {
            let spot = Spot {
                part: part.number,
                at: entry.at,
            };
            let is_newest = people.spot(entry.number) == Some(spot) && !new.contains(&entry.number);
            let older = bugs.has(Bug::OlderRecordKept) && !new.contains(&entry.number);
            if is_newest || (older && there.insert(entry.number)) {
                writer.add(entry.number, read.payload(*entry, false).map_err(damaged)?)?;
            }
        }
    }
    parts.retain(|part| !taken.contains(&part.number) && part.live > 0);
    if writer.entries.is_empty() {
        return Ok(Written { bytes: None, parts });
    }
    let (bytes, part, entries) = writer.end(number)?;
    for entry in entries {
        let at = entry.at;
        people.lies(entry.number, Spot { part: number, at });
    }
    if !bugs.has(Bug::PartForgotten) {
        parts.push(part);
    }
    Ok(Written {
        bytes: Some(bytes),
        parts,
    })
}

/// Which parts become one with what comes: from the newest on those that are no larger than twice what is written
/// anyway, and those of which less than half is left.
fn taken_in(parts: &[Part], fresh: u64, whole: bool) -> BTreeSet<u32> {
    let mut taken = BTreeSet::new();
    let mut bytes = fresh;
    for part in parts.iter().rev() {
        if !whole && part.bytes() > bytes.saturating_mul(2) {
            break;
        }
        bytes = bytes.saturating_add(part.bytes());
        taken.insert(part.number);
    }
    let worn = parts
        .iter()
        .filter(|part| part.live > 0 && part.live < part.count / 2);
    taken.extend(worn.map(|part| part.number));
    taken
}
