//! Bytes → workspace. Reading is the caller's; what is wrong with a file as such becomes a diagnostic.

use crate::db::{Database, SourceFile, Workspace};
use crate::diagnostics::{Diagnostic, Location};
use crate::parse::slice;
use crate::versions::{Role, deployed_folders};
use journey_grammar::tree::{DeclKind, Expr, ExprKind, ModelKind, TextPart};
use journey_grammar::{Kind, tokens};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Larger source files are refused: nobody writes them, and every stage stays bounded.
pub const SOURCE_MAX_BYTES: usize = 16 * 1024 * 1024;
/// The manifest's name.
pub const MANIFEST: &str = "journey.toml";

/// A file as the caller read it. `path` counts from the project's folder, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}

impl File {
    pub fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            bytes: bytes.into(),
        }
    }
}

/// A project: its manifest (the file named `journey.toml`) and its sources, in any order.
pub fn project(db: &Database, files: Vec<File>) -> Workspace {
    load(db, files, true, BTreeMap::new())
}

/// The same, with the versions that its tests deploy: the files of each, by its folder.
pub fn project_with(
    db: &Database,
    files: Vec<File>,
    versions: BTreeMap<String, Vec<File>>,
) -> Workspace {
    let mut loaded = BTreeMap::new();
    for (folder, of_version) in versions {
        let version = load(db, of_version, true, BTreeMap::new());
        let mut all = Vec::new();
        for file in version.files(db) {
            let (path, text) = (file.path(db).to_owned(), file.text(db).to_owned());
            all.push(SourceFile::new(db, path, text, Role::Program));
        }
        for file in files.iter().filter(|file| file.path.ends_with(".journey")) {
            let text = String::from_utf8_lossy(&file.bytes);
            if named_versions(&text).contains(&folder) {
                let (path, role) = (file.path.clone(), Role::Tests(folder.clone()));
                all.push(SourceFile::new(db, path, text.into_owned(), role));
            }
        }
        let whole = Workspace::new(
            db,
            version.manifest(db).clone(),
            all,
            version.data(db).clone(),
            version.loading(db).to_vec(),
            BTreeMap::new(),
        );
        loaded.insert(folder, whole);
    }
    load(db, files, true, loaded)
}

/// The folders of the versions that the tests of a source deploy, for the caller to read.
pub fn named_versions(source: &str) -> BTreeSet<String> {
    if !source.contains("deploy") {
        return BTreeSet::new();
    }
    let chunks = journey_grammar::split(source).into_iter();
    let texts = chunks.map(|chunk| slice(source, chunk.start, chunk.end));
    texts.flat_map(deployed_folders).collect()
}

/// A lone `.journey` file is a program too: zone UTC, the lint `no-timezone`.
pub fn lone_file(db: &Database, file: File) -> Workspace {
    load(db, vec![file], false, BTreeMap::new())
}

fn load(
    db: &Database,
    mut files: Vec<File>,
    needs_manifest: bool,
    versions: BTreeMap<String, Workspace>,
) -> Workspace {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut manifest = None;
    let mut sources = Vec::new();
    let mut loading = Vec::new();
    let mut data: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for file in files {
        let text = text_of(&file.path, file.bytes, &mut loading);
        if file.path == MANIFEST {
            manifest = Some((file.path, text));
        } else if !file.path.ends_with(".journey") && needs_manifest {
            data.insert(file.path, text.into());
        } else {
            sources.push(SourceFile::new(db, file.path, text, Role::Own));
        }
    }
    if needs_manifest && manifest.is_none() {
        loading.push(whole_file(
            "no-manifest",
            MANIFEST,
            "there is no `journey.toml` here",
            "write one with `[project]`, `name` and `timezone`, or begin with `journey new NAME`",
        ));
    }
    if sources.is_empty() {
        loading.push(whole_file(
            "empty-project",
            MANIFEST,
            "the project has no `.journey` file",
            "write what happens and what to do in a file such as `shop.journey` beside `journey.toml`",
        ));
    }
    Workspace::new(db, manifest, sources, data, loading, versions)
}

/// The files that the declarations of a source name, for the caller to read: paths from the project's folder.
pub fn named_files(source: &str) -> Vec<String> {
    let mut named = Vec::new();
    for chunk in journey_grammar::split(source) {
        let (Ok(start), Ok(end)) = (usize::try_from(chunk.start), usize::try_from(chunk.end))
        else {
            continue;
        };
        let text = source.get(start..end).unwrap_or_default();
        // only these name files; what else says `from` is not parsed here and then again
        let mut kinds = tokens(text).into_iter().map(|token| token.kind);
        let first = kinds.find(|kind| !kind.is_trivia());
        if !matches!(first, Some(Kind::Model | Kind::Table | Kind::Message)) {
            continue;
        }
        let parsed = journey_grammar::parse_chunk(text).decl;
        let paths = match parsed.map(|decl| decl.kind) {
            Some(DeclKind::Model(model)) => match model.kind {
                ModelKind::File { path, .. } => vec![path],
                ModelKind::Formula(_) | ModelKind::Learned { .. } => continue,
            },
            Some(DeclKind::Table(table)) => vec![table.file],
            Some(DeclKind::Message(message)) => {
                let fields = message.bodies.into_iter().flat_map(|body| body.fields);
                let files = fields.filter(|field| field.file.is_some());
                files.map(|field| field.value).collect()
            }
            _ => continue,
        };
        for path in &paths {
            if let Some(path) = plain_path(path)
                && !path.split('/').any(|part| part == ".." || part.is_empty())
            {
                named.push(path.to_owned());
            }
        }
    }
    named
}

/// The text of a file's name, which has nothing to fill in.
pub(crate) fn plain_path(path: &Expr) -> Option<&str> {
    let ExprKind::Text(parts) = &path.kind else {
        return None;
    };
    match parts.as_slice() {
        [TextPart::Text(path)] => Some(path),
        _ => None,
    }
}

/// The text of a file. Bytes that are no UTF-8 are replaced, so that the rest of the program still knows its names.
fn text_of(path: &str, bytes: Vec<u8>, loading: &mut Vec<Diagnostic>) -> String {
    if bytes.len() > SOURCE_MAX_BYTES {
        loading.push(whole_file(
            "file-too-large",
            path,
            format!(
                "the file has {} bytes, more than a source may have",
                bytes.len()
            ),
            format!("split it; the bound is {SOURCE_MAX_BYTES} bytes a file"),
        ));
        return String::new();
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let start = u32::try_from(error.utf8_error().valid_up_to()).unwrap_or(u32::MAX);
            let mut problem = whole_file(
                "not-utf8",
                path,
                format!("the file is not UTF-8 from byte {start} on"),
                "save it as UTF-8 in your editor",
            );
            problem.at.start = start;
            problem.at.end = start;
            loading.push(problem);
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
    }
}

fn whole_file(
    code: &'static str,
    path: &str,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        code,
        severity: crate::diagnostics::severity(code),
        message: message.into(),
        at: Location {
            file: path.to_owned(),
            start: 0,
            end: 0,
        },
        labels: Vec::new(),
        help: Some(help.into()),
        fix: None,
        alternative: None,
        related: Vec::new(),
    }
}
