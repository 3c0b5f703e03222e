//! `textDocument/signatureHelp`

use super::{Answer, Ask};
use crate::ide::links;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let Some((signature, active)) = links::call(project, file, byte) else {
        return Ok(Value::Null);
    };
    let params: Vec<Value> = signature
        .params
        .iter()
        .map(|p| json!({ "label": p.1 }))
        .collect();
    let shown = json!({ "label": signature.label, "parameters": params });
    Ok(json!({ "signatures": [shown], "activeSignature": 0, "activeParameter": active }))
}
