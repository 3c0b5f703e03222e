//! The database: what the compiler is told (files, manifest) and the queries that answer from it.
//! A clone is a snapshot; a write waits until every clone is dropped, so nobody keeps one.

use crate::diagnostics::Diagnostic;
use crate::versions::Role;
use salsa::Setter;
pub use salsa::{CancellationToken, Cancelled};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// One `.journey` file.
#[salsa::input(debug)]
pub struct SourceFile {
    /// from the project's folder, with `/`
    #[returns(deref)]
    pub path: String,
    #[returns(deref)]
    pub text: String,
    /// which of its declarations are the program's
    #[returns(ref)]
    pub role: Role,
}

impl SourceFile {
    /// Gives the file a new text. One that is equal changes nothing, though a setter would say so.
    pub fn edit(self, db: &mut dyn Db, text: String) {
        if self.text(db) != text {
            self.set_text(db).to(text);
        }
    }
}

/// One program: its manifest and its files.
#[salsa::input(debug)]
pub struct Workspace {
    /// `journey.toml`: path and text; None: a lone file, or a folder without one
    #[returns(ref)]
    pub manifest: Option<(String, String)>,
    #[returns(deref)]
    pub files: Vec<SourceFile>,
    /// files that declarations name: path, content
    #[returns(ref)]
    pub data: BTreeMap<String, Arc<str>>,
    /// what was wrong with the files as such: encoding, size, nothing there
    #[returns(deref)]
    pub loading: Vec<Diagnostic>,
    /// the versions that its tests deploy, by their folders
    #[returns(ref)]
    pub versions: BTreeMap<String, Workspace>,
}

impl Workspace {
    /// Takes over what another database's workspace says, file by file: what is equal changes nothing. It keeps its
    /// own versions.
    pub fn follow(self, db: &mut Database, other: &Database, fresh: Workspace) {
        let mut files: Vec<SourceFile> = Vec::new();
        for file in fresh.files(other) {
            let (path, text) = (file.path(other), file.text(other).to_owned());
            let known = self.files(db).iter().find(|known| known.path(db) == path);
            files.push(match known.copied() {
                Some(known) => {
                    known.edit(db, text);
                    known
                }
                None => SourceFile::new(db, path.to_owned(), text, Role::Own),
            });
        }
        if self.files(db) != files {
            self.set_files(db).to(files);
        }
        if self.manifest(db) != fresh.manifest(other) {
            self.set_manifest(db).to(fresh.manifest(other).clone());
        }
        if self.data(db) != fresh.data(other) {
            self.set_data(db).to(fresh.data(other).clone());
        }
        if self.loading(db) != fresh.loading(other) {
            self.set_loading(db).to(fresh.loading(other).to_vec());
        }
    }
}

#[salsa::db]
pub trait Db: salsa::Database {}

/// The names of the queries that ran, in order, if somebody listens.
type Log = Arc<Mutex<Vec<String>>>;

#[salsa::db]
#[derive(Clone, Default)]
pub struct Database {
    storage: salsa::Storage<Self>,
    log: Option<Log>,
}

#[salsa::db]
impl salsa::Database for Database {}
#[salsa::db]
impl Db for Database {}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    /// A database that remembers which queries ran: `executed` lists them.
    pub fn logging() -> Self {
        let log = Log::default();
        let writer = Arc::clone(&log);
        let storage = salsa::Storage::new(Some(Box::new(move |event: salsa::Event| {
            if let salsa::EventKind::WillExecute { database_key, .. } = event.kind
                && let Ok(mut names) = writer.lock()
            {
                names.push(format!("{database_key:?}"));
            }
        })));
        Self {
            storage,
            log: Some(log),
        }
    }

    /// Ends what is asked of this handle of the database, from another thread.
    pub fn token(&self) -> CancellationToken {
        salsa::Database::cancellation_token(self)
    }

    /// The queries that ran since the last time that this was asked: `parse_decl`, `check_decl`, …
    pub fn executed(&self) -> Vec<String> {
        let Some(Ok(mut names)) = self.log.as_ref().map(|log| log.lock()) else {
            return Vec::new();
        };
        std::mem::take(&mut *names)
            .into_iter()
            .map(|name| name.split('(').next().unwrap_or_default().to_owned())
            .collect()
    }
}
