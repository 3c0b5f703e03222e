//! `decide D = DECISION(args)`: the offer is a variable of the instance.

use super::Walk;
use crate::hir::{self, ExprKind as Hir, LocalId, StepKind};
use crate::types::{Checker, Problem};
use crate::world::Entity;
use journey_grammar::tree::{Arg, Name, Span};
use journey_program::types::Type;
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn decide(
        &mut self,
        name: &Name,
        decision: &Name,
        args: &[Arg],
        span: Span,
        walk: &mut Walk,
    ) -> Option<StepKind> {
        let id = self.resolve(decision, "a decision", |e| match e {
            Entity::Decision(id) => Some(*id),
            _ => None,
        });
        let sig = id.and_then(|id| self.world.decisions.get(id.index()));
        let Some((id, sig)) = id.zip(sig) else {
            for arg in args {
                self.expr(&arg.value, Some(&Type::Error));
            }
            self.set_here(name, Type::Error, walk);
            return None;
        };
        if walk.exit {
            let problem = Problem::new("misplaced", span, "nothing is decided on the way out");
            self.report(problem.help("a place that it takes would be given back at once"));
        }
        let args = self.arguments(&sig.name, &sig.params, args, span);
        let step = self.named_step(walk, None, "decide", span, None);
        if let Some(named) = walk.named.last_mut() {
            named.name.clone_from(&name.text);
        }
        let local = self.set_here(name, sig.result.clone(), walk)?;
        walk.decided.insert(local);
        Some(StepKind::Decide {
            step,
            local,
            decision: id,
            args: args?,
        })
    }
}

/// The decided variables among a send's arguments.
pub(super) fn shown(args: &[hir::Expr], decided: &BTreeSet<LocalId>) -> Vec<LocalId> {
    let mut shows: Vec<LocalId> = args
        .iter()
        .filter_map(variable)
        .filter(|local| decided.contains(local))
        .collect();
    shows.sort_unstable();
    shows.dedup();
    shows
}

/// The variable that an argument passes on, whatever is made of its type on the way.
fn variable(e: &hir::Expr) -> Option<LocalId> {
    match &e.kind {
        Hir::Local(local) => Some(*local),
        Hir::Some(inner) | Hir::Narrow(inner) | Hir::Match(inner, _)
            if matches!(e.ty.known(), Type::Offer(_)) =>
        {
            variable(inner)
        }
        Hir::If(_, then, _) if matches!(e.ty.known(), Type::Offer(_)) => variable(then),
        _ => None,
    }
}
