//! Journeys: members, event patterns, steps.

use super::{DeclId, Expr, Local, LocalId, NodeId, Pat, StepRef};
use journey_program::plan::{ReenterPlan, StayPlan};
use journey_program::types::{
    AudienceId, ChannelId, DecisionId, EventId, MessageId, PurposeId, Type,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    pub name: String,
    pub decl: DeclId,
    /// the journey's name unless `salt` says otherwise
    pub salt: String,
    pub priority: i64,
    pub key: Option<Key>,
    pub enter: Enter,
    /// only the best of those whom a broadcast concerns
    pub take: Option<Take>,
    pub reenter: ReenterPlan,
    pub watch: Option<Expr>,
    pub exits: Vec<Exit>,
    pub goals: Vec<Pattern>,
    /// milliseconds
    pub goal_within: Option<i64>,
    pub goal_of_last_send: bool,
    pub holdout: Option<Holdout>,
    /// every variable of the journey; its lifetime is the instance's
    pub locals: Vec<Local>,
    /// named steps: sends, named waits, splits
    pub named: Vec<NamedStep>,
    pub steps: Vec<Step>,
    /// how those of older versions go on
    pub migrations: Vec<Migration>,
}

/// `migrate from "1.3.0" { d30 => end removed, d7 => d7 }`
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    pub node: NodeId,
    pub from: String,
    pub arms: Vec<MigrationArm>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MigrationArm {
    pub node: NodeId,
    /// a wait of the older version by its name, else the next named step after it
    pub old: String,
    pub to: MigrationTo,
}

#[derive(Clone, Debug, PartialEq)]
pub enum MigrationTo {
    End(Option<String>),
    /// the wait of that name, else the one before the step of that name; variables that are set first
    Step(StepRef, Vec<(LocalId, Expr)>),
}

/// `take N by MODEL`
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// over `ExprKind::Event`
    pub count: Expr,
    /// a score over the profile, the highest first; None: those first seen
    pub by: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStep {
    pub name: String,
    pub node: NodeId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// its name: what correlated events call it
    pub name: String,
    pub ty: Type,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Enter {
    /// the pattern's key is the field of the entry event
    On(Pattern),
    When {
        audience: AudienceId,
        leaving: bool,
        stay: Option<StayPlan>,
        including_members: bool,
    },
    /// on the day of a profile's date in each year, from that date on; 29 February is the 28th in common years
    Yearly {
        field: u32,
        clock: i64,
        when: Option<Expr>,
    },
    /// weekday 1 Monday … 7 Sunday, 0 every day; clock in ms
    Every {
        weekday: u8,
        clock: i64,
        when: Option<Expr>,
    },
}

/// An event that a journey names.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub node: NodeId,
    pub event: EventId,
    /// the same outcome of the step's other channels, with the same fields
    pub also: Vec<EventId>,
    /// `STEP.OUTCOME`: outcomes of this step's send only
    pub of_step: Option<StepRef>,
    /// over `ExprKind::Event`, the profile and the instance
    pub filter: Option<Expr>,
    /// the event's field that carries the journey's key (record field number); None: any instance of the person
    pub key: Option<u32>,
    /// `each x in LIST key x.F`: the key is that of an element
    pub each: Option<Each>,
    pub since_enter: bool,
    /// the variable that holds the event afterwards
    pub bind: Option<LocalId>,
}

