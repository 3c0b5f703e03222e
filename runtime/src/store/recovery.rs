//! What a folder holds: the newest good checkpoint, and the entries of all logs after it. Reads only. A torn
//! tail ends the log; anything else that can't be read is an error with a name, never skipped.

use super::bugs::{Bug, Bugs};
use super::checkpoint::{Checkpoint, Unread, program_in};
use super::codec::{Codec, deployed_in};
use super::disk::{Disk, Pages};
use super::entry::{Entry, Position};
use super::error::StoreError;
use super::frame::{Frame, HEADER_BYTES, LogHeader, was_durable};
use super::generation::{Listed, list, log_name, state_name};
use super::seal::Seals;
use super::shelf::Shelf;
use std::sync::Arc;

/// Entries that were written together.
#[derive(Debug)]
pub(super) struct Group {
    pub position: Option<Position>,
    pub entries: Vec<Entry>,
}

#[derive(Debug)]
pub(super) struct Found {
    pub base: Checkpoint,
    /// its bytes, as they are
    pub state: Vec<u8>,
    pub number: u64,
    pub groups: Vec<Group>,
    /// the frames of these groups, as they are
    pub frames: Vec<u8>,
    /// the number of the next entry, and the hash of the last frame
    pub next: u64,
    pub chain: u64,
    /// the program of what comes next, and how it is written
    pub program: [u8; 32],
    pub codec: Codec,
    seals: Seals,
    /// what is personal in its log is sealed
    pub log_sealed: bool,
    /// the largest that anything has
    pub epoch: u64,
    /// the last log, and how much of it is good
    pub last: (String, u64),
    /// what people should know
    pub notes: Vec<String>,
}

impl Found {
    /// What comes next is another program's.
    fn goes_on_in(
        &mut self,
        disk: &mut dyn Disk,
        shelf: &Shelf,
        hash: [u8; 32],
    ) -> Result<(), StoreError> {
        if self.program != hash {
            let program = shelf.program(disk, &hash)?;
            self.codec = Codec::new(&program).sealed_by(&self.seals);
            self.program = hash;
        }
        Ok(())
    }
}

/// The program that the folder goes on with. None: nothing was ever begun, or no checkpoint is good.
pub fn program_of(disk: &mut dyn Disk) -> Result<Option<[u8; 32]>, StoreError> {
    let listed = list(disk)?;
    for number in listed.states.iter().rev() {
        let Some(program) = program_in(&read(disk, &state_name(*number))?) else {
            continue;
        };
        let mut last = program;
        // a log without a state is of a generation that was never begun
        let logs = listed.logs.range(number..);
        for number in logs.filter(|number| listed.states.contains(number)) {
            let bytes = read(disk, &log_name(*number))?;
            let mut rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
            while let Some(frame) = Frame::read(rest) {
                last = deployed_in(frame.payload).unwrap_or(last);
                rest = rest.get(frame.length()..).unwrap_or_default();
            }
        }
        return Ok(Some(last));
    }
    Ok(None)
}

/// None: nothing was ever begun in the folder. With it, the largest number that is taken.
pub(super) fn find(
    disk: &mut dyn Disk,
    shelf: &Shelf,
    from: (Option<&Arc<dyn Pages>>, &Seals),
    bugs: Bugs,
) -> Result<(Option<Found>, u64), StoreError> {
    let listed = list(disk)?;
    let newest = listed.newest();
    if listed.states.is_empty() {
        nothing(disk, &listed)?;
        return Ok((None, newest));
    }
    let mut notes = Vec::new();
    let mut found = None;
    for number in listed.states.iter().rev() {
        let name = state_name(*number);
        let bytes = read(disk, &name)?;
        let read = match found {
            None => Checkpoint::read(disk, &name, &bytes, from, bugs).map(Some),
            Some(_) => Checkpoint::alone(&name, &bytes, None, bugs).map(|_| None),
        };
        match read {
            Ok(Some(base)) => found = Some((*number, base, bytes)),
            Ok(None) => {}
            Err(Unread::Newer(error)) => return Err(error),
            Err(Unread::Damaged(what)) if bugs.has(Bug::NoFallback) => {
                return Err(StoreError::damaged(&name, what));
            }
            Err(Unread::Damaged(what)) => notes.push(format!(
                "the checkpoint `{name}` {what}: an older one and the log serve"
            )),
        }
    }
    let Some((number, base, state)) = found else {
        let name = state_name(listed.newest());
        return Err(StoreError::damaged(
            &name,
            "has other bytes than were written, and there is no other",
        ));
    };
    let program = shelf.program(disk, &base.head.program)?;
    let found = Found {
        program: base.head.program,
        codec: Codec::new(&program).sealed_by(from.1),
        seals: from.1.clone(),
        log_sealed: base.sealed,
        next: base.head.entries,
        chain: base.head.chain,
        epoch: base.head.epoch,
        base,
        state,
        number,
        groups: Vec::new(),
        frames: Vec::new(),
        last: (log_name(number), 0),
        notes,
    };
    let found = replayed(disk, shelf, bugs, &listed, found)?;
    Ok((Some(found), newest))
}

