//! A state as a file: what the engine knows, and what the run knows beside it, as of a number of entries. People lie
//! in `parts`, which it names.
//!
//! ```text
//! "JRCK"  format u16  flags u16  epoch u64  program [32]  entries u64  chain u64  progress length u64
//! blake3 of all the rest [32]  progress, parts (postcard)  the state without people (`state::snapshot`)
//! ```
//! What comes before the progress keeps its layout in every format, so that a newer one is known for what it is.

use super::bugs::{Bug, Bugs};
use super::disk::{Disk, Pages};
use super::error::StoreError;
use super::frame::Cut;
use super::frame::SEALED;
use super::parts::{Part, read_all};
use super::seal::{KeyNo, Personal, Seals};
use crate::outbox::Outbox;
use crate::state::State;
use crate::state::snapshot::{SnapshotError, restore, snapshot};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const MAGIC: [u8; 4] = *b"JRCK";
const FORMAT: u16 = 2;
/// What comes before the hash.
const HEAD_BYTES: usize = 4 + 2 + 2 + 8 + 32 + 8 + 8 + 8;

/// What a run knows beside the engine's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// the program's name and version, for people
    pub program: String,
    /// inputs in the order in which they were first read
    pub inputs: Vec<Reading>,
    /// bytes that are written to each output, by what the user calls it
    pub outputs: BTreeMap<String, u64>,
    /// kinds of actions that are shown, and so numbered
    pub kinds: BTreeSet<String>,
    /// what prints of erased identifiers are made with
    pub salt: String,
    /// what is to be sent
    pub outbox: Outbox,
}

/// How far an input has been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// of its name, its source and its first record
    pub key: u128,
    pub name: String,
    pub records: u64,
    /// hash of these records
    pub prefix: u64,
}

/// What a checkpoint says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub epoch: u64,
    pub program: [u8; 32],
    /// entries that are applied
    pub entries: u64,
    /// hash of the frame with the last of them
    pub chain: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Checkpoint {
    pub head: Head,
    pub progress: Progress,
    pub parts: Vec<Part>,
    pub state: State,
    /// what is personal in it is sealed
    pub sealed: bool,
    /// keys that go once no checkpoint needs them
    pub doomed: Vec<KeyNo>,
}

/// Why a checkpoint is not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// written by a newer version, or with features of one, or the disk refuses: the folder is left alone
    Newer(StoreError),
    /// anything else: an older checkpoint may serve
    Damaged(String),
}

/// The program that a checkpoint is of, if it is whole.
pub(super) fn program_in(bytes: &[u8]) -> Option<[u8; 32]> {
    let mut cut = Cut(bytes);
    cut.take::<4>().filter(|magic| *magic == MAGIC)?;
    cut.take::<12>()?;
    let program = cut.take()?;
    cut.take::<24>()?;
    let hash = cut.take::<32>()?;
    (hash_of(bytes.get(..HEAD_BYTES)?, cut.0) == hash).then_some(program)
}

fn hash_of(head: &[u8], rest: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(head);
    hasher.update(rest);
    *hasher.finalize().as_bytes()
}

/// `people`: how many there are; they lie in the parts. `personal`: what state and progress have of people, sealed;
/// None: it stands in them as it is.
pub(super) fn write(
    head: &Head,
    progress: &Progress,
    (parts, people): (&[Part], u32),
    state: &State,
    personal: Option<&Personal>,
) -> Result<Vec<u8>, StoreError> {
    let entry = |e: &dyn std::fmt::Display| StoreError::Entry(e.to_string());
    let (progress, flags) = match personal {
        None => (postcard::to_stdvec(&(progress, parts, people)), 0),
        Some(personal) => {
            let all = postcard::to_stdvec(&(progress, parts, people, personal));
            (all, SEALED)
        }
    };
    let progress = progress.map_err(|e| entry(&e))?;
    let state = snapshot(state).map_err(|e| entry(&e))?;
    let mut bytes = Vec::with_capacity(HEAD_BYTES + 32 + progress.len() + state.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&flags.to_le_bytes());
    bytes.extend_from_slice(&head.epoch.to_le_bytes());
    bytes.extend_from_slice(&head.program);
    bytes.extend_from_slice(&head.entries.to_le_bytes());
    bytes.extend_from_slice(&head.chain.to_le_bytes());
    let length = u64::try_from(progress.len()).map_err(|e| entry(&e))?;
    bytes.extend_from_slice(&length.to_le_bytes());
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes);
    hasher.update(&progress);
    hasher.update(&state);
    bytes.extend_from_slice(hasher.finalize().as_bytes());
    bytes.extend_from_slice(&progress);
    bytes.extend_from_slice(&state);
    Ok(bytes)
}

impl Checkpoint {
    /// With everyone, from the parts; where `pages` are given, people stay there until they are asked for.
    pub(super) fn read(
        disk: &mut dyn Disk,
        name: &str,
        bytes: &[u8],
        (pages, seals): (Option<&Arc<dyn Pages>>, &Seals),
        bugs: Bugs,
    ) -> Result<Checkpoint, Unread> {
        let (mut checkpoint, people) = Self::alone(name, bytes, Some(seals), bugs)?;
        let parts = (checkpoint.parts.as_slice(), people);
        read_all(disk, parts, &mut checkpoint.state, (pages, seals), bugs)?;
        Ok(checkpoint)
    }

