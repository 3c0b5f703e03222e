//! How fast a large project compiles: a thousand journeys in as many files, 27,000 lines. Prints the
//! time of a cold check, of a check after one edit, of the plan and the native code, and the most memory.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and may stop and say why"
)]

use journey_cli::compile::{self, Execution};
use journey_compiler::load::{File, project};
use journey_compiler::{Database, check, checked};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

const JOURNEYS: usize = 1_000;
const EDITS: usize = 20;
const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"Europe/London\"\n";

/// The program whose journey is multiplied.
const SHOP: &str = include_str!("../../compiler/tests/shop.journey");

fn main() {
    let sources = sources();
    let lines: usize = sources.values().map(|text| text.lines().count()).sum();
    println!("{} files, {lines} lines", sources.len());

    let begun = Instant::now();
    let mut db = Database::default();
    let files = sources
        .iter()
        .map(|(path, text)| File::new(path, text.as_str()));
    let workspace = project(&db, files.collect());
    assert_eq!(check(&db, workspace), Vec::new());
    report("check, cold", begun.elapsed());

    let file = workspace
        .files(&db)
        .iter()
        .find(|file| file.path(&db) == "journey_500.journey");
    let file = *file.unwrap();
    let original = file.text(&db).to_owned();
    let mut edits: Vec<Duration> = (0..EDITS)
        .map(|n| {
            let text = original.replace("wait 1 day", &format!("wait {} days", n + 2));
            let begun = Instant::now();
            file.edit(&mut db, text);
            assert_eq!(check(&db, workspace), Vec::new());
            begun.elapsed()
        })
        .collect();
    edits.sort_unstable();
    report(
        "check after an edit, median",
        edits.get(EDITS / 2).copied().unwrap_or_default(),
    );

    let begun = Instant::now();
    let program = checked(&db, workspace).unwrap();
    report("program put together", begun.elapsed());
    let begun = Instant::now();
    let plan = Arc::new(compile::plan(&program, &sources).unwrap());
    report("plan and its verifier", begun.elapsed());
    let begun = Instant::now();
    Execution::native(&plan).unwrap();
    report("native code", begun.elapsed());
    println!("most memory: {}", most_memory());
}

/// The shop once, its journey a thousand times.
fn sources() -> BTreeMap<String, String> {
    let (data, rest) = SHOP.split_once("/// Brings people").unwrap();
    let (journey, _) = rest.split_once("test \"").unwrap();
    let mut sources = BTreeMap::from([
        ("journey.toml".to_owned(), MANIFEST.to_owned()),
        ("data.journey".to_owned(), data.to_owned()),
    ]);
    for n in 0..JOURNEYS {
        let own = journey.replace("abandoned_cart", &format!("abandoned_cart_{n}"));
        sources.insert(
            format!("journey_{n}.journey"),
            format!("/// Brings people{own}"),
        );
    }
    sources
}

fn report(what: &str, took: Duration) {
    println!("{what}: {:.1} ms", took.as_secs_f64() * 1e3);
}

/// As the kernel counts it, where it does.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(
        || "not known here".to_owned(),
        |line| line.trim().to_owned(),
    )
}
