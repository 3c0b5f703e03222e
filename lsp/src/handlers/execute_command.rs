//! `workspace/executeCommand`: the `journey` command as a child, on what is on disk. What it prints is the answer, and
//! is shown: a client that knows nothing of the command has no other way. Here is what is started; `children` does.

use super::{Failure, parsed};
use crate::documents::{Key, View};
use crate::ide::lenses::{RUN_TEST, SHOW_GRAPH, SIMULATE};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;

pub const METHOD: &str = "workspace/executeCommand";
pub const COMMANDS: [&str; 3] = [RUN_TEST, SHOW_GRAPH, SIMULATE];

#[derive(Deserialize)]
struct Asked {
    command: String,
    #[serde(default)]
    arguments: Vec<About>,
}

#[derive(Deserialize)]
struct About {
    name: String,
}

/// The arguments of the `journey` command.
pub fn arguments(view: Option<&View>, params: &Value) -> Result<Vec<PathBuf>, Failure> {
    let asked: Asked = parsed(params)?;
    let Some(about) = asked.arguments.first() else {
        return Err(Failure::refused(
            "the command says nothing of what it is about",
        ));
    };
    let path = view.and_then(|view| match &view.key {
        Key::Folder(folder) => Some(folder.clone()),
        Key::Lone(uri) => uri.to_file_path().ok(),
    });
    let Some(path) = path else {
        return Err(Failure::refused(
            "save the file first: the command reads it from disk",
        ));
    };
    let name = PathBuf::from(&about.name);
    let words = |words: &[&str]| words.iter().map(PathBuf::from).collect::<Vec<_>>();
    Ok(match asked.command.as_str() {
        RUN_TEST => [words(&["test"]), vec![path, name]].concat(),
        SHOW_GRAPH => [words(&["graph", "--format", "mermaid"]), vec![path, name]].concat(),
        SIMULATE => [words(&["simulate"]), vec![path]].concat(),
        other => return Err(Failure::refused(format!("there is no command `{other}`"))),
    })
}
