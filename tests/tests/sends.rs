//! Sends under faults, from seeds: the real outbox, log and engine against providers that lose answers, forget
//! keys and are slow. `JOURNEY_SENDS`, `JOURNEY_SENDS_SEED` make a campaign of it; every mistake with sends that
//! can be made on purpose is found (feature `planted-bugs`).

use journey_tests::sending::{self, Verdict};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}

#[derive(Default)]
struct Total {
    failures: Vec<String>,
    marks: BTreeMap<&'static str, u64>,
    sends: u64,
    attempts: u64,
}

#[test]
fn each_class_of_retry_keeps_what_it_promises() {
    let seeds = number("JOURNEY_SENDS", 40);
    let first = number("JOURNEY_SENDS_SEED", 1);
    let program = sending::program();
    let next = AtomicU64::new(first);
    let total: Mutex<Total> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        break;
                    }
                    let verdict = sending::run(&program, seed, None);
                    add(&mut total.lock().unwrap(), seed, verdict);
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    for (name, times) in &total.marks {
        println!("{times:>9} {name}");
    }
    println!(
        "seeds {first}..{}: {} sends, {} attempts, {} failures",
        first + seeds,
        total.sends,
        total.attempts,
        total.failures.len()
    );
    let shown: Vec<String> = total.failures.iter().take(5).cloned().collect();
    assert!(total.failures.is_empty(), "{}", shown.join("\n"));
}

fn add(total: &mut Total, seed: u64, verdict: Verdict) {
    if let Some(failure) = verdict.failure {
        let line = format!("JOURNEY_SENDS=1 JOURNEY_SENDS_SEED={seed}: {failure}");
        total.failures.push(line);
    }
    for (name, times) in verdict.marks {
        *total.marks.entry(name).or_default() += times;
    }
    total.sends += verdict.sends;
    total.attempts += verdict.attempts;
}

#[test]
fn one_dead_endpoint_slows_no_other() {
    assert_eq!(sending::fair(None), Ok(()));
}

/// A mistake that so many seeds do not show counts as not found.
#[cfg(feature = "planted-bugs")]
const SEEDS_MAX: u64 = 4_000;

#[test]
#[cfg(feature = "planted-bugs")]
fn every_planted_mistake_with_sends_is_found() {
    use journey_runtime::outbox::bugs::Mistake;
    let program = sending::program();
    let next = AtomicU64::new(number("JOURNEY_SENDS_FROM", 0));
    let missed = Mutex::new(Vec::new());
    let most = number("JOURNEY_SENDS_MISTAKES", SEEDS_MAX);
    let found_one = |mistake: Mistake| {
        if let Err(failure) = sending::fair(Some(mistake)) {
            return Some((0, failure));
        }
        (1..=most).find_map(|seed| {
            let verdict = sending::run(&program, seed + 1_000_000, Some(mistake));
            verdict.failure.map(|failure| (seed, failure))
        })
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed) as usize;
                    let Some(mistake) = Mistake::ALL.get(place) else {
                        return;
                    };
                    match found_one(*mistake) {
                        Some((seeds, failure)) => {
                            println!("{seeds:>6} seeds: {}: {failure}", mistake.what());
                        }
                        None => {
                            println!("  never: {}", mistake.what());
                            missed
                                .lock()
                                .unwrap()
                                .push((mistake.name(), mistake.what()));
                        }
                    }
                }
            });
        }
    });
    assert!(Mistake::ALL.len() >= 25, "{} mistakes", Mistake::ALL.len());
    assert_eq!(missed.into_inner().unwrap(), vec![], "never found");
}
