//! `textDocument/documentSymbol`: the declarations of a file with what they define.

use super::{Answer, Ask};
use crate::convert::Lines;
use crate::ide::outline::{Entry, of_file};
use serde_json::{Value, json};

pub fn answer(ask: &Ask, _: &Value) -> Answer {
    let (project, file) = ask.project()?;
    let lines = ask.lines()?;
    let entries = of_file(project, file);
    Ok(entries.iter().map(|entry| shown(entry, &lines)).collect())
}

fn shown(entry: &Entry, lines: &Lines<'_>) -> Value {
    let inside: Vec<Value> = entry.inside.iter().map(|e| shown(e, lines)).collect();
    json!({
        "name": if entry.name.is_empty() { "?" } else { &entry.name },
        "detail": entry.kind,
        "kind": kind(entry.kind),
        "range": lines.range(entry.whole.start, entry.whole.end),
        "selectionRange": lines.range(entry.at.start, entry.at.end),
        "children": inside,
    })
}

/// The number by which the protocol knows the nearest thing of programming languages.
pub fn kind(word: &str) -> u32 {
    match word {
        "event" | "broadcast" | "outcome" => 24,
        "enum" => 10,
        "value" => 22,
        "type" | "offer_type" => 23,
        "const" | "offer" => 14,
        "fn" | "decision" | "model" => 12,
        "profile" | "table" => 19,
        "field" | "reason" => 8,
        "identity" | "purpose" => 20,
        "channel" => 11,
        "message" => 15,
        "audience" | "group" => 18,
        "source" => 2,
        "test" => 6,
        "parameter" | "step" | "arm" => 13,
        "limit" | "holdout" => 16,
        _ => 5,
    }
}
