//! `workspace/diagnostic`: what is wrong with every file of the programs.

use super::{Answer, Ask, diagnostics};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let ids = params.get("previousResultIds").and_then(Value::as_array);
    let known: BTreeMap<&str, &str> = ids
        .into_iter()
        .flatten()
        .filter_map(|id| Some((id.get("uri")?.as_str()?, id.get("value")?.as_str()?)))
        .collect();
    let mut items = Vec::new();
    for view in &ask.views {
        for (file, problems) in diagnostics::of_program(view, &ask.encoding) {
            let Some(uri) = view.uris.get(&file) else {
                continue;
            };
            let before = known.get(uri.as_str()).copied();
            let mut report = diagnostics::report(&problems, before);
            if let Value::Object(fields) = &mut report {
                fields.insert("uri".to_owned(), json!(uri));
                fields.insert("version".to_owned(), Value::Null);
            }
            items.push(report);
        }
    }
    Ok(json!({ "items": items }))
}
