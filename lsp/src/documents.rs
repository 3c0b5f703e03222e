//! What the server knows: the programs that the editor looks at, each on a database of its own that is kept from
//! one question to the next. What is open wins over what is on disk; a file that vanishes leaves its program.

use crate::convert::Lines;
use crate::disk;
use crate::ide::Project;
use gen_lsp_types::{PositionEncodingKind, TextDocumentContentChangeEvent, Uri};
use journey_compiler::db::Database;
use journey_compiler::load::{
    File, MANIFEST, SOURCE_MAX_BYTES, lone_file, named_files, named_versions, project_with,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The places of a program's files in the client's words.
pub type Uris = BTreeMap<String, Uri>;

/// Who a program is: its folder, or a document that belongs to none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Folder(PathBuf),
    Lone(Uri),
}

#[derive(Debug)]
struct Kept {
    project: Project,
    uris: Arc<Uris>,
    /// the files and folders that its declarations name, as far as they were read
    named: Vec<String>,
}

#[derive(Debug)]
struct Opened {
    text: String,
    version: Option<i32>,
}

#[derive(Debug)]
pub struct Documents {
    pub root: Option<PathBuf>,
    pub encoding: PositionEncodingKind,
    open: BTreeMap<Uri, Opened>,
    kept: BTreeMap<Key, Kept>,
}

/// A program at one moment, for a question: while it is held, the program waits with changes.
#[derive(Clone, Debug)]
pub struct View {
    pub project: Project,
    pub uris: Arc<Uris>,
    /// the path of the document that was asked for
    pub file: String,
    pub key: Key,
}

impl View {
    /// The document's name, for what is remembered of it.
    pub fn key_of_file(&self) -> String {
        format!("{:?} {}", self.key, self.file)
    }
}

