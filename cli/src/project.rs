//! A path → a workspace: which folder is meant, which files it has, what they say.

use crate::failure::Failure;
use crate::graph::Sources;
use crate::terminal;
use journey_compiler::db::{Database, Workspace};
use journey_compiler::diagnostics::{Diagnostic, Severity};
use journey_compiler::load::{
    File, MANIFEST, lone_file, named_files, named_versions, project_with,
};
use journey_compiler::{hir, render};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A workspace on its database, with the texts of its files.
#[derive(Debug)]
pub struct Project {
    pub db: Database,
    pub workspace: Workspace,
    /// paths from `root`
    pub sources: Sources,
    pub root: PathBuf,
    /// hash of every file that a check reads, with its name
    pub content: [u8; 32],
}

impl Project {
    /// The project that a path names: a folder, a file, or (no path) the nearest folder with a manifest.
    pub fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => nearest()?,
        };
        let about = std::fs::metadata(&path).map_err(|e| Failure::file("read", &path, &e))?;
        let db = Database::default();
        if about.is_dir() {
            let mut files = folder(&path)?;
            let named = named(&path, &files)?;
            files.extend(named);
            let sources = texts(&files);
            let versions = versions(&path, &files)?;
            let content = content(files.iter().chain(versions.values().flatten()));
            let workspace = project_with(&db, files, versions);
            return Ok(Self {
                db,
                workspace,
                sources,
                root: path,
                content,
            });
        }
        let name = path
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let file = File::new(name, read(&path)?);
        let sources = texts(std::slice::from_ref(&file));
        let content = content(std::iter::once(&file));
        let workspace = lone_file(&db, file);
        let root = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self {
            db,
            workspace,
            sources,
            root,
            content,
        })
    }

    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        journey_compiler::check(&self.db, self.workspace)
    }

    /// The checked program; its errors are printed where it has any.
    pub fn checked(&self, coloured: bool) -> Result<Arc<hir::Program>, Failure> {
        let diagnostics = self.diagnostics();
        let errors: Vec<Diagnostic> = diagnostics
            .into_iter()
            .filter(|d| d.severity == Severity::Error)
            .collect();
        match journey_compiler::checked(&self.db, self.workspace) {
            Some(program) if errors.is_empty() => Ok(program),
            _ => {
                terminal::complain(&render::text(&errors, &self.sources, coloured));
                Err(Failure::said())
            }
        }
    }
}

/// Names and bytes, each with its length before it, so that no two projects have the same text to hash.
fn content<'f>(files: impl Iterator<Item = &'f File>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        for part in [file.path.as_bytes(), &file.bytes] {
            hasher.update(&part.len().to_le_bytes());
            hasher.update(part);
        }
    }
    *hasher.finalize().as_bytes()
}

/// The nearest folder above the current one that has a manifest; else the current one.
fn nearest() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()
        .map_err(|e| Failure::outside(format!("can't tell the current folder: {e}")))?;
    let found = here.ancestors().find(|d| d.join(MANIFEST).is_file());
    // said as people and tools see it from here
    Ok(match found {
        Some(above) if above != here => above.to_owned(),
        Some(_) | None => PathBuf::from("."),
    })
}

/// The files that declarations name, where they are there; what is not is reported where it is named.
fn named(root: &Path, files: &[File]) -> Result<Vec<File>, Failure> {
    let mut found = Vec::new();
    for file in files {
        for path in named_files(&String::from_utf8_lossy(&file.bytes)) {
            let full = root.join(&path);
            if full.is_file() && !found.iter().any(|f: &File| f.path == path) {
                found.push(File::new(path, read(&full)?));
            }
        }
    }
    Ok(found)
}

/// The versions that tests deploy, where they are there: the files of each folder.
fn versions(root: &Path, files: &[File]) -> Result<BTreeMap<String, Vec<File>>, Failure> {
    let mut found = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.ends_with(".journey")) {
        for name in named_versions(&String::from_utf8_lossy(&file.bytes)) {
            let path = root.join(&name);
            if path.join(MANIFEST).is_file() && !found.contains_key(&name) {
                let mut files = folder(&path)?;
                files.extend(named(&path, &files)?);
                found.insert(name, files);
            }
        }
    }
    Ok(found)
}

pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| Failure::file("read", path, &e))
}

/// The manifest and every `.journey` file below a folder, by path; folders that begin with a dot are passed over.
pub fn folder(root: &Path) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| Failure::file("read", &folder, &e))?;
        for entry in entries {
            let entry = entry.map_err(|e| Failure::file("read", &folder, &e))?;
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let kind = entry
                .file_type()
                .map_err(|e| Failure::file("read", &path, &e))?;
            if kind.is_dir() && !hidden {
                folders.push(path);
            } else if wanted(root, &path) && path.is_file() {
                files.push(File::new(relative(root, &path), read(&path)?));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn wanted(root: &Path, path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "journey") || path == root.join(MANIFEST)
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = path
        .components()
        .map(|c| c.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

fn texts(files: &[File]) -> Sources {
    let text = |f: &File| {
        (
            f.path.clone(),
            String::from_utf8_lossy(&f.bytes).into_owned(),
        )
    };
    files.iter().map(text).collect()
}
