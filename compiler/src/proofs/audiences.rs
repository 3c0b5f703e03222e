//! Audiences that nobody can be in, or everybody is in: the first is a mistake, the second is no audience.

use super::formula::Formula;
use super::reads::Reads;
use super::translate::{Translator, View};
use super::{Verdict, ask, not_decided};
use crate::hir::{Audience, Expr, ExprKind};
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_grammar::tree::Span;
use journey_program::types::Type;

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
pub(super) fn said_on_purpose(reads: &Reads<'_>, predicate: &Expr) -> bool {
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
    who_among(reads, &[], predicate, truth)
}

/// The same where the predicate reads arguments of these types.
pub(super) fn who_among(
    reads: &Reads<'_>,
    locals: &[Type],
    predicate: &Expr,
    truth: bool,
) -> Verdict {
    decided(reads, locals, &|translator| {
        let formula = translator.predicate(predicate);
        if truth { formula } else { formula.negated() }
    })
}

/// A person in the one and not in the other; `Never`: whoever is in the one is in the other.
pub fn one_not_other(reads: &Reads<'_>, one: &Expr, other: &Expr) -> Verdict {
    decided(reads, &[], &|translator| {
        let (one, other) = (translator.predicate(one), translator.predicate(other));
        one.and(other.negated())
    })
}

/// A person in both; `Never`: they exclude each other.
pub fn both(reads: &Reads<'_>, one: &Expr, other: &Expr) -> Verdict {
    decided(reads, &[], &|translator| {
        let (one, other) = (translator.predicate(one), translator.predicate(other));
        one.and(other)
    })
}

/// Whether a question holds for somebody at any instant; where that is open, at one instant.
fn decided(
    reads: &Reads<'_>,
    locals: &[Type],
    question: &dyn Fn(&mut Translator<'_>) -> Formula,
) -> Verdict {
    let asked = |noon: bool| {
        let mut translator = Translator::new(reads);
        translator.locals = locals.to_vec();
        if noon {
            translator.at_noon();
        }
        let question = question(&mut translator);
        let mut verdict = ask(&mut translator, question);
        if let (true, Verdict::For(person)) = (translator.is_noon(), &mut verdict) {
            person.now = translator.noon.map(|(now, _)| now);
        }
        (verdict, translator.is_noon())
    };
    match asked(false).0 {
        open @ (Verdict::Perhaps(_) | Verdict::NotDecided) => match asked(true) {
            (Verdict::For(person), true) => Verdict::For(person),
            _ => open,
        },
        verdict => verdict,
    }
}

/// Where an expression stands in its declaration.
pub(super) fn span_of(checked: &Checked, e: &Expr) -> Span {
    let span = checked.spans.get(e.node.0 as usize);
    span.copied().unwrap_or_default()
}
