//! Every mistake that the code generator can make on purpose is found by the campaign. By command:
//! `cargo test --profile campaign -p journey-tests --features planted-bugs --test planted -- --nocapture`.
#![cfg(feature = "planted-bugs")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop and say why"
)]

use journey_compiler::codegen::{Bug, Options};
use journey_tests::agreement::campaign;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A mistake that so many functions do not show counts as not found.
const FUNCTIONS_MAX: u64 = 50_000;

#[test]
fn every_planted_mistake_is_found() {
    assert!(Bug::ALL.len() >= 50, "{} mistakes", Bug::ALL.len());
    let next = AtomicUsize::new(0);
    let missed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, |n| n.get().min(8)) {
            scope.spawn(|| {
                while let Some(bug) = Bug::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let options = Options {
                        bug: Some(*bug),
                        verify: false,
                        ..Options::default()
                    };
                    let report = campaign(1_000_000..1_000_000 + FUNCTIONS_MAX, options);
                    match report.difference {
                        Some((seed, _)) => {
                            println!("{:>6} functions: {}", seed - 1_000_000 + 1, bug.what());
                        }
                        None => missed.lock().unwrap().push((bug.name(), bug.what())),
                    }
                }
            });
        }
    });
    assert_eq!(missed.into_inner().unwrap(), vec![], "never found");
}
