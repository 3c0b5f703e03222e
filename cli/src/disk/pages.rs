//! Pieces of a folder's files that never change, by handles that stay open.

use journey_runtime::store;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Files that are open at a time, at most.
const OPEN_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct Pages {
    path: PathBuf,
    open: Mutex<BTreeMap<String, File>>,
}

impl Pages {
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            open: Mutex::default(),
        }
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, File>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file goes.
    pub(super) fn forget(&self, name: &str) {
        self.open().remove(name);
    }
}

impl store::Pages for Pages {
    fn read(&self, name: &str, from: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut open = self.open();
        if !open.contains_key(name) {
            if open.len() >= OPEN_MAX {
                open.pop_first();
            }
            let file = OpenOptions::new().read(true).open(self.path.join(name))?;
            open.insert(name.to_owned(), file);
        }
        let file = open.get_mut(name);
        let file = file.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::with_capacity(length);
        let most = u64::try_from(length).unwrap_or(u64::MAX);
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
