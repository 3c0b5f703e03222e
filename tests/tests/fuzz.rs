//! Every fuzz target on its committed inputs, then on random ones for `JOURNEY_FUZZ_SECONDS` (1 without it),
//! beginning at `JOURNEY_SEED`. A failure is made small and written beside the build, to be committed to
//! `tests/fuzz-corpus/TARGET/` with its mending. `JOURNEY_FUZZ_INPUT=FILE` runs that input alone.

#![expect(
    clippy::disallowed_methods,
    reason = "a campaign of so many seconds reads the clock"
)]

use journey_tests::fuzz::{self, mutate};
use journey_tests::irgen::Rng;
use journey_tests::irgen::rng::mix;
use std::cell::RefCell;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::Once;
use std::time::{Duration, Instant};

/// How long one input may take, on a slow and busy machine too.
const ONE_MAX: Duration = Duration::from_secs(30);
/// How often a failure is tried again while it is made small.
const TRIES_MAX: usize = 400;

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(otherwise)
}

/// Failures of inputs are told once, when they are small.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            LAST.set(info.to_string());
            if std::thread::current()
                .name()
                .is_none_or(|name| !name.starts_with("fuzz_"))
            {
                eprintln!("{info}");
            }
            if std::env::var_os("RUST_BACKTRACE").is_some_and(|v| v == "full") {
                loud(info);
            }
        }));
    });
}

fn fails(run: fn(&[u8]), bytes: &[u8]) -> Option<String> {
    catch_unwind(|| run(bytes)).err().map(|_| LAST.take())
}

/// Where a failure happened: its first line, without numbers.
fn kind(failure: &str) -> String {
    let line = failure.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn report(name: &str, bytes: &[u8], run: fn(&[u8]), failure: &str, from: &str) -> ! {
    let same = kind(failure);
    let small = mutate::smaller(bytes, TRIES_MAX, |fewer| {
        fails(run, fewer).is_some_and(|failure| kind(&failure) == same)
    });
    let failure = fails(run, &small).unwrap_or_default();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    std::fs::write(&path, &small).unwrap();
    eprintln!(
        "{failure}\n{from}; made small: {:?}",
        String::from_utf8_lossy(&small)
    );
    panic!(
        "JOURNEY_FUZZ_INPUT={} cargo test -p journey-tests --test fuzz {name}",
        path.display()
    );
}

fn fuzz(name: &str) {
    let target = fuzz::named(name).unwrap();
    quiet();
    let try_one = |bytes: &[u8], from: &str| {
        if let Some(failure) = fails(target.run, bytes) {
            report(name, bytes, target.run, &failure, from);
        }
    };
    if let Some(path) = std::env::var_os("JOURNEY_FUZZ_INPUT") {
        (target.run)(&std::fs::read(path).unwrap());
        return;
    }
    let mut committed = 0;
    let folder = std::fs::read_dir(fuzz::corpus(name));
    for entry in folder.into_iter().flatten() {
        let path = entry.unwrap().path();
        try_one(&std::fs::read(&path).unwrap(), &path.display().to_string());
        committed += 1;
    }
    let seeds = (target.seeds)();
    for seed in &seeds {
        try_one(seed, "a seed");
    }
    let first = number("JOURNEY_SEED", 1);
    let end = Instant::now() + Duration::from_secs(number("JOURNEY_FUZZ_SECONDS", 1));
    let (mut count, mut slowest) = (0, Duration::ZERO);
    while Instant::now() < end {
        let seed = mix(first).wrapping_add(count);
        let bytes = mutate::input(&mut Rng::new(seed), &seeds);
        let begin = Instant::now();
        try_one(&bytes, &format!("input {count} from JOURNEY_SEED={first}"));
        slowest = slowest.max(begin.elapsed());
        count += 1;
    }
    println!(
        "fuzz {name}: {committed} committed, {} seeds, {count} inputs from JOURNEY_SEED={first}, slowest {slowest:?}",
        seeds.len()
    );
    assert!(slowest < ONE_MAX, "one input took {slowest:?}");
}

macro_rules! targets {
    ($($test:ident $name:literal)*) => {
        $(#[test] fn $test() { fuzz($name); })*

        #[test]
        fn every_target_has_a_test_and_a_binary() {
            let mut ours = vec![$($name),*];
            ours.sort_unstable();
            let all: Vec<&str> = fuzz::TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(ours, all);
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
            for name in all {
                let path = root.join(format!("fuzz/fuzz_targets/{name}.rs"));
                assert!(path.is_file(), "{} is missing", path.display());
            }
        }
    };
}

targets! {
    fuzz_artifact "artifact"
    fuzz_check "check"
    fuzz_csv "csv"
    fuzz_edits "edits"
    fuzz_envelope "envelope"
    fuzz_folder "folder"
    fuzz_format "format"
    fuzz_ir "ir"
    fuzz_json "json"
    fuzz_lsp "lsp"
    fuzz_manifest "manifest"
    fuzz_packed "packed"
    fuzz_request "request"
    fuzz_soup "soup"
    fuzz_syntax "syntax"
    fuzz_values "values"
}
