//! `workspace/executeCommand`: the `journey` command as a child, on what is on disk; its words are the answer.

use super::{Answer, Ask, Failure, parsed};
use crate::documents::Key;
use crate::ide::lenses::{RUN_TEST, SHOW_GRAPH, SIMULATE};
use serde::Deserialize;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

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

pub fn answer(ask: &Ask, params: &Value) -> Answer {
    let asked: Asked = parsed(params)?;
    let Some(about) = asked.arguments.first() else {
        return Err(Failure::refused(
            "the command says nothing of what it is about",
        ));
    };
    let path = match &ask.view()?.key {
        Key::Folder(folder) => Some(folder.clone()),
        Key::Lone(uri) => uri.to_file_path().ok(),
    };
    let Some(path) = path else {
        return Err(Failure::refused(
            "save the file first: the command reads it from disk",
        ));
    };
    let program = std::env::current_exe().map_err(|e| Failure::refused(e.to_string()))?;
    let mut child = Command::new(program);
    match asked.command.as_str() {
        RUN_TEST => child.arg("test").arg(path).arg(&about.name),
        SHOW_GRAPH => child.arg("graph").arg(path).arg(&about.name),
        SIMULATE => child.arg("simulate").arg(path),
        other => return Err(Failure::refused(format!("there is no command `{other}`"))),
    };
    // Standard input and output are the client's.
    let ran = child.stdin(Stdio::null()).output();
    let ran = ran.map_err(|e| Failure::refused(format!("it could not be started: {e}")))?;
    Ok(json!({
        "ok": ran.status.success(),
        "output": String::from_utf8_lossy(&ran.stdout),
        "errors": String::from_utf8_lossy(&ran.stderr),
    }))
}
