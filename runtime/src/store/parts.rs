//! People in files: what a checkpoint writes of them is who was changed since the one before; everyone else's record
//! lies in an older part, which is named beside. Where the parts at the end have become as large as what comes, or
//! half of one has been written again since, they become one, so that there are few and nothing is written often.
//!
//! ```text
//! part    "JRPT"  format u16  flags u16  records  index (postcard)
//! record  at a multiple of 8: length u32  number u32  xxh3 of number and payload u64  payload (postcard)
//! ```
//! In a folder with keys the index is sealed with the folder's, and a payload is a key's number u32 and what it seals.
//! A checkpoint knows the hash of each index, an index where each record lies, a record its own hash.

use super::bugs::{Bug, Bugs};
use super::checkpoint::Unread;
use super::disk::{Disk, Pages};
use super::error::StoreError;
use super::frame::{Cut, SEALED};
use super::generation::{Writing, part_name};
use super::seal::{KeyNo, Place, Seals, Shut, Vault};
use crate::state::{People, Person, PersonNo, Record, Records, Spot, State};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128};

const MAGIC: [u8; 4] = *b"JRPT";
const FORMAT: u16 = 1;
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
    /// in a folder with keys: hashes of what names them, and the numbers of these names
    #[serde(skip)]
    keys: Vec<(u128, KeyNo)>,
}

/// Somebody who was changed.
#[derive(Debug)]
pub(super) struct Changed {
    pub who: u32,
    pub payload: Vec<u8>,
    pub due: Option<i64>,
    pub names: Vec<u64>,
    pub keys: Vec<(u128, KeyNo)>,
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
    seals: Seals,
}

