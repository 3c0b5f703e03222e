//! `compiler`: what a program means. tree → checked program → plan, IR, native code.
//!
//! Read in this order: `hir` (what is meant), `diagnostics` (what is wrong with it).

pub mod diagnostics;
pub mod hir;
pub mod types;
pub mod world;
