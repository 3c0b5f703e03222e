//! Every expression of a program, or of one expression: for what must be known of all code before any is made.

mod inside;

pub(crate) use inside::{children, children_mut};

use crate::hir::{DeclId, Enter, Expr, Journey, Pattern, Program, Send, Step, StepKind, Until};

/// An expression and all inside of it, itself first.
pub(crate) fn every<'e>(expr: &'e Expr, see: &mut dyn FnMut(&'e Expr)) {
    see(expr);
    children(expr, &mut |child| every(child, see));
}

/// The outermost expressions of a program with their declarations, in the order of its tables.
pub(super) fn roots<'p>(program: &'p Program, see: &mut dyn FnMut(DeclId, &'p Expr)) {
    for computed in &program.profile.lets {
        see(computed.decl, &computed.value);
    }
    for function in &program.functions {
        see(function.decl, &function.body);
    }
    for purpose in &program.purposes {
        for filter in purpose.rules.iter().filter_map(|rule| rule.filter.as_ref()) {
            see(purpose.decl, filter);
        }
    }
    for audience in &program.audiences {
        see(audience.decl, &audience.predicate);
    }
    for channel in &program.channels {
        channel.to.iter().for_each(|to| see(channel.decl, to));
    }
    for message in &program.messages {
        for (_, value) in message.bodies.iter().flat_map(|body| &body.fields) {
            see(message.decl, value);
        }
    }
    for group in &program.groups {
        let eligible = group.rules.eligible.iter();
        eligible.for_each(|eligible| see(group.decl, eligible));
    }
    for offer in &program.offers {
        let eligible = offer.rules.eligible.iter();
        eligible.for_each(|eligible| see(offer.decl, eligible));
    }
    for decision in &program.decisions {
        let decl = decision.decl;
        decision.only.iter().for_each(|only| see(decl, only));
        for candidate in &decision.candidates {
            see(decl, &candidate.rank);
        }
        let filters = decision.derived.iter().flat_map(|d| &d.filters);
        filters.flatten().for_each(|filter| see(decl, filter));
    }
    for conversion in &program.conversions {
        let exprs = conversion.filter.iter().chain(&conversion.value);
        exprs.for_each(|expr| see(conversion.decl, expr));
    }
    for measure in &program.measures {
        let filters = measure.advocacy.iter().flat_map(|one| &one.filter);
        filters.for_each(|filter| see(measure.decl, filter));
    }
    for journey in &program.journeys {
        of_journey(journey, &mut |expr| see(journey.decl, expr));
    }
}

pub(crate) fn of_journey<'p>(journey: &'p Journey, see: &mut dyn FnMut(&'p Expr)) {
    match &journey.enter {
        Enter::On(pattern) => of_pattern(pattern, see),
        Enter::Every { when, .. } | Enter::Yearly { when, .. } => when.iter().for_each(&mut *see),
        Enter::When { .. } => {}
    }
    if let Some(take) = &journey.take {
        see(&take.count);
        take.by.iter().for_each(&mut *see);
    }
    journey.watch.iter().for_each(&mut *see);
    for exit in &journey.exits {
        of_pattern(&exit.pattern, see);
        exit.steps.iter().for_each(|steps| of_steps(steps, see));
    }
    journey.goals.iter().for_each(|goal| of_pattern(goal, see));
    of_steps(&journey.steps, see);
}

fn of_pattern<'p>(pattern: &'p Pattern, see: &mut dyn FnMut(&'p Expr)) {
    pattern.filter.iter().for_each(see);
}

pub(super) fn of_steps<'p>(steps: &'p [Step], see: &mut dyn FnMut(&'p Expr)) {
    every_step(steps, &mut |step| of_step(step, see));
}

/// Steps and the steps inside of them.
pub(crate) fn every_step<'p>(steps: &'p [Step], see: &mut dyn FnMut(&'p Step)) {
    for step in steps {
        see(step);
        for block in blocks(step) {
            every_step(block, see);
        }
    }
}

/// The blocks of steps right inside of one, in the order of the source.
pub(crate) fn blocks(step: &Step) -> Vec<&[Step]> {
    match &step.kind {
        StepKind::WaitUntil { past, .. } => past.iter().map(Vec::as_slice).collect(),
        StepKind::WaitFor { arms, timeout, .. } => {
            let arms = arms.iter().map(|arm| arm.steps.as_slice());
            arms.chain(timeout.as_deref()).collect()
        }
        StepKind::If { arms, otherwise } => {
            let arms = arms.iter().map(|(_, steps)| steps.as_slice());
            arms.chain([otherwise.as_slice()]).collect()
        }
        StepKind::Match { arms, .. } => arms.iter().map(|(_, steps)| steps.as_slice()).collect(),
        StepKind::Split { arms, .. } => arms.iter().map(|arm| arm.steps.as_slice()).collect(),
        StepKind::Send(send) => vec![send.otherwise.as_slice()],
        StepKind::Repeat { steps, .. } => vec![steps.as_slice()],
        StepKind::Wait { .. }
        | StepKind::Collect { .. }
        | StepKind::Decide { .. }
        | StepKind::Withdraw { .. }
        | StepKind::Let { .. }
        | StepKind::SetLocal { .. }
        | StepKind::SetField { .. }
        | StepKind::Emit { .. }
        | StepKind::Start { .. }
        | StepKind::Mute { .. }
        | StepKind::Leave
        | StepKind::Again
        | StepKind::Restart { .. }
        | StepKind::End { .. } => Vec::new(),
    }
}

/// The expressions of one step, without those of the steps inside of it.
pub(crate) fn of_step<'p>(step: &'p Step, see: &mut dyn FnMut(&'p Expr)) {
    match &step.kind {
        StepKind::Wait { delay, .. } => see(delay),
        StepKind::WaitUntil { until, .. } => match until {
            Until::Clock { clock, .. } => see(clock),
            Until::Instant(instant) => see(instant),
        },
        StepKind::WaitFor { up_to, arms, .. } => {
            up_to.iter().for_each(&mut *see);
            let patterns = arms.iter().filter_map(|arm| arm.on.pattern());
            patterns.for_each(|pattern| of_pattern(pattern, see));
        }
        StepKind::If { arms, .. } => arms.iter().for_each(|(cond, _)| see(cond)),
        StepKind::Match { value, .. }
        | StepKind::Let { value, .. }
        | StepKind::SetLocal { value, .. }
        | StepKind::SetField { value, .. } => see(value),
        StepKind::Send(Send { args, prefer, .. }) => {
            args.iter().for_each(&mut *see);
            prefer.iter().for_each(|prefer| see(&prefer.value));
        }
        StepKind::Decide { args, .. } => args.iter().for_each(see),
        StepKind::Emit { fields, to, .. } => {
            fields.iter().flatten().for_each(&mut *see);
            to.iter().for_each(|(_, value)| see(value));
        }
        StepKind::Start { args, .. } => args.iter().for_each(see),
        StepKind::Mute { delay, .. } => delay.iter().for_each(see),
        StepKind::Collect { pattern, up_to, .. } => {
            see(up_to);
            of_pattern(pattern, see);
        }
        StepKind::Repeat {
            every,
            times,
            condition,
            ..
        } => {
            every.iter().for_each(&mut *see);
            times.iter().for_each(&mut *see);
            condition.iter().for_each(see);
        }
        StepKind::Split { .. }
        | StepKind::Withdraw { .. }
        | StepKind::Leave
        | StepKind::Again
        | StepKind::Restart { .. }
        | StepKind::End { .. } => {}
    }
}
