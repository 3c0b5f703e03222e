//! `textDocument/typeDefinition`: where the type of what stands at a place is declared.

use super::{Answer, Ask, Placer};
use crate::ide::{names, types};
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let name = names::at(project, file, byte);
    let ty = name.and_then(|name| types::of_symbol(project, &name.symbol));
    let declared = ty.and_then(|ty| types::declaration(project, &ty));
    let places = declared.map(|symbol| names::definitions(project, &symbol));
    let mut placer = Placer::new(ask.view()?, &ask.encoding);
    Ok(json!(placer.locations(&places.unwrap_or_default())))
}
