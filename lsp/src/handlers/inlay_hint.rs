//! `textDocument/inlayHint`

use super::{Answer, Ask, parsed};
use crate::ide::hints;
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
    let lines = ask.lines()?;
    let hints = hints::of_range(project, file, from, to).into_iter();
    let shown = hints.map(|hint| {
        json!({
            "position": lines.position(hint.at),
            "label": hint.text,
            "kind": if hint.is_type { 1 } else { 2 },
            "paddingLeft": !hint.is_type,
        })
    });
    Ok(Value::Array(shown.collect()))
}
