//! Sends that quiet or opening hours push past their own deadline: a message that `expires` sooner than its channel
//! opens again is skipped. Followed along each path is when of the week a step can be reached: at any time, or
//! at clock times that waits and schedules have set.

use super::hours::{self, DAY_MS, Hours, WEEK_MS, Week};
use super::reads::Reads;
use super::translate::View;
use crate::hir::{
    ArithOp, Channel, Enter, Expr, ExprKind, Journey, Message, Send, Step, StepKind, Until,
};
use crate::lower::walk;
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_program::show;
use journey_program::types::Value;
use std::collections::{BTreeMap, BTreeSet};

/// More instants than this are any instant.
const MOMENTS_MAX: usize = 64;
/// Cycles of a loop after which any instant may be the one of the next.
const CYCLES_MAX: usize = 8;

/// When a step is reached, in milliseconds of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Moment {
    /// at any instant but these
    But(Week),
    At(BTreeSet<i64>),
    /// a condition has asked for the time: who comes here is not known
    Unclear,
}

impl Moment {
    fn any() -> Self {
        Self::But(Week::default())
    }

    /// When what comes then is let go.
    fn let_go(&self, week: &Week) -> Self {
        match self {
            Self::At(all) => {
                let sent = all.iter().filter_map(|at| Some(at + week.held(*at)?));
                Self::At(sent.map(|at| at.rem_euclid(WEEK_MS)).collect())
            }
            Self::But(never) => Self::But(week.let_go(never)),
            Self::Unclear => Self::Unclear,
        }
    }

    fn daily(clock: i64) -> Self {
        Self::At((0..7).map(|day| day * DAY_MS + clock).collect())
    }

    /// Weekday 1 is Monday, 0 every day.
    fn weekly(weekday: u8, clock: i64) -> Self {
        match weekday {
            0 => Self::daily(clock),
            day => Self::At([(i64::from(day) - 1) * DAY_MS + clock].into()),
        }
    }

    fn later(&self, by: Option<i64>) -> Self {
        match (self, by) {
            (Self::At(all), Some(by)) => {
                Self::At(all.iter().map(|at| (at + by).rem_euclid(WEEK_MS)).collect())
            }
            (Self::But(never), Some(by)) => Self::But(never.later(by)),
            (Self::At(_) | Self::But(_), None) => Self::any(),
            (Self::Unclear, _) => Self::Unclear,
        }
    }

    fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Unclear, _) | (_, Self::Unclear) => Self::Unclear,
            (Self::But(a), Self::But(b)) => Self::But(a.both(b)),
            (Self::But(never), Self::At(all)) | (Self::At(all), Self::But(never)) => {
                let never = all
                    .iter()
                    .fold(never.clone(), |never, at| never.without(*at));
                Self::But(never)
            }
            (Self::At(a), Self::At(b)) => {
                let all: BTreeSet<i64> = a | b;
                match all.len() > MOMENTS_MAX {
                    true => Self::any(),
                    false => Self::At(all),
                }
            }
        }
    }
}

/// Where the paths of a block lead. None: none goes there.
#[derive(Clone, Debug, Default)]
struct Paths {
    through: Option<Moment>,
    leave: Option<Moment>,
    again: Option<Moment>,
}

fn either(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.or(&b)),
        (a, b) => a.or(b),
    }
}

impl Paths {
    fn through(moment: Moment) -> Self {
        Self {
            through: Some(moment),
            ..Self::default()
        }
    }

    fn either(self, other: Self) -> Self {
        Self {
            through: either(self.through, other.through),
            leave: either(self.leave, other.leave),
            again: either(self.again, other.again),
        }
    }
}

struct Walk<'r> {
    reads: &'r Reads<'r>,
    checked: &'r Checked,
    /// the project's zone, where it is everybody's
    home: Option<&'r str>,
    /// by the send's node: one problem is enough
    found: BTreeMap<u32, Problem>,
    silent: bool,
}

/// What is proved of a journey's sends.
pub fn prove(reads: &Reads<'_>, journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    let world = reads.world();
    let mut walk = Walk {
        reads,
        checked,
        home: (world.profile.timezone.is_none()).then_some(world.timezone.as_str()),
        found: BTreeMap::new(),
        silent: false,
    };
    let first = match &journey.enter {
        Enter::Every { weekday, clock, .. } => Moment::weekly(*weekday, *clock),
        Enter::Yearly { clock, .. } => Moment::daily(*clock),
        Enter::On(_) | Enter::When { .. } => Moment::any(),
    };
    walk.steps(&journey.steps, first);
    for exit in &journey.exits {
        walk.steps(exit.steps.as_deref().unwrap_or_default(), Moment::any());
    }
    out.extend(walk.found.into_values());
}

