//! `textDocument/codeLens`: what can be run is run by `workspace/executeCommand`.

use super::{Answer, Ask};
use crate::ide::lenses;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file) = ask.project()?;
    let lines = ask.lines()?;
    let uri = params
        .pointer("/textDocument/uri")
        .cloned()
        .unwrap_or_default();
    let all = lenses::of_file(project, file).into_iter();
    let shown = all.map(|lens| {
        let (command, arguments) = match &lens.command {
            Some((command, about)) => (*command, json!([{ "uri": uri, "name": about }])),
            None => ("", json!([])),
        };
        json!({
            "range": lines.range(lens.at.start, lens.at.end),
            "command": { "title": lens.title, "command": command, "arguments": arguments },
        })
    });
    Ok(Value::Array(shown.collect()))
}
