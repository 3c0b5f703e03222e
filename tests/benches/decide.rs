//! A decision, native against hand-written: the 59 rules of `data/decide` over its 10,000 inputs. Checks both
//! sides' answers first; its last line reads `decide native/handwritten = R`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a bench measures, prints, and may stop and say why"
)]

#[path = "decide/by_hand.rs"]
mod by_hand;
#[path = "decide/data.rs"]
mod data;
#[path = "decide/rival.rs"]
mod rival;

use data::Pair;
use journey_compiler::codegen::{self, Effort, Options};
use journey_program::abi::Target;
use journey_program::types::FunctionId;
use journey_runtime::native::{Memory, NativeCode};
use rival::Answer;
use std::hint::black_box;
use std::time::Instant;

const REPETITIONS: usize = 101;
/// A rival slower than this is no rival (see the README of the data).
const RIVAL_NS_MAX: f64 = 250.0;

fn main() {
    let pairs = data::pairs();
    check(&pairs, "hand-written", |at| {
        rival::decide(&pairs[at].profile, &pairs[at].event)
    });
    let shape = by_hand::Shape::new(&pairs);
    let blocks: Vec<[Vec<u8>; 2]> = pairs.iter().map(|pair| shape.blocks(pair)).collect();
    let program = by_hand::program(&shape);
    let mut efforts = Vec::new();
    for effort in [Effort::Plain, Effort::Optimised] {
        let options = Options {
            effort,
            ..Options::default()
        };
        let target = Target::current().unwrap();
        let section = codegen::compile_with(&program, target, options).unwrap();
        println!("{effort:?}: {} bytes of code", section.code.len());
        if let Ok(path) = std::env::var("JOURNEY_DUMP") {
            std::fs::write(format!("{path}.{effort:?}"), &section.code).unwrap();
        }
        let code = NativeCode::load(&section).unwrap();
        check(&pairs, "IR by hand", |at| native(&code, &blocks[at]));
        efforts.push(code);
    }
    let mut rival = Vec::new();
    let mut ours = vec![Vec::new(); efforts.len()];
    for _ in 0..REPETITIONS {
        rival.push(time(pairs.len(), |at| {
            rival::decide(black_box(&pairs[at].profile), black_box(&pairs[at].event))
        }));
        for (code, times) in efforts.iter().zip(&mut ours) {
            times.push(time(pairs.len(), |at| native(code, black_box(&blocks[at]))));
        }
    }
    let rival = typical(rival);
    println!("hand-written {rival:.1} ns");
    for times in ours {
        let ours = typical(times);
        println!("IR by hand   {ours:.1} ns, {:.2} of it", ours / rival);
    }
    assert!(
        rival <= RIVAL_NS_MAX,
        "the rival is a straw man ({rival:.0} ns)"
    );
}

/// Both functions; the bools of the first gathered as bits.
fn native(code: &NativeCode, blocks: &[Vec<u8>; 2]) -> Answer {
    let [profile, event] = blocks;
    let mut memory = Memory {
        profile,
        event,
        instance: &mut [],
        constants: &[],
        clock: 0,
    };
    let mut bits = [0i64; 50];
    code.run_alone(FunctionId(0), &mut memory, &[], &mut bits)
        .unwrap();
    let mut branch = [0];
    code.run_alone(FunctionId(1), &mut memory, &[], &mut branch)
        .unwrap();
    let gather = |bits: &[i64]| {
        bits.iter()
            .rev()
            .fold(0u32, |word, bit| word << 1 | *bit as u32)
    };
    Answer {
        audiences: gather(&bits[..20]),
        eligible: gather(&bits[20..]),
        branch: branch[0] as u8,
    }
}

fn check(pairs: &[Pair], name: &str, decide: impl Fn(usize) -> Answer) {
    for (at, (pair, expected)) in pairs.iter().zip(data::expected()).enumerate() {
        let answer = decide(at);
        let offer = rival::best(&pair.profile, answer.eligible);
        let word =
            u64::from(answer.audiences) | u64::from(offer) << 32 | u64::from(answer.branch) << 40;
        assert_eq!(word, expected, "{name} decides otherwise on line {at}");
    }
}

/// Nanoseconds for one decision, over all inputs once: short enough to be seldom interrupted.
fn time<T>(count: usize, decide: impl Fn(usize) -> T) -> f64 {
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
