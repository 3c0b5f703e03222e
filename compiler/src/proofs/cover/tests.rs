//! Bounds that overlap.

use super::*;

fn cover(most: u64, over: &[usize]) -> Cover {
    Cover {
        most: Amount::AtMost(most),
        over: over.iter().copied().collect(),
    }
}

fn free(part: usize) -> Amount {
    Amount::Unbounded(format!("{part}"))
}

#[test]
fn the_cheapest_choice_that_leaves_nothing_out() {
    let of = |parts: usize, covers: &[Cover]| most(parts, covers, free);
    assert_eq!(of(0, &[]), Amount::AtMost(0));
    assert_eq!(of(2, &[cover(3, &[0])]), free(1));
    assert_eq!(of(2, &[cover(3, &[0]), cover(4, &[1])]), Amount::AtMost(7));
    let all = [cover(3, &[0]), cover(4, &[1]), cover(5, &[0, 1])];
    assert_eq!(of(2, &all), Amount::AtMost(5));
    // the widest is not the cheapest
    let all = [cover(9, &[0, 1, 2]), cover(2, &[0, 1]), cover(2, &[1, 2])];
    assert_eq!(of(3, &all), Amount::AtMost(4));
    // against every choice
    for seed in 0_u64..500 {
        let bit = |n: u64| (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> n) & 1 == 1;
        let covers: Vec<Cover> = (0..5)
            .map(|c| {
                let over: Vec<usize> = (0..4).filter(|part| bit(c * 7 + *part as u64)).collect();
                cover(1 + (seed >> c) % 7, &over)
            })
            .collect();
        let choices = (0_u32..32).filter_map(|choice| {
            let taken = || {
                covers
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| choice >> at & 1 == 1)
            };
            let over: BTreeSet<usize> = taken().flat_map(|(_, c)| c.over.clone()).collect();
            let sum = taken().filter_map(|(_, c)| c.most.bounded()).sum::<u64>();
            (over.len() == 4).then_some(sum)
        });
        let least = choices.min();
        assert_eq!(of(4, &covers).bounded(), least, "{seed}");
    }
}
