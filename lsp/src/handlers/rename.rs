//! `textDocument/rename`: the edits of all files, or why the name can't be that one.

use super::{Answer, Ask, Failure, Placer, parsed};
use crate::ide::rename;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct To {
    new_name: String,
}

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let to: To = parsed(params)?;
    let (project, file, byte) = ask.place(params)?;
    let edits = rename::rename(project, file, byte, &to.new_name).map_err(Failure::refused)?;
    Ok(Placer::new(ask.view()?, &ask.encoding).edit(&edits))
}
