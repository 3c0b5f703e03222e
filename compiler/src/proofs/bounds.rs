//! How much an instance of a journey can do: the most messages that it sends, the longest that it lives. Both are
//! sums over the worst path through its steps; a loop counts its body as often as it may run.

use super::amount::Amount;
use super::reads::Reads;
use super::translate::View;
use crate::hir::{Channel, Expr, ExprKind, Journey, Send, Step, StepKind, Until};
use journey_program::types::{PurposeId, Value};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// A civil day that a change of clocks makes longer.
const LONG_DAY_MS: u64 = DAY_MS + HOUR_MS;

/// What is counted along a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Messages,
    /// milliseconds
    Life,
}

/// The worst of each way out of a block. None: no path goes there.
#[derive(Clone, Debug, Default)]
struct Paths {
    through: Option<Amount>,
    end: Option<Amount>,
    leave: Option<Amount>,
    again: Option<Amount>,
    restart: Option<Amount>,
    /// where it rests: an exit may come there
    rest: Option<Amount>,
}

struct Walk<'r> {
    reads: &'r Reads<'r>,
    measure: Measure,
}

/// The most messages of one instance.
pub fn messages(reads: &Reads<'_>, journey: &Journey) -> Amount {
    total(reads, journey, Measure::Messages)
}

/// The longest life of one instance, in milliseconds.
pub fn life(reads: &Reads<'_>, journey: &Journey) -> Amount {
    total(reads, journey, Measure::Life)
}

fn total(reads: &Reads<'_>, journey: &Journey, measure: Measure) -> Amount {
    let walk = Walk { reads, measure };
    let paths = walk.steps(&journey.steps);
    let mut most = worst([&paths.through, &paths.end]).unwrap_or_default();
    for exit in &journey.exits {
        let out = walk.steps(exit.steps.as_deref().unwrap_or_default());
        let steps = worst([&out.through, &out.end]).unwrap_or_default();
        if let Some(rest) = &paths.rest {
            most = most.max(&rest.plus(&steps));
        }
    }
    most
}

fn worst<'a>(all: impl IntoIterator<Item = &'a Option<Amount>>) -> Option<Amount> {
    all.into_iter()
        .flatten()
        .fold(None, |worst, one| match worst {
            None => Some(one.clone()),
            Some(worst) => Some(worst.max(one)),
        })
}

/// One after the other.
fn after(first: &Amount, then: &Option<Amount>) -> Option<Amount> {
    then.as_ref().map(|then| first.plus(then))
}

impl Paths {
    fn through(amount: Amount) -> Self {
        Self {
            through: Some(amount),
            ..Self::default()
        }
    }

    fn either(&self, other: &Self) -> Self {
        Self {
            through: worst([&self.through, &other.through]),
            end: worst([&self.end, &other.end]),
            leave: worst([&self.leave, &other.leave]),
            again: worst([&self.again, &other.again]),
            restart: worst([&self.restart, &other.restart]),
            rest: worst([&self.rest, &other.rest]),
        }
    }

    /// All of it, so much later.
    fn later(&self, by: &Amount) -> Self {
        Self {
            through: after(by, &self.through),
            end: after(by, &self.end),
            leave: after(by, &self.leave),
            again: after(by, &self.again),
            restart: after(by, &self.restart),
            rest: after(by, &self.rest),
        }
    }
}

