//! One decision among 500 offers that a model of 300 trees ranks: native code against the same work in hand-written
//! Rust, and the model alone against XGBoost's own predictor, in one run. The model is made here (`offers/forest.rs`)
//! and written as XGBoost writes its own, so all three read the same file. Both sides' answers are compared first.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and may stop and say why"
)]

#[path = "offers/forest.rs"]
mod forest;
#[path = "offers/native.rs"]
mod native;
#[path = "offers/people.rs"]
mod people;
#[path = "offers/program.rs"]
mod program;
#[path = "offers/rival.rs"]
mod rival;

use native::Native;
use people::Person;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

const PEOPLE: usize = 2_000;
const ROUNDS: usize = 21;

fn main() {
    let forest = forest::Forest::grown();
    let offers = program::offers();
    let people = people::people(PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    program::write(folder.path(), &forest, &offers);
    let native = Native::new(folder.path());
    let blocks: Vec<Vec<u8>> = people.iter().map(|person| native.block(person)).collect();
    let rival = rival::Rival { forest, offers };
    for (number, (person, block)) in people.iter().zip(&blocks).enumerate() {
        let (ours, theirs) = (native.decide(block), rival.decide(person));
        assert_eq!(ours, theirs, "person {number}");
        assert_eq!(
            native.model(block).to_bits(),
            rival.forest.predict(&person.features).to_bits(),
            "the model of person {number}"
        );
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut our_model, mut their_model) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(time(&people, |person: &Person| rival.decide(person)));
        ours.push(time(&blocks, |block| native.decide(block)));
        their_model.push(time(&people, |person: &Person| {
            rival.forest.predict(&person.features)
        }));
        our_model.push(time(&blocks, |block| native.model(block)));
    }
    let [ours, theirs] = [ours, theirs].map(typical);
    let [our_model, their_model] = [our_model, their_model].map(typical);
    println!("decision: hand-written {theirs:.0} ns, native {ours:.0} ns");
    println!("model alone: hand-written {their_model:.0} ns, native {our_model:.0} ns");
    match library(folder.path(), &people, &rival) {
        Some(ns) => println!(
            "model alone: XGBoost {ns:.0} ns a row, native/XGBoost = {:.2}",
            our_model / ns
        ),
        None => println!(
            "model alone: XGBoost's predictor is not on this machine (`pip install xgboost-cpu`)"
        ),
    }
    println!("offers native/handwritten = {:.2}", ours / theirs);
}

/// Nanoseconds a row of XGBoost's own predictor, all rows in one call on one thread, its predictions the same.
fn library(folder: &std::path::Path, people: &[Person], rival: &rival::Rival) -> Option<f64> {
    let rows: Vec<String> = people
        .iter()
        .map(|person| {
            let cells: Vec<String> = person.features.iter().map(|x| format!("{x:?}")).collect();
            cells.join(",")
        })
        .collect();
    std::fs::write(folder.join("rows.csv"), rows.join("\n")).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/offers/library.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(folder)
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    let mut lines = text.lines();
    let ns = lines.next()?.parse().ok()?;
    for (number, (line, person)) in lines.zip(people).enumerate() {
        let theirs: u32 = line.parse().ok()?;
        let ours = rival.forest.predict(&person.features) as f32;
        assert_eq!(
            ours.to_bits(),
            theirs,
            "XGBoost predicts otherwise for person {number}"
        );
    }
    Some(ns)
}

/// Nanoseconds each, over all of them once.
fn time<T, R>(all: &[T], mut decide: impl FnMut(&T) -> R) -> f64 {
    let start = Instant::now();
    for one in all {
        black_box(decide(black_box(one)));
    }
    start.elapsed().as_nanos() as f64 / all.len() as f64
}

/// The lower quartile: others on the machine only ever make it slower.
fn typical(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 4]
}
