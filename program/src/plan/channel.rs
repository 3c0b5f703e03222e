//! Channels: where a send goes, when it may, how many.

use crate::types::{EventId, FunctionId, PurposeId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelPlan {
    pub name: String,
    /// () → (Bool known, Text)
    pub address: Option<FunctionId>,
    pub quiet: Vec<QuietPlan>,
    pub limits: Vec<LimitPlan>,
    /// outcomes: their events
    pub outcomes: Vec<EventId>,
    pub deliver: String,
}

/// Half-open, in the person's zone; `from` after `to` runs over midnight. Milliseconds since midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietPlan {
    pub from: i64,
    pub to: i64,
    /// empty: for all
    pub purposes: Vec<PurposeId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitPlan {
    pub count: u32,
    pub window: LimitWindow,
    /// empty: for all
    pub purposes: Vec<PurposeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LimitWindow {
    Rolling(i64),
    Day,
    Week,
    Month,
}
