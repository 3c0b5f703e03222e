//! `textDocument/prepareCallHierarchy`, `callHierarchy/incomingCalls`, `…/outgoingCalls`: journeys that start journeys.

use super::document_symbol::kind;
use super::{Answer, Ask, Placer, parsed};
use crate::ide::calls::{self, Call};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Of {
    item: Item,
}

#[derive(Deserialize)]
struct Item {
    name: String,
}

pub fn prepare(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let mut placer = Placer::new(ask.view()?, &ask.encoding);
    let found = calls::prepare(project, file, byte);
    let item = found.and_then(|call| item(&mut placer, &call));
    Ok(item.map_or(Value::Null, |item| json!([item])))
}

pub fn incoming(ask: &Ask, params: &Value) -> Answer {
    let of: Of = parsed(params)?;
    let (project, _) = ask.project()?;
    shown(ask, &calls::incoming(project, &of.item.name), "from")
}

pub fn outgoing(ask: &Ask, params: &Value) -> Answer {
    let of: Of = parsed(params)?;
    let (project, _) = ask.project()?;
    shown(ask, &calls::outgoing(project, &of.item.name), "to")
}

fn shown(ask: &Ask, calls: &[Call], end: &str) -> Answer {
    let mut placer = Placer::new(ask.view()?, &ask.encoding);
    let mut all = Vec::new();
    for call in calls {
        let ranges: Vec<_> = call.from.iter().filter_map(|at| placer.range(at)).collect();
        if let Some(item) = item(&mut placer, call) {
            let mut one = json!({ "fromRanges": ranges });
            if let Value::Object(fields) = &mut one {
                fields.insert(end.to_owned(), item);
            }
            all.push(one);
        }
    }
    Ok(Value::Array(all))
}

fn item(placer: &mut Placer<'_>, call: &Call) -> Option<Value> {
    let whole = placer.range(&call.whole)?;
    let at = placer.range(&call.at)?;
    let uri = placer.uri(&call.at.file)?;
    Some(json!({
        "name": call.journey,
        "kind": kind("journey"),
        "uri": uri,
        "range": whole,
        "selectionRange": at,
    }))
}
