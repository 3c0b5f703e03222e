//! `program`: what a compiled program is, the contract between compiler and runtime.
//!
//! Read in this order: `types` (what values there are), `ir` (what decision code is), `host` (what it asks
//! of the runtime), `plan` (the tables around it), `raw` (expressions over raw input).

pub mod abi;
pub mod host;
pub mod ir;
pub mod plan;
pub mod raw;
pub mod types;
