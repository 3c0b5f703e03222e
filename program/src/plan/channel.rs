//! Channels: where a send goes, when it may, how many.

use crate::types::{ChannelId, Currency, EventId, FunctionId, PurposeId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelPlan {
    pub name: String,
    /// () → (Bool known, Text)
    pub address: Option<FunctionId>,
    pub quiet: Vec<QuietPlan>,
    /// a send goes only while one of them is open; empty: always
    pub open: Vec<OpenPlan>,
    pub limits: Vec<LimitPlan>,
    /// outcomes: their events
    pub outcomes: Vec<EventId>,
    /// those of its outcomes that someone must give
    pub answers: Vec<EventId>,
    /// how long an answer is awaited, of a channel that is answered
    pub answer_within: Option<AnswerWithin>,
    /// of one send
    pub cost: Option<SendCost>,
    pub deliver: String,
    pub retry: Option<RetryPlan>,
}

/// What one send costs: often less than the smallest coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendCost {
    /// of the currency's major unit
    pub millionths: i64,
    pub currency: Currency,
}

/// Opening hours, half-open; `from` after `to` runs over midnight and belongs to the day on which it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPlan {
    /// bit 0 is Monday, bit 6 Sunday
    pub days: u8,
    /// milliseconds since midnight
    pub from: i64,
    pub to: i64,
    /// an IANA name; None: the person's zone
    pub zone: Option<String>,
}

/// The deadline of an answer, from its send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnswerWithin {
    Duration(i64),
    Span(crate::types::Span),
    /// days on which the channel opens, the day of the send not among them: until the last one closes
    OpenDays(u32),
}

/// What follows an attempt whose fate is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RetryPlan {
    /// the receiver drops a repeated key for this long: retry until shortly before
    Keyed(i64),
    /// ask by key first
    Asking,
    /// at most once
    Never,
    /// at least once
    Always,
}

/// Half-open, in the person's zone; `from` after `to` runs over midnight. Milliseconds since midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietPlan {
    pub from: i64,
    pub to: i64,
    /// empty: for all
    pub purposes: Vec<PurposeId>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitPlan {
    pub count: u32,
    pub window: LimitWindow,
    /// whose sends are counted together; empty: all
    pub channels: Vec<ChannelId>,
    /// empty: for all
    pub purposes: Vec<PurposeId>,
    /// messages with one of these tags; empty: for all
    pub tags: Vec<u32>,
    /// over all people
    pub overall: bool,
    /// counted apart for each value of this profile's field
    pub per: Option<u32>,
    /// where what is civil is counted over all people: an IANA name; None: the project's zone
    pub zone: Option<String>,
    /// what is too much waits for its turn; else it is skipped
    pub wait: bool,
}

impl LimitPlan {
    /// Whether it counts a send by this channel, for this purpose, of a message with these tags.
    pub fn concerns(&self, channel: ChannelId, purpose: PurposeId, tags: &[u32]) -> bool {
        (self.channels.is_empty() || self.channels.contains(&channel))
            && (self.purposes.is_empty() || self.purposes.contains(&purpose))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| tags.contains(tag)))
    }
}

/// A part of all people who get no message of these tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagHoldout {
    pub name: String,
    /// of 2^64, from the share
    pub below: u64,
    pub salt: String,
    pub tags: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LimitWindow {
    Rolling(i64),
    #[default]
    Day,
    Week,
    Month,
}
