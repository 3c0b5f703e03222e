//! The state folder: what came in, kept so that nothing acknowledged is lost and nothing happens twice.
//!
//! Read in this order: `disk` (what storage can do), `entry` (what is logged), `codec` (inputs as bytes, by the
//! program's numbering), `frame` (groups of entries in a log), `parts` (people in files of their own), `checkpoint`
//! (a state as a file that names them), `generation` (both together, and how one replaces another), `history` (what
//! is kept of those that were replaced), `shelf` (the programs), `recovery` (what a folder holds), `durable` (an
//! engine in front of all that), `sending` (what it sends), `looking` (the same for those who only read), `erasing`
//! and `scrub` (a person taken out of all that), `room` (for that on a full disk), `seal` (keys that go with a person),
//! `bugs` (mistakes on purpose). Bytes and names only: the disk is an argument.

pub mod bugs;
mod checkpoint;
pub mod codec;
mod disk;
mod durable;
mod entry;
mod erasing;
mod error;
pub mod frame;
mod generation;
mod history;
pub mod looking;
mod outputs;
mod parts;
mod recovery;
mod room;
mod scrub;
mod seal;
mod sending;
mod shelf;

pub use checkpoint::{Progress, Reading};
pub use disk::{Disk, Pages};
pub use durable::{Durable, Heard, Settings, Ticket};
pub use entry::{Entry, Position};
pub use erasing::{ErasedFrom, Fate, Why};
pub use error::StoreError;
use journey_program::plan::Program;
pub use outputs::{ACTIONS, DEAD_LETTERS, Out};
pub use recovery::program_of;
pub use seal::{Sealing, has_keys};
pub use shelf::{Execute, interpreted, program_in, sources_in};

/// Which program a folder's records are of: the hash of its tables, its name and version for people, and the
/// artifact, which the folder keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct Deployment {
    pub hash: [u8; 32],
    pub name: String,
    pub artifact: Vec<u8>,
    /// what it was compiled from, as whoever compiled it reads it; empty: that is not known
    pub sources: Vec<u8>,
}

impl std::fmt::Debug for Deployment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deployment")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Deployment {
    /// What people call a program: its name, its version, the beginning of its hash.
    pub fn name(program: &Program, hash: &[u8; 32]) -> String {
        let short: String = hash.iter().take(4).map(|b| format!("{b:02x}")).collect();
        format!("{} {} ({short})", program.name, program.version)
    }
}
