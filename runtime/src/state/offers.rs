//! What is remembered of offers: places that limits count, rests, what was shown. Of each person, and over all.

use journey_program::types::{DecisionId, GroupId, OfferId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Showings and sends that are remembered of a person; the oldest are forgotten.
const REMEMBERED: usize = 1000;

/// A person's part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferState {
    /// shown, or held until shown
    pub places: Vec<OfferPlace>,
    /// by who says so, and the number of its rule
    pub rests: BTreeMap<(Resting, u32), Rest>,
    /// for outcomes that other events bring about
    pub showings: Vec<Showing>,
    /// sends that showed an offer, for the outcomes that answer them
    pub sends: Vec<ShownSend>,
    /// how often each decision was asked
    pub asked: BTreeMap<DecisionId, u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferPlace {
    pub offer: OfferId,
    /// decided or shown at
    pub at: i64,
    /// the instance and the variable that hold it; None: it has been shown
    pub held: Option<(u64, u32)>,
}

/// Whose rest it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Resting {
    Group(GroupId),
    Offer(OfferId),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// the instants of the outcomes that count towards the next one
    pub marks: Vec<i64>,
    /// rests up to this instant, itself included
    pub until: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showing {
    pub decision: DecisionId,
    pub offer: OfferId,
    pub at: i64,
    /// outcomes that it has had
    pub had: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownSend {
    pub key: String,
    pub decision: DecisionId,
    pub offer: OfferId,
}

/// Over all people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTotals {
    pub held: u64,
    /// how often at each instant
    pub shown: BTreeMap<i64, u64>,
}

/// What an instance was given, by the offset of the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub decision: DecisionId,
    pub offer: OfferId,
    /// it is the decision's `else`
    pub otherwise: bool,
}

impl Rest {
    /// Begins as soon as there are enough marks, at the last of them.
    pub fn begin(&mut self, count: u32, length: i64) {
        let count = usize::try_from(count).unwrap_or(usize::MAX).max(1);
        while self.marks.len() >= count {
            let last = self.marks.drain(..count).next_back();
            let until = last.map(|at| at.saturating_add(length));
            self.until = self.until.max(until);
        }
    }
}

impl OfferState {
    pub fn showed(&mut self, showing: Showing) {
        self.showings.push(showing);
        let extra = self.showings.len().saturating_sub(REMEMBERED);
        self.showings.drain(..extra);
    }

    pub fn sent(&mut self, send: ShownSend) {
        self.sends.push(send);
        let extra = self.sends.len().saturating_sub(REMEMBERED);
        self.sends.drain(..extra);
    }

    /// Two people turn out to be one: limits and rests add up.
    pub fn unite(&mut self, other: Self) {
        self.places.extend(other.places);
        self.places.sort_by_key(|place| (place.at, place.offer));
        for (rest, theirs) in other.rests {
            let ours = self.rests.entry(rest).or_default();
            ours.marks.extend(theirs.marks);
            ours.marks.sort_unstable();
            ours.until = ours.until.max(theirs.until);
        }
        for showing in other.showings {
            self.showed(showing);
        }
        self.showings.sort_by_key(|showing| showing.at);
        for send in other.sends {
            self.sent(send);
        }
        for (decision, count) in other.asked {
            let ours = self.asked.entry(decision).or_default();
            *ours = ours.saturating_add(count);
        }
    }
}
