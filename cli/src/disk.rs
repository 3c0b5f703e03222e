//! The disk as it is: one folder, locked, and the files that the user named beside it. Each call does the one
//! thing that it says, so that the store decides what is durable when.

mod pages;
mod syncing;

pub use syncing::Syncing;

use crate::failure::Failure;
use journey_runtime::store::{self, Disk};
use pages::Pages;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file whose lock says that a process uses the folder.
const LOCK: &str = "lock";

#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// files that lie elsewhere, by what the store calls them
    outside: BTreeMap<&'static str, Outside>,
    /// open for appending
    open: BTreeMap<String, File>,
    pages: Arc<Pages>,
    /// held as long as the folder is
    _lock: File,
}

#[derive(Clone, Debug)]
pub enum Outside {
    Path(PathBuf),
    /// standard output
    Out,
}

impl Folder {
    /// Opens a folder, makes it if need be, and locks it.
    pub fn open(path: &Path, outside: BTreeMap<&'static str, Outside>) -> Result<Self, Failure> {
        let failed = |e: io::Error| Failure::file("open", path, &e);
        if !path.is_dir() {
            std::fs::create_dir_all(path).map_err(failed)?;
            let whole = std::path::absolute(path).map_err(failed)?;
            if let Some(above) = whole.parent() {
                sync_folder(above).map_err(failed)?;
            }
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let lock = options.open(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                outside,
                open: BTreeMap::new(),
                pages: Arc::new(Pages::of(path)),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Failure::outside(format!(
                "`{}` is in use by another process",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(Failure::file("lock", path, &error)),
        }
    }

    fn path_of(&self, name: &str) -> Option<PathBuf> {
        match self.outside.get(name) {
            Some(Outside::Path(path)) => Some(path.clone()),
            Some(Outside::Out) => None,
            None => Some(self.path.join(name)),
        }
    }

    /// A second handle of a file, to be synced by another thread.
    pub fn handle(&mut self, name: &str) -> io::Result<Option<File>> {
        match self.appending(name)? {
            Some(file) => file.try_clone().map(Some),
            None => Ok(None),
        }
    }

    fn appending(&mut self, name: &str) -> io::Result<Option<&mut File>> {
        let Some(path) = self.path_of(name) else {
            return Ok(None);
        };
        if !self.open.contains_key(name) {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            self.open.insert(name.to_owned(), file);
        }
        Ok(self.open.get_mut(name))
    }
}

impl Disk for Folder {
    fn list(&mut self) -> io::Result<Vec<String>> {
        names(&self.path)
    }

    fn length(&mut self, name: &str) -> io::Result<Option<u64>> {
        self.path_of(name).map_or(Ok(None), |path| length(&path))
    }

    fn read(&mut self, name: &str, from: u64) -> io::Result<Vec<u8>> {
        let path = self.path_of(name);
        path.map_or(Ok(Vec::new()), |path| read_from(&path, from))
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self.appending(name)? {
            Some(file) => file.write_all(bytes),
            None => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                out.flush()
            }
        }
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        match self.appending(name)? {
            Some(file) => file.set_len(length),
            None => Ok(()),
        }
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let outside = self.outside.contains_key(name);
        let path = self.path_of(name);
        let Some(file) = self.appending(name)? else {
            return Ok(());
        };
        file.sync_data()?;
        if outside
            && let Some(path) = path
            && let Some(above) = std::path::absolute(path)?.parent()
        {
            sync_folder(above)?;
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.open.remove(from);
        self.open.remove(to);
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.open.remove(name);
        self.pages.forget(name);
        let path = self.path.join(name);
        if store::has_keys(name) {
            overwrite(&path)?;
        }
        std::fs::remove_file(path)
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    fn pages(&mut self) -> Arc<dyn store::Pages> {
        self.pages.clone()
    }
}

/// A folder that is only looked at: without its lock, and nothing can be written.
#[derive(Debug)]
pub struct Seeing {
    path: PathBuf,
}

impl Seeing {
    pub fn of(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() {
            let path = path.to_owned();
            Ok(Self { path })
        } else {
            let no = Failure::outside(format!("there is no folder `{}`", path.display()));
            Err(no)
        }
    }
}

impl Disk for Seeing {
    fn list(&mut self) -> io::Result<Vec<String>> {
        names(&self.path)
    }
    fn length(&mut self, name: &str) -> io::Result<Option<u64>> {
        length(&self.path.join(name))
    }
    fn read(&mut self, name: &str, from: u64) -> io::Result<Vec<u8>> {
        read_from(&self.path.join(name), from)
    }
    fn append(&mut self, _: &str, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn truncate(&mut self, _: &str, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn sync(&mut self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn rename(&mut self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn remove(&mut self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn sync_dir(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn pages(&mut self) -> Arc<dyn store::Pages> {
        Arc::new(Pages::of(&self.path))
    }
}

fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)? {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn length(path: &Path) -> io::Result<Option<u64>> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn read_from(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = OpenOptions::new().read(true).open(path)?;
    file.seek(SeekFrom::Start(from))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a file of keys said is not left to whoever reads the device.
fn overwrite(path: &Path) -> io::Result<()> {
    let length = length(path)?.unwrap_or(0);
    let zeros = vec![0; usize::try_from(length).unwrap_or(0)];
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(&zeros)?;
    file.sync_all()
}

/// Names are durable once the folder that has them is synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    OpenOptions::new().read(true).open(path)?.sync_all()
}
