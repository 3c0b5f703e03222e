//! `textDocument/implementation`: who sends this message, who enters on this event.

use super::{Answer, Ask, Placer};
use crate::ide::calls;
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let places = calls::implementations(project, file, byte);
    Ok(json!(
        Placer::new(ask.view()?, &ask.encoding).locations(&places)
    ))
}
