//! `journey diff`: two versions of a program over the same events: who would get something else, and which
//! change in the source is the cause. Causes are measured, not guessed: programs are composed of the older
//! version with some of the newer's changes, and run.
//!
//! Read in this order: `changes` (what differs in the sources), `compose` (some of the changes → a program),
//! `runs` (a program over the events → what everyone gets), `cause` (which changes bring a difference about),
//! `report` (told by cause).

pub mod cause;
pub mod changes;
pub mod compose;
pub mod report;
pub mod runs;
