//! Any bytes as `journey.toml`, beside a small program: read without a panic, every problem shown at its
//! place, and settings that keep their bounds.

use super::check;
use journey_compiler::Database;
use journey_compiler::load::{File, MANIFEST, project};
use journey_compiler::project::project as settings;
use journey_program::civil::Zone;
use std::collections::BTreeMap;

const PROGRAM: &str = "event ping { n: int }\naudience pinged = any ping in last 3 days\n";

pub fn run(bytes: &[u8]) {
    let db = Database::default();
    let files = vec![File::new(MANIFEST, bytes), File::new("a.journey", PROGRAM)];
    let workspace = project(&db, files);
    let text = String::from_utf8_lossy(bytes).into_owned();
    let sources = BTreeMap::from([
        (MANIFEST.to_owned(), text),
        ("a.journey".to_owned(), PROGRAM.to_owned()),
    ]);
    check::whole(&db, workspace, &sources);
    let project = settings(&db, workspace);
    assert!(
        Zone::named(&project.timezone).is_some(),
        "{}",
        project.timezone
    );
    let times = project.settings;
    for ms in [
        times.dedupe_ms,
        times.lateness_ms,
        times.reorder_ms,
        times.ahead_ms,
        times.history_ms,
    ] {
        assert!((0..=36_525 * 86_400_000).contains(&ms), "{ms}");
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let whole = r#"[project]
name     = "shop"
version  = "1.4.0"
edition  = "2026"
timezone = "Europe/London"
[lints]
unreachable-step = "deny"
unused-declaration = "allow"
[build]
targets  = ["x86_64-linux", "aarch64-linux"]
[runtime]
dedupe   = "7 days"
lateness = "24 hours"
reorder  = "0 seconds"
ahead    = "5 minutes"
"#;
    let odd = [
        "project.name = 'a'\nproject.timezone = \"UTC\"\n",
        "[project]\nname = 1\ntimezone = []\n[[runtime]]\n",
        "[runtime]\ndedupe = \"99999999999999999999 weeks\"\nlateness = \"-1 days\"\n",
        "a = {b = {c = {}}}\n[lints]\nx = \"deny\"\n",
    ];
    let mut seeds = vec![whole.as_bytes().to_vec()];
    seeds.extend(odd.map(|text| text.as_bytes().to_vec()));
    seeds
}
