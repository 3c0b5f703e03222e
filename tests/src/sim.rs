//! A life of crashes from one seed: a generated program and its inputs through the real engine and the real
//! log on a disk that fails, killed and restarted until all is read. The oracle is a run in memory that nobody
//! disturbs: the same actions, the same dead letters, the same state, and nothing acknowledged is ever lost.

pub mod disk;
pub mod enumerate;
mod scenario;

pub use scenario::{Scenario, deployed, scenario};

use crate::irgen::Rng;
use crate::irgen::rng::mix;
use disk::{Faults, SimDisk};
use journey_runtime::state::State;
use journey_runtime::store::bugs::{Bug, Bugs};
use journey_runtime::store::frame::{Frame, HEADER_BYTES};
use journey_runtime::store::{
    ACTIONS, DEAD_LETTERS, Durable, Entry, Out, Position, Sealing, Settings, StoreError,
    interpreted, program_of,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const SALT: &str = "salt";
const SEALING: Sealing = Sealing {
    master: [1; 32],
    seed: [2; 32],
};
/// Lives that end in a fault, at most; the last one is undisturbed.
const LIVES_MAX: usize = 14;

/// What came of a seed.
#[derive(Debug, Default)]
pub struct Verdict {
    pub failure: Option<String>,
    pub marks: BTreeMap<&'static str, u64>,
    pub operations: u64,
}

/// One seed: its faults are drawn from it, all of them or a few.
pub fn run(scenario: &Scenario, seed: u64, bug: Option<Bug>) -> Verdict {
    let mut sim = Sim {
        scenario,
        rng: Rng::new(mix(seed ^ 0x51)),
        disk: SimDisk::new(seed),
        bugs: Bugs::planted(bug),
        acked: 0,
        damaged: false,
        swarm: Swarm::default(),
        operations: 0,
    };
    sim.swarm = Swarm::of(&mut sim.rng);
    sim.swarm.sealed = seed % 3 == 1;
    let failure = sim.lives().err();
    Verdict {
        failure,
        marks: std::mem::take(&mut sim.disk.marks),
        operations: sim.operations,
    }
}

/// Which faults a seed has at all.
#[derive(Clone, Copy, Debug, Default)]
struct Swarm {
    kill: bool,
    power: bool,
    sync: bool,
    append: bool,
    names: bool,
    flips: bool,
    /// checkpoints come often
    eager: bool,
    /// pieces of parts are not read
    pages: bool,
    /// bytes that people may take in memory
    cache: Option<u64>,
    /// the folder has keys
    sealed: bool,
}

impl Swarm {
    fn of(rng: &mut Rng) -> Self {
        Self {
            kill: rng.chance(80),
            power: rng.chance(80),
            sync: rng.chance(40),
            append: rng.chance(40),
            names: rng.chance(30),
            flips: rng.chance(30),
            eager: rng.chance(50),
            pages: rng.chance(20),
            cache: rng.pick(&[None, None, Some(1), Some(4_000)]),
            sealed: false,
        }
    }

    fn faults(self, rng: &mut Rng) -> Faults {
        Faults {
            kill_at: self.kill.then(|| 1 + rng.below(90) as u64),
            sync: if self.sync { 40 } else { 0 },
            append: if self.append { 30 } else { 0 },
            names: if self.names { 40 } else { 0 },
            page: self.pages.then(|| 1 + rng.below(60) as u64),
        }
    }
}

struct Sim<'s> {
    scenario: &'s Scenario,
    rng: Rng,
    disk: SimDisk,
    bugs: Bugs,
    /// records that were acknowledged
    acked: u64,
    /// a checkpoint is damaged, and the folder was not opened since
    damaged: bool,
    swarm: Swarm,
    operations: u64,
}

type Outcome<T> = Result<T, String>;

/// How a life ended.
enum End {
    /// a fault
    Died,
    /// all is read and written
    Done,
}

