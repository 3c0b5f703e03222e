//! The limits of a program, of channels and over them, and what journeys ask of each: whether a limit can ever hold
//! anything back, and who goes first where it does.

use super::amount::Amount;
use super::reads::Reads;
use super::translate::View;
use super::{bounds, person_bounds};
use crate::hir::{Journey, Limit};
use journey_program::plan::LimitWindow;
use journey_program::show;
use journey_program::types::ChannelId;
use person_bounds::Way;
use serde::Serialize;
use std::collections::BTreeSet;

/// A limit with its name: that of its channel, or its own.
#[derive(Clone, Copy, Debug)]
pub struct Named<'r> {
    pub name: &'r str,
    pub plan: &'r Limit,
}

/// All limits: those of channels, then the others.
pub fn all<'r>(reads: &'r Reads<'_>) -> Vec<Named<'r>> {
    let channels = (0..reads.world().channels.len()).filter_map(|at| {
        let channel = reads.channel(ChannelId::new(at))?;
        Some(channel.limits.iter().map(|plan| Named {
            name: &channel.name,
            plan,
        }))
    });
    let others = reads.limits().map(|(name, plan)| Named { name, plan });
    channels.flatten().chain(others).collect()
}

impl Named<'_> {
    /// Whether it counts a message by a channel.
    pub fn counts(&self, reads: &Reads<'_>, (channel, message): Way) -> bool {
        reads
            .message(message)
            .is_some_and(|message| self.plan.concerns(channel, message.purpose, &message.tags))
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct LimitStats {
    /// of the channel, or its own
    pub limit: String,
    pub most: u32,
    /// `7 days`, `calendar week`
    pub per: String,
    pub overall: bool,
    /// what journeys ask of it for one person in its window, at most
    #[serde(serialize_with = "super::stats::amount")]
    pub asked: Amount,
    /// it can hold something back
    pub binds: bool,
    /// those that it counts, the one that goes first at one instant first
    pub journeys: Vec<String>,
}

/// How each limit stands to what journeys ask.
pub fn stats(reads: &Reads<'_>, journeys: &[&Journey]) -> Vec<LimitStats> {
    let mut sorted: Vec<&Journey> = journeys.to_vec();
    sorted.sort_by(|a, b| {
        b.priority
            .cmp(&a.priority)
            .then_with(|| a.name.cmp(&b.name))
    });
    let limits = all(reads);
    limits
        .iter()
        .map(|limit| of_limit(reads, limit, &sorted))
        .collect()
}

fn of_limit(reads: &Reads<'_>, limit: &Named<'_>, journeys: &[&Journey]) -> LimitStats {
    let (time, per) = match limit.plan.window {
        LimitWindow::Rolling(ms) => (ms.saturating_add(1), show::duration(ms)),
        LimitWindow::Day => (person_bounds::DAY_MS, "calendar day".to_owned()),
        LimitWindow::Week => (person_bounds::WEEK_MS, "calendar week".to_owned()),
        LimitWindow::Month => (31 * person_bounds::DAY_MS, "calendar month".to_owned()),
    };
    let mut asked = Amount::default();
    let mut names = BTreeSet::new();
    for journey in journeys {
        let counted = |send: &crate::hir::Send| {
            let mut ways = send.channels.iter().map(|channel| (*channel, send.message));
            ways.any(|way| limit.counts(reads, way))
        };
        if !person_bounds::sends(journey).into_iter().any(counted) {
            continue;
        }
        names.insert(journey.name.as_str());
        let one = bounds::messages_that(reads, journey, &counted);
        asked = asked.plus(&one.times(&person_bounds::instances(reads, journey, time)));
    }
    let most = limit.plan.count;
    LimitStats {
        limit: limit.name.to_owned(),
        most,
        per,
        overall: limit.plan.overall,
        // what is over all people is asked by all of them
        binds: limit.plan.overall && !names.is_empty()
            || asked.bounded().is_none_or(|asked| asked > u64::from(most)),
        asked,
        journeys: journeys
            .iter()
            .filter(|journey| names.contains(journey.name.as_str()))
            .map(|journey| journey.name.clone())
            .collect(),
    }
}

impl LimitStats {
    /// One line for people.
    pub fn line(&self) -> String {
        let whose = if self.overall { " over all people" } else { "" };
        let head = format!(
            "limit {}: {} per {}{whose}",
            self.limit, self.most, self.per
        );
        let journeys = self.journeys.join(", ");
        match &self.asked {
            _ if self.journeys.is_empty() => format!("{head}, nothing counts to it"),
            Amount::AtMost(asked) if !self.binds => {
                format!("{head}, never reached: {journeys} ask for {asked} at most")
            }
            Amount::AtMost(asked) => {
                format!("{head}, of {asked} that one person may be due; first {journeys}")
            }
            Amount::Unbounded(cause) => {
                format!("{head}, of any number ({cause}); first {journeys}")
            }
        }
    }
}

impl HoldoutStats {
    /// One line for people.
    pub fn line(&self) -> String {
        let share = show::number(self.share * 100.0);
        let messages = self.messages.join(", ");
        format!(
            "holdout {}: {share}% of people get none of {messages}",
            self.holdout
        )
    }
}

/// Who gets none of the messages that are tagged so.
#[derive(Clone, Debug, Serialize)]
pub struct HoldoutStats {
    pub holdout: String,
    /// of all people
    pub share: f64,
    pub messages: Vec<String>,
}

pub fn holdouts(reads: &Reads<'_>) -> Vec<HoldoutStats> {
    let world = reads.world();
    let of = |holdout: &crate::hir::TagHoldout| {
        let tagged = (0..world.messages.len()).filter_map(|at| {
            let message = reads.message(journey_program::types::MessageId::new(at))?;
            let held = holdout.tags.iter().any(|tag| message.tags.contains(tag));
            held.then(|| message.name.clone())
        });
        HoldoutStats {
            holdout: holdout.name.clone(),
            share: share(holdout.below),
            messages: tagged.collect(),
        }
    };
    reads.holdouts().map(of).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share of 2^64 is shown, not reckoned with"
)]
fn share(below: u64) -> f64 {
    // to a thousandth of a percent
    (below as f64 / u64::MAX as f64 * 1e5).round() / 1e5
}
