//! What the model keeps of a person: fields, consent, every event, and the instances of journeys.

use super::deploying::migrating::Led;
use journey_compiler::hir::{DeclId, Journey, NodeId, Program, Send, Step, WaitArm};
use journey_program::types::{EventId, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What can be asked of a person at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// of the profile's record, in order
    pub fields: Vec<Value>,
    /// (purpose, channel) → granted; absent: unknown
    pub consent: BTreeMap<(u32, u32), bool>,
    /// purpose → muted until, that instant included
    pub muted: BTreeMap<u32, i64>,
    /// inside of each audience
    pub audiences: Vec<bool>,
}

/// An event that was applied, with the person as they were then.
#[derive(Clone, Debug)]
pub struct Happening {
    pub event: EventId,
    pub at: i64,
    /// place in the log
    pub log: u64,
    pub record: Value,
    pub known: Known,
    /// the sides that it came from as people turned out to be one, the newest first: (log, number)
    pub sides: Vec<(u64, u64)>,
    /// whose it was from which place in the log and instant on
    pub homes: Vec<(u64, usize, i64)>,
}

#[derive(Debug)]
pub struct Person<'p> {
    pub id: String,
    pub known: Known,
    /// the newest write of each field: (at, log)
    pub(super) writes: BTreeMap<u32, (i64, u64)>,
    /// the same of consent
    pub(super) said: BTreeMap<(u32, u32), (i64, u64)>,
    /// since when each audience is as it is
    pub since: Vec<i64>,
    pub happenings: Vec<Happening>,
    pub instances: Vec<Instance<'p>>,
    /// `enter when A for D`: journey → due
    pub stays: BTreeMap<String, i64>,
    /// `enter every`: journey → the civil day of its next turn
    pub scheduled: BTreeMap<String, i64>,
    /// `enter every year`: journey → the date it goes by, the civil day it was last met on
    pub dates: BTreeMap<String, Value>,
    pub met: BTreeMap<String, i64>,
    /// splits: journey and split → arm
    pub arms: BTreeMap<String, usize>,
    /// the last instant at which changes by time were looked for
    pub looked: (i64, bool),
    /// (channel, purpose, planned or real instant)
    pub sent: Vec<Reservation>,
    pub offers: super::decide::Book,
    /// where predicates and computed fields have faulted
    pub faults: BTreeSet<(DeclId, NodeId)>,
    /// when the person was first seen
    pub first_seen: i64,
    /// (at, id) of what made the person known
    pub born: (i64, String),
    /// has turned out to be another
    pub gone: bool,
    pub erased: bool,
    /// keys of all sends ever
    pub all_sends: Vec<String>,
}

/// A place under the limits: of a send that was made or is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Reservation {
    pub channel: u32,
    pub purpose: u32,
    pub message: String,
    /// tags of the message
    pub tags: Vec<u32>,
    pub at: i64,
    pub send: String,
    /// not only held back by its purpose: limits over all people count it
    pub granted: bool,
    /// limits over all people that count it, with the value of each one's field
    pub overall: Vec<(usize, Value)>,
}

impl<'p> Person<'p> {
    pub fn new(program: &'p Program, id: &str) -> Self {
        let record = program.records.get(program.profile.record.index());
        let fields = record.map_or(&[][..], |r| &r.fields);
        let first =
            |f: &journey_program::types::FieldDef| f.default.clone().unwrap_or(Value::Unknown);
        Self {
            id: id.to_owned(),
            known: Known {
                fields: fields.iter().map(first).collect(),
                consent: BTreeMap::new(),
                muted: BTreeMap::new(),
                audiences: vec![false; program.audiences.len()],
            },
            writes: BTreeMap::new(),
            said: BTreeMap::new(),
            since: vec![0; program.audiences.len()],
            happenings: Vec::new(),
            instances: Vec::new(),
            stays: BTreeMap::new(),
            scheduled: BTreeMap::new(),
            dates: BTreeMap::new(),
            met: BTreeMap::new(),
            arms: BTreeMap::new(),
            looked: (i64::MIN, false),
            sent: Vec::new(),
            offers: super::decide::Book::default(),
            faults: BTreeSet::new(),
            first_seen: 0,
            born: (0, String::new()),
            gone: false,
            erased: false,
            all_sends: Vec::new(),
        }
    }

    /// Consent takes the latest word by (at, log position).
    pub fn say(&mut self, purpose: u32, channel: u32, granted: bool, when: (i64, u64)) {
        let place = (purpose, channel);
        if self.said.get(&place).is_some_and(|newest| *newest > when) {
            return;
        }
        self.said.insert(place, when);
        self.known.consent.insert(place, granted);
    }

    /// A field takes the latest write by (at, log position).
    pub fn write(&mut self, field: u32, value: Value, at: i64, log: u64) {
        if self
            .writes
            .get(&field)
            .is_some_and(|newest| *newest > (at, log))
        {
            return;
        }
        self.writes.insert(field, (at, log));
        if let Some(slot) = self.known.fields.get_mut(field as usize) {
            *slot = value;
        }
    }
}

