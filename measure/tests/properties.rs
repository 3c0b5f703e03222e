//! What must hold for all numbers: totals preserved, symmetry, order, and a second, naive way to the same
//! answer: Shapley over all orders of channels, a Markov chain that is walked, Fisher's table by hand.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use journey_measure::credit::apportion::apportion;
use journey_measure::credit::markov::Chain;
use journey_measure::credit::{Channel, Model, Path, Touch, attribute, shapley};
use journey_measure::interval::{quantile, wilson};
use journey_measure::lift::{self, Amounts, Share, design, many, sequential};
use journey_measure::paths::{Transform, frequency, transform};
use journey_measure::rfm::{Buying, Ties, scores};
use journey_measure::{Confidence, Refusal};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const LEVEL: Confidence = Confidence::NINETY_FIVE;

fn touches() -> impl Strategy<Value = Vec<Touch>> {
    vec((0_u32..5, 0_i64..1_000, 0_u32..100), 0..8).prop_map(|mut steps| {
        steps.sort_by_key(|step| step.1);
        let touch = |(channel, at, cost)| Touch {
            channel,
            at,
            cost: f64::from(cost) / 4.0,
        };
        steps.into_iter().map(touch).collect()
    })
}

fn path() -> impl Strategy<Value = Path> {
    (touches(), 0_u64..4, 0_u64..5, 0_u32..1_000).prop_map(
        |(touches, conversions, nulls, value)| {
            let value = if conversions == 0 {
                0.0
            } else {
                f64::from(value) / 8.0
            };
            Path {
                touches,
                conversions,
                value,
                nulls,
                end: 1_000,
            }
        },
    )
}

