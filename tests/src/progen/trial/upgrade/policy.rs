//! What must hold of every deployment, whatever the versions say: an instance stays in its version's steps, whoever
//! waits for an instant is waited for, a send is made once, and the limits at hand are kept from then on.

use journey_program::plan::{LimitWindow, Program};
use journey_runtime::actions::{Action, ActionKind};
use journey_runtime::engine::Engine;
use journey_runtime::state::Place;
use std::collections::{BTreeMap, BTreeSet};

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Policy {
    sends: BTreeSet<String>,
    /// by person and channel: when
    sent: BTreeMap<(String, String), Vec<i64>>,
    /// people have turned out to be one: whose sends they are is not counted here
    merged: bool,
}

/// Each instance that still moves: its number, its journey, where it stands.
pub(super) fn standing(engine: &Engine) -> BTreeMap<u64, String> {
    let journeys = &engine.program().journeys;
    let people = engine.state().people.iter();
    let instances = people.flat_map(|person| person.instances.values());
    instances
        .filter(|instance| instance.ended.is_none())
        .map(|instance| {
            let plan = &journeys[instance.journey.index()];
            let version = plan.version.clone();
            let version = version.unwrap_or_else(|| engine.program().version.clone());
            (instance.no, format!("{}@{version}", plan.name))
        })
        .collect()
}

impl Policy {
    /// Who was in a journey still is, in that version of it or in the same words.
    pub(super) fn deployed(
        &mut self,
        before: &BTreeMap<u64, String>,
        engine: &Engine,
    ) -> Result<(), String> {
        let after = standing(engine);
        let now = &engine.program().journeys;
        let is_kept = |full: &str| {
            let mut plans = now.iter();
            plans.any(|plan| {
                plan.version
                    .as_ref()
                    .is_some_and(|version| format!("{}@{version}", plan.name) == *full)
            })
        };
        for (no, full) in before {
            let Some(there) = after.get(no) else {
                return Err(format!("instance {no} of {full} is gone"));
            };
            let name = |full: &str| full.split('@').next().unwrap_or_default().to_owned();
            if is_kept(full) && there != full || name(there) != name(full) {
                return Err(format!("instance {no} of {full} goes on in {there}"));
            }
        }
        Ok(())
    }

    pub(super) fn saw(&mut self, action: &Action, program: &Program) -> Result<(), String> {
        if let ActionKind::Merge { .. } = &action.kind {
            self.merged = true;
        }
        let ActionKind::Send { send, .. } = &action.kind else {
            return Ok(());
        };
        if !self.sends.insert(send.id.clone()) {
            return Err(format!("{} is sent twice", send.id));
        }
        let whose = (action.profile.to_string(), send.channel.to_string());
        let sent = self.sent.entry(whose).or_default();
        sent.push(action.at);
        let channel = program.channels.iter().find(|c| *c.name == *send.channel);
        let limits = channel.map_or(&[][..], |channel| &channel.limits);
        for limit in limits {
            let LimitWindow::Rolling(length) = limit.window else {
                continue;
            };
            let all = !limit.overall
                && limit.purposes.is_empty()
                && limit.tags.is_empty()
                && limit.channels.len() < 2;
            let from = action.at.saturating_sub(length);
            let inside = sent.iter().filter(|at| **at >= from).count();
            if all && !self.merged && inside > limit.count as usize {
                return Err(format!("{} is over a limit of {}", send.id, limit.count));
            }
        }
        Ok(())
    }

    /// At the end nobody waits for what is past, and what is due has a timer.
    pub(super) fn end(&self, engine: &Engine) -> Result<(), String> {
        let Some(clock) = engine.clock() else {
            return Ok(());
        };
        let timers: BTreeSet<i64> = engine
            .state()
            .timers
            .iter()
            .map(|timer| timer.due)
            .collect();
        for person in engine.state().people.iter() {
            for instance in person.instances.values() {
                let due = match &instance.place {
                    Place::Waiting(waiting) => waiting.deadline,
                    Place::Holding { until, .. } => Some(*until),
                    Place::Gathering { until, .. } => *until,
                    Place::Moving if instance.ended.is_none() && !instance.held_out => {
                        return Err(format!("instance {} stands nowhere", instance.no));
                    }
                    Place::Moving | Place::Held { .. } => None,
                };
                let Some(due) = due else { continue };
                if due < clock {
                    return Err(format!("instance {} was due at {due}", instance.no));
                }
                if !timers.contains(&due) {
                    return Err(format!("instance {} has no timer", instance.no));
                }
            }
        }
        Ok(())
    }
}
