//! A compiled program: the tables that the engine walks, and the functions that it calls on the way.
//! Written by the compiler, carried by the artifact, read by the runtime; it knows neither syntax nor sources.

use crate::ir::{Function, Repr};
use crate::raw::RawExpr;
use crate::types::{
    AudienceId, ChannelId, EnumDef, EventId, FunctionId, HistoryId, JourneyId, PurposeId,
    RecordDef, RecordId, Span, StepId, Type,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    pub name: String,
    pub version: String,
    /// IANA; where a person's own zone is unknown
    pub timezone: String,
    pub settings: Settings,
    pub enums: Vec<EnumDef>,
    pub records: Vec<RecordDef>,
    /// of every record, by its number
    pub layouts: Vec<Layout>,
    /// element types of the lists that code builds
    pub element_types: Vec<Type>,
    /// constant texts; symbol of text `i` is `i + 1`
    pub texts: Vec<String>,
    pub regexes: Vec<String>,
    pub profile: ProfilePlan,
    pub events: Vec<EventPlan>,
    pub sources: Vec<SourcePlan>,
    pub histories: Vec<HistoryPlan>,
    pub purposes: Vec<PurposePlan>,
    pub audiences: Vec<AudiencePlan>,
    /// all audiences' predicates in dependency order: one Bool an audience, by number
    pub audiences_fn: Option<FunctionId>,
    pub channels: Vec<ChannelPlan>,
    pub messages: Vec<String>,
    pub journeys: Vec<JourneyPlan>,
    pub functions: Vec<Function>,
    /// of every function, by its number: what its spaces hold
    pub contexts: Vec<FunctionContext>,
    /// places in the source, by `SiteId`
    pub sites: Vec<Site>,
}

/// What a function finds in its spaces: the verifier bounds every place by it. The profile is always
/// there; a space that is not named here is empty for the function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FunctionContext {
    /// the record at offset 0 of `Space::Event`
    pub event: Option<RecordId>,
    /// whose instance lies in `Space::Instance` (`JourneyPlan::instance`)
    pub instance: Option<JourneyId>,
}

/// Milliseconds, all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub dedupe_ms: i64,
    pub lateness_ms: i64,
    pub reorder_ms: i64,
    pub ahead_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        const HOUR: i64 = 3_600_000;
        Self {
            dedupe_ms: 7 * 24 * HOUR,
            lateness_ms: 24 * HOUR,
            reorder_ms: 0,
            ahead_ms: 300_000,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub file: String,
    /// bytes from the start of the file
    pub start: u32,
    pub end: u32,
    /// from 1
    pub line: u32,
    pub column: u32,
}