impl Sim<'_> {
    fn lives(&mut self) -> Outcome<()> {
        for life in 0..LIVES_MAX {
            let faults = if life + 1 == LIVES_MAX {
                Faults::default()
            } else {
                self.swarm.faults(&mut self.rng)
            };
            self.disk.restart(faults);
            let end = self.life(life + 1 == LIVES_MAX);
            self.operations += self.disk.operations();
            match end.map_err(|e| format!("life {life}: {e}"))? {
                End::Done => break,
                End::Died => self.between()?,
            }
        }
        self.aftermath()
    }

    /// Between two lives the power may go, and a bit may turn.
    fn between(&mut self) -> Outcome<()> {
        if self.swarm.power && self.rng.chance(50) {
            self.disk.lose_power();
        }
        if self.swarm.flips && self.rng.chance(50) {
            self.flip()?;
        }
        Ok(())
    }

    /// Opens the folder with the program that it goes on with; which of the versions that is.
    fn open(&mut self) -> Result<(Durable<&mut SimDisk>, usize), StoreError> {
        let scenario = self.scenario;
        let hash = program_of(&mut &mut self.disk)?;
        let all = scenario.versions.iter();
        let version = all.rev().position(|v| Some(v.deployment.hash) == hash);
        let version = version.map_or(0, |from_last| scenario.versions.len() - 1 - from_last);
        let settings = Settings {
            deployment: scenario.versions[version].deployment.clone(),
            execute: interpreted,
            salt: SALT.to_owned(),
            actions: Some(out("actions")),
            dead_letters: Some(out("dead")),
            cache: self.swarm.cache,
            sealing: self.swarm.sealed.then_some(SEALING),
            bugs: self.bugs,
        };
        let engine = scenario.versions[version].engine();
        Ok((Durable::open(&mut self.disk, engine, settings)?, version))
    }

    fn life(&mut self, last: bool) -> Outcome<End> {
        let (seen, acked) = (self.disk.seen, self.acked);
        let mut rng = self.rng.clone();
        self.rng.word();
        let (scenario, swarm) = (self.scenario, self.swarm);
        let (mut run, version) = match self.open() {
            Ok(opened) => opened,
            Err(StoreError::Io { .. }) if !last => return Ok(End::Died),
            Err(error) => return Err(format!("it does not open: {error}")),
        };
        let progress = run.progress().inputs.first();
        let read = progress.map_or(0, |reading| reading.records);
        if read < acked {
            return Err(format!(
                "{acked} records were acknowledged, {read} are there"
            ));
        }
        let there = run.disk().cached(ACTIONS).map_or(0, <[u8]>::len);
        if there < seen {
            return Err(format!(
                "{seen} bytes of actions were seen, {there} are there"
            ));
        }
        let mut life = Life {
            run: &mut run,
            scenario,
            version,
            rng: &mut rng,
            swarm,
            read,
            ends: Vec::new(),
            entries: 0,
            acked,
        };
        let done = life.go();
        let acked = life.acked;
        drop(run);
        self.damaged = false;
        self.acked = acked;
        self.held_against_oracle()?;
        match done {
            Ok(()) => Ok(End::Done),
            Err(StoreError::Io { .. }) if !last => Ok(End::Died),
            Err(error) => Err(format!("it ended: {error}")),
        }
    }

    /// What was written is always the beginning of what must be.
    fn held_against_oracle(&mut self) -> Outcome<()> {
        let all = [
            (ACTIONS, &self.scenario.actions),
            (DEAD_LETTERS, &self.scenario.dead_letters),
        ];
        for (name, whole) in all {
            let written = self.disk.cached(name).unwrap_or_default();
            if !whole.starts_with(written) {
                let same = whole.iter().zip(written).take_while(|(a, b)| a == b);
                let at = same.count();
                let line = |all: &[u8]| {
                    let text = String::from_utf8_lossy(all);
                    let began = text
                        .get(..at)
                        .map_or(0, |before| before.lines().count().max(1) - 1);
                    text.lines().nth(began).unwrap_or_default().to_owned()
                };
                let (due, is) = (line(whole), line(written));
                let size = whole.len();
                return Err(format!(
                    "`{name}` differs at byte {at} of {size}:\n  due: {due}\n  is:  {is}"
                ));
            }
        }
        Ok(())
    }

    /// All is read: outputs and state are the oracle's, also after the power went once more.
    fn aftermath(&mut self) -> Outcome<()> {
        for power in [false, true] {
            if power {
                self.disk.lose_power();
            }
            self.disk.restart(Faults::default());
            let scenario = self.scenario;
            let (run, _) = self.open().map_err(|e| format!("at the end: {e}"))?;
            let equal = same(run.engine().state(), &scenario.state);
            drop(run);
            if !equal {
                return Err(format!(
                    "at the end the state differs (power lost: {power})"
                ));
            }
            let actions = self.disk.cached(ACTIONS);
            if actions != Some(&scenario.actions) {
                return Err(format!("at the end actions differ (power lost: {power})"));
            }
            if self.disk.cached(DEAD_LETTERS) != Some(&scenario.dead_letters) {
                return Err(format!(
                    "at the end dead letters differ (power lost: {power})"
                ));
            }
        }
        Ok(())
    }

    /// A bit turns where it must do no harm (the newest of two checkpoints), or where it must be named (an
    /// acknowledged frame with others after it, which may also be found in another's place). What was damaged is then mended, as from a backup.
    fn flip(&mut self) -> Outcome<()> {
        let names = |disk: &mut SimDisk, ending: &str| {
            disk.restart(Faults::default());
            let all = journey_runtime::store::Disk::list(&mut &mut *disk).unwrap_or_default();
            let all = all.into_iter().filter(|name| name.ends_with(ending));
            all.collect::<Vec<String>>()
        };
        let bit = self.rng.below(8) as u8;
        if self.rng.chance(25) {
            let parts = names(&mut self.disk, ".part");
            return self.flip_part(&parts, bit);
        }
        let states = names(&mut self.disk, ".state");
        if self.damaged {
            return Ok(());
        }
        if self.rng.chance(50) {
            let [.., _, newest] = states.as_slice() else {
                return Ok(());
            };
            let length = self.disk.cached(newest).map_or(0, <[u8]>::len);
            let at = self.rng.below(length.max(1));
            self.disk.flip(newest, at, bit);
            self.damaged = true;
            self.disk.mark("checkpoint damaged");
            return Ok(());
        }
        let logs = names(&mut self.disk, ".log");
        let (Some(log), Some(state)) = (logs.last(), states.last()) else {
            return Ok(());
        };
        if log.split('.').next() != state.split('.').next() {
            return Ok(());
        }
        let before = self.disk.cached(log).unwrap_or_default().to_vec();
        let Some(at) = self.damage(log, bit) else {
            return Ok(());
        };
        let opened = self.open().map(|_| ());
        let Err(StoreError::Damaged { .. }) = opened else {
            let what = format!("damage at byte {at} of `{log}`");
            return Err(format!("{what} is not named: {opened:?}"));
        };
        self.disk.overwrite(log, &before);
        Ok(())
    }

    /// A bit of a part turns: where it matters that is named, unless an older checkpoint serves.
    fn flip_part(&mut self, parts: &[String], bit: u8) -> Outcome<()> {
        if parts.is_empty() || self.damaged {
            return Ok(());
        }
        let part = self.rng.pick(parts);
        let before = self.disk.cached(&part).unwrap_or_default().to_vec();
        let at = self.rng.below(before.len().max(1));
        self.disk.flip(&part, at, bit);
        self.disk.mark("part damaged");
        // everyone is read
        let cache = self.swarm.cache.take();
        let opened = self.open().map(|_| ());
        self.swarm.cache = cache;
        match opened {
            Ok(()) => {}
            Err(StoreError::Damaged { .. }) => self.disk.overwrite(&part, &before),
            Err(other) => return Err(format!("damage at byte {at} of `{part}`: {other}")),
        }
        Ok(())
    }

    /// Turns a bit of a frame that a later frame says is durable, or puts another frame in its place. Where.
    fn damage(&mut self, log: &str, bit: u8) -> Option<usize> {
        let bytes = self.disk.cached(log)?.to_vec();
        let frames = covered(&bytes);
        if frames.is_empty() {
            return None;
        }
        let (from, length) = self.rng.pick(&frames);
        let alike = frames
            .iter()
            .find(|other| other.1 == length && other.0 != from);
        if let Some((other, _)) = alike {
            self.disk.mark("frame misplaced");
            let there = bytes.get(*other..other + length)?;
            self.disk.overwrite_at(log, from, there);
            return Some(from);
        }
        self.disk.mark("log damaged");
        let at = from + self.rng.below(length);
        self.disk.flip(log, at, bit);
        Some(at)
    }
}

