//! All that the engine knows between two inputs: plain data, in ordered maps, so that it can be cloned,
//! compared and written to a checkpoint. What it means is said by the files under `engine/`.

mod few;
mod identity;
mod learned;
mod lookup;
mod offers;
mod people;
mod seen;
pub mod snapshot;
mod timers;

pub use few::Few;
pub use identity::{Born, Erasure, Known, Owner};
pub use learned::{LearnedState, learned_key};
pub use lookup::Lookup;
pub use offers::{Decided, OfferPlace, OfferState, OfferTotals, Rest, Resting, Showing, ShownSend};
pub(crate) use people::hash_of;
pub use people::{People, Record, Records, Spot};
pub use seen::Seen;
pub use timers::Timers;

use crate::histories::HistoryState;
use crate::input::Input;
use crate::measure::{Kinds, Measured};
use crate::scalar::Scalar;
use journey_program::types::{
    ChannelId, EventId, HistoryId, JourneyId, OfferId, PurposeId, SiteId, Value,
};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// A moment: the instant in the upper bits, and in the lowest whether all events of that instant are past.
/// What is due at an instant happens at its second half: spans are closed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Moment(i64);

impl Moment {
    pub const NEVER: Moment = Moment(i64::MAX);
    pub const ALWAYS: Moment = Moment(i64::MIN);

    /// While events of this instant may still come.
    pub fn during(at: i64) -> Self {
        Self(at.saturating_mul(2))
    }
    /// Once they all have come.
    pub fn after(at: i64) -> Self {
        Self(at.saturating_mul(2).saturating_add(1))
    }
    pub fn at(self) -> i64 {
        if self == Self::NEVER {
            i64::MAX
        } else {
            self.0 >> 1
        }
    }
    pub fn is_after(self) -> bool {
        self.0 & 1 == 1
    }
}

/// A person's place in `State::people`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct PersonNo(pub u32);

impl PersonNo {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// the largest `at` taken; never goes back
    pub clock: Option<i64>,
    /// the clock's instant is over
    pub closed: bool,
    /// the largest `at` that came in; the clock lags it by `reorder`
    pub newest: Option<i64>,
    /// held back until their turn: (at, arrival)
    pub held: BTreeMap<(i64, u64), Box<Input>>,
    pub arrivals: u64,
    /// events applied, their order in the log
    pub taken: u64,
    /// ids within `dedupe`
    pub seen: Seen,
    pub people: People,
    /// histories of broadcasts, by number: kept once, asked by everyone
    pub broadcasts: BTreeMap<usize, HistoryState>,
    pub identifiers: Lookup<Known, Owner>,
    /// prints of what named people who were erased, and the record of each erasure
    pub erased: BTreeSet<u128>,
    pub erasures: Vec<Erasure>,
    /// who is in a history's value, for the entries of broadcasts that ask it
    pub asked: BTreeMap<(HistoryId, Scalar), BTreeSet<PersonNo>>,
    /// whose the sends are: fingerprint of the key
    pub senders: Lookup<u128, PersonNo>,
    pub timers: Timers,
    pub queue: VecDeque<Queued>,
    /// rounds of the queue at this instant
    pub rounds: u32,
    pub instances: u64,
    /// what limits over all people count: limit, value of its field
    pub overall: BTreeMap<(u32, Option<Scalar>), Vec<Granted>>,
    pub actions: u64,
    /// places that touchpoints have reserved: until when, its number, for whom
    pub reserved: BTreeMap<(i64, u64), PersonNo>,
    /// offers with a limit or budget over all people
    pub offers: BTreeMap<OfferId, OfferTotals>,
    pub learned: LearnedState,
    /// events as they were taken, and whose, if they are remembered
    pub remembered: Vec<(PersonNo, Taken)>,
    /// what is measured, by its names
    pub kinds: Kinds,
    pub counters: Counters,
}

