//! `textDocument/codeAction`

use super::{Answer, Ask, Placer, diagnostics, parsed};
use crate::ide::actions;
use gen_lsp_types::Range;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Asked {
    range: Range,
    #[serde(default)]
    context: Context,
}

#[derive(Default, Deserialize)]
struct Context {
    only: Option<Vec<String>>,
}

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let asked: Asked = parsed(params)?;
    let (project, file) = ask.project()?;
    let (from, to) = (ask.byte(asked.range.start)?, ask.byte(asked.range.end)?);
    let mut placer = Placer::new(ask.view()?, &ask.encoding);
    let wanted = |kind: &str| {
        let only = asked.context.only.as_ref();
        only.is_none_or(|only| only.iter().any(|of| kind.starts_with(of.as_str())))
    };
    let mut shown = Vec::new();
    for action in actions::of_range(project, file, from, to) {
        if !wanted(action.kind) {
            continue;
        }
        let mut one = json!({
            "title": action.title,
            "kind": action.kind,
            "edit": placer.edit(&action.edits),
        });
        if let (Some((problem, first)), Value::Object(fields)) = (&action.mends, &mut one) {
            let diagnostic = diagnostics::converted(&mut placer, problem);
            fields.insert("diagnostics".to_owned(), json!([diagnostic]));
            fields.insert("isPreferred".to_owned(), json!(first));
        }
        shown.push(one);
    }
    Ok(Value::Array(shown))
}
