//! `deploy` in tests: which version runs from here on. Each version checks the lines that it runs.

use super::{Progress, Tree};
use crate::hir::{TestLine, TestLineKind, When};
use crate::types::Checker;
use journey_grammar::tree::{Deploy, Expr, ExprKind, Happening, TestLine as Line, TextPart};
use journey_program::types::Value;

/// The deployment that a line is.
pub(crate) fn deploy_of(line: &Line) -> Option<&Deploy> {
    match &line.kind {
        Tree::Deploy(deploy)
        | Tree::Start(Happening::Deploy(deploy))
        | Tree::At {
            what: Some(Happening::Deploy(deploy)),
            ..
        }
        | Tree::After {
            what: Some(Happening::Deploy(deploy)),
            ..
        } => Some(deploy),
        _ => None,
    }
}

/// The folder of the version that a deployment names.
pub(crate) fn folder_of(deploy: &Deploy) -> Option<&str> {
    match deploy {
        Deploy::From { folder, .. } => literal(folder),
        Deploy::This | Deploy::Broken => None,
    }
}

/// A text that has nothing to fill in.
pub(crate) fn literal(text: &Expr) -> Option<&str> {
    let ExprKind::Text(parts) = &text.kind else {
        return None;
    };
    match parts.as_slice() {
        [TextPart::Text(text)] => Some(text),
        _ => None,
    }
}

impl Checker<'_> {
    pub(super) fn deploy_line(&mut self, line: &Line, deploy: &Deploy, test: &mut Progress) {
        let time = match &line.kind {
            Tree::At { time, .. } => self.instant(time).map(When::At),
            Tree::After { delay, .. } => match self.constant(delay, None) {
                Some((_, Value::Duration(ms))) => Some(When::After(ms)),
                Some((_, Value::Span(span))) => Some(When::AfterSpan(span)),
                _ => None,
            },
            _ => None,
        };
        test.begun |= time.is_some();
        test.running = folder_of(deploy).map(str::to_owned);
        let node = self.node(line.span);
        test.lines.push(TestLine {
            node,
            who: None,
            kind: TestLineKind::Deploy {
                time,
                folder: test.running.clone(),
            },
        });
    }

    /// A line that another version runs, which checks it: here it only says who there is.
    pub(super) fn line_of_another(&mut self, line: &Line, test: &mut Progress) {
        let (problems, lines) = (self.problems.len(), test.lines.len());
        if matches!(line.kind, Tree::Person { .. } | Tree::People { .. }) {
            self.test_line(line, test);
        }
        test.begun |= matches!(
            line.kind,
            Tree::At { .. } | Tree::After { .. } | Tree::Until(_)
        );
        self.problems.truncate(problems);
        test.lines.truncate(lines);
    }
}
