//! Published data that lie beside the workspace and are not shipped: tables as rows of text, references as
//! JSON. Where they are absent the test says so and passes.

#![expect(
    clippy::panic,
    clippy::string_slice,
    reason = "a test may fail by panicking"
)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

pub(crate) fn bytes(path: &str) -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../../shared/data").join(path);
    let read = std::fs::read(&path).ok();
    if read.is_none() {
        // straight to the terminal: what a passing test prints is not shown
        let _ = writeln!(std::io::stderr(), "SKIPPED: no data at {}", path.display());
    }
    read
}

/// One row by the names of its columns.
pub(crate) type Row = BTreeMap<String, String>;

/// All rows of a table, packed or not.
pub(crate) fn table(path: &str) -> Option<Vec<Row>> {
    let bytes = bytes(path)?;
    let bytes = if path.ends_with(".zst") {
        zstd::decode_all(&bytes[..]).unwrap_or_else(|e| panic!("{path}: {e}"))
    } else {
        bytes
    };
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let rows = reader
        .deserialize()
        .map(|row| row.unwrap_or_else(|e| panic!("{path}: {e}")));
    Some(rows.collect())
}

pub(crate) fn reference(folder: &str) -> Option<Value> {
    let bytes = bytes(&format!("{folder}/reference.json"))?;
    Some(serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{folder}: {e}")))
}

pub(crate) fn number(row: &Row, column: &str) -> f64 {
    let text = row
        .get(column)
        .unwrap_or_else(|| panic!("no column {column}"));
    text.parse()
        .unwrap_or_else(|e| panic!("{column} {text}: {e}"))
}

pub(crate) fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column)
        .unwrap_or_else(|| panic!("no column {column}"))
}

/// Days since 1970 of `YYYY-MM-DD…`.
pub(crate) fn day(text: &str) -> i64 {
    let date: jiff::civil::Date = text[..10].parse().unwrap_or_else(|e| panic!("{text}: {e}"));
    let origin = jiff::civil::date(1970, 1, 1);
    i64::from((date - origin).get_days())
}

/// Months since year 0 of `YYYY-MM…`.
pub(crate) fn month(text: &str) -> i64 {
    let part = |at: std::ops::Range<usize>| -> i64 {
        text[at].parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    };
    part(0..4) * 12 + part(5..7) - 1
}

#[track_caller]
pub(crate) fn near(what: &str, found: f64, expected: &Value, tolerance: f64) {
    let expected = expected
        .as_f64()
        .unwrap_or_else(|| panic!("{what}: no reference"));
    close(what, found, expected, tolerance);
}

/// Within a part of the expected number (of one, where it is smaller than one).
#[track_caller]
pub(crate) fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= tolerance * scale,
        "{what}: found {found}, expected {expected}"
    );
}
