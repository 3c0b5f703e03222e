//! `textDocument/documentHighlight`: the places of a name in its file; where it is defined counts as written.

use super::{Answer, Ask};
use crate::ide::names;
use serde_json::{Value, json};

const READ: u32 = 2;
const WRITE: u32 = 3;

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let lines = ask.lines()?;
    let found = names::highlights(project, file, byte).into_iter();
    let shown = found.map(|name| {
        let range = lines.range(name.at.start, name.at.end);
        json!({ "range": range, "kind": if name.defines { WRITE } else { READ } })
    });
    Ok(Value::Array(shown.collect()))
}
