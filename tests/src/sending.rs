//! Sends from one seed: the real engine, log and outbox on a disk that fails, providers that lose answers, forget
//! keys and are slow, a process that dies at any step. What each class of retry promises is counted at the
//! providers, over all lives; consent, erasure and taking back come before what was decided.

mod begin;
mod fair;
pub mod twin;

pub use begin::program;
pub use fair::fair;

use crate::irgen::Rng;
use crate::irgen::rng::mix;
use crate::sim::disk::{Faults, SimDisk};
use begin::{CHANNELS, inputs, policy};
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::Input;
use journey_runtime::outbox::bugs::Mistake;
use journey_runtime::outbox::{Job, Letter, Outcome, Standing};
use journey_runtime::store::bugs::Bugs;
use journey_runtime::store::{
    Deployment, Durable, Entry, Sealing, Settings, StoreError, interpreted,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use twin::{Call, Twin};

const BEGAN: i64 = 1_790_000_000_000;
const LIVES_MAX: usize = 10;
/// Faults have stopped: within this all is settled.
const DRAINED: i64 = 15 * 60_000;

type Check<T> = Result<T, String>;

/// What came of a seed.
#[derive(Debug, Default)]
pub struct Verdict {
    pub failure: Option<String>,
    pub marks: BTreeMap<&'static str, u64>,
    pub sends: u64,
    pub attempts: u64,
}

pub fn run(program: &Arc<Program>, seed: u64, mistake: Option<Mistake>) -> Verdict {
    let mut rng = Rng::new(mix(seed ^ 0x5e4d));
    let names = CHANNELS.map(|(name, _)| name);
    let inputs = inputs(program, &mut rng);
    let mut world = World {
        twin: Twin::new(&mut rng, &names, BEGAN),
        kills: rng.pick(&[0, 2, 10]),
        lazy: rng.pick(&[0, 30, 60]),
        checkpoints: rng.pick(&[0, 2, 10]),
        faults: rng.chance(60),
        disk: SimDisk::new(seed),
        program: Arc::clone(program),
        rng,
        mistake,
        sealed: seed % 3 == 1,
        inputs,
        now: BEGAN,
        acked: 0,
        known: Known::default(),
        verdict: Verdict::default(),
    };
    let failure = world.lives().err();
    Verdict {
        failure,
        sends: world.known.decided.len() as u64,
        attempts: world.known.started.values().map(|no| u64::from(*no)).sum(),
        marks: {
            let mut marks = std::mem::take(&mut world.disk.marks);
            marks.append(&mut world.verdict.marks);
            marks
        },
    }
}

/// What the test knows from outside, over all lives.
#[derive(Debug, Default)]
struct Known {
    /// decisions that are durable: the channel
    decided: BTreeMap<String, String>,
    /// the number of the last attempt that began
    started: BTreeMap<String, u32>,
    /// answers that are durable
    settled: BTreeSet<String>,
    /// people whose consent is withdrawn, or who are erased, and that is durable
    left: BTreeSet<String>,
    /// the same, of sends taken back
    back: BTreeSet<String>,
    /// people who were erased, and those who have stopped at some time
    erased: BTreeSet<String>,
    stopped: BTreeSet<String>,
    person: BTreeMap<String, String>,
    /// calls and answers on their way: (when, order)
    under_way: BTreeMap<(i64, u64), Way>,
    order: u64,
}

#[derive(Clone, Debug)]
enum Way {
    Taken { channel: String, key: String },
    Told { job: Job, outcome: Outcome },
}

struct World {
    rng: Rng,
    disk: SimDisk,
    program: Arc<Program>,
    mistake: Option<Mistake>,
    /// the folder has keys
    sealed: bool,
    twin: Twin,
    inputs: Vec<(i64, Input)>,
    now: i64,
    /// inputs that are durable
    acked: usize,
    known: Known,
    kills: usize,
    lazy: usize,
    checkpoints: usize,
    faults: bool,
    verdict: Verdict,
}

fn disabled(durable: &Folder<'_>) -> bool {
    let endpoint = durable.outbox().endpoints.get("gone");
    endpoint.is_some_and(|endpoint| endpoint.disabled)
}

enum End {
    Died,
    Done,
}

impl World {
    fn mark(&mut self, what: &'static str) {
        *self.verdict.marks.entry(what).or_default() += 1;
    }

    fn lives(&mut self) -> Check<()> {
        for life in 0..LIVES_MAX {
            let last = life + 1 == LIVES_MAX;
            let faults = if last || !self.faults {
                Faults::default()
            } else {
                Faults {
                    kill_at: self.rng.chance(50).then(|| 1 + self.rng.below(120) as u64),
                    sync: 10,
                    append: 10,
                    names: 10,
                    page: None,
                }
            };
            self.disk.restart(faults);
            let mut disk = std::mem::replace(&mut self.disk, SimDisk::new(0));
            let end = self.life(&mut disk, last);
            self.disk = disk;
            match end.map_err(|e| format!("life {life}: {e}"))? {
                End::Done => return Ok(()),
                End::Died => self.between(),
            }
        }
        Err("it does not end".to_owned())
    }

    fn between(&mut self) {
        self.mark("died");
        if self.rng.chance(50) {
            self.disk.lose_power();
        }
        self.now += self.rng.pick(&[1, 1_000, 20_000, 300_000]);
        // answers to the dead are lost, or come to whoever lives now
        let stale = self.rng.chance(50);
        let now = self.now;
        let (rng, marks) = (&mut self.rng, &mut self.verdict.marks);
        let mut late = Vec::new();
        self.known.under_way.retain(|_, way| match way {
            Way::Taken { .. } => true,
            Way::Told { .. } => {
                if stale && rng.chance(50) {
                    *marks.entry("told by the dead").or_default() += 1;
                    late.push(way.clone());
                }
                false
            }
        });
        for way in late {
            let at = now + 1 + self.rng.below(40_000) as i64;
            self.put(at, way);
        }
    }

    fn put(&mut self, at: i64, way: Way) {
        self.known.order += 1;
        let order = self.known.order;
        self.known.under_way.insert((at, order), way);
    }

    fn life(&mut self, disk: &mut SimDisk, last: bool) -> Check<End> {
        let executor = Box::new(Interpreter::new(Arc::clone(&self.program)));
        let engine = Engine::new(Arc::clone(&self.program), executor, Options::all());
        let settings = Settings {
            deployment: Deployment {
                hash: [7; 32],
                name: "sends 1.0.0".to_owned(),
                artifact: b"the program".to_vec(),
                sources: Vec::new(),
            },
            execute: interpreted,
            salt: "salt".to_owned(),
            actions: None,
            dead_letters: None,
            cache: (self.kills == 2).then_some(1),
            sealing: self.sealed.then_some(Sealing {
                master: [1; 32],
                seed: [2; 32],
            }),
            bugs: Bugs::sending(self.mistake),
        };
        let mut durable = match Durable::open(disk, engine, settings) {
            Ok(durable) => durable,
            Err(StoreError::Io { .. }) if !last => return Ok(End::Died),
            Err(error) => return Err(format!("it does not open: {error}")),
        };
        self.recovered(&durable)?;
        let mut life = Life {
            world: self,
            cursor: 0,
            turn: 0,
            turns: BTreeMap::new(),
            told: Vec::new(),
            gone: None,
        };
        life.cursor = life.world.acked;
        match life.go(&mut durable, last) {
            Ok(end) => end,
            Err(StoreError::Io { .. }) if !last => Ok(End::Died),
            Err(error) => Err(format!("it ended: {error}")),
        }
    }

    /// Whatever has left is known to the log.
    fn recovered(&self, durable: &Durable<&mut SimDisk>) -> Check<()> {
        for (key, started) in &self.known.started {
            match durable.outbox().item(key) {
                Some(item) if item.attempts < *started => {
                    return Err(format!(
                        "`{key}` has left {started} times, known are {}",
                        item.attempts
                    ));
                }
                Some(_) if self.known.settled.contains(key) => {
                    return Err(format!("`{key}` was settled, and is open again"));
                }
                Some(_) => {}
                None if durable.engine().sent_to(key).is_some() => {}
                None if durable.engine().is_of_erased(key) => {}
                None => return Err(format!("`{key}` has left, and was never decided")),
            }
        }
        Ok(())
    }
}

/// One process.
struct Life<'w> {
    world: &'w mut World,
    cursor: usize,
    turn: u64,
    /// in which turn an attempt was decided
    turns: BTreeMap<(String, u32), u64>,
    /// answers that are not durable yet
    told: Vec<String>,
    /// the turn in which an endpoint said that it is gone
    gone: Option<u64>,
}

