//! What people trip over: an `entry` that a wait has made old, opens that machines make, people who never did
//! what they are said to have stopped doing, goals that no message of the journey serves.

use super::audiences::span_of;
use super::reads::Reads;
use super::translate::{Translator, View};
use super::{Verdict, ask};
use crate::hir::{
    Awaited, Enter, Expr, ExprKind, History, Journey, Pattern, Purpose, Question, Step, StepKind,
    Window,
};
use crate::lower::walk;
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_grammar::tree::Span;
use journey_program::plan::ConsentRule;
use journey_program::types::{EventId, Type};

/// What is said of a journey.
pub fn of_journey(reads: &Reads<'_>, journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    stale_entry(journey, checked, out);
    opens_in_journey(reads, journey, checked, out);
    channel_limits(reads, journey, checked, out);
    goals(journey, checked, out);
}

/// What is said of an audience, or of a computed field.
pub fn of_predicate(
    reads: &Reads<'_>,
    name: &str,
    predicate: &Expr,
    checked: &Checked,
    out: &mut Vec<Problem>,
) {
    lapsed(reads, name, predicate, checked, out);
    opens(reads, predicate, checked, out);
    unknown_bools(predicate, checked, out);
}

/// A purpose that asks people to agree, and no event by which they could.
pub fn of_purpose(purpose: &Purpose, span: Span, out: &mut Vec<Problem>) {
    let granted = purpose.rules.iter().any(|rule| rule.granted);
    if purpose.consent == ConsentRule::OptIn && !granted {
        let message = format!(
            "nobody can ever agree to `{}`: no event grants it",
            purpose.name
        );
        out.push(
            Problem::new("never-granted", span, message)
                .help("say by what: `granted by signup where accepts_marketing`"),
        );
    }
}

fn stale_entry(journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    let Enter::On(entry) = &journey.enter else {
        return;
    };
    let mut found = None;
    stale_from(&journey.steps, entry, &mut None, &mut found);
    if let Some((read, wait)) = found {
        let at = |node: crate::hir::NodeId| {
            let span = checked.spans.get(node.0 as usize);
            span.copied().unwrap_or_default()
        };
        let problem = Problem::new(
            "stale-entry",
            at(read),
            "`entry` is the event that began the journey, and a newer one may have come",
        )
        .label(at(wait), "this wait takes a newer one")
        .help(
            "keep the newest in a variable: `let newest = entry`, then `set newest = …` in the arm",
        );
        out.push(problem);
    }
}

type Found = Option<(crate::hir::NodeId, crate::hir::NodeId)>;

/// Walks on with the wait by which a newer event of the entry's type may have come.
fn stale_from(
    steps: &[Step],
    entry: &Pattern,
    newer: &mut Option<crate::hir::NodeId>,
    found: &mut Found,
) {
    for step in steps {
        if let Some(wait) = *newer {
            walk::of_step(step, &mut |e| {
                if found.is_none() && reads_entry(e, entry) {
                    *found = Some((e.node, wait));
                }
            });
        }
        let before = *newer;
        let mut after = before;
        for (block, takes) in blocks(step, entry) {
            let mut inside = before.or(takes.then_some(step.node));
            stale_from(block, entry, &mut inside, found);
            let goes_on = !block
                .last()
                .is_some_and(|last| matches!(last.kind, StepKind::End { .. }));
            if goes_on {
                after = after.or(inside);
            }
        }
        *newer = after;
    }
}

/// The blocks of a step; with each, whether it is the arm that takes a newer event.
fn blocks<'s>(step: &'s Step, entry: &Pattern) -> Vec<(&'s [Step], bool)> {
    match &step.kind {
        StepKind::WaitFor { arms, timeout, .. } => {
            let takes = |on: &Awaited| {
                on.pattern()
                    .is_some_and(|p| p.event == entry.event && p.of_step.is_none())
            };
            // an arm that begins the wait again leaves to its other arms what it took
            let again = arms.iter().any(|a| takes(&a.on) && a.restarts.is_some());
            arms.iter()
                .map(|arm| (arm.steps.as_slice(), again || takes(&arm.on)))
                .chain(timeout.iter().map(|steps| (steps.as_slice(), again)))
                .collect()
        }
        StepKind::WaitUntil { past, .. } => past.iter().map(|s| (s.as_slice(), false)).collect(),
        StepKind::If { arms, otherwise } => arms
            .iter()
            .map(|(_, steps)| (steps.as_slice(), false))
            .chain([(otherwise.as_slice(), false)])
            .collect(),
        StepKind::Match { arms, .. } => arms
            .iter()
            .map(|(_, steps)| (steps.as_slice(), false))
            .collect(),
        StepKind::Split { arms, .. } => arms
            .iter()
            .map(|arm| (arm.steps.as_slice(), false))
            .collect(),
        StepKind::Send(send) => vec![(send.otherwise.as_slice(), false)],
        StepKind::Repeat { steps, .. } => vec![(steps.as_slice(), false)],
        _ => Vec::new(),
    }
}

