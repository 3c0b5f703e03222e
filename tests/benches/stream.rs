//! A stream of events, JSON in, actions out: the abandoned cart of `stream/shop` in memory and durable, against the
//! same by hand in memory (`stream/rival.rs`). Both sides' actions are compared by a digest first. With
//! `STREAM_SHARED=FILE` the events are those of that file, and the digest of ours is said as `check.sh` of the shared
//! tools says it; `STREAM_EVENTS` and `STREAM_ROUNDS` make it smaller, `STREAM_ONLY=memory` or `durable` is for a profiler.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and may stop and say why"
)]

#[path = "stream/digest.rs"]
mod digest;
#[path = "stream/generator.rs"]
mod generator;
#[path = "stream/ours.rs"]
mod ours;
#[path = "stream/rival.rs"]
mod rival;
#[path = "stream/spent.rs"]
mod spent;

use digest::Digest;
use ours::Ours;
use spent::Spent;
use std::path::{Path, PathBuf};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let events = number("STREAM_EVENTS", 2_000_000);
    let rounds = number("STREAM_ROUNDS", 3);
    let ours = Ours::new();
    let lines = lines(events);
    let events = lines.iter().filter(|byte| **byte == b'\n').count();
    println!(
        "stream {events} events, {} bytes each",
        lines.len() / events
    );
    match std::env::var("STREAM_ONLY").as_deref() {
        Ok("memory") => return say("in memory", events, &in_memory(&ours, &lines).0),
        Ok("durable") => return say("durable", events, &durable(&ours, &lines).0),
        Ok(_) | Err(_) => {}
    }
    let (mut theirs, mut memory, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let start = Spent::now();
        let rival = rival::run(&lines);
        theirs.push(start.since());
        let (spent, actions) = in_memory(&ours, &lines);
        memory.push(spent);
        let (spent, file) = durable(&ours, &lines);
        kept.push(spent);
        if round == 0 {
            same(&rival, &actions, &file);
        }
    }
    let [theirs, memory, kept] = [theirs, memory, kept].map(|mut all| {
        all.sort_by_key(|spent| spent.cpu);
        all[0]
    });
    say("hand-written, in memory", events, &theirs);
    say("ours, in memory", events, &memory);
    say("ours, durable", events, &kept);
    let per_core = events as f64 / kept.cpu.as_secs_f64();
    let ratio = kept.cpu.as_secs_f64() / theirs.cpu.as_secs_f64();
    println!("stream durable events/s per core = {per_core:.0}");
    println!("stream durable/in-memory-handwritten cpu = {ratio:.2}");
    println!(
        "stream bytes written per event = {:.1}",
        kept.written as f64 / events as f64
    );
}

fn number(name: &str, usual: usize) -> usize {
    let given = std::env::var(name).ok();
    given.map_or(usual, |text| text.parse().unwrap())
}

/// Those of the generator, or of a file.
fn lines(events: usize) -> Vec<u8> {
    match std::env::var("STREAM_SHARED") {
        Ok(path) => std::fs::read(path).unwrap(),
        Err(_) => generator::lines(generator::Terms::of(events)),
    }
}

fn in_memory(ours: &Ours, lines: &[u8]) -> (Spent, Vec<u8>) {
    let start = Spent::now();
    let actions = ours.in_memory(lines);
    (start.since(), actions)
}

/// The actions are read back from their file.
fn durable(ours: &Ours, lines: &[u8]) -> (Spent, Vec<u8>) {
    let folder = tempfile::tempdir_in(temporary()).unwrap();
    let actions = folder.path().join("actions");
    let start = Spent::now();
    ours.durable(lines, &folder.path().join("state"), &actions);
    let mut spent = start.since();
    let actions = std::fs::read(actions).unwrap();
    // what is counted is the store's: the actions go to whoever wants them
    spent.written = spent.written.saturating_sub(actions.len() as u64);
    (spent, actions)
}

/// On the disk that the build is on: `/tmp` may be memory.
fn temporary() -> PathBuf {
    let target = option_env!("CARGO_TARGET_TMPDIR").map(Path::new);
    target.map_or_else(std::env::temp_dir, Path::to_owned)
}

fn same(rival: &[u8], memory: &[u8], durable: &[u8]) {
    assert!(
        memory == durable,
        "durable actions are other than those in memory"
    );
    let worded = digest::worded(memory);
    let (theirs, ours) = (Digest::of(rival), Digest::of(&worded));
    if theirs != ours
        && let Ok(folder) = std::env::var("STREAM_KEEP")
    {
        let folder = PathBuf::from(folder);
        std::fs::write(folder.join("rival"), rival).unwrap();
        std::fs::write(folder.join("ours"), &worded).unwrap();
    }
    assert_eq!(theirs, ours, "the two sides do not act alike");
    println!(
        "stream {} actions, digest {}, both sides",
        ours.lines, ours.hash
    );
    match (std::env::var("STREAM_SHARED"), std::env::var("STREAM_KEEP")) {
        (Ok(_), Ok(folder)) => {
            let path = PathBuf::from(folder).join("ours");
            std::fs::write(&path, &worded).unwrap();
            println!("stream actions for `check.sh` in {}", path.display());
        }
        _ => println!(
            "stream the shared generator's events: SKIPPED, STREAM_SHARED and STREAM_KEEP are not set"
        ),
    }
}

fn say(who: &str, events: usize, spent: &Spent) {
    let per_million = spent.cpu.as_secs_f64() * 1e6 / events as f64;
    println!(
        "stream {who}: {per_million:.3} CPU s a million events, {:.1} s in all, {} MB written",
        spent.wall.as_secs_f64(),
        spent.written >> 20,
    );
}
