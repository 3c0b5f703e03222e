//! Sources: how raw records become events.

use crate::raw::RawExpr;
use crate::types::EventId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourcePlan {
    pub name: String,
    pub format: SourceFormat,
    /// identifier's name, where it comes from
    pub identify: Vec<(String, RawExpr)>,
    pub rules: Vec<SourceRule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SourceFormat {
    Json,
    Csv,
    /// JSON as Segment sends it: one call, or a `batch` of them
    Segment,
    /// lines of text, each the `body` of a record; a line that is a JSON object is that record
    Text,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceRule {
    pub when: Option<RawExpr>,
    /// one event for each element of the list at this path, known by this name
    pub each: Option<(String, Vec<String>)>,
    pub target: SourceTarget,
    /// `at: …`, `id: …`
    pub at: Option<RawExpr>,
    pub id: Option<RawExpr>,
    /// field of the target's record, where its value comes from
    pub assigns: Vec<(u32, RawExpr)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SourceTarget {
    Event(EventId),
    Profile,
}
