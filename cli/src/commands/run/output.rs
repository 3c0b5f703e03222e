//! Where lines go: a file, standard output, or nowhere. A write that fails leaves no half line in a file.

use crate::failure::Failure;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(in crate::commands) enum Output {
    Nowhere,
    Out,
    File { file: std::fs::File, path: PathBuf },
}

impl Output {
    pub(in crate::commands) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        Ok(match path {
            None => Output::Nowhere,
            Some(path) if path == Path::new("-") => Output::Out,
            Some(path) => {
                let file = std::fs::File::create(path);
                let file = file.map_err(|e| Failure::file("write", path, &e))?;
                Output::File {
                    file,
                    path: path.to_owned(),
                }
            }
        })
    }

    /// Writing failed after so many bytes of whole lines: the file is cut back to them.
    pub(in crate::commands) fn failed(&mut self, whole: u64, error: &io::Error) -> Failure {
        match self {
            Output::File { file, path } => {
                let _ = file.set_len(whole);
                Failure::file("write", path, error)
            }
            Output::Nowhere | Output::Out => {
                Failure::outside(format!("can't write to standard output: {error}"))
            }
        }
    }

    /// The last line has come.
    pub(in crate::commands) fn end(&mut self) -> Result<(), Failure> {
        match self {
            // a pipe or device given by name cannot be synced, and need not be
            Output::File { file, path } if file.metadata().is_ok_and(|m| m.is_file()) => file
                .sync_all()
                .map_err(|e| Failure::file("write", path, &e)),
            Output::Nowhere | Output::Out | Output::File { .. } => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Nowhere => Ok(bytes.len()),
            Output::Out => io::stdout().write(bytes),
            Output::File { file, .. } => file.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Nowhere => Ok(()),
            Output::Out => io::stdout().flush(),
            Output::File { file, .. } => file.flush(),
        }
    }
}
