//! Offers, groups of them, decisions.

use super::{DeclId, Expr, Local, OutcomeDef};
use journey_program::plan::LimitWindow;
use journey_program::types::{
    Currency, DecisionId, EnumId, EventId, GroupId, OfferId, RecordId, Value,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    pub name: String,
    pub decl: DeclId,
    /// its type's enum, and its place in it
    pub ty: EnumId,
    pub place: u32,
    pub groups: Vec<GroupId>,
    pub rules: OfferRules,
    /// what it costs, in minor units
    pub cost: Option<(i64, Currency)>,
    pub priority: i64,
    /// what it says, by the names of its type's fields; not what only ranks ask
    pub fields: Vec<(String, Value)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OfferGroup {
    pub name: String,
    pub decl: DeclId,
    pub rules: OfferRules,
}

/// When an offer, or one of a group, may be chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfferRules {
    /// over the profile
    pub eligible: Option<Expr>,
    /// first and last day
    pub valid: Option<(i64, i64)>,
    pub limits: Vec<OfferLimit>,
    pub budgets: Vec<OfferBudget>,
    pub rests: Vec<OfferRest>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferLimit {
    pub count: u32,
    pub window: LimitWindow,
    /// over all people
    pub overall: bool,
}

/// Of the offers' costs, over all people, in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferBudget {
    pub amount: i64,
    pub currency: Currency,
    pub window: LimitWindow,
}

/// `rest 7 days after 5 shown without accepted`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRest {
    pub length: i64,
    pub count: u32,
    pub outcome: String,
    pub without: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub name: String,
    pub decl: DeclId,
    pub salt: String,
    /// parameters are its first locals; they lie in a record of their own
    pub locals: Vec<Local>,
    pub params: u32,
    pub args: RecordId,
    /// the enum of the offers that it gives
    pub ty: EnumId,
    pub only: Option<Expr>,
    /// in the order of `among`
    pub candidates: Vec<Candidate>,
    /// of 2^64
    pub explore: u64,
    /// as declared; `shown` is always among them
    pub outcomes: Vec<OutcomeDef>,
    /// those that another event brings about: place among `outcomes`
    pub derived: Vec<Derived>,
    pub otherwise: Option<OfferId>,
    /// over HTTP: how long a place is kept
    pub hold: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub offer: OfferId,
    /// what it is called among the decision's offers
    pub place: u32,
    /// a number, or money; over the profile and the parameters, the offer's own fields put in
    pub rank: Expr,
}

/// `model accepts(offer) -> number in 0..1 learned from next_best by tier`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    pub name: String,
    pub decision: DecisionId,
    /// fields of the profile
    pub by: Vec<u32>,
}

/// `accepted on order_placed where code == offer.code within 7 days`
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    pub outcome: u32,
    pub event: EventId,
    /// by candidate: over the event and the profile, the offer's own fields put in
    pub filters: Vec<Option<Expr>>,
    pub within: Option<i64>,
}
