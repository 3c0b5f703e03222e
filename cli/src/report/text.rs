//! A report to read: each table with its columns below each other.

use super::table::{Cell, Report, Table};
use journey_program::show;

/// Digits after the point of a number that someone reads.
const DIGITS: usize = 4;

pub fn text(report: &Report) -> String {
    let as_of = report
        .as_of
        .map_or_else(|| "the beginning".to_owned(), show::time);
    let mut out = format!(
        "{} {}, as of {as_of}: {} people measured\n",
        report.program, report.version, report.people
    );
    for note in &report.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    for table in report.tables.iter().filter(|table| !table.rows.is_empty()) {
        out.push('\n');
        out.push_str(&one(table));
    }
    out
}

fn one(table: &Table) -> String {
    let head = table.columns.iter().map(|name| (*name).to_owned());
    let mut lines: Vec<Vec<String>> = vec![head.collect()];
    lines.extend(table.rows.iter().map(|row| row.iter().map(shown).collect()));
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let mut out = format!("{}\n", table.title);
    for line in &lines {
        let cells = line.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        out.push_str(&format!("  {}\n", cells.join("  ").trim_end()));
    }
    out
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Number(number) => {
            let short = format!("{number:.DIGITS$}");
            let short = short.trim_end_matches('0').trim_end_matches('.');
            if short == "-0" { "0" } else { short }.to_owned()
        }
        Cell::Nothing(why) if why.is_empty() => "-".to_owned(),
        Cell::Nothing(why) => format!("({why})"),
        Cell::Text(_) | Cell::Count(_) | Cell::Amount(_) => cell.plain(),
    }
}
