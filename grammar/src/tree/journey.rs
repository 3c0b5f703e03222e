//! Journeys: members, patterns of events, steps.

use super::{Arg, Assign, Expr, Name, Param, Span, TypeRef};

/// `journey NAME { members  steps  migrations }`
#[derive(Clone, Debug, PartialEq)]
pub struct JourneyDecl {
    pub name: Name,
    pub members: Vec<Member>,
    pub steps: Vec<Step>,
    pub migrations: Vec<Migrate>,
}

/// `migrate from "1.3.0" { d30 => end removed, d7 => d7 { hint: "x" } }`
#[derive(Clone, Debug, PartialEq)]
pub struct Migrate {
    pub from: Expr,
    pub arms: Vec<MigrateArm>,
    pub span: Span,
}

/// Who stands at a step of the older version.
#[derive(Clone, Debug, PartialEq)]
pub struct MigrateArm {
    pub old: Name,
    pub to: MigrateTo,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum MigrateTo {
    End(Option<Name>),
    /// goes on at a step of this version, with variables set
    Step(Name, Vec<Assign>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub kind: MemberKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum MemberKind {
    /// `enter on EVENT [where …] [key FIELD] [take N by MODEL]`
    EnterOn(EventPattern, Option<Box<Take>>),
    /// `enter when AUDIENCE [for D] [including members]`, `enter when leaving AUDIENCE`
    EnterWhen {
        leaving: bool,
        audience: Expr,
        stay: Option<Expr>,
        including_members: bool,
    },
    /// `enter every day|weekday at CLOCK when AUDIENCE`
    EnterEvery {
        day: Name,
        at: Expr,
        when: Option<Expr>,
    },
    /// `enter every year on FIELD at CLOCK when AUDIENCE`
    EnterYearly {
        field: Vec<Name>,
        at: Expr,
        when: Option<Expr>,
    },
    /// `enter on start(NAME: TYPE, …)`
    EnterStart {
        params: Vec<Param>,
        span: Span,
    },
    /// `reenter never | always | after D [from entry]`
    Reenter(Reenter),
    While(Expr),
    /// `exit on A, B { steps }`
    Exit {
        events: Vec<EventPattern>,
        steps: Option<Vec<Step>>,
    },
    /// `goal on E within D [of last send]`
    Goal {
        events: Vec<EventPattern>,
        within: Option<Expr>,
        of_last_send: bool,
    },
    /// `holdout 10% salt "x"`
    Holdout {
        share: Expr,
        salt: Option<Expr>,
    },
    Priority(Expr),
    Salt(Expr),
    Broken,
}

/// `take N by MODEL`: only the best of those whom a broadcast concerns
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    pub count: Expr,
    pub by: Option<Name>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reenter {
    Never,
    Always,
    After { delay: Expr, from_entry: bool },
}

/// `EVENT [where …] [key F | any key] [since enter] [as NAME]`; EVENT may be `STEP.OUTCOME` or an audience.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPattern {
    pub path: Vec<Name>,
    pub filter: Option<Expr>,
    /// `each NAME in LIST`
    pub each: Option<Box<(Name, Expr)>>,
    pub key: Option<KeyRef>,
    pub since_enter: bool,
    pub bind: Option<Name>,
    pub span: Span,
}

impl EventPattern {
    /// A pattern that is not there.
    pub fn missing(span: Span) -> Self {
        Self {
            path: Vec::new(),
            filter: None,
            each: None,
            key: None,
            since_enter: false,
            bind: None,
            span,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum KeyRef {
    Field(Name),
    Any,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub doc: Option<String>,
    pub kind: StepKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `wait [NAME:] 3 days` (duration, span, or an expression in parentheses)
    Wait {
        name: Option<Name>,
        delay: Expr,
    },
    /// `wait until 09:00 | monday 09:00 | EXPR [past { }]`
    WaitUntil {
        name: Option<Name>,
        weekday: Option<Name>,
        until: Expr,
        past: Option<Vec<Step>>,
    },
    /// `wait [up to D] for EVENT …`, `… for { EVENT => { } timeout => { } }`, `wait for STEP { … }`
    WaitFor {
        name: Option<Name>,
        up_to: Option<Expr>,
        what: WaitWhat,
    },
    If {
        arms: Vec<(Expr, Vec<Step>)>,
        otherwise: Option<Vec<Step>>,
    },
    Match {
        value: Expr,
        arms: Vec<MatchArm>,
    },
    /// `split subject salt "x" { short 50% => { } long 50% => { } }`
    Split {
        name: Name,
        salt: Option<Expr>,
        arms: Vec<SplitArm>,
    },
    /// `send S = M(args) by CHANNEL else { }`
    Send(SendStep),
    /// `decide pick = next_best(entry.value)`
    Decide {
        name: Name,
        decision: Name,
        args: Vec<Arg>,
    },
    Let {
        name: Name,
        ty: Option<TypeRef>,
        value: Expr,
    },
    Set {
        name: Vec<Name>,
        value: Expr,
    },
    /// `emit EVENT { f: e } [to IDENTIFIER(e)]`
    Emit {
        event: Name,
        assigns: Vec<Assign>,
        to: Option<(Name, Expr)>,
    },
    /// `mute PURPOSE for D`; without: `unmute PURPOSE`
    Mute {
        purpose: Name,
        delay: Option<Expr>,
    },
    /// `start JOURNEY(args)`
    Start {
        journey: Name,
        args: Vec<Arg>,
    },
    /// `withdraw S`
    Withdraw {
        step: Name,
    },
    /// `collect EVENT … up to D at most N as NAME`
    Collect {
        pattern: EventPattern,
        up_to: Expr,
        most: Expr,
        name: Name,
    },
    /// `repeat up to 3 times { }`, `repeat every 30 days up to 12 times while e { }`
    Repeat {
        every: Option<Expr>,
        times: Option<Expr>,
        condition: Option<Expr>,
        steps: Vec<Step>,
    },
    Leave,
    Again,
    /// `restart at most 100 times`
    Restart {
        times: Option<Expr>,
    },
    End {
        reason: Option<Name>,
    },
    Broken,
}

#[derive(Clone, Debug, PartialEq)]
pub enum WaitWhat {
    Missing(Span),
    /// one pattern, no block
    One(EventPattern),
    Arms(Vec<WaitArm>),
    /// `wait for STEP { … }`
    Step {
        step: Name,
        arms: Vec<WaitArm>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct WaitArm {
    /// None: `timeout`
    pub pattern: Option<EventPattern>,
    pub steps: Vec<Step>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MatchArm {
    pub patterns: Vec<Pattern>,
    pub steps: Vec<Step>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub kind: PatternKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    Missing,
    Literal(Expr),
    Range(Expr, Expr),
    /// an enum value (`gold`, `tier.gold`)
    Path(Vec<Name>),
    Unknown,
    Else,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SplitArm {
    pub name: Name,
    pub share: Expr,
    pub steps: Vec<Step>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SendStep {
    /// `send S = …`; absent: the message's name is the step's
    pub name: Option<Name>,
    pub message: Name,
    pub args: Vec<Arg>,
    pub by: SendBy,
    pub combined: Option<Combined>,
    pub otherwise: Option<Vec<Step>>,
}

/// `combined within D as rows`
#[derive(Clone, Debug, PartialEq)]
pub struct Combined {
    pub within: Option<Expr>,
    pub rows: Option<Name>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SendBy {
    Missing(Span),
    /// `by email`
    One(Name),
    /// `by first of push, sms`
    FirstOf(Vec<Name>),
}
