//! Journeys: how an instance begins, where it rests, what it may do on the way.

use super::{AnswerWithin, FieldSlot, HistoryPlan, Watch};
use crate::types::{
    AudienceId, ChannelId, DecisionId, EventId, FunctionId, HistoryId, PurposeId, Span, StepId,
    Type,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JourneyPlan {
    pub name: String,
    /// it is kept of this older version: nobody enters
    pub version: Option<String>,
    pub priority: i64,
    pub enter: EnterPlan,
    /// of an `enter on BROADCAST`
    pub snapshot: Option<SnapshotPlan>,
    /// of a keyed journey: the key's type
    pub key: Option<Type>,
    pub reenter: ReenterPlan,
    pub watch: Option<Watch>,
    pub exits: Vec<ExitPlan>,
    pub goals: Vec<PatternPlan>,
    pub goal_within: Option<i64>,
    pub goal_of_last_send: bool,
    pub holdout: Option<HoldoutPlan>,
    pub salt: String,
    /// the instance's block: the entry event, variables, counters
    pub instance: InstancePlan,
    /// (resume: Int) → (outcome: Int, index: Int, value: Int); see `Outcome`
    pub run: FunctionId,
    pub waits: Vec<WaitPlan>,
    pub sends: Vec<SendPlan>,
    pub splits: Vec<SplitPlan>,
    pub decides: Vec<DecidePlan>,
    pub reasons: Vec<String>,
    /// where the instance starts
    pub start: u32,
    /// histories `since enter`, `since STEP`: kept in the instance
    pub recalls: Vec<RecallPlan>,
    /// names of steps by `StepId`, for reports and tests
    pub steps: Vec<StepName>,
    /// where instances may stand, as later versions call it: name, `StepId`
    pub places: Vec<(String, u32)>,
    pub migrations: Vec<MigrationPlan>,
}

/// How who is in this journey of an older version goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationPlan {
    pub from: String,
    /// by the older version's places
    pub arms: Vec<(String, MigrationTo)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MigrationTo {
    /// 0, or 1 + the reason's number
    End(u32),
    /// what is new is set there, then it goes on; whether that is a wait, which keeps its start
    Resume { at: u32, waits: bool },
}

/// Whom a broadcast leads in, of all for whom the pattern's filter holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotPlan {
    /// a history, kept per value, that has to know this field (path) of the broadcast: only those for whom it does
    /// need be looked at
    pub asked: Option<(HistoryId, Vec<u32>)>,
    pub take: Option<TakePlan>,
}

/// `take N by MODEL`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakePlan {
    /// () → Int over the event: so many at most
    pub count: FunctionId,
    /// () → (Bool known, Int or Num score): the highest first, the unknown last; None: those first seen
    pub by: Option<FunctionId>,
    /// the score is a Num
    pub number: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepName {
    pub name: String,
    pub site: u32,
}

