//! JSON Schema → declarations of events, for `journey new --from-schema`. Every field keeps its name in the
//! data, so that records are taken as they come. What the language has no counterpart for is left out with a
//! comment in the text and a message beside it; what is only not checked any more (lengths, patterns) is counted.

mod convert;
mod names;
mod shape;

use convert::Converter;
use serde_json::Value;
use std::collections::BTreeMap;

/// A schema and what it is called in messages.
#[derive(Clone, Debug)]
pub struct Document {
    pub name: String,
    pub schema: Value,
}

/// What became of schemas.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// a program's file, in its one canonical form
    pub text: String,
    /// what has no counterpart and was left out, or is not checked any more
    pub notes: Vec<String>,
    /// why nothing can be made of a document
    pub failures: Vec<String>,
    /// by document: the event that was made of it
    pub events: Vec<(String, String)>,
    /// of the events and the records in them
    pub fields: usize,
}

/// Events of the schemas that no other one refers to, with the types that they need.
pub fn import(documents: &[Document]) -> Imported {
    let mut converter = Converter::new(documents);
    for number in 0..documents.len() {
        if !converter.is_referred_to(number) {
            converter.event(number);
        }
    }
    let mut notes = converter.notes;
    notes.extend(unchecked(&converter.unchecked));
    let mut failures = converter.failures;
    let mut text = String::from(
        "// Made from JSON Schema by `journey new --from-schema`, to be reviewed: names and types are\n\
         // yours from here on. A field in back-ticks has the name that the data have.\n\n",
    );
    for piece in converter.events.iter().chain(&converter.types) {
        text.push_str(piece);
        text.push('\n');
    }
    match journey_grammar::format(&text) {
        Ok(formatted) => text = formatted,
        Err(problem) => failures.push(format!("what was made can't be formatted: {problem:?}")),
    }
    Imported {
        text,
        notes,
        failures,
        events: converter.made,
        fields: converter.fields,
    }
}

/// One line for each keyword that is not checked any more.
fn unchecked(counts: &BTreeMap<&'static str, usize>) -> Vec<String> {
    counts
        .iter()
        .map(|(keyword, count)| {
            let fields = if *count == 1 { "field" } else { "fields" };
            format!(
                "`{keyword}` of {count} {fields} is not checked: the language has no counterpart"
            )
        })
        .collect()
}
