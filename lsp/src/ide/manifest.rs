//! `journey.toml`: the keys and values that it knows, where they may stand.

use super::complete::{Item, zones};

const SECTIONS: [&str; 5] = ["project", "lints", "build", "runtime", "simulation"];

/// Completion in the manifest.
pub fn complete(text: &str, byte: u32) -> Vec<Item> {
    let end = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    let before = text.get(..end).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    let section = before
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix('[')?.strip_suffix(']'));
    if line.starts_with('[') {
        return items(SECTIONS, "section");
    }
    let section = section.unwrap_or_default();
    match line.split_once('=') {
        None => keys(section),
        Some((key, value)) => values(section, key.trim(), value.contains('"')),
    }
}

fn items<'w>(words: impl IntoIterator<Item = &'w str>, detail: &str) -> Vec<Item> {
    let words = words.into_iter();
    words.map(|word| Item::word(word, detail)).collect()
}

fn keys(section: &str) -> Vec<Item> {
    match section {
        "project" => items(["name", "version", "edition", "timezone"], "project"),
        "build" => items(["targets"], "build"),
        "runtime" => items(
            ["dedupe", "lateness", "reorder", "ahead", "history"],
            "runtime",
        ),
        "lints" => {
            let codes = journey_compiler::diagnostics::codes::CODES.iter();
            items(codes.map(|code| code.name), "lint")
        }
        _ => Vec::new(),
    }
}

fn values(section: &str, key: &str, quoted: bool) -> Vec<Item> {
    let mut all = match (section, key) {
        ("project", "timezone") => zones(),
        ("project", "edition") => items(["2026"], "edition"),
        ("lints", _) => items(["allow", "warn", "deny"], "level"),
        ("build", _) => items(["x86_64-linux", "aarch64-linux"], "target"),
        ("runtime", _) => items(["7 days", "24 hours", "0 seconds", "5 minutes"], "duration"),
        _ => Vec::new(),
    };
    if !quoted {
        for item in &mut all {
            item.label = format!("\"{}\"", item.label);
        }
    }
    all
}
