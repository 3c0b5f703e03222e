//! `table products key sku { category: text } from "products.csv"`, and `products(sku).category`: each column
//! is a function of the key, a match over the rows, unknown where there is none.

use super::decl::Piece;
use super::facts::bare;
use super::words::type_name;
use super::{Checker, Meaning, Problem};
use crate::hir::{self, DeclId, ExprKind as Hir, Function, LocalId, Pat};
use crate::world::Entity;
use crate::world::build::tables::is_plain;
use journey_grammar::tree::{Expr, ExprKind, Name, Span, TableDecl, TextPart};
use journey_program::types::{Type, Value};

impl Checker<'_> {
    pub(crate) fn table_decl(&mut self, decl: &TableDecl) -> Piece {
        self.fields(&decl.fields);
        let Some(Entity::Table(id)) = self.world.names.get(&decl.name.text) else {
            return Piece::Nothing;
        };
        let Some(table) = self.world.tables.get(*id as usize) else {
            return Piece::Nothing;
        };
        for (field, column) in decl.fields.iter().zip(&table.columns) {
            if !is_plain(&column.ty) {
                let found = type_name(self.world, &column.ty);
                let what = "a table holds texts, numbers, bools, money and enums";
                let message = format!("{what}, not `{found}`");
                self.report(Problem::new("type-mismatch", field.name.span, message));
            }
        }
        let constant = match &decl.file.kind {
            ExprKind::Text(parts) => matches!(parts.as_slice(), [TextPart::Text(_)]),
            _ => true,
        };
        if !constant {
            let message = "the file's name is a text without `{…}`";
            self.report(Problem::new("not-a-constant", decl.file.span, message));
        }
        for problem in &table.problems {
            self.report(
                Problem::new("bad-table", decl.file.span, problem.clone())
                    .help("the first row names the columns; one row for each key"),
            );
        }
        let span = decl.name.span;
        let mut functions = Vec::with_capacity(table.columns.len());
        for (at, column) in table.columns.iter().enumerate() {
            let mut arms = Vec::with_capacity(table.rows.len() + 1);
            for (key, values) in &table.rows {
                let value = values.get(at).cloned().unwrap_or(Value::Unknown);
                let value = self.cell(span, &column.ty, value);
                arms.push((vec![Pat::Value(key.clone())], value));
            }
            let none = self.cell(span, &column.ty, Value::Unknown);
            arms.push((vec![Pat::Else], none));
            let key = self.make(span, table.key.ty.clone(), Hir::Local(LocalId(0)));
            let body = Hir::Match(Box::new(key), arms);
            functions.push(Function {
                name: format!("{}.{}", table.name, column.name),
                decl: DeclId::default(),
                params: vec![table.key.clone()],
                body: self.make(span, column.ty.clone(), body),
            });
        }
        Piece::Table(functions)
    }

    /// A value where one may be unknown.
    fn cell(&mut self, span: Span, ty: &Type, value: Value) -> hir::Expr {
        if value == Value::Unknown {
            return self.make(span, ty.clone(), Hir::Value(value));
        }
        let known = self.make(span, ty.known().clone(), Hir::Value(value));
        self.make(span, ty.clone(), Hir::Some(Box::new(known)))
    }

    /// `products(sku).category`; None: it reads no table.
    pub(crate) fn table_read(
        &mut self,
        base: &Expr,
        column: &Name,
        span: Span,
    ) -> Option<hir::Expr> {
        let ExprKind::Call(path, args) = &bare(base).kind else {
            return None;
        };
        let [name] = path.as_slice() else {
            return None;
        };
        let Some(Entity::Table(id)) = self.world.names.get(&name.text) else {
            return None;
        };
        let table = self.world.tables.get(*id as usize)?;
        let params = std::slice::from_ref(&table.key);
        let values = self.arguments(&table.name, params, args, base.span);
        let found = table.columns.iter().find(|c| c.name == column.text);
        let Some(found) = found else {
            if !column.is_missing() {
                let known: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
                self.report_no_such(&format!("column of `{}`", table.name), column, &known);
            }
            return Some(self.failed(span));
        };
        let ty = found.ty.clone();
        self.means(name, Meaning::Declared);
        self.read(column, Meaning::Column(*id), ty.clone());
        Some(match values {
            Some(values) if *ty.known() != Type::Error => {
                self.make(span, ty, Hir::Call(found.function, values))
            }
            _ => self.failed_as(span, ty),
        })
    }
}
