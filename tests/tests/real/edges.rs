//! Brute force for audiences: what a person's edges must be, from nothing but the raw events and what
//! the language's reference says. Each event is followed by a look; when a window lets go of something at an
//! instant, a look is due after all events of that instant.

use std::collections::BTreeMap;

pub(crate) const DAY: i64 = 86_400_000;

/// A purchase: when, and what it is summed by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purchase {
    pub(crate) at: i64,
    pub(crate) cents: i64,
    pub(crate) units: i64,
}

pub(crate) struct Rule<'r> {
    pub(crate) name: &'static str,
    /// when a purchase leaves the windows that are asked
    pub(crate) lets_go: &'r dyn Fn(&Purchase) -> i64,
    /// whether the person is inside at an instant, after these purchases
    pub(crate) inside: &'r dyn Fn(i64, &[Purchase]) -> bool,
}

/// An exact window of so many days: closed, so a purchase is inside up to its last millisecond.
pub(crate) fn exact(purchase: &Purchase, now: i64, days: i64) -> bool {
    now <= purchase.at + days * DAY
}

/// A window of day-wide panes: the panes that start after now less the window.
pub(crate) fn by_pane(purchase: &Purchase, now: i64, days: i64) -> bool {
    pane(purchase) > now - days * DAY
}

/// Where the purchase's pane of one UTC day starts.
pub(crate) fn pane(purchase: &Purchase) -> i64 {
    purchase.at.div_euclid(DAY) * DAY
}

/// The edges of one person: (instant, inside). `purchases` are in order; `until` is closed.
pub(crate) fn edges(rule: &Rule<'_>, purchases: &[Purchase], until: i64) -> Vec<(i64, bool)> {
    let mut out = Vec::new();
    let mut inside = false;
    // what is due at an instant sees the window as it is once the clock has moved past it
    let mut look = |at: i64, past: i64, so_far: &[Purchase]| {
        let is = (rule.inside)(at + past, so_far);
        if is != inside {
            inside = is;
            out.push((at, is));
        }
    };
    let mut due: Vec<i64> = purchases.iter().map(rule.lets_go).collect();
    due.sort_unstable();
    let mut due = due.into_iter().filter(|at| *at <= until).peekable();
    for (place, purchase) in purchases.iter().enumerate() {
        while let Some(at) = due.next_if(|at| *at < purchase.at) {
            look(at, 1, &purchases[..place]);
        }
        look(purchase.at, 0, &purchases[..=place]);
    }
    for at in due {
        look(at, 1, purchases);
    }
    out
}

/// All edges of everybody: by audience and person.
pub(crate) type Edges = BTreeMap<(String, String), Vec<(i64, bool)>>;

/// The edges among the actions of a run.
pub(crate) fn of_actions(actions: &[serde_json::Value]) -> Edges {
    let mut edges = Edges::new();
    for action in actions {
        if action["kind"] != "audience" {
            continue;
        }
        let text = |key: &str| action[key].as_str().unwrap().to_owned();
        let at: jiff::Timestamp = text("at").parse().unwrap();
        let edge = (at.as_millisecond(), action["edge"] == "enter");
        edges
            .entry((text("audience"), text("profile")))
            .or_default()
            .push(edge);
    }
    edges
}

/// Says where the first difference is.
pub(crate) fn assert_same(ours: &Edges, theirs: &Edges) {
    for (key, expected) in theirs {
        assert_eq!(ours.get(key), Some(expected), "edges of {key:?}");
    }
    let surplus: Vec<_> = ours
        .keys()
        .filter(|key| !theirs.contains_key(key))
        .take(3)
        .collect();
    assert!(surplus.is_empty(), "nobody expects {surplus:?}");
}