/// What `run` returns first: why it stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// ran to its end; index: 0, or 1 + the reason's number
    End = 0,
    /// waits; index: the wait; value: duration, span or instant as `WaitKind` says (`i64::MAX`: no deadline)
    Wait = 1,
    /// sends; index: the send; goes on at `resume_sent` or `resume_skipped`
    Send = 2,
    /// as `Wait`, begun again by `restart`: goes on with the same bound
    Restart = 3,
    /// decides; index: the decide; its arguments come as an effect; goes on at `resume`
    Decide = 4,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstancePlan {
    pub size: u32,
    /// where the entry event's record lies, if the journey has one
    pub entry: Option<u32>,
    /// named variables, for timelines and tests: name, slot, type
    pub locals: Vec<(String, FieldSlot, Type)>,
    /// what lies beside them, in the order of the source: what recalls keep, counters
    pub beside: Vec<(FieldSlot, Type)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EnterPlan {
    /// `enter on EVENT where … key …`
    On {
        pattern: PatternPlan,
        /// of `each`: where the element goes, its type
        element: Option<(FieldSlot, Type)>,
    },
    /// the edge (or having stayed for `stay`)
    When {
        audience: AudienceId,
        leaving: bool,
        stay: Option<StayPlan>,
        including_members: bool,
    },
    /// on the day of a profile's date in each year, from that date on; clock in ms
    Yearly {
        field: u32,
        clock: i64,
        when: Option<FunctionId>,
    },
    /// a schedule: weekday 1 Monday … 7 Sunday, 0 every day; clock in ms; the audience, if one is named
    Every {
        weekday: u8,
        clock: i64,
        when: Option<FunctionId>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StayPlan {
    Duration(i64),
    Span(Span),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReenterPlan {
    Never,
    Always,
    /// milliseconds, from the end of the last instance or from its entry
    After {
        delay: StayPlan,
        from_entry: bool,
    },
}

/// An event that the journey names: when it counts, and for which instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternPlan {
    pub event: EventId,
    /// events of the same layout that count as well: an outcome of the send's other channels
    pub also: Vec<EventId>,
    /// () → Bool over profile, event and instance
    pub filter: Option<FunctionId>,
    /// the event's field that carries the journey's key; None: any instance of the person
    pub key: Option<u32>,
    /// `each x in LIST key x.F`: the key is that of an element
    pub each: Option<EachPlan>,
    /// an outcome of a send of this one's step only (several sends may share a step's name)
    pub of_send: Option<u32>,
}

impl PatternPlan {
    /// Whether it asks for events of this type.
    pub fn names(&self, event: EventId) -> bool {
        self.event == event || self.also.contains(&event)
    }
}

/// The elements of an event's list, each with a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EachPlan {
    /// path of field numbers in the event's record
    pub list: Vec<u32>,
    /// path of field numbers in the element; empty: the element itself
    pub key: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitPlan {
    pub pattern: PatternPlan,
    pub reason: String,
    /// where `run` starts the steps on the way out; they have no waits
    pub resume: Option<u32>,
    /// the event is copied there before `run` goes on: offset of the record in the instance, presence bit
    pub bind: Option<(u32, Option<(u32, u8)>)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldoutPlan {
    /// of 2^64, from the share
    pub below: u64,
    pub salt: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitPlan {
    pub step: StepId,
    pub kind: WaitKind,
    pub arms: Vec<WaitArmPlan>,
    /// where it goes on at its deadline
    pub timeout: u32,
    /// where it goes on if the instant has passed already (`wait until`), or the send was skipped (`wait for STEP`);
    /// equal to `timeout` without `past`
    pub past: u32,
    /// of `collect`: what its one arm matches is gathered, and the wait goes on
    pub collect: Option<CollectPlan>,
}

/// Events in a list of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectPlan {
    /// a slot of `list<EVENT>`
    pub slot: FieldSlot,
    pub ty: Type,
    /// the wait is over when there are so many
    pub most: u32,
    /// the journey's entry is of that event, and comes first if it matches
    pub entry: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitKind {
    /// the value is milliseconds from now; `i64::MAX`: no deadline
    Duration,
    /// the value is a packed span, in the person's zone
    Span,
    /// the value is an instant
    Until,
    /// by when that send is to be answered: the value is not asked
    Answer { send: u32 },
    /// the value is a clock time; the next such instant strictly after now; weekday 0: any
    Clock { weekday: u8 },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitArmPlan {
    pub pattern: PatternPlan,
    pub resume: u32,
    /// copies of the event go to these places of the instance before `run` goes on: offset of the record, presence bit
    pub bind: Option<(u32, Option<(u32, u8)>)>,
    /// `since enter`: the recall whose record answers at once
    pub recall: Option<u32>,
    /// an audience in the place of the event: its entering edge, at once if already in; of `pattern` only the
    /// filter is then asked
    pub audience: Option<AudienceId>,
}

/// What an instance remembers of an event since its entry, or since a send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecallPlan {
    pub pattern: PatternPlan,
    pub since: RecallSince,
    pub what: RecallKind,
    /// in the instance's block
    pub slot: FieldSlot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecallSince {
    Enter,
    /// a send of this journey: from its real sending
    Send(u32),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RecallKind {
    /// the first matching event's record, for waits that look back; the slot is a record with a presence bit
    FirstEvent,
    /// a question of its own over what it has met
    History {
        plan: Box<HistoryPlan>,
        /// of a sequence: what its second event has to be
        second: Option<PatternPlan>,
        /// of what decays: the constants that the journey's `while` compares it with
        bounds: Vec<f64>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendPlan {
    pub step: StepId,
    /// `Program::messages`
    pub message: u32,
    pub purpose: PurposeId,
    /// the message is stale this long after the step was reached: milliseconds
    pub expires: Option<i64>,
    /// the message's own answers, in the place of its channel's, and by when one is due
    pub answers: Vec<EventId>,
    pub answer_within: Option<AnswerWithin>,
    /// in the order to be tried
    pub channels: Vec<SendChannel>,
    /// `first of FIELD, …`: () → (Bool known, Int place in `preferred`); that channel is tried before the others
    pub prefer: Option<FunctionId>,
    pub preferred: Vec<SendChannel>,
    /// `S.reason`, `S.channel`: optional text slots of the instance that the engine writes before `run` goes on
    pub reason: Option<FieldSlot>,
    pub channel: Option<FieldSlot>,
    /// the decided offers among its arguments, by the offset of their variable: sent, they are shown
    pub shows: Vec<u32>,
    pub combined: Option<CombinedPlan>,
    pub resume_sent: u32,
    pub resume_skipped: u32,
}

/// `combined within D as rows`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombinedPlan {
    /// milliseconds, from the first instance of the person that comes
    pub within: i64,
    /// where the list of the entries goes, and its type
    pub slot: FieldSlot,
    pub ty: Type,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendChannel {
    pub channel: ChannelId,
    /// names of the body's fields, in order
    pub fields: Vec<String>,
    /// () → (): calls `Content` for each field
    pub render: FunctionId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidePlan {
    pub step: StepId,
    pub decision: DecisionId,
    /// where the engine writes the offer's place among the decision's
    pub slot: FieldSlot,
    pub resume: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitPlan {
    pub step: StepId,
    pub name: String,
    pub salt: String,
    /// arm's name and its share of 2^64
    pub arms: Vec<(String, u64)>,
}
