//! Which channel brought the conversions: paths in, credit by channel out. The rules share out each
//! conversion; what they share adds up to the conversions and to their value.

pub mod apportion;
pub mod markov;
pub mod rules;
pub mod shapley;

use crate::refusal::Refusal;
use crate::sum::Sum;
use std::collections::{BTreeMap, BTreeSet};

/// The caller's number for a channel, an arm, a journey: whatever is credited.
pub type Channel = u32;

/// One contact: of which channel, when (milliseconds of any origin), what it cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    pub channel: Channel,
    pub at: i64,
    /// in money, for all people of the path together
    pub cost: f64,
}

/// The contacts of one person, or of all people with the same contacts, in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    pub touches: Vec<Touch>,
    /// how often the path ended in a conversion
    pub conversions: u64,
    /// what these conversions were worth together
    pub value: f64,
    /// how often it ended in none
    pub nulls: u64,
    /// the instant of the conversion (or of the last look), in the unit of the touches
    pub end: i64,
}

impl Path {
    /// How many times the path was walked.
    #[must_use]
    pub fn people(&self) -> u64 {
        self.conversions + self.nulls
    }

    /// Its channels, in order.
    pub fn channels(&self) -> impl DoubleEndedIterator<Item = Channel> + ExactSizeIterator + '_ {
        self.touches.iter().map(|touch| touch.channel)
    }
}

/// How a conversion is shared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// all to the first touch
    First,
    /// all to the last touch
    Last,
    /// the same to every touch
    Linear,
    /// 40 % to the first, 40 % to the last, 20 % among those between; of two, half each
    Position,
    /// halved with every step before the last
    DecaySteps,
    /// halved with every so many milliseconds before the conversion
    DecayTime { half_life: i64 },
    /// the removal effect in a Markov chain whose state is the last `order` touches
    Markov { order: usize },
    /// Shapley value of the game whose coalitions are worth the conversions they brought alone
    Shapley,
    /// what each touch of a path adds to the path's conversion rate (fractribution's "shapley")
    Marginal,
}

/// What a channel is credited with, and what it rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    pub conversions: f64,
    pub value: f64,
    /// what its touches cost, on paths with and without conversion
    pub cost: f64,
    /// its touches on all paths
    pub touches: u64,
    /// the paths it occurs on, each as often as it was walked
    pub people: u64,
}

impl Account {
    /// Credited value per money spent; nothing where nothing was spent.
    #[must_use]
    pub fn return_on_cost(&self) -> Option<f64> {
        (self.cost > 0.0).then(|| self.value / self.cost)
    }

    /// Money spent per credited conversion; nothing where none is credited.
    #[must_use]
    pub fn cost_per_conversion(&self) -> Option<f64> {
        (self.conversions > 0.0).then(|| self.cost / self.conversions)
    }
}

/// Conversions and their value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Credit {
    pub conversions: f64,
    pub value: f64,
}

/// Who brought what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attribution {
    /// every channel that occurs on a path
    pub channels: BTreeMap<Channel, Account>,
    /// what converted without any touch: nobody's
    pub unclaimed: Credit,
    /// all conversions: the channels' credit and the unclaimed add up to it
    pub total: Credit,
    /// paths, each as often as it was walked
    pub people: u64,
}

/// Shares the conversions of all paths by one model.
///
/// # Errors
/// Refuses paths without any conversion, a half life that is not positive, a Markov order of zero.
pub fn attribute(paths: &[Path], model: Model) -> Result<Attribution, Refusal> {
    let mut out = accounts(paths);
    if paths.iter().all(|path| path.conversions == 0) {
        let why = "nobody converted";
        return Err(Refusal::Degenerate { why });
    }
    let credit = match model {
        Model::First => rules::share(paths, |path| rules::first(path.touches.len())),
        Model::Last => rules::share(paths, |path| rules::last(path.touches.len())),
        Model::Linear => rules::share(paths, |path| rules::linear(path.touches.len())),
        Model::Position => rules::share(paths, |path| rules::position(path.touches.len())),
        Model::DecaySteps => rules::share(paths, |path| rules::decay_steps(path.touches.len())),
        Model::DecayTime { half_life } if half_life <= 0 => {
            let (name, value) = ("half life", half_life as f64);
            return Err(Refusal::OutOfRange { name, value });
        }
        Model::DecayTime { half_life } => {
            rules::share(paths, |path| rules::decay_time(path, half_life))
        }
        Model::Markov { order } => markov::credit(paths, order)?,
        Model::Shapley => shapley::credit(paths),
        Model::Marginal => shapley::marginal(paths),
    };
    for (channel, credit) in credit {
        let account = out.channels.entry(channel).or_default();
        account.conversions = credit.conversions;
        account.value = credit.value;
    }
    Ok(out)
}

/// What does not depend on the model: touches, costs, people, totals.
fn accounts(paths: &[Path]) -> Attribution {
    let mut out = Attribution::default();
    let (mut value, mut unclaimed) = (Sum::default(), Sum::default());
    let mut costs: BTreeMap<Channel, Sum> = BTreeMap::new();
    for path in paths {
        let people = path.people();
        out.people += people;
        out.total.conversions += path.conversions as f64;
        value.add(path.value);
        if path.touches.is_empty() {
            out.unclaimed.conversions += path.conversions as f64;
            unclaimed.add(path.value);
        }
        for touch in &path.touches {
            costs.entry(touch.channel).or_default().add(touch.cost);
            out.channels.entry(touch.channel).or_default().touches += people;
        }
        for channel in path.channels().collect::<BTreeSet<_>>() {
            out.channels.entry(channel).or_default().people += people;
        }
    }
    out.total.value = value.total();
    out.unclaimed.value = unclaimed.total();
    for (channel, cost) in costs {
        out.channels.entry(channel).or_default().cost = cost.total();
    }
    out
}
