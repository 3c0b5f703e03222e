//! Diagnostics of one document, for both ways of asking: pulled by `textDocument/diagnostic`, or pushed.

use super::{Answer, Ask, Placer};
use crate::documents::View;
use crate::ide::Place;
use gen_lsp_types::PositionEncodingKind;
use journey_compiler::diagnostics::{Diagnostic, Label, Severity};
use journey_compiler::json::page_url;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let before = params.get("previousResultId").and_then(Value::as_str);
    let view = ask.view()?;
    let mut all = of_program(view, &ask.encoding);
    let items = all.remove(&view.file).unwrap_or_default();
    Ok(report(&items, before))
}

/// A full report, or that nothing has changed since the one that the client has.
pub fn report(items: &[Value], before: Option<&str>) -> Value {
    let id = digest(items);
    if before == Some(id.as_str()) {
        return json!({ "kind": "unchanged", "resultId": id });
    }
    json!({ "kind": "full", "resultId": id, "items": items })
}

fn digest(items: &[Value]) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for item in items {
        item.to_string().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// What is wrong with each file of a program; files with nothing wrong are there too.
pub fn of_program(view: &View, encoding: &PositionEncodingKind) -> BTreeMap<String, Vec<Value>> {
    let project = &view.project;
    let mut placer = Placer::new(view, encoding);
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for file in view.uris.keys() {
        all.insert(file.clone(), Vec::new());
    }
    for problem in journey_compiler::check(&project.db, project.workspace) {
        if let Some(shown) = converted(&mut placer, &problem) {
            all.entry(problem.at.file.clone()).or_default().push(shown);
        }
    }
    all
}

pub fn converted(placer: &mut Placer<'_>, d: &Diagnostic) -> Option<Value> {
    let message = match &d.help {
        Some(help) => format!("{}\n{help}", d.message),
        None => d.message.clone(),
    };
    let at = Place::new(d.at.file.clone(), d.at.start, d.at.end);
    let range = placer.range(&at)?;
    let related: Vec<Value> = d
        .labels
        .iter()
        .chain(&d.related)
        .filter_map(|label| place(placer, label))
        .collect();
    let severity = match d.severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Note => 3,
    };
    let mut shown = json!({
        "range": range,
        "severity": severity,
        "code": d.code,
        "codeDescription": { "href": page_url(d.code) },
        "source": "journey",
        "message": message,
    });
    let tags = tags(d.code);
    if let Value::Object(fields) = &mut shown {
        if !related.is_empty() {
            fields.insert("relatedInformation".to_owned(), Value::Array(related));
        }
        if !tags.is_empty() {
            fields.insert("tags".to_owned(), json!(tags));
        }
    }
    Some(shown)
}

/// What nobody needs is shown faded.
fn tags(code: &str) -> &'static [u32] {
    if code.starts_with("unused") || code.starts_with("unreachable") {
        &[1]
    } else {
        &[]
    }
}

fn place(placer: &mut Placer<'_>, label: &Label) -> Option<Value> {
    let at = &label.at;
    let place = Place::new(at.file.clone(), at.start, at.end);
    let location = placer.location(&place)?;
    Some(json!({ "location": location, "message": label.text }))
}

/// What a client that does not ask is told of a program: all of its files, with the versions of those that are open.
pub fn pushed(
    view: &View,
    encoding: &PositionEncodingKind,
    versions: &[(gen_lsp_types::Uri, Option<i32>)],
) -> crate::workers::Pushed {
    let mut all = Vec::new();
    for (file, items) in of_program(view, encoding) {
        if let Some(uri) = view.uris.get(&file) {
            let open = versions.iter().find(|(open, _)| open == uri);
            let version = open.map(|(_, version)| version.unwrap_or_default());
            all.push((uri.clone(), version, items));
        }
    }
    all
}
