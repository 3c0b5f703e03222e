//! Expressions, histories, list queries.

use super::{Name, Pattern, Span};

/// An argument, by place or by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// nothing stood where an expression was due; the parser has said so
    Missing,
    Bool(bool),
    /// digits as written, without `_`
    Int(String),
    /// as written, without `_`; `percent`: `5%` is Number { text: "5", percent: true }
    Number {
        text: String,
        percent: bool,
    },
    /// `19.99 EUR`
    Money {
        amount: String,
        currency: Name,
    },
    /// a text with its interpolations
    Text(Vec<TextPart>),
    /// `2026-11-27T10:00:00Z`, as written
    Time(String),
    Date(String),
    Clock(String),
    /// `3 days`, `1 month`, `1 calendar day`: number as written, unit in the singular
    Quantity {
        count: String,
        unit: String,
        calendar: bool,
    },
    /// `[1, 2]`
    List(Vec<Expr>),
    /// `a`, `a.b.c`
    Path(Vec<Name>),
    /// `.name` after something that is no path: `f(x).name`
    Field(Box<Expr>, Name),
    /// `f(x, name: y)`; the callee is a path: `least`, `discount`, `line_item`
    Call(Vec<Name>, Vec<Arg>),
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a in [x, y]`, `a in low..high`, `a not in …`, `a between x and y`
    In {
        value: Box<Expr>,
        set: InSet,
        negated: bool,
    },
    /// `a matches /re/`
    Matches(Box<Expr>, Regex),
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Match {
        value: Box<Expr>,
        arms: Vec<ExprArm>,
    },
    ListQuery(Box<ListQuery>),
    History(Box<History>),
    /// `(e)`: kept so that the formatter keeps it and `where-runs-on` can see it
    Paren(Box<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct ExprArm {
    pub patterns: Vec<Pattern>,
    pub value: Expr,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Regex {
    /// between the slashes, as written
    pub source: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// escapes resolved
    Text(String),
    Expr(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Not,
    Neg,
    Known,
    Unknown,
    YearsSince,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Contains,
    StartsWith,
    EndsWith,
    /// `??`
    Else,
    /// `date at clock`
    At,
    Add,
    Sub,
    Mul,
    Div,
    /// `div`
    IntDiv,
    Mod,
}

#[derive(Clone, Debug, PartialEq)]
pub enum InSet {
    Missing(Span),
    List(Vec<Expr>),
    /// closed, `a..b` and `between a and b`
    Range(Box<Expr>, Box<Expr>),
    /// `in EXPR`: a list-valued expression
    Expr(Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    Any,
    No,
    All,
    Count,
    Sum,
    Avg,
    Min,
    Max,
    First,
    Last,
    Distinct,
    Top,
    /// `decayed sum`, `decayed count`
    DecayedSum,
    DecayedCount,
    /// `avg gap`, `median gap`
    AvgGap,
    MedianGap,
}

/// `any x in items where …`, `sum x.price in items where …`
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    pub aggregate: Aggregate,
    pub binder: Name,
    /// `.price` after the binder
    pub field: Vec<Name>,
    pub list: Expr,
    pub filter: Option<Expr>,
}

/// `count order_placed where total > 50 EUR in last 90 days`
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub aggregate: Aggregate,
    /// the longest dotted path: event, perhaps its field; or `STEP.sent`, `CHANNEL.clicked`
    pub path: Vec<Name>,
    pub filter: Option<Expr>,
    /// `followed by …`, `without …`
    pub sequence: Option<Sequence>,
    /// `half life D` of what decays
    pub half_life: Option<Expr>,
    pub window: Option<Window>,
    /// `up to 1000` of `distinct`
    pub up_to: Option<Expr>,
    /// `in panes of 1 hour`
    pub panes: Option<Expr>,
}

/// `followed by order_placed where … within 30 minutes same cart_id`, or `without …`
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    pub without: bool,
    pub path: Vec<Name>,
    pub filter: Option<Expr>,
    pub within: Option<Expr>,
    /// the field in which both events agree
    pub same: Option<Vec<Name>>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    pub kind: WindowKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum WindowKind {
    /// `in last D`: a quantity, or `(const)`
    Last(Expr),
    /// `in this calendar day|week|month`
    Calendar(Name),
    /// `since enter`
    SinceEnter,
    /// `since STEP`, `since FIELD`, `since TIME`: told apart by names and types
    Since(Expr),
}