/// Where the frames lie that a later frame says are durable, and how long they are.
fn covered(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut from = HEADER_BYTES;
    let mut frames = Vec::new();
    while let Some(frame) = bytes.get(from..).and_then(Frame::read) {
        frames.push((from, frame.length(), frame.end(), frame.durable));
        from += frame.length();
    }
    let durable = frames.iter().map(|frame| frame.3).max().unwrap_or(0);
    frames.retain(|frame| frame.2 <= durable);
    frames.iter().map(|frame| (frame.0, frame.1)).collect()
}

/// Wherever people lie.
fn same(state: &State, other: &State) -> bool {
    let mut state = state.clone();
    state.all_in();
    state == *other
}

fn out(name: &str) -> Out {
    Out {
        name: name.to_owned(),
        file: true,
    }
}

/// One process, from its start to its end.
struct Life<'l, 'd> {
    run: &'l mut Durable<&'d mut SimDisk>,
    scenario: &'l Scenario,
    /// the one that runs
    version: usize,
    rng: &'l mut Rng,
    swarm: Swarm,
    /// records that are given
    read: u64,
    /// entries in the log once a record is in it, by record
    ends: Vec<(u64, u64)>,
    /// entries that are given
    entries: u64,
    acked: u64,
}

impl Life<'_, '_> {
    fn go(&mut self) -> Result<(), StoreError> {
        self.entries = self.run.durable();
        if self.run.progress().inputs.is_empty() {
            let name = "events".to_owned();
            self.run.take(vec![Entry::Reading { key: 1, name }], None)?;
            self.entries += 1;
        }
        self.deploy()?;
        while let Some(record) = self.scenario.records.get(self.read as usize) {
            self.give(record)?;
            self.now_and_then()?;
            self.deploy()?;
        }
        if !same(self.run.engine().state(), &self.scenario.state) {
            self.run.take(self.scenario.end.clone(), None)?;
        }
        self.run.checkpoint()?;
        self.ack();
        Ok(())
    }

