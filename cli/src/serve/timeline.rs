//! What was decided of late, person by person, for whoever looks at one: so many actions of a person, so many in
//! all, since the server began. All that was ever decided stands in the actions' file.

use journey_runtime::actions::{Action, ActionKind};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

const OF_ONE_MAX: usize = 50;
const OF_ALL_MAX: usize = 200_000;

#[derive(Debug, Default)]
pub(super) struct Timeline(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    of: HashMap<Arc<str>, VecDeque<Action>>,
    /// whose actions came in, oldest first
    order: VecDeque<Arc<str>>,
}

impl Timeline {
    pub(super) fn add(&self, actions: &[Action]) {
        let Ok(mut kept) = self.0.lock() else { return };
        for action in actions {
            kept.add(action);
        }
    }

    /// The newest last, each as its line.
    pub(super) fn of(&self, profile: &str) -> Vec<String> {
        let Ok(kept) = self.0.lock() else {
            return Vec::new();
        };
        let actions = kept.of.get(profile);
        actions.map_or_else(Vec::new, |all| all.iter().map(Action::to_json).collect())
    }
}

impl Kept {
    fn add(&mut self, action: &Action) {
        match &action.kind {
            // nothing of the person is left
            ActionKind::Erase => {
                self.of.remove(&action.profile);
                return;
            }
            ActionKind::Merge { from } => {
                let theirs = self.of.remove(from).unwrap_or_default();
                let ours = self.of.entry(Arc::clone(&action.profile)).or_default();
                ours.extend(theirs);
                ours.make_contiguous().sort_by_key(|action| action.n);
            }
            ActionKind::Withdraw { .. }
            | ActionKind::Enter(_)
            | ActionKind::Exit { .. }
            | ActionKind::End { .. }
            | ActionKind::Goal(_)
            | ActionKind::Send { .. }
            | ActionKind::Skip { .. }
            | ActionKind::Postpone { .. }
            | ActionKind::Split { .. }
            | ActionKind::Holdout(_)
            | ActionKind::Decide { .. }
            | ActionKind::Set { .. }
            | ActionKind::Emit { .. }
            | ActionKind::Audience { .. }
            | ActionKind::Conversion { .. }
            | ActionKind::Fault { .. }
            | ActionKind::Refused { .. } => {}
        }
        let ours = self.of.entry(Arc::clone(&action.profile)).or_default();
        ours.push_back(action.clone());
        while ours.len() > OF_ONE_MAX {
            ours.pop_front();
        }
        self.order.push_back(Arc::clone(&action.profile));
        while self.order.len() > OF_ALL_MAX {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            let empty = self.of.get_mut(&oldest).is_some_and(|all| {
                all.pop_front();
                all.is_empty()
            });
            if empty {
                self.of.remove(&oldest);
            }
        }
    }
}
