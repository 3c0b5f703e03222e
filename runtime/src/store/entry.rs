//! What the log holds, in order: inputs as they were applied, records that were refused, and what else
//! changes a run's state. The state is the fold of these and of nothing else.

use crate::input::{Asked, Input};
use crate::outbox::Step;
use crate::state::{PersonNo, Taken};

#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Input(Input),
    /// a record that the intake could not take: its line among the dead letters
    Refused(String),
    /// the input has ended: what was held back has its turn
    Release,
    /// an input is read for the first time: its number is how many came before
    Reading {
        key: u128,
        name: String,
    },
    /// a touchpoint asked for a decision, which takes its place
    Asked(Asked),
    /// what happens to a send after its decision
    Sending(Step),
    /// another version takes over; the program with this hash lies in the folder, and writes all that comes after
    Deployed {
        at: i64,
        program: [u8; 32],
        /// of the older program: what histories that are new start from, and whose
        events: Vec<(PersonNo, Taken)>,
    },
}

/// How far an input has been read once a group of entries is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// its number, in the order in which inputs were first read
    pub input: u32,
    pub records: u64,
    /// hash of these records
    pub prefix: u64,
}
