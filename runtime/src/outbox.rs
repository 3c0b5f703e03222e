//! What is decided to be sent and is not settled yet: a fold of the log, like the state, and kept with it. A send
//! that the engine decides becomes an item with its key and its text; an attempt is an entry of the log before
//! the first byte goes out, its result one after. Sans I/O: what to try is asked of it, what came of it is told.
//!
//! Read in this order: `step` (what the log holds of sends), `item` (one send), `policy` (bounds, back-off),
//! `fold` (steps applied, by class), `choose` (what is due next), `restored` (an older copy), `shelf` (what waits
//! until it is asked for), `bugs` (mistakes on purpose).

pub mod bugs;
mod choose;
mod fold;
mod item;
mod policy;
mod restored;
mod shelf;
mod step;

pub use choose::Stopped;
pub use fold::Decided;
pub use item::{Class, Item, Letter, Next, Standing};
pub use policy::{Policy, retry_after};
pub use step::{Outcome, Settled, Step};

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All sends of a folder that `serve` has decided and that are not forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// what is decided now is delivered
    pub on: bool,
    /// the folder is an older copy of itself: what is decided for instants between these may have gone out already
    pub restored: Option<(i64, i64)>,
    /// of the process that delivers: what comes from an earlier one is too late
    pub epoch: u64,
    pub policy: Policy,
    /// the largest instant that a step has told
    pub clock: i64,
    /// number of the next item
    pub next: u64,
    pub items: BTreeMap<u64, Item>,
    pub keys: BTreeMap<Arc<str>, u64>,
    /// by channel, which is one endpoint
    pub endpoints: BTreeMap<Arc<str>, Endpoint>,
    /// when what waits is given up
    pub deadlines: BTreeSet<(i64, u64)>,
    /// when what is under way counts as lost
    pub leases: BTreeSet<(i64, u64)>,
    /// what was given up, oldest first
    pub letters: BTreeSet<(i64, u64)>,
    /// what waits for people until they are asked, by person
    pub shelves: shelf::Shelves,
    /// the channel that had its turn last
    pub turn: Option<Arc<str>>,
}

/// Where the sends of one channel go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// its own bounds, in the place of those of all
    pub own: Option<Policy>,
    /// what waits: when it is due, its number
    pub queue: BTreeSet<(i64, u64)>,
    pub flying: u32,
    /// failures in a row, and how often that has closed the endpoint for a while
    pub failures: u32,
    pub trips: u32,
    /// nothing goes before this
    pub closed_until: i64,
    /// it has said that it is gone for good
    pub disabled: bool,
    pub totals: Totals,
}

/// What has become of a channel's sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub decided: u64,
    pub attempts: u64,
    pub sent: u64,
    /// consent was withdrawn, the person erased, or the send taken back before it went
    pub dropped: u64,
    /// among the dead letters now
    pub failed: u64,
    pub unknown: u64,
    pub uncertain: u64,
    /// dead letters that had to make room
    pub forgotten: u64,
    /// results that came after their attempt was settled otherwise
    pub late: u64,
}

/// An attempt that may begin: its entry is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub key: Arc<str>,
    pub channel: Arc<str>,
    pub no: u32,
    pub epoch: u64,
    /// the receiver is asked whether it has the key; nothing is sent
    pub ask: bool,
    /// the action's line, the same for all attempts
    pub line: Arc<str>,
}

impl Outbox {
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.items.get(self.keys.get(key)?)
    }

    /// How many of a channel's sends wait or are under way.
    pub fn waiting(&self, channel: &str) -> u64 {
        let endpoint = self.endpoints.get(channel);
        endpoint.map_or(0, |endpoint| {
            u64::try_from(endpoint.queue.len()).unwrap_or(u64::MAX) + u64::from(endpoint.flying)
        })
    }

    /// Nothing waits and nothing is under way.
    pub fn is_quiet(&self) -> bool {
        let mut all = self.endpoints.values();
        all.all(|endpoint| endpoint.queue.is_empty() && endpoint.flying == 0)
    }
}

#[cfg(test)]
mod tests;
