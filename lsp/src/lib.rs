//! `lsp`: what an editor asks, answered from the compiler's queries. No code generator is inside.
//!
//! Read in this order: `server` (the loop), `documents` (what is open, what is on disk), `convert` (bytes ↔
//! positions), `handlers` (one file a request).

pub mod convert;
pub mod documents;
pub mod handlers;
pub mod server;

pub use server::{serve, serve_on};
