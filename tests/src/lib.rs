//! What is promised, as tests: this library is what they share. `irgen` makes functions at random,
//! `agreement` compares the two executions on them, `model` is the third opinion on whole programs.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::cast_possible_truncation,
    reason = "only tests use it: a broken assumption must stop them"
)]

pub mod agreement;
pub mod corpus;
pub mod data;
pub mod fuzz;
pub mod irgen;
pub mod lines;
pub mod model;
pub mod progen;
pub mod proofgen;
pub mod relay;
pub mod sending;
pub mod sim;
