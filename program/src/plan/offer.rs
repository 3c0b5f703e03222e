//! Offers and decisions: which of them may be given to whom, how often, for how much, and by what rank.

use super::LimitWindow;
use crate::types::{
    Currency, DecisionId, EnumId, EventId, FunctionId, GroupId, OfferId, RecordId, Value,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferPlan {
    pub name: String,
    pub groups: Vec<GroupId>,
    pub rules: OfferRulesPlan,
    /// in minor units of its budgets' currency
    pub cost: i64,
    pub priority: i64,
    /// what a touchpoint shows of it: its type's own fields, by name
    pub fields: Vec<(String, Value)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferGroupPlan {
    pub name: String,
    pub rules: OfferRulesPlan,
}

/// Of an offer, or of all offers of a group together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OfferRulesPlan {
    /// () → Bool
    pub eligible: Option<FunctionId>,
    /// first and last day
    pub valid: Option<(i64, i64)>,
    pub limits: Vec<OfferLimitPlan>,
    pub budgets: Vec<OfferBudgetPlan>,
    pub rests: Vec<OfferRestPlan>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferLimitPlan {
    pub count: u32,
    pub window: LimitWindow,
    /// over all people, in the project's zone
    pub overall: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferBudgetPlan {
    /// in minor units
    pub amount: i64,
    pub currency: Currency,
    pub window: LimitWindow,
}

/// After so many outcomes of a name (none of the other between them) the offer is left out for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferRestPlan {
    pub length: i64,
    pub count: u32,
    pub outcome: String,
    pub without: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionPlan {
    pub name: String,
    pub salt: String,
    /// the arguments: the event of its functions
    pub args: RecordId,
    /// what an offer is called by in variables and outcomes, and the offers by their place in it
    pub ty: EnumId,
    pub offers: Vec<OfferId>,
    /// () → Bool
    pub only: Option<FunctionId>,
    /// in the order of `among`
    pub candidates: Vec<CandidatePlan>,
    /// all candidates at once, if that is worth it
    pub together: Option<TogetherPlan>,
    /// ranks are money
    pub money: Option<Currency>,
    /// of 2^64
    pub explore: u64,
    pub outcomes: Vec<DecidedOutcomePlan>,
    pub derived: Vec<DerivedPlan>,
    /// its place in `offers`
    pub otherwise: Option<u32>,
    /// milliseconds
    pub hold: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidatePlan {
    /// in `DecisionPlan::offers`
    pub place: u32,
    /// () → Num, or Int where ranks are money
    pub rank: FunctionId,
}

/// () → a bit a candidate, 64 in each word: whether it and its groups are eligible; then, if `ranked`, every
/// candidate's rank. If it faults, they are asked one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TogetherPlan {
    pub function: FunctionId,
    pub ranked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedOutcomePlan {
    pub name: String,
    /// its field 4 is the offer
    pub event: EventId,
}

/// A model that learns from a decision's outcomes: how often an offer that was shown was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedPlan {
    pub name: String,
    pub decision: DecisionId,
    /// fields of the profile: people who differ in one are learned apart
    pub by: Vec<u32>,
}

/// An outcome that another event brings about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedPlan {
    /// in `DecisionPlan::outcomes`
    pub outcome: u32,
    pub event: EventId,
    /// by candidate: () → Bool over the event
    pub filters: Vec<Option<FunctionId>>,
    /// milliseconds after it was shown
    pub within: Option<i64>,
}
