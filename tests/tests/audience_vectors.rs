//! Another tool's table of tests for audiences over time (Dittofeed's, MIT): each translated by hand into a
//! program of `programs/audience_vectors`, fed with its records, asked what it asserts. Where a definition
//! changes on the way, `a` is the program before and `b` the one after, over the same log from its start.
//!
//! What the tool calls a user's property is asked as an audience: `email_is_0` is the first value asserted of
//! `email`, `email_is_1` the second.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

#[cfg(test)]
#[path = "real/harness.rs"]
mod harness;

use harness::run;
use journey_tests::data::root;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PROGRAMS: &str = "tests/programs/audience_vectors";

#[test]
fn audiences_are_what_another_tool_asserts() {
    let bytes =
        std::fs::read(root().join("tests/data/audience-vectors/segment_tests.json")).unwrap();
    let table: Value = serde_json::from_slice(&bytes).unwrap();
    let tests = table["tests"].as_array().unwrap();
    let mut asserted = 0;
    let mut wrong = Vec::new();
    for (number, test) in tests.iter().enumerate() {
        asserted += one(number, test, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((tests.len(), asserted), (33, 54));
}

/// Plays one test; how many assertions it makes.
fn one(number: usize, test: &Value, wrong: &mut Vec<String>) -> u32 {
    let start: jiff::Timestamp = test["t0"].as_str().unwrap().parse().unwrap();
    let start = start.as_millisecond();
    let values = values(test);
    let mut records = String::new();
    let mut changed = false;
    let mut asserted = 0;
    for step in test["steps"].as_array().unwrap() {
        let now = start + step["at_ms"].as_i64().unwrap_or(0);
        match step["type"].as_str().unwrap() {
            "SubmitEvents" => {
                for event in step["events"].as_array().unwrap() {
                    records.push_str(&record(event, now, records.len()));
                }
            }
            "UpdateComputedProperty" => changed = true,
            "Assert" => {
                asserted += 1;
                let program = program(number, changed);
                for native in [true, false] {
                    let members = members(&program, &records, now, native);
                    for user in step["users"].as_array().unwrap() {
                        let expected = expected(user, &values);
                        wrong.extend(differences(&program, user, &expected, &members));
                    }
                }
            }
            _ => {}
        }
    }
    asserted
}

fn program(number: usize, changed: bool) -> String {
    let whole = format!("{PROGRAMS}/{number:02}.journey");
    if root().join(&whole).is_file() {
        return whole;
    }
    let part = if changed { 'b' } else { 'a' };
    format!("{PROGRAMS}/{number:02}{part}.journey")
}

fn record(event: &Value, now: i64, place: usize) -> String {
    let mut record = event.clone();
    let at = now + event["offsetMs"].as_i64().unwrap();
    record["at"] = json!(jiff::Timestamp::from_millisecond(at).unwrap().to_string());
    record["id"] = json!(format!("e{place}"));
    format!("{record}\n")
}

/// Who is in which audience after these records, once an instant is closed.
fn members(
    program: &str,
    records: &str,
    until: i64,
    native: bool,
) -> BTreeMap<String, BTreeSet<String>> {
    let outcome = run(
        program,
        "web",
        records.as_bytes(),
        Some(until),
        native,
        &["audience"],
    );
    assert_eq!(outcome.dead, Vec::<Value>::new(), "{program}");
    assert_eq!(
        usize::try_from(outcome.summary.records),
        Ok(records.lines().count())
    );
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for action in &outcome.actions {
        let Some(audience) = action["audience"].as_str() else {
            continue;
        };
        let person = members
            .entry(action["profile"].as_str().unwrap().to_owned())
            .or_default();
        if action["edge"] == "enter" {
            person.insert(audience.to_owned());
        } else {
            person.remove(audience);
        }
    }
    members
}

/// The values asserted of each property, in the order of the test.
fn values(test: &Value) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let steps = test["steps"].as_array().unwrap();
    for user in steps
        .iter()
        .filter_map(|step| step["users"].as_array())
        .flatten()
    {
        for (name, value) in user["properties"].as_object().into_iter().flatten() {
            let known = found.entry(snake(name)).or_default();
            if !known.contains(value) {
                known.push(value.clone());
            }
        }
    }
    found
}

/// Each audience that an assertion speaks of, and whether the user is in it.
fn expected(user: &Value, values: &BTreeMap<String, Vec<Value>>) -> BTreeMap<String, bool> {
    let mut expected = BTreeMap::new();
    for (name, inside) in user["segments"].as_object().into_iter().flatten() {
        expected.insert(snake(name), inside.as_bool().unwrap_or(false));
    }
    let Some(properties) = user["properties"].as_object() else {
        return expected;
    };
    let properties: BTreeMap<String, &Value> = properties
        .iter()
        .map(|(name, value)| (snake(name), value))
        .collect();
    for (name, values) in values {
        for (place, value) in values.iter().enumerate() {
            let is = properties.get(name).is_some_and(|is| *is == value);
            expected.insert(format!("{name}_is_{place}"), is);
        }
    }
    expected
}

fn differences(
    program: &str,
    user: &Value,
    expected: &BTreeMap<String, bool>,
    members: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(program)).unwrap();
    let id = user["id"].as_str().unwrap();
    let none = BTreeSet::new();
    let inside = members.get(id).unwrap_or(&none);
    let mut found = Vec::new();
    for (audience, is) in expected {
        // a value that is asserted before the definition changes, or after, is asked of that program alone
        if !text.contains(&format!("audience {audience} ")) {
            if *is {
                found.push(format!("{program}: {audience} is not declared"));
            }
        } else if inside.contains(audience) != *is {
            found.push(format!("{program}: {id} in {audience} should be {is}"));
        }
    }
    found
}

/// The tool's name → the program's.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    match out.as_str() {
        // words of the language name nothing
        "test" => "test_segment".to_owned(),
        "email_opened" => "email_opened_once".to_owned(),
        _ => out,
    }
}