const MODELS: [Model; 9] = [
    Model::First,
    Model::Last,
    Model::Linear,
    Model::Position,
    Model::DecaySteps,
    Model::DecayTime { half_life: 50 },
    Model::Markov { order: 1 },
    Model::Markov { order: 2 },
    Model::Shapley,
];

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn credit_adds_up(paths in vec(path(), 1..12)) {
        for model in MODELS.into_iter().chain([Model::Marginal]) {
            match attribute(&paths, model) {
                Ok(found) => {
                    let of = |of: fn(&journey_measure::credit::Account) -> f64| -> f64 {
                        found.channels.values().map(of).sum()
                    };
                    let conversions = of(|a| a.conversions) + found.unclaimed.conversions;
                    prop_assert!(same(conversions, found.total.conversions), "{model:?}");
                    let value = of(|a| a.value) + found.unclaimed.value;
                    prop_assert!(same(value, found.total.value), "{model:?}");
                    for account in found.channels.values() {
                        prop_assert!(account.conversions >= -1e-9, "{model:?}");
                        prop_assert!(account.conversions.is_finite() && account.value.is_finite());
                    }
                    prop_assert_eq!(Ok(found), attribute(&paths, model));
                }
                Err(refusal) => {
                    let touched = paths.iter().filter(|path| !path.touches.is_empty());
                    let converted: u64 = touched.map(|path| path.conversions).sum();
                    prop_assert!(converted == 0, "{model:?}: {refusal}");
                }
            }
        }
    }

    #[test]
    fn names_of_channels_do_not_matter(paths in vec(path(), 1..8)) {
        let other = |channel: Channel| 4 - channel;
        let mut renamed = paths.clone();
        for path in &mut renamed {
            for touch in &mut path.touches {
                touch.channel = other(touch.channel);
            }
        }
        for model in MODELS {
            if let (Ok(a), Ok(b)) = (attribute(&paths, model), attribute(&renamed, model)) {
                for (channel, account) in &a.channels {
                    let twin = b.channels[&other(*channel)];
                    prop_assert!(same(account.conversions, twin.conversions), "{model:?}");
                    prop_assert!(same(account.value, twin.value), "{model:?}");
                }
            }
        }
    }

    #[test]
    fn shapley_is_the_mean_over_all_orders(paths in vec(path(), 1..8)) {
        let worth = |members: &BTreeSet<Channel>| -> f64 {
            let alone = |path: &&Path| {
                !path.touches.is_empty() && path.channels().all(|c| members.contains(&c))
            };
            paths.iter().filter(alone).map(|path| path.conversions as f64).sum()
        };
        let mut brute: BTreeMap<Channel, f64> = BTreeMap::new();
        let orders = orders(&[0, 1, 2, 3, 4]);
        for order in &orders {
            let mut members = BTreeSet::new();
            for channel in order {
                let before = worth(&members);
                members.insert(*channel);
                let more = worth(&members) - before;
                *brute.entry(*channel).or_default() += more / orders.len() as f64;
            }
        }
        let table = shapley::values(5, |mask| {
            worth(&(0..5).filter(|channel| mask & (1 << channel) != 0).collect())
        }).unwrap();
        for (channel, value) in &brute {
            prop_assert!(same(*value, table[*channel as usize]));
        }
        if let Ok(found) = attribute(&paths, Model::Shapley) {
            for (channel, account) in &found.channels {
                prop_assert!(same(account.conversions, brute[channel]));
            }
        }
    }

    #[test]
    fn whole_shares_add_up(total in -1_000_000_i64..1_000_000_000_000, weights in vec(0_u32..1_000, 1..9)) {
        let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
        match apportion(total, &weights) {
            Ok(parts) => {
                prop_assert_eq!(parts.iter().sum::<i64>(), total);
                let whole: f64 = weights.iter().sum();
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert!((*part as f64 - total as f64 * weight / whole).abs() < 1.01);
                }
            }
            Err(_) => prop_assert!(weights.iter().all(|weight| *weight == 0.0)),
        }
    }

    #[test]
    fn transforms_keep_costs_and_channels(touches in touches()) {
        use Transform::{Exposure, First, Recency, RemoveIfLastAndNotAll, RemoveIfNotAll, Unique};
        let cost = |touches: &[Touch]| touches.iter().map(|touch| touch.cost).sum::<f64>();
        let set = |touches: &[Touch]| -> BTreeSet<Channel> {
            touches.iter().map(|touch| touch.channel).collect()
        };
        for by in [Unique, Exposure, First, Recency] {
            let once = transform(&touches, by);
            prop_assert_eq!(cost(&once), cost(&touches));
            prop_assert_eq!(set(&once), set(&touches));
            prop_assert_eq!(&transform(&once, by), &once);
            prop_assert!(once.is_sorted_by_key(|touch| touch.at), "{:?}", by);
        }
        for by in [RemoveIfNotAll { channel: 2 }, RemoveIfLastAndNotAll { channel: 2 }] {
            let once = transform(&touches, by);
            prop_assert_eq!(once.is_empty(), touches.is_empty());
            prop_assert_eq!(&transform(&once, by), &once);
        }
        let counted: u64 = frequency(&touches).iter().map(|(_, count)| count).sum();
        prop_assert_eq!(counted, touches.len() as u64);
    }

    #[test]
    fn lift_is_antisymmetric(a in share(), b in share()) {
        match (lift::shares(a, b, LEVEL), lift::shares(b, a, LEVEL)) {
            (Ok(there), Ok(back)) => {
                prop_assert!(same(there.difference, -back.difference));
                prop_assert!(same(there.interval.low, -back.interval.high));
                prop_assert!(same(there.p_value, back.p_value));
                prop_assert!(there.interval.contains(there.difference));
                prop_assert!((0.0..=1.0).contains(&there.p_value));
                if there.test == lift::Test::Fisher {
                    prop_assert!(same(there.p_value, fisher(a, b)));
                }
            }
            (Err(a), Err(b)) => prop_assert_eq!(a, b),
            (a, b) => prop_assert!(false, "{a:?} {b:?}"),
        }
    }

    #[test]
    fn means_do_not_depend_on_origin_or_unit(a in vec(0_u32..500, 2..30), b in vec(0_u32..500, 2..30)) {
        let of = |values: &[u32], by: f64, plus: f64| {
            let values: Vec<f64> = values.iter().map(|v| f64::from(*v) * by + plus).collect();
            Amounts::of(&values).unwrap()
        };
        let plain = lift::means(of(&a, 1.0, 0.0), of(&b, 1.0, 0.0), LEVEL);
        let moved = lift::means(of(&a, 4.0, 64.0), of(&b, 4.0, 64.0), LEVEL);
        if let (Ok(plain), Ok(moved)) = (&plain, &moved) {
            prop_assert!(same(plain.difference * 4.0, moved.difference));
            prop_assert!(same(plain.p_value, moved.p_value));
            prop_assert!(same(plain.interval.low * 4.0, moved.interval.low));
        }
        prop_assert_eq!(plain.is_ok(), moved.is_ok());
    }

    #[test]
    fn a_look_at_any_time_is_wider(a in share(), b in share()) {
        if let Ok(lift) = lift::shares(a, b, LEVEL)
            && let Ok(mixture) = sequential::mixture(lift.standard_error, LEVEL)
            && let Ok(look) = sequential::look(&lift, mixture, LEVEL)
        {
            prop_assert!(look.interval.width() > lift.normal.width());
            // the interval and the p-value say the same
            let clear = !look.interval.contains(0.0);
            prop_assert!((look.p_value - 0.05).abs() < 1e-9 || clear == (look.p_value < 0.05));
        }
    }

    #[test]
    fn holm_keeps_order(ps in vec(0.0_f64..1.0, 1..10)) {
        let adjusted = many::holm(&ps);
        for (p, q) in ps.iter().zip(&adjusted) {
            prop_assert!(*q >= *p && *q <= 1.0);
            prop_assert!(*q <= (p * ps.len() as f64).min(1.0).max(adjusted.iter().copied().fold(0.0, f64::max)));
        }
        for (i, p) in ps.iter().enumerate() {
            for (j, q) in ps.iter().enumerate() {
                prop_assert!(p > q || adjusted[i] <= adjusted[j]);
            }
        }
    }

    #[test]
    fn found_as_surely_as_planned(base in 0.01_f64..0.9, people in 200_u64..100_000, part in 1_u64..5) {
        let arms = design::Arms { people, base_people: people * part };
        let outcome = design::Outcome::Share { base };
        if let Ok(least) = design::minimum_detectable(outcome, arms, 0.8, LEVEL) {
            let power = design::power(outcome, arms, least, LEVEL).unwrap();
            prop_assert!((power - 0.8).abs() < 1e-6);
            let needed = design::people_needed(outcome, least, 0.8, LEVEL).unwrap();
            if part == 1 {
                prop_assert!(needed.abs_diff(people) <= 1, "{needed} {people}");
            }
        }
    }

    #[test]
    fn scores_follow_the_numbers(rows in vec((0_u32..40, 1_u32..20, 0_u32..900), 5..60)) {
        let buying: Vec<Buying> = rows.iter().map(|(r, f, m)| Buying {
            recency: f64::from(*r),
            frequency: f64::from(*f),
            monetary: f64::from(*m),
        }).collect();
        for ties in [Ties::ByOrder, Ties::Shared] {
            let found = scores(&buying, 5, ties).unwrap();
            for (a, x) in buying.iter().zip(&found) {
                prop_assert!((1..=5).contains(&x.recency));
                for (b, y) in buying.iter().zip(&found) {
                    prop_assert!(a.frequency <= b.frequency || x.frequency >= y.frequency);
                    prop_assert!(a.recency >= b.recency || x.recency >= y.recency);
                    if ties == Ties::Shared && a.monetary == b.monetary {
                        prop_assert_eq!(x.monetary, y.monetary);
                    }
                }
            }
            if ties == Ties::ByOrder {
                for band in 1..=5 {
                    let in_band = found.iter().filter(|scores| scores.monetary == band).count();
                    prop_assert!(in_band.abs_diff(rows.len() / 5) <= 1);
                }
            }
        }
    }

    #[test]
    fn quantiles_lie_between(mut values in vec(-1e6_f64..1e6, 1..40), share in 0.0_f64..1.0) {
        values.sort_by(f64::total_cmp);
        let found = quantile(&values, share).unwrap();
        prop_assert!(values[0] <= found && found <= values[values.len() - 1]);
        prop_assert!(found <= quantile(&values, (share + 0.1).min(1.0)).unwrap());
    }

    #[test]
    fn wilson_lies_within(people in 1_u64..5_000, part in 0.0_f64..=1.0) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of people")]
        let successes = (people as f64 * part).floor() as u64;
        let found = wilson(successes, people, LEVEL).unwrap();
        prop_assert!(found.interval.contains(found.value));
        prop_assert!(found.interval.low >= 0.0 && found.interval.high <= 1.0);
        let other = wilson(people - successes, people, LEVEL).unwrap();
        prop_assert!(same(other.interval.low, 1.0 - found.interval.high));
    }
}

