//! Small examples that papers and textbooks print: intervals, exact tests, survival, fair shares. They need
//! no data beside the workspace.

use journey_measure::credit::markov::Chain;
use journey_measure::credit::{Model, Path, Touch, attribute, shapley};
use journey_measure::interval::{quantile, wilson};
use journey_measure::lift::{self, Amounts, Share, Test, design, many, split};
use journey_measure::paths::{Transform, Window, frequency, paths, transform};
use journey_measure::survival::{Stay, kaplan_meier};
use journey_measure::{Confidence, Refusal};

const LEVEL: Confidence = Confidence::NINETY_FIVE;

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found}, expected {expected}"
    );
}

/// Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
#[test]
fn wilson_intervals_as_newcombe_prints_them() {
    for (successes, people, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let found = wilson(successes, people, LEVEL).unwrap().interval;
        close(found.low, low, 5e-5);
        close(found.high, high, 5e-5);
    }
}

/// Newcombe, "Interval estimation for the difference" (1998), table II, method 10.
#[test]
fn differences_as_newcombe_prints_them() {
    let share = |converted, people| Share { people, converted };
    for (a, b, low, high) in [
        (share(56, 70), share(48, 80), 0.0524, 0.3339),
        (share(9, 10), share(3, 10), 0.1705, 0.8090),
        (share(6, 7), share(2, 7), 0.0582, 0.8062),
        (share(5, 56), share(0, 29), -0.0381, 0.1926),
        (share(10, 10), share(0, 20), 0.6791, 1.0),
    ] {
        let found = lift::shares(a, b, LEVEL).unwrap().interval;
        close(found.low, low, 5e-5);
        close(found.high, high, 5e-5);
    }
}

/// Fisher's lady tasting tea (1935): three of four cups right.
#[test]
fn the_lady_tasting_tea() {
    let (a, b) = (
        Share {
            people: 4,
            converted: 3,
        },
        Share {
            people: 4,
            converted: 1,
        },
    );
    let found = lift::shares(a, b, LEVEL).unwrap();
    assert_eq!(found.test, Test::Fisher);
    close(found.p_value, 34.0 / 70.0, 1e-12);
}

/// Student's sleep data (1908), as R prints `t.test(extra ~ group)`.
#[test]
fn students_sleep() {
    let one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let amounts = |values: &[f64]| Amounts::of(values).unwrap();
    let found = lift::means(amounts(&one), amounts(&two), LEVEL).unwrap();
    close(found.statistic, -1.860_813_467_5, 1e-9);
    close(found.p_value, 0.079_394_140_2, 1e-9);
    close(found.interval.low, -3.365_483_2, 1e-6);
    close(found.interval.high, 0.205_483_2, 1e-6);
}

/// Remission under 6-mercaptopurine (Freireich et al. 1963), as Kaplan-Meier is taught with it.
#[test]
fn remission_of_leukaemia() {
    let left = [6, 6, 6, 7, 10, 13, 16, 22, 23];
    let still = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
    let stay = |left: bool| {
        move |time: &i32| Stay {
            time: f64::from(*time),
            left,
        }
    };
    let mut stays: Vec<Stay> = left.iter().map(stay(true)).collect();
    stays.extend(still.iter().map(stay(false)));
    let curve = kaplan_meier(&stays, LEVEL).unwrap();
    for (time, survival) in [
        (6.0, 0.857_14),
        (7.0, 0.806_72),
        (10.0, 0.752_94),
        (13.0, 0.690_20),
        (16.0, 0.627_45),
        (22.0, 0.537_82),
        (23.0, 0.448_18),
    ] {
        close(curve.survival(time), survival, 1e-5);
    }
    assert_eq!(curve.median(), Some(23.0));
    assert_eq!(curve.people, 21);
}

/// The glove game: two left gloves, one right one, a pair is worth one.
#[test]
fn gloves_and_runways() {
    let pair = |mask: u32| {
        if mask & 0b100 != 0 && mask & 0b011 != 0 {
            1.0
        } else {
            0.0
        }
    };
    let found = shapley::values(3, pair).unwrap();
    for (found, expected) in found.iter().zip([1.0 / 6.0, 1.0 / 6.0, 4.0 / 6.0]) {
        close(*found, expected, 1e-15);
    }
    // Littlechild and Owen's airport: each length of runway is shared by those who need it
    let needs = [8.0, 11.0, 13.0, 18.0];
    let runway = |mask: u32| {
        let landing = needs
            .iter()
            .enumerate()
            .filter(|(at, _)| mask & (1 << at) != 0);
        landing.map(|(_, need)| *need).fold(0.0, f64::max)
    };
    let found = shapley::values(4, runway).unwrap();
    for (found, expected) in found.iter().zip([2.0, 3.0, 4.0, 9.0]) {
        close(*found, expected, 1e-12);
    }
}

fn walked(channels: &[u32], conversions: u64, nulls: u64) -> Path {
    let touch = |channel: &u32| Touch {
        channel: *channel,
        at: 0,
        cost: 0.0,
    };
    Path {
        touches: channels.iter().map(touch).collect(),
        conversions,
        value: conversions as f64 * 10.0,
        nulls,
        end: 0,
    }
}

/// The example of Anderl et al. as it is taught: C1 C2 C3 bought, C1 did not, C2 C3 did not.
#[test]
fn a_chain_of_three_channels() {
    let paths = [
        walked(&[1, 2, 3], 1, 0),
        walked(&[1], 0, 1),
        walked(&[2, 3], 0, 1),
    ];
    let chain = Chain::of(&paths, 1).unwrap();
    close(chain.chance().unwrap(), 1.0 / 3.0, 1e-15);
    let removals = chain.removals().unwrap();
    for (channel, expected) in [(1, 0.5), (2, 1.0), (3, 1.0)] {
        let found = removals.get(&channel).unwrap();
        close(found.conversions, expected, 1e-12);
        close(found.value, expected, 1e-12);
    }
    let found = attribute(&paths, Model::Markov { order: 1 }).unwrap();
    close(found.channels.get(&1).unwrap().conversions, 0.2, 1e-12);
    close(found.channels.get(&2).unwrap().value, 4.0, 1e-12);
    assert_eq!(found.people, 3);
}

