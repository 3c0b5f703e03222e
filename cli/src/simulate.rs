//! `journey simulate`: a year in a second. People and what they do are invented from the `[simulation]` section
//! of the manifest (or taken from recorded events), and run through the program as it is compiled.
//!
//! Read in this order: `model` (what a section says), `read` (the section → a model, checked against the
//! program), `chance` and `draw` (seeded numbers → values), `people`, `habits` (when they do what), `calendar`
//! (in which order), `world` (fed to the engine, answers made while it runs), `resample` (recorded people in
//! the place of invented ones), `report` (what came of it).

pub mod calendar;
pub mod chance;
pub mod draw;
pub mod habits;
pub mod model;
pub mod people;
pub mod read;
pub mod report;
pub mod resample;
pub mod world;