impl Walk<'_> {
    fn steps(&mut self, steps: &[Step], from: Moment) -> Paths {
        let mut done = Paths::through(from);
        for step in steps {
            let Some(here) = done.through.take() else {
                break;
            };
            let next = self.step(step, here);
            done = done.either(next);
        }
        done
    }

    fn any<'s>(&mut self, blocks: impl IntoIterator<Item = (&'s [Step], Moment)>) -> Paths {
        let mut all = Paths::default();
        for (block, from) in blocks {
            all = all.either(self.steps(block, from));
        }
        all
    }

    fn step(&mut self, step: &Step, here: Moment) -> Paths {
        match &step.kind {
            StepKind::Wait { delay, .. } => Paths::through(here.later(length(delay))),
            StepKind::WaitUntil { until, past, .. } => {
                let reached = Paths::through(until_when(until));
                match past {
                    Some(past) => reached.either(self.steps(past, here)),
                    None => reached,
                }
            }
            StepKind::WaitFor { .. } => self.wait_for(step, here),
            StepKind::Collect { up_to, .. } => {
                // as many as it may gather end it sooner
                Paths::through(here.later(length(up_to)).or(&Moment::any()))
            }
            StepKind::If { arms, otherwise } => {
                let mut from = here;
                let mut all = Paths::default();
                for (condition, steps) in arms {
                    if asks_time(condition) {
                        from = Moment::Unclear;
                    }
                    all = all.either(self.steps(steps, from.clone()));
                }
                all.either(self.steps(otherwise, from))
            }
            StepKind::Match { value, arms } => {
                let from = if asks_time(value) {
                    Moment::Unclear
                } else {
                    here
                };
                let arms = arms.iter();
                self.any(arms.map(|(_, steps)| (steps.as_slice(), from.clone())))
            }
            StepKind::Split { arms, .. } => {
                self.any(arms.iter().map(|arm| (arm.steps.as_slice(), here.clone())))
            }
            StepKind::Send(send) => self.send(step, send, here),
            StepKind::Repeat { every, steps, .. } => self.repeat(every.as_ref(), steps, here),
            StepKind::Leave => Paths {
                leave: Some(here),
                ..Paths::default()
            },
            StepKind::Again => Paths {
                again: Some(here),
                ..Paths::default()
            },
            StepKind::Restart { .. } | StepKind::End { .. } => Paths::default(),
            StepKind::Withdraw { .. }
            | StepKind::Decide { .. }
            | StepKind::Let { .. }
            | StepKind::SetLocal { .. }
            | StepKind::SetField { .. }
            | StepKind::Emit { .. }
            | StepKind::Start { .. }
            | StepKind::Mute { .. } => Paths::through(here),
        }
    }

    fn wait_for(&mut self, step: &Step, here: Moment) -> Paths {
        let StepKind::WaitFor {
            up_to,
            arms,
            timeout,
            ..
        } = &step.kind
        else {
            return Paths::through(here);
        };
        let again = arms.iter().any(|arm| arm.restarts.is_some());
        let late = up_to.as_ref().filter(|_| !again).and_then(length);
        let timeout = timeout.as_deref().unwrap_or_default();
        let ends = [(timeout, here.later(late))];
        let arms = arms.iter().map(|arm| (arm.steps.as_slice(), Moment::any()));
        self.any(arms.chain(ends))
    }

    /// Cycle after cycle until they come at the same times again.
    fn repeat(&mut self, every: Option<&Expr>, steps: &[Step], here: Moment) -> Paths {
        let loud = self.silent;
        self.silent = true;
        let mut from = here.clone();
        let mut left = None;
        for cycle in 0..=CYCLES_MAX {
            let body = self.steps(steps, from.clone());
            let mut next = either(body.through, body.again);
            if let (Some(moment), Some(every)) = (&next, every) {
                next = Some(moment.later(length(every)));
            }
            left = body.leave;
            let Some(next) = next else {
                break;
            };
            let all = if cycle + 1 < CYCLES_MAX {
                from.or(&next)
            } else {
                Moment::any()
            };
            if all == from {
                break;
            }
            from = all;
        }
        self.silent = loud;
        let body = self.steps(steps, from.clone());
        let out = either(either(body.through, body.again), either(body.leave, left));
        Paths {
            // no cycle at all, or any number of them
            through: either(Some(here), out),
            ..Paths::default()
        }
    }

    fn send(&mut self, step: &Step, send: &Send, here: Moment) -> Paths {
        let Some(message) = self.reads.message(send.message) else {
            return Paths::through(Moment::any());
        };
        let purpose = self.reads.purpose(message.purpose);
        let held = purpose.is_none_or(|purpose| purpose.hold.is_some());
        let any_limit = self.reads.limits().any(|(_, limit)| limit.wait);
        let (mut sent, mut late) = (None, held || any_limit);
        for id in &send.channels {
            let Some(channel) = self.reads.channel(*id) else {
                sent = Some(Moment::any());
                late = true;
                continue;
            };
            let hours = Hours::of(channel, Some(message.purpose), self.home);
            for week in hours.weeks() {
                late |= !week.is_open();
                self.past_deadline(step, &here, (message, channel), &week);
            }
            let waits = held || any_limit || channel.limits.iter().any(|limit| limit.wait);
            let from = if waits { Moment::any() } else { here.clone() };
            let one = match hours.whole() {
                Some(week) => from.let_go(&week),
                None => Moment::any(),
            };
            sent = either(sent, Some(one));
            late |= waits;
        }
        // a skip may come when it would have been released
        let skipped = if late { Moment::any() } else { here };
        let out = Paths {
            through: sent,
            ..Paths::default()
        };
        out.either(self.steps(&send.otherwise, skipped))
    }

    fn past_deadline(
        &mut self,
        step: &Step,
        here: &Moment,
        (message, channel): (&Message, &Channel),
        week: &Week,
    ) {
        let Some(expires) = message.expires else {
            return;
        };
        let worst = match here {
            Moment::But(never) => week.longest_but(never),
            Moment::At(all) => {
                let held = all.iter().filter_map(|at| Some((*at, week.held(*at)?)));
                held.max_by_key(|(at, held)| (*held, -*at))
            }
            Moment::Unclear => None,
        };
        let Some((at, held)) = worst.filter(|(_, held)| *held > expires) else {
            return;
        };
        if self.silent {
            return;
        }
        let daily = channel.open.is_empty();
        let span = self.checked.spans.get(step.node.0 as usize).copied();
        let problem = Problem::new(
            "send-past-deadline",
            span.unwrap_or_default(),
            format!(
                "`{}` is stale before `{}` takes it: who comes here at {} would get it at {}, \
                 {} later, and it expires after {}",
                message.name,
                channel.name,
                hours::said(at, daily),
                hours::said(at + held, daily),
                show::duration(held),
                show::duration(expires),
            ),
        );
        let problem = problem.help(format!(
            "let it live for {}, or `wait until` an hour at which `{}` is open",
            show::duration(held),
            channel.name
        ));
        self.found.entry(step.node.0).or_insert(problem);
    }
}

