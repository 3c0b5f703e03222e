//! `textDocument/rangeFormatting`: the declarations that the range touches.

use super::{Answer, Ask, parsed};
use crate::ide::{Edit, layout};
use gen_lsp_types::Range;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Part {
    range: Range,
}

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let part: Part = parsed(params)?;
    let (project, file) = ask.project()?;
    let (from, to) = (ask.byte(part.range.start)?, ask.byte(part.range.end)?);
    shown(ask, &layout::of_range(project, file, from, to))
}

pub fn shown(ask: &Ask, edits: &[Edit]) -> Answer {
    let lines = ask.lines()?;
    let edits = edits.iter();
    let edits = edits.map(
        |edit| json!({ "range": lines.range(edit.at.start, edit.at.end), "newText": edit.text }),
    );
    Ok(Value::Array(edits.collect()))
}
