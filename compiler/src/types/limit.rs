//! Limits and holdouts, of a channel and of the whole program: the most messages that a person gets.

use super::decl::Piece;
use super::{Checker, Problem};
use crate::diagnostics::words;
use crate::hir::Limit;
use journey_grammar::tree::{HoldoutDecl, LimitDecl, LimitWindow as Window};
use journey_program::plan::LimitWindow;

impl Checker<'_> {
    pub(crate) fn limit_decl(&mut self, decl: &LimitDecl) -> Piece {
        self.report(words::not_yet(decl.span, "`limit` of its own"));
        Piece::Nothing
    }

    pub(crate) fn holdout_decl(&mut self, decl: &HoldoutDecl) -> Piece {
        self.report(words::not_yet(
            decl.name.span,
            "`holdout` of the whole program",
        ));
        Piece::Nothing
    }

    pub(crate) fn limit(&mut self, limit: &LimitDecl) -> Option<Limit> {
        for (there, what) in [
            (limit.per.is_some(), "`limit … per FIELD`"),
            (!limit.across.is_empty(), "`limit … across`"),
            (limit.overall, "`limit … overall`"),
            (!limit.tags.is_empty(), "`limit … for tagged`"),
            (limit.wait, "`limit … else wait`"),
        ] {
            if there {
                self.report(words::not_yet(limit.span, what));
            }
        }
        let count = self.count(&limit.count, 1);
        let purposes = self.purposes(&limit.purposes);
        let window = match &limit.window {
            Window::Rolling(duration) => {
                let ms = self.duration_ms(duration)?;
                if ms <= 0 {
                    let message = "a limit's window is longer than nothing";
                    self.report(Problem::new("out-of-range", duration.span, message));
                }
                LimitWindow::Rolling(ms)
            }
            Window::Calendar(unit) => match unit.text.as_str() {
                "day" => LimitWindow::Day,
                "week" => LimitWindow::Week,
                "month" => LimitWindow::Month,
                "" => return None,
                _ => {
                    let known = ["day", "week", "month"];
                    self.report(words::unknown_name(unit, "calendar window", known));
                    return None;
                }
            },
        };
        Some(Limit {
            count: count?,
            window,
            purposes,
        })
    }
}
