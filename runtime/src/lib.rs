//! `runtime`: what happens when an event arrives. Bytes come in, actions go out, sans I/O.
//!
//! Read in this order: `input` (what the engine takes), `intake` (bytes → inputs), `log` and `store` (inputs kept),
//! `engine` (inputs → actions) over `state`, `histories` and `host`, `actions` (what comes out),
//! `measure` (what is measured of a person),
//! `outbox` (what is to be sent until it is settled), `export` (what is held of a person), `native` (machine code
//! mapped and called), `run` (all of it over one input), `summary` (its end).

pub mod actions;
pub mod engine;
pub mod export;
pub mod histories;
pub mod host;
pub mod input;
pub mod intake;
pub mod log;
pub mod measure;
pub mod native;
pub mod outbox;
pub mod run;
pub mod scalar;
pub mod state;
pub mod store;
pub mod summary;
