//! `textDocument/definition`: where the name at a place is defined, as links that say what was asked about.

use super::{Answer, Ask, Placer};
use crate::ide::{Place, Project, names};
use serde_json::{Value, json};

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let (project, file, byte) = ask.place(params)?;
    let mut placer = Placer::new(ask.view()?, &ask.encoding);
    let Some((name, mut places)) = names::definition(project, file, byte) else {
        return Ok(json!(
            linked_file(project, file, byte).and_then(|place| placer.location(&place))
        ));
    };
    // On a definition itself a client shows its other places when there is nowhere to go.
    if places.len() > 1 {
        places.retain(|place| *place != name.at);
    }
    Ok(json!(placer.locations(&places)))
}

/// The file that a text names, at its beginning.
fn linked_file(project: &Project, file: &str, byte: u32) -> Option<Place> {
    let here = project.at(file, byte)?;
    let text = project.text(file)?;
    let token = journey_grammar::tokens(here.chunk.text(&project.db))
        .into_iter()
        .find(|token| token.start + here.offset <= byte && byte < token.end + here.offset)?;
    let (start, end) = (token.start + here.offset, token.end + here.offset);
    let written = text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)?;
    let path = written.trim_matches('"');
    let there = project.workspace.data(&project.db).contains_key(path);
    there.then(|| Place::new(path, 0, 0))
}
