//! Quiet and opening hours: the first instant from now on at which a channel takes a send; and by when
//! an answer is awaited, where days are counted by the channel's calendar.

use super::Engine;
use super::limits::concerns;
use crate::state::PersonNo;
use journey_program::civil::{Zone, weekday};
use journey_program::plan::{AnswerWithin, ChannelPlan, OpenPlan};
use journey_program::types::{ChannelId, PurposeId};

/// Quiet and closed hours that may follow each other without a gap.
const WINDOWS_MAX: usize = 64;

/// Hours follow the week: what is not found so soon may never come. It is looked for again then.
const LOOK_AGAIN: i64 = 14 * 86_400_000;

/// Civil days that an opening is looked for in: one comes within a week, a gap of the clocks may take one away.
const DAYS_AHEAD: i64 = 15;

/// Open days are looked for no further ahead than this many civil days.
const OPEN_DAYS_AHEAD: i64 = 4_000;

impl Engine {
    /// The first instant, from this one on, that no quiet hours hold and that lies in opening hours; two weeks on
    /// where none comes before.
    pub(super) fn open_from(
        &self,
        who: PersonNo,
        channel: ChannelId,
        purpose: PurposeId,
        from: i64,
    ) -> i64 {
        let (zone, mut at) = (self.zone_of(who), from);
        let Some(plan) = self.program.channels.get(channel.index()) else {
            return at;
        };
        for _ in 0..WINDOWS_MAX {
            let loud = plan
                .quiet
                .iter()
                .filter(|quiet| concerns(&quiet.purposes, purpose))
                .filter_map(|quiet| zone.window_end(at, quiet.from, quiet.to))
                .fold(at, i64::max);
            let open = next_open(plan, zone, loud);
            if open == at {
                return at;
            }
            at = open;
            if at > from.saturating_add(LOOK_AGAIN) {
                break;
            }
        }
        from.saturating_add(LOOK_AGAIN)
    }

    /// By when a send of this channel, sent then, is to be answered. None: it asks for no answer.
    /// `own`: what the message itself says.
    pub(super) fn answer_deadline(
        &self,
        who: PersonNo,
        channel: ChannelId,
        own: Option<AnswerWithin>,
        sent: i64,
    ) -> Option<i64> {
        let plan = self.program.channels.get(channel.index())?;
        let zone = self.zone_of(who);
        Some(match own.or(plan.answer_within)? {
            AnswerWithin::Duration(ms) => sent.saturating_add(ms),
            AnswerWithin::Span(span) => zone.add_span_to_time(sent, span).unwrap_or(i64::MAX),
            AnswerWithin::OpenDays(days) => open_days(plan, zone, sent, days).unwrap_or(i64::MAX),
        })
    }
}

/// When these hours of a civil day begin and end.
fn hours(open: &OpenPlan, zone: &Zone, day: i64) -> Option<(i64, i64)> {
    let place = weekday(day) - 1;
    if open.days >> place & 1 == 0 {
        return None;
    }
    let last = if open.from > open.to { day + 1 } else { day };
    let hours = (
        zone.date_at_clock(day, open.from)?,
        zone.date_at_clock(last, open.to)?,
    );
    (hours.0 < hours.1).then_some(hours)
}

fn zone_of(open: &OpenPlan, person: &'static Zone) -> &'static Zone {
    open.zone.as_deref().and_then(Zone::named).unwrap_or(person)
}

/// The first instant from this one on in any of the opening hours; the same where there are none.
fn next_open(plan: &ChannelPlan, person: &'static Zone, at: i64) -> i64 {
    let next = plan.open.iter().filter_map(|open| {
        let zone = zone_of(open, person);
        let today = zone.date_of(at)?;
        (today - 1..=today + DAYS_AHEAD)
            .filter_map(|day| hours(open, zone, day))
            .filter(|(_, end)| at < *end)
            .map(|(start, _)| start.max(at))
            .min()
    });
    next.min().unwrap_or(at)
}

/// The end of the opening hours of the `count`th day, after that of the send, on which the channel opens.
fn open_days(plan: &ChannelPlan, person: &'static Zone, sent: i64, count: u32) -> Option<i64> {
    let zone = plan.open.first().map(|open| zone_of(open, person))?;
    let today = zone.date_of(sent)?;
    (today + 1..=today + OPEN_DAYS_AHEAD)
        .filter_map(|day| {
            let ends = plan.open.iter().filter_map(|open| {
                let (_, end) = hours(open, zone_of(open, person), day)?;
                Some(end)
            });
            ends.max()
        })
        .nth(usize::try_from(count).ok()?.checked_sub(1)?)
}
