//! The `where` of a history. It reads the event and the profile as it was; a value from outside may stand
//! only as `FIELD == outer`, and then the history is kept per value of that field.

use super::facts::{bare, chain};
use super::{Checker, Place, Problem};
use crate::hir::{self, ExprKind as Hir};
use journey_grammar::tree::{BinaryOp, Expr, ExprKind, Name};
use journey_program::types::{EventId, Type};

#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) filter: Option<hir::Expr>,
    pub(crate) keyed: Option<(Vec<u32>, hir::Expr)>,
}

impl Checker<'_> {
    pub(crate) fn history_filter(&mut self, filter: Option<&Expr>, event: EventId) -> Filter {
        let Some(filter) = filter else {
            return Filter::default();
        };
        let outside = std::mem::replace(&mut self.place, Place::HistoryWhere { event });
        // what is known now says nothing of the profile as it was
        let known = std::mem::take(&mut self.scope.known);
        // a single condition keeps its parentheses: they say where a query in it ends
        let conjuncts = match chain(BinaryOp::And, bare(filter)) {
            several if several.len() > 1 => several,
            _ => vec![filter],
        };
        let mut checked = Vec::new();
        let mut keyed = None;
        for conjunct in conjuncts {
            match self.outer_equality(conjunct) {
                Some((field, outer)) if keyed.is_none() => {
                    keyed = self.key(field, outer, &outside, &known);
                }
                Some((_, outer)) => self.report(
                    Problem::new(
                        "history-reads-outer",
                        outer.span,
                        "a history compares one value from outside, not two",
                    )
                    .help("compare it where the history is used, or ask one of the two"),
                ),
                None => {
                    checked.push(self.bool_operand(conjunct));
                    self.assume(conjunct, true);
                }
            }
        }
        if self.of_nobody {
            checked.iter().for_each(|filter| self.reads_nobody(filter));
        }
        let filter = if checked.is_empty() {
            None
        } else {
            Some(self.combine(true, checked, filter.span))
        };
        self.place = outside;
        self.scope.known = known;
        Filter { filter, keyed }
    }

    /// `FIELD == outer`, either way round: the event's side, the other side.
    fn outer_equality<'e>(&self, conjunct: &'e Expr) -> Option<(&'e Expr, &'e Expr)> {
        let ExprKind::Binary(BinaryOp::Eq, left, right) = &bare(conjunct).kind else {
            return None;
        };
        match (self.reads_outer(left), self.reads_outer(right)) {
            (false, true) => Some((left, right)),
            (true, false) => Some((right, left)),
            (true, true) | (false, false) => None,
        }
    }

    fn key(
        &mut self,
        field: &Expr,
        outer: &Expr,
        outside: &Place,
        known_outside: &[Vec<String>],
    ) -> Option<(Vec<u32>, hir::Expr)> {
        let mut reads_event = None;
        each_path(outer, &mut |names| {
            let event = names.first().is_some_and(|n| n.text == "event");
            if (event && names.len() > 1) || (self.is_event_field(names) && !self.is_outer(names)) {
                reads_event = names.first().map(|n| n.text.clone());
            }
        });
        if let Some(name) = reads_event {
            self.report(
                Problem::new(
                    "history-reads-outer",
                    outer.span,
                    format!("`{name}` is the event's, and stands beside a value from outside"),
                )
                .help("only `FIELD == value` may compare the event with what is outside"),
            );
            return None;
        }
        let side = self.operand(field, None);
        let side = self.need_known(field, side, None);
        let due = side.ty.clone();
        let inside = std::mem::replace(&mut self.place, outside.clone());
        let of_nobody = std::mem::replace(&mut self.of_nobody, false);
        let facts = std::mem::replace(&mut self.scope.known, known_outside.to_vec());
        let value = self.operand(outer, Some(&due));
        let value = self.fit(outer, value, &due, None);
        self.place = inside;
        self.of_nobody = of_nobody;
        self.scope.known = facts;
        if due == Type::Error || value.ty == Type::Error {
            return None;
        }
        let Some(path) = event_path(&side) else {
            self.report(
                Problem::new(
                    "history-reads-outer",
                    field.span,
                    "this side has to be a field of the event",
                )
                .help("only `FIELD == value` may compare the event with what is outside"),
            );
            return None;
        };
        if !is_key(&due) {
            self.report_type(
                "a history is kept per text, int, enum, bool or day",
                &due,
                field.span,
            );
            return None;
        }
        Some((path, value))
    }

    fn reads_outer(&self, e: &Expr) -> bool {
        let mut found = false;
        each_path(e, &mut |names| found |= self.is_outer(names));
        found
    }

    fn is_event_field(&self, names: &[Name]) -> bool {
        let event = self.event_here();
        names
            .first()
            .is_some_and(|n| event.is_some_and(|e| self.event_field(e, &n.text).is_some()))
    }

    /// A variable, or the entry.
    fn is_outer(&self, names: &[Name]) -> bool {
        let Some(first) = names.first() else {
            return false;
        };
        if first.text == "entry" && self.scope.entry.is_some() {
            return true;
        }
        if first.text == "profile" && names.len() > 1 && self.of_nobody {
            return true;
        }
        if first.text == "offer" && self.candidate.is_some() {
            return true;
        }
        if self.start_parameter(&first.text).is_some() {
            return !self.is_event_field(names);
        }
        match self.local(&first.text) {
            Some((id, _)) => !self.binders.contains(&id) && !self.is_event_field(names),
            None => false,
        }
    }
}

/// The field numbers of a path into the event.
pub(crate) fn event_path(e: &hir::Expr) -> Option<Vec<u32>> {
    let mut path = Vec::new();
    let mut at = e;
    loop {
        match &at.kind {
            Hir::Field(base, field) => {
                path.push(*field);
                at = base;
            }
            Hir::Narrow(inner) => at = inner,
            Hir::Event if !path.is_empty() => {
                path.reverse();
                return Some(path);
            }
            _ => return None,
        }
    }
}

/// What a history can be kept by.
pub(crate) fn is_key(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Text
            | Type::Int
            | Type::Bool
            | Type::Enum(_)
            | Type::Offer(_)
            | Type::Date
            | Type::Time
            | Type::Clock
    )
}

/// Calls for every path in an expression; a history has a scope of its own.
pub(crate) fn each_path<'e>(e: &'e Expr, found: &mut dyn FnMut(&'e [Name])) {
    let mut todo = vec![e];
    while let Some(e) = todo.pop() {
        if let ExprKind::Path(names) = &e.kind {
            found(names);
        }
        todo.extend(e.below());
    }
}
