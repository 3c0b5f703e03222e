//! Questions about what a person did, and how the engine keeps their answers.

use super::FieldSlot;
use crate::types::{EventId, Span, Type};
use serde::{Deserialize, Serialize};

/// A question about what a person did. The engine keeps its answer current in the profile's block
/// (a slot as of a field: value, presence bit), so that decision code reads it with one load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryPlan {
    /// a digest of the question in names: the same in another version of the program, it is the same question
    pub asks: u128,
    pub event: EventId,
    pub aggregate: HistoryAggregate,
    /// the field that is summed, counted apart, …: a path of field numbers inside the event's record
    pub value: Vec<u32>,
    /// the value's type (of `Count`: int)
    pub ty: Type,
    pub window: HistoryWindow,
    /// keep this many newest instants exactly; 0: panes
    pub exact: u32,
    pub pane_ms: i64,
    /// the bound of `distinct`
    pub up_to: u32,
    /// where its answer lies in the profile's block; None for `keyed` and `SinceArgument`
    pub slot: Option<FieldSlot>,
    /// kept per value of this field (path) of the event
    pub keyed: Option<Vec<u32>>,
    /// its events count as soon as another has come, or has not
    pub sequence: Option<SequencePlan>,
    /// of `Decayed`: milliseconds
    pub half_life: i64,
    /// of a broadcast: kept once, and asked by everyone
    pub everyone: bool,
}

/// `followed by …`, `without …`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SequencePlan {
    pub without: bool,
    pub event: EventId,
    /// milliseconds; None: however late
    pub within: Option<i64>,
    /// the field in which both agree: its path in the first event, in the second
    pub same: Option<[Vec<u32>; 2]>,
    /// how late an event may still come
    pub lateness: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HistoryAggregate {
    /// any, no and count: the number of events
    Count,
    Sum,
    Avg,
    Min,
    Max,
    First,
    Last,
    Distinct,
    Top,
    /// a sum whose parts halve with every half life; without a value each event is 1
    Decayed,
    /// the mean time between neighbours
    AvgGap,
    /// the same in the middle, of the newest that are kept
    MedianGap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HistoryWindow {
    Ever,
    /// milliseconds
    Last(i64),
    /// `in last 12 months`: panes are civil days of the person
    LastSpan(Span),
    ThisDay,
    /// begins on Monday
    ThisWeek,
    ThisMonth,
    /// a constant instant
    Since(i64),
    /// the instant comes with the question (`SinceBegin`)
    SinceArgument,
}
