//! The most messages that a person gets in a calendar day (of 24 hours) and in a week of seven such: by what
//! an instance can send, how often the journey can be entered, and the smallest limit of each channel.

use super::amount::Amount;
use super::bounds;
use super::reads::Reads;
use super::translate::View;
use crate::hir::{Enter, Journey, Limit, StepKind};
use crate::lower::walk::every_step;
use journey_program::plan::{LimitWindow, ReenterPlan, StayPlan};
use journey_program::types::{ChannelId, PurposeId};
use std::collections::BTreeSet;

const DAY_MS: i64 = 86_400_000;
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// Which channels a journey sends by, and for what.
pub fn ways(reads: &Reads<'_>, journey: &Journey) -> BTreeSet<(ChannelId, Option<PurposeId>)> {
    let mut ways = BTreeSet::new();
    let mut see = |step: &crate::hir::Step| {
        if let StepKind::Send(send) = &step.kind {
            let purpose = reads.message(send.message).map(|message| message.purpose);
            ways.extend(send.channels.iter().map(|channel| (*channel, purpose)));
        }
    };
    every_step(&journey.steps, &mut see);
    for exit in &journey.exits {
        every_step(exit.steps.as_deref().unwrap_or_default(), &mut see);
    }
    ways
}

/// The most that a journey sends to one person in a day (`DAY`) or week.
pub fn of_journey(reads: &Reads<'_>, journey: &Journey, week: bool) -> Amount {
    let one = bounds::messages(reads, journey);
    let all = one.times(&instances(reads, journey, week));
    all.min(&by_limits(reads, &ways(reads, journey), week))
}

/// How many instances of one person can send in such a time.
fn instances(reads: &Reads<'_>, journey: &Journey, week: bool) -> Amount {
    let days = if week { 7 } else { 1 };
    if let Some(key) = &journey.key {
        return Amount::Unbounded(format!("an instance for each `{}`", key.name));
    }
    let name = |event: journey_program::types::EventId| {
        let event = reads.world().events.get(event.index());
        event.map_or_else(String::new, |event| event.name.clone())
    };
    match (&journey.reenter, &journey.enter) {
        (ReenterPlan::Never, _) => Amount::AtMost(1),
        (_, Enter::Yearly { .. }) => Amount::AtMost(2),
        (_, Enter::Every { weekday: 0, .. }) => Amount::AtMost(days + 1),
        (_, Enter::Every { .. }) => Amount::AtMost(2),
        (ReenterPlan::After { delay, .. }, _) => {
            let apart = match delay {
                StayPlan::Duration(ms) => *ms,
                StayPlan::Span(span) => {
                    (i64::from(span.months) * 28 + i64::from(span.days)) * DAY_MS
                }
            };
            let time = if week { WEEK_MS } else { DAY_MS };
            match u64::try_from(time / apart.max(1)) {
                Ok(times) if apart > 0 => Amount::AtMost(times + 2),
                _ => Amount::Unbounded("it can be entered again at once".to_owned()),
            }
        }
        (ReenterPlan::Always, Enter::On(pattern)) => {
            Amount::Unbounded(format!("it is entered on every `{}`", name(pattern.event)))
        }
        (ReenterPlan::Always, _) => {
            Amount::Unbounded("it is entered at every edge of its audience".to_owned())
        }
    }
}

/// What the limits of channels let through, all channels together.
pub fn by_limits(
    reads: &Reads<'_>,
    ways: &BTreeSet<(ChannelId, Option<PurposeId>)>,
    week: bool,
) -> Amount {
    let channels: BTreeSet<ChannelId> = ways.iter().map(|(channel, _)| *channel).collect();
    let mut sum = Amount::default();
    for channel in channels {
        let purposes: Vec<Option<PurposeId>> = ways
            .iter()
            .filter(|(of, _)| *of == channel)
            .map(|(_, purpose)| *purpose)
            .collect();
        sum = sum.plus(&of_channel(reads, channel, &purposes, week));
    }
    sum
}

fn of_channel(
    reads: &Reads<'_>,
    id: ChannelId,
    purposes: &[Option<PurposeId>],
    week: bool,
) -> Amount {
    let none = || {
        let name = bounds::name_of(reads, id);
        Amount::Unbounded(format!("`{name}` has no limit"))
    };
    let Some(channel) = reads.channel(id) else {
        return none();
    };
    let over = |limit: &&Limit, purpose: Option<PurposeId>| {
        limit.purposes.is_empty() || purpose.is_some_and(|p| limit.purposes.contains(&p))
    };
    // a limit for all these purposes together, or the sum of one limit for each
    let shared = channel
        .limits
        .iter()
        .filter(|limit| purposes.iter().all(|purpose| over(limit, *purpose)))
        .fold(none(), |least, limit| least.min(&of_limit(limit, week)));
    let each = purposes.iter().fold(Amount::default(), |sum, purpose| {
        let least = channel
            .limits
            .iter()
            .filter(|limit| over(limit, *purpose))
            .fold(none(), |least, limit| least.min(&of_limit(limit, week)));
        sum.plus(&least)
    });
    shared.min(&each)
}

fn of_limit(limit: &Limit, week: bool) -> Amount {
    let count = u64::from(limit.count);
    let times = match (limit.window, week) {
        (LimitWindow::Rolling(ms), _) => {
            let time = if week { WEEK_MS } else { DAY_MS };
            let pieces = (time + ms.max(1) - 1) / ms.max(1);
            u64::try_from(pieces).unwrap_or(u64::MAX)
        }
        (LimitWindow::Day, true) => 7,
        // a week that is not the calendar's own begins in one and ends in the next
        (LimitWindow::Week | LimitWindow::Month, true) => 2,
        (LimitWindow::Day | LimitWindow::Week | LimitWindow::Month, false) => 1,
    };
    Amount::AtMost(count.saturating_mul(times))
}
