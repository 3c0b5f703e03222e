//! One send, from its decision until it is settled.

use journey_program::plan::RetryPlan;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What follows an attempt whose fate is unknown, as its channel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// the receiver drops a repeated key for so many milliseconds
    Keyed(i64),
    Asking,
    Never,
    Always,
}

impl Class {
    pub fn of(plan: Option<RetryPlan>) -> Self {
        match plan {
            Some(RetryPlan::Keyed(window)) => Class::Keyed(window),
            Some(RetryPlan::Asking) => Class::Asking,
            Some(RetryPlan::Always) => Class::Always,
            Some(RetryPlan::Never) | None => Class::Never,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub key: Arc<str>,
    pub channel: Arc<str>,
    pub message: Arc<str>,
    pub purpose: Arc<str>,
    /// of a channel that is delivered on request: the id of whom it waits for
    pub of: Option<Arc<str>>,
    pub class: Class,
    /// the action as a line: what is sent, fixed when it was decided
    pub line: Arc<str>,
    /// since when it is tried to be sent
    pub since: i64,
    /// attempts so far, questions among them, and those that count against the bound
    pub attempts: u32,
    pub tries: u32,
    /// when the first attempt began that may have arrived
    pub doubt: Option<i64>,
    pub next: Next,
    /// it was taken back while an attempt was under way
    pub withdrawn: bool,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Next {
    Send,
    Ask,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    Waiting {
        due: i64,
        /// when it is given up
        until: i64,
    },
    Flying {
        no: u32,
        epoch: u64,
        at: i64,
        ask: bool,
        /// when it counts as lost
        lease: i64,
    },
    /// it was given up
    Letter { what: Letter, at: i64, why: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Letter {
    Failed,
    Unknown,
    Uncertain,
}

impl Letter {
    pub fn name(self) -> &'static str {
        match self {
            Letter::Failed => "failed",
            Letter::Unknown => "unknown",
            Letter::Uncertain => "uncertain",
        }
    }
}

impl Item {
    /// `waiting`, or what it was given up as.
    pub fn state(&self) -> &'static str {
        match &self.standing {
            Standing::Waiting { .. } | Standing::Flying { .. } => "waiting",
            Standing::Letter { what, .. } => what.name(),
        }
    }
}
