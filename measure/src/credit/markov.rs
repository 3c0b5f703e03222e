//! The removal effect: what share of conversions a chain of touches would lose without a channel. Anderl,
//! Becker, von Wangenheim and Schumann, "Mapping the customer journey", IJRM 33 (2016).
//!
//! A state is the last `order` touches; every walk of a path counts its transitions, repeats included. The
//! chance to be absorbed in a conversion is solved, not simulated: by LU where the chain is small, above
//! that by Gauss-Seidel, which converges because every state can end.

use super::{Channel, Credit, Path};
use crate::refusal::Refusal;
use crate::sum::{Sum, sum};
use nalgebra::{DMatrix, DVector};
use std::collections::BTreeMap;

/// Chains of more states are solved by iteration.
const DENSE_MAX: usize = 400;
const SWEEPS_MAX: u64 = 200_000;
/// The largest change of a sweep after which the solution stands.
const SETTLED: f64 = 1e-15;

/// Transitions of one state: chances to the others, and what ends there brings on average.
#[derive(Clone, Debug, Default)]
struct State {
    /// the touch that leads here; none at the start
    channel: Option<Channel>,
    to: Vec<(usize, f64)>,
    /// the chance of a conversion right here
    converts: f64,
    /// the value expected right here
    brings: f64,
}

/// A chain fitted to paths.
#[derive(Clone, Debug)]
pub struct Chain {
    states: Vec<State>,
    /// the walks it rests on
    people: u64,
    conversions: u64,
    value: f64,
}

/// What the chain loses without one channel, as a share of what it has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Removal {
    pub conversions: f64,
    pub value: f64,
}

#[derive(Debug, Default)]
struct Counts {
    to: BTreeMap<usize, u64>,
    conversions: u64,
    value: Sum,
    nulls: u64,
}

impl Chain {
    /// Counts the transitions of all paths with touches.
    ///
    /// # Errors
    /// Refuses an order of zero, and paths of which none with a touch converted.
    pub fn of(paths: &[Path], order: usize) -> Result<Self, Refusal> {
        if order == 0 {
            let (name, value) = ("order", 0.0);
            return Err(Refusal::OutOfRange { name, value });
        }
        let touched = || paths.iter().filter(|path| !path.touches.is_empty());
        let conversions: u64 = touched().map(|path| path.conversions).sum();
        if conversions == 0 {
            let why = "nobody converted after a touch";
            return Err(Refusal::Degenerate { why });
        }
        let mut ids: BTreeMap<Vec<Channel>, usize> = BTreeMap::from([(Vec::new(), 0)]);
        let mut counts = vec![Counts::default()];
        let mut channels = vec![None];
        for path in touched().filter(|path| path.people() > 0) {
            let (mut recent, mut state) = (Vec::new(), 0);
            for channel in path.channels() {
                if recent.len() == order {
                    recent.remove(0);
                }
                recent.push(channel);
                let fresh = counts.len();
                let next = *ids.entry(recent.clone()).or_insert(fresh);
                if next == fresh {
                    counts.push(Counts::default());
                    channels.push(Some(channel));
                }
                if let Some(count) = counts.get_mut(state) {
                    *count.to.entry(next).or_default() += path.people();
                }
                state = next;
            }
            if let Some(count) = counts.get_mut(state) {
                count.conversions += path.conversions;
                count.nulls += path.nulls;
                count.value.add(path.value);
            }
        }
        let states = counts.into_iter().zip(channels);
        Ok(Self {
            states: states
                .map(|(count, channel)| chances(&count, channel))
                .collect(),
            people: touched().map(Path::people).sum(),
            conversions,
            value: sum(touched().map(|path| path.value)),
        })
    }

    /// How many states it has, the start included.
    #[must_use]
    pub fn states(&self) -> usize {
        self.states.len()
    }

    /// The walks it rests on.
    #[must_use]
    pub fn people(&self) -> u64 {
        self.people
    }

    /// The chance of a conversion, from the start: 1 where every path converted.
    ///
    /// # Errors
    /// Refuses chains that the solver does not settle.
    pub fn chance(&self) -> Result<f64, Refusal> {
        self.absorbed(None, |state| state.converts)
    }

    /// What is lost without each channel.
    ///
    /// # Errors
    /// Refuses chains that the solver does not settle.
    pub fn removals(&self) -> Result<BTreeMap<Channel, Removal>, Refusal> {
        let chance = self.chance()?;
        let value = self.absorbed(None, |state| state.brings)?;
        let mut out = BTreeMap::new();
        for channel in self.states.iter().filter_map(|state| state.channel) {
            if out.contains_key(&channel) {
                continue;
            }
            let without = self.absorbed(Some(channel), |state| state.converts)?;
            let left = self.absorbed(Some(channel), |state| state.brings)?;
            let removal = Removal {
                conversions: lost(chance, without),
                value: lost(value, left),
            };
            out.insert(channel, removal);
        }
        Ok(out)
    }

