//! Which messages' sends a declaration asks histories of: `count reminder.sent in last 7 days`. A send joins
//! the log as an event of its own only where something asks for it.

use super::signature::blocks;
use journey_grammar::tree::{
    Decl, DeclKind, EventPattern, ExpectKind, Expr, ExprKind, MemberKind, Step, StepKind, TestLine,
    TestLineKind, WaitWhat,
};
use std::collections::BTreeSet;

/// The names before `.sent` in the histories of a declaration.
pub fn sent_of(decl: &Decl) -> BTreeSet<String> {
    let mut todo: Vec<&Expr> = Vec::new();
    of_decl(&decl.kind, &mut todo);
    let mut found = BTreeSet::new();
    while let Some(e) = todo.pop() {
        if let ExprKind::History(history) = &e.kind {
            let second = history.sequence.as_ref().map(|s| s.path.as_slice());
            for path in [history.path.as_slice()].into_iter().chain(second) {
                if let [first, second, ..] = path
                    && second.text == "sent"
                {
                    found.insert(first.text.clone());
                }
            }
        }
        todo.extend(e.below());
    }
    found
}

fn of_decl<'e>(decl: &'e DeclKind, todo: &mut Vec<&'e Expr>) {
    match decl {
        DeclKind::Const(d) => todo.push(&d.value),
        DeclKind::Fn(d) => todo.push(&d.body),
        DeclKind::Profile(d) => todo.extend(d.lets.iter().map(|l| &l.value)),
        DeclKind::Audience(d) => todo.push(&d.value),
        DeclKind::Channel(d) => todo.extend(&d.to),
        DeclKind::Purpose(d) => todo.extend(d.holds.iter().map(|hold| &hold.condition)),
        DeclKind::Message(d) => {
            todo.extend(d.bodies.iter().flat_map(|b| &b.fields).map(|f| &f.value));
        }
        DeclKind::Journey(d) => {
            for member in &d.members {
                of_member(&member.kind, todo);
            }
            of_steps(&d.steps, todo);
        }
        DeclKind::Test(d) => of_lines(&d.lines, todo),
        DeclKind::Enum(_)
        | DeclKind::Type(_)
        | DeclKind::Event(_)
        | DeclKind::Source(_)
        | DeclKind::Table(_)
        | DeclKind::Identity(_)
        | DeclKind::OfferType(_)
        | DeclKind::Group(_)
        | DeclKind::Offer(_)
        | DeclKind::Model(_)
        | DeclKind::Decision(_)
        | DeclKind::Limit(_)
        | DeclKind::Holdout(_)
        | DeclKind::Later { .. }
        | DeclKind::Broken => {}
    }
}

fn of_lines<'e>(lines: &'e [TestLine], todo: &mut Vec<&'e Expr>) {
    for line in lines {
        match &line.kind {
            TestLineKind::Person { lines, .. } => of_lines(lines, todo),
            TestLineKind::Expect(expected) => {
                if let ExpectKind::Holds(e) = &expected.kind {
                    todo.push(e);
                }
            }
            TestLineKind::People { .. }
            | TestLineKind::At { .. }
            | TestLineKind::After { .. }
            | TestLineKind::Until(_)
            | TestLineKind::Start(_)
            | TestLineKind::Assume { .. }
            | TestLineKind::Later(_)
            | TestLineKind::Broken => {}
        }
    }
}

fn of_member<'e>(member: &'e MemberKind, todo: &mut Vec<&'e Expr>) {
    match member {
        MemberKind::EnterWhen { audience, .. } => todo.push(audience),
        MemberKind::EnterEvery { when, .. } | MemberKind::EnterYearly { when, .. } => {
            todo.extend(when);
        }
        MemberKind::While(e) => todo.push(e),
        MemberKind::Exit { events, steps } => {
            of_patterns(events, todo);
            steps.iter().for_each(|steps| of_steps(steps, todo));
        }
        MemberKind::EnterOn(_)
        | MemberKind::EnterStart { .. }
        | MemberKind::Reenter(_)
        | MemberKind::Goal { .. }
        | MemberKind::Holdout { .. }
        | MemberKind::Priority(_)
        | MemberKind::Salt(_)
        | MemberKind::Later(_)
        | MemberKind::Broken => {}
    }
}

fn of_patterns<'e>(patterns: &'e [EventPattern], todo: &mut Vec<&'e Expr>) {
    todo.extend(patterns.iter().flat_map(|p| &p.filter));
}

fn of_steps<'e>(steps: &'e [Step], todo: &mut Vec<&'e Expr>) {
    for step in steps {
        match &step.kind {
            StepKind::Wait { delay, .. } => todo.push(delay),
            StepKind::WaitUntil { until, .. } => todo.push(until),
            StepKind::WaitFor { up_to, what, .. } => {
                todo.extend(up_to);
                if let WaitWhat::One(pattern) = what {
                    todo.extend(&pattern.filter);
                }
            }
            StepKind::If { arms, .. } => todo.extend(arms.iter().map(|(condition, _)| condition)),
            StepKind::Match { value, .. }
            | StepKind::Let { value, .. }
            | StepKind::Set { value, .. } => todo.push(value),
            StepKind::Send(send) => todo.extend(send.args.iter().map(|a| &a.value)),
            StepKind::Decide { args, .. } => todo.extend(args.iter().map(|a| &a.value)),
            StepKind::Emit { assigns, to, .. } => {
                todo.extend(assigns.iter().map(|a| &a.value));
                todo.extend(to.iter().map(|(_, value)| value));
            }
            StepKind::Mute { delay, .. } => todo.extend(delay),
            StepKind::Start { args, .. } => todo.extend(args.iter().map(|a| &a.value)),
            StepKind::Collect { up_to, .. } => todo.push(up_to),
            StepKind::Repeat {
                every,
                times,
                condition,
                ..
            } => todo.extend(every.iter().chain(times).chain(condition)),
            StepKind::Split { .. }
            | StepKind::Withdraw { .. }
            | StepKind::Leave
            | StepKind::Again
            | StepKind::Restart { .. }
            | StepKind::End { .. }
            | StepKind::Later(_)
            | StepKind::Broken => {}
        }
        for block in blocks(&step.kind) {
            of_steps(block, todo);
        }
    }
}
