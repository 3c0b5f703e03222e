//! Expressions, patterns of values, list queries, histories.

use super::{LocalId, NodeId, StepRef};
use journey_program::plan::HistoryAggregate;
use journey_program::types::{
    AudienceId, ChannelId, EventId, OfferId, PurposeId, RecordId, Type, Value,
};

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
    /// `muted.PURPOSE`
    Muted(PurposeId),
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
    /// the texts of a list's elements, one after the other
    Join(Box<Join>),
    /// a text as HTML and XML show it: `<` as `&lt;`
    Escape(Box<Expr>),
    /// `fn`, by its number
    Call(u32, Vec<Expr>),
    Least(Vec<Expr>),
    Greatest(Vec<Expr>),
    Now,
    Today,
    /// years since a date
    YearsSince(Box<Expr>),
    /// `logistic(x)`
    Logistic(Box<Expr>),
    /// a forest of trees over its inputs, each a number or a `number?`
    Trees(u32, Vec<Expr>),
    /// how likely an offer is accepted, as learned: `Program::learned`
    Learned(u32, OfferId),
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

/// `{% for x in list %} … {% endfor %}` of a template
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub list: Expr,
    pub binder: LocalId,
    /// the element's number, from 1; whether it is the first, the last
    pub index: LocalId,
    pub first: LocalId,
    pub last: LocalId,
    /// a text
    pub body: Expr,
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
    /// `followed by …`, `without …`: what is asked are the first events of its matches
    pub sequence: Option<Sequence>,
    /// of `decayed`: milliseconds
    pub half_life: i64,
    pub window: Window,
    /// this many newest instants are kept exactly: 1 for any and no, N + 1 for a count that is compared
    /// with N ≤ 32; 0: panes
    pub exact: u32,
    /// given by `in panes of`, else by the window's length; milliseconds
    pub pane_ms: i64,
    /// the bound of `distinct`
    pub up_to: u32,
}

/// What has to come after the history's event, or must not.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    pub without: bool,
    pub event: EventId,
    /// over this event and the profile as it was when it was applied
    pub filter: Option<Expr>,
    /// milliseconds; None: however late
    pub within: Option<i64>,
    /// the field in which both agree: its path in the first event, in the second
    pub same: Option<[Vec<u32>; 2]>,
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
