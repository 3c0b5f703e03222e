//! How much an instance of a journey can do: the most messages that it sends, the longest that it lives. Both are
//! sums over the worst path through its steps; a loop counts its body as often as it may run.

use super::amount::Amount;
use super::hours;
use super::reads::Reads;
use super::translate::View;
use crate::hir::{Channel, Expr, ExprKind, Journey, Message, Send, Step, StepKind, StepRef, Until};
use journey_program::plan::AnswerWithin;
use journey_program::types::{ChannelId, Span, Value};
use std::collections::BTreeMap;

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
    counts: &'r dyn Fn(&Send) -> bool,
    /// how each named send goes
    sent_by: BTreeMap<StepRef, Vec<ChannelId>>,
    /// of sends whose messages say themselves by when they are answered
    own_due: BTreeMap<StepRef, Amount>,
}

/// The most messages of one instance.
pub fn messages(reads: &Reads<'_>, journey: &Journey) -> Amount {
    messages_that(reads, journey, &|_| true)
}

/// The most messages of one instance by sends of some kind.
pub fn messages_that(
    reads: &Reads<'_>,
    journey: &Journey,
    counts: &dyn Fn(&Send) -> bool,
) -> Amount {
    total(reads, journey, Measure::Messages, counts)
}

/// The longest life of one instance, in milliseconds.
pub fn life(reads: &Reads<'_>, journey: &Journey) -> Amount {
    total(reads, journey, Measure::Life, &|_| true)
}

/// How long a message on the way out may be held when its instance has ended.
pub fn held_after(reads: &Reads<'_>, journey: &Journey) -> Amount {
    let mut worst = Amount::default();
    for exit in &journey.exits {
        let steps = exit.steps.as_deref().unwrap_or_default();
        crate::lower::walk::every_step(steps, &mut |step| {
            if let StepKind::Send(send) = &step.kind {
                worst = worst.plus(&held(reads, send));
            }
        });
    }
    worst
}

fn total(
    reads: &Reads<'_>,
    journey: &Journey,
    measure: Measure,
    counts: &dyn Fn(&Send) -> bool,
) -> Amount {
    let mut sent_by: BTreeMap<StepRef, Vec<ChannelId>> = BTreeMap::new();
    let mut own_due = BTreeMap::new();
    crate::lower::walk::every_step(&journey.steps, &mut |step| {
        if let StepKind::Send(send) = &step.kind {
            sent_by.entry(send.step).or_default().extend(&send.channels);
            let message = reads.message(send.message);
            let own = message.and_then(|message| message.answer_within);
            own_due.extend(own.map(|within| (send.step, due(within))));
        }
    });
    let walk = Walk {
        reads,
        measure,
        counts,
        sent_by,
        own_due,
    };
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
            Measure::Messages => Amount::AtMost(u64::from((self.counts)(send))),
            Measure::Life => held(self.reads, send),
        };
        let sent = Paths {
            // an exit may come while quiet hours hold it back
            rest: Some(match self.measure {
                Measure::Messages => Amount::default(),
                Measure::Life => held.clone(),
            }),
            through: Some(held.clone()),
            ..Paths::default()
        };
        match self.measure {
            Measure::Messages => sent.either(&skipped),
            // what is released may be refused then
            Measure::Life => sent.either(&skipped.later(&held)),
        }
    }

    /// How long an answer to a send is awaited.
    fn answered(&self, send: StepRef) -> Amount {
        if let Some(own) = self.own_due.get(&send) {
            return own.clone();
        }
        let channels = self.sent_by.get(&send).into_iter().flatten();
        channels
            .filter_map(|channel| self.reads.channel(*channel))
            .map(deadline)
            .fold(Amount::default(), |worst, one| worst.max(&one))
    }

    fn wait_for(&self, step: &Step) -> Paths {
        let StepKind::WaitFor {
            up_to,
            arms,
            timeout,
            answers,
            ..
        } = &step.kind
        else {
            return Paths::default();
        };
        let time = match (up_to, answers) {
            (Some(up_to), _) => self.delay(up_to),
            (None, Some(send)) => self.answered(*send),
            (None, None) => Amount::Unbounded("a wait without `up to`".to_owned()),
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
            ExprKind::Value(Value::Span(span)) => longest(*span),
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

fn longest(span: Span) -> Amount {
    let months = u64::try_from(span.months).unwrap_or_default();
    let days = u64::try_from(span.days).unwrap_or_default();
    Amount::AtMost((months * 31 + days) * DAY_MS + HOUR_MS)
}

/// A message's own deadline: it knows no open days.
fn due(within: AnswerWithin) -> Amount {
    match within {
        AnswerWithin::Duration(ms) => Amount::AtMost(u64::try_from(ms).unwrap_or_default()),
        AnswerWithin::Span(span) => longest(span),
        AnswerWithin::OpenDays(_) => Amount::default(),
    }
}

/// By when an answer is due after its send.
fn deadline(channel: &Channel) -> Amount {
    match channel.answer_within {
        None => Amount::default(),
        Some(AnswerWithin::Duration(ms)) => Amount::AtMost(u64::try_from(ms).unwrap_or_default()),
        Some(AnswerWithin::Span(span)) => longest(span),
        Some(AnswerWithin::OpenDays(days)) => {
            let opens = channel.open.iter().fold(0, |all, open| all | open.days);
            let weeks = u64::from(days).div_ceil(u64::from(opens.count_ones().max(1)));
            // the last of them may run over midnight
            Amount::AtMost((weeks * 7 + 2) * DAY_MS + HOUR_MS)
        }
    }
}

/// How long holds, limits that wait, quiet hours and closed doors may hold a send back, by the worst of its
/// channels. Where the message expires sooner it is skipped at once.
fn held(reads: &Reads<'_>, send: &Send) -> Amount {
    let Some(message) = reads.message(send.message) else {
        return Amount::default();
    };
    let purpose = reads.purpose(message.purpose);
    if let Some(purpose) = purpose.filter(|purpose| purpose.hold.is_some()) {
        return Amount::Unbounded(format!("the hold of `{}`", purpose.name));
    }
    let channels = send.channels.iter();
    let waits = send.combined.as_ref().map_or(0, |combined| combined.within);
    let waits = Amount::AtMost(u64::try_from(waits).unwrap_or(0));
    let held = channels
        .filter_map(|id| Some((*id, reads.channel(*id)?)))
        .map(|(id, channel)| held_by(reads, (id, channel), message))
        .fold(Amount::default(), |worst, one| worst.max(&one));
    match message.expires.map(u64::try_from) {
        Some(Ok(expires)) => held.min(&Amount::AtMost(expires)),
        Some(Err(_)) | None => held,
    }
    .plus(&waits)
}

fn held_by(reads: &Reads<'_>, (id, channel): (ChannelId, &Channel), message: &Message) -> Amount {
    let mut limits = channel
        .limits
        .iter()
        .chain(reads.limits().map(|(_, limit)| limit));
    if limits.any(|limit| limit.wait && limit.concerns(id, message.purpose, &message.tags)) {
        return Amount::Unbounded(format!("a limit of `{}` that waits", channel.name));
    }
    let world = reads.world();
    let home = world
        .profile
        .timezone
        .is_none()
        .then_some(world.timezone.as_str());
    let hours = hours::Hours::of(channel, Some(message.purpose), home);
    match hours.longest().map(u64::try_from) {
        Some(Ok(0)) => Amount::default(),
        // a change of clocks may make it longer
        Some(Ok(held)) => Amount::AtMost(held + HOUR_MS),
        Some(Err(_)) | None => Amount::Unbounded(format!("the hours of `{}`", channel.name)),
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
