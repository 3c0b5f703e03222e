//! `journey report`: what came of it all, out of a state folder that is only looked at.

use crate::args::{ReportArgs, ReportAs};
use crate::failure::Failure;
use crate::looking::Looked;
use crate::report::{self, csv, facts::Facts, json, text};
use crate::terminal;

pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let looked = Looked::at(&args.state)?;
    let facts = Facts::of(&looked.engine);
    let report = report::report(&facts, args.table.as_deref());
    if let (Some(name), true) = (&args.table, report.tables.is_empty()) {
        let all = report::report(&facts, None);
        let names: Vec<&str> = all.tables.iter().map(|table| table.name).collect();
        let names = names.join(", ");
        return Err(Failure::usage(format!(
            "there is no table `{name}`; there are {names}"
        )));
    }
    match args.format {
        ReportAs::Text => terminal::print(&text::text(&report)),
        ReportAs::Json => terminal::print(&format!("{}\n", json::json(&report))),
        ReportAs::Csv => terminal::print(&csv::csv(&report)),
    }
}
