//! People's rights over a state folder: what is kept beside it of who asked for what.

pub mod audit;
pub mod erasures;
pub mod master;
