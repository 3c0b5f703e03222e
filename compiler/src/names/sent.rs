//! Whose sends a declaration asks after, in histories and patterns: `count reminder.sent in last 7 days`. A send joins
//! the log as an event of its own only where something asks for it.

use super::signature::blocks;
use journey_grammar::tree::{
    DecisionMemberKind, Decl, DeclKind, EventPattern, ExpectKind, Expr, ExprKind, MemberKind,
    ModelKind, Name, OfferMember, OfferMemberKind, Step, StepKind, TestLine, TestLineKind,
    WaitWhat,
};
use std::collections::BTreeSet;

/// What is still to be looked at.
#[derive(Default)]
struct Walk<'e> {
    exprs: Vec<&'e Expr>,
    patterns: Vec<&'e EventPattern>,
}

impl<'e> Walk<'e> {
    fn push(&mut self, e: &'e Expr) {
        self.exprs.push(e);
    }
    fn extend(&mut self, all: impl IntoIterator<Item = &'e Expr>) {
        self.exprs.extend(all);
    }
    fn pattern(&mut self, pattern: &'e EventPattern) {
        self.patterns.push(pattern);
        self.exprs.extend(&pattern.filter);
    }
}

/// The names before `.sent` in the histories and patterns of a declaration.
pub fn sent_of(decl: &Decl) -> BTreeSet<String> {
    let mut todo = Walk::default();
    of_decl(&decl.kind, &mut todo);
    let mut found = BTreeSet::new();
    let mut note = |path: &[Name]| {
        if let [first, second, ..] = path
            && second.text == "sent"
        {
            found.insert(first.text.clone());
        }
    };
    for pattern in &todo.patterns {
        note(&pattern.path);
    }
    while let Some(e) = todo.exprs.pop() {
        if let ExprKind::History(history) = &e.kind {
            note(&history.path);
            if let Some(second) = &history.sequence {
                note(&second.path);
            }
        }
        todo.extend(e.below());
    }
    found
}

fn of_decl<'e>(decl: &'e DeclKind, todo: &mut Walk<'e>) {
    match decl {
        DeclKind::Const(d) => todo.push(&d.value),
        DeclKind::Fn(d) => todo.push(&d.body),
        DeclKind::Profile(d) => todo.extend(d.lets.iter().map(|l| &l.value)),
        DeclKind::Audience(d) => todo.push(&d.value),
        DeclKind::Channel(d) => todo.extend(&d.to),
        DeclKind::Purpose(d) => {
            todo.extend(d.holds.iter().map(|hold| &hold.condition));
            for rule in &d.rules {
                rule.events.iter().for_each(|pattern| todo.pattern(pattern));
            }
        }
        DeclKind::Group(d) => of_offer(&d.members, todo),
        DeclKind::Offer(d) => of_offer(&d.members, todo),
        DeclKind::Model(d) => of_model(&d.kind, todo),
        DeclKind::Decision(d) => {
            for member in &d.members {
                of_decision(&member.kind, todo);
            }
        }
        DeclKind::Message(d) => {
            todo.extend(d.bodies.iter().flat_map(|b| &b.fields).map(|f| &f.value));
        }
        DeclKind::Journey(d) => {
            for member in &d.members {
                of_member(&member.kind, todo);
            }
            of_steps(&d.steps, todo);
        }
        DeclKind::Conversion(d) => {
            todo.pattern(&d.on);
            todo.extend(&d.value);
        }
        DeclKind::Measure(d) => {
            let patterns = d.parts.iter().flat_map(|part| &part.what);
            patterns.for_each(|pattern| todo.pattern(pattern));
        }
        DeclKind::Test(d) => of_lines(&d.lines, todo),
        DeclKind::Enum(_)
        | DeclKind::Type(_)
        | DeclKind::Event(_)
        | DeclKind::Source(_)
        | DeclKind::Table(_)
        | DeclKind::Identity(_)
        | DeclKind::OfferType(_)
        | DeclKind::Limit(_)
        | DeclKind::Holdout(_)
        | DeclKind::Broken => {}
    }
}