/// Where an instance goes on: blocks within blocks, the innermost last.
#[derive(Clone, Debug)]
pub enum Frame<'p> {
    Steps(&'p [Step], usize),
    /// inside the arm of a wait that `restart` may begin again: the wait, times restarted
    Arm(&'p Step, u32),
    /// inside a cycle: the step, cycles begun
    Cycle(&'p Step, u32),
}

/// What an instance waits for.
#[derive(Clone, Debug)]
pub enum Waiting<'p> {
    /// a `wait` of any kind: its step, when it is due, its arms, when it began (log), times restarted
    Step {
        step: &'p Step,
        due: Option<i64>,
        arms: &'p [WaitArm],
        restarts: u32,
    },
    /// a `collect`: what it has gathered
    Collect {
        step: &'p Step,
        due: i64,
        list: Vec<Value>,
    },
    /// between two cycles of a `repeat`
    Cycle {
        step: &'p Step,
        due: i64,
        cycles: u32,
    },
    /// a postponed send: released at
    Release {
        send: &'p Send,
        due: i64,
        channel: u32,
    },
    /// it shares a send with others: when that is due, and its own turn
    Gathering {
        send: &'p Send,
        group: i64,
        due: Option<i64>,
    },
    /// a send that its purpose's hold keeps: when it was planned
    Held {
        send: &'p Send,
        planned: i64,
        channel: u32,
    },
}

impl Waiting<'_> {
    pub fn due(&self) -> Option<i64> {
        match self {
            Waiting::Step { due, .. } | Waiting::Gathering { due, .. } => *due,
            Waiting::Held { .. } => None,
            Waiting::Cycle { due, .. }
            | Waiting::Collect { due, .. }
            | Waiting::Release { due, .. } => Some(*due),
        }
    }
}

#[derive(Debug)]
pub struct Instance<'p> {
    pub journey: &'p Journey,
    pub key: Option<Value>,
    pub entered: i64,
    /// place in the log of what began it
    pub entered_log: u64,
    pub entry: Option<Value>,
    pub locals: Vec<Value>,
    pub live: bool,
    pub ended: i64,
    /// runs the steps of an exit
    pub leaving: bool,
    /// a wait for a clock time: the civil day it is for, and the time
    pub clock_wait: Option<(i64, i64)>,
    /// the last civil day that each such wait was met on, by where its step lies
    pub clock_days: BTreeMap<usize, i64>,
    pub emits: u32,
    /// enters, is measured, takes no step
    pub held_out: bool,
    pub stack: Vec<Frame<'p>>,
    pub waiting: Option<Waiting<'p>>,
    /// when that began
    pub since: i64,
    /// how it goes on, if it comes from an older version
    pub led: Option<Led<'p>>,
    pub goal_counted: bool,
    /// keys of the newest send of each step
    pub sends: BTreeMap<u32, String>,
    /// what may be answered: the newest real send of each step
    pub made: BTreeMap<u32, Made>,
    /// place in the log and instant of the newest real send of each step
    pub sent_at: BTreeMap<u32, (u64, i64)>,
    /// times each step has sent
    pub occurrences: BTreeMap<u32, u32>,
    pub last_send: Option<i64>,
    /// it makes the send that others share, of the group that was due then
    pub combined: Option<i64>,
    /// since when it stands at a send
    pub reached: Option<i64>,
    /// number among the person's instances of this journey and key
    pub number: u64,
    /// number among all instances of everybody
    pub serial: u64,
    /// the person's canonical id when it began
    pub of: String,
    /// whose it was from which place in the log on
    pub homes: Vec<(u64, usize)>,
}

impl<'p> Instance<'p> {
    /// As it begins: at an instant, at a place in the log.
    pub fn begun(
        journey: &'p Journey,
        key: Option<Value>,
        (entered, entered_log): (i64, u64),
        entry: Option<Value>,
    ) -> Self {
        Self {
            journey,
            key,
            entered,
            entered_log,
            entry,
            locals: vec![Value::Unknown; journey.locals.len()],
            live: true,
            ended: 0,
            leaving: false,
            clock_wait: None,
            clock_days: Default::default(),
            emits: 0,
            stack: vec![Frame::Steps(&journey.steps, 0)],
            waiting: None,
            since: 0,
            led: None,
            goal_counted: false,
            sends: Default::default(),
            made: Default::default(),
            sent_at: Default::default(),
            occurrences: Default::default(),
            last_send: None,
            combined: None,
            reached: None,
            held_out: false,
            number: 0,
            serial: 0,
            of: String::new(),
            homes: Vec::new(),
        }
    }

    /// Whether an event was its person's when it came.
    pub fn saw(&self, happening: &Happening) -> bool {
        if happening.homes.is_empty() {
            return true; // everyone's
        }
        let home = self.homes.iter().rfind(|(from, _)| *from <= happening.log);
        let whose = happening.homes.first().map(|(_, who, _)| *who);
        home.map(|(_, who)| *who) == whose
    }
}

/// A send that may be answered.
#[derive(Clone, Debug)]
pub struct Made {
    pub message: String,
    pub channel: u32,
    pub key: String,
    pub at: i64,
    /// answered, or taken back
    pub done: bool,
    /// the step was skipped since
    pub skipped: bool,
}
