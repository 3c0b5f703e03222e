//! The syntax tree of one declaration: what was written, nothing of what it means.
//!
//! Every node keeps its span, in bytes from the start of its declaration, so that an edit elsewhere in
//! the file changes no tree. What was missing or broken is in the tree too (`Missing`, `Broken`, a `Name`
//! with an empty text): the parser has reported it, later stages pass over it in silence.

mod below;
mod expr;
mod journey;
mod measure;
mod offer;
mod reach;
mod test;

pub use expr::*;
pub use journey::*;
pub use measure::*;
pub use offer::*;
pub use reach::*;
pub use test::*;

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
    OfferType(OfferTypeDecl),
    Group(GroupDecl),
    Offer(OfferDecl),
    Model(ModelDecl),
    Decision(DecisionDecl),
    Limit(LimitDecl),
    Holdout(HoldoutDecl),
    Test(TestDecl),
    Table(TableDecl),
    Conversion(ConversionDecl),
    Measure(MeasureDecl),
    /// Tokens that are no declaration; the parser has said so.
    Broken,
}

/// `table products key sku { category: text } from "products.csv"`
#[derive(Clone, Debug, PartialEq)]
pub struct TableDecl {
    pub name: Name,
    pub key: Name,
    pub fields: Vec<FieldDecl>,
    /// a text, or missing
    pub file: Expr,
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeRef {
    pub kind: TypeKind,
    pub span: Span,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum TypeKind {
    #[default]
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
    /// of `field: file "…"` the file's name
    pub value: Expr,
    /// the word `file`, in a message's body
    pub file: Option<Span>,
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
    pub holds: Vec<HoldDecl>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConsentRule {
    pub granted: bool,
    pub events: Vec<EventPattern>,
    /// `for sms, email`; empty: on all
    pub channels: Vec<Name>,
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
    pub open: Vec<OpenDecl>,
    pub limits: Vec<LimitDecl>,
    pub outcomes: Vec<OutcomeDecl>,
    pub answers: Vec<AnswersDecl>,
    pub cost: Vec<Expr>,
    pub carries: Vec<CarriesDecl>,
    pub deliver: Option<DeliverDecl>,
    pub retry: Vec<RetryDecl>,
}

/// `quiet 21:00 to 08:00 for marketing`
#[derive(Clone, Debug, PartialEq)]
pub struct QuietDecl {
    pub from: Expr,
    pub to: Expr,
    pub purposes: Vec<Name>,
    pub span: Span,
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
    pub tags: Vec<Name>,
    pub bodies: Vec<BodyDecl>,
    pub answers: Vec<AnswersDecl>,
    /// `expires after 72 hours`
    pub expires: Vec<Expr>,
}

/// One channel's body: `email { subject: "…" body: "…" }`
#[derive(Clone, Debug, PartialEq)]
pub struct BodyDecl {
    pub channel: Name,
    pub fields: Vec<Assign>,
    pub span: Span,
}