    /// The next version takes over where its records begin.
    fn deploy(&mut self) -> Result<(), StoreError> {
        while let Some(next) = self.scenario.versions.get(self.version + 1)
            && next.from <= self.read
        {
            let executor = interpreted(&next.program).map_err(StoreError::Execution)?;
            let program = Arc::clone(&next.program);
            self.run.deploy(
                next.at,
                next.deployment.clone(),
                (program, executor),
                next.events.clone(),
            )?;
            self.run.disk().mark("deployed");
            self.entries += 1;
            self.version += 1;
            self.ack();
        }
        Ok(())
    }

    fn now_and_then(&mut self) -> Result<(), StoreError> {
        match self.rng.below(if self.swarm.eager { 12 } else { 40 }) {
            0..2 => self.run.write()?,
            2..5 => self.run.sync()?,
            5 | 6 => {
                // the engine goes on while the disk syncs: what it syncs is what was written before
                self.run.write()?;
                if let Some(ticket) = self.run.ticket() {
                    let done = journey_runtime::store::Disk::sync(self.run.disk(), &ticket.name);
                    if self.rng.chance(50) {
                        self.one_more()?;
                    }
                    self.run.synced(&ticket, done)?;
                }
            }
            7 => self.run.checkpoint()?,
            _ if self.run.is_full() && self.rng.chance(30) => {
                self.run.disk().mark("memory full");
                self.run.checkpoint()?;
            }
            _ => {}
        }
        self.ack();
        Ok(())
    }

    /// A record that comes while a sync is under way.
    fn one_more(&mut self) -> Result<(), StoreError> {
        let next = self.scenario.versions.get(self.version + 1);
        let deploys = next.is_some_and(|next| next.from <= self.read);
        let Some(record) = self
            .scenario
            .records
            .get(self.read as usize)
            .filter(|_| !deploys)
        else {
            return Ok(());
        };
        self.give(record)?;
        self.run.write()
    }

    fn give(&mut self, record: &[Entry]) -> Result<(), StoreError> {
        self.read += 1;
        self.entries += record.len() as u64;
        self.ends.push((self.entries, self.read));
        self.run.take(record.to_vec(), Some(position(self.read)))
    }

    fn ack(&mut self) {
        let durable = self.run.durable();
        let known = self.ends.iter().rev().find(|(end, _)| *end <= durable);
        if let Some((_, read)) = known {
            self.acked = self.acked.max(*read);
        }
    }
}

fn position(records: u64) -> Position {
    Position {
        input: 0,
        records,
        prefix: mix(records),
    }
}
