//! The syntax tree of one declaration: what was written, nothing of what it means.
//!
//! Every node keeps its span, in bytes from the start of its declaration, so that an edit elsewhere in
//! the file changes no tree. What was missing or broken is in the tree too (`Missing`, `Broken`, a `Name`
//! with an empty text): the parser has reported it, later stages pass over it in silence.

/// A half-open range of bytes, from the start of the declaration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }
    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
    /// The same span, moved by the place where its declaration begins in the file.
    pub fn shifted(self, by: u32) -> Span {
        Span {
            start: self.start + by,
            end: self.end + by,
        }
    }
}

/// A name as written (back-ticks removed). Empty when it was missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

impl Name {
    pub fn is_missing(&self) -> bool {
        self.text.is_empty()
    }
}

/// One declaration of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Decl {
    /// The `///` lines before it, joined by line feeds.
    pub doc: Option<String>,
    pub span: Span,
    pub kind: DeclKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum DeclKind {
    Enum(EnumDecl),
    Type(TypeDecl),
    Const(ConstDecl),
    Fn(FnDecl),
    Event(EventDecl),
    Source(SourceDecl),
    Profile(ProfileDecl),
    Identity(IdentityDecl),
    Purpose(PurposeDecl),
    Audience(AudienceDecl),
    Channel(ChannelDecl),
    Message(MessageDecl),
    Journey(JourneyDecl),
    Test(TestDecl),
    /// A declaration of the language that is not built yet (`offer`, `decision`, `table`, …): its word, its name if any.
    Later {
        word: Name,
        name: Option<Name>,
    },
    /// Tokens that are no declaration; the parser has said so.
    Broken,
}

/// `enum tier { none, silver, gold }`
#[derive(Clone, Debug, PartialEq)]
pub struct EnumDecl {
    pub name: Name,
    pub values: Vec<Name>,
}

/// `type line_item { sku: text, price: money<EUR> }`
#[derive(Clone, Debug, PartialEq)]
pub struct TypeDecl {
    pub name: Name,
    pub fields: Vec<FieldDecl>,
}

/// `note: text = ""`; `pii` on profile fields and event fields.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDecl {
    pub doc: Option<String>,
    pub name: Name,
    pub ty: TypeRef,
    pub pii: bool,
    pub default: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TypeRef {
    pub kind: TypeKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    Missing,
    /// `int`, `text`, `tier`, `line_item`, an event's or an offer type's name, …
    Named(Name),
    /// `money<EUR>`
    Money(Name),
    /// `list<T>`
    List(Box<TypeRef>),
    /// `T?`
    Optional(Box<TypeRef>),
    /// `int in 0..10`, `number in 0..1`: base name and two literals
    Range {
        base: Name,
        low: Box<Expr>,
        high: Box<Expr>,
    },
}

/// `const vip_spend: money<EUR> = 500 EUR`
#[derive(Clone, Debug, PartialEq)]
pub struct ConstDecl {
    pub name: Name,
    pub ty: Option<TypeRef>,
    pub value: Expr,
}

/// `fn discount(t: tier) -> number = …`
#[derive(Clone, Debug, PartialEq)]
pub struct FnDecl {
    pub name: Name,
    pub params: Vec<Param>,
    pub result: TypeRef,
    pub body: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: Name,
    pub ty: TypeRef,
    pub span: Span,
}

/// `event order_placed { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct EventDecl {
    pub name: Name,
    pub broadcast: bool,
    pub fields: Vec<FieldDecl>,
    /// `keep 400 days`
    pub keep: Option<Expr>,
}