impl Documents {
    pub fn new(root: Option<PathBuf>, encoding: PositionEncodingKind) -> Self {
        Self {
            root,
            encoding,
            open: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    pub fn text(&self, uri: &Uri) -> Option<&str> {
        self.open.get(uri).map(|open| open.text.as_str())
    }

    pub fn version(&self, uri: &Uri) -> Option<i32> {
        self.open.get(uri)?.version
    }

    pub fn open(&self) -> impl Iterator<Item = &Uri> {
        self.open.keys()
    }

    pub fn opened(&mut self, uri: &Uri, text: String, version: Option<i32>) {
        self.open.insert(uri.clone(), Opened { text, version });
        self.follow(uri);
    }

    pub fn closed(&mut self, uri: &Uri) {
        self.open.remove(uri);
        let lone = Key::Lone(uri.clone());
        if self.kept.remove(&lone).is_none() {
            self.follow(uri);
        }
    }

    /// Changes apply in their order, each on the result of the one before.
    pub fn changed(
        &mut self,
        uri: &Uri,
        version: Option<i32>,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) {
        let Some(open) = self.open.get_mut(uri) else {
            return;
        };
        open.version = version;
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    open.text = whole.text;
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let lines = Lines::of(&open.text, &self.encoding);
                    let start = lines.byte(part.range.start);
                    let end = lines.byte(part.range.end).max(start);
                    open.text.replace_range(start..end, &part.text);
                }
            }
        }
        self.follow(uri);
    }

    /// Something on disk is not as it was.
    pub fn touched(&mut self, uri: &Uri) {
        let Some(path) = uri.to_file_path().ok() else {
            return;
        };
        let folders: Vec<PathBuf> = self
            .kept
            .keys()
            .filter_map(|key| match key {
                Key::Folder(folder) if path.starts_with(folder) => Some(folder.clone()),
                Key::Folder(_) | Key::Lone(_) => None,
            })
            .collect();
        for folder in folders {
            self.read_again(&folder);
        }
    }

    /// The programs that are kept.
    pub fn keys(&self) -> Vec<Key> {
        self.kept.keys().cloned().collect()
    }

    pub fn view_of(&self, key: &Key) -> Option<View> {
        let kept = self.kept.get(key)?;
        Some(View {
            project: kept.project.clone(),
            uris: Arc::clone(&kept.uris),
            file: String::new(),
            key: key.clone(),
        })
    }

    /// The program of a document: the project above it, else the document alone.
    pub fn view(&mut self, uri: &Uri) -> Option<View> {
        let key = self.key_of(uri);
        if !self.kept.contains_key(&key) {
            self.load(&key);
        }
        let mut view = self.view_of(&key)?;
        view.file = self.path_of(uri, &key)?;
        Some(view)
    }

    /// The program below the client's folder, if there is one, for questions about no document.
    pub fn whole(&mut self) -> Vec<View> {
        if let Some(root) = self.root.clone()
            && root.join(MANIFEST).is_file()
        {
            let key = Key::Folder(root);
            if !self.kept.contains_key(&key) {
                self.load(&key);
            }
        }
        let keys = self.keys();
        keys.iter().filter_map(|key| self.view_of(key)).collect()
    }

    fn key_of(&self, uri: &Uri) -> Key {
        let path = uri.to_file_path().ok();
        let folder = path.as_deref().and_then(|path| self.project_of(path));
        folder.map_or_else(|| Key::Lone(uri.clone()), Key::Folder)
    }

    fn path_of(&self, uri: &Uri, key: &Key) -> Option<String> {
        match key {
            Key::Folder(folder) => {
                let path = uri.to_file_path().ok()?;
                Some(disk::relative(folder, &path))
            }
            Key::Lone(uri) => Some(lone_name(uri)),
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

    /// What is open of a path, in the place of what is on disk.
    fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let uri = Uri::from_file_path(path).ok()?;
        self.text(&uri).map(|text| text.as_bytes().to_vec())
    }

    fn load(&mut self, key: &Key) {
        let db = Database::default();
        let kept = match key {
            Key::Folder(folder) => {
                let read = disk::read(folder, &|path| self.bytes(path));
                let named = named(&read.files);
                let uris = uris(&read.paths);
                let workspace = project_with(&db, read.files, read.versions);
                let project = Project { db, workspace };
                Kept {
                    project,
                    uris: Arc::new(uris),
                    named,
                }
            }
            Key::Lone(uri) => {
                let text = self.text(uri).unwrap_or_default().to_owned();
                let name = lone_name(uri);
                let workspace = lone_file(&db, File::new(name.clone(), text.into_bytes()));
                Kept {
                    project: Project { db, workspace },
                    uris: Arc::new(BTreeMap::from([(name, uri.clone())])),
                    named: Vec::new(),
                }
            }
        };
        self.kept.insert(key.clone(), kept);
    }

    /// A document has another text: its program follows.
    fn follow(&mut self, uri: &Uri) {
        let key = self.key_of(uri);
        // A folder that has become a project takes over what was alone, and the other way round.
        if matches!(key, Key::Folder(_)) {
            self.kept.remove(&Key::Lone(uri.clone()));
        }
        if !self.kept.contains_key(&key) {
            self.load(&key);
            return;
        }
        if self.set_text(uri, &key).is_none() {
            match &key {
                Key::Folder(folder) => self.read_again(&folder.clone()),
                Key::Lone(_) => self.load(&key),
            }
        }
    }

    /// The quick way: one source has another text, and names the same files. None: there is more to do.
    fn set_text(&mut self, uri: &Uri, key: &Key) -> Option<()> {
        let text = self.open.get(uri)?.text.clone();
        let path = self.path_of(uri, key)?;
        let kept = self.kept.get_mut(key)?;
        let file = kept.project.file(&path)?;
        if text.len() > SOURCE_MAX_BYTES
            || !kept.project.workspace.loading(&kept.project.db).is_empty()
        {
            return None;
        }
        let names = names_of(&text);
        if names.iter().any(|name| !kept.named.contains(name)) {
            return None;
        }
        file.edit(&mut kept.project.db, text);
        Some(())
    }

    /// Reads a project again and tells its database what differs.
    fn read_again(&mut self, folder: &Path) {
        let key = Key::Folder(folder.to_owned());
        if !folder.join(MANIFEST).is_file() {
            self.kept.remove(&key);
            return;
        }
        let read = disk::read(folder, &|path| self.bytes(path));
        let Some(kept) = self.kept.get_mut(&key) else {
            return;
        };
        kept.named = named(&read.files);
        kept.uris = Arc::new(uris(&read.paths));
        if !read.versions.is_empty() {
            // Versions that tests deploy are whole programs of their own.
            let db = Database::default();
            let workspace = project_with(&db, read.files, read.versions);
            kept.project = Project { db, workspace };
            return;
        }
        let other = Database::default();
        let fresh = project_with(&other, read.files, read.versions);
        let workspace = kept.project.workspace;
        workspace.follow(&mut kept.project.db, &other, fresh);
    }
}

fn lone_name(uri: &Uri) -> String {
    let path = uri.to_file_path().ok();
    let name = path.as_deref().and_then(Path::file_name);
    name.map_or_else(
        || "untitled.journey".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn uris(paths: &BTreeMap<String, PathBuf>) -> Uris {
    let paths = paths.iter();
    paths
        .filter_map(|(name, path)| Some((name.clone(), Uri::from_file_path(path).ok()?)))
        .collect()
}

/// The files and folders that the declarations of sources name.
fn named(files: &[File]) -> Vec<String> {
    let sources = files.iter().filter(|file| file.path.ends_with(".journey"));
    let texts = sources.map(|file| String::from_utf8_lossy(&file.bytes));
    texts.flat_map(|text| names_of(&text)).collect()
}

fn names_of(text: &str) -> Vec<String> {
    // Most sources name no file, and need no look.
    if !["from", "file", "deploy"]
        .iter()
        .any(|word| text.contains(word))
    {
        return Vec::new();
    }
    let mut names = named_files(text);
    names.extend(named_versions(text));
    names
}
