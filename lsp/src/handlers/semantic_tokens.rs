//! `textDocument/semanticTokens`: of a file, of a part of it, and what differs from the answer before.

use super::{Answer, Ask, parsed};
use crate::ide::colours;
use gen_lsp_types::Range;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Before {
    previous_result_id: String,
}

#[derive(Deserialize)]
struct Part {
    range: Range,
}

pub fn full(ask: &Ask, _: &Value) -> Answer {
    let data = data(ask, None)?;
    let id = ask.memory.keep(&ask.view()?.key_of_file(), &data);
    Ok(json!({ "resultId": id, "data": data }))
}

pub fn range(ask: &Ask, params: &Value) -> Answer {
    let part: Part = parsed(params)?;
    Ok(json!({ "data": data(ask, Some(part.range))? }))
}

/// One edit: what lies between the longest beginnings and ends that are alike.
pub fn delta(ask: &Ask, params: &Value) -> Answer {
    let before: Before = parsed(params)?;
    let key = ask.view()?.key_of_file();
    let old = ask.memory.kept(&key, &before.previous_result_id);
    let new = data(ask, None)?;
    let id = ask.memory.keep(&key, &new);
    let Some(old) = old else {
        return Ok(json!({ "resultId": id, "data": new }));
    };
    let same =
        |pairs: &mut dyn Iterator<Item = (&u32, &u32)>| pairs.take_while(|(a, b)| a == b).count();
    let ahead = same(&mut old.iter().zip(&new));
    let left = old.len().min(new.len()) - ahead;
    let behind = same(&mut old.iter().rev().zip(new.iter().rev())).min(left);
    let inserted = new.get(ahead..new.len() - behind).unwrap_or_default();
    let deleted = old.len() - behind - ahead;
    let edits = if inserted.is_empty() && deleted == 0 {
        json!([])
    } else {
        json!([{ "start": ahead, "deleteCount": deleted, "data": inserted }])
    };
    Ok(json!({ "resultId": id, "edits": edits }))
}

/// Five numbers a token, each place from the one before; one that runs over lines is told line by line.
fn data(ask: &Ask, part: Option<Range>) -> Result<Vec<u32>, super::Failure> {
    let (project, file) = ask.project()?;
    let lines = ask.lines()?;
    let mut data = Vec::new();
    let (mut line, mut column) = (0, 0);
    for token in colours::of_file(project, file) {
        let range = lines.range(token.start, token.end);
        let outside = part.as_ref().is_some_and(|part| {
            range.end.line < part.start.line || range.start.line > part.end.line
        });
        if outside || range.start.line != range.end.line {
            continue;
        }
        let ahead = range.start.line - line;
        let over = if ahead == 0 {
            range.start.character - column
        } else {
            range.start.character
        };
        let length = range.end.character - range.start.character;
        data.extend([ahead, over, length, token.kind, token.modifiers]);
        (line, column) = (range.start.line, range.start.character);
    }
    Ok(data)
}