fn of_offer<'e>(members: &'e [OfferMember], todo: &mut Walk<'e>) {
    for member in members {
        match &member.kind {
            OfferMemberKind::Eligible(e)
            | OfferMemberKind::Value(e)
            | OfferMemberKind::Cost(e)
            | OfferMemberKind::Weight(e) => todo.push(e),
            OfferMemberKind::Priority(_)
            | OfferMemberKind::Limit { .. }
            | OfferMemberKind::Budget { .. }
            | OfferMemberKind::Rest { .. }
            | OfferMemberKind::Valid { .. }
            | OfferMemberKind::Tags(_)
            | OfferMemberKind::Broken => {}
        }
    }
}

fn of_model<'e>(model: &'e ModelKind, todo: &mut Walk<'e>) {
    match model {
        ModelKind::Formula(e) => todo.push(e),
        ModelKind::File { inputs, .. } => todo.extend(inputs.iter().map(|input| &input.value)),
        ModelKind::Learned { .. } => {}
    }
}

fn of_decision<'e>(member: &'e DecisionMemberKind, todo: &mut Walk<'e>) {
    match member {
        DecisionMemberKind::OnlyWhen(e) | DecisionMemberKind::RankBy(e) => todo.push(e),
        DecisionMemberKind::Outcomes(outcomes) => {
            let patterns = outcomes.iter().filter_map(|outcome| outcome.on.as_ref());
            patterns.for_each(|pattern| todo.pattern(pattern));
        }
        DecisionMemberKind::Among(_)
        | DecisionMemberKind::AmongTagged(_)
        | DecisionMemberKind::Explore(_)
        | DecisionMemberKind::Else(_)
        | DecisionMemberKind::Hold(_)
        | DecisionMemberKind::Salt(_)
        | DecisionMemberKind::Broken => {}
    }
}

fn of_lines<'e>(lines: &'e [TestLine], todo: &mut Walk<'e>) {
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
            | TestLineKind::Deploy(_)
            | TestLineKind::Broken => {}
        }
    }
}

fn of_member<'e>(member: &'e MemberKind, todo: &mut Walk<'e>) {
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
        MemberKind::EnterOn(pattern, _) => todo.pattern(pattern),
        MemberKind::Goal { events, .. } => of_patterns(events, todo),
        MemberKind::EnterStart { .. }
        | MemberKind::Reenter(_)
        | MemberKind::Holdout { .. }
        | MemberKind::Priority(_)
        | MemberKind::Salt(_)
        | MemberKind::Broken => {}
    }
}

fn of_patterns<'e>(patterns: &'e [EventPattern], todo: &mut Walk<'e>) {
    patterns.iter().for_each(|pattern| todo.pattern(pattern));
}

fn of_steps<'e>(steps: &'e [Step], todo: &mut Walk<'e>) {
    for step in steps {
        match &step.kind {
            StepKind::Wait { delay, .. } => todo.push(delay),
            StepKind::WaitUntil { until, .. } => todo.push(until),
            StepKind::WaitFor { up_to, what, .. } => {
                todo.extend(up_to);
                match what {
                    WaitWhat::One(pattern) => todo.pattern(pattern),
                    WaitWhat::Arms(arms) => {
                        let patterns = arms.iter().filter_map(|arm| arm.pattern.as_ref());
                        patterns.for_each(|pattern| todo.pattern(pattern));
                    }
                    WaitWhat::Missing(_) | WaitWhat::Step { .. } => {}
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
            StepKind::Collect { pattern, up_to, .. } => {
                todo.pattern(pattern);
                todo.push(up_to);
            }
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
            | StepKind::Broken => {}
        }
        for block in blocks(&step.kind) {
            of_steps(block, todo);
        }
    }
}
