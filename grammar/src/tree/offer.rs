//! Offers, models, decisions: what may be shown to a person, and how one of them is chosen.

use super::{Assign, EventPattern, Expr, FieldDecl, LimitWindow, Name, Param, Span, TypeRef};

/// `offer_type gift { weight: number = 1, code: text }`
#[derive(Clone, Debug, PartialEq)]
pub struct OfferTypeDecl {
    pub name: Name,
    pub fields: Vec<FieldDecl>,
}

/// `group retention_gifts { eligible when tier != gold  weight 1.2 }`
#[derive(Clone, Debug, PartialEq)]
pub struct GroupDecl {
    pub name: Name,
    pub members: Vec<OfferMember>,
    /// a group has no fields: what is here has no place
    pub fields: Vec<Assign>,
}

/// `offer free_shipping: gift in retention_gifts { … code: "SHIP" }`
#[derive(Clone, Debug, PartialEq)]
pub struct OfferDecl {
    pub name: Name,
    pub ty: Name,
    pub groups: Vec<Name>,
    pub members: Vec<OfferMember>,
    /// fields of its type
    pub fields: Vec<Assign>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OfferMember {
    pub kind: OfferMemberKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OfferMemberKind {
    Eligible(Expr),
    Value(Expr),
    Cost(Expr),
    Weight(Expr),
    Priority(Expr),
    /// `limit 1 per 30 days`, `limit 10_000 per calendar day overall`
    Limit {
        count: Expr,
        window: LimitWindow,
        overall: bool,
    },
    /// `budget 50_000 EUR per calendar month`
    Budget {
        amount: Expr,
        window: LimitWindow,
    },
    /// `rest 7 days after 5 shown without accepted`
    Rest {
        length: Expr,
        count: Expr,
        outcome: Name,
        without: Option<Name>,
    },
    /// `valid 2026-11-01 to 2026-12-31`
    Valid {
        from: Expr,
        to: Expr,
    },
    Tags(Vec<Name>),
    Broken,
}

/// `model will_buy -> number in 0..1 = logistic(…)`
#[derive(Clone, Debug, PartialEq)]
pub struct ModelDecl {
    pub name: Name,
    /// `model accepts(offer)`
    pub of_offer: Option<Span>,
    pub result: TypeRef,
    pub kind: ModelKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ModelKind {
    Formula(Expr),
    /// `from "models/churn.json" { f0: orders_90d }`
    File {
        path: Expr,
        inputs: Vec<Assign>,
    },
    /// `learned from next_best by tier`
    Learned {
        decision: Name,
        by: Vec<Name>,
    },
}

/// `decision next_best(cart_value: money<EUR>) -> gift { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionDecl {
    pub name: Name,
    pub params: Vec<Param>,
    pub result: TypeRef,
    pub members: Vec<DecisionMember>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DecisionMember {
    pub kind: DecisionMemberKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum DecisionMemberKind {
    Among(Vec<Name>),
    /// `among all tagged retention`
    AmongTagged(Vec<Name>),
    OnlyWhen(Expr),
    RankBy(Expr),
    Explore(Expr),
    Outcomes(Vec<DecisionOutcome>),
    Else(Name),
    /// `hold 30 minutes`: how long a place is kept for who asked over HTTP
    Hold(Expr),
    Salt(Expr),
    Broken,
}

/// `accepted on order_placed where code == offer.code within 7 days`
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionOutcome {
    pub name: Name,
    pub on: Option<EventPattern>,
    pub within: Option<Expr>,
    pub span: Span,
}
