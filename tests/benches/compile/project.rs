//! The project that the bench compiles: what all teams share, and a thousand campaigns of four kinds, ten a file.

use std::collections::BTreeMap;

pub const JOURNEYS: usize = 1_000;
const A_FILE: usize = 10;
const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"Europe/London\"\n";
const SHARED: &str = include_str!("shared.journey");
const KINDS: [(&str, &str); 4] = [
    ("cart", include_str!("cart.journey")),
    ("welcome", include_str!("welcome.journey")),
    ("win_back", include_str!("win_back.journey")),
    ("review", include_str!("review.journey")),
];

/// Path → text, the manifest too.
pub fn sources() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::from([
        ("journey.toml".to_owned(), MANIFEST.to_owned()),
        ("shared.journey".to_owned(), SHARED.to_owned()),
    ]);
    for n in 0..JOURNEYS {
        let path = format!("campaigns/team_{:03}.journey", n / A_FILE);
        sources.entry(path).or_default().push_str(&campaign(n));
    }
    sources
}

/// The campaign's message and journey; its numbers are its own, so that no two are alike.
fn campaign(n: usize) -> String {
    let (kind, template) = KINDS[n % KINDS.len()];
    template
        .replace("@N@", &format!("{kind}_{n:03}"))
        .replace("@A@", &(10 + n % 37).to_string())
        .replace("@B@", &(1 + n % 97).to_string())
        .replace("@C@", &(2 + n % 5).to_string())
}
