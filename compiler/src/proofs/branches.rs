//! Conditions of a journey that never hold where they stand, branches that an earlier one takes everything of,
//! and sends that nobody on their path can get. What earlier conditions proved holds on as long as nothing that
//! they read can have changed: a wait, a send or a `set` ends what was said of the person.

use super::audiences::span_of;
use super::formula::Formula;
use super::reads::Reads;
use super::translate::{Translator, View};
use super::{Verdict, ask, not_decided};
use crate::hir::{
    Awaited, Enter, Expr, ExprKind, Journey, LocalId, Pat, Pattern, Send, Step, StepKind, WaitArm,
};
use crate::lower::walk;
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_grammar::tree::Span;
use journey_program::plan::ConsentRule;
use journey_program::types::{ChannelId, EventId, Type};
use std::collections::BTreeSet;

/// Only so many of the newest facts are looked at, and so many kept: changes may take some of them away.
const FACTS_MAX: usize = 16;
const FACTS_KEPT: usize = 64;
/// Arms before one that are held against it.
const ARMS_MAX: usize = 32;

/// Something that holds on the path.
#[derive(Clone)]
struct Fact<'j> {
    id: usize,
    kind: Kind<'j>,
    /// reads what time, events or a `set` may change
    volatile: bool,
    locals: BTreeSet<u32>,
}

#[derive(Clone)]
enum Kind<'j> {
    Holds(Expr, bool),
    Fits(&'j Expr, &'j [Pat], bool),
}

struct Walk<'r, 'j> {
    reads: &'r Reads<'r>,
    journey: &'j Journey,
    checked: &'j Checked,
    entry: Option<Type>,
    facts: Vec<Fact<'j>>,
    next: usize,
    out: &'r mut Vec<Problem>,
}

/// What is proved of a journey's conditions.
pub fn prove(reads: &Reads<'_>, journey: &Journey, checked: &Checked, out: &mut Vec<Problem>) {
    let entry = match &journey.enter {
        Enter::On(pattern) => record_of(reads, pattern.event),
        _ => None,
    };
    let mut walk = Walk {
        reads,
        journey,
        checked,
        entry,
        facts: Vec::new(),
        next: 0,
        out,
    };
    walk.members();
    walk.steps(&journey.steps);
}

fn record_of(reads: &Reads<'_>, event: EventId) -> Option<Type> {
    let event = reads.world().events.get(event.index())?;
    Some(Type::Record(event.record))
}

