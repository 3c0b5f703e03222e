//! No dice: a life is killed at every operation in turn, and each crash leaves every subset of what was not synced
//! (of many subsets, as many as are asked for, evenly). Whatever is left opens, has what was acknowledged, and
//! goes on to the same end.

use super::{End, Faults, Outcome, Scenario, Sim, SimDisk, Swarm};
use crate::irgen::Rng;
use crate::irgen::rng::mix;
use journey_runtime::store::bugs::{Bug, Bugs};

/// What was seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// operations at which the process was killed
    pub kills: u64,
    /// what the crashes left, each opened and run to its end
    pub states: u64,
}

/// At most so many states of a scenario, spread over its kills: in the first life, and in one that begins with a
/// recovery.
pub fn every_crash(scenario: &Scenario, states: u64, bug: Option<Bug>) -> Outcome<Seen> {
    let mut seen = Seen::default();
    let mut first = fresh(scenario, bug);
    first.disk.restart(Faults::default());
    first.life(true)?;
    let operations = first.disk.operations();
    let mut second = fresh(scenario, bug);
    let half = Some(operations / 2);
    // and people who don't fit in memory
    second.swarm.cache = Some(1);
    // and what is personal is sealed
    second.swarm.sealed = true;
    second.disk.restart(faults(half));
    second.life(false)?;
    for begun in [fresh(scenario, bug), second] {
        let mut whole = begun.fork(begun.disk.clone());
        whole.disk.restart(Faults::default());
        whole.life(true)?;
        let operations = whole.disk.operations();
        // of fewer states than operations, not every operation
        let step = (2 * operations).div_ceil(states.max(1)).max(1);
        let kills = (1..=operations).step_by(usize::try_from(step).unwrap_or(1));
        let each = (states / 2 / operations.div_ceil(step).max(1)).max(1);
        for kill in kills {
            let mut killed = begun.fork(begun.disk.clone());
            killed.disk.restart(faults(Some(kill)));
            match killed.life(false)? {
                End::Done => break,
                End::Died => seen.kills += 1,
            }
            seen.states += killed.left_behind(kill, each)?;
        }
    }
    Ok(seen)
}

fn faults(kill_at: Option<u64>) -> Faults {
    Faults {
        kill_at,
        ..Faults::default()
    }
}

fn fresh(scenario: &Scenario, bug: Option<Bug>) -> Sim<'_> {
    Sim {
        scenario,
        rng: Rng::new(7),
        disk: SimDisk::new(7),
        bugs: Bugs::planted(bug),
        acked: 0,
        damaged: false,
        swarm: Swarm {
            eager: true,
            ..Swarm::default()
        },
        operations: 0,
    }
}

impl<'s> Sim<'s> {
    /// The same with another disk.
    fn fork(&self, disk: SimDisk) -> Sim<'s> {
        Sim {
            scenario: self.scenario,
            rng: self.rng.clone(),
            disk,
            bugs: self.bugs,
            acked: self.acked,
            damaged: self.damaged,
            swarm: self.swarm,
            operations: 0,
        }
    }

    fn left_behind(&self, kill: u64, most: u64) -> Outcome<u64> {
        let (pieces, cuts) = self.disk.loose();
        let all = 1u64 << pieces.min(20);
        let states = all.min(most);
        for number in 0..states {
            let survivors = if all <= most && pieces <= 20 {
                number
            } else {
                mix(kill << 20 ^ number)
            };
            let mut after = self.fork(self.disk.left(survivors, cuts));
            after.disk.restart(Faults::default());
            let ended = after.life(true).and_then(|_| after.aftermath());
            ended.map_err(|e| {
                format!("killed at operation {kill}, of {pieces} pieces {survivors:#b} came through: {e}")
            })?;
        }
        Ok(states)
    }
}
