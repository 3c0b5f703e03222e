//! Diagnostics as SARIF 2.1.0: one run, a rule for each code that came up, a result each with its fix.

use super::{Places, message};
use journey_compiler::diagnostics::{Diagnostic, Fix, Location, Severity};
use journey_compiler::json::page_url;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn report(diagnostics: &[Diagnostic], places: &Places<'_>) -> String {
    let codes: BTreeSet<&str> = diagnostics.iter().map(|problem| problem.code).collect();
    let rule = |code: &&str| json!({ "id": code, "helpUri": page_url(code) });
    let rules: Vec<Value> = codes.iter().map(rule).collect();
    let results: Vec<Value> = diagnostics.iter().map(|p| result(p, places)).collect();
    let driver = json!({
        "name": "journey",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn result(problem: &Diagnostic, places: &Places<'_>) -> Value {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let others = problem.labels.iter().chain(&problem.related);
    let others: Vec<Value> = others
        .zip(1..)
        .map(|(label, id)| {
            json!({
                "id": id,
                "message": { "text": label.text },
                "physicalLocation": physical(&label.at, places),
            })
        })
        .collect();
    let fixes = problem.fix.iter().chain(&problem.alternative);
    let fixes: Vec<Value> = fixes.map(|way| fix(way, places)).collect();
    json!({
        "ruleId": problem.code,
        "level": level,
        "message": { "text": message(problem) },
        "locations": [{ "physicalLocation": physical(&problem.at, places) }],
        "relatedLocations": others,
        "fixes": fixes,
    })
}

fn physical(at: &Location, places: &Places<'_>) -> Value {
    json!({
        "artifactLocation": { "uri": uri(&places.path(&at.file)) },
        "region": region(at, places),
    })
}

fn region(at: &Location, places: &Places<'_>) -> Value {
    let region = places.region(at);
    json!({
        "startLine": region.start.0, "startColumn": region.start.1,
        "endLine": region.end.0, "endColumn": region.end.1,
    })
}

fn fix(fix: &Fix, places: &Places<'_>) -> Value {
    let change = |(at, text): &(Location, String)| {
        json!({
            "artifactLocation": { "uri": uri(&places.path(&at.file)) },
            "replacements": [{
                "deletedRegion": region(at, places),
                "insertedContent": { "text": text },
            }],
        })
    };
    let changes: Vec<Value> = fix.edits.iter().map(change).collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
