//! `journey new NAME`: a project with one event, one audience, one journey, its test and events to run it on; or the
//! events that JSON Schemas describe. With `--ci` it is ready for a repository that checks its pull requests.

use crate::args::NewArgs;
use crate::failure::Failure;
use crate::schema::{self, Document, Imported};
use crate::terminal;
use std::path::{Path, PathBuf};

const MANIFEST: &str = include_str!("new/journey.toml");
const PROGRAM: &str = include_str!("new/shop.journey");
const EVENTS: &str = include_str!("new/events.jsonl");
/// What makes it ready for a repository, by the file's name.
const CI: [(&str, &str); 4] = [
    (
        ".github/workflows/journeys.yml",
        include_str!("new/ci/workflow.yml"),
    ),
    (
        ".pre-commit-config.yaml",
        include_str!("new/ci/pre-commit.yaml"),
    ),
    (".gitignore", include_str!("new/ci/gitignore")),
    ("README.md", include_str!("new/ci/README.md")),
];
/// The name in the templates.
const TEMPLATE_NAME: &str = "TEMPLATE";

pub fn run(args: &NewArgs) -> Result<(), Failure> {
    let imported = match args.from_schema.as_slice() {
        [] => None,
        files => Some(from_schema(files)?),
    };
    let Some(folder) = &args.name else {
        let imported = imported.unwrap_or_default();
        tell(&imported);
        return terminal::print(&imported.text);
    };
    let name = make(folder)?;
    let manifest = MANIFEST.replace(TEMPLATE_NAME, &name);
    write(folder, "journey.toml", &manifest)?;
    let shown = folder.display();
    if args.ci {
        for (file, text) in CI {
            write(folder, file, &text.replace(TEMPLATE_NAME, &name))?;
        }
    }
    let for_ci = match args.ci {
        true => {
            "\nfor pull requests: .github/workflows/journeys.yml (put in where you take journey from), \
                 .pre-commit-config.yaml, .gitignore, README.md\n"
        }
        false => "",
    };
    if let Some(imported) = imported {
        write(folder, "events.journey", &imported.text)?;
        tell(&imported);
        return terminal::print(&format!(
            "made {shown}: journey.toml, events.journey\n{for_ci}\nnext: review events.journey, then\n  \
             journey check {shown}\n"
        ));
    }
    write(folder, "shop.journey", PROGRAM)?;
    write(folder, "events.jsonl", EVENTS)?;
    terminal::print(&format!(
        "made {shown}: journey.toml, shop.journey, events.jsonl\n{for_ci}\n\
         next:\n  \
         journey check {shown}\n  \
         journey test {shown}\n  \
         journey run {shown} --events {shown}/events.jsonl --actions - --until 2026-02-01T00:00:00Z\n"
    ))
}

/// The folder, empty; its name.
fn make(folder: &Path) -> Result<String, Failure> {
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
    Ok(name)
}

/// The events of schemas, or all the reasons why there are none.
fn from_schema(files: &[PathBuf]) -> Result<Imported, Failure> {
    let mut documents = Vec::new();
    let mut failures = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file("read", path, &e))?;
        let name = path.display().to_string();
        match serde_json::from_str(&text) {
            Ok(schema) => documents.push(Document { name, schema }),
            Err(error) => failures.push(format!("`{name}` is not JSON: {error}")),
        }
    }
    let mut imported = schema::import(&documents);
    failures.append(&mut imported.failures);
    match failures.is_empty() {
        true => Ok(imported),
        false => Err(Failure::failed(failures.join("\n"))),
    }
}

/// What was made, and what of the schemas was not.
fn tell(imported: &Imported) {
    let (events, fields) = (imported.events.len(), imported.fields);
    terminal::complain(&format!("{events} events, {fields} fields\n"));
    for note in &imported.notes {
        terminal::complain(&format!("{note}\n"));
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above).map_err(|e| Failure::file("make", above, &e))?;
    }
    std::fs::write(&path, text).map_err(|e| Failure::file("write", &path, &e))
}
