//! Generated programs with generated events: native code says what the interpreter says, byte for byte, and
//! some traces the model too. `JOURNEY_PROGRAMS`, `JOURNEY_MODEL`, `JOURNEY_TRACES` and `JOURNEY_SEED` make a
//! campaign of it; `JOURNEY_UPGRADES` one of pairs of programs, of which the second is deployed over the first.

use journey_tests::progen::coverage::{self, Reached};
use journey_tests::progen::trial::{self, Plan, Verdict, upgrade};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(otherwise)
}

/// So many programs reach whatever the generator can make.
const ENOUGH: u64 = 1000;

/// What all programs came to.
#[derive(Default)]
struct Total {
    failures: Vec<String>,
    actions: u64,
    counts: BTreeMap<String, u64>,
    reached: Reached,
}

impl Total {
    fn add(&mut self, seed: u64, verdict: Verdict) {
        if let Some(failure) = verdict.failure {
            self.failures.push(format!(
                "JOURNEY_PROGRAMS=1 JOURNEY_MODEL=1 JOURNEY_SEED={seed}: {failure}"
            ));
        }
        self.actions += verdict.actions;
        let marks = verdict
            .marks
            .into_iter()
            .map(|(k, v)| (format!("made {k}"), v));
        let kinds = verdict
            .kinds
            .into_iter()
            .map(|(k, v)| (format!("action {k}"), v));
        for (name, times) in marks.chain(kinds) {
            *self.counts.entry(name).or_default() += times;
        }
        for (name, times) in verdict.reached {
            *self.reached.entry(name).or_default() += times;
        }
    }
}

#[test]
fn native_interpreter_and_model_agree_on_generated_programs() {
    let programs = number("JOURNEY_PROGRAMS", 24);
    let model = number("JOURNEY_MODEL", programs);
    let first = number("JOURNEY_SEED", 1);
    let traces = number("JOURNEY_TRACES", 16) as usize;
    let total = Mutex::new(Total::default());
    let next = AtomicUsize::new(0);
    if programs > 1 && number("JOURNEY_LOUD", 0) == 0 {
        std::panic::set_hook(Box::new(|_| {}));
    }
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed) as u64;
                    if at >= programs {
                        break;
                    }
                    let modelled = if at < model { 2 } else { 0 };
                    let plan = Plan {
                        traces,
                        modelled,
                        length: 16,
                    };
                    let verdict = trial::run(first + at, plan);
                    total.lock().unwrap().add(first + at, verdict);
                }
            });
        }
    });
    let _ = std::panic::take_hook();
    let total = total.into_inner().unwrap();
    report(&total, programs, first);
}

fn report(total: &Total, programs: u64, first: u64) {
    for (name, times) in total.counts.iter().chain(&total.reached) {
        println!("{times:>9} {name}");
    }
    println!(
        "seeds {first}..{}: {} actions, {} failures",
        first + programs,
        total.actions,
        total.failures.len()
    );
    assert!(
        total.failures.is_empty(),
        "{} failures\n{}",
        total.failures.len(),
        total.failures.join("\n\n")
    );
    let missing = coverage::missing(&total.reached).join("\n");
    println!("{missing}");
    assert!(missing.is_empty() || programs < ENOUGH, "{missing}");
}

#[test]
fn generated_programs_are_deployed_over_each_other() {
    let pairs = number("JOURNEY_UPGRADES", 6);
    let first = number("JOURNEY_SEED", 1);
    let traces = number("JOURNEY_UPGRADE_TRACES", 4) as usize;
    let counts: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let failures: Mutex<Vec<String>> = Mutex::default();
    let next = AtomicUsize::new(0);
    let (ran, seed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    if pairs > 1 && number("JOURNEY_LOUD", 0) == 0 {
        std::panic::set_hook(Box::new(|_| {}));
    }
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while (ran.load(Ordering::Relaxed) as u64) < pairs {
                    let at = first + next.fetch_add(1, Ordering::Relaxed) as u64;
                    seed.fetch_max(at as usize, Ordering::Relaxed);
                    let verdict = upgrade::run(at, traces);
                    ran.fetch_add(usize::from(verdict.ran), Ordering::Relaxed);
                    for (name, times) in verdict.counts {
                        *counts.lock().unwrap().entry(name).or_default() += times;
                    }
                    if let Some(failure) = verdict.failure {
                        ran.fetch_add(usize::from(!verdict.ran), Ordering::Relaxed);
                        let how = format!("JOURNEY_UPGRADES=1 JOURNEY_SEED={at}");
                        failures.lock().unwrap().push(format!("{how}: {failure}"));
                    }
                }
            });
        }
    });
    let _ = std::panic::take_hook();
    let (counts, failures) = (counts.into_inner().unwrap(), failures.into_inner().unwrap());
    for (name, times) in &counts {
        println!("{times:>9} {name}");
    }
    let last = seed.into_inner();
    println!(
        "seeds {first}..={last}: {} pairs, {} failures",
        ran.into_inner(),
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
