//! Offers that nobody can ever be eligible for, by their own condition or together with their groups', and
//! conditions that leave nobody out.

use super::audiences::{one_not_other, said_on_purpose, span_of, who};
use super::formula::Formula;
use super::reads::Reads;
use super::translate::Translator;
use super::{Verdict, ask, not_decided};
use crate::hir::{Decision, Expr, ExprKind, Offer, OfferGroup};
use crate::types::Problem;
use crate::types::decl::Checked;
use journey_grammar::tree::Span;

/// What is proved of an offer; `name` is where its name stands.
pub fn of_offer(
    reads: &Reads<'_>,
    offer: &Offer,
    checked: &Checked,
    name: Span,
    out: &mut Vec<Problem>,
) {
    if let Some(eligible) = &offer.rules.eligible
        && !alone(reads, eligible, checked, &offer.name, out)
    {
        return;
    }
    implied(reads, offer, checked, out);
    let mut translator = Translator::new(reads);
    let mut parts = Vec::new();
    let own = offer.rules.eligible.iter();
    let groups = offer.groups.iter().filter_map(|id| reads.group(*id));
    for eligible in own.chain(groups.filter_map(|group| group.rules.eligible.as_ref())) {
        parts.push(translator.predicate(eligible));
    }
    if parts.len() > 1 && ask(&mut translator, Formula::all(parts)) == Verdict::Never {
        let message = format!("nobody is ever eligible for `{}`", offer.name);
        let at = offer.rules.eligible.as_ref();
        let problem = Problem::new(
            "never-eligible",
            at.map_or(name, |eligible| span_of(checked, eligible)),
            message,
        )
        .help("its condition and those of its groups exclude each other");
        out.push(problem);
    }
}

/// Whoever a group lets through passes the offer's own condition.
fn implied(reads: &Reads<'_>, offer: &Offer, checked: &Checked, out: &mut Vec<Problem>) {
    let Some(own) = &offer.rules.eligible else {
        return;
    };
    if said_on_purpose(reads, own) || who(reads, own, false) == Verdict::Never {
        return;
    }
    for group in offer.groups.iter().filter_map(|id| reads.group(*id)) {
        let Some(theirs) = &group.rules.eligible else {
            continue;
        };
        let some = who(reads, theirs, true) != Verdict::Never;
        if some && one_not_other(reads, theirs, own) == Verdict::Never {
            let message = format!(
                "whoever `{}` lets through is eligible for `{}` anyway",
                group.name, offer.name
            );
            let problem = Problem::new("implied-eligibility", span_of(checked, own), message);
            out.push(problem.help("leave the offer's own condition out, or say what it adds"));
            return;
        }
    }
}

pub fn of_group(reads: &Reads<'_>, group: &OfferGroup, checked: &Checked, out: &mut Vec<Problem>) {
    if let Some(eligible) = &group.rules.eligible {
        alone(reads, eligible, checked, &group.name, out);
    }
}

/// `only when` may read the decision's arguments.
pub fn of_decision(
    reads: &Reads<'_>,
    decision: &Decision,
    checked: &Checked,
    out: &mut Vec<Problem>,
) {
    let Some(only) = &decision.only else {
        return;
    };
    let ask_with = |offer: Option<&Expr>| {
        let mut translator = Translator::new(reads);
        translator.locals = decision
            .locals
            .iter()
            .map(|local| local.ty.clone())
            .collect();
        let formula = translator.predicate(only);
        let eligible = offer.map_or(Formula::True, |e| translator.predicate(e));
        ask(&mut translator, formula.and(eligible))
    };
    if !matches!(only.kind, ExprKind::Value(_)) && ask_with(None) == Verdict::Never {
        let message = format!(
            "`only when` never holds, so `{}` gives nothing",
            decision.name
        );
        let problem = Problem::new("never-holds", span_of(checked, only), message);
        out.push(problem.help("its parts exclude each other"));
        return;
    }
    for candidate in &decision.candidates {
        let Some(offer) = reads.offer(candidate.offer) else {
            continue;
        };
        let eligible = offer.rules.eligible.as_ref();
        if let Some(eligible) = eligible
            && ask_with(Some(eligible)) == Verdict::Never
            && who(reads, eligible, true) != Verdict::Never
        {
            let message = format!(
                "`{}` never gives `{}`: whoever passes `only when` is not eligible for it",
                decision.name, offer.name
            );
            let problem = Problem::new("never-eligible", span_of(checked, only), message);
            out.push(problem.help("take the offer out of `among`, or mend one of the conditions"));
        }
    }
}

/// A condition of eligibility; false: nobody meets it.
fn alone(
    reads: &Reads<'_>,
    eligible: &Expr,
    checked: &Checked,
    name: &str,
    out: &mut Vec<Problem>,
) -> bool {
    if said_on_purpose(reads, eligible) {
        return true;
    }
    let span = span_of(checked, eligible);
    match who(reads, eligible, true) {
        Verdict::Never => {
            let message = format!("nobody is ever eligible for `{name}`");
            let problem = Problem::new("never-eligible", span, message);
            out.push(problem.help("its parts exclude each other: no person meets all of them"));
            return false;
        }
        Verdict::NotDecided => {
            let what = format!("whether anybody is eligible for `{name}`");
            out.push(not_decided(span, &what));
        }
        Verdict::For(_) | Verdict::Perhaps(_) => {
            if who(reads, eligible, false) == Verdict::Never {
                let message = format!("everybody is always eligible for `{name}`");
                let problem = Problem::new("always-eligible", span, message);
                out.push(problem.help("its parts leave nobody out; leave the condition out"));
            }
        }
    }
    true
}
