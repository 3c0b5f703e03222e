//! `grammar`: what a `.journey` text looks like. text → tokens → declarations → tree.

mod parse;
mod peg;
mod problem;
mod split;
pub mod token;
pub mod tree;

mod lower;

pub use parse::{Parsed, parse_chunk};
pub use peg::kinds_pest;
pub use problem::{Fix, SyntaxProblem};
pub use split::{Chunk, split};
pub use token::{Kind, Token, tokens};