/// Where the fields of a record lie. Presence bits first, then fields by descending alignment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub size: u32,
    pub fields: Vec<FieldSlot>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSlot {
    pub offset: u32,
    pub repr: Repr,
    /// the presence bit of an optional field: byte offset, bit
    pub known: Option<(u32, u8)>,
    /// texts that this `list<text>` is tested for: bit `i` of the slot's mask says that text `probes[i]` is in it
    pub probes: Vec<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProfilePlan {
    /// the declared fields, and a `text?` for each identifier
    pub record: RecordId,
    /// fields first (as `layouts[record]`), then what is kept beside them
    pub size: u32,
    /// byte `consent + purpose * channels + channel`: 0 unknown, 1 granted, 2 revoked
    pub consent: u32,
    /// bit `i` of the bytes from here: in audience `i`
    pub audiences: u32,
    /// the field of type `timezone?` named `timezone`, if declared
    pub timezone: Option<u32>,
    /// strongest first
    pub identifiers: Vec<IdentifierPlan>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifierPlan {
    pub name: String,
    pub field: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventPlan {
    /// `order_placed`, or an outcome: `email.clicked`
    pub name: String,
    pub record: RecordId,
    /// of an outcome: its channel and its place among the channel's outcomes; its field 4 is `send: text`
    pub outcome: Option<(ChannelId, u32)>,
    /// one Bool for each of `consents`, then one for each of `feeds`: whether its `where` holds.
    /// None: no `where` at all.
    pub feed_fn: Option<FunctionId>,
    /// the results of `feed_fn` apart, () → Bool, to be run one by one where it faulted: a filter that faults is
    /// false and touches no other. Empty: it can't fault.
    pub filters: Vec<FunctionId>,
    pub consents: Vec<ConsentChange>,
    pub feeds: Vec<Feed>,
}

/// A `granted by` or `revoked by` that names the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentChange {
    /// place among the results of `feed_fn`; None: always
    pub when: Option<u32>,
    pub purpose: PurposeId,
    pub granted: bool,
    pub channels: Vec<ChannelId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    pub when: Option<u32>,
    pub history: HistoryId,
}

/// A question about what a person did. The engine keeps its answer current in the profile's block
/// (a slot as of a field: value, presence bit), so that decision code reads it with one load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryPlan {
    pub event: EventId,
    pub aggregate: HistoryAggregate,
    /// the field that is summed, counted apart, …: a path of field numbers inside the event's record
    pub value: Vec<u32>,
    /// the value's type (of `Count`: int)
    pub ty: Type,
    pub window: HistoryWindow,
    /// keep this many newest instants exactly; 0: panes
    pub exact: u32,
    pub pane_ms: i64,
    /// the bound of `distinct`
    pub up_to: u32,
    /// where its answer lies in the profile's block; None for `keyed` and `SinceArgument`
    pub slot: Option<FieldSlot>,
    /// kept per value of this field (path) of the event
    pub keyed: Option<Vec<u32>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HistoryAggregate {
    /// any, no and count: the number of events
    Count,
    Sum,
    Avg,
    Min,
    Max,
    First,
    Last,
    Distinct,
    Top,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HistoryWindow {
    Ever,
    /// milliseconds
    Last(i64),
    /// `in last 12 months`: panes are civil days of the person
    LastSpan(Span),
    ThisDay,
    /// begins on Monday
    ThisWeek,
    ThisMonth,
    /// a constant instant
    Since(i64),
    /// the instant comes with the question (`SinceBegin`)
    SinceArgument,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurposePlan {
    pub name: String,
    pub consent: ConsentRule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConsentRule {
    OptIn,
    OptOut,
    NotNeeded,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudiencePlan {
    pub name: String,
    pub watch: Watch,
}

/// A predicate that is watched: when it may change with nothing but time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// () → Bool. Of an audience (`Program::audiences_fn` evaluates them together) only where that can fault: if it
    /// does, these are run one by one in order, a fault is false, each result stored before the next is run.
    pub predicate: Option<FunctionId>,
    /// () → Int: the next instant at which a comparison with `now`, `today` or an age may turn; `i64::MAX`: never
    pub next: Option<FunctionId>,
    /// whose windows it reads
    pub histories: Vec<HistoryId>,
    pub audiences: Vec<AudienceId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelPlan {
    pub name: String,
    /// () → (Bool known, Text)
    pub address: Option<FunctionId>,
    pub quiet: Vec<QuietPlan>,
    pub limits: Vec<LimitPlan>,
    /// outcomes: their events
    pub outcomes: Vec<EventId>,
    pub deliver: String,
}

/// Half-open, in the person's zone; `from` after `to` runs over midnight. Milliseconds since midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietPlan {
    pub from: i64,
    pub to: i64,
    /// empty: for all
    pub purposes: Vec<PurposeId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitPlan {
    pub count: u32,
    pub window: LimitWindow,
    /// empty: for all
    pub purposes: Vec<PurposeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LimitWindow {
    Rolling(i64),
    Day,
    Week,
    Month,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JourneyPlan {
    pub name: String,
    pub priority: i64,
    pub enter: EnterPlan,
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
    pub reasons: Vec<String>,
    /// where the instance starts
    pub start: u32,
    /// histories `since enter`, `since STEP`: kept in the instance
    pub recalls: Vec<RecallPlan>,
    /// names of steps by `StepId`, for reports and tests
    pub steps: Vec<StepName>,
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
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstancePlan {
    pub size: u32,
    /// where the entry event's record lies, if the journey has one
    pub entry: Option<u32>,
    /// named variables, for timelines and tests: name, slot, type
    pub locals: Vec<(String, FieldSlot, Type)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EnterPlan {
    /// `enter on EVENT where … key …`
    On { pattern: PatternPlan },
    /// the edge (or having stayed for `stay`)
    When {
        audience: AudienceId,
        leaving: bool,
        stay: Option<StayPlan>,
        including_members: bool,
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
    /// () → Bool over profile, event and instance
    pub filter: Option<FunctionId>,
    /// the event's field that carries the journey's key; None: any instance of the person
    pub key: Option<u32>,
    /// an outcome of a send of this one's step only (several sends may share a step's name)
    pub of_send: Option<u32>,
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
    /// where it goes on if the instant has passed already (`wait until`); equal to `timeout` without `past`
    pub past: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitKind {
    /// the value is milliseconds from now; `i64::MAX`: no deadline
    Duration,
    /// the value is a packed span, in the person's zone
    Span,
    /// the value is an instant
    Until,
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
    /// an audience in the place of the event: its entering edge, at once if already in; `pattern` is then unread
    pub audience: Option<AudienceId>,
}

/// What an instance remembers of an event since its entry, or since a send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecallKind {
    /// the first matching event's record, for waits that look back; the slot is a record with a presence bit
    FirstEvent,
    /// an aggregate over a path of the event's fields; `aux` is a second slot (count of an average)
    Aggregate {
        aggregate: HistoryAggregate,
        value: Vec<u32>,
        aux: Option<u32>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendPlan {
    pub step: StepId,
    /// `Program::messages`
    pub message: u32,
    pub purpose: PurposeId,
    /// in the order to be tried
    pub channels: Vec<SendChannel>,
    /// `first of FIELD, …`: () → (Bool known, Int place in `preferred`); that channel is tried before the others
    pub prefer: Option<FunctionId>,
    pub preferred: Vec<SendChannel>,
    /// `S.reason`, `S.channel`: optional text slots of the instance that the engine writes before `run` goes on
    pub reason: Option<FieldSlot>,
    pub channel: Option<FieldSlot>,
    pub resume_sent: u32,
    pub resume_skipped: u32,
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
pub struct SplitPlan {
    pub step: StepId,
    pub name: String,
    pub salt: String,
    /// arm's name and its share of 2^64
    pub arms: Vec<(String, u64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourcePlan {
    pub name: String,
    pub format: SourceFormat,
    /// identifier's name, where it comes from
    pub identify: Vec<(String, RawExpr)>,
    pub rules: Vec<SourceRule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SourceFormat {
    Json,
    Csv,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceRule {
    pub when: Option<RawExpr>,
    pub target: SourceTarget,
    /// `at: …`, `id: …`
    pub at: Option<RawExpr>,
    pub id: Option<RawExpr>,
    /// field of the target's record, where its value comes from
    pub assigns: Vec<(u32, RawExpr)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SourceTarget {
    Event(EventId),
    Profile,
}
