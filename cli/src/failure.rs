//! What ends a command early: a message for people and an exit code for machines.

use std::fmt;
use std::path::Path;

/// Exit codes of `interfaces.md`: stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    /// the program, its tests or a check failed
    Failed = 1,
    /// wrong usage
    Usage = 2,
    /// the outside failed: file, network, disk
    Outside = 3,
}

#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    /// empty: everything has been said already
    pub message: String,
}

impl Failure {
    /// The program or a check failed, and its diagnostics have been printed.
    pub fn said() -> Self {
        Self {
            exit: Exit::Failed,
            message: String::new(),
        }
    }
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.into(),
        }
    }
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
        }
    }
    pub fn outside(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Outside,
            message: message.into(),
        }
    }
    pub fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::outside(format!("can't {verb} `{}`: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
