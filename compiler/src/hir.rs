//! What a program means: every name resolved, every expression typed, no spans. Made by `types` from the
//! trees, read by `lower` (→ plan and IR) and by the naive model in the tests.
//!
//! Expressions carry a `NodeId`, whose span stands in their declaration's source map (`Program::sites`), so that an
//! edit that only moves text changes no tree. A program with errors still has a `World`; it has no `Program`.

mod expr;
mod journey;
mod measure;
mod offer;
mod test;

pub use crate::forest::Forest;
pub use expr::{
    ArithOp, CompareOp, Expr, ExprKind, History, Join, ListAggregate, ListQuery, Pat, Piece,
    Question, Sequence, Window,
};
pub use journey::{
    Awaited, Combined, Each, Enter, Exit, Holdout, Journey, Key, Migration, MigrationArm,
    MigrationTo, NamedStep, Pattern, Prefer, Send, SplitArm, Step, StepKind, Take, Until, WaitArm,
};
pub use measure::{Advocacy, Conversion, Credit, Loyalty, Measure};
pub use offer::{
    Candidate, Decision, Derived, Learned, Offer, OfferBudget, OfferGroup, OfferLimit, OfferRest,
    OfferRules,
};
pub use test::{
    ContentOp, ContentTest, ExpectKind, Expectation, Happening, Test, TestLine, TestLineKind, When,
};

use journey_program::plan::{
    AnswerWithin, ConsentRule as Consent, HoldPlan, Normalise, OpenPlan, RetryPlan, SendCost,
    Settings, SourcePlan,
};
pub use journey_program::plan::{LimitPlan as Limit, TagHoldout};
use journey_program::types::{
    ChannelId, DecisionId, EnumDef, EventId, PurposeId, RecordDef, RecordId, Type,
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
    /// offers, by name
    pub offers: Vec<Offer>,
    pub groups: Vec<OfferGroup>,
    pub decisions: Vec<Decision>,
    /// by name
    pub learned: Vec<Learned>,
    /// of the models that come from files, by name
    pub forests: Vec<Forest>,
    /// what messages may be tagged with, by name
    pub tags: Vec<String>,
    /// limits that are no channel's own, by name
    pub limits: Vec<Limit>,
    pub holdouts: Vec<TagHoldout>,
    pub journeys: Vec<Journey>,
    /// by name
    pub conversions: Vec<Conversion>,
    pub measures: Vec<Measure>,
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
    /// of a decision's outcome (`next_best.shown`): decision, place among its outcomes. Field 4 of its record is
    /// `offer`.
    pub decided: Option<(DecisionId, u32)>,
    /// it belongs to nobody: everyone hears of it
    pub broadcast: bool,
    /// how long it is kept as it came: milliseconds; None: for good
    pub keep: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// declared fields in source order, then a `text?` for each identifier that is no declared field
    pub record: RecordId,
    /// computed fields, in source order
    pub lets: Vec<Computed>,
    /// identifiers, strongest first: name and field
    pub identifiers: Vec<(String, u32)>,
    /// by identifier: how its values are made alike
    pub normalise: Vec<Option<Normalise>>,
    /// by identifier: how many people may share it; None: it is `unique`
    pub shared: Vec<Option<u32>>,
    /// values that identify nobody
    pub ignore: Vec<String>,
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
    /// its audience is that of the hold: `PURPOSE.hold`, after all declared ones
    pub hold: Option<HoldPlan>,
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
    /// a send goes only while one of them is open; empty: always
    pub open: Vec<OpenPlan>,
    pub limits: Vec<Limit>,
    /// outcomes, then answers
    pub outcomes: Vec<OutcomeDef>,
    /// how long an answer is awaited
    pub answer_within: Option<AnswerWithin>,
    /// what every message for it fills
    pub carries: Vec<Local>,
    /// of one send
    pub cost: Option<SendCost>,
    pub deliver: String,
    pub retry: Option<RetryPlan>,
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
pub struct OutcomeDef {
    pub name: String,
    pub event: EventId,
    pub unverified: bool,
    /// someone must give it
    pub answer: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub name: String,
    pub decl: DeclId,
    /// parameters are its first locals
    pub locals: Vec<Local>,
    pub params: u32,
    pub purpose: PurposeId,
    /// `Program::tags`
    pub tags: Vec<u32>,
    /// stale this long after its step was reached: milliseconds
    pub expires: Option<i64>,
    /// its own, in the place of its channels': by when they are due stands beside them
    pub answers: Vec<OutcomeDef>,
    pub answer_within: Option<AnswerWithin>,
    pub bodies: Vec<Body>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub channel: ChannelId,
    /// field's name and its text, in source order
    pub fields: Vec<(String, Expr)>,
}
