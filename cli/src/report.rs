//! What came of it all: a state folder in, tables of numbers out, the same for every format and over HTTP.
//!
//! Read in this order: `facts` (what was measured of everybody), `table` (what an answer is), then a file for each
//! question: `funnel`, `paths` (conversions, paths, credit, cost), `lift`, `customers`, `decisions`, `advice`;
//! `text`, `json`, `csv` write the tables. Every row says how many people it rests on; where that is too few for
//! a number, the row says so instead.

pub mod advice;
pub mod csv;
pub mod customers;
pub mod decisions;
pub mod facts;
pub mod funnel;
pub mod json;
pub mod lift;
pub mod paths;
pub mod table;
pub mod text;

use facts::Facts;
use table::{Report, Table};

/// All tables, or the one of a name.
pub fn report(facts: &Facts, only: Option<&str>) -> Report {
    let mut tables: Vec<Table> = Vec::new();
    tables.extend(funnel::tables(facts));
    tables.extend(paths::tables(facts));
    tables.extend(lift::tables(facts));
    tables.extend(customers::tables(facts));
    tables.extend(decisions::tables(facts));
    tables.push(advice::table(facts, &tables));
    tables.retain(|table| only.is_none_or(|only| only == table.name));
    Report {
        program: facts.program.name.clone(),
        version: facts.program.version.clone(),
        as_of: facts.clock,
        people: facts.people.len() as u64,
        notes: facts.notes(),
        tables,
    }
}