impl Walk<'_> {
    fn steps(&self, steps: &[Step]) -> Paths {
        let mut done = Paths::through(Amount::default());
        for step in steps {
            let Some(here) = done.through.take() else {
                break;
            };
            done = done.either(&self.step(step).later(&here));
        }
        done
    }

    fn any<'s>(&self, blocks: impl IntoIterator<Item = &'s [Step]>) -> Paths {
        blocks
            .into_iter()
            .map(|block| self.steps(block))
            .fold(Paths::default(), |all, one| all.either(&one))
    }

    fn step(&self, step: &Step) -> Paths {
        match &step.kind {
            StepKind::Wait { delay, .. } => self.rested(self.delay(delay)),
            StepKind::WaitUntil { until, past, .. } => {
                let wait = self.rested(self.until(until));
                match past {
                    Some(past) => wait.either(&self.steps(past)),
                    None => wait,
                }
            }
            StepKind::WaitFor { .. } => self.wait_for(step),
            StepKind::Collect { up_to, .. } => self.rested(self.delay(up_to)),
            StepKind::If { arms, otherwise } => {
                let arms = arms.iter().map(|(_, steps)| steps.as_slice());
                self.any(arms.chain([otherwise.as_slice()]))
            }
            StepKind::Match { arms, .. } => {
                self.any(arms.iter().map(|(_, steps)| steps.as_slice()))
            }
            StepKind::Split { arms, .. } => self.any(arms.iter().map(|arm| arm.steps.as_slice())),
            StepKind::Send(send) => self.send(send),
            StepKind::Repeat { .. } => self.repeat(step),
            StepKind::Leave => Paths {
                leave: Some(Amount::default()),
                ..Paths::default()
            },
            StepKind::Again => Paths {
                again: Some(Amount::default()),
                ..Paths::default()
            },
            StepKind::Restart { .. } => Paths {
                restart: Some(Amount::default()),
                ..Paths::default()
            },
            StepKind::End { .. } => Paths {
                end: Some(Amount::default()),
                ..Paths::default()
            },
            _ => Paths::through(Amount::default()),
        }
    }

    fn rested(&self, time: Amount) -> Paths {
        let cost = match self.measure {
            Measure::Messages => Amount::default(),
            Measure::Life => time,
        };
        Paths {
            rest: Some(cost.clone()),
            through: Some(cost),
            ..Paths::default()
        }
    }

    fn send(&self, send: &Send) -> Paths {
        let skipped = self.steps(&send.otherwise);
        let held = match self.measure {
            Measure::Messages => Amount::AtMost(1),
            Measure::Life => self.held(send),
        };
        let sent = Paths {
            // an exit may come while quiet hours hold it back
            rest: Some(match self.measure {
                Measure::Messages => Amount::default(),
                Measure::Life => held.clone(),
            }),
            through: Some(held),
            ..Paths::default()
        };
        sent.either(&skipped)
    }

    /// How long quiet hours and closed doors may hold a send back, by the worst of its channels.
    fn held(&self, send: &Send) -> Amount {
        let purpose = self.reads.message(send.message).map(|m| m.purpose);
        let channels = send.channels.iter();
        channels
            .filter_map(|channel| self.reads.channel(*channel))
            .map(|channel| held_by(channel, purpose))
            .fold(Amount::default(), |worst, one| worst.max(&one))
    }

    fn wait_for(&self, step: &Step) -> Paths {
        let StepKind::WaitFor {
            up_to,
            arms,
            timeout,
            ..
        } = &step.kind
        else {
            return Paths::default();
        };
        let time = match up_to {
            Some(up_to) => self.delay(up_to),
            None => Amount::Unbounded("a wait without `up to`".to_owned()),
        };
        let rested = self.rested(time);
        let one = rested.through.clone().unwrap_or_default();
        // each arm may begin the wait again so often
        let mut before = Amount::default();
        let mut out = self.steps(timeout.as_deref().unwrap_or_default());
        for arm in arms {
            let mut paths = self.steps(&arm.steps);
            if let Some(again) = paths.restart.take() {
                let times = Amount::AtMost(u64::from(arm.restarts.unwrap_or(0)));
                before = before.plus(&one.plus(&again).times(&times));
            }
            out = out.either(&paths);
        }
        let mut all = out.later(&one);
        all.rest = worst([&all.rest, &rested.rest]);
        all.later(&before)
    }

    fn repeat(&self, step: &Step) -> Paths {
        let StepKind::Repeat {
            every,
            times,
            steps,
            ..
        } = &step.kind
        else {
            return Paths::default();
        };
        let mut body = self.steps(steps);
        let between = match (every, self.measure) {
            (Some(every), Measure::Life) => self.delay(every),
            (_, Measure::Life | Measure::Messages) => Amount::default(),
        };
        let cycles = match times.as_ref().map(|times| &times.kind) {
            Some(ExprKind::Value(Value::Int(n))) => {
                Amount::AtMost(u64::try_from(*n).unwrap_or_default())
            }
            _ => Amount::Unbounded("a loop whose bound is data".to_owned()),
        };
        let (leave, again) = (body.leave.take(), body.again.take());
        let cycle = worst([&body.through, &again, &leave]).unwrap_or_default();
        let all = cycle.plus(&between).times(&cycles);
        // what ends or rests inside does so in the last cycle at the latest
        let mut out = body.later(&all);
        out.through = Some(all.clone());
        if every.is_some() {
            out.rest = worst([&out.rest, &Some(all)]);
        }
        out
    }

    fn delay(&self, e: &Expr) -> Amount {
        match &e.kind {
            ExprKind::Value(Value::Duration(ms)) => {
                Amount::AtMost(u64::try_from(*ms).unwrap_or_default())
            }
            ExprKind::Value(Value::Span(span)) => {
                let months = u64::try_from(span.months).unwrap_or_default();
                let days = u64::try_from(span.days).unwrap_or_default();
                Amount::AtMost((months * 31 + days) * DAY_MS + HOUR_MS)
            }
            _ => Amount::Unbounded("a wait whose length is data".to_owned()),
        }
    }

    fn until(&self, until: &Until) -> Amount {
        match until {
            Until::Clock { weekday: 0, .. } => Amount::AtMost(LONG_DAY_MS),
            Until::Clock { .. } => Amount::AtMost(7 * DAY_MS + HOUR_MS),
            Until::Instant(_) => {
                Amount::Unbounded("a wait until an instant that is data".to_owned())
            }
        }
    }
}

fn held_by(channel: &Channel, purpose: Option<PurposeId>) -> Amount {
    let windows = channel.quiet.iter().filter(|quiet| {
        quiet.purposes.is_empty() || purpose.is_some_and(|p| quiet.purposes.contains(&p))
    });
    // one window may begin where another ends
    let quiet = windows.fold(0, |sum, window| {
        let length = (window.to - window.from).rem_euclid(24 * 3_600_000);
        sum + u64::try_from(length).unwrap_or_default() + HOUR_MS
    });
    if quiet >= DAY_MS {
        return Amount::Unbounded(format!("the quiet hours of `{}`", channel.name));
    }
    if channel.open.is_empty() {
        Amount::AtMost(quiet)
    } else {
        // it opens once a week at the least, and then it may be quiet
        Amount::AtMost(quiet + 7 * DAY_MS + HOUR_MS)
    }
}

/// The states of the journey's machine but its end: where an instance may rest.
pub fn states(journey: &Journey) -> usize {
    let mut waits = 1;
    crate::lower::walk::every_step(&journey.steps, &mut |step| {
        waits += usize::from(
            matches!(
                step.kind,
                StepKind::Wait { .. }
                    | StepKind::WaitUntil { .. }
                    | StepKind::WaitFor { .. }
                    | StepKind::Send(_)
            ) || matches!(&step.kind, StepKind::Repeat { every: Some(_), .. }),
        );
    });
    waits
}

/// A channel's name.
pub fn name_of(reads: &Reads<'_>, channel: journey_program::types::ChannelId) -> String {
    let world = reads.world();
    let channel = world.channels.get(channel.index());
    channel.map_or_else(String::new, |channel| channel.name.clone())
}
