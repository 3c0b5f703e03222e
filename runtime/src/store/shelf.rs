//! The programs that lie in a folder: the artifact of each version that its records are of, and the sources that
//! it was compiled from, under the program's hash.

use super::disk::Disk;
use super::error::StoreError;
use super::generation::{program_name, sources_name};
use journey_program::artifact;
use journey_program::host::Executor;
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use std::sync::Arc;

/// How a program from the folder is executed.
pub type Execute = fn(&Arc<Program>) -> Result<Box<dyn Executor>, String>;

/// By the interpreter.
pub fn interpreted(program: &Arc<Program>) -> Result<Box<dyn Executor>, String> {
    Ok(Box::new(Interpreter::new(Arc::clone(program))))
}

/// The program with this hash.
pub fn program_in(disk: &mut dyn Disk, hash: &[u8; 32]) -> Result<Arc<Program>, StoreError> {
    let name = program_name(hash);
    let bytes = disk.read(&name, 0);
    let bytes = bytes.map_err(|e| StoreError::io("read", &name, &e))?;
    let read = artifact::read(&bytes).map_err(|e| StoreError::damaged(&name, e.to_string()))?;
    if read.hash == *hash {
        Ok(Arc::new(read.program))
    } else {
        Err(StoreError::damaged(&name, "is another program"))
    }
}

/// What it was compiled from. None: the folder does not know.
pub fn sources_in(disk: &mut dyn Disk, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    let name = sources_name(hash);
    let failed = |e: std::io::Error| StoreError::io("read", &name, &e);
    match disk.length(&name).map_err(failed)? {
        None => Ok(None),
        Some(_) => disk.read(&name, 0).map(Some).map_err(failed),
    }
}

/// A folder's programs, the one at hand without a look at the disk.
pub(super) struct Shelf {
    pub hash: [u8; 32],
    pub program: Arc<Program>,
}

impl Shelf {
    pub(super) fn program(
        &self,
        disk: &mut dyn Disk,
        hash: &[u8; 32],
    ) -> Result<Arc<Program>, StoreError> {
        if *hash == self.hash {
            Ok(Arc::clone(&self.program))
        } else {
            program_in(disk, hash)
        }
    }
}
