//! `journey new NAME`: a project with one event, one audience, one journey, its test and events to run it on.

use crate::args::NewArgs;
use crate::failure::Failure;
use crate::terminal;
use std::path::Path;

const MANIFEST: &str = include_str!("new/journey.toml");
const PROGRAM: &str = include_str!("new/shop.journey");
const EVENTS: &str = include_str!("new/events.jsonl");
/// The name in the template's manifest.
const TEMPLATE_NAME: &str = "TEMPLATE";

pub fn run(args: &NewArgs) -> Result<(), Failure> {
    let folder = &args.name;
    let name = folder
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Failure::usage(format!(
            "`{name}` is no name for a project: letters, digits, `-` and `_` are"
        )));
    }
    let taken = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken || folder.is_file() {
        return Err(Failure::failed(format!(
            "`{}` is there already",
            folder.display()
        )));
    }
    std::fs::create_dir_all(folder).map_err(|e| Failure::file("make", folder, &e))?;
    write(
        folder,
        "journey.toml",
        &MANIFEST.replace(TEMPLATE_NAME, &name),
    )?;
    write(folder, "shop.journey", PROGRAM)?;
    write(folder, "events.jsonl", EVENTS)?;
    let shown = folder.display();
    terminal::print(&format!(
        "made {shown}: journey.toml, shop.journey, events.jsonl\n\n\
         next:\n  \
         journey check {shown}\n  \
         journey test {shown}\n  \
         journey run {shown} --events {shown}/events.jsonl --actions - --until 2026-02-01T00:00:00Z\n"
    ))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|e| Failure::file("write", &path, &e))
}
