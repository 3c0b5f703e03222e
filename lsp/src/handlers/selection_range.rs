//! `textDocument/selectionRange`: for each place, what grows around it.

use super::{Answer, Ask, parsed};
use crate::ide::selection;
use gen_lsp_types::Position;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Places {
    positions: Vec<Position>,
}

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let places: Places = parsed(params)?;
    let (project, file) = ask.project()?;
    let lines = ask.lines()?;
    let mut all = Vec::new();
    for position in places.positions {
        let byte = ask.byte(position)?;
        let mut grown = Value::Null;
        for (start, end) in selection::around(project, file, byte).into_iter().rev() {
            let range = lines.range(start, end);
            grown = if grown.is_null() {
                json!({ "range": range })
            } else {
                json!({ "range": range, "parent": grown })
            };
        }
        if grown.is_null() {
            grown = json!({ "range": { "start": position, "end": position } });
        }
        all.push(grown);
    }
    Ok(Value::Array(all))
}
