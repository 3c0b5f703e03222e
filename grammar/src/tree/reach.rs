//! The parts of channels, messages and purposes: opening hours, limits, answers, holds, holdouts.

use super::{Expr, FieldDecl, Name, OutcomeDecl, Span};

/// `open monday to friday 09:00 to 17:00 in "Europe/London"`
#[derive(Clone, Debug, PartialEq)]
pub struct OpenDecl {
    /// ranges of weekdays, first and last; empty: every day
    pub days: Vec<(Name, Name)>,
    pub from: Expr,
    pub to: Expr,
    pub zone: Option<Expr>,
    pub span: Span,
}

/// `limit 3 per 7 days for marketing`, `limit pressure 5 per calendar week across email, push overall else wait`
#[derive(Clone, Debug, PartialEq)]
pub struct LimitDecl {
    /// of a limit that is a declaration of its own
    pub name: Option<Name>,
    pub count: Expr,
    pub window: LimitWindow,
    /// `per region`: a profile's field
    pub per: Option<Name>,
    pub across: Vec<Name>,
    pub overall: bool,
    pub purposes: Vec<Name>,
    /// `for tagged lapsing`
    pub tags: Vec<Name>,
    /// `else wait`
    pub wait: bool,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LimitWindow {
    /// a duration literal, rolling
    Rolling(Expr),
    /// `calendar day|week|month`
    Calendar(Name),
}

/// `answer accepted, refused { reason: text } within 3 open days`
#[derive(Clone, Debug, PartialEq)]
pub struct AnswersDecl {
    pub answers: Vec<OutcomeDecl>,
    pub within: Option<AnswerWithin>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AnswerWithin {
    Duration(Expr),
    /// `3 open days`: days on which the channel opens
    OpenDays(Expr),
}

/// `retry keyed 24 hours`, `retry asking`
#[derive(Clone, Debug, PartialEq)]
pub struct RetryDecl {
    pub kind: Name,
    pub length: Option<Expr>,
    pub span: Span,
}

/// `carries { topic: text, form: text? }`
#[derive(Clone, Debug, PartialEq)]
pub struct CarriesDecl {
    pub fields: Vec<FieldDecl>,
    pub span: Span,
}

/// `hold while EXPR, drop after 3 days, spread over 24 hours`
#[derive(Clone, Debug, PartialEq)]
pub struct HoldDecl {
    pub condition: Expr,
    pub drop: Option<Expr>,
    pub spread: Option<Expr>,
    pub span: Span,
}

/// `holdout control 10% for tagged lapsing`
#[derive(Clone, Debug, PartialEq)]
pub struct HoldoutDecl {
    pub name: Name,
    pub share: Expr,
    pub tags: Vec<Name>,
    pub salt: Option<Expr>,
}
