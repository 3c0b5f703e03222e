//! The state folder: what came in, kept so that nothing acknowledged is lost and nothing happens twice.
//!
//! Read in this order: `disk` (what storage can do), `entry` (what is logged), `codec` (inputs as bytes, by the
//! program's numbering), `frame` (groups of entries in a log), `checkpoint` (a state as a file), `generation`
//! (both together, and how one replaces another), `recovery` (what a folder holds), `durable` (an engine
//! in front of all that), `sending` (what it sends),
//! `bugs` (mistakes on purpose). Bytes and names only: the disk is an argument.

pub mod bugs;
mod checkpoint;
pub mod codec;
mod disk;
mod durable;
mod entry;
mod error;
pub mod frame;
mod generation;
mod outputs;
mod recovery;
mod sending;

pub use checkpoint::{Progress, Reading};
pub use disk::Disk;
pub use durable::{Durable, Settings, Ticket};
pub use entry::{Entry, Position};
pub use error::StoreError;
pub use outputs::{ACTIONS, DEAD_LETTERS, Out};

/// Which program a folder's records are of: the hash of its tables, its name and version for people, and the
/// artifact, which the folder keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct Deployment {
    pub hash: [u8; 32],
    pub name: String,
    pub artifact: Vec<u8>,
}

impl std::fmt::Debug for Deployment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deployment")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
