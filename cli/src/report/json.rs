//! A report as JSON: a list of objects for each table, with its columns' names.

use super::table::{Cell, Report, amount};
use journey_program::show;
use serde_json::{Map, Number, Value, json};
use std::str::FromStr;

pub fn json(report: &Report) -> Value {
    let mut tables = Map::new();
    for table in &report.tables {
        let rows = table.rows.iter().map(|row| {
            let cells = table.columns.iter().zip(row);
            let cells = cells.map(|(name, cell)| ((*name).to_owned(), value(cell)));
            Value::Object(cells.collect())
        });
        tables.insert(table.name.to_owned(), rows.collect());
    }
    json!({
        "program": report.program,
        "version": report.version,
        "as_of": report.as_of.map(show::time_ms),
        "people": report.people,
        "notes": report.notes,
        "tables": tables,
    })
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Count(count) => Value::from(*count),
        Cell::Number(number) => Value::from(*number),
        Cell::Amount(millionths) => {
            let number = Number::from_str(&amount(*millionths));
            number.map_or(Value::Null, Value::Number)
        }
        Cell::Nothing(why) if why.is_empty() => Value::Null,
        Cell::Nothing(why) => json!({ "none": why }),
    }
}
