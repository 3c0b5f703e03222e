//! Measurement: what counts as a conversion, what is credited for it, and what a customer is worth by.

use super::{EventPattern, Expr, Name, Span};

/// `conversion purchase on order_placed value total { credit sends, offers within 30 days }`
#[derive(Clone, Debug, PartialEq)]
pub struct ConversionDecl {
    pub name: Name,
    pub on: EventPattern,
    pub value: Option<Expr>,
    pub credits: Vec<CreditDecl>,
}

/// `credit sends, offers, visit.channel within 30 days`
#[derive(Clone, Debug, PartialEq)]
pub struct CreditDecl {
    /// `sends`, `offers`, `email`, `email.clicked`, `visit`, `visit.channel`
    pub what: Vec<Vec<Name>>,
    pub within: Option<Expr>,
    pub span: Span,
}

/// `measure customer_value { purchase: purchase  loyalty: tier  advocacy: referral_made }`
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureDecl {
    pub name: Name,
    pub parts: Vec<MeasuredDecl>,
}

/// `advocacy: referral_made, review_posted where rating >= 4`
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredDecl {
    /// `purchase`, `loyalty`, `advocacy`
    pub part: Name,
    pub what: Vec<EventPattern>,
    pub span: Span,
}