/// `source till from csv { identify { … } when … => event { … } }`
#[derive(Clone, Debug, PartialEq)]
pub struct SourceDecl {
    pub name: Name,
    /// `json`, `csv`, `segment`, `text`
    pub format: Name,
    /// identifier name → raw expression
    pub identify: Vec<Assign>,
    pub rules: Vec<SourceRule>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SourceRule {
    pub when: Option<Expr>,
    pub target: SourceTarget,
    pub assigns: Vec<Assign>,
    /// `each x in PATH`
    pub each: Option<(Name, Expr)>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SourceTarget {
    Missing(Span),
    Event(Name),
    Profile(Span),
}

/// `field: expr`
#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    pub name: Name,
    pub value: Expr,
    pub span: Span,
}

/// `profile { email: text? pii  let lapsed = … }`
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileDecl {
    pub fields: Vec<FieldDecl>,
    pub lets: Vec<LetDecl>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LetDecl {
    pub doc: Option<String>,
    pub name: Name,
    pub ty: Option<TypeRef>,
    pub value: Expr,
    pub span: Span,
}

/// `identity { user_id unique  email unique, normalise lower  ignore "null" }`
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityDecl {
    pub keys: Vec<IdentityKey>,
    pub ignore: Vec<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct IdentityKey {
    pub name: Name,
    pub unique: bool,
    /// `shared by at most 3`
    pub shared: Option<Expr>,
    /// `normalise lower`
    pub normalise: Option<Name>,
    pub span: Span,
}

/// `purpose marketing { consent opt_in  granted by …  revoked by … }`
#[derive(Clone, Debug, PartialEq)]
pub struct PurposeDecl {
    pub name: Name,
    /// `opt_in`, `opt_out`, `not_needed`
    pub consent: Option<Name>,
    /// `basis contract`
    pub basis: Option<Name>,
    pub rules: Vec<ConsentRule>,
    pub later: Vec<Later>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConsentRule {
    pub granted: bool,
    pub events: Vec<EventPattern>,
    /// `for sms, email`; empty: on all
    pub channels: Vec<Name>,
    pub span: Span,
}

/// A part of the language that stands in a supported place and is not built yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Later {
    /// what it is, in the author's words: "`hold`"
    pub what: String,
    pub span: Span,
}

/// `audience lapsed_vip = tier == gold and lapsed`
#[derive(Clone, Debug, PartialEq)]
pub struct AudienceDecl {
    pub name: Name,
    pub value: Expr,
}

/// `channel email { to … quiet … limit … outcome … deliver … }`
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelDecl {
    pub name: Name,
    pub to: Option<Expr>,
    pub quiet: Vec<QuietDecl>,
    pub limits: Vec<LimitDecl>,
    pub outcomes: Vec<OutcomeDecl>,
    pub deliver: Option<DeliverDecl>,
    pub later: Vec<Later>,
}

/// `quiet 21:00 to 08:00 for marketing`
#[derive(Clone, Debug, PartialEq)]
pub struct QuietDecl {
    pub from: Expr,
    pub to: Expr,
    pub purposes: Vec<Name>,
    pub span: Span,
}

/// `limit 3 per 7 days for marketing`, `limit 1 per calendar day`
#[derive(Clone, Debug, PartialEq)]
pub struct LimitDecl {
    pub count: Expr,
    pub window: LimitWindow,
    pub purposes: Vec<Name>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LimitWindow {
    /// a duration literal, rolling
    Rolling(Expr),
    /// `calendar day|week|month`
    Calendar(Name),
}

/// `outcome delivered, opened unverified, clicked { link: text }`
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeDecl {
    pub name: Name,
    pub unverified: bool,
    pub fields: Vec<FieldDecl>,
    pub span: Span,
}

/// `deliver webhook env "EMAIL_WEBHOOK"`, `deliver none`
#[derive(Clone, Debug, PartialEq)]
pub struct DeliverDecl {
    /// `webhook`, `smtp`, `file`, `none`, `on request` (with a blank)
    pub kind: Name,
    /// `env "X"`: true; `file "X"`: false
    pub env: bool,
    pub target: Option<Expr>,
    pub span: Span,
}

/// `message cart_reminder(cart: cart_updated) for marketing { email { subject: … } }`
#[derive(Clone, Debug, PartialEq)]
pub struct MessageDecl {
    pub name: Name,
    pub params: Vec<Param>,
    pub purpose: Option<Name>,
    pub bodies: Vec<BodyDecl>,
    pub later: Vec<Later>,
}

/// One channel's body: `email { subject: "…" body: "…" }`
#[derive(Clone, Debug, PartialEq)]
pub struct BodyDecl {
    pub channel: Name,
    pub fields: Vec<Assign>,
    pub span: Span,
}

/// `journey NAME { members  steps  migrations }`
#[derive(Clone, Debug, PartialEq)]
pub struct JourneyDecl {
    pub name: Name,
    pub members: Vec<Member>,
    pub steps: Vec<Step>,
    pub later: Vec<Later>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub kind: MemberKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum MemberKind {
    /// `enter on EVENT [where …] [key FIELD]`
    EnterOn(EventPattern),
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
    Later(String),
    Broken,
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
    pub key: Option<KeyRef>,
    pub since_enter: bool,
    pub bind: Option<Name>,
    pub span: Span,
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
    Let {
        name: Name,
        ty: Option<TypeRef>,
        value: Expr,
    },
    Set {
        name: Vec<Name>,
        value: Expr,
    },
    /// `emit EVENT { f: e }`
    Emit {
        event: Name,
        assigns: Vec<Assign>,
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
    Later(String),
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
    pub otherwise: Option<Vec<Step>>,
    pub later: Vec<Later>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SendBy {
    Missing(Span),
    /// `by email`
    One(Name),
    /// `by first of push, sms`
    FirstOf(Vec<Name>),
}

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
    /// an expression of the language that is not built yet
    Later(String),
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
    pub window: Option<Window>,
    /// `up to 1000` of `distinct`
    pub up_to: Option<Expr>,
    /// `in panes of 1 hour`
    pub panes: Option<Expr>,
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

/// `test "…" { lines }`
#[derive(Clone, Debug, PartialEq)]
pub struct TestDecl {
    pub title: Name,
    pub lines: Vec<TestLine>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TestLine {
    pub kind: TestLineKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TestLineKind {
    /// `person ann { profile { … } grant marketing }`
    Person {
        name: Name,
        lines: Vec<TestLine>,
    },
    /// `people 500 { user_id: "u{n}" }`
    People {
        count: Expr,
        fields: Vec<Assign>,
    },
    /// `at T [WHO:] HAPPENING`
    At {
        time: Expr,
        who: Option<Name>,
        what: Option<Happening>,
    },
    /// `after D [WHO:] [HAPPENING]`
    After {
        delay: Expr,
        who: Option<Name>,
        what: Option<Happening>,
    },
    /// `until T`
    Until(Expr),
    /// a happening before the first `at`
    Start(Happening),
    /// `assume split subject = long`, `assume holdout control out`
    Assume {
        what: Name,
        path: Vec<Name>,
        value: Name,
    },
    Expect(Expectation),
    Later(String),
    Broken,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    Profile(Vec<Assign>),
    Grant {
        purpose: Name,
        channels: Vec<Name>,
    },
    Revoke {
        purpose: Name,
        channels: Vec<Name>,
    },
    /// an event, or `STEP.OUTCOME { … }`; `with { device_id: "d" }`
    Event {
        path: Vec<Name>,
        fields: Vec<Assign>,
        with: Vec<Assign>,
    },
    Later(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    pub kind: ExpectKind,
    /// `for ann`
    pub who: Option<Name>,
    /// `key "c1"`
    pub key: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExpectKind {
    /// `expect no send`
    NoSend,
    /// `expect 2 sends`
    Sends(Expr),
    /// `expect send nudge by sms at T with subject contains "cart"`
    Send {
        step: Name,
        by: Option<Name>,
        at: Option<Expr>,
        with: Vec<ContentTest>,
    },
    /// `expect skipped reminder because no_consent`
    Skipped {
        step: Name,
        because: Option<Name>,
    },
    /// `expect emit cart_lost [at T]`
    Emit {
        event: Name,
        at: Option<Expr>,
    },
    /// `expect [N] [not] in JOURNEY [at STEP]`
    In {
        count: Option<Expr>,
        negated: bool,
        journey: Name,
        at: Option<Name>,
    },
    /// `expect [not] in audience NAME`
    InAudience {
        negated: bool,
        audience: Name,
    },
    /// `expect ended JOURNEY [as REASON]`
    Ended {
        journey: Name,
        reason: Option<Name>,
    },
    /// `expect refused JOURNEY [because REASON]`
    Refused {
        journey: Name,
        because: Option<Name>,
    },
    /// `expect profile.tier == gold`: any bool expression over the profile
    Holds(Expr),
    /// `expect fault JOURNEY`
    Fault {
        journey: Name,
    },
    /// `expect dead letter`
    DeadLetter,
    Later(String),
    Broken,
}

/// `with subject contains "cart"`
#[derive(Clone, Debug, PartialEq)]
pub struct ContentTest {
    pub field: Name,
    /// `==`, `!=`, `contains`, `starts with`, `ends with`
    pub op: BinaryOp,
    pub value: Expr,
    pub span: Span,
}
