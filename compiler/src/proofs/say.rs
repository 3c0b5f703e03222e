//! Values, histories and conditions as an author writes them, for messages: from the checked tree, so that what a
//! computed field or an audience stands for can be said too.

use super::translate::HistoryKey;
use crate::hir::{CompareOp, Expr, ExprKind, Window};
use crate::world::World;
use journey_program::show;
use journey_program::types::{RecordId, Type, Value};

/// A constant as it is written.
pub fn value(world: &World, value: &Value) -> String {
    match value {
        Value::Unknown => "unknown".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Number(n) => show::number(*n),
        Value::Money(minor, currency) => show::money(*minor, *currency),
        Value::Text(text) | Value::Timezone(text) => format!("{text:?}"),
        Value::Time(ms) => show::time(*ms),
        Value::Date(days) => show::date(*days),
        Value::Clock(ms) => show::clock(*ms),
        Value::Duration(ms) => show::duration(*ms),
        Value::Span(span) => show::span(*span),
        Value::Enum(id, at) => world
            .enums
            .get(id.index())
            .and_then(|e| e.values.get(*at as usize))
            .cloned()
            .unwrap_or_default(),
        Value::Record(..) | Value::List(_) => "…".to_owned(),
    }
}

pub fn window(world: &World, window: &Window) -> String {
    match window {
        Window::Ever => String::new(),
        Window::Last(ms) => format!(" in last {}", show::duration(*ms)),
        Window::LastSpan(span) => format!(" in last {}", show::span(*span)),
        Window::ThisDay => " in this calendar day".to_owned(),
        Window::ThisWeek => " in this calendar week".to_owned(),
        Window::ThisMonth => " in this calendar month".to_owned(),
        Window::SinceEnter => " since enter".to_owned(),
        Window::SinceStep(_) => " since a step".to_owned(),
        Window::Since(at) => format!(" since {}", show::time(*at)),
        Window::SinceField(field) => {
            let fields = &world.profile_fields().fields;
            let name = fields.get(*field as usize).map(|f| f.name.as_str());
            format!(" since {}", name.unwrap_or("…"))
        }
    }
}

/// "order_placed where total > 50 EUR in last 60 days"
pub fn history(world: &World, key: &HistoryKey) -> String {
    let event = world.events.get(key.event.index());
    let name = event.map_or("?", |event| event.name.as_str());
    let filter = match (&key.filter, event) {
        (Some(filter), Some(event)) => format!(
            " where {}",
            Saying {
                world,
                event: Some(event.record)
            }
            .condition(filter)
        ),
        _ => String::new(),
    };
    format!("{name}{filter}{}", window(world, &key.window))
}

struct Saying<'w> {
    world: &'w World,
    event: Option<RecordId>,
}

impl Saying<'_> {
    fn condition(&self, e: &Expr) -> String {
        match &e.kind {
            ExprKind::And(a, b) => format!("{} and {}", self.condition(a), self.condition(b)),
            ExprKind::Or(a, b) => format!("({} or {})", self.condition(a), self.condition(b)),
            ExprKind::Not(a) => format!("not {}", self.condition(a)),
            ExprKind::Compare(op, a, b) => {
                let op = match op {
                    CompareOp::Eq => "==",
                    CompareOp::Ne => "!=",
                    CompareOp::Lt => "<",
                    CompareOp::Le => "<=",
                    CompareOp::Gt => ">",
                    CompareOp::Ge => ">=",
                };
                format!("{} {op} {}", self.condition(a), self.condition(b))
            }
            ExprKind::Value(constant) => value(self.world, constant),
            ExprKind::Narrow(a) | ExprKind::Some(a) | ExprKind::Widen(a) => self.condition(a),
            ExprKind::Known(a) => format!("known {}", self.condition(a)),
            ExprKind::Profile(field) => self.field(self.world.profile.record, *field),
            ExprKind::Field(base, field) => match (&base.kind, base.ty.known()) {
                (ExprKind::Event, _) => self
                    .event
                    .map_or_else(String::new, |r| self.field(r, *field)),
                (_, Type::Record(record)) => {
                    format!("{}.{}", self.condition(base), self.field(*record, *field))
                }
                _ => "…".to_owned(),
            },
            _ => "…".to_owned(),
        }
    }

    fn field(&self, record: RecordId, field: u32) -> String {
        let record = self.world.records.get(record.index());
        let field = record.and_then(|r| r.fields.get(field as usize));
        field.map_or_else(String::new, |f| f.name.clone())
    }
}
