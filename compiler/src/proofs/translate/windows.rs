//! Windows of histories: which lie in which, whatever the instant. Panes let go early, so of one length the one in
//! panes lies in the exact one; calendar windows and windows by length are compared only among themselves.

use crate::hir::Window;

pub(super) const DAY_MS: i64 = 86_400_000;

/// A window, and whether it keeps instants themselves (0) or panes of this length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) window: Window,
    pub(super) pane_ms: i64,
}

/// The windows that lie in each other, the smallest first: as many as there are in order of length.
pub(super) fn chain(windows: &[Seen]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.sort_by_key(|at| windows.get(*at).map(rank));
    let mut chain: Vec<usize> = Vec::new();
    for at in order {
        let fits = match (
            chain.last().and_then(|last| windows.get(*last)),
            windows.get(at),
        ) {
            (Some(inside), Some(outside)) => lies_in(inside, outside),
            (None, Some(first)) => {
                length_ms(&first.window).is_some() || first.window == Window::Ever
            }
            (_, None) => false,
        };
        if fits {
            chain.push(at);
        }
    }
    chain
}

fn rank(seen: &Seen) -> (i64, i64) {
    // of one length, the one in panes lies in the exact one
    (length_ms(&seen.window).unwrap_or(i64::MAX), -seen.pane_ms)
}

pub(super) fn length_ms(window: &Window) -> Option<i64> {
    match window {
        Window::Last(ms) => Some(*ms),
        Window::LastSpan(span) => {
            Some(i64::from(span.months) * 30 * DAY_MS + i64::from(span.days) * DAY_MS)
        }
        Window::Ever
        | Window::ThisDay
        | Window::ThisWeek
        | Window::ThisMonth
        | Window::SinceEnter
        | Window::SinceStep(_)
        | Window::Since(_)
        | Window::SinceField(_) => None,
    }
}

/// Whether whatever the one takes in, the other does, at every instant.
pub(super) fn lies_in(inside: &Seen, outside: &Seen) -> bool {
    match (&inside.window, &outside.window) {
        (_, Window::Ever) => true,
        (Window::Last(a), Window::Last(b)) => {
            let exact = outside.pane_ms == 0;
            (a <= b && (exact || inside.pane_ms == outside.pane_ms)) || b - a >= outside.pane_ms
        }
        (Window::LastSpan(a), Window::LastSpan(b)) => {
            let same = (inside.pane_ms == 0) == (outside.pane_ms == 0);
            same && a.months <= b.months && a.days <= b.days
        }
        (Window::ThisDay, Window::ThisWeek | Window::ThisMonth) => true,
        (Window::Since(a), Window::Since(b)) => a >= b,
        (a, b) => a == b,
    }
}
