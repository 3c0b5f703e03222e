//! Schemas of others become programs that check: Iglu Central's events, Adobe's XDM with its own examples, which the
//! made program takes as records. The data lie beside the workspace; where they are absent, the tests say so.

use journey_cli::compile::{self, Execution};
use journey_cli::schema::{Document, Imported, import};
use journey_compiler::load::{File, project};
use journey_compiler::{Database, check, checked};
use journey_tests::data::shared;
use journey_tests::lines::played;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const MANIFEST: &str = "[project]\nname = \"schemas\"\ntimezone = \"UTC\"\n";
/// By schema.
type Examples = BTreeMap<String, Vec<Value>>;
const IGLU: [&str; 6] = [
    "com.google.ga4",
    "com.google.tag-manager.server-side",
    "com.mandrill",
    "com.segment",
    "com.sendgrid",
    "com.snowplowanalytics.snowplow.ecommerce",
];

fn problems(text: &str) -> Vec<String> {
    let db = Database::default();
    let files = vec![
        File::new("journey.toml", MANIFEST),
        File::new("events.journey", text),
    ];
    check(&db, project(&db, files))
        .into_iter()
        .map(|problem| format!("{} {}", problem.code, problem.message))
        .collect()
}

/// It checks without a word, and is in its canonical form.
fn assert_good(made: &Imported) {
    assert_eq!(made.failures, Vec::<String>::new());
    assert_eq!(problems(&made.text), Vec::<String>::new());
    assert_eq!(journey_grammar::format(&made.text).unwrap(), made.text);
}

#[test]
fn every_event_of_iglu_central() {
    let mut documents = Vec::new();
    for vendor in IGLU {
        let Some(bytes) = shared(&format!("schemas-iglu/{vendor}.json")) else {
            return;
        };
        let file: Value = serde_json::from_slice(&bytes).unwrap();
        for (name, entry) in file["schemas"].as_object().unwrap() {
            let name = format!("{vendor}/{name}");
            let schema = entry["schema"].clone();
            documents.push(Document { name, schema });
        }
    }
    let made = import(&documents);
    assert_good(&made);
    assert_eq!((documents.len(), made.events.len()), (76, 76));
    for document in documents {
        assert_good(&import(&[document]));
    }
}

/// Adobe's schemas by their addresses, and the examples beside them.
fn xdm() -> Option<(Vec<Document>, Examples)> {
    let bytes = shared("schemas-xdm/files.json.zst")?;
    let bytes = zstd::decode_all(bytes.as_slice()).unwrap();
    let all: Value = serde_json::from_slice(&bytes).unwrap();
    let mut documents = Vec::new();
    let mut examples: Examples = BTreeMap::new();
    for file in all["files"].as_array().unwrap() {
        let path = file["source_path"].as_str().unwrap();
        let json = file["json"].clone();
        if let Some((name, _)) = path.split_once(".schema.json") {
            let name = name.to_owned();
            documents.push(Document { name, schema: json });
        } else if let Some((name, _)) = path.split_once(".example.") {
            examples.entry(name.to_owned()).or_default().push(json);
        }
    }
    Some((documents, examples))
}

#[test]
fn every_schema_of_xdm_alone_and_all_together() {
    let Some((documents, _)) = xdm() else {
        return;
    };
    assert_eq!(documents.len(), 227);
    assert_good(&import(&documents));
    for document in documents {
        assert_good(&import(&[document]));
    }
}

#[test]
fn the_examples_of_xdm_are_records_of_the_events_made() {
    let Some((documents, examples)) = xdm() else {
        return;
    };
    let made = import(&documents);
    let mut input = String::new();
    let mut count = 0;
    for (document, event) in &made.events {
        for data in examples.get(document).into_iter().flatten() {
            count += 1;
            let record = json!({
                "type": event, "id": format!("e{count}"), "at": "2026-01-05T10:00:00Z",
                "ids": { "user_id": "u1" }, "data": data,
            });
            input.push_str(&format!("{record}\n"));
        }
    }
    let db = Database::default();
    let text = made.text.as_str();
    let files = vec![
        File::new("journey.toml", MANIFEST),
        File::new("events.journey", text),
    ];
    let program = checked(&db, project(&db, files)).unwrap();
    let sources = [("events.journey".to_owned(), made.text.clone())].into();
    let plan = Arc::new(compile::plan(&program, &sources).unwrap());
    let execution = Execution::interpreter(&plan);
    let (_, dead) = played(&execution, &input, &[]);
    assert!(count > 20, "{count}");
    assert_eq!(dead, "", "of {count}");
}