/// What the summary tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// inputs that were taken: events, writes to profiles, consents
    pub events: u64,
    /// of these, by event's name
    pub by_event: BTreeMap<Arc<str>, u64>,
    pub people: u64,
    pub duplicates: u64,
    pub late: u64,
    /// late writes to fields that were written since
    pub stale_writes: u64,
    /// identifiers that belong to another person already
    pub identity_conflicts: u64,
    /// shared identifiers that more people have used than may: they name nobody
    pub overshared: u64,
    /// people who turned out to be another
    pub merges: u64,
    pub erased: u64,
    /// keyed histories and sequences: values dropped, the oldest of a person
    pub keys_dropped: u64,
    /// sums beyond what their type holds
    pub history_overflows: u64,
    pub entries: BTreeMap<Arc<str>, u64>,
    pub goals: BTreeMap<Arc<str>, u64>,
    pub holdouts: BTreeMap<Arc<str>, u64>,
    /// ended, exited, faulted, or held out
    pub ended: BTreeMap<Arc<str>, u64>,
    /// of these, those that ended or exited, by journey and reason; empty: ran to its end
    pub reasons: BTreeMap<(Arc<str>, Arc<str>), u64>,
    pub sends: BTreeMap<Arc<str>, u64>,
    pub skips: BTreeMap<Arc<str>, u64>,
    /// what limits refused, by their number: the channels' own in order, then the program's
    pub limited: BTreeMap<u32, u64>,
    /// what decisions gave, by offer
    pub decided: BTreeMap<Arc<str>, u64>,
    pub faults: BTreeMap<Arc<str>, u64>,
    /// of these, what the `where`s of histories met, which count as false: place and reason
    pub history_faults: BTreeMap<(SiteId, Arc<str>), u64>,
    pub refused: BTreeMap<Arc<str>, u64>,
    pub dead_letters: BTreeMap<Arc<str>, u64>,
}

/// An event as it was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    pub event: EventId,
    /// its own time; triggers go by the clock
    pub at: i64,
    /// its place in the log
    pub place: u64,
    /// of the record, `EVENT_FIELDS` first
    pub values: Vec<Value>,
    /// the same, as code reads it
    pub block: Vec<u8>,
    /// an offer's place has been counted already
    pub counted: bool,
}

/// What waits for its round at this instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Queued {
    /// a field was set: audiences, `while`s and what they start
    Edges(PersonNo),
    /// a send that it shares was made or skipped: it goes on there
    Resume(PersonNo, InstanceRank, u32),
    /// a journey emitted it
    Event(PersonNo, Box<Taken>),
    /// the same, of what belongs to nobody; whose journey it was
    Broadcast(PersonNo, Box<Taken>),
}

/// The kinds of due things, in their order at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimerKind {
    /// audiences of the person and `while`s of its instances may change
    Edges,
    Wait,
    Entry,
    Release,
}

/// A due thing; the fields stand in the order in which due things happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timer {
    pub due: i64,
    pub profile: Arc<str>,
    pub kind: TimerKind,
    pub priority: Reverse<i64>,
    /// the journey's rank by name
    pub journey: u32,
    pub key: Option<Scalar>,
    /// which instance of that key
    pub no: u64,
    pub person: PersonNo,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// the canonical id
    pub id: Arc<str>,
    pub no: PersonNo,
    /// the clock when they were first seen
    pub seen: i64,
    /// the first event, whenever it came
    pub born: Born,
    /// has turned out to be another one, who has all that was here
    pub united: Option<PersonNo>,
    /// was erased
    pub erased: bool,
    /// all that names the person
    pub identifiers: Vec<Known>,
    /// fields, consent, audiences, answers of histories: as the program lays them out
    pub block: Vec<u8>,
    /// (at, place in the log) of the latest write, by field
    pub written: Vec<(i64, u64)>,
    /// the same, by byte of consent
    pub consented: Vec<(i64, u64)>,
    /// by purpose: until when it is muted, that instant included
    pub muted: Vec<Option<i64>>,
    pub histories: Vec<HistoryState>,
    /// when an answer changes by time alone
    pub histories_change: Moment,
    /// since when in each audience
    pub since: Vec<Option<i64>>,
    /// the pending timer of the audiences
    pub edges_due: Option<i64>,
    pub instances: Few<InstanceRank, Box<Instance>>,
    /// by journey and key
    pub entries: Few<(JourneyId, Option<Scalar>), Entries>,
    /// pending entries: of `enter when … for D` and `enter every`
    pub schedules: Few<JourneyId, Schedule>,
    /// of `enter every year`: the civil day it was last met on
    pub met_days: Few<JourneyId, i64>,
    /// arms by journey and number of the split
    pub splits: Few<(JourneyId, u32), u32>,
    /// what limits count: sends made and planned
    pub sends: Vec<Sent>,
    pub offers: OfferState,
    /// fields or consent changed since audiences were last evaluated
    pub dirty: bool,
    /// places of predicates and computed fields whose fault is recorded for this person
    pub faults: BTreeSet<SiteId>,
    pub measured: Option<Box<Measured>>,
}

