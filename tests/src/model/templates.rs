//! What template files add to expressions: a text for each element of a list, and texts as HTML shows them.

use super::eval::{Broken, Scene, TEXT_MAX};
use journey_compiler::hir::{Expr, ExprKind, LocalId};
use journey_program::ir::FaultCode;
use journey_program::types::Value;

const ENTITIES: [(&str, &str); 5] = [
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ("\"", "&quot;"),
    ("'", "&#39;"),
];

impl Scene<'_> {
    pub(super) fn template(&mut self, e: &Expr) -> Result<String, Broken> {
        let mut text = String::new();
        let mut add = |piece: &str| {
            text.push_str(piece);
            if text.len() > TEXT_MAX {
                return Err(Broken::new(FaultCode::TooLong, e.node));
            }
            Ok(())
        };
        match &e.kind {
            ExprKind::Escape(inner) => {
                if let Value::Text(plain) = self.eval(inner)? {
                    // the ampersand first, since the others write some
                    let shown = ENTITIES
                        .iter()
                        .fold(plain, |text, (from, to)| text.replace(from, to));
                    add(&shown)?;
                }
            }
            ExprKind::Join(join) => {
                let Value::List(items) = self.eval(&join.list)? else {
                    return Ok(text);
                };
                let count = items.len();
                for (place, item) in items.into_iter().enumerate() {
                    self.bind(join.binder, item);
                    self.bind(join.index, Value::Int(place as i64 + 1));
                    self.bind(join.first, Value::Bool(place == 0));
                    self.bind(join.last, Value::Bool(place + 1 == count));
                    if let Value::Text(piece) = self.eval(&join.body)? {
                        add(&piece)?;
                    }
                }
            }
            _ => {}
        }
        Ok(text)
    }

    fn bind(&mut self, local: LocalId, value: Value) {
        let slot = local.0 as usize;
        if self.locals.len() <= slot {
            self.locals.resize(slot + 1, Value::Unknown);
        }
        self.locals[slot] = value;
    }
}
