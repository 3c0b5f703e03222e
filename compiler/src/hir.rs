//! What a program means: every name resolved, every expression typed, no spans. Made by `types` from the
//! trees, read by `lower` (→ plan and IR) and by the naive model in the tests.
//!
//! Expressions carry a `NodeId`, whose span stands in their declaration's source map (`Program::sites`), so that an
//! edit that only moves text changes no tree. A program with errors still has a `World`; it has no `Program`.

mod test;

pub use test::{
    ContentOp, ContentTest, ExpectKind, Expectation, Happening, Test, TestLine, TestLineKind, When,
};

use journey_program::plan::{
    ConsentRule as Consent, HistoryAggregate, LimitWindow, ReenterPlan, Settings, SourcePlan,
    StayPlan,
};
use journey_program::types::{
    AudienceId, ChannelId, EnumDef, EventId, MessageId, PurposeId, RecordDef, RecordId, Type, Value,
};

/// A place in one declaration, for spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A variable of one journey, function, message or `where`: a `let`, a parameter, a binder, an `as`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub u32);

/// A journey's step that has a name (sends always have one), in source order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepRef(pub u32);

/// The whole checked program. Everything is numbered by name order, audiences in dependency order.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub name: String,
    pub version: String,
    pub timezone: String,
    pub settings: Settings,
    pub enums: Vec<EnumDef>,
    /// declared types, then events (with their built-in fields first), then outcomes' events, then the profile
    pub records: Vec<RecordDef>,
    pub events: Vec<Event>,
    pub sources: Vec<SourcePlan>,
    /// regular expressions of the sources' rules, by the numbers in `SourcePlan`
    pub source_regexes: Vec<String>,
    pub profile: Profile,
    pub functions: Vec<Function>,
    pub purposes: Vec<Purpose>,
    pub audiences: Vec<Audience>,
    pub channels: Vec<Channel>,
    pub messages: Vec<Message>,
    pub journeys: Vec<Journey>,
    pub tests: Vec<Test>,
    /// where each declaration's nodes are: file, place of each node in the file
    pub sites: Vec<Sites>,
}

/// The source map of one declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sites {
    pub file: String,
    /// bytes from the start of the file, by `NodeId`
    pub spans: Vec<(u32, u32)>,
}

/// The number of a declaration in `Program::sites`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeclId(pub u32);

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    pub record: RecordId,
    /// of an outcome (`email.clicked`): channel, place among its outcomes. Field 4 of its record is `send: text`.
    pub outcome: Option<(ChannelId, u32)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// declared fields in source order, then a `text?` for each identifier that is no declared field
    pub record: RecordId,
    /// computed fields, in source order
    pub lets: Vec<Computed>,
    /// identifiers, strongest first: name and field
    pub identifiers: Vec<(String, u32)>,
    /// the field `timezone: timezone?`
    pub timezone: Option<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    pub name: String,
    pub ty: Type,
    pub decl: DeclId,
    pub value: Expr,
}

/// A pure function of the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: String,
    pub decl: DeclId,
    pub params: Vec<Local>,
    pub body: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    pub name: String,
    pub ty: Type,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Purpose {
    pub name: String,
    pub decl: DeclId,
    pub consent: Consent,
    pub rules: Vec<ConsentChange>,
}