fn until_when(until: &Until) -> Moment {
    match until {
        Until::Clock { weekday, clock } => match &clock.kind {
            ExprKind::Value(Value::Clock(clock)) => Moment::weekly(*weekday, *clock),
            _ => Moment::any(),
        },
        Until::Instant(e) => instant(e),
    }
}

/// `DATE at CLOCK`, and so many days before or after it.
fn instant(e: &Expr) -> Moment {
    match &e.kind {
        ExprKind::DateAt(_, clock) => match &clock.kind {
            ExprKind::Value(Value::Clock(clock)) => Moment::daily(*clock),
            _ => Moment::any(),
        },
        ExprKind::Arith(ArithOp::Add, at, by) => instant(at).later(length(by)),
        ExprKind::Arith(ArithOp::Sub, at, by) => instant(at).later(length(by).map(|by| -by)),
        ExprKind::Narrow(inner) | ExprKind::Some(inner) => instant(inner),
        _ => Moment::any(),
    }
}

/// A constant length of whole civil days or of exact time; months end on any weekday.
fn length(e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Value(Value::Duration(ms)) => Some(*ms),
        ExprKind::Value(Value::Span(span)) if span.months == 0 => {
            Some(i64::from(span.days) * DAY_MS)
        }
        _ => None,
    }
}

fn asks_time(e: &Expr) -> bool {
    let mut found = false;
    walk::every(e, &mut |inner| {
        found |= matches!(inner.kind, ExprKind::Now | ExprKind::Today);
    });
    found
}
