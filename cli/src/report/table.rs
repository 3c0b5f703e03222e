//! What an answer is made of: tables of cells, which every format writes.

/// All answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub program: String,
    pub version: String,
    /// milliseconds
    pub as_of: Option<i64>,
    /// of whom something was measured
    pub people: u64,
    pub notes: Vec<String>,
    pub tables: Vec<Table>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub name: &'static str,
    pub title: &'static str,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Count(u64),
    Number(f64),
    /// an amount, exact: in millionths
    Amount(i128),
    /// no number, and why where that is no matter of course
    Nothing(String),
}

impl Table {
    pub fn new(name: &'static str, title: &'static str, columns: &'static [&'static str]) -> Self {
        Self {
            name,
            title,
            columns,
            rows: Vec::new(),
        }
    }

    /// The cell of a column.
    pub fn cell<'r>(&self, row: &'r [Cell], column: &str) -> Option<&'r Cell> {
        let place = self.columns.iter().position(|name| *name == column)?;
        row.get(place)
    }
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    pub fn nothing() -> Self {
        Cell::Nothing(String::new())
    }

    /// A number, or why there is none.
    pub fn of<E: std::fmt::Display>(number: Result<f64, E>) -> Self {
        match number {
            Ok(number) if number.is_finite() => Cell::Number(number),
            Ok(_) => Cell::nothing(),
            Err(why) => Cell::Nothing(why.to_string()),
        }
    }

    pub fn maybe(number: Option<f64>) -> Self {
        number.map_or_else(Cell::nothing, Cell::Number)
    }

    /// As a machine reads it; nothing is empty.
    pub fn plain(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(count) => count.to_string(),
            Cell::Number(number) => serde_json::Value::from(*number).to_string(),
            Cell::Amount(millionths) => amount(*millionths),
            Cell::Nothing(_) => String::new(),
        }
    }
}

/// Millionths as a decimal, without zeros at its end.
pub fn amount(millionths: i128) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let all = millionths.unsigned_abs();
    let (whole, rest) = (all / 1_000_000, all % 1_000_000);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let rest = format!("{rest:06}");
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}
