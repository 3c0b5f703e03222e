//! Audiences that nobody can be in, or everybody is in: the first is a mistake, the second is no audience.

use super::formula::Formula;
use super::reads::Reads;
use super::translate::{Translator, View};
use super::{Verdict, ask, not_decided};
use crate::hir::{Audience, Expr, ExprKind};
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_grammar::tree::Span;

/// What is proved of an audience.
pub fn prove(reads: &Reads<'_>, audience: &Audience, checked: &Checked, out: &mut Vec<Problem>) {
    let predicate = &audience.predicate;
    if said_on_purpose(reads, predicate) {
        return;
    }
    let span = span_of(checked, predicate);
    match who(reads, predicate, true) {
        Verdict::Never => out.push(
            Problem::new(
                "empty-audience",
                span,
                format!("nobody can ever be in `{}`", audience.name),
            )
            .help("its parts exclude each other: no person meets all of them"),
        ),
        Verdict::NotDecided => out.push(not_decided(
            span,
            &format!("whether anybody can be in `{}`", audience.name),
        )),
        Verdict::For(_) | Verdict::Perhaps(_) => {
            if who(reads, predicate, false) == Verdict::Never {
                out.push(
                    Problem::new(
                        "universal-audience",
                        span,
                        format!("everybody is always in `{}`", audience.name),
                    )
                    .help("its parts leave nobody out; where all are meant, say `true`"),
                );
            }
        }
    }
}

/// `true`, `false`, or the name of an audience that is one of them.
fn said_on_purpose(reads: &Reads<'_>, predicate: &Expr) -> bool {
    let mut at = Some(predicate);
    // no chain of names is longer, and a circle has an end
    for _ in 0..64 {
        match at.map(|e| &e.kind) {
            Some(ExprKind::Value(_)) => return true,
            Some(ExprKind::InAudience(id)) => at = reads.audience(*id),
            Some(_) | None => return false,
        }
    }
    true
}

/// A person for whom a predicate is true, or for whom it is false.
pub fn who(reads: &Reads<'_>, predicate: &Expr, truth: bool) -> Verdict {
    let mut translator = Translator::new(reads);
    let formula = translator.condition(predicate);
    let question = if truth { formula } else { formula.negated() };
    let verdict = ask(&mut translator, question);
    // A fault makes a predicate false: a formula that always holds does not say that it does.
    if verdict == Verdict::Never && !truth && translator.may_fault {
        return Verdict::NotDecided;
    }
    verdict
}

/// A person in the one and not in the other; `Never`: whoever is in the one is in the other.
pub fn one_not_other(reads: &Reads<'_>, one: &Expr, other: &Expr) -> Verdict {
    let mut translator = Translator::new(reads);
    let one = translator.condition(one);
    translator.may_fault = false;
    let other = translator.condition(other);
    let faults = translator.may_fault;
    match ask(&mut translator, one.and(other.negated())) {
        Verdict::Never if faults => Verdict::NotDecided,
        verdict => verdict,
    }
}

/// A person in both; `Never`: they exclude each other.
pub fn both(reads: &Reads<'_>, one: &Expr, other: &Expr) -> Verdict {
    let mut translator = Translator::new(reads);
    let formula: Formula = translator.condition(one).and(translator.condition(other));
    ask(&mut translator, formula)
}

/// Where an expression stands in its declaration.
pub(super) fn span_of(checked: &Checked, e: &Expr) -> Span {
    let span = checked.spans.get(e.node.0 as usize);
    span.copied().unwrap_or_default()
}