impl<'j> Walk<'_, 'j> {
    fn members(&mut self) {
        match &self.journey.enter {
            Enter::On(pattern) => {
                self.pattern(pattern, "an entry");
                // what the entry's `where` says of the event is true of `entry` for good
                if let Some(filter) = &pattern.filter {
                    let fact = as_entry(filter);
                    if !reads_person(&fact) {
                        self.learn(Kind::Holds(fact, true));
                    }
                }
            }
            Enter::Every {
                when: Some(when), ..
            }
            | Enter::Yearly {
                when: Some(when), ..
            } => self.alone(when, "the entry's condition"),
            _ => {}
        }
        if let Some(watch) = &self.journey.watch {
            self.alone(watch, "the condition of `while`");
        }
        for exit in &self.journey.exits {
            self.pattern(&exit.pattern, "an exit");
            let facts = self.facts.clone();
            self.steps(exit.steps.as_deref().unwrap_or_default());
            self.facts = facts;
        }
        for goal in &self.journey.goals {
            self.pattern(goal, "a goal");
        }
    }

    fn translator(&self) -> Translator<'_> {
        let mut translator = Translator::new(self.reads);
        translator.by_membership = true;
        translator.entry.clone_from(&self.entry);
        translator.locals = self.journey.locals.iter().map(|l| l.ty.clone()).collect();
        translator
    }

    /// What holds on the path, as a formula.
    fn path(&self, translator: &mut Translator<'_>) -> Formula {
        let first = self.facts.len().saturating_sub(FACTS_MAX);
        let mut parts = Vec::new();
        for fact in self.facts.iter().skip(first) {
            let (formula, truth) = match &fact.kind {
                Kind::Holds(e, truth) => (Some(translator.condition(e)), *truth),
                Kind::Fits(value, pats, truth) => {
                    let value = translator.sym(value);
                    (translator.fits(&value, pats), *truth)
                }
            };
            if let Some(formula) = formula {
                parts.push(if truth { formula } else { formula.negated() });
            }
        }
        Formula::all(parts)
    }

    /// Whether a condition can hold on the path.
    fn can(&self, e: &Expr, truth: bool) -> Verdict {
        let mut translator = self.translator();
        let path = self.path(&mut translator);
        let formula = translator.condition(e);
        let formula = if truth { formula } else { formula.negated() };
        ask(&mut translator, path.and(formula))
    }

    fn learn(&mut self, kind: Kind<'j>) {
        let (volatile, locals) = match &kind {
            Kind::Holds(e, _) => (reads_person(e), locals_of(e)),
            Kind::Fits(e, ..) => (reads_person(e), locals_of(e)),
        };
        self.next += 1;
        self.facts.push(Fact {
            id: self.next,
            kind,
            volatile,
            locals,
        });
        if self.facts.len() > FACTS_KEPT {
            self.facts.remove(0);
        }
    }

    fn person_changes(&mut self) {
        self.facts.retain(|fact| !fact.volatile);
    }

    fn written(&mut self, local: LocalId) {
        self.facts.retain(|fact| !fact.locals.contains(&local.0));
    }

    /// Only what was said of the entry outlives any number of cycles.
    fn anything_changes(&mut self) {
        self.facts
            .retain(|fact| !fact.volatile && fact.locals.is_empty());
    }

    fn span(&self, e: &Expr) -> Span {
        span_of(self.checked, e)
    }

    fn report(&mut self, code: &'static str, span: Span, message: String, help: &str) {
        self.out
            .push(Problem::new(code, span, message).help(help.to_owned()));
    }

    /// A condition that stands alone: it should hold for somebody.
    fn alone(&mut self, e: &Expr, what: &str) {
        if constant(e) {
            return;
        }
        let mut translator = self.translator();
        translator.by_membership = false;
        let formula = translator.condition(e);
        match ask(&mut translator, formula) {
            Verdict::Never => {
                let message = format!("{what} never holds");
                self.report("never-holds", self.span(e), message, NEVER);
            }
            Verdict::NotDecided => self.undecided(e, what),
            Verdict::For(_) | Verdict::Perhaps(_) => {}
        }
    }

    fn undecided(&mut self, e: &Expr, what: &str) {
        let problem = not_decided(self.span(e), &format!("whether {what} can hold"));
        self.out.push(problem);
    }

    /// The `where` of an event: some event must pass it.
    fn pattern(&mut self, pattern: &Pattern, what: &str) {
        let Some(filter) = pattern.filter.as_ref().filter(|e| !constant(e)) else {
            return;
        };
        let mut translator = self.translator();
        translator.event = record_of(self.reads, pattern.event);
        let path = self.path(&mut translator);
        let formula = translator.condition(filter);
        match ask(&mut translator, path.and(formula)) {
            Verdict::Never => {
                let message = format!("no event passes this `where`, so {what} never takes one");
                self.report("never-holds", self.span(filter), message, NEVER);
            }
            Verdict::NotDecided => self.undecided(filter, "this `where`"),
            Verdict::For(_) | Verdict::Perhaps(_) => {}
        }
    }

    /// Walks a block; false: no path comes out of it.
    fn steps(&mut self, steps: &'j [Step]) -> bool {
        for step in steps {
            if !self.step(step) {
                return false;
            }
        }
        true
    }

    fn step(&mut self, step: &'j Step) -> bool {
        match &step.kind {
            StepKind::If { arms, otherwise } => return self.if_step(arms, otherwise),
            StepKind::Match { value, arms } => return self.match_step(step, value, arms),
            StepKind::Let { local, .. }
            | StepKind::SetLocal { local, .. }
            | StepKind::Decide { local, .. } => self.written(*local),
            StepKind::SetField { .. } | StepKind::Mute { .. } => self.person_changes(),
            // what they bring about happens after this turn
            StepKind::Emit { .. }
            | StepKind::Start { .. }
            | StepKind::Withdraw { .. }
            | StepKind::Wait { .. } => {
                if matches!(step.kind, StepKind::Wait { .. }) {
                    self.person_changes();
                }
            }
            StepKind::Collect { pattern, into, .. } => {
                self.pattern(pattern, "the gathering");
                self.person_changes();
                self.written(*into);
            }
            StepKind::Send(send) => return self.send(step, send),
            StepKind::End { .. } | StepKind::Leave | StepKind::Again | StepKind::Restart { .. } => {
                return false;
            }
            StepKind::WaitFor {
                arms,
                timeout,
                answers,
                ..
            } => {
                let timeout = timeout.as_deref().unwrap_or_default();
                return self.wait_for(arms, timeout, answers.is_some());
            }
            StepKind::WaitUntil { past, .. } => {
                self.person_changes();
                let past = past.as_deref().unwrap_or_default();
                return self.blocks(&[past, &[]]);
            }
            StepKind::Split { arms, .. } => {
                let blocks: Vec<&'j [Step]> = arms.iter().map(|arm| arm.steps.as_slice()).collect();
                return self.blocks(&blocks);
            }
            StepKind::Repeat {
                condition, steps, ..
            } => {
                self.anything_changes();
                if let Some(condition) = condition {
                    self.must_hold(condition, "the condition of this loop");
                    self.learn(Kind::Holds(condition.clone(), true));
                }
                self.steps(steps);
                self.anything_changes();
            }
        }
        true
    }

    fn wait_for(&mut self, arms: &'j [WaitArm], timeout: &'j [Step], answered: bool) -> bool {
        for arm in arms {
            if let Awaited::Event(pattern) = &arm.on {
                self.pattern(pattern, "the wait");
            }
        }
        self.person_changes();
        for arm in arms {
            if let Some(bind) = arm.on.pattern().and_then(|pattern| pattern.bind) {
                self.written(bind);
            }
        }
        // an arm may begin the wait again, with what it has set
        if arms.iter().any(|arm| arm.restarts.is_some()) {
            self.anything_changes();
        }
        // a send that was skipped is not waited for
        let skipped: &'j [Step] = &[];
        let blocks: Vec<&'j [Step]> = arms
            .iter()
            .map(|arm| arm.steps.as_slice())
            .chain([timeout])
            .chain(answered.then_some(skipped))
            .collect();
        self.blocks(&blocks)
    }

    /// Blocks of which one runs; what all that come out of them leave standing goes on.
    fn blocks(&mut self, blocks: &[&'j [Step]]) -> bool {
        let before = self.facts.clone();
        let mut ends = Vec::new();
        for block in blocks {
            self.facts.clone_from(&before);
            if self.steps(block) {
                ends.push(std::mem::take(&mut self.facts));
            }
        }
        self.join(ends)
    }

    fn join(&mut self, ends: Vec<Vec<Fact<'j>>>) -> bool {
        let mut ends = ends.into_iter();
        let Some(mut facts) = ends.next() else {
            return false;
        };
        for other in ends {
            let ids: BTreeSet<usize> = other.iter().map(|fact| fact.id).collect();
            facts.retain(|fact| ids.contains(&fact.id));
        }
        self.facts = facts;
        true
    }

    fn must_hold(&mut self, e: &Expr, what: &str) {
        if constant(e) {
            return;
        }
        match self.can(e, true) {
            Verdict::Never => {
                let message = format!("{what} never holds here");
                self.report("never-holds", self.span(e), message, NEVER);
            }
            Verdict::NotDecided => self.undecided(e, what),
            Verdict::For(_) | Verdict::Perhaps(_) => {}
        }
    }

    fn if_step(&mut self, arms: &'j [(Expr, Vec<Step>)], otherwise: &'j [Step]) -> bool {
        let before = self.facts.clone();
        let mut ends = Vec::new();
        let mut dead = false;
        for (place, (condition, steps)) in arms.iter().enumerate() {
            let fixed = constant(condition);
            let verdict = if fixed {
                Verdict::NotDecided
            } else {
                self.can(condition, true)
            };
            let at_condition = self.facts.clone();
            match verdict {
                Verdict::Never => {
                    self.facts.clone_from(&before);
                    let by_itself = place == 0 || self.can(condition, true) == Verdict::Never;
                    let (code, message) = if by_itself {
                        ("never-holds", "this condition never holds here")
                    } else {
                        dead = true;
                        let message = "the branches before this one take everything of it";
                        ("swallowed-branch", message)
                    };
                    self.report(code, self.span(condition), message.to_owned(), NEVER);
                    self.facts.clone_from(&at_condition);
                    self.learn(Kind::Holds(condition.clone(), false));
                    continue;
                }
                Verdict::NotDecided if !fixed => self.undecided(condition, "this condition"),
                _ => {}
            }
            self.learn(Kind::Holds(condition.clone(), true));
            if self.steps(steps) {
                ends.push(std::mem::take(&mut self.facts));
            }
            self.facts = at_condition;
            self.learn(Kind::Holds(condition.clone(), false));
        }
        let last = arms.last().map(|(condition, _)| condition);
        let open = last.filter(|e| !constant(e) && !dead);
        let full = open.is_some_and(|e| self.can(e, false) == Verdict::Never);
        if let (true, Some(last)) = (full, last) {
            self.full(last, arms.len(), otherwise);
            // its negation is on the path: nothing comes out of the rest
            return self.join(ends);
        }
        if self.steps(otherwise) {
            ends.push(std::mem::take(&mut self.facts));
        }
        self.join(ends)
    }

    /// The conditions leave nothing to what comes after them.
    fn full(&mut self, last: &Expr, arms: usize, otherwise: &[Step]) {
        if let Some(step) = otherwise.first() {
            let span = self.step_span(step);
            let message = "the branches before this one take everything of it".to_owned();
            let help = "remove it, or narrow the conditions before it";
            self.report("swallowed-branch", span, message, help);
        } else if arms == 1 {
            let message = "this condition always holds here".to_owned();
            let help = "leave it out, or say what else may be";
            self.report("always-holds", self.span(last), message, help);
        }
    }

    fn step_span(&self, step: &Step) -> Span {
        let span = self.checked.spans.get(step.node.0 as usize);
        span.copied().unwrap_or_default()
    }

    fn match_step(
        &mut self,
        step: &Step,
        value: &'j Expr,
        arms: &'j [(Vec<Pat>, Vec<Step>)],
    ) -> bool {
        let mut ends = Vec::new();
        for (place, (pats, steps)) in arms.iter().enumerate() {
            let at_arm = self.facts.clone();
            if self.arm_is_dead(value, arms, place) {
                let words = numbered(place + 1);
                let span = steps
                    .first()
                    .map_or_else(|| self.step_span(step), |first| self.step_span(first));
                let message = format!("no value comes to the {words} arm of this `match` here");
                let help = "remove it, or look at the conditions before the `match`";
                self.report("unreachable-arm", span, message, help);
            } else {
                self.learn(Kind::Fits(value, pats, true));
                if self.steps(steps) {
                    ends.push(std::mem::take(&mut self.facts));
                }
            }
            self.facts = at_arm;
            self.learn(Kind::Fits(value, pats, false));
        }
        self.join(ends)
    }

    /// Whether the path leaves nothing of an arm. What patterns alone leave nothing of, the types have said.
    fn arm_is_dead(&self, value: &Expr, arms: &[(Vec<Pat>, Vec<Step>)], place: usize) -> bool {
        let asked = |with_path: bool| {
            let mut translator = self.translator();
            let mut parts = Vec::new();
            if with_path {
                parts.push(self.path(&mut translator));
            }
            let value = translator.sym(value);
            let first = place.saturating_sub(ARMS_MAX);
            for (at, (pats, _)) in arms.iter().enumerate().take(place + 1).skip(first) {
                let Some(fits) = translator.fits(&value, pats) else {
                    return Verdict::NotDecided;
                };
                parts.push(if at == place { fits } else { fits.negated() });
            }
            ask(&mut translator, Formula::all(parts))
        };
        asked(true) == Verdict::Never && asked(false) != Verdict::Never
    }

    fn send(&mut self, step: &'j Step, send: &'j Send) -> bool {
        let message = self.reads.message(send.message);
        let purpose = message.map(|message| message.purpose);
        let rule = purpose.and_then(|purpose| self.reads.purpose(purpose));
        let asks = rule.is_some_and(|purpose| purpose.consent == ConsentRule::OptIn);
        let all = !send.channels.is_empty();
        if all && send.channels.iter().all(|c| self.nowhere(*c)) {
            let message = "nobody on this path has an address for it".to_owned();
            let help = "the conditions before it leave only people whose address is unknown";
            self.report("never-sent", self.step_span(step), message, help);
        } else if let (true, true, Some(purpose)) = (all, asks, purpose) {
            let refused = |channel: &ChannelId| {
                let mut translator = self.translator();
                let path = self.path(&mut translator);
                let consent = translator.consent_to(purpose, *channel);
                path != Formula::True && ask(&mut translator, path.and(consent)) == Verdict::Never
            };
            if send.channels.iter().all(refused) {
                let message = "nobody on this path has agreed to it".to_owned();
                let help = "the conditions before it leave only people without consent";
                self.report("never-sent", self.step_span(step), message, help);
            }
        }
        // it may be held back for hours, and what comes after runs then
        self.person_changes();
        for local in send.reason.iter().chain(&send.channel) {
            self.written(*local);
        }
        self.blocks(&[&send.otherwise, &[]])
    }

    /// Whether nobody on the path has an address on a channel.
    fn nowhere(&self, channel: ChannelId) -> bool {
        let Some(to) = self.reads.channel(channel).and_then(|c| c.to.as_ref()) else {
            return false;
        };
        let mut translator = self.translator();
        let path = self.path(&mut translator);
        let known = translator.sym(to).known;
        path != Formula::True && ask(&mut translator, path.and(known)) == Verdict::Never
    }
}

