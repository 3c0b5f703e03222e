//! `textDocument/foldingRange`

use super::{Answer, Ask};
use crate::ide::folding;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, _: &Value) -> Answer {
    let lines = ask.lines()?;
    let folds = folding::of_text(ask.text()?).into_iter();
    let shown = folds.map(|fold| {
        let range = lines.range(fold.start, fold.end);
        // The line with the closing bracket stays visible.
        let last = if fold.comment {
            range.end.line
        } else {
            range.end.line.saturating_sub(1)
        };
        json!({
            "startLine": range.start.line,
            "endLine": last.max(range.start.line),
            "kind": if fold.comment { "comment" } else { "region" },
        })
    });
    Ok(Value::Array(shown.collect()))
}
