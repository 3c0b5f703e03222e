//! A project's folder → its files: sources, manifest, and what its declarations name. What is open in the editor
//! wins over what is on disk; what can't be read is passed over, since the compiler says so where it is named.

use journey_compiler::load::{File, MANIFEST, named_files, named_versions};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// At most this many files are read below a folder.
const FILES_MAX: usize = 10_000;

/// What is open instead of what is on disk.
pub type Open<'o> = &'o dyn Fn(&Path) -> Option<Vec<u8>>;

/// A project as it was read.
#[derive(Debug, Default)]
pub struct Read {
    pub files: Vec<File>,
    /// where each of them is
    pub paths: BTreeMap<String, PathBuf>,
    /// the versions that its tests deploy, by their folders
    pub versions: BTreeMap<String, Vec<File>>,
}

pub fn read(root: &Path, open: Open<'_>) -> Read {
    let mut read = Read {
        paths: below(root),
        ..Read::default()
    };
    read.files = texts(&read.paths, open);
    let named = named(root, &read.files);
    read.files.extend(texts(&named, open));
    read.paths.extend(named);
    for folder in deployed(&read.files) {
        let path = root.join(&folder);
        if path.join(MANIFEST).is_file() {
            let mut files = texts(&below(&path), open);
            let named = self::named(&path, &files);
            files.extend(texts(&named, open));
            read.versions.insert(folder, files);
        }
    }
    read
}

fn texts(paths: &BTreeMap<String, PathBuf>, open: Open<'_>) -> Vec<File> {
    let read = |path: &PathBuf| open(path).or_else(|| std::fs::read(path).ok());
    let files = paths.iter();
    files
        .filter_map(|(name, path)| Some(File::new(name.clone(), read(path)?)))
        .collect()
}

/// The files that declarations name and that are there.
fn named(root: &Path, files: &[File]) -> BTreeMap<String, PathBuf> {
    let sources = files.iter().filter(|file| file.path.ends_with(".journey"));
    let named = sources.flat_map(|file| named_files(&String::from_utf8_lossy(&file.bytes)));
    let paths = named.map(|name| {
        let path = root.join(&name);
        (name, path)
    });
    paths.filter(|(_, path)| path.is_file()).collect()
}

fn deployed(files: &[File]) -> BTreeSet<String> {
    let sources = files.iter().filter(|file| file.path.ends_with(".journey"));
    let texts = sources.map(|file| String::from_utf8_lossy(&file.bytes));
    texts.flat_map(|text| named_versions(&text)).collect()
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
            // A link is not followed: it may lead in a circle, or out of the project.
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
                found.insert(relative(root, &path), path);
            }
        }
    }
    found
}

/// A path as the compiler has it: from the project's folder, with `/`.
pub fn relative(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts = relative.components();
    let parts: Vec<_> = parts.map(|c| c.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
