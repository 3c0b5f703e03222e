//! Filters that let some event through whoever the person is: a history with such a filter may count any number,
//! as long as nothing else is asked of its events. Parts of a filter are about the event alone, or tie one of its
//! fields to something outside of it.

use super::Translator;
use super::histories::{reads_path, reads_profile};
use super::paths::path_of;
use crate::hir::{CompareOp, Expr, ExprKind, History};
use crate::proofs::vars::Root;
use crate::proofs::{Verdict, ask};
use journey_program::types::{EventId, Type};

impl Translator<'_> {
    /// Whether some event passes each filter of a history, and the tie to its outer value.
    pub(super) fn lets_some_through(&self, history: &History) -> bool {
        let mut tied = Vec::new();
        tied.extend(history.keyed.as_ref().map(|(path, _)| path.clone()));
        let sequence = history.sequence.as_ref();
        self.passes(history.event, history.filter.as_ref(), tied)
            && sequence.is_none_or(|s| self.passes(s.event, s.filter.as_ref(), Vec::new()))
    }

    fn passes(&self, event: EventId, filter: Option<&Expr>, mut tied: Vec<Vec<u32>>) -> bool {
        let mut alone = Vec::new();
        let mut parts: Vec<&Expr> = filter.into_iter().collect();
        while let Some(part) = parts.pop() {
            match &part.kind {
                ExprKind::And(a, b) => parts.extend([&**a, &**b]),
                ExprKind::Compare(CompareOp::Eq, a, b) if reads_profile(part) => {
                    let Some(path) = tie(a, b).or_else(|| tie(b, a)) else {
                        return false;
                    };
                    if tied.contains(&path) {
                        return false;
                    }
                    tied.push(path);
                }
                _ if reads_profile(part) => return false,
                _ => alone.push(part),
            }
        }
        if alone
            .iter()
            .any(|part| tied.iter().any(|path| reads_path(part, path)))
        {
            return false;
        }
        let mut inner = Translator::new(self.view);
        let record = self.view.world().events.get(event.index());
        inner.event = record.map(|event| Type::Record(event.record));
        let all = alone
            .into_iter()
            .map(|part| inner.predicate(part))
            .collect();
        let question = crate::proofs::formula::Formula::all(all);
        matches!(ask(&mut inner, question), Verdict::For(_))
    }
}

/// The path of the event's field that must equal something outside of the event, of the same values.
fn tie(field: &Expr, outer: &Expr) -> Option<Vec<u32>> {
    let Some((Root::Event, path)) = path_of(field) else {
        return None;
    };
    let mut inside = false;
    crate::lower::walk::every(outer, &mut |e| inside |= matches!(e.kind, ExprKind::Event));
    let whole = matches!(
        field.ty,
        Type::Text
            | Type::Bool
            | Type::Int
            | Type::Enum(_)
            | Type::Date
            | Type::Time
            | Type::Timezone
    );
    (whole && !inside && field.ty == outer.ty).then_some(path)
}
