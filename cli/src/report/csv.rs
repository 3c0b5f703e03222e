//! A report as CSV: one table with its columns; of several, a line for each cell.

use super::table::{Report, Table};

pub fn csv(report: &Report) -> String {
    if let [table] = report.tables.as_slice() {
        return one(table);
    }
    let mut out = String::from("table,row,column,value\n");
    for table in &report.tables {
        for (number, row) in (1usize..).zip(&table.rows) {
            for (column, cell) in table.columns.iter().zip(row) {
                let value = field(&cell.plain());
                out.push_str(&format!("{},{number},{column},{value}\n", table.name));
            }
        }
    }
    out
}

fn one(table: &Table) -> String {
    let mut out = format!("{}\n", table.columns.join(","));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| field(&cell.plain())).collect();
        out.push_str(&format!("{}\n", cells.join(",")));
    }
    out
}

/// Quoted where it must be.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}
