//! What the log holds of sends. All that the outbox knows follows from these and from what the engine decided.

use super::policy::Policy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// a process begins: what earlier ones had under way may have arrived or not
    Life {
        epoch: u64,
        at: i64,
        /// what is decided from here on is delivered
        on: bool,
        policy: Policy,
    },
    /// an attempt; nothing of it has left before this is durable
    Attempt {
        key: Arc<str>,
        no: u32,
        epoch: u64,
        at: i64,
        ask: bool,
    },
    Result {
        key: Arc<str>,
        no: u32,
        epoch: u64,
        at: i64,
        outcome: Outcome,
    },
    /// no attempt follows
    Settle { key: Arc<str>, at: i64, to: Settled },
    /// a dead letter is tried anew
    Replay { key: Arc<str>, at: i64 },
    /// a touchpoint that has asked is given what waited; it is answered once this is durable
    Handed { key: Arc<str>, at: i64 },
    /// the folder is an older copy of itself: what waits, and what was due until now, may have gone out since
    Restored { at: i64 },
    /// of channels that have bounds of their own, from here on
    Bounds { own: BTreeMap<Arc<str>, Policy> },
}

/// What became of an attempt, as far as it can be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// the receiver has it
    Accepted,
    /// asked: the receiver does not have it
    Absent,
    /// the receiver certainly does not have it, and may take it later; how long it asks to wait, in milliseconds
    NotSent { after: Option<i64>, why: String },
    /// the receiver may have it or not
    Doubtful { after: Option<i64>, why: String },
    /// the receiver will never take it
    Rejected { why: String },
    /// the same, and nothing else either
    Gone { why: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settled {
    /// why it no longer may go
    Dropped(String),
    Failed(String),
    /// it may have arrived, and may not be tried again
    Unknown(String),
    /// the same, after the receiver's memory of its key has ended
    Uncertain(String),
}
