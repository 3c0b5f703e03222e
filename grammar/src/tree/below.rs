//! What stands right inside of an expression: for whoever looks for something in all of it.

use super::{Expr, ExprKind, InSet, TextPart};

impl Expr {
    /// The expressions right below this one, in the order of the text. A history has a scope of its own: what
    /// is in it is not among them.
    pub fn below(&self) -> Vec<&Expr> {
        let mut below = Vec::new();
        match &self.kind {
            ExprKind::Text(parts) => below.extend(parts.iter().filter_map(|p| match p {
                TextPart::Expr(e) => Some(e),
                TextPart::Text(_) => None,
            })),
            ExprKind::List(items) => below.extend(items),
            ExprKind::Field(inner, _)
            | ExprKind::Unary(_, inner)
            | ExprKind::Matches(inner, _)
            | ExprKind::Paren(inner) => below.push(inner),
            ExprKind::Call(_, args) => below.extend(args.iter().map(|a| &a.value)),
            ExprKind::Binary(_, left, right) => below.extend([&**left, &**right]),
            ExprKind::In { value, set, .. } => {
                below.push(value);
                match set {
                    InSet::Missing(_) => {}
                    InSet::List(items) => below.extend(items),
                    InSet::Range(low, high) => below.extend([&**low, &**high]),
                    InSet::Expr(list) => below.push(list),
                }
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => below.extend([&**condition, &**then, &**otherwise]),
            ExprKind::Match { value, arms } => {
                below.push(value);
                below.extend(arms.iter().map(|a| &a.value));
            }
            ExprKind::ListQuery(query) => {
                below.push(&query.list);
                below.extend(&query.filter);
            }
            ExprKind::History(_)
            | ExprKind::Missing
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number { .. }
            | ExprKind::Money { .. }
            | ExprKind::Time(_)
            | ExprKind::Date(_)
            | ExprKind::Clock(_)
            | ExprKind::Quantity { .. }
            | ExprKind::Path(_) => {}
        }
        below
    }
}
