//! Which limits refuse, in their own words, and what a postponed send waits for.

use super::LimitReport;
use journey_program::civil::{DAY_MS, Zone, weekday};
use journey_program::plan::{ChannelPlan, LimitPlan, LimitWindow, OpenPlan, Program};
use journey_program::types::{ChannelId, PurposeId};
use journey_runtime::actions::Subject;
use std::collections::BTreeMap;

/// Why a send does not go at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Quiet,
    Closed,
    /// its purpose is held
    Hold,
    /// a limit that waits
    Limit,
}

/// What a send waits for that was postponed at an instant until another.
pub(super) fn held_by(
    program: &Program,
    of: &Subject,
    step: &str,
    channel: &str,
    (at, until): (i64, i64),
    zone: &Zone,
) -> Cause {
    let purpose = purpose_of(program, of, step);
    let plan = program.channels.iter().find(|plan| plan.name == channel);
    let Some(plan) = plan else {
        return Cause::Hold;
    };
    let quiet = |purposes: &[PurposeId]| {
        purposes.is_empty() || purpose.is_some_and(|purpose| purposes.contains(&purpose))
    };
    let is_quiet = plan
        .quiet
        .iter()
        .any(|hours| quiet(&hours.purposes) && zone.window_end(at, hours.from, hours.to).is_some());
    if is_quiet {
        Cause::Quiet
    } else if is_closed(plan, at, zone) {
        Cause::Closed
    } else if until <= at {
        Cause::Hold
    } else {
        Cause::Limit
    }
}

fn purpose_of(program: &Program, of: &Subject, step: &str) -> Option<PurposeId> {
    let journey = program
        .journeys
        .iter()
        .find(|plan| *plan.name == *of.journey)?;
    let send = journey.sends.iter().find(|send| {
        let name = journey.steps.get(send.step.index());
        name.is_some_and(|name| name.name == step)
    })?;
    Some(send.purpose)
}

fn is_closed(plan: &ChannelPlan, at: i64, zone: &Zone) -> bool {
    !plan.open.is_empty() && !plan.open.iter().any(|hours| is_open(hours, at, zone))
}

fn is_open(hours: &OpenPlan, at: i64, zone: &Zone) -> bool {
    let zone = hours.zone.as_deref().and_then(Zone::named).unwrap_or(zone);
    let Some((date, clock)) = zone.local(at) else {
        return false;
    };
    let on = |date: i64| {
        let day = u32::try_from(weekday(date) - 1).unwrap_or(0);
        hours.days >> day & 1 == 1
    };
    if hours.from <= hours.to {
        on(date) && (hours.from..hours.to).contains(&clock)
    } else {
        (on(date) && clock >= hours.from) || (on(date - 1) && clock < hours.to)
    }
}

/// Every limit with what it refused, in the order of the program.
pub(super) fn refused(program: &Program, counts: &BTreeMap<u32, u64>) -> Vec<LimitReport> {
    let own = program.channels.iter().flat_map(|channel| &channel.limits);
    let all = own.chain(&program.limits);
    (0u32..)
        .zip(all)
        .map(|(number, limit)| LimitReport {
            limit: words(program, limit),
            refused: counts.get(&number).copied().unwrap_or(0),
        })
        .collect()
}

/// `email: 1 per 7 days for marketing`
fn words(program: &Program, limit: &LimitPlan) -> String {
    let channel = |id: &ChannelId| program.channels.get(id.index()).map(|c| c.name.as_str());
    let purpose = |id: &PurposeId| program.purposes.get(id.index()).map(|p| p.name.as_str());
    let channels: Vec<&str> = limit.channels.iter().filter_map(channel).collect();
    let purposes: Vec<&str> = limit.purposes.iter().filter_map(purpose).collect();
    let tags = limit.tags.iter();
    let tags = tags.filter_map(|tag| program.tags.get(usize::try_from(*tag).ok()?));
    let tags: Vec<&str> = tags.map(String::as_str).collect();
    let mut text = if channels.is_empty() {
        "all channels".to_owned()
    } else {
        channels.join(", ")
    };
    text.push_str(&format!(": {} {}", limit.count, window(limit.window)));
    if limit.overall {
        text.push_str(" overall");
    }
    if !purposes.is_empty() {
        text.push_str(&format!(" for {}", purposes.join(", ")));
    }
    if !tags.is_empty() {
        text.push_str(&format!(" of {}", tags.join(", ")));
    }
    text
}

fn window(window: LimitWindow) -> String {
    match window {
        LimitWindow::Rolling(span) => format!("per {}", duration(span)),
        LimitWindow::Day => "per calendar day".to_owned(),
        LimitWindow::Week => "per calendar week".to_owned(),
        LimitWindow::Month => "per calendar month".to_owned(),
    }
}

/// In the largest unit that it is whole in.
pub(super) fn duration(ms: i64) -> String {
    let units = [
        (DAY_MS, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1_000, "second"),
    ];
    let (unit, name) = units
        .into_iter()
        .find(|(unit, _)| ms % unit == 0 && ms >= *unit)
        .unwrap_or((1, "millisecond"));
    let count = ms / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
