//! `textDocument/hover`

use super::{Answer, Ask};
use crate::ide::about;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let Some((name, text)) = about::hover(project, file, byte) else {
        return Ok(Value::Null);
    };
    let range = ask.lines()?.range(name.at.start, name.at.end);
    Ok(json!({ "contents": { "kind": "markdown", "value": text }, "range": range }))
}
