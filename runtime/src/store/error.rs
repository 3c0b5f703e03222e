//! Why a state folder is not opened, or a run over it ends. After any of these nothing more is written:
//! the next start is the only recovery.

use std::fmt;
use std::io;

const FULL: &str = "no space is left on the disk";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// the disk refused: what was asked, of which file, its words
    Io {
        verb: &'static str,
        name: String,
        error: String,
    },
    /// bytes that were durable are others now
    Damaged {
        name: String,
        what: String,
    },
    /// written by a newer version
    Format {
        name: String,
        format: u16,
    },
    Flags {
        name: String,
        flags: u16,
    },
    /// written by a build whose states have other fields
    Build {
        name: String,
    },
    /// the folder is another program's
    Program {
        hash: [u8; 32],
        kept: String,
        given: String,
    },
    /// kinds of actions are chosen otherwise: numbers of actions would differ
    Kinds {
        kept: String,
    },
    /// an output is shorter than what was written to it
    Output {
        name: String,
        kept: u64,
        found: u64,
    },
    /// an input does not begin with what was read of it
    Input {
        name: String,
        records: u64,
    },
    /// an input cannot be written down
    Entry(String),
    /// a program of the folder can't be executed here
    Execution(String),
    /// what is personal is sealed, and no master key was given
    Sealed,
    /// another master key was given
    Master {
        name: String,
    },
    /// what was sealed is there, its keys are not
    Keys {
        name: String,
    },
    /// an earlier error has ended the run
    Ended,
}

impl StoreError {
    pub fn io(verb: &'static str, name: &str, error: &io::Error) -> Self {
        StoreError::Io {
            verb,
            name: name.to_owned(),
            error: if error.kind() == io::ErrorKind::StorageFull {
                FULL.to_owned()
            } else {
                error.to_string()
            },
        }
    }

    /// The disk had no space left.
    pub fn is_full(&self) -> bool {
        matches!(self, StoreError::Io { error, .. } if error == FULL)
    }
    pub(crate) fn damaged(name: &str, what: impl Into<String>) -> Self {
        StoreError::Damaged {
            name: name.to_owned(),
            what: what.into(),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Io { verb, name, error } => write!(f, "can't {verb} `{name}`: {error}"),
            StoreError::Damaged { name, what } => write!(
                f,
                "the state is damaged: `{name}` {what}; nothing was changed: restore the folder \
                 from a backup, or begin an empty one and give it the inputs again"
            ),
            StoreError::Format { name, format } => write!(
                f,
                "`{name}` is of format {format}, which a newer `journey` wrote; nothing was changed"
            ),
            StoreError::Flags { name, flags } => write!(
                f,
                "`{name}` uses features ({flags:#x}) of a newer `journey`; nothing was changed"
            ),
            StoreError::Build { name } => write!(
                f,
                "`{name}` was written by another build of `journey`, whose states have other \
                 fields; nothing was changed: run that build, or begin an empty folder and give it \
                 the inputs again"
            ),
            StoreError::Program { kept, given, .. } => write!(
                f,
                "the state is of the program `{kept}`, this is `{given}`: run that one, deploy this \
                 one over it, or begin another folder"
            ),
            StoreError::Execution(what) => write!(f, "{what}"),
            StoreError::Kinds { kept } => write!(
                f,
                "the state was begun with other kinds of actions: show `{kept}`, or begin another \
                 folder"
            ),
            StoreError::Output { name, kept, found } => write!(
                f,
                "`{name}` has {found} bytes, and {kept} were written to it: put it back, or name \
                 another file"
            ),
            StoreError::Input { name, records } => write!(
                f,
                "`{name}` does not begin with the {records} records that were read of it: put \
                 them back, or give the new records in a file of their own"
            ),
            StoreError::Entry(what) => write!(f, "an input can't be written to the log: {what}"),
            StoreError::Sealed => write!(
                f,
                "what is personal in the state is sealed: give its master key by \
                 `JOURNEY_MASTER_KEY` or `JOURNEY_MASTER_KEY_FILE`"
            ),
            StoreError::Master { name } => write!(
                f,
                "the master key does not open `{name}`: it is another folder's, or the file was \
                 changed; nothing was changed"
            ),
            StoreError::Keys { name } => write!(
                f,
                "`{name}` is sealed with keys that are not in the folder: put its newest `.keys` \
                 files beside it; nothing was changed"
            ),
            StoreError::Ended => write!(f, "the run has ended by an earlier error"),
        }
    }
}

impl std::error::Error for StoreError {}