/// Logs without a checkpoint: the first start did not come far, or something is gone.
fn nothing(disk: &mut dyn Disk, listed: &Listed) -> Result<(), StoreError> {
    for number in &listed.logs {
        let name = log_name(*number);
        let bytes = read(disk, &name)?;
        LogHeader::read(&name, &bytes)?;
        if bytes.len() > HEADER_BYTES {
            let what = "has entries, and there is no checkpoint before them";
            return Err(StoreError::damaged(&name, what));
        }
    }
    Ok(())
}

fn read(disk: &mut dyn Disk, name: &str) -> Result<Vec<u8>, StoreError> {
    disk.read(name, 0)
        .map_err(|e| StoreError::io("read", name, &e))
}

fn replayed(
    disk: &mut dyn Disk,
    shelf: &Shelf,
    bugs: Bugs,
    listed: &Listed,
    mut found: Found,
) -> Result<Found, StoreError> {
    if !listed.logs.contains(&found.number) {
        let name = log_name(found.number);
        return Err(StoreError::damaged(&name, "is gone"));
    }
    for number in listed.logs.range(found.number..) {
        let name = log_name(*number);
        let bytes = read(disk, &name)?;
        let header = LogHeader::read(&name, &bytes)?;
        if !listed.states.contains(number) {
            continue; // its generation was never begun
        }
        let Some(header) = header else {
            return Err(StoreError::damaged(&name, "has no header"));
        };
        let frames = bytes.get(HEADER_BYTES..).unwrap_or_default();
        found.epoch = found.epoch.max(header.epoch);
        found.log_sealed |= header.sealed;
        let head = &found.base.head;
        if (header.first, header.chain) == (head.entries, head.chain) {
            // a copy that a recovery has made of the logs before it
            (found.next, found.chain) = (head.entries, head.chain);
            found.groups.clear();
            found.frames.clear();
            found.goes_on_in(disk, shelf, found.base.head.program)?;
        }
        let goes_on = (header.first, header.chain) == (found.next, found.chain)
            && header.program == found.program;
        if !goes_on {
            let what = "does not go on where what came before it ends";
            return Err(StoreError::damaged(&name, what));
        }
        let good = scan(disk, shelf, bugs, (&name, frames), &mut found)?;
        let length = u64::try_from(HEADER_BYTES + good).unwrap_or(u64::MAX);
        found.last = (name, length);
    }
    Ok(found)
}

/// Takes the frames of a log in. How many bytes of it are good.
fn scan(
    disk: &mut dyn Disk,
    shelf: &Shelf,
    bugs: Bugs,
    (name, frames): (&str, &[u8]),
    found: &mut Found,
) -> Result<usize, StoreError> {
    let mut good = 0;
    let mut from = 0;
    while let Some(rest) = frames.get(from..).filter(|rest| !rest.is_empty()) {
        let read = if bugs.has(Bug::SumUnchecked) {
            Frame::unchecked(rest)
        } else {
            Frame::read(rest)
        };
        let frame = read.filter(|frame| {
            let goes_on = (frame.first, frame.chain) == (found.next, found.chain);
            goes_on || bugs.has(Bug::ChainUnchecked)
        });
        let Some(frame) = frame else {
            if bugs.has(Bug::DamagedFrameSkipped) {
                from += 1;
                if let Some(frame) = frames.get(from..).and_then(Frame::read) {
                    (found.next, found.chain) = (frame.first, frame.chain);
                }
                continue;
            }
            let durable = was_durable(rest, found.next) && !bugs.has(Bug::DamageIsTorn);
            if durable || bugs.has(Bug::TornIsDamage) {
                let place = HEADER_BYTES + from;
                let what = format!("has other bytes at {place} than were written");
                return Err(StoreError::damaged(name, what));
            }
            let torn = rest.len();
            found.notes.push(format!(
                "`{name}` ends in {torn} bytes that were never acknowledged: they are cut off"
            ));
            break;
        };
        let decoded = found.codec.decode(frame.payload, frame.count);
        let (position, entries) = decoded.map_err(|why| {
            let what = format!("holds no entries of its program: {}", why.0);
            StoreError::damaged(name, what)
        })?;
        let bytes = rest.get(..frame.length()).unwrap_or_default();
        found.frames.extend_from_slice(bytes);
        let deployed = deployed_in(frame.payload);
        if let Some(program) = deployed {
            found.goes_on_in(disk, shelf, program)?;
        }
        found.groups.push(Group { position, entries });
        (found.next, found.chain) = (frame.end(), frame.sum);
        from += frame.length();
        good = from;
    }
    Ok(good)
}
