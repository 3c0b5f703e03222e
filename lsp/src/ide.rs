//! What an editor may ask, as functions from a program, a file and a byte to plain values: no protocol, no
//! positions, no server. Everything is answered from the compiler's queries, so that an edit costs what it changes.
//!
//! Read in this order: `names` (what stands here, where else it stands), then the questions, a file each.

pub mod about;
pub mod actions;
pub mod calls;
pub mod colours;
pub mod complete;
pub mod folding;
pub mod hints;
pub mod layout;
pub mod lenses;
pub mod links;
pub mod manifest;
pub mod names;
pub mod outline;
pub mod rename;
pub mod selection;
pub mod types;
pub mod words;

use journey_compiler::db::{Database, SourceFile, Workspace};
use journey_compiler::load::{File, MANIFEST, project_with};
use journey_compiler::parse::{Chunk, chunks, tree};
use journey_grammar::tree::Decl;
use std::collections::BTreeMap;

/// A program as it is at one moment.
#[derive(Clone, Debug)]
pub struct Project {
    pub db: Database,
    pub workspace: Workspace,
}

/// Bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub file: String,
    pub start: u32,
    pub end: u32,
}

impl Place {
    pub fn new(file: impl Into<String>, start: u32, end: u32) -> Self {
        Self {
            file: file.into(),
            start,
            end,
        }
    }
}

/// A text in the place of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    pub at: Place,
    pub text: String,
}

/// One declaration where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Here<'p> {
    pub chunk: Chunk<'p>,
    /// where it begins in its file
    pub offset: u32,
    pub decl: &'p Decl,
}

impl Project {
    /// A program of these files, by their paths from the project's folder.
    pub fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let db = Database::default();
        let files = files.into_iter();
        let files = files.map(|(path, text)| File::new(path, text.as_bytes().to_vec()));
        let workspace = project_with(&db, files.collect(), BTreeMap::new());
        Self { db, workspace }
    }

    pub fn file(&self, path: &str) -> Option<SourceFile> {
        let mut files = self.workspace.files(&self.db).iter();
        files.find(|file| file.path(&self.db) == path).copied()
    }

    /// The text of a source, of the manifest, or of a file that a declaration names.
    pub fn text(&self, path: &str) -> Option<&str> {
        if let Some(file) = self.file(path) {
            return Some(file.text(&self.db));
        }
        match self.workspace.manifest(&self.db) {
            Some((name, text)) if name == path => Some(text),
            _ => self.workspace.data(&self.db).get(path).map(AsRef::as_ref),
        }
    }

    /// Every file, with its text.
    pub fn texts(&self) -> BTreeMap<&str, &str> {
        let db = &self.db;
        let sources = self.workspace.files(db).iter();
        let mut all: BTreeMap<&str, &str> = sources.map(|f| (f.path(db), f.text(db))).collect();
        if let Some((name, text)) = self.workspace.manifest(db) {
            all.insert(name, text);
        }
        let data = self.workspace.data(db).iter();
        all.extend(data.map(|(path, text)| (path.as_str(), text.as_ref())));
        all
    }

    /// The declarations of a source, in order.
    pub fn decls(&self, path: &str) -> Vec<Here<'_>> {
        let chunks = self.file(path).map(|file| chunks(&self.db, file));
        let chunks = chunks.into_iter().flatten().copied();
        chunks.filter_map(|chunk| self.here(chunk)).collect()
    }

    /// Every declaration of the program.
    pub fn all(&self) -> Vec<Here<'_>> {
        let chunks = journey_compiler::names::all_chunks(&self.db, self.workspace);
        let all = chunks.into_iter().filter_map(|chunk| self.here(chunk));
        all.collect()
    }

    fn here<'p>(&'p self, chunk: Chunk<'p>) -> Option<Here<'p>> {
        Some(Here {
            chunk,
            offset: chunk.offset(&self.db),
            decl: tree(&self.db, chunk)?,
        })
    }

    /// The declaration in which a byte stands.
    pub fn at(&self, path: &str, byte: u32) -> Option<Here<'_>> {
        let mut all = self.decls(path).into_iter().rev();
        let found = all.find(|here| here.offset <= byte)?;
        let length = found.chunk.text(&self.db).len();
        let end = found.offset + u32::try_from(length).ok()?;
        (byte <= end).then_some(found)
    }

    pub fn path_of(&self, here: Here<'_>) -> &str {
        here.chunk.file(&self.db).path(&self.db)
    }

    /// Whether the program has a manifest: what may be said in it, and a zone of its own.
    pub fn manifest(&self) -> Option<&str> {
        let manifest = self.workspace.manifest(&self.db).as_ref();
        manifest.map(|(name, _)| name.as_str())
    }

    /// The same program with other texts, by itself: for what is tried out.
    pub fn with(&self, edits: &[Edit]) -> Self {
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for (path, text) in self.texts() {
            texts.insert(path.to_owned(), text.to_owned());
        }
        for (path, text) in &mut texts {
            *text = applied(text, edits.iter().filter(|edit| edit.at.file == *path));
        }
        if self.manifest().is_none() {
            let db = Database::default();
            let only = texts.into_iter().next().unwrap_or_default();
            let workspace = journey_compiler::load::lone_file(&db, File::new(only.0, only.1));
            return Self { db, workspace };
        }
        Self::of(
            texts
                .iter()
                .map(|(path, text)| (path.as_str(), text.as_str())),
        )
    }
}

/// A text with edits made that do not overlap.
pub fn applied<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0_usize;
    for edit in edits {
        let (Ok(start), Ok(end)) = (usize::try_from(edit.at.start), usize::try_from(edit.at.end))
        else {
            continue;
        };
        if start < done {
            continue;
        }
        out.push_str(text.get(done..start).unwrap_or_default());
        out.push_str(&edit.text);
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Whether a path is a file of the language.
pub fn is_source(path: &str) -> bool {
    path.ends_with(".journey")
}

/// Whether a path is the manifest.
pub fn is_manifest(path: &str) -> bool {
    path == MANIFEST
}
