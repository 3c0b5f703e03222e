//! `textDocument/formatting`: the canonical form, as one edit; a file that does not parse is left as it is.

use super::{Answer, Ask};
use crate::ide::is_source;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, _: &Value) -> Answer {
    let (_, file) = ask.project()?;
    let text = ask.text()?;
    let formatted = is_source(file).then(|| journey_grammar::format(text));
    match formatted {
        Some(Ok(formatted)) if formatted != text => {
            let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
            let range = ask.lines()?.range(0, end);
            Ok(json!([{ "range": range, "newText": formatted }]))
        }
        Some(Ok(_) | Err(_)) | None => Ok(json!([])),
    }
}
