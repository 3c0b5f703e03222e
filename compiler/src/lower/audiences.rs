//! Audiences: all predicates in one function, so that what they share is computed once; and for each what makes
//! it worth another look: histories, other audiences, time.

use super::class::Class;
use super::generate::{Context, Generate};
use super::tables::Tables;
use super::walk;
use crate::hir::{DeclId, Expr, ExprKind};
use journey_program::ir::Ty;
use journey_program::plan::{AudiencePlan, Watch, words_of};
use journey_program::types::{AudienceId, FunctionId, HistoryId};
use std::collections::BTreeSet;

pub(super) fn audiences(tables: &mut Tables<'_>) -> (Vec<AudiencePlan>, Option<FunctionId>) {
    let hir = tables.hir;
    if hir.audiences.is_empty() {
        return (Vec::new(), None);
    }
    let results = vec![Ty::Int; words_of(hir.audiences.len())];
    let context = Context::of(DeclId(0));
    let together = tables.function("audiences".to_owned(), &[], &results, &context, all);
    let faulting = hir
        .audiences
        .iter()
        .any(|audience| tables.class(&audience.predicate) == Class::Faulting);
    let plans = hir
        .audiences
        .iter()
        .map(|audience| {
            let name = format!("audience.{}", audience.name);
            let context = Context::of(audience.decl);
            let predicate =
                faulting.then(|| predicate(tables, name.clone(), &context, &audience.predicate));
            let (histories, audiences) = reads(tables, &audience.predicate);
            AudiencePlan {
                name: audience.name.clone(),
                watch: Watch {
                    predicate,
                    next: tables.next(format!("{name}.next"), &context, &audience.predicate),
                    histories,
                    audiences,
                },
            }
        })
        .collect();
    (plans, Some(together))
}

fn all(g: &mut Generate<'_, '_>) {
    let hir = g.tables.hir;
    for (audience, number) in hir.audiences.iter().zip(0u32..) {
        g.env.decl = audience.decl;
        g.env.audience = Some(number);
        let value = g.bool(&audience.predicate);
        g.env.audiences.push(value);
    }
    let values = std::mem::take(&mut g.env.audiences);
    let words = g.pack(&values);
    g.finish(words);
}

/// () → Bool
pub(super) fn predicate(
    tables: &mut Tables<'_>,
    name: String,
    context: &Context,
    expr: &Expr,
) -> FunctionId {
    tables.function(name, &[], &[Ty::Bool], context, |g| {
        let value = g.bool(expr);
        g.finish(vec![value]);
    })
}

/// The histories and audiences that a predicate reads, through computed fields, functions and other audiences.
pub(super) fn reads(tables: &Tables<'_>, expr: &Expr) -> (Vec<HistoryId>, Vec<AudienceId>) {
    let mut found = Reads {
        tables,
        histories: BTreeSet::new(),
        audiences: BTreeSet::new(),
        computed: BTreeSet::new(),
        functions: BTreeSet::new(),
    };
    found.all_of(expr);
    (
        found.histories.into_iter().collect(),
        found.audiences.into_iter().collect(),
    )
}

struct Reads<'t, 'p> {
    tables: &'t Tables<'p>,
    histories: BTreeSet<HistoryId>,
    audiences: BTreeSet<AudienceId>,
    computed: BTreeSet<u32>,
    functions: BTreeSet<u32>,
}

impl Reads<'_, '_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "few kinds read")]
    fn all_of(&mut self, expr: &Expr) {
        let hir = self.tables.hir;
        let index = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        match &expr.kind {
            ExprKind::History(history) => {
                let found = self.tables.histories.find(history);
                self.histories.extend(found.map(|(id, _)| id));
                // The filter was asked when the event came: only the value asked for is read now.
                if let Some((_, outer)) = &history.keyed {
                    self.all_of(outer);
                }
                return;
            }
            ExprKind::Computed(number) if self.computed.insert(*number) => {
                if let Some(computed) = hir.profile.lets.get(index(*number)) {
                    self.all_of(&computed.value);
                }
            }
            ExprKind::Call(number, _) if self.functions.insert(*number) => {
                if let Some(function) = hir.functions.get(index(*number)) {
                    self.all_of(&function.body);
                }
            }
            ExprKind::InAudience(audience) if self.audiences.insert(*audience) => {
                if let Some(audience) = hir.audiences.get(audience.index()) {
                    self.all_of(&audience.predicate);
                }
            }
            _ => {}
        }
        walk::children(expr, &mut |child| self.all_of(child));
    }
}
