//! A decision, native against hand-written: the 20 audiences, the 30 offers (eligibility, caps, score, best) and the
//! branch of ten of `data/decide`, over its 10,000 inputs. Both sides' answers are checked first, against the data's own.
//! Its last line reads `decide native/handwritten = R`. What is timed: both leave their answers in memory,
//! one as a struct, the other as the words that the engine reads.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and may stop and say why"
)]

#[path = "decide/data.rs"]
mod data;
#[path = "decide/program.rs"]
mod program;
#[path = "decide/rival.rs"]
mod rival;

use data::Pair;
use program::{Native, Words};
use rival::Answer;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 101;
/// Above this the house's floor does not hold.
const RATIO_MAX: f64 = 0.7;
/// A rival slower than this is no rival (see the README of the data).
const RIVAL_NS_MAX: f64 = 250.0;

fn main() {
    let pairs = data::pairs();
    let native = Native::new();
    let blocks = native.blocks(&pairs);
    check(&pairs, "hand-written", |at| {
        rival::decide(&pairs[at].profile, &pairs[at].event)
    });
    check(&pairs, "native", |at| {
        let mut words = Words::default();
        native.run(blocks.of(at), &mut words);
        native.answer(&words)
    });
    let typed: Vec<_> = pairs
        .iter()
        .map(|pair| (pair.profile.clone(), pair.event.clone()))
        .collect();
    let mut words = Words::default();
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(time(pairs.len(), |at| {
            let (profile, event) = black_box(&typed[at]);
            rival::decide(profile, event)
        }));
        ours.push(time(pairs.len(), |at| {
            native.run(black_box(blocks.of(at)), black_box(&mut words))
        }));
    }
    let (theirs, ours) = (typical(theirs), typical(ours));
    println!("decide hand-written {theirs:.1} ns, native {ours:.1} ns");
    assert!(
        theirs <= RIVAL_NS_MAX,
        "the rival is a straw man, or the machine is busy"
    );
    let ratio = ours / theirs;
    assert!(ratio <= RATIO_MAX, "native/handwritten = {ratio:.2}");
    println!("decide native/handwritten = {ratio:.2}");
}

/// That the answers are those of the data, and their checksum the README's.
fn check(pairs: &[Pair], name: &str, decide: impl Fn(usize) -> Answer) {
    let mut sum = data::SUM_FIRST;
    for (at, expected) in data::expected().into_iter().enumerate().take(pairs.len()) {
        let answer = decide(at);
        let word = u64::from(answer.audiences)
            | u64::from(answer.offer) << 32
            | u64::from(answer.branch) << 40;
        assert_eq!(word, expected, "{name} decides otherwise on line {at}");
        sum = data::sum(sum, word);
    }
    assert_eq!(sum, data::SUM, "{name}'s checksum");
    println!("decide {name}: checksum {sum:016x}");
}

/// Nanoseconds for one decision, over all inputs once: short enough to be seldom interrupted.
fn time<T>(count: usize, mut decide: impl FnMut(usize) -> T) -> f64 {
    let start = Instant::now();
    for at in 0..count {
        black_box(decide(at));
    }
    start.elapsed().as_nanos() as f64 / count as f64
}

/// The lower quartile: others on the machine only ever make it slower.
fn typical(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 4]
}
