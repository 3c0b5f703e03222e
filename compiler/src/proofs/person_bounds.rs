//! The most messages that a person gets in a calendar day (of 24 hours) and in a week of seven such: by what
//! an instance can send, how often the journey can be entered, and all limits that count what is sent.

use super::amount::Amount;
use super::bounds;
use super::cover::{self, Cover};
use super::limits;
use super::reads::Reads;
use super::translate::View;
use crate::hir::{Enter, Journey, Limit, Send, Step, StepKind};
use crate::lower::walk::every_step;
use journey_program::plan::{LimitWindow, ReenterPlan, StayPlan};
use journey_program::types::{ChannelId, MessageId};
use std::collections::BTreeSet;

pub const DAY_MS: i64 = 86_400_000;
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// What is sent: by which channel, which message.
pub type Way = (ChannelId, MessageId);

/// The sends of a journey, with those on its ways out.
pub fn sends(journey: &Journey) -> Vec<&Send> {
    let mut sends = Vec::new();
    let blocks = journey
        .exits
        .iter()
        .filter_map(|exit| exit.steps.as_deref());
    for block in std::iter::once(journey.steps.as_slice()).chain(blocks) {
        every_sent(block, &mut sends);
    }
    sends
}

fn every_sent<'j>(steps: &'j [Step], sends: &mut Vec<&'j Send>) {
    every_step(steps, &mut |step| {
        if let StepKind::Send(send) = &step.kind {
            sends.push(send);
        }
    });
}

fn ways(journey: &Journey) -> BTreeSet<Way> {
    let sends = sends(journey).into_iter();
    sends
        .flat_map(|send| send.channels.iter().map(|channel| (*channel, send.message)))
        .collect()
}

/// The most that journeys send to one person in so many milliseconds, all their limits regarded.
pub fn of_journeys(reads: &Reads<'_>, journeys: &[&Journey], time: i64) -> Amount {
    let mut parts: Vec<(usize, Way)> = Vec::new();
    for (at, journey) in journeys.iter().enumerate() {
        parts.extend(ways(journey).into_iter().map(|way| (at, way)));
    }
    let over = |counts: &dyn Fn(usize, Way) -> bool| -> BTreeSet<usize> {
        let counted = parts
            .iter()
            .enumerate()
            .filter(|(_, (at, way))| counts(*at, *way));
        counted.map(|(part, _)| part).collect()
    };
    let own: Vec<Amount> = journeys
        .iter()
        .map(|journey| asked(reads, journey, time))
        .collect();
    let mut covers: Vec<Cover> = own
        .iter()
        .enumerate()
        .map(|(at, most)| Cover {
            most: most.clone(),
            over: over(&|of, _| of == at),
        })
        .collect();
    for limit in limits::all(reads) {
        covers.push(Cover {
            most: of_limit(reads, limit.plan, time),
            over: over(&|_, way| limit.counts(reads, way)),
        });
    }
    cover::most(parts.len(), &covers, |part| {
        let cause = parts.get(part).and_then(|(at, _)| own.get(*at));
        cause.cloned().unwrap_or_default()
    })
}

/// The most that a journey asks to be sent to one person in such a time, whatever limits make of it.
pub fn asked(reads: &Reads<'_>, journey: &Journey, time: i64) -> Amount {
    bounds::messages(reads, journey).times(&instances(reads, journey, time))
}

/// How many instances of one person can send in such a time: those that begin in it, one that has begun before,
/// and those whose message on the way out is still held.
pub fn instances(reads: &Reads<'_>, journey: &Journey, time: i64) -> Amount {
    if let Some(key) = &journey.key {
        return Amount::Unbounded(format!("an instance for each `{}`", key.name));
    }
    let late = match bounds::held_after(reads, journey) {
        Amount::AtMost(held) => time.saturating_add(i64::try_from(held).unwrap_or(i64::MAX)),
        unbounded @ Amount::Unbounded(_) if journey.reenter != ReenterPlan::Never => {
            return unbounded;
        }
        Amount::Unbounded(_) => time,
    };
    let name = |event: journey_program::types::EventId| {
        let event = reads.world().events.get(event.index());
        event.map_or_else(String::new, |event| event.name.clone())
    };
    let every = |apart: i64| u64::try_from((late - 1) / apart.max(1) + 2).unwrap_or(u64::MAX);
    match (&journey.reenter, &journey.enter) {
        (ReenterPlan::Never, _) => Amount::AtMost(1),
        (_, Enter::Yearly { .. }) => Amount::AtMost(every(365 * DAY_MS)),
        (_, Enter::Every { weekday: 0, .. }) => Amount::AtMost(every(DAY_MS)),
        (_, Enter::Every { .. }) => Amount::AtMost(every(WEEK_MS)),
        (ReenterPlan::After { delay, .. }, _) => {
            let apart = match delay {
                StayPlan::Duration(ms) => *ms,
                StayPlan::Span(span) => {
                    (i64::from(span.months) * 28 + i64::from(span.days)) * DAY_MS
                }
            };
            match u64::try_from(late / apart.max(1)) {
                Ok(times) if apart > 0 => Amount::AtMost(times.saturating_add(2)),
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

/// The most that a limit lets through to one person in such a time.
fn of_limit(reads: &Reads<'_>, limit: &Limit, time: i64) -> Amount {
    if limit.per.is_some() {
        // a person whose field changes is counted anew
        return Amount::Unbounded("a limit for each value of a field".to_owned());
    }
    let world = reads.world();
    let zone = limit.zone.as_deref().unwrap_or(&world.timezone);
    let elsewhere = limit.overall && !(world.profile.timezone.is_none() && zone == world.timezone);
    let days = u64::try_from(time / DAY_MS).unwrap_or(u64::MAX);
    let times = match limit.window {
        LimitWindow::Rolling(ms) => {
            let pieces = (time + ms.max(1) - 1) / ms.max(1);
            u64::try_from(pieces).unwrap_or(u64::MAX)
        }
        // a day of another zone begins in one and ends in the next
        LimitWindow::Day => days + u64::from(elsewhere),
        LimitWindow::Week | LimitWindow::Month if days <= 1 && !elsewhere => 1,
        // a week that is not the calendar's own begins in one and ends in the next
        LimitWindow::Week => days / 7 + 1 + u64::from(days % 7 != 0),
        LimitWindow::Month => days / 28 + 1 + u64::from(days % 28 != 0),
    };
    Amount::AtMost(u64::from(limit.count).saturating_mul(times))
}