fn share() -> impl Strategy<Value = Share> {
    (1_u64..400, 0.0_f64..=1.0).prop_map(|(people, part)| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of people"
        )]
        let converted = (people as f64 * part * part).floor() as u64;
        Share { people, converted }
    })
}

fn orders(of: &[Channel]) -> Vec<Vec<Channel>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut out = Vec::new();
    for first in of {
        let rest: Vec<Channel> = of.iter().copied().filter(|other| other != first).collect();
        for mut order in orders(&rest) {
            order.insert(0, *first);
            out.push(order);
        }
    }
    out
}

/// Fisher's test by products of fractions.
fn fisher(a: Share, b: Share) -> f64 {
    let (people, converted) = (a.people + b.people, a.converted + b.converted);
    let logs: Vec<f64> = std::iter::once(0.0)
        .chain((1..=people).scan(0.0, |sum, n| {
            *sum += (n as f64).ln();
            Some(*sum)
        }))
        .collect();
    let at = |n: u64| logs[usize::try_from(n).unwrap()];
    let choose = |n: u64, k: u64| at(n) - at(k) - at(n - k);
    let chance = |k: u64| {
        (choose(converted, k) + choose(people - converted, a.people - k) - choose(people, a.people))
            .exp()
    };
    let own = chance(a.converted);
    let possible = converted.saturating_sub(b.people)..=converted.min(a.people);
    possible
        .map(chance)
        .filter(|c| *c <= own * (1.0 + 1e-7))
        .sum::<f64>()
        .min(1.0)
}

