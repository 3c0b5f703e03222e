//! `textDocument/prepareRename`: what would be renamed, or why nothing can be.

use super::{Answer, Ask, Failure};
use crate::ide::rename;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let name = rename::prepare(project, file, byte).map_err(Failure::refused)?;
    let range = ask.lines()?.range(name.at.start, name.at.end);
    Ok(json!({ "range": range, "placeholder": name.symbol.name() }))
}