/// Reads of the entry but for what every event of the instance shares: the journey's key.
fn reads_entry(e: &Expr, entry: &Pattern) -> bool {
    let mut reads = 0;
    let mut of_key = 0;
    walk::every(e, &mut |inner| match &inner.kind {
        ExprKind::Entry => reads += 1,
        ExprKind::Field(base, field)
            if matches!(base.kind, ExprKind::Entry) && entry.key == Some(*field) =>
        {
            of_key += 1;
        }
        _ => {}
    });
    reads > of_key
}

fn is_unverified(reads: &Reads<'_>, event: EventId) -> Option<String> {
    let event = reads.world().events.get(event.index())?;
    event.unverified.then(|| event.name.clone())
}

fn opens_in_journey(
    reads: &Reads<'_>,
    journey: &Journey,
    checked: &Checked,
    out: &mut Vec<Problem>,
) {
    let mut patterns: Vec<&Pattern> = journey.exits.iter().map(|exit| &exit.pattern).collect();
    patterns.extend(&journey.goals);
    if let Enter::On(pattern) = &journey.enter {
        patterns.push(pattern);
    }
    walk::every_step(&journey.steps, &mut |step| {
        if let StepKind::WaitFor { arms, .. } = &step.kind {
            patterns.extend(arms.iter().filter_map(|arm| arm.on.pattern()));
        }
    });
    for pattern in patterns {
        if let Some(name) = is_unverified(reads, pattern.event) {
            let span = checked.spans.get(pattern.node.0 as usize);
            out.push(unverified(span.copied().unwrap_or_default(), &name));
        }
    }
    walk::of_journey(journey, &mut |e| opens(reads, e, checked, out));
}

/// Histories of what machines do.
fn opens(reads: &Reads<'_>, e: &Expr, checked: &Checked, out: &mut Vec<Problem>) {
    walk::every(e, &mut |inner| {
        if let ExprKind::History(history) = &inner.kind
            && let Some(name) = is_unverified(reads, history.event)
        {
            out.push(unverified(span_of(checked, inner), &name));
        }
    });
}

fn unverified(span: Span, name: &str) -> Problem {
    Problem::new(
        "unverified-opens",
        span,
        format!("`{name}` is unverified, and decides something here"),
    )
    .help("machines open mail too; a click or a visit says that a person did")
}

/// `send … by first of A, B` where a limit of A alone only moves people on to B.
fn channel_limits(reads: &Reads<'_>, journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    if reads.says("across") {
        return;
    }
    walk::every_step(&journey.steps, &mut |step| {
        let StepKind::Send(send) = &step.kind else {
            return;
        };
        let purpose = reads.message(send.message).map(|message| message.purpose);
        let limited = |id: &journey_program::types::ChannelId| {
            reads.channel(*id).is_none_or(|channel| {
                channel.limits.iter().any(|limit| {
                    limit.purposes.is_empty()
                        || purpose.is_some_and(|p| limit.purposes.contains(&p))
                })
            })
        };
        let Some((first, rest)) = send.channels.split_first() else {
            return;
        };
        let free = rest.iter().find(|channel| !limited(channel));
        if let (true, Some(free)) = (limited(first), free) {
            let span = checked.spans.get(step.node.0 as usize).copied();
            let (first, free) = (
                super::bounds::name_of(reads, *first),
                super::bounds::name_of(reads, *free),
            );
            out.push(
                Problem::new(
                    "channel-limit-only",
                    span.unwrap_or_default(),
                    format!("past the limit of `{first}` this goes by `{free}`, which has none"),
                )
                .help("limit both together: `limit pressure 5 per 7 days across …`"),
            );
        }
    });
}

