//! `lsp`: what an editor asks, answered from the compiler's queries. No code generator is inside.
//!
//! Read in this order: `ide` (what may be asked, without a protocol), `documents` (what is open, what is on disk),
//! `convert` (bytes ↔ positions), `handlers` (one file a request), `server` (the loop) and its `workers`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "questions here are about a few kinds of tokens and trees, and the rest is one case"
)]

pub mod capabilities;
pub mod children;
pub mod convert;
pub mod disk;
pub mod documents;
pub mod handlers;
pub mod ide;
pub mod memory;
pub mod server;
pub mod stdio;
pub mod workers;

pub use server::{serve, serve_on};
