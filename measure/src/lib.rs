//! Numbers in, numbers out: what came of what was sent. The crate knows neither journeys nor files nor
//! clocks; it draws no chance, sums in the order given, and so answers the same on every run.
//!
//! Every answer says how many people it rests on; what rests on too few is a [`Refusal`], never NaN.

#![doc = include_str!("../README.md")]

pub mod cohort;
pub mod credit;
pub mod interval;
pub mod lift;
pub mod paths;
pub mod process;
pub mod refusal;
pub mod rfm;
pub mod sum;
pub mod survival;
pub mod value;

pub use interval::{Confidence, Estimate, Interval};
pub use refusal::Refusal;
