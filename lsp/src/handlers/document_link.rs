//! `textDocument/documentLink`

use super::{Answer, Ask};
use crate::ide::links;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, _: &Value) -> Answer {
    let (project, file) = ask.project()?;
    let (lines, view) = (ask.lines()?, ask.view()?);
    let all = links::of_file(project, file).into_iter();
    let shown = all.filter_map(|(at, target)| {
        let target = view.uris.get(&target)?;
        Some(json!({ "range": lines.range(at.start, at.end), "target": target }))
    });
    Ok(Value::Array(shown.collect()))
}