/// The paths of fractribution's own description.
#[test]
fn transforms_as_described() {
    let letters = |text: &str| -> Vec<Touch> {
        let touch = |(at, letter): (usize, char)| Touch {
            channel: u32::from(letter),
            at: i64::try_from(at).unwrap(),
            cost: 1.0,
        };
        text.chars().enumerate().map(touch).collect()
    };
    let text = |touches: &[Touch]| -> String {
        touches
            .iter()
            .filter_map(|touch| char::from_u32(touch.channel))
            .collect()
    };
    let path = letters("DABBCDCC");
    let by = |by| text(&transform(&path, by));
    assert_eq!(by(Transform::Unique), "DABBCDCC");
    assert_eq!(by(Transform::Exposure), "DABCDC");
    assert_eq!(by(Transform::First), "DABC");
    assert_eq!(by(Transform::Recency), "ABDC");
    assert_eq!(by(Transform::Trim { touches: 3 }), "DCC");
    let d = u32::from('D');
    let c = u32::from('C');
    assert_eq!(by(Transform::RemoveIfNotAll { channel: d }), "ABBCCC");
    assert_eq!(
        by(Transform::RemoveIfLastAndNotAll { channel: c }),
        "DABBCD"
    );
    assert_eq!(
        by(Transform::RemoveIfLastAndNotAll { channel: d }),
        "DABBCDCC"
    );
    let only = letters("DD");
    assert_eq!(
        text(&transform(&only, Transform::RemoveIfNotAll { channel: d })),
        "DD"
    );
    let counts = frequency(&path);
    let expected = [('D', 2), ('A', 1), ('B', 2), ('C', 3)];
    assert_eq!(
        counts,
        expected.map(|(letter, count)| (u32::from(letter), count))
    );
}

#[test]
fn paths_of_one_person() {
    let touch = |channel, at| Touch {
        channel,
        at,
        cost: 0.0,
    };
    let touches = [
        touch(1, 10),
        touch(2, 20),
        touch(3, 20),
        touch(1, 35),
        touch(2, 90),
    ];
    let conversions = [(20, 5.0), (40, 7.0)];
    let of = |within, restart, until| -> Vec<(Vec<u32>, u64, u64)> {
        let found = paths(&touches, &conversions, Window { within, restart }, until);
        found
            .iter()
            .map(|p| (p.channels().collect(), p.conversions, p.nulls))
            .collect()
    };
    let first = vec![1, 2, 3];
    assert_eq!(
        of(None, true, 100),
        [(first.clone(), 1, 0), (vec![1], 1, 0), (vec![2], 0, 1)]
    );
    assert_eq!(of(None, true, 50), [(first.clone(), 1, 0), (vec![1], 1, 0)]);
    assert_eq!(
        of(Some(20), false, 100),
        [(first, 1, 0), (vec![2, 3, 1], 1, 0)]
    );
    let alone = paths(
        &touches,
        &[],
        Window {
            within: Some(10),
            restart: false,
        },
        95,
    );
    assert_eq!(alone.len(), 1);
    assert!(
        alone
            .iter()
            .all(|path| path.nulls == 1 && path.touches.len() == 1)
    );
}

/// Sizes as textbooks have them: 5 % against 6 % at 80 % takes 8,158 people an arm.
#[test]
fn people_needed_as_tables_say() {
    let outcome = design::Outcome::Share { base: 0.05 };
    let found = design::people_needed(outcome, 0.01, 0.8, LEVEL).unwrap();
    assert!((8_150..=8_165).contains(&found), "{found}");
    // a third of a standard deviation: 2 (1.96 + 0.8416)^2 / 0.25 = 62.8 people an arm for half of one
    let outcome = design::Outcome::Mean { deviation: 2.0 };
    assert_eq!(design::people_needed(outcome, 1.0, 0.8, LEVEL), Ok(63));
    let arms = design::Arms {
        people: 63,
        base_people: 63,
    };
    let least = design::minimum_detectable(outcome, arms, 0.8, LEVEL).unwrap();
    close(least, 1.0, 0.002);
    assert!(matches!(
        design::people_needed(outcome, 0.0, 0.8, LEVEL),
        Err(Refusal::OutOfRange { .. })
    ));
}

/// Mendel's peas (1866): 315, 108, 101, 32 against 9 to 3 to 3 to 1.
#[test]
fn mendels_peas() {
    let found = split::split(&[(315, 9.0), (108, 3.0), (101, 3.0), (32, 1.0)]).unwrap();
    close(found.chi_square, 0.470_024, 1e-6);
    close(found.p_value, 0.925_426, 1e-6);
    assert!(!found.mismatch && found.people == 556);
    assert!(split::split(&[(4, 1.0), (3, 1.0)]).is_err());
}

#[test]
fn holm_and_quantiles_as_r_has_them() {
    let found = many::holm(&[0.01, 0.04, 0.03, 0.005]);
    for (found, expected) in found.iter().zip([0.03, 0.06, 0.06, 0.02]) {
        close(*found, expected, 1e-15);
    }
    let values = [1.0, 2.0, 4.0, 8.0];
    assert_eq!(quantile(&values, 0.25), Some(1.75));
    assert_eq!(quantile(&values, 0.5), Some(3.0));
    assert_eq!(quantile(&[], 0.5), None);
}
