//! `textDocument/references`: everywhere that a name stands, in all files.

use super::{Answer, Ask, Placer};
use crate::ide::names;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let context = params.pointer("/context/includeDeclaration");
    let defining = context.and_then(Value::as_bool).unwrap_or(true);
    let (project, file, byte) = ask.place(params)?;
    let places = names::references(project, file, byte, defining);
    let mut placer = Placer::new(ask.view()?, &ask.encoding);
    Ok(json!(placer.locations(&places)))
}
