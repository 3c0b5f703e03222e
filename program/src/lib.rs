//! `program`: what a compiled program is, the contract between compiler and runtime.
//!
//! Read in this order: `types` (what values there are), `ir` (what decision code is), `host` (what it asks
//! of the runtime), `plan` (the tables around it), `raw` (expressions over raw input); `layout` and `record`
//! (values as bytes), `arith`, `civil` and `show` (what both executions compute alike); `verify` (what may
//! run), `interp` (the reference execution), `abi` (how native code is called); `text` (for readers) and
//! `artifact` (all of it in a file).

pub mod abi;
pub mod arith;
pub mod artifact;
pub mod chance;
pub mod civil;
pub mod depth;
pub mod exp;
pub mod host;
pub mod interp;
pub mod ir;
pub mod layout;
pub mod notes;
pub mod plan;
pub mod raw;
pub mod record;
pub mod show;
pub mod text;
pub mod types;
pub mod verify;