/// Where a step leads, whether it converts, how often it was taken.
type Way = (Option<Channel>, bool, u64);

/// Walks drawn from the counts of the paths themselves, with a seed.
#[test]
fn a_chain_that_is_walked_agrees() {
    use rand_pcg::rand_core::Rng as _;
    let step = |channels: &[Channel], conversions, nulls| Path {
        touches: channels
            .iter()
            .map(|c| Touch {
                channel: *c,
                at: 0,
                cost: 0.0,
            })
            .collect(),
        conversions,
        value: 0.0,
        nulls,
        end: 0,
    };
    let paths = [
        step(&[0, 1, 2], 30, 50),
        step(&[1, 1, 0], 10, 20),
        step(&[2], 5, 60),
        step(&[3, 0, 2, 1], 25, 5),
    ];
    let mut next: BTreeMap<Option<Channel>, Vec<Way>> = BTreeMap::new();
    for path in &paths {
        let mut state = None;
        for channel in path.channels() {
            next.entry(state)
                .or_default()
                .push((Some(channel), false, path.people()));
            state = Some(channel);
        }
        let ends = next.entry(state).or_default();
        ends.push((None, true, path.conversions));
        ends.push((None, false, path.nulls));
    }
    let mut random = rand_pcg::Pcg64::new(7, 11);
    let mut walk = |without: Option<Channel>| -> f64 {
        const WALKS: u32 = 200_000;
        let mut converted = 0_u32;
        for _ in 0..WALKS {
            let mut state = None;
            loop {
                let ways = &next[&state];
                let all: u64 = ways.iter().map(|way| way.2).sum();
                let mut drawn = random.next_u64() % all;
                let way = ways.iter().find(|way| {
                    let here = drawn < way.2;
                    drawn = drawn.wrapping_sub(way.2);
                    here
                });
                let (to, converts, _) = *way.unwrap();
                if to.is_none() || (without.is_some() && to == without) {
                    converted += u32::from(converts && to.is_none());
                    break;
                }
                state = to;
            }
        }
        f64::from(converted) / f64::from(WALKS)
    };
    let chain = Chain::of(&paths, 1).unwrap();
    let whole = walk(None);
    assert!((whole - chain.chance().unwrap()).abs() < 0.004, "{whole}");
    for (channel, removal) in chain.removals().unwrap() {
        let drawn = 1.0 - walk(Some(channel)) / whole;
        assert!(
            (drawn - removal.conversions).abs() < 0.015,
            "{channel}: {drawn}"
        );
    }
}

#[test]
fn too_few_is_said() {
    let nobody = Share {
        people: 0,
        converted: 0,
    };
    let few = |least| Err(Refusal::TooFew { people: 0, least });
    assert_eq!(lift::shares(nobody, nobody, LEVEL).map(|_| ()), few(1));
    assert_eq!(Amounts::of(&[]).map(|_| ()), few(2));
    assert_eq!(scores(&[], 5, Ties::ByOrder).map(|_| ()), few(5));
    assert_eq!(wilson(0, 0, LEVEL).map(|_| ()), few(1));
    assert!(shapley::values(21, |_| 0.0).is_err());
    assert!(attribute(&[], Model::Linear).is_err());
    assert!(Confidence::new(1.0).is_err() && Confidence::new(f64::NAN).is_err());
}
