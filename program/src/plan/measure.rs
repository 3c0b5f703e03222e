//! What is measured: conversions, what is credited for them, and what customers are worth by.

use crate::types::{AudienceId, ChannelId, Currency, DecisionId, EventId, FunctionId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversionPlan {
    pub name: String,
    pub event: EventId,
    /// () → Bool over the event; None: always
    pub when: Option<FunctionId>,
    /// () → Int in minor units where `money` is given, else Num; None: a conversion is worth 0
    pub value: Option<FunctionId>,
    pub money: Option<Currency>,
    pub credits: Vec<CreditPlan>,
}

/// What may have led to a conversion, if it came no longer before it than this: milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditPlan {
    pub what: Credited,
    pub within: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credited {
    /// by this channel; None: by any
    Sends(Option<ChannelId>),
    /// of this decision, when shown; None: of any
    Offers(Option<DecisionId>),
    /// told apart by this field, a text or an enum
    Event(EventId, Option<u32>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasurePlan {
    pub name: String,
    /// `Program::conversions`
    pub purchase: Option<u32>,
    pub loyalty: Option<Loyalty>,
    pub advocacy: Vec<AdvocacyPlan>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loyalty {
    /// of the profile: an enum or a bool
    Field(u32),
    Audience(AudienceId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvocacyPlan {
    pub event: EventId,
    /// () → Bool over the event; None: always
    pub when: Option<FunctionId>,
}