type Folder<'d> = Durable<&'d mut SimDisk>;

impl Life<'_> {
    fn go(&mut self, durable: &mut Folder<'_>, last: bool) -> Result<Check<End>, StoreError> {
        durable.deliver(self.world.now, policy())?;
        loop {
            self.turn += 1;
            self.inputs(durable)?;
            self.arrivals(durable)?;
            self.operator(durable)?;
            durable.send_due(self.world.now, 8)?;
            if let Err(wrong) = self.note_turns(durable) {
                return Ok(Err(wrong));
            }
            let lazy = self.world.lazy;
            let synced = !self.world.rng.chance(lazy);
            if self.dies(last) {
                return Ok(Ok(End::Died));
            }
            if synced {
                durable.sync()?;
                self.synced(durable);
            } else if self.world.rng.chance(30) {
                durable.write()?;
            }
            for job in durable.take_jobs() {
                if let Err(wrong) = self.start(&job) {
                    return Ok(Err(wrong));
                }
            }
            let checkpoints = self.world.checkpoints;
            if self.world.rng.chance(checkpoints) {
                durable.checkpoint()?;
                self.synced(durable);
            }
            if self.dies(last) {
                return Ok(Ok(End::Died));
            }
            match self.next(durable, synced) {
                Some(next) => self.world.now = next.max(self.world.now + i64::from(!synced)),
                None => return Ok(self.end(durable).map(|()| End::Done)),
            }
            if self.world.now > self.patience() {
                return Ok(Err(self.stuck(durable)));
            }
        }
    }

    /// Someone has mended what was gone, and says so by trying a dead letter anew.
    fn operator(&mut self, durable: &mut Folder<'_>) -> Result<(), StoreError> {
        let now = self.world.now;
        if !disabled(durable) || now < self.world.twin.heals {
            return Ok(());
        }
        let mut items = durable.outbox().items.values();
        let letter = items.find(|item| &*item.channel == "gone");
        if let Some(key) = letter.map(|item| Arc::clone(&item.key)) {
            durable.replay(&key, now)?;
            self.gone = None;
        }
        Ok(())
    }

    fn dies(&mut self, last: bool) -> bool {
        let kills = self.world.kills;
        !last && self.world.rng.chance(kills)
    }

    fn patience(&self) -> i64 {
        let last = self.world.inputs.last().map_or(BEGAN, |(at, _)| *at);
        last.max(self.world.twin.heals) + DRAINED + 10 * 300_000
    }

    fn stuck(&self, durable: &Folder<'_>) -> String {
        let waiting: Vec<String> = durable
            .outbox()
            .items
            .values()
            .filter(|item| item.state() == "waiting")
            .map(|item| format!("{} {:?}", item.channel, item.standing))
            .collect();
        format!("it does not come to rest: {waiting:?}")
    }

    /// The next instant at which anything happens. None: nothing ever does.
    fn next(&self, durable: &Folder<'_>, synced: bool) -> Option<i64> {
        let now = self.world.now;
        let input = self.world.inputs.get(self.cursor).map(|(at, _)| *at);
        let way = self
            .world
            .known
            .under_way
            .first_key_value()
            .map(|(key, _)| key.0);
        let unsynced = (!synced || durable.pending() > 0).then_some(now + 1);
        let mended = disabled(durable).then_some(self.world.twin.heals.max(now + 1));
        let all = [input, way, durable.sends_due(), unsynced, mended];
        all.into_iter().flatten().min()
    }

    fn inputs(&mut self, durable: &mut Folder<'_>) -> Result<(), StoreError> {
        while let Some((at, input)) = self.world.inputs.get(self.cursor) {
            if *at > self.world.now {
                break;
            }
            durable.take(vec![Entry::Input(input.clone())], None)?;
            self.cursor += 1;
        }
        Ok(())
    }

    fn arrivals(&mut self, durable: &mut Folder<'_>) -> Result<(), StoreError> {
        let now = self.world.now;
        while let Some(entry) = self.world.known.under_way.first_entry() {
            let at = entry.key().0;
            if at > now {
                break;
            }
            match entry.remove() {
                Way::Taken { channel, key } => self.world.twin.take(&channel, &key, at),
                Way::Told { job, outcome } => {
                    let own = job.epoch == durable.epoch();
                    let flying = durable.outbox().item(&job.key).is_some_and(
                        |item| matches!(item.standing, Standing::Flying { no, .. } if no == job.no),
                    );
                    if own && flying && matches!(outcome, Outcome::Gone { .. }) {
                        self.gone = Some(self.turn);
                    }
                    if own && flying && outcome == Outcome::Accepted {
                        self.told.push(job.key.to_string());
                    }
                    durable.tell(&job, now, outcome)?;
                }
            }
        }
        Ok(())
    }

    /// Attempts that were decided in this turn. What was durable before it must be respected.
    fn note_turns(&mut self, durable: &Folder<'_>) -> Check<()> {
        let known = &self.world.known;
        for item in durable.outbox().items.values() {
            let key = item.key.to_string();
            let person = known.person.get(&key);
            if !item.line.is_empty() && person.is_some_and(|p| known.erased.contains(p)) {
                return Err(format!("`{key}` is kept, though its person was erased"));
            }
            let Standing::Flying { no, .. } = item.standing else {
                continue;
            };
            let stopped = person.is_some_and(|person| known.left.contains(person))
                || known.back.contains(&key);
            let name = (key, no);
            if self.turns.contains_key(&name) {
                continue;
            }
            if stopped {
                return Err(format!("`{}` goes out, though it may not any more", name.0));
            }
            self.turns.insert(name, self.turn);
        }
        Ok(())
    }

    /// All that was taken is durable.
    fn synced(&mut self, durable: &Folder<'_>) {
        let world = &mut *self.world;
        let known = &mut world.known;
        known.settled.extend(self.told.drain(..));
        let new = world.inputs.iter().enumerate();
        let new = new.take(self.cursor).skip(world.acked);
        for (place, (_, input)) in new {
            let who = input.ids().first().map_or("", |id| &id.1).to_owned();
            match input {
                // who was never seen is not erased
                Input::Erase(_) => {
                    let before = world.inputs.iter().take(place);
                    let before = before.filter(|(_, input)| !matches!(input, Input::Erase(_)));
                    let mut before = before.filter_map(|(_, input)| input.ids().first());
                    if before.any(|id| id.1 == who) {
                        known.erased.insert(who.clone());
                        known.left.insert(who);
                    }
                }
                Input::Event(event) if event.fields.is_empty() => {
                    let plan = &world.program.events[event.event.index()];
                    if plan.name == "left" {
                        known.left.insert(who);
                    } else {
                        let theirs = known.person.iter();
                        let theirs = theirs.filter(|(key, person)| {
                            **person == who && known.decided[*key] == "desk"
                        });
                        let theirs: Vec<String> = theirs.map(|(key, _)| key.clone()).collect();
                        known.back.extend(theirs);
                        known.stopped.insert(who);
                    }
                }
                _ => {}
            }
        }
        for item in durable.outbox().items.values() {
            let channel = item.channel.to_string();
            if known
                .decided
                .insert(item.key.to_string(), channel)
                .is_none()
            {
                let line: serde_json::Value = serde_json::from_str(&item.line).unwrap_or_default();
                let who = line["to"].as_str().unwrap_or_default().to_owned();
                known.person.insert(item.key.to_string(), who);
            }
        }
        world.acked = self.cursor;
    }

    /// An attempt begins. What was durable a turn before must be respected.
    fn start(&mut self, job: &Job) -> Check<()> {
        let world = &mut *self.world;
        let key = job.key.to_string();
        let what = |wrong: &str| Err(format!("`{key}` by {} {wrong}", job.channel));
        let turn = self.turns.get(&(key.clone(), job.no)).copied();
        if world.known.settled.contains(&key) {
            return what("goes out again, though its answer is durable");
        }
        if let (Some(gone), Some(turn), "gone") = (self.gone, turn, &*job.channel)
            && turn > gone
        {
            return what("goes out after the endpoint said that it is gone");
        }
        if world.twin.may_be_forgotten(job, world.now, &policy()) {
            return what("goes out when its key may be forgotten");
        }
        let before = world.known.started.insert(key.clone(), job.no);
        if before.is_some_and(|before| before >= job.no) {
            return what("goes out twice with one number");
        }
        let Call { taken, told } = world.twin.call(&mut world.rng, job, world.now, &policy());
        let id = if world.mistake == Some(Mistake::KeyWithNumber) {
            format!("{key}-{}", job.no)
        } else {
            key
        };
        if let Some(at) = taken {
            let channel = job.channel.to_string();
            world.put(at, Way::Taken { channel, key: id });
        }
        if let Some((at, outcome)) = told {
            let job = job.clone();
            world.put(at, Way::Told { job, outcome });
        }
        Ok(())
    }

    /// All is settled: what each class promises is counted.
    fn end(&mut self, durable: &Folder<'_>) -> Check<()> {
        let known = &self.world.known;
        if self.cursor < self.world.inputs.len() || self.world.acked < self.cursor {
            return Err("inputs are left".to_owned());
        }
        if !durable.outbox().is_quiet() {
            return Err(self.stuck(durable));
        }
        for key in self.world.twin.effects.keys() {
            if !known.decided.contains_key(key) {
                return Err(format!("`{key}` has arrived, and the log does not know it"));
            }
        }
        for (key, channel) in &known.decided {
            let times = self.world.twin.effects.get(key).map_or(0, Vec::len);
            let item = durable.outbox().item(key);
            let letter = item.and_then(|item| match item.standing {
                Standing::Letter { what, .. } => Some(what),
                _ => None,
            });
            let person = known.person.get(key).map_or("", String::as_str);
            // what was decided and taken back at one stroke is dropped as well
            let stopped =
                known.left.contains(person) || channel == "desk" && known.stopped.contains(person);
            let what = |wrong: &str| {
                Err(format!(
                    "`{key}` by {channel} {wrong}: arrived {times} times, {letter:?}"
                ))
            };
            if times > 1 && !matches!(channel.as_str(), "more" | "desk" | "gone") {
                return what("has arrived more than once");
            }
            match letter {
                None if times == 0 && !stopped => return what("is lost"),
                Some(Letter::Failed) if times > 0 && channel != "more" && channel != "desk" => {
                    return what("has arrived and counts as failed");
                }
                Some(_) if channel == "more" || channel == "desk" => return what("was given up"),
                _ => {}
            }
        }
        self.counted(durable)
    }

    fn counted(&self, durable: &Folder<'_>) -> Check<()> {
        for (name, endpoint) in &durable.outbox().endpoints {
            let totals = endpoint.totals;
            let all = [
                totals.sent,
                totals.dropped,
                totals.failed,
                totals.unknown,
                totals.uncertain,
                totals.forgotten,
            ];
            if totals.decided != all.iter().sum::<u64>() {
                return Err(format!("the counts of {name} do not add up: {totals:?}"));
            }
        }
        Ok(())
    }
}
