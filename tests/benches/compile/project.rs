//! The project that the bench compiles: what all teams share, and a thousand campaigns of four kinds, ten a file.

use std::collections::BTreeMap;
use std::path::Path;

pub const JOURNEYS: usize = 1_000;
const A_FILE: usize = 10;
const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"Europe/London\"\n";
const KINDS: [&str; 4] = ["cart", "welcome", "win_back", "review"];

/// Path → text, the manifest too.
pub fn sources() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::from([
        ("journey.toml".to_owned(), MANIFEST.to_owned()),
        ("shared.journey".to_owned(), read("shared")),
    ]);
    let templates = KINDS.map(read);
    for n in 0..JOURNEYS {
        let path = format!("campaigns/team_{:03}.journey", n / A_FILE);
        sources
            .entry(path)
            .or_default()
            .push_str(&campaign(n, &templates));
    }
    sources
}

/// The campaign's message and journey; its numbers are its own, so that no two are alike.
fn campaign(n: usize, templates: &[String; KINDS.len()]) -> String {
    let kind = KINDS[n % KINDS.len()];
    templates[n % KINDS.len()]
        .replace("@N@", &format!("{kind}_{n:03}"))
        .replace("@A@", &(10 + n % 37).to_string())
        .replace("@B@", &(1 + n % 97).to_string())
        .replace("@C@", &(2 + n % 5).to_string())
}

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/compile");
    std::fs::read_to_string(folder.join(format!("{name}.journey"))).unwrap()
}
