//! `followed by …` and `without …` behind the event of a history, and the `half life` of what decays: what
//! the checker makes of them. A sequence's second event has a `where` of its own, over itself.

use super::keyed::{Filter, is_key};
use super::words::{dotted, type_name};
use super::{Checker, Problem};
use crate::hir::{self, Window};
use journey_grammar::tree::{Aggregate, History, Name, Sequence, Span};
use journey_program::types::EventId;

/// The longest half life: beyond it a score would change by less than a double tells apart in a millisecond.
const HALF_LIFE_MAX: i64 = 3_650 * 86_400_000;

impl Checker<'_> {
    /// None: it is wrong, and that has been said.
    pub(super) fn sequence(
        &mut self,
        sequence: &Sequence,
        first: EventId,
        window: Option<&Window>,
    ) -> Option<hir::Sequence> {
        let word = if sequence.without {
            "without"
        } else {
            "followed by"
        };
        // since an entry or a send an instance remembers what it met: there is a person then
        let own = matches!(window, Some(Window::SinceEnter | Window::SinceStep(_)));
        let (event, used) = self.history_event(&sequence.path)?;
        if let Some(field) = sequence.path.get(used) {
            self.report(
                Problem::new(
                    "bad-query",
                    field.span,
                    format!("`{word}` takes an event, not a field of it"),
                )
                .help("`same FIELD` says in what both agree"),
            );
            return None;
        }
        if !own && self.is_broadcast(event) != self.is_broadcast(first) {
            self.report_mixed(sequence.span);
            return None;
        }
        self.of_nobody = self.is_broadcast(event) && !own;
        let Filter { filter, keyed } = self.history_filter(sequence.filter.as_ref(), event);
        self.of_nobody = false;
        if let (Some(_), Some(filter)) = (keyed, &sequence.filter) {
            let message = "only the first event of a sequence is compared with what is outside";
            self.report(
                Problem::new("history-reads-outer", filter.span, message)
                    .help("`same FIELD` ties the second event to the first"),
            );
            return None;
        }
        let within = match &sequence.within {
            None => None,
            Some(length) => {
                let ms = self.duration_ms(length)?;
                if ms <= 0 {
                    self.report(Problem::new(
                        "empty-range",
                        length.span,
                        "nothing can happen within this time",
                    ));
                    return None;
                }
                Some(ms)
            }
        };
        let same = match &sequence.same {
            None => None,
            Some(path) => Some(self.same(path, first, event)?),
        };
        Some(hir::Sequence {
            without: sequence.without,
            event,
            filter,
            within,
            same,
        })
    }

    /// The field in which both events agree: its path in the first, and in the second.
    fn same(&mut self, path: &[Name], first: EventId, second: EventId) -> Option<[Vec<u32>; 2]> {
        let from = path.first()?.span;
        let span = path.last().map_or(from, |last| from.to(last.span));
        let (ours, ours_ty) = self.history_value(first, path)?;
        let (theirs, theirs_ty) = self.history_value(second, path)?;
        let (one, other) = (ours_ty.known().base(), theirs_ty.known().base());
        if one != other {
            let [one, other] = [&one, &other].map(|ty| type_name(self.world, ty));
            let name = dotted(path);
            let message =
                format!("`{name}` is `{one}` in the first event, `{other}` in the second");
            self.report(Problem::new("type-mismatch", span, message));
            return None;
        }
        if !is_key(&one) {
            let what = "events agree in a text, int, enum, bool or day";
            self.report_type(what, &one, span);
            return None;
        }
        Some([ours, theirs])
    }

    /// The half life in milliseconds; 0 where nothing decays. None: it is wrong, and that has been said.
    pub(super) fn half_life(&mut self, history: &History, span: Span) -> Option<i64> {
        let decays = matches!(
            history.aggregate,
            Aggregate::DecayedSum | Aggregate::DecayedCount
        );
        match (&history.half_life, decays) {
            (None, false) => Some(0),
            (None, true) => {
                self.report(
                    Problem::new("bad-query", span, "what decays has a half life")
                        .help("write `half life 14 days` behind the event"),
                );
                None
            }
            (Some(half), false) => {
                let message = "a half life goes with `decayed sum` and `decayed count` only";
                self.report(Problem::new("bad-query", half.span, message));
                None
            }
            (Some(half), true) => {
                let ms = self.duration_ms(half)?;
                if (1_000..=HALF_LIFE_MAX).contains(&ms) {
                    return Some(ms);
                }
                let message = "a half life lasts from a second to 3650 days";
                self.report(Problem::new("out-of-range", half.span, message));
                None
            }
        }
    }
}
