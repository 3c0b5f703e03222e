//! Tables of reference data: a declaration and its file → rows of values, or what is wrong with the file, by
//! row and column. The rows are part of the program.

use super::Builder;
use crate::hir::Local;
use crate::names::SigKind;
use crate::types::literal::scaled;
use crate::world::{ColumnSig, Entity, FnSig, TableSig};
use journey_grammar::tree::{Expr, ExprKind, TextPart};
use journey_program::types::{FieldDef, Type, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A table is code: so many rows at most.
pub(crate) const ROWS_MAX: usize = 1_000;
/// A larger file is not read.
const BYTES_MAX: usize = 1 << 20;
/// How many mistakes of one file are told.
const PROBLEMS_MAX: usize = 5;

impl Builder<'_> {
    /// Each column is a function of the key, numbered behind those that authors write.
    pub(super) fn tables(&mut self, data: &BTreeMap<String, Arc<str>>) {
        let names = self.names_of(|kind| matches!(kind, SigKind::Table(_)));
        let mut columns: Vec<(String, usize, usize)> = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            let Some(SigKind::Table(decl)) = self.kind_of(name) else {
                continue;
            };
            let fields = self.field_types(&decl.fields);
            let key_type = fields
                .iter()
                .find(|field| field.name == decl.key.text)
                .map_or(Type::Text, |field| field.ty.known().clone());
            let mut table = TableSig {
                name: name.to_owned(),
                key: Local {
                    name: decl.key.text.clone(),
                    ty: key_type,
                },
                columns: fields
                    .iter()
                    .map(|field| ColumnSig {
                        name: field.name.clone(),
                        ty: field.ty.known().clone().optional(),
                        function: 0,
                    })
                    .collect(),
                rows: Vec::new(),
                problems: Vec::new(),
            };
            if let Some(file) = file_name(&decl.file) {
                self.read_table(&mut table, &fields, file, data);
            }
            for (number, column) in table.columns.iter().enumerate() {
                columns.push((format!("{name}.{}", column.name), at, number));
            }
            let id = u32::try_from(at).unwrap_or(u32::MAX);
            self.entity(name, Entity::Table(id));
            self.world.tables.push(table);
        }
        columns.sort();
        for (name, at, number) in columns {
            let function = u32::try_from(self.world.functions.len()).unwrap_or(u32::MAX);
            let Some(table) = self.world.tables.get_mut(at) else {
                continue;
            };
            let key = table.key.clone();
            if let Some(column) = table.columns.get_mut(number) {
                column.function = function;
                self.world.functions.push(FnSig {
                    name,
                    params: vec![key],
                    result: column.ty.clone(),
                    calculates: false,
                });
            }
        }
    }

    fn read_table(
        &self,
        table: &mut TableSig,
        fields: &[FieldDef],
        file: &str,
        data: &BTreeMap<String, Arc<str>>,
    ) {
        let Some(text) = data.get(file) else {
            let message = format!("the project has no file `{file}`");
            table.problems.push(message);
            return;
        };
        if text.len() > BYTES_MAX {
            let message = format!("`{file}` is larger than {BYTES_MAX} bytes");
            table.problems.push(message);
            return;
        }
        if let Err(problem) = self.rows(table, fields, text) {
            table.problems.push(format!("`{file}`: {problem}"));
        }
        table.problems.truncate(PROBLEMS_MAX);
    }

    fn rows(&self, table: &mut TableSig, fields: &[FieldDef], text: &str) -> Result<(), String> {
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| e.to_string())?.clone();
        let place = |name: &str| {
            let mut found = header.iter().enumerate().filter(|(_, cell)| *cell == name);
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Ok(place),
                (Some(_), Some(_)) => Err(format!("the column `{name}` stands twice in row 1")),
                (None, _) => Err(format!("there is no column `{name}` in row 1")),
            }
        };
        let key = place(&table.key.name)?;
        let mut places = Vec::new();
        for field in fields {
            places.push((place(&field.name)?, field));
        }
        let mut seen = BTreeSet::new();
        for (number, record) in reader.records().enumerate() {
            let row = number + 2;
            let record = record.map_err(|e| format!("row {row}: {e}"))?;
            if number >= ROWS_MAX {
                return Err(format!("a table has at most {ROWS_MAX} rows"));
            }
            let cell = |place: usize| record.get(place).unwrap_or_default();
            let bad = |name: &str, found: &str, ty: &Type| {
                let due = crate::types::words::type_name(&self.world, ty);
                format!("row {row}, column `{name}`: `{found}` is no `{due}`")
            };
            if !seen.insert(cell(key).to_owned()) {
                let (name, found) = (&table.key.name, cell(key));
                let message = format!("row {row}, column `{name}`: `{found}` stands there twice");
                table.problems.push(message);
                continue;
            }
            let Some(of) = self.cell(cell(key), &table.key.ty) else {
                let message = bad(&table.key.name, cell(key), &table.key.ty);
                table.problems.push(message);
                continue;
            };
            let mut values = Vec::with_capacity(places.len());
            for (place, field) in &places {
                let found = cell(*place);
                let value = match self.cell(found, field.ty.known()) {
                    _ if found.is_empty() && field.ty.is_optional() => Value::Unknown,
                    _ if found.is_empty() && field.default.is_some() => {
                        field.default.clone().unwrap_or(Value::Unknown)
                    }
                    Some(value) => value,
                    None => {
                        table.problems.push(bad(&field.name, found, &field.ty));
                        Value::Unknown
                    }
                };
                values.push(value);
            }
            table.rows.push((of, values));
        }
        Ok(())
    }

    /// A cell as a value of its column's type.
    fn cell(&self, cell: &str, ty: &Type) -> Option<Value> {
        let in_range = |n: i64, low: i64, high: i64| (low..=high).contains(&n);
        match ty {
            Type::Text => Some(Value::Text(cell.to_owned())),
            Type::Bool => cell.parse().ok().map(Value::Bool),
            Type::Int => cell.parse().ok().map(Value::Int),
            Type::IntIn(low, high) => {
                let n = cell.parse().ok().filter(|n| in_range(*n, *low, *high))?;
                Some(Value::Int(n))
            }
            Type::Number => {
                let n: f64 = cell.parse().ok()?;
                n.is_finite().then_some(Value::Number(n))
            }
            Type::Money(currency) => {
                let minor = scaled(cell, currency.digits()).ok()?;
                Some(Value::Money(minor, *currency))
            }
            Type::Enum(id) => {
                let def = self.world.enums.get(id.index())?;
                let at = def.values.iter().position(|value| value == cell)?;
                Some(Value::Enum(*id, u32::try_from(at).ok()?))
            }
            _ => None,
        }
    }
}

/// What a table may hold.
pub(crate) fn is_plain(ty: &Type) -> bool {
    matches!(
        ty.known(),
        Type::Error
            | Type::Text
            | Type::Bool
            | Type::Int
            | Type::IntIn(..)
            | Type::Number
            | Type::Money(_)
            | Type::Enum(_)
    )
}

fn file_name(file: &Expr) -> Option<&str> {
    match &file.kind {
        ExprKind::Text(parts) => match parts.as_slice() {
            [TextPart::Text(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}
