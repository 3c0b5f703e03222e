//! `cli`: the `journey` command, the only crate that opens files, reads the clock and prints.
//!
//! Read in this order: `args` (what can be asked), `project` (a folder → a workspace), `commands` (one file
//! each), `disk` and `looking` (a state folder, used and looked at), `rights` (what people may ask of it),
//! `failure` (what ends a command, with its exit code).

pub mod args;
pub mod commands;
pub mod compile;
pub mod deliver;
pub mod diff;
pub mod disk;
pub mod failure;
pub mod graph;
pub mod kept;
pub mod looking;
pub mod project;
pub mod report;
pub mod rights;
pub mod schema;
pub mod serve;
pub mod signing;
pub mod simulate;
pub mod terminal;
pub mod testing;
pub mod why;
