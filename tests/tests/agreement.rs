//! Interpreter and native code agree on random functions. A small count by default; by command
//! `JOURNEY_FUNCTIONS=1000000 cargo test --profile campaign -p journey-tests --test agreement -- --nocapture`,
//! from another seed with `JOURNEY_SEED=…`; a failure prints the line that replays it alone.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop and say why"
)]

use journey_compiler::codegen::Options;
use journey_tests::agreement::{Report, campaign};
use std::thread;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The seeds in parts, a thread each.
fn in_parallel(from: u64, count: u64, options: Options) -> Report {
    let threads = thread::available_parallelism()
        .map_or(1, |n| n.get() as u64)
        .min(8);
    let part = count.div_ceil(threads);
    let mut report = Report::default();
    thread::scope(|scope| {
        let run = |nth| {
            let start = from + nth * part;
            scope.spawn(move || campaign(start..(start + part).min(from + count), options))
        };
        let handles: Vec<_> = (0..threads).map(run).collect();
        for handle in handles {
            report.add(handle.join().unwrap());
        }
    });
    report
}

#[test]
fn interpreter_and_native_code_agree_on_random_functions() {
    let (from, count) = (
        number("JOURNEY_SEED", 0),
        number("JOURNEY_FUNCTIONS", 2_000),
    );
    let options = Options {
        verify: count <= 2_000,
        ..Options::default()
    };
    let report = in_parallel(from, count, options);
    println!(
        "{} functions from seed {from}, {} runs",
        report.functions, report.runs
    );
    for (name, count) in &report.counts {
        println!("{count:>12} {name}");
    }
    if let Some((seed, text)) = &report.difference {
        let replay = format!("JOURNEY_SEED={seed} JOURNEY_FUNCTIONS=1");
        let test = "cargo test --profile campaign -p journey-tests --test agreement";
        panic!("they differ on the function of seed {seed}: {text}\nreplay: {replay} {test}");
    }
    if count >= 2_000 {
        assert_eq!(report.missing(), Vec::<String>::new(), "never came up");
    }
}
