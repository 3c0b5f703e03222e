//! `textDocument/onTypeFormatting`: the declaration that a `}` has just closed.

use super::range_formatting::shown;
use super::{Answer, Ask};
use crate::ide::layout;
use serde_json::Value;

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    shown(ask, &layout::on_type(project, file, byte))
}