fn goals(journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    let Some(goal) = journey.goals.first() else {
        return;
    };
    let mut acts = false;
    let mut sends = false;
    let mut see = |step: &Step| {
        sends |= matches!(step.kind, StepKind::Send(_));
        // what hands on, or is of a kind that this proof does not know, may serve the goal elsewhere
        acts |= !matches!(
            step.kind,
            StepKind::Wait { .. }
                | StepKind::WaitUntil { .. }
                | StepKind::WaitFor { .. }
                | StepKind::If { .. }
                | StepKind::Match { .. }
                | StepKind::Let { .. }
                | StepKind::SetLocal { .. }
                | StepKind::Repeat { .. }
                | StepKind::Leave
                | StepKind::Again
                | StepKind::Restart { .. }
                | StepKind::End { .. }
        );
    };
    walk::every_step(&journey.steps, &mut see);
    for exit in &journey.exits {
        walk::every_step(exit.steps.as_deref().unwrap_or_default(), &mut see);
    }
    let span = checked.spans.get(goal.node.0 as usize).copied();
    let span = span.unwrap_or_default();
    if !acts && !sends {
        out.push(
            Problem::new(
                "goal-without-send",
                span,
                format!(
                    "`{}` has a goal, and sends nothing that could reach it",
                    journey.name
                ),
            )
            .help("send something, or leave the goal out"),
        );
    }
    let earliest = super::earliest::first_send(&journey.steps);
    if let (Some(within), Some(earliest), false) =
        (journey.goal_within, earliest, journey.goal_of_last_send)
        && earliest > within
    {
        let (first, last) = (
            journey_program::show::duration(earliest),
            journey_program::show::duration(within),
        );
        out.push(
            Problem::new(
                "goal-out-of-reach",
                span,
                format!("the first message comes after {first}, the goal counts for {last}"),
            )
            .help("count `of last send`, or give it longer"),
        );
    }
}

const LAPSED: [&str; 10] = [
    "laps", "churn", "inactive", "dormant", "lost", "sleep", "gone", "idle", "win_back", "winback",
];

/// Who stopped doing something did it once; `no … in last D` is also true of those who never did.
fn lapsed(
    reads: &Reads<'_>,
    name: &str,
    predicate: &Expr,
    checked: &Checked,
    out: &mut Vec<Problem>,
) {
    if !LAPSED.iter().any(|word| name.contains(word)) {
        return;
    }
    let mut parts = vec![predicate];
    while let Some(part) = parts.pop() {
        match &part.kind {
            ExprKind::And(a, b) => parts.extend([&**a, &**b]),
            ExprKind::History(history)
                if history.question == Question::No
                    && history.sequence.is_none()
                    && matches!(history.window, Window::Last(_) | Window::LastSpan(_)) =>
            {
                let Some(person) = includes_never(reads, predicate, history, part) else {
                    continue;
                };
                let event = reads.world().events.get(history.event.index());
                let event = event.map_or("", |event| event.name.as_str());
                let span = span_of(checked, part);
                let before = Span::new(span.start, span.start);
                out.push(
                    Problem::new(
                        "lapsed-includes-never",
                        span,
                        format!("people without any `{event}` are in `{name}` too"),
                    )
                    .label(span, format!("it holds for {}", person.said()))
                    .help(format!(
                        "say that there was one: `any {event} and no {event} …`"
                    ))
                    .fix(
                        format!("add `any {event} and`"),
                        vec![(before, format!("any {event} and "))],
                    ),
                );
            }
            _ => {}
        }
    }
}

/// Somebody in it who never did that.
fn includes_never(
    reads: &Reads<'_>,
    predicate: &Expr,
    history: &History,
    at: &Expr,
) -> Option<super::person::Person> {
    let ever = History {
        window: Window::Ever,
        filter: None,
        keyed: None,
        exact: 1,
        ..history.clone()
    };
    let never = Expr {
        node: at.node,
        ty: Type::Bool,
        kind: ExprKind::History(Box::new(ever)),
    };
    let mut translator = Translator::new(reads);
    let question = translator
        .condition(predicate)
        .and(translator.condition(&never));
    match ask(&mut translator, question) {
        Verdict::For(person) => Some(person),
        Verdict::Perhaps(_) | Verdict::Never | Verdict::NotDecided => None,
    }
}

/// `unknown b` of a `bool?` whose value is never read: who said no is not among them.
fn unknown_bools(predicate: &Expr, checked: &Checked, out: &mut Vec<Problem>) {
    let mut asked: Vec<(&Expr, &Expr)> = Vec::new();
    let mut read: Vec<&Expr> = Vec::new();
    walk::every(predicate, &mut |inner| match &inner.kind {
        ExprKind::Not(not) => {
            if let ExprKind::Known(of) = &not.kind
                && *of.ty.known() == Type::Bool
                && of.ty.is_optional()
            {
                asked.push((inner, of));
            }
        }
        ExprKind::Narrow(of) | ExprKind::Else(of, _) => read.push(of),
        _ => {}
    });
    for (at, of) in asked {
        if !read.iter().any(|other| other.kind == of.kind) {
            out.push(
                Problem::new(
                    "unknown-of-bool",
                    span_of(checked, at),
                    "this is true only of those who said neither yes nor no",
                )
                .help("where a no counts too, write `not (… ?? false)`"),
            );
        }
    }
}
