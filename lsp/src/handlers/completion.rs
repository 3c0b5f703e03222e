//! `textDocument/completion` and `completionItem/resolve`

use super::{Answer, Ask};
use crate::ide::complete::{self, ItemKind};
use journey_compiler::names::index::Symbol;
use serde_json::{Value, json};

const SNIPPET: u32 = 2;

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let uri = params
        .pointer("/textDocument/uri")
        .cloned()
        .unwrap_or_default();
    let mut shown = Vec::new();
    for item in complete::at(project, file, byte) {
        let mut one = json!({
            "label": item.label,
            "kind": kind(item.kind),
            "detail": item.detail,
            "sortText": format!("{}{}", item.rank, item.label),
        });
        if let Value::Object(fields) = &mut one {
            if let Some(snippet) = &item.snippet {
                if ask.client.snippets {
                    fields.insert("insertText".to_owned(), json!(snippet));
                    fields.insert("insertTextFormat".to_owned(), json!(SNIPPET));
                } else if !snippet.contains('$') {
                    fields.insert("insertText".to_owned(), json!(snippet));
                }
            }
            if let Some(symbol) = &item.symbol {
                let data = json!({ "uri": uri, "symbol": packed(symbol) });
                fields.insert("data".to_owned(), data);
            }
        }
        shown.push(one);
    }
    Ok(json!({ "isIncomplete": false, "items": shown }))
}

pub fn resolve(ask: &Ask, params: &Value) -> Answer {
    let mut item = params.clone();
    let symbol = params.pointer("/data/symbol").and_then(unpacked);
    if let (Some(symbol), Ok((project, _))) = (symbol, ask.project())
        && let Some(text) = complete::resolve(project, &symbol)
        && let Value::Object(fields) = &mut item
    {
        let text = json!({ "kind": "markdown", "value": text });
        fields.insert("documentation".to_owned(), text);
    }
    Ok(item)
}

/// A symbol on its way to the client and back.
fn packed(symbol: &Symbol) -> Value {
    match symbol {
        Symbol::Declared(name) => json!(["declared", name]),
        Symbol::Profile(name) => json!(["profile", name]),
        Symbol::Field(of, name) => json!(["field", name, of]),
        Symbol::Value(of, name) => json!(["value", name, of]),
        Symbol::Outcome(of, name) => json!(["outcome", name, of]),
        other => json!(["built-in", other.name()]),
    }
}

fn unpacked(value: &Value) -> Option<Symbol> {
    let text = |at: usize| Some(value.get(at)?.as_str()?.to_owned());
    let name = text(1)?;
    Some(match value.get(0)?.as_str()? {
        "declared" => Symbol::Declared(name),
        "profile" => Symbol::Profile(name),
        "field" => Symbol::Field(text(2)?, name),
        "value" => Symbol::Value(text(2)?, name),
        "outcome" => Symbol::Outcome(text(2)?, name),
        _ => Symbol::BuiltIn(name),
    })
}

fn kind(kind: ItemKind) -> u32 {
    match kind {
        ItemKind::Keyword => 14,
        ItemKind::Snippet => 15,
        ItemKind::Event => 23,
        ItemKind::Field => 5,
        ItemKind::Value => 20,
        ItemKind::Variable => 6,
        ItemKind::Function => 3,
        ItemKind::Declaration => 7,
        ItemKind::Unit => 11,
    }
}
