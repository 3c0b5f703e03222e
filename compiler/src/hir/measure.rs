//! What is measured: conversions and what is credited for them, and what customers are worth by.

use super::{DeclId, Expr};
pub use journey_program::plan::{CreditPlan as Credit, Loyalty};
use journey_program::types::EventId;

/// `conversion purchase on order_placed where paid value total { credit sends within 30 days }`
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    pub name: String,
    pub decl: DeclId,
    pub event: EventId,
    /// over the event and the profile
    pub filter: Option<Expr>,
    /// the same: a number, or one currency's money
    pub value: Option<Expr>,
    pub credits: Vec<Credit>,
}

/// `measure customer_value { purchase: purchase  loyalty: tier  advocacy: referral_made }`
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    pub name: String,
    pub decl: DeclId,
    /// `Program::conversions`
    pub purchase: Option<u32>,
    pub loyalty: Option<Loyalty>,
    pub advocacy: Vec<Advocacy>,
}

/// What says that someone speaks well of us.
#[derive(Clone, Debug, PartialEq)]
pub struct Advocacy {
    pub event: EventId,
    /// over the event and the profile
    pub filter: Option<Expr>,
}
