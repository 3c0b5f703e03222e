//! Expressions: tree → typed, resolved expression. Never fails: what is wrong is reported once and becomes
//! an expression of type `Error`, which fits everything and says nothing more.

use super::facts::bare;
use super::words::{subject, type_name};
use super::{Checker, Place, Problem};
use crate::hir::{self, ExprKind as Hir};
use journey_grammar::tree::{BinaryOp, Expr, ExprKind, Span, UnaryOp};
use journey_program::types::{Type, Value};

/// How deep an expression may nest; the grammar has the same bound for brackets.
pub(crate) const DEPTH_MAX: u32 = 256;

impl Checker<'_> {
    /// The typed expression. `expected` resolves enum values and texts that name a zone; it converts nothing
    /// (`coerce` does).
    pub fn expr(&mut self, e: &Expr, expected: Option<&Type>) -> hir::Expr {
        let value = self.infer(e, expected);
        if self.is_watched() {
            self.solvable(&value);
        }
        value
    }

    /// The typed expression as a value of this very type.
    pub fn expr_as(&mut self, e: &Expr, ty: &Type) -> hir::Expr {
        let value = self.expr(e, Some(ty));
        self.fit(e, value, ty, None)
    }

    /// A bool that is never unknown.
    pub fn condition(&mut self, e: &Expr) -> hir::Expr {
        let value = self.infer_bool(e);
        if self.is_watched() {
            self.solvable(&value);
        }
        value
    }

    /// A constant: its type and value, or nothing after a report.
    pub fn constant(&mut self, e: &Expr, expected: Option<&Type>) -> Option<(Type, Value)> {
        let mut value = self.infer(e, expected);
        if let Some(ty) = expected {
            value = self.fit(e, value, ty, None);
        }
        if value.ty == Type::Error {
            return None;
        }
        match constant_of(&value) {
            Some(constant) => Some((value.ty, constant)),
            None => {
                // a message has been made where the place itself forbids what the expression reads
                let message = format!("{} is no constant", subject(e));
                self.report(
                    Problem::new("not-a-constant", e.span, message)
                        .help("a constant is made of literals, `const`s and operators on them"),
                );
                None
            }
        }
    }

    /// A duration or a span, known.
    pub fn duration(&mut self, e: &Expr) -> hir::Expr {
        let value = self.expr(e, Some(&Type::Duration));
        let value = self.need_known(e, value, None);
        if !matches!(value.ty, Type::Duration | Type::Span | Type::Error) {
            let found = type_name(self.world, &value.ty);
            self.report(Problem::new(
                "not-a-duration",
                e.span,
                format!(
                    "a duration such as `3 days` is due here, {} is `{found}`",
                    subject(e)
                ),
            ));
            return self.failed(e.span);
        }
        value
    }

    /// The milliseconds of a constant duration.
    pub fn duration_ms(&mut self, e: &Expr) -> Option<i64> {
        let (ty, value) = self.constant(e, None)?;
        match value {
            Value::Duration(ms) => Some(ms),
            Value::Span(_) => {
                self.report(
                    Problem::new(
                        "span-not-duration",
                        e.span,
                        "an exact duration is due here, not a span",
                    )
                    .help("a month or a calendar day has no fixed length: say it in days or hours"),
                );
                None
            }
            _ => {
                let found = type_name(self.world, &ty);
                let message = format!("a duration such as `3 days` is due here, this is `{found}`");
                self.report(Problem::new("not-a-duration", e.span, message));
                None
            }
        }
    }

    pub(crate) fn is_watched(&self) -> bool {
        matches!(
            self.place,
            Place::Profile { watched: true } | Place::Journey { watched: true }
        )
    }

    pub(crate) fn infer(&mut self, e: &Expr, expected: Option<&Type>) -> hir::Expr {
        if self.depth >= DEPTH_MAX {
            if !self.problems.iter().any(|p| p.code == "too-deep") {
                self.report(
                    Problem::new(
                        "too-deep",
                        e.span,
                        format!("this nests deeper than {DEPTH_MAX} levels"),
                    )
                    .help("give a part of it a name with `let`, `const` or `fn`"),
                );
            }
            return self.failed(e.span);
        }
        self.depth += 1;
        let value = self.infer_kind(e, expected);
        self.depth -= 1;
        value
    }

    fn infer_kind(&mut self, e: &Expr, expected: Option<&Type>) -> hir::Expr {
        let span = e.span;
        match &e.kind {
            ExprKind::Missing => self.failed(span),
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number { .. }
            | ExprKind::Money { .. }
            | ExprKind::Time(_)
            | ExprKind::Date(_)
            | ExprKind::Clock(_)
            | ExprKind::Quantity { .. } => self.literal(e, false),
            ExprKind::Text(parts) => self.text(parts, span, expected),
            ExprKind::List(items) => self.list_literal(items, span, expected),
            ExprKind::Path(names) => self.path(names, span, expected, true),
            ExprKind::Field(base, name) => {
                if let Some(read) = self.table_read(base, name, span) {
                    return read;
                }
                let value = self.infer(base, None);
                let value = self.need_known(base, value, None);
                self.field(value, name)
            }
            ExprKind::Call(path, args) => self.call(path, args, span, expected),
            ExprKind::Unary(op, inner) => self.unary(*op, inner, span, expected),
            ExprKind::Binary(op, left, right) => self.binary(*op, e, left, right, expected),
            ExprKind::In {
                value,
                set,
                negated,
            } => self.within(value, set, *negated, span),
            ExprKind::Matches(value, regex) => self.matches(value, regex, span),
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => self.if_expr(condition, then, otherwise, span, expected),
            ExprKind::Match { value, arms } => self.match_expr(value, arms, span, expected),
            ExprKind::ListQuery(query) => self.list_query(query, span, false),
            ExprKind::History(history) => self.history(history, span, false),
            ExprKind::Paren(inner) => self.paren(inner, expected),
        }
    }

    /// In parentheses a query with `where` runs no further than they do.
    fn paren(&mut self, inner: &Expr, expected: Option<&Type>) -> hir::Expr {
        match &inner.kind {
            ExprKind::ListQuery(query) => self.list_query(query, inner.span, true),
            ExprKind::History(history) => self.history(history, inner.span, true),
            _ => self.infer(inner, expected),
        }
    }

    fn unary(
        &mut self,
        op: UnaryOp,
        inner: &Expr,
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        match op {
            UnaryOp::Not => {
                let value = self.bool_operand(inner);
                self.negate(value, span)
            }
            UnaryOp::Neg => self.negative(inner, span, expected),
            UnaryOp::Known => self.known(inner, span, true),
            UnaryOp::Unknown => self.known(inner, span, false),
            UnaryOp::YearsSince => self.years_since(inner, span),
        }
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        e: &Expr,
        left: &Expr,
        right: &Expr,
        expected: Option<&Type>,
    ) -> hir::Expr {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logic(op, e),
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge => self.compare(op, left, right, e.span),
            BinaryOp::Contains | BinaryOp::StartsWith | BinaryOp::EndsWith => {
                self.text_test(op, left, right, e.span)
            }
            BinaryOp::Else => self.otherwise(left, right, e.span, expected),
            BinaryOp::At => self.date_at(left, right, e.span),
            BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::IntDiv
            | BinaryOp::Mod => self.arith(op, left, right, e.span, expected),
        }
    }

    /// An operand: a query whose `where` would run on takes parentheses here.
    pub(crate) fn operand(&mut self, e: &Expr, expected: Option<&Type>) -> hir::Expr {
        let open = match &e.kind {
            ExprKind::ListQuery(query) => query.filter.is_some(),
            ExprKind::History(history) => history.filter.is_some() && history.window.is_none(),
            _ => false,
        };
        if open {
            self.report_runs_on(e.span);
            return self.paren(e, expected);
        }
        self.infer(e, expected)
    }

    pub(crate) fn report_runs_on(&mut self, span: Span) {
        self.report(
            Problem::new(
                "where-runs-on",
                span,
                "this `where` takes everything that follows it",
            )
            .help("put the question in parentheses, so that it is plain where its `where` ends")
            .fix(
                "put it in parentheses",
                vec![
                    (Span::new(span.start, span.start), "(".to_owned()),
                    (Span::new(span.end, span.end), ")".to_owned()),
                ],
            ),
        );
    }

    // --- making nodes

    pub(crate) fn make(&mut self, span: Span, ty: Type, kind: Hir) -> hir::Expr {
        hir::Expr {
            node: self.node(span),
            ty,
            kind,
        }
    }

    pub(crate) fn constant_value(&mut self, span: Span, ty: Type, value: Value) -> hir::Expr {
        self.make(span, ty, Hir::Value(value))
    }

    /// What stands for something that was wrong.
    pub(crate) fn failed(&mut self, span: Span) -> hir::Expr {
        self.failed_as(span, Type::Error)
    }

    /// Something wrong whose type is plain all the same.
    pub(crate) fn failed_as(&mut self, span: Span, ty: Type) -> hir::Expr {
        self.make(span, ty, Hir::Value(Value::Unknown))
    }

    pub(crate) fn negate(&mut self, e: hir::Expr, span: Span) -> hir::Expr {
        match &e.kind {
            Hir::Value(Value::Bool(b)) => {
                let turned = !b;
                self.constant_value(span, Type::Bool, Value::Bool(turned))
            }
            _ => self.make(span, Type::Bool, Hir::Not(Box::new(e))),
        }
    }
}

/// The value of an expression that is one already.
pub(crate) fn constant_of(e: &hir::Expr) -> Option<Value> {
    match &e.kind {
        Hir::Value(value) => Some(value.clone()),
        Hir::Some(inner) => constant_of(inner),
        Hir::List(items) => items
            .iter()
            .map(constant_of)
            .collect::<Option<_>>()
            .map(Value::List),
        Hir::Record(id, fields) => {
            let fields = fields.iter().map(constant_of).collect::<Option<_>>()?;
            Some(Value::Record(*id, fields))
        }
        _ => None,
    }
}

/// Whether a tree is a single bare name.
pub(crate) fn single(e: &Expr) -> Option<&journey_grammar::tree::Name> {
    match &bare(e).kind {
        ExprKind::Path(names) => match names.as_slice() {
            [name] => Some(name),
            _ => None,
        },
        _ => None,
    }
}
