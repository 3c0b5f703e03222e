//! What storage can do, each thing apart because each fails apart. `cli` has the real one, the tests one that
//! tears, drops, fills up and forgets. Names are of one folder, without a path; those that begin with `@`
//! lie wherever the user said.

use std::fmt;
use std::io;
use std::sync::Arc;

pub trait Disk {
    fn list(&mut self) -> io::Result<Vec<String>>;
    /// None: there is no such file.
    fn length(&mut self, name: &str) -> io::Result<Option<u64>>;
    /// All bytes from there to the end.
    fn read(&mut self, name: &str, from: u64) -> io::Result<Vec<u8>>;
    /// Writes at the end; makes the file. An error may leave a part of the bytes.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()>;
    /// What was written to the file outlives a loss of power once this has returned. After an error nothing
    /// is known of what was written, and asking again tells nothing.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&mut self, name: &str) -> io::Result<()>;
    /// The same of names: files made, renamed, removed.
    fn sync_dir(&mut self) -> io::Result<()>;
    /// To read from files that never change, whoever has the disk.
    fn pages(&mut self) -> Arc<dyn Pages>;
}

/// Pieces of files that never change.
pub trait Pages: fmt::Debug + Send + Sync {
    /// So many bytes from there on, or fewer where the file ends.
    fn read(&self, name: &str, from: u64, length: usize) -> io::Result<Vec<u8>>;
}