/// Instances are looked at in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InstanceRank {
    pub priority: Reverse<i64>,
    /// the journey's rank by name
    pub journey: u32,
    pub key: Option<Scalar>,
    pub no: u64,
}

/// What is remembered of a journey and key for re-entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    pub count: u32,
    pub entered: i64,
    pub ended: Option<i64>,
    /// an instance of it is on its way now
    pub inside: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub due: i64,
    /// the civil day it is for, of `enter every`
    pub day: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// made at, or planned for
    pub at: i64,
    pub channel: ChannelId,
    pub purpose: PurposeId,
    /// `Program::messages`
    pub message: u32,
    /// planned: the instance that holds the place
    pub planned: Option<u64>,
}

/// A place under a limit over all people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    pub at: i64,
    /// planned: the instance that holds the place
    pub planned: Option<u64>,
}

/// A person in a journey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub no: u64,
    pub journey: JourneyId,
    pub key: Option<Scalar>,
    /// the person's earlier instances of this journey and key
    pub entry: u32,
    pub entered: i64,
    /// the canonical id under which it began: keys of its sends keep it when people turn out to be one
    pub of: Arc<str>,
    /// enters, is measured, takes no step
    pub held_out: bool,
    pub block: Vec<u8>,
    pub place: Place,
    /// still moving; an instance that ended is kept for its goal, or for its steps on the way out
    pub ended: Option<i64>,
    pub goal: Option<i64>,
    pub last_send: Option<i64>,
    /// it makes the send that others share, of the group that was due then
    pub combined: Option<i64>,
    /// since when it stands at a send that is not sent yet
    pub sending: Option<i64>,
    /// its sends: number in the journey, key, instant
    pub sends: Vec<(u32, String, i64)>,
    /// attempts by step
    pub attempts: Few<u32, u32>,
    pub emits: u32,
    /// by the offset of the variable
    pub decided: Few<u32, Decided>,
    /// the newest real send of each step
    pub made: Few<u32, Made>,
    /// what a `collect` at hand has gathered
    pub gathered: Vec<Value>,
    /// by wait until a clock time: the civil day that it was last met on
    pub clock_days: Few<u32, i64>,
    pub recalls: Vec<RecallState>,
    /// when its `while` may change by time alone
    pub while_due: Option<i64>,
}

/// A send that was made, and may be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub send: u32,
    pub key: String,
    pub channel: ChannelId,
    pub at: i64,
    /// someone has answered, or it was taken back
    pub done: bool,
    /// the step was skipped since
    pub skipped: bool,
}

/// Where an instance stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// between two steps, or done
    Moving,
    Waiting(Waiting),
    /// its send is postponed
    Holding {
        send: u32,
        until: i64,
    },
    /// it shares a send with others of the person; `group` is when that is due, `until` its own timer
    Gathering {
        send: u32,
        group: i64,
        until: Option<i64>,
    },
    /// its send is held until its purpose is free again; when it was to go
    Held {
        send: u32,
        planned: i64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub wait: u32,
    pub since: i64,
    /// None: no deadline
    pub deadline: Option<i64>,
    /// of a wait until a clock time: the civil day it is for, and that time
    pub clock: Option<(i64, i64)>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecallState {
    pub history: crate::histories::HistoryState,
    /// place in the log of the first event
    pub first: Option<u64>,
}
