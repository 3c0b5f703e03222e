//! What the server knows of the project: files on disk below its folder, and over them what is open. What is
//! open wins; a file that vanishes keeps its input with an empty text.

use crate::convert::Lines;
use gen_lsp_types::{PositionEncodingKind, TextDocumentContentChangeEvent, Uri};
use journey_compiler::db::{Database, Workspace};
use journey_compiler::load::{File, MANIFEST, lone_file, project};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// At most this many files are read below a folder.
const FILES_MAX: usize = 10_000;

#[derive(Debug)]
pub struct Documents {
    pub root: Option<PathBuf>,
    pub encoding: PositionEncodingKind,
    open: BTreeMap<Uri, String>,
}

/// The program that a document belongs to, with its texts by path.
#[derive(Debug)]
pub struct View {
    pub db: Database,
    pub workspace: Workspace,
    pub texts: BTreeMap<String, String>,
    pub uris: BTreeMap<String, Uri>,
}

impl Documents {
    pub fn new(root: Option<PathBuf>, encoding: PositionEncodingKind) -> Self {
        Self {
            root,
            encoding,
            open: BTreeMap::new(),
        }
    }

    pub fn opened(&mut self, uri: Uri, text: String) {
        self.open.insert(uri, text);
    }

    pub fn closed(&mut self, uri: &Uri) {
        self.open.remove(uri);
    }

    pub fn text(&self, uri: &Uri) -> Option<&str> {
        self.open.get(uri).map(String::as_str)
    }

    pub fn open(&self) -> impl Iterator<Item = &Uri> {
        self.open.keys()
    }

    /// Changes apply in their order, each on the result of the one before.
    pub fn changed(&mut self, uri: &Uri, changes: Vec<TextDocumentContentChangeEvent>) {
        let Some(text) = self.open.get_mut(uri) else {
            return;
        };
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    *text = whole.text;
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let lines = Lines::of(text, &self.encoding);
                    let start = lines.byte(part.range.start);
                    let end = lines.byte(part.range.end).max(start);
                    text.replace_range(start..end, &part.text);
                }
            }
        }
    }

    /// The program of a document: the project above it, else the document alone.
    pub fn view(&self, uri: &Uri) -> View {
        let path = uri.to_file_path().ok();
        let folder = path.as_deref().and_then(|p| self.project_of(p));
        let db = Database::default();
        let mut uris = BTreeMap::new();
        let Some(folder) = folder else {
            let text = self.text(uri).map(str::to_owned).unwrap_or_default();
            let name = path
                .as_deref()
                .and_then(Path::file_name)
                .map(|n| n.to_string_lossy());
            let name = name.map_or_else(|| "untitled.journey".to_owned(), |n| n.into_owned());
            uris.insert(name.clone(), uri.clone());
            let texts = BTreeMap::from([(name.clone(), text.clone())]);
            let workspace = lone_file(&db, File::new(name, text.into_bytes()));
            return View {
                db,
                workspace,
                texts,
                uris,
            };
        };
        let mut files = Vec::new();
        let mut texts = BTreeMap::new();
        for (relative, path) in below(&folder) {
            let uri = Uri::from_file_path(&path).ok();
            let bytes = match uri.as_ref().and_then(|u| self.text(u)) {
                Some(text) => text.as_bytes().to_vec(),
                None => std::fs::read(&path).unwrap_or_default(),
            };
            texts.insert(
                relative.clone(),
                String::from_utf8_lossy(&bytes).into_owned(),
            );
            uris.extend(uri.map(|u| (relative.clone(), u)));
            files.push(File::new(relative, bytes));
        }
        let workspace = project(&db, files);
        View {
            db,
            workspace,
            texts,
            uris,
        }
    }

    /// The nearest folder above with a manifest, but not above the client's own folder.
    fn project_of(&self, path: &Path) -> Option<PathBuf> {
        let mut folders = path.ancestors().skip(1);
        let within = |d: &Path| self.root.as_deref().is_none_or(|root| d.starts_with(root));
        folders
            .find(|d| within(d) && d.join(MANIFEST).is_file())
            .map(Path::to_owned)
    }
}

/// The manifest and the `.journey` files below a folder, by path from it.
fn below(root: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if found.len() >= FILES_MAX {
                return found;
            }
            if kind.is_dir() {
                if !entry.file_name().to_string_lossy().starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == "journey")
                || path == root.join(MANIFEST)
            {
                let relative = path.strip_prefix(root).unwrap_or(&path);
                let parts: Vec<_> = relative
                    .components()
                    .map(|c| c.as_os_str().to_string_lossy())
                    .collect();
                found.insert(parts.join("/"), path);
            }
        }
    }
    found
}
