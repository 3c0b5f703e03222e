//! `compiler`: what a program means. tree → checked program → plan, IR, native code.
//!
//! Read in this order: `db` (what the compiler is told), `hir` (what is meant), `diagnostics` (what is wrong with it).

pub mod db;
pub mod load;
pub mod migration;
pub mod project;

pub mod check;
pub mod names;
pub mod parse;

#[cfg(feature = "native")]
pub mod codegen;
pub mod diagnostics;
pub mod explain;
pub mod forest;
pub mod hir;
pub mod json;
pub mod lines;
pub mod lower;
pub mod proofs;
pub mod render;
pub mod types;
pub mod versions;
pub mod world;

/// The types, times and words of values, for whoever shows them.
pub use journey_program as program;

pub use check::check_decl;
pub use check::{check, checked, world};
pub use db::{Database, Db, SourceFile, Workspace};
pub use diagnostics::Diagnostic;
pub use types::suggest::nearest;