    /// Conversions and value in proportion to what is lost without each channel.
    ///
    /// # Errors
    /// Refuses chains that the solver does not settle.
    pub fn credit(&self) -> Result<BTreeMap<Channel, Credit>, Refusal> {
        let removals = self.removals()?;
        let all = sum(removals.values().map(|removal| removal.conversions));
        let all_value = sum(removals.values().map(|removal| removal.value));
        let credit = |(channel, removal): (Channel, Removal)| {
            let share = removal.conversions / all;
            // a value of zero altogether has no shares of its own
            let value_share = if all_value > 0.0 {
                removal.value / all_value
            } else {
                share
            };
            let credit = Credit {
                conversions: self.conversions as f64 * share,
                value: self.value * value_share,
            };
            (channel, credit)
        };
        Ok(removals.into_iter().map(credit).collect())
    }

    /// What is expected from the start when whoever meets `without` is lost there.
    fn absorbed(
        &self,
        without: Option<Channel>,
        gain: impl Fn(&State) -> f64,
    ) -> Result<f64, Refusal> {
        let open = |to: usize| {
            let state = self.states.get(to);
            without.is_none() || state.is_some_and(|state| state.channel != without)
        };
        if self.states.len() <= DENSE_MAX {
            self.solved(open, gain)
        } else {
            self.settled(open, gain)
        }
    }

    fn solved(
        &self,
        open: impl Fn(usize) -> bool,
        gain: impl Fn(&State) -> f64,
    ) -> Result<f64, Refusal> {
        let size = self.states.len();
        let mut system = DMatrix::<f64>::identity(size, size);
        for (from, state) in self.states.iter().enumerate() {
            for (to, chance) in state.to.iter().filter(|(to, _)| open(*to)) {
                if let Some(cell) = system.get_mut((from, *to)) {
                    *cell -= chance;
                }
            }
        }
        let gains = DVector::from_iterator(size, self.states.iter().map(gain));
        let solution = system.lu().solve(&gains);
        let start = solution.and_then(|solution| solution.iter().next().copied());
        let why = "a touch from which no path ends";
        start.ok_or(Refusal::Degenerate { why })
    }

    fn settled(
        &self,
        open: impl Fn(usize) -> bool,
        gain: impl Fn(&State) -> f64,
    ) -> Result<f64, Refusal> {
        let gains: Vec<f64> = self.states.iter().map(gain).collect();
        let mut solution = vec![0.0_f64; self.states.len()];
        for _ in 0..SWEEPS_MAX {
            let (mut change, mut size) = (0.0_f64, 0.0_f64);
            // late states first: paths lead from early states to late ones
            for (from, state) in self.states.iter().enumerate().rev() {
                let (mut value, mut own) = (gains.get(from).copied().unwrap_or(0.0), 0.0);
                for (to, chance) in state.to.iter().filter(|(to, _)| open(*to)) {
                    if *to == from {
                        own = *chance;
                    } else {
                        value += chance * solution.get(*to).copied().unwrap_or(0.0);
                    }
                }
                value /= 1.0 - own;
                if let Some(known) = solution.get_mut(from) {
                    change = change.max((value - *known).abs());
                    size = size.max(value.abs());
                    *known = value;
                }
            }
            if change <= SETTLED * size.max(f64::MIN_POSITIVE) {
                return Ok(solution.first().copied().unwrap_or(0.0));
            }
        }
        let steps = SWEEPS_MAX;
        Err(Refusal::NotConverged { steps })
    }
}

fn chances(count: &Counts, channel: Option<Channel>) -> State {
    let walks = count.to.values().sum::<u64>() + count.conversions + count.nulls;
    let share = |part: u64| part as f64 / walks.max(1) as f64;
    State {
        channel,
        to: count
            .to
            .iter()
            .map(|(to, walks)| (*to, share(*walks)))
            .collect(),
        converts: share(count.conversions),
        brings: count.value.total() / walks.max(1) as f64,
    }
}

fn lost(whole: f64, left: f64) -> f64 {
    if whole == 0.0 {
        return 0.0;
    }
    1.0 - left / whole
}

pub(super) fn credit(paths: &[Path], order: usize) -> Result<BTreeMap<Channel, Credit>, Refusal> {
    Chain::of(paths, order)?.credit()
}
