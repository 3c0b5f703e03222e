//! `grammar`: what a `.journey` text looks like. text → tokens → declarations → tree.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "kinds of tokens and rules of the grammar are hundreds; matches over the tree list all"
)]

mod expected;
mod format;
mod parse;
mod peg;
mod problem;
mod rules;
mod split;
pub mod token;
pub mod tree;

mod lower;

pub use expected::{Expected, expected_at};
pub use format::{FormatProblem, format};
pub use parse::{Parsed, parse_chunk, parse_expr};
pub use peg::kinds_pest;
pub use problem::{Fix, SyntaxProblem};
pub use rules::{rule_names, rules_used};
pub use split::{Chunk, split};
pub use token::{Kind, Token, is_word, reserved_words, soft_words, tokens, written};
