//! One file a request; each is a function from what the server knows to an answer.

pub mod diagnostics;
pub mod formatting;
