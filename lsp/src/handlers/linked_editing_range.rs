//! `textDocument/linkedEditingRange`

use super::{Answer, Ask};
use crate::ide::links;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let lines = ask.lines()?;
    let places = links::together(project, file, byte);
    if places.is_empty() {
        return Ok(Value::Null);
    }
    let ranges: Vec<_> = places
        .iter()
        .map(|at| lines.range(at.start, at.end))
        .collect();
    Ok(json!({ "ranges": ranges, "wordPattern": "[a-z][a-z0-9_]*" }))
}
