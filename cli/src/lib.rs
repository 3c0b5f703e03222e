//! `cli`: the `journey` command, the only crate that opens files, reads the clock and prints.
//!
//! Read in this order: `args` (what can be asked), `project` (a folder → a workspace), `commands` (one file
//! each), `failure` (what ends a command, with its exit code).

pub mod args;
pub mod commands;
pub mod compile;
pub mod diff;
pub mod disk;
pub mod failure;
pub mod graph;
pub mod kept;
pub mod project;
pub mod schema;
pub mod simulate;
pub mod terminal;
pub mod testing;
