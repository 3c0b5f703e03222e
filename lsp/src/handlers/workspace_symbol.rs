//! `workspace/symbol`: what is declared anywhere in the programs, by letters of its name.

use super::document_symbol::kind;
use super::{Answer, Ask, Placer, parsed};
use crate::ide::outline;
use serde::Deserialize;
use serde_json::{Value, json};

/// More are of no use to a person.
const MOST: usize = 500;

#[derive(Deserialize)]
struct Query {
    query: String,
}

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let query: Query = parsed(params)?;
    let mut all = Vec::new();
    for view in &ask.views {
        let mut placer = Placer::new(view, &ask.encoding);
        for (entry, of) in outline::search(&view.project, &query.query) {
            let Some(location) = placer.location(&entry.at) else {
                continue;
            };
            all.push(json!({
                "name": entry.name,
                "kind": kind(entry.kind),
                "location": location,
                "containerName": of,
            }));
        }
    }
    all.truncate(MOST);
    Ok(Value::Array(all))
}