const NEVER: &str =
    "no person and no event make it true: its parts, or the conditions before it, exclude it";

fn numbered(n: usize) -> String {
    match n {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        _ => format!("{n}th"),
    }
}

/// `true` and `false`, or a constant's name: said on purpose.
fn constant(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Value(_))
}

/// The condition of an entry's `where`, read of `entry`.
fn as_entry(e: &Expr) -> Expr {
    fn turn(e: &mut Expr) {
        if matches!(e.kind, ExprKind::Event) {
            e.kind = ExprKind::Entry;
        }
        walk::children_mut(e, &mut turn);
    }
    let mut e = e.clone();
    turn(&mut e);
    e
}

/// Whether it reads the person or the clock: what may be another after a wait.
fn reads_person(e: &Expr) -> bool {
    let mut found = false;
    walk::every(e, &mut |inner| {
        found |= !matches!(
            inner.kind,
            ExprKind::Value(_)
                | ExprKind::Entry
                | ExprKind::Local(_)
                | ExprKind::Field(..)
                | ExprKind::Narrow(_)
                | ExprKind::Some(_)
                | ExprKind::Known(_)
                | ExprKind::Not(_)
                | ExprKind::And(..)
                | ExprKind::Or(..)
                | ExprKind::Else(..)
                | ExprKind::Compare(..)
                | ExprKind::Contains(..)
                | ExprKind::StartsWith(..)
                | ExprKind::EndsWith(..)
                | ExprKind::Matches(..)
                | ExprKind::In(..)
                | ExprKind::Between(..)
                | ExprKind::Neg(_)
                | ExprKind::Widen(_)
                | ExprKind::Arith(..)
        );
    });
    found
}

fn locals_of(e: &Expr) -> BTreeSet<u32> {
    let mut locals = BTreeSet::new();
    walk::every(e, &mut |inner| {
        if let ExprKind::Local(local) = inner.kind {
            locals.insert(local.0);
        }
    });
    locals
}