/// `granted by E where … for …`
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentChange {
    pub granted: bool,
    pub event: EventId,
    /// over `ExprKind::Event` and the profile
    pub filter: Option<Expr>,
    /// all of them where the author named none
    pub channels: Vec<ChannelId>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Audience {
    pub name: String,
    pub decl: DeclId,
    pub predicate: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    pub name: String,
    pub decl: DeclId,
    /// a `text?` over the profile; None: a channel that needs no address
    pub to: Option<Expr>,
    pub quiet: Vec<Quiet>,
    pub limits: Vec<Limit>,
    pub outcomes: Vec<OutcomeDef>,
    pub deliver: String,
}

/// Milliseconds since midnight, half-open; `from > to` runs over midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    pub from: i64,
    pub to: i64,
    /// empty: for all
    pub purposes: Vec<PurposeId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub count: u32,
    pub window: LimitWindow,
    /// empty: for all
    pub purposes: Vec<PurposeId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeDef {
    pub name: String,
    pub event: EventId,
    pub unverified: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub name: String,
    pub decl: DeclId,
    /// parameters are its first locals
    pub locals: Vec<Local>,
    pub params: u32,
    pub purpose: PurposeId,
    pub bodies: Vec<Body>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub channel: ChannelId,
    /// field's name and its text, in source order
    pub fields: Vec<(String, Expr)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    pub name: String,
    pub decl: DeclId,
    /// the journey's name unless `salt` says otherwise
    pub salt: String,
    pub priority: i64,
    pub key: Option<Key>,
    pub enter: Enter,
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
    /// `STEP.OUTCOME`: outcomes of this step's send only
    pub of_step: Option<StepRef>,
    /// over `ExprKind::Event`, the profile and the instance
    pub filter: Option<Expr>,
    /// the event's field that carries the journey's key (record field number); None: any instance of the person
    pub key: Option<u32>,
    pub since_enter: bool,
    /// the variable that holds the event afterwards
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

#[derive(Clone, Debug, PartialEq)]
pub struct WaitArm {
    pub pattern: Pattern,
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
    /// to be tried in this order
    pub channels: Vec<ChannelId>,
    /// runs when it was skipped
    pub otherwise: Vec<Step>,
    /// the variable (`text?`) that holds why it was skipped, unknown once it is sent; None: nothing reads it
    pub reason: Option<LocalId>,
    /// the variable (`text?`) that holds the channel that it was sent by, unknown where it was skipped
    pub channel: Option<LocalId>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub node: NodeId,
    pub ty: Type,
    pub kind: ExprKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Value(Value),
    /// a profile's field, as it is now
    Profile(u32),
    /// a computed field of the profile: `Profile::lets`
    Computed(u32),
    /// the event at hand (in a `where`): its record
    Event,
    /// the event that began the instance
    Entry,
    Local(LocalId),
    Field(Box<Expr>, u32),
    /// `consent.PURPOSE` (channel None: on any) or `consent.PURPOSE.CHANNEL`; granted, never unknown
    Consent(PurposeId, Option<ChannelId>),
    InAudience(AudienceId),
    History(Box<History>),
    Not(Box<Expr>),
    /// of int, number, money, duration
    Neg(Box<Expr>),
    /// a `T?` is there
    Known(Box<Expr>),
    /// a `T?` that flow has proved known, read as `T`
    Narrow(Box<Expr>),
    /// a `T` where a `T?` is due
    Some(Box<Expr>),
    /// int → number
    Widen(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// operands of one type (after widening); texts by bytes
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// operand types decide: see `ArithOp`
    Arith(ArithOp, Box<Expr>, Box<Expr>),
    /// `a ?? b`: a is `T?`, b is `T` or `T?`
    Else(Box<Expr>, Box<Expr>),
    /// list and element, or text and text
    Contains(Box<Expr>, Box<Expr>),
    StartsWith(Box<Expr>, Box<Expr>),
    EndsWith(Box<Expr>, Box<Expr>),
    /// the regular expression, in the crate `regex`'s syntax
    Matches(Box<Expr>, String),
    /// equal to one of them
    In(Box<Expr>, Vec<Expr>),
    /// closed
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Match(Box<Expr>, Vec<(Vec<Pat>, Expr)>),
    ListQuery(Box<ListQuery>),
    List(Vec<Expr>),
    /// fields in order
    Record(RecordId, Vec<Expr>),
    /// a text built of pieces
    Concat(Vec<Piece>),
    /// `fn`, by its number
    Call(u32, Vec<Expr>),
    Least(Vec<Expr>),
    Greatest(Vec<Expr>),
    Now,
    Today,
    /// years since a date
    YearsSince(Box<Expr>),
    /// `date at clock`
    DateAt(Box<Expr>, Box<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(String),
    /// of any printable type
    Value(Expr),
    /// `format(x, "de-DE")`
    Format(Expr, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// What the operands are and what comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArithOp {
    /// int, number, money, duration with its like; time + duration, time/date + span (time or date first)
    Add,
    /// as `Add`; time - time is a duration, date - date an int of days, time - duration, time/date - span
    Sub,
    /// int, number; money * number, duration * int (money, duration first)
    Mul,
    /// number / number; money / number; money / money is a number
    Div,
    /// ints, floored
    IntDiv,
    Mod,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Pat {
    Value(Value),
    /// closed
    Range(Value, Value),
    /// the value is a `T?` and unknown
    Unknown,
    Else,
}

/// `any x in items where …`
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    pub aggregate: ListAggregate,
    pub binder: LocalId,
    pub list: Expr,
    pub filter: Option<Expr>,
    /// what is summed, averaged, … (of any, all, count: None; of first, last: the element or its field)
    pub value: Option<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListAggregate {
    Any,
    All,
    Count,
    Sum,
    Avg,
    Min,
    Max,
    First,
    Last,
}

/// A question about what the person did. Its type is its expression's: `any`, `no` are bools, `count` an int,
/// `sum` its field's type, avg, min, max, first, last, top a `T?`.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub question: Question,
    pub event: EventId,
    /// path of field numbers to what is summed, …; empty for any, no, count
    pub value: Vec<u32>,
    /// over `Event` and the profile as it was when the event was applied
    pub filter: Option<Expr>,
    /// `FIELD == outer`: path of the event's field, the outer expression
    pub keyed: Option<(Vec<u32>, Expr)>,
    pub window: Window,
    /// this many newest instants are kept exactly: 1 for any and no, N + 1 for a count that is compared
    /// with N ≤ 32; 0: panes
    pub exact: u32,
    /// given by `in panes of`, else by the window's length; milliseconds
    pub pane_ms: i64,
    /// the bound of `distinct`
    pub up_to: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    Any,
    No,
    Aggregate(HistoryAggregate),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    Ever,
    /// milliseconds
    Last(i64),
    LastSpan(journey_program::types::Span),
    ThisDay,
    ThisWeek,
    ThisMonth,
    /// of a journey's instance, without the entry event
    SinceEnter,
    /// since the real send of this step
    SinceStep(StepRef),
    /// a constant instant
    Since(i64),
    /// a profile's field of type time
    SinceField(u32),
}