impl Writer {
    fn bytes(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    fn new(seals: &Seals) -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        let flags = u16::from(seals.are_on()) * SEALED;
        bytes.extend_from_slice(&flags.to_le_bytes());
        Self {
            bytes,
            entries: Vec::new(),
            seals: seals.clone(),
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
        let next = Self::new(&self.seals);
        let Writer {
            mut bytes, entries, ..
        } = std::mem::replace(self, next);
        if entries.is_empty() {
            return Ok(());
        }
        let mut index = postcard::to_stdvec(&entries).map_err(|e| entry(&e))?;
        if let Some(vault) = self.seals.vault() {
            let keys: Vec<_> = entries.iter().map(|entry| &entry.keys).collect();
            let all = postcard::to_stdvec(&(&entries, keys)).map_err(|e| entry(&e))?;
            index = vault.seal_common(Place::Index, &all);
        }
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
    sealed: bool,
}

impl<'b> Read<'b> {
    fn of(part: &Part, bytes: &'b [u8], seals: &Seals) -> Result<Self, Damage> {
        let index = usize::try_from(part.index).ok();
        let index = index.and_then(|index| bytes.get(index..));
        let index = index.ok_or("is cut short")?;
        let (entries, sealed) = Self::index(part, bytes, index, seals)?;
        Ok(Self {
            bytes,
            entries,
            sealed,
        })
    }

    /// What lies in a part, and whether it is sealed: of its head and its index.
    fn index(
        part: &Part,
        head: &[u8],
        index: &[u8],
        seals: &Seals,
    ) -> Result<(Vec<Entry>, bool), Damage> {
        let mut cut = Cut(head);
        let magic = cut.take::<4>();
        let format = cut.take().map(u16::from_le_bytes);
        let flags = cut.take().map(u16::from_le_bytes);
        let flags = flags.filter(|flags| flags & !SEALED == 0);
        let Some(flags) = flags.filter(|_| (magic, format) == (Some(MAGIC), Some(FORMAT))) else {
            return Err("is no part of a checkpoint".to_owned());
        };
        let sealed = flags & SEALED != 0;
        let index = Some(index).filter(|index| xxh3_128(index) == part.sum);
        let entries = index.and_then(|index| match sealed {
            true => sealed_index(index, seals),
            false => postcard::from_bytes(index).ok(),
        });
        let entries = entries.ok_or("has another index than was written")?;
        Ok((entries, sealed))
    }

    fn payload(&self, entry: &Entry, unchecked: bool) -> Result<&'b [u8], Damage> {
        let found = usize::try_from(entry.at).ok();
        let found = found.and_then(|at| self.bytes.get(at * ALIGNED..));
        found
            .and_then(|bytes| payload(bytes, entry.number, unchecked))
            .ok_or_else(|| "has other records than were written".to_owned())
    }
}

fn sealed_index(index: &[u8], seals: &Seals) -> Option<Vec<Entry>> {
    let plain = seals.vault()?.open_common(Place::Index, index).ok()?;
    let read: (Vec<Entry>, Vec<Vec<(u128, KeyNo)>>) = postcard::from_bytes(&plain).ok()?;
    let (mut entries, keys) = read;
    for (entry, keys) in entries.iter_mut().zip(keys) {
        entry.keys = keys;
    }
    Some(entries)
}

/// A record as a folder with keys has it.
pub(super) fn sealed_payload(vault: &Vault, number: KeyNo, plain: &[u8]) -> Vec<u8> {
    let mut payload = number.to_le_bytes().to_vec();
    payload.extend_from_slice(&vault.seal(number, Place::Record, plain));
    payload
}

/// A record's person; of who is erased nothing but that.
fn record_of(payload: &[u8], who: u32, seals: Option<&Seals>) -> Result<Record, Damage> {
    let read = |plain: &[u8]| {
        let record = postcard::from_bytes(plain);
        record.map_err(|e| format!("holds no person: {e}"))
    };
    let Some(seals) = seals else {
        return read(payload);
    };
    let wrong = || "has records that are sealed with other keys".to_owned();
    let mut cut = Cut(payload);
    let number = cut.take().map(KeyNo::from_le_bytes).ok_or_else(wrong)?;
    let opened = seals
        .vault()
        .map(|vault| vault.open_sealed(number, Place::Record, cut.0));
    match opened {
        Some(Ok(plain)) => read(&plain),
        Some(Err(Shut::Erased)) => {
            let mut nobody = Person::empty("".into(), PersonNo(who), (0, String::new()));
            nobody.erased = true;
            Ok(Record {
                person: nobody,
                timers: Vec::new(),
            })
        }
        Some(Err(Shut::Wrong)) | None => Err(wrong()),
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

/// By number: where the record lies, what is said of it, and itself if it was read.
type Found = BTreeMap<u32, (Spot, Entry, Option<Record>)>;

fn spot_of(part: &Part, entry: &Entry) -> Spot {
    Spot {
        part: part.number,
        at: entry.at,
    }
}

fn damaged(name: &str, what: &str) -> Unread {
    Unread::Damaged(format!("has no people: `{name}` {what}"))
}

/// What a part's index says of people who were not written again since; their records stay where they are.
fn known_of(
    disk: &mut dyn Disk,
    part: &Part,
    (pages, seals): (&Arc<dyn Pages>, &Seals),
    found: &mut Found,
) -> Result<(), Unread> {
    let name = part_name(part.number);
    let head = pages.read(&name, 0, HEAD_BYTES);
    let head = head.map_err(|e| refused(&name, &e))?;
    let index = disk.read(&name, part.index);
    let index = index.map_err(|e| refused(&name, &e))?;
    let (entries, _) = Read::index(part, &head, &index, seals).map_err(|e| damaged(&name, &e))?;
    for entry in entries {
        let there = (spot_of(part, &entry), entry, None);
        found.entry(there.1.number).or_insert(there);
    }
    Ok(())
}

/// The same with their records.
fn people_of(
    disk: &mut dyn Disk,
    part: &Part,
    (seals, bugs): (&Seals, Bugs),
    found: &mut Found,
) -> Result<(), Unread> {
    let name = part_name(part.number);
    let failed = |what: Damage| damaged(&name, &what);
    let bytes = disk.read(&name, 0).map_err(|e| refused(&name, &e))?;
    let mut read = Read::of(part, &bytes, seals).map_err(failed)?;
    let opens = read.sealed.then_some(seals);
    for entry in std::mem::take(&mut read.entries) {
        if found.contains_key(&entry.number) {
            continue; // it was written again since
        }
        let payload = read.payload(&entry, bugs.has(Bug::RecordUnchecked));
        let record = record_of(payload.map_err(failed)?, entry.number, opens);
        let record = Some(record.map_err(failed)?);
        found.insert(entry.number, (spot_of(part, &entry), entry, record));
    }
    Ok(())
}

/// Everyone, and what is due for them: in memory, or where `pages` are given, there only.
pub(super) fn read_all(
    disk: &mut dyn Disk,
    checkpoint: (&[Part], u32),
    state: &mut State,
    (pages, seals): (Option<&Arc<dyn Pages>>, &Seals),
    bugs: Bugs,
) -> Result<(), Unread> {
    let (parts, count) = checkpoint;
    let mut found = Found::new();
    for part in parts.iter().rev() {
        match pages {
            Some(pages) => known_of(disk, part, (pages, seals), &mut found)?,
            None => people_of(disk, part, (seals, bugs), &mut found)?,
        }
    }
    if let Some(pages) = pages {
        state.people.read_from(Cold::of(pages, seals));
    }
    let mut alike = Vec::new();
    for number in 0..count {
        let Some((spot, entry, record)) = found.remove(&number) else {
            let what = format!("has no people: its parts lack number {number}");
            return Err(Unread::Damaged(what));
        };
        if let Some(mut vault) = seals.vault() {
            for (print, number) in &entry.keys {
                vault.has_print(*print, *number);
                vault.names(*number);
            }
        }
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

/// A part that is gone is damage; what the disk refuses is not.
fn refused(name: &str, error: &std::io::Error) -> Unread {
    if error.kind() == ErrorKind::NotFound {
        damaged(name, "is gone")
    } else {
        Unread::Newer(StoreError::io("read", name, error))
    }
}

/// Records where a checkpoint has left them.
#[derive(Debug)]
pub(super) struct Cold(Arc<dyn Pages>, Seals);

impl Cold {
    pub(super) fn of(pages: &Arc<dyn Pages>, seals: &Seals) -> Arc<dyn Records> {
        Arc::new(Self(Arc::clone(pages), seals.clone()))
    }

    /// The keys, if the part is sealed.
    fn opens(&self, name: &str) -> Result<Option<&Seals>, std::io::Error> {
        if !self.1.are_on() {
            return Ok(None);
        }
        let head = self.0.read(name, 0, HEAD_BYTES)?;
        Ok(is_sealed(&head).then_some(&self.1))
    }
}

/// Magic, format and flags.
const HEAD_BYTES: usize = 8;

fn is_sealed(bytes: &[u8]) -> bool {
    let flags = bytes
        .get(6..HEAD_BYTES)
        .and_then(|flags| flags.first_chunk());
    flags.is_some_and(|flags| u16::from_le_bytes(*flags) & SEALED != 0)
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
        let payload =
            payload.ok_or_else(|| format!("`{name}` has other records than were written"))?;
        let record = record_of(payload, who, self.opens(&name).map_err(failed)?);
        record.map_err(|what| format!("`{name}` {what}"))
    }
}

/// Parts of who was changed, and of the parts that these take the place of.
pub(super) fn write(
    writing: &mut Writing<'_>,
    parts: &mut Parts,
    people: &mut People,
    (changed, seals): (&[Changed], &Seals),
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
        (&gone.map(|gone| gone.who).collect(), seals),
        &mut taken,
    )?;
    let before: Vec<Part> = parts.list.clone();
    parts
        .list
        .retain(|part| !taken.contains(&part.number) && part.live > 0);
    let mut writer = Writer::new(seals);
    let skipped = usize::from(bugs.has(Bug::ChangedForgotten) && changed.len() > 1);
    for changed in changed.iter().skip(skipped) {
        let entry = Entry {
            number: changed.who,
            at: 0,
            bytes: 0,
            due: changed.due,
            names: changed.names.clone(),
            keys: changed.keys.clone(),
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
        let mut read = Read::of(part, &bytes, seals).map_err(damaged)?;
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
    (gone, seals): (&BTreeSet<u32>, &Seals),
    taken: &mut BTreeSet<u32>,
) -> Result<(), StoreError> {
    if gone.is_empty() {
        return Ok(());
    }
    for part in &parts.list {
        let name = part_name(part.number);
        let bytes = disk.read(&name, 0);
        let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
        let read = Read::of(part, &bytes, seals);
        let read = read.map_err(|what| StoreError::damaged(&name, what))?;
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
