//! What belongs to nobody: where a broadcast may stand, and what its histories and the `where` of an entry by
//! it may read.

use super::watched::children;
use super::{Checker, Place, Problem};
use crate::hir::{self, ExprKind as Hir};
use journey_grammar::tree::{Expr, ExprKind, Span, Take};
use journey_program::types::{EventId, Type};

impl Checker<'_> {
    pub(crate) fn is_broadcast(&self, event: EventId) -> bool {
        let sig = self.world.events.get(event.index());
        sig.is_some_and(|sig| sig.broadcast)
    }

    /// Reports a broadcast where an event of a person is due. True: it is one.
    pub(crate) fn not_a_broadcast(&mut self, event: EventId, span: Span, why: &str) -> bool {
        if !self.is_broadcast(event) {
            return false;
        }
        let name = self.world.events.get(event.index());
        let name = name.map_or("", |sig| sig.name.as_str());
        self.report(
            Problem::new(
                "belongs-to-nobody",
                span,
                format!("`{name}` is a broadcast: {why}"),
            )
            .help("a broadcast may begin, end and be waited for in journeys, and its history be asked"),
        );
        true
    }

    /// A sequence of a broadcast and a person's event.
    pub(crate) fn report_mixed(&mut self, span: Span) {
        let message = "a sequence is of one person's events, or of broadcasts";
        self.report(
            Problem::new("belongs-to-nobody", span, message)
                .help("one of the two belongs to nobody, the other to a person"),
        );
    }

    /// What a filter of everyone's history reads of one person.
    pub(crate) fn reads_nobody(&mut self, filter: &hir::Expr) {
        let mut todo = vec![filter];
        while let Some(e) = todo.pop() {
            let what = match &e.kind {
                Hir::Profile(_) | Hir::Computed(_) => "profile",
                Hir::Consent(..) => "consent",
                Hir::Muted(_) => "muted",
                Hir::InAudience(_) => "an audience",
                Hir::Today | Hir::YearsSince(_) => "today",
                _ => {
                    todo.extend(children(e));
                    continue;
                }
            };
            let span = usize::try_from(e.node.0).ok();
            let span = span.and_then(|at| self.spans.get(at)).copied();
            let message =
                format!("a broadcast belongs to nobody, so its `where` can't read {what}");
            self.report(
                Problem::new("history-reads-outer", span.unwrap_or_default(), message)
                    .help("a value of the profile may only stand as `FIELD == profile.x`, once"),
            );
        }
    }

    /// `take N by MODEL`: how many, and by what they are ranked.
    pub(crate) fn take(&mut self, take: &Take, event: EventId) -> Option<hir::Take> {
        if !self.is_broadcast(event) {
            let message = "`take` limits whom a broadcast leads in";
            self.report(
                Problem::new("misplaced", take.span, message)
                    .help("an event of a person leads in that person alone"),
            );
        }
        self.snapshot = true;
        let before = std::mem::replace(&mut self.place, Place::Where { event });
        let count = self.expr_as(&take.count, &Type::Int);
        self.snapshot = false;
        self.place = Place::Profile { watched: false };
        let by = take.by.as_ref().filter(|by| !by.is_missing());
        let by = by.map(|name| {
            let path = Expr {
                kind: ExprKind::Path(vec![name.clone()]),
                span: name.span,
            };
            let score = self.expr(&path, None);
            let ty = score.ty.known().base();
            if !matches!(ty, Type::Int | Type::Number | Type::Money(_) | Type::Error) {
                self.report_type("people are ranked by a number", &score.ty, name.span);
            }
            score
        });
        self.place = before;
        self.one_for_all(&count);
        Some(hir::Take { count, by })
    }

    /// How many are taken is one number for all.
    fn one_for_all(&mut self, count: &hir::Expr) {
        let mut todo = vec![count];
        while let Some(e) = todo.pop() {
            let of_one = matches!(
                e.kind,
                Hir::Profile(_)
                    | Hir::Computed(_)
                    | Hir::Consent(..)
                    | Hir::Muted(_)
                    | Hir::InAudience(_)
                    | Hir::History(_)
            );
            if of_one {
                let span = usize::try_from(e.node.0).ok();
                let span = span.and_then(|at| self.spans.get(at)).copied();
                let message = "how many are taken is one number for all, this is a person's own";
                self.report(
                    Problem::new("belongs-to-nobody", span.unwrap_or_default(), message)
                        .help("a field of the broadcast or a constant stands here"),
                );
                return;
            }
            todo.extend(children(e));
        }
    }

    /// The `where` of an `enter on BROADCAST`: over everyone at one instant, so it may ask histories.
    pub(crate) fn snapshot_filter(&mut self, event: EventId, filter: &Expr) -> hir::Expr {
        self.snapshot = true;
        let before = std::mem::replace(&mut self.place, Place::Where { event });
        let checked = self.condition(filter);
        self.place = before;
        self.snapshot = false;
        self.solvable(&checked);
        checked
    }
}
