//! Sends of offers that are no longer valid when they come: decided, then waited for longer than the offer lasts, or
//! offered on days on which the channel takes nothing. The gate of the send would skip every one of them.

use super::earliest::length;
use super::hours::{DAY_MS, Hours, WEEK_MS};
use super::reads::Reads;
use super::translate::View;
use crate::hir::{Journey, LocalId, Offer, Send, Step, StepKind};
use crate::lower::walk;
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_program::show;
use journey_program::types::{DecisionId, OfferId};
use std::collections::BTreeMap;

/// A day of the calendar may be longer, and a person may move west.
const SLACK_MS: i64 = 26 * 3_600_000;

/// What was decided: by which decision, and how long ago at least.
type Decided = BTreeMap<LocalId, (DecisionId, i64)>;

struct Walk<'r> {
    reads: &'r Reads<'r>,
    checked: &'r Checked,
    /// the project's zone, where it is everybody's
    home: Option<&'r str>,
    found: BTreeMap<u32, Problem>,
    silent: bool,
}

/// What is proved of a journey's sends of offers.
pub fn prove(reads: &Reads<'_>, journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    let world = reads.world();
    let mut walk = Walk {
        reads,
        checked,
        home: (world.profile.timezone.is_none()).then_some(world.timezone.as_str()),
        found: BTreeMap::new(),
        silent: false,
    };
    walk.steps(&journey.steps, Decided::new());
    out.extend(walk.found.into_values());
}

/// What is sure on either path: what was decided longest ago counts by its shortest time.
fn either(mut a: Decided, b: Decided) -> Decided {
    for (local, (decision, ago)) in b {
        let slot = a.entry(local).or_insert((decision, ago));
        slot.1 = slot.1.min(ago);
    }
    a
}

fn later(mut decided: Decided, by: i64) -> Decided {
    for (_, ago) in decided.values_mut() {
        *ago = ago.saturating_add(by);
    }
    decided
}

impl Walk<'_> {
    fn steps(&mut self, steps: &[Step], mut decided: Decided) -> Decided {
        for step in steps {
            decided = self.step(step, decided);
        }
        decided
    }

    fn step(&mut self, step: &Step, mut decided: Decided) -> Decided {
        match &step.kind {
            StepKind::Decide {
                local, decision, ..
            } => {
                decided.insert(*local, (*decision, 0));
                decided
            }
            StepKind::Wait { delay, .. } => later(decided, length(delay)),
            StepKind::WaitFor {
                up_to,
                arms,
                timeout,
                ..
            } => {
                let by = up_to.as_ref().map_or(0, length);
                let timed = timeout.as_deref().unwrap_or_default();
                let mut out = self.steps(timed, later(decided.clone(), by));
                for arm in arms {
                    out = either(out, self.steps(&arm.steps, decided.clone()));
                }
                out
            }
            StepKind::Repeat { steps, .. } => {
                let loud = self.silent;
                self.silent = true;
                let after = self.steps(steps, decided.clone());
                self.silent = loud;
                let first = either(decided, after);
                let after = self.steps(steps, first.clone());
                either(first, after)
            }
            StepKind::Send(send) => {
                for id in &send.channels {
                    self.send(step, send, *id, &decided);
                }
                let skipped = self.steps(&send.otherwise, decided.clone());
                either(decided, skipped)
            }
            _ => {
                // a path that goes through no block, and those through each
                let mut out = decided.clone();
                for block in walk::blocks(step) {
                    out = either(out, self.steps(block, decided.clone()));
                }
                out
            }
        }
    }

    fn send(
        &mut self,
        step: &Step,
        send: &Send,
        channel: journey_program::types::ChannelId,
        decided: &Decided,
    ) {
        let shown = send.shows.iter().filter_map(|local| decided.get(local));
        for (decision, ago) in shown {
            let Some(decision) = self.decision(*decision) else {
                continue;
            };
            let candidates = decision.candidates.iter().map(|candidate| candidate.offer);
            let offers: Vec<OfferId> = candidates.chain(decision.otherwise).collect();
            for offer in offers.iter().filter_map(|id| self.reads.offer(*id)) {
                let Some((first, last)) = self.valid(offer) else {
                    continue;
                };
                let lasts = (last - first + 1).saturating_mul(DAY_MS);
                let why = if *ago > lasts.saturating_add(SLACK_MS) {
                    format!("it comes {} after it was decided", show::duration(*ago))
                } else if self.closed(send, channel, first, lasts) {
                    "its channel is closed on all of its days".to_owned()
                } else {
                    continue;
                };
                self.report(step, offer, (first, last), &why);
            }
        }
    }

    fn decision(&self, id: DecisionId) -> Option<&crate::hir::Decision> {
        let name = self.reads.world().decisions.get(id.index())?.name.as_str();
        self.reads
            .decisions()
            .find(|decision| decision.name == name)
    }

    /// First and last day: its own and those of its groups.
    fn valid(&self, offer: &Offer) -> Option<(i64, i64)> {
        let groups = offer.groups.iter().filter_map(|id| self.reads.group(*id));
        let groups = groups.filter_map(|group| group.rules.valid);
        let all = offer.rules.valid.into_iter().chain(groups);
        all.reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)))
            .filter(|(first, last)| first <= last)
    }

    /// Whether a channel takes nothing from the first day to the end of the last.
    fn closed(
        &self,
        send: &Send,
        id: journey_program::types::ChannelId,
        first: i64,
        lasts: i64,
    ) -> bool {
        let (Some(channel), Some(message)) =
            (self.reads.channel(id), self.reads.message(send.message))
        else {
            return false;
        };
        if lasts >= WEEK_MS {
            return false;
        }
        let hours = Hours::of(channel, Some(message.purpose), self.home);
        let at = (journey_program::civil::weekday(first) - 1) * DAY_MS;
        let held = hours.whole().and_then(|week| week.held(at));
        held.is_some_and(|held| held >= lasts)
    }

    fn report(&mut self, step: &Step, offer: &Offer, days: (i64, i64), why: &str) {
        if self.silent {
            return;
        }
        let span = self.checked.spans.get(step.node.0 as usize).copied();
        let message = format!(
            "`{}` can never be sent here: it is valid from {} to {}, and {why}",
            offer.name,
            show::date(days.0),
            show::date(days.1),
        );
        let problem = Problem::new("send-past-deadline", span.unwrap_or_default(), message)
            .help("decide right before the send, or let the offer be valid for longer");
        self.found.entry(step.node.0).or_insert(problem);
    }
}