    /// Without people; how many there are. Without `seals` what is sealed stays so.
    pub(super) fn alone(
        name: &str,
        bytes: &[u8],
        seals: Option<&Seals>,
        bugs: Bugs,
    ) -> Result<(Checkpoint, u32), Unread> {
        let short = || Unread::Damaged("is cut short".to_owned());
        let mut cut = Cut(bytes);
        if cut.take::<4>().ok_or_else(short)? != MAGIC {
            return Err(Unread::Damaged("is no checkpoint".to_owned()));
        }
        let format = u16::from_le_bytes(cut.take().ok_or_else(short)?);
        let flags = u16::from_le_bytes(cut.take().ok_or_else(short)?);
        let epoch = u64::from_le_bytes(cut.take().ok_or_else(short)?);
        let program = cut.take::<32>().ok_or_else(short)?;
        let entries = u64::from_le_bytes(cut.take().ok_or_else(short)?);
        let chain = u64::from_le_bytes(cut.take().ok_or_else(short)?);
        let length = u64::from_le_bytes(cut.take().ok_or_else(short)?);
        let hash = cut.take::<32>().ok_or_else(short)?;
        let found = hash_of(bytes.get(..HEAD_BYTES).unwrap_or_default(), cut.0);
        if found != hash && !bugs.has(Bug::HashUnchecked) {
            let what = "has other bytes than were written";
            return Err(Unread::Damaged(what.to_owned()));
        }
        let name = || name.to_owned();
        if format != FORMAT {
            let name = name();
            return Err(Unread::Newer(StoreError::Format { name, format }));
        }
        if flags & !SEALED != 0 {
            let name = name();
            return Err(Unread::Newer(StoreError::Flags { name, flags }));
        }
        let length = usize::try_from(length).map_err(|_| short())?;
        let (progress, state) = cut.0.split_at_checked(length).ok_or_else(short)?;
        let mut state = state_in(name(), state)?;
        // the state's shape is that of the progress as well: it is known by now to be ours
        let sealed = flags & SEALED != 0;
        let (mut progress, parts, people, personal) = kept(progress, sealed).map_err(malformed)?;
        let mut doomed = Vec::new();
        if let (Some(personal), Some(seals)) = (personal, seals) {
            let vault = seals.vault();
            let mut vault = vault.ok_or(Unread::Newer(StoreError::Sealed))?;
            let outbox = &mut progress.outbox;
            doomed = personal.put_back(&mut vault, &mut state, outbox);
        }
        let head = Head {
            epoch,
            program,
            entries,
            chain,
        };
        let checkpoint = Checkpoint {
            head,
            progress,
            parts,
            state,
            sealed,
            doomed,
        };
        Ok((checkpoint, people))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn malformed(why: String) -> Unread {
    Unread::Damaged(format!("is malformed: {why}"))
}

fn state_in(name: String, bytes: &[u8]) -> Result<State, Unread> {
    restore(bytes).map_err(|e| match e {
        SnapshotError::Version(format) => Unread::Newer(StoreError::Format { name, format }),
        SnapshotError::Flags(flags) => Unread::Newer(StoreError::Flags { name, flags }),
        SnapshotError::Shape => Unread::Newer(StoreError::Build { name }),
        SnapshotError::NotASnapshot | SnapshotError::Damaged | SnapshotError::Malformed(_) => {
            malformed(e.to_string())
        }
    })
}

type Kept = (Progress, Vec<Part>, u32, Option<Personal>);

/// What stands before the state.
fn kept(bytes: &[u8], sealed: bool) -> Result<Kept, String> {
    let read = if sealed {
        let read = postcard::take_from_bytes(bytes);
        read.map(|((progress, parts, people, personal), rest)| {
            ((progress, parts, people, Some(personal)), rest)
        })
    } else {
        let read = postcard::take_from_bytes(bytes);
        read.map(|((progress, parts, people), rest)| ((progress, parts, people, None), rest))
    };
    match read {
        Ok((kept, [])) => Ok(kept),
        Ok(_) => Err("bytes are left over".to_owned()),
        Err(e) => Err(e.to_string()),
    }
}

/// Whether a checkpoint says that what is personal in it is sealed.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    let flags = bytes.get(6..8).and_then(|flags| flags.first_chunk());
    flags.is_some_and(|flags| u16::from_le_bytes(*flags) & SEALED != 0)
}

/// The clock of a whole checkpoint. None: it can't be read.
#[expect(clippy::option_option, reason = "a state may have no clock yet")]
pub(super) fn clock_of(name: &str, bytes: &[u8]) -> Option<Option<i64>> {
    let (checkpoint, _) = Checkpoint::alone(name, bytes, None, Bugs::default()).ok()?;
    Some(checkpoint.state.clock)
}

/// How many people a whole checkpoint knows to be erased. None: it can't be read.
pub(super) fn erasures_of(name: &str, bytes: &[u8]) -> Option<usize> {
    let (checkpoint, _) = Checkpoint::alone(name, bytes, None, Bugs::default()).ok()?;
    Some(checkpoint.state.erasures.len())
}

/// The parts that a whole checkpoint names. None: it can't be read.
pub(super) fn parts_of(name: &str, bytes: &[u8]) -> Option<Vec<u32>> {
    let (checkpoint, _) = Checkpoint::alone(name, bytes, None, Bugs::default()).ok()?;
    Some(checkpoint.parts.iter().map(|part| part.number).collect())
}
