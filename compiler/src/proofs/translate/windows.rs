//! Windows of histories: which lie in which, whatever the instant. Panes let go early, so of one length the one in
//! panes lies in the exact one; a calendar's day, week and month lie in windows that are surely longer.

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

/// The windows at noon of that Wednesday, the shortest first: as many as have room for an event between them.
pub(super) fn by_length(windows: &[Seen]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.sort_by_key(|at| windows.get(*at).map(rank));
    let (mut chain, mut before) = (Vec::new(), 0);
    for at in order {
        let Some(seen) = windows.get(at) else {
            continue;
        };
        let civil = matches!(seen.window, Window::LastSpan(_));
        let pane_ms = if civil { 3 * DAY_MS } else { seen.pane_ms };
        match length_ms(&seen.window) {
            Some(length) if length - before > 4 * pane_ms + 4 => {
                chain.push(at);
                before = length + pane_ms;
            }
            None if seen.window == Window::Ever => chain.push(at),
            Some(_) | None => {}
        }
    }
    chain
}

fn rank(seen: &Seen) -> (i64, i64) {
    // of one length, the one in panes lies in the exact one
    (length_ms(&seen.window).unwrap_or(i64::MAX), -seen.pane_ms)
}

/// How far a window reaches back; a calendar's at noon of a Wednesday that is the 18th.
pub(super) fn length_ms(window: &Window) -> Option<i64> {
    match window {
        Window::ThisDay => Some(DAY_MS / 2),
        Window::ThisWeek => Some(2 * DAY_MS + DAY_MS / 2),
        Window::ThisMonth => Some(17 * DAY_MS + DAY_MS / 2),
        Window::Last(ms) => Some(*ms),
        Window::LastSpan(span) => {
            Some(i64::from(span.months) * 30 * DAY_MS + i64::from(span.days) * DAY_MS)
        }
        Window::Ever
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
        (Window::ThisDay, Window::LastSpan(span)) => span.days >= 2 || span.months >= 1,
        // the longest day, week, month; zones may make them longer by a day
        (Window::ThisDay, Window::Last(length)) => length - outside.pane_ms >= 2 * DAY_MS,
        (Window::ThisWeek, Window::Last(length)) => length - outside.pane_ms >= 8 * DAY_MS,
        (Window::ThisMonth, Window::Last(length)) => length - outside.pane_ms >= 32 * DAY_MS,
        (Window::Since(a), Window::Since(b)) => a >= b,
        (a, b) => a == b,
    }
}

/// A day, week or month of the calendar: what lies in it hangs on the instant.
pub(super) fn of_calendar(window: &Window) -> bool {
    matches!(
        window,
        Window::ThisDay | Window::ThisWeek | Window::ThisMonth
    )
}
