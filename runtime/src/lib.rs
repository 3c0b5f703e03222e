//! `runtime`: what happens when an event arrives. Bytes come in, actions go out, sans I/O.
//!
//! Read in this order: `input` (what the engine takes), `intake` (bytes → inputs), `summary`
//! (what a run ends with).

pub mod input;
pub mod intake;
pub mod native;
pub mod summary;