/// The elements of an event's list, each for an instance of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    /// path of field numbers in the event
    pub list: Vec<u32>,
    /// path of field numbers in the element; empty: the element itself
    pub key: Vec<u32>,
    /// of an `enter`: the variable that holds the element
    pub bind: Option<LocalId>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    pub pattern: Pattern,
    /// the event's name
    pub reason: String,
    /// acts once on the way out; has no waits
    pub steps: Option<Vec<Step>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdout {
    /// of 2^64
    pub below: u64,
    pub salt: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub node: NodeId,
    pub kind: StepKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    Wait {
        step: StepRef,
        delay: Expr,
    },
    /// `wait until`; `past` runs when the instant has passed (clock waits have none)
    WaitUntil {
        step: StepRef,
        until: Until,
        past: Option<Vec<Step>>,
    },
    /// the first that fits, in source order; `timeout` None without `up_to`.
    /// `as_optional`: there was no block; the one arm's variable is a `T?`, unknown after the timeout.
    WaitFor {
        step: StepRef,
        up_to: Option<Expr>,
        arms: Vec<WaitArm>,
        timeout: Option<Vec<Step>>,
        as_optional: bool,
        /// `wait for STEP`: the answers to that send, by its channel's deadline; skipped, it goes on at once
        answers: Option<StepRef>,
    },
    /// takes back what is unanswered of that send
    Withdraw {
        send: StepRef,
    },
    If {
        arms: Vec<(Expr, Vec<Step>)>,
        otherwise: Vec<Step>,
    },
    /// exhaustive, or it has an `Else` arm; the first that fits
    Match {
        value: Expr,
        arms: Vec<(Vec<Pat>, Vec<Step>)>,
    },
    Split {
        step: StepRef,
        name: String,
        salt: String,
        arms: Vec<SplitArm>,
    },
    Send(Send),
    /// `local` is the offer, or unknown where none was given and the decision has no `else`
    Decide {
        step: StepRef,
        local: LocalId,
        decision: DecisionId,
        args: Vec<Expr>,
    },
    Let {
        local: LocalId,
        value: Expr,
    },
    SetLocal {
        local: LocalId,
        value: Expr,
    },
    /// a profile field
    SetField {
        field: u32,
        value: Expr,
    },
    /// declared fields of the event in order (record fields 4…); None: the default or unknown
    Emit {
        event: EventId,
        fields: Vec<Option<Expr>>,
        /// another person's: the identifier's number, its value
        to: Option<(u32, Expr)>,
    },
    /// another journey's `enter on start(…)`: its event, what it is given
    Start {
        event: EventId,
        args: Vec<Expr>,
    },
    /// `mute PURPOSE for D`; None: `unmute`
    Mute {
        purpose: PurposeId,
        delay: Option<Expr>,
    },
    /// gathers events into a list variable, the entry first if it is of that event
    Collect {
        step: StepRef,
        pattern: Pattern,
        up_to: Expr,
        most: u32,
        into: LocalId,
    },
    /// `every`: a wait before each cycle but the first; `times`: at most; `condition` is asked before each cycle
    Repeat {
        step: StepRef,
        every: Option<Expr>,
        times: Option<Expr>,
        condition: Option<Expr>,
        steps: Vec<Step>,
    },
    Leave,
    Again,
    /// begins the nearest enclosing wait again; `times` is its bound
    Restart {
        times: u32,
    },
    End {
        reason: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Until {
    /// the next such instant in the person's zone, strictly after now; weekday 0: any day
    Clock {
        weekday: u8,
        clock: Expr,
    },
    Instant(Expr),
}

/// What an arm of a wait waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Awaited {
    Event(Pattern),
    /// the entering edge, at once if the person is in already
    Audience {
        id: AudienceId,
        node: NodeId,
    },
}

impl Awaited {
    pub fn pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Event(pattern) => Some(pattern),
            Self::Audience { .. } => None,
        }
    }

    pub fn node(&self) -> NodeId {
        match self {
            Self::Event(pattern) => pattern.node,
            Self::Audience { node, .. } => *node,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct WaitArm {
    pub on: Awaited,
    /// the smallest `restart at most N` inside, if any: past it the event is ignored
    pub restarts: Option<u32>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SplitArm {
    pub name: String,
    /// of 2^64; the last arm takes what rounding leaves
    pub share: u64,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Send {
    pub step: StepRef,
    pub message: MessageId,
    /// one for each parameter, in order
    pub args: Vec<Expr>,
    /// `first of FIELD, …`: that channel is tried before the others
    pub prefer: Option<Prefer>,
    /// to be tried in this order
    pub channels: Vec<ChannelId>,
    /// the decided offers among its arguments: when it is sent, they are shown
    pub shows: Vec<LocalId>,
    /// this person's instances that come here share one send
    pub combined: Option<Combined>,
    /// runs when it was skipped
    pub otherwise: Vec<Step>,
    /// the variable (`text?`) that holds why it was skipped, unknown once it is sent; None: nothing reads it
    pub reason: Option<LocalId>,
    /// the variable (`text?`) that holds the channel that it was sent by, unknown where it was skipped
    pub channel: Option<LocalId>,
}

/// `combined within D as rows`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combined {
    /// milliseconds, from the first that comes
    pub within: i64,
    /// the entries of all, in the order in which they came
    pub rows: LocalId,
}

/// A choice of the person's own: an enum whose values are names of channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Prefer {
    /// of the enum, or of its optional
    pub value: Expr,
    /// the channel of each value, in order
    pub channels: Vec<ChannelId>,
}
