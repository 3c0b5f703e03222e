//! Types as written → types.

use super::name::did_you_mean;
use super::suggest::nearest;
use super::{Checker, Problem};
use crate::world::Entity;
use journey_grammar::tree::{Expr, ExprKind, Name, TypeKind, TypeRef};
use journey_program::types::{Currency, Type, Value};

const WORDS: [&str; 10] = [
    "bool", "int", "number", "text", "time", "date", "clock", "duration", "span", "timezone",
];

impl Checker<'_> {
    pub fn type_ref(&mut self, t: &TypeRef) -> Type {
        match &t.kind {
            TypeKind::Missing => Type::Error,
            TypeKind::Named(name) => self.named_type(name),
            TypeKind::Money(code) => self.money_type(code),
            TypeKind::List(inner) => {
                let item = self.type_ref(inner);
                if item.is_optional() {
                    self.report(
                        Problem::new(
                            "optional-element",
                            inner.span,
                            "an element of a list is never unknown",
                        )
                        .help("leave the unknown ones out of the list"),
                    );
                    return Type::Error;
                }
                if item == Type::Error {
                    Type::Error
                } else {
                    Type::List(Box::new(item))
                }
            }
            TypeKind::Optional(inner) => self.type_ref(inner).optional(),
            TypeKind::Range { base, low, high } => self.range_type(base, low, high),
        }
    }

    fn named_type(&mut self, name: &Name) -> Type {
        match name.text.as_str() {
            "" => return Type::Error,
            "bool" => return Type::Bool,
            "int" => return Type::Int,
            "number" => return Type::Number,
            "text" => return Type::Text,
            "time" => return Type::Time,
            "date" => return Type::Date,
            "clock" => return Type::Clock,
            "duration" => return Type::Duration,
            "span" => return Type::Span,
            "timezone" => return Type::Timezone,
            "offer" => return self.any_offer(name),
            "money" => {
                self.report(
                    Problem::new("unknown-type", name.span, "`money` names its currency")
                        .help("write `money<EUR>`"),
                );
                return Type::Error;
            }
            "list" => {
                self.report(
                    Problem::new("unknown-type", name.span, "`list` names what it holds")
                        .help("write `list<text>`"),
                );
                return Type::Error;
            }
            _ => {}
        }
        match self.world.names.get(&name.text) {
            Some(Entity::Enum(id)) => Type::Enum(*id),
            Some(Entity::Record(id)) => Type::Record(*id),
            Some(Entity::Event(id)) => {
                let record = self.world.events.get(id.index()).map(|e| e.record);
                record.map_or(Type::Error, Type::Record)
            }
            Some(Entity::OfferType(at)) => {
                let sig = usize::try_from(*at)
                    .ok()
                    .and_then(|at| self.world.offer_types.get(at));
                sig.map_or(Type::Error, |sig| Type::Offer(sig.id))
            }
            Some(Entity::Opaque) => Type::Error,
            Some(
                Entity::Const(_)
                | Entity::Function(_)
                | Entity::Purpose(_)
                | Entity::Audience(_)
                | Entity::Channel(_)
                | Entity::Message(_)
                | Entity::Offer(_)
                | Entity::Table(_)
                | Entity::Group(_)
                | Entity::Decision(_)
                | Entity::Model(_)
                | Entity::Learned(_)
                | Entity::Journey(_)
                | Entity::Limit
                | Entity::Holdout
                | Entity::Conversion(_)
                | Entity::Measure,
            ) => {
                let message = format!("`{}` is no type", name.text);
                self.report(Problem::new("unknown-type", name.span, message));
                Type::Error
            }
            None => self.unknown_type(name),
        }
    }

    /// `offer`: of whichever type.
    fn any_offer(&mut self, name: &Name) -> Type {
        if let Some(id) = self.world.any_offer {
            return Type::Offer(id);
        }
        self.report(
            Problem::new("unknown-type", name.span, "this program has no offers")
                .help("declare an `offer_type` and its offers first"),
        );
        Type::Error
    }

    fn unknown_type(&mut self, name: &Name) -> Type {
        let declared = self.world.near(&name.text).filter_map(|(name, entity)| {
            matches!(
                entity,
                Entity::Enum(_) | Entity::Record(_) | Entity::Event(_) | Entity::OfferType(_)
            )
            .then_some(name)
        });
        // what other languages call them
        let known = match name.text.to_lowercase().as_str() {
            "string" | "str" | "varchar" => Some("text"),
            "integer" | "long" => Some("int"),
            "float" | "double" | "decimal" => Some("number"),
            "boolean" => Some("bool"),
            "datetime" | "timestamp" | "instant" => Some("time"),
            "interval" => Some("duration"),
            _ => None,
        };
        let near = known.or_else(|| nearest(&name.text, WORDS.into_iter().chain(declared)));
        let message = format!("there is no type `{}`", name.text);
        let problem = Problem::new("unknown-type", name.span, message);
        let problem = match near {
            Some(near) => did_you_mean(problem, name.span, near),
            None => problem,
        };
        self.report(problem);
        Type::Error
    }

    fn money_type(&mut self, code: &Name) -> Type {
        if code.is_missing() {
            return Type::Error;
        }
        if let Some(currency) = Currency::parse(&code.text) {
            return Type::Money(currency);
        }
        let message = format!("`{}` is no ISO 4217 currency", code.text);
        let mut problem = Problem::new("unknown-currency", code.span, message);
        let upper = code.text.to_uppercase();
        if Currency::parse(&upper).is_some() {
            problem = did_you_mean(problem, code.span, &upper);
        }
        self.report(problem);
        Type::Error
    }

    fn range_type(&mut self, base: &Name, low: &Expr, high: &Expr) -> Type {
        if [low, high].iter().any(|e| e.kind == ExprKind::Missing) {
            return Type::Error;
        }
        let bound = match base.text.as_str() {
            "int" => Type::Int,
            "number" => Type::Number,
            "" => return Type::Error,
            other => {
                let message = format!("`{other}` has no ranges");
                self.report(
                    Problem::new("unknown-type", base.span, message)
                        .help("`int` and `number` have: `int in 0..10`"),
                );
                return Type::Error;
            }
        };
        let (a, b) = (
            self.constant(low, Some(&bound)),
            self.constant(high, Some(&bound)),
        );
        let (Some((_, a)), Some((_, b))) = (a, b) else {
            return Type::Error;
        };
        if super::fold::order(&a, &b).is_none_or(std::cmp::Ordering::is_gt) {
            let at = low.span.to(high.span);
            self.report(
                Problem::new("empty-range", at, "nothing lies in this range")
                    .help("the lower bound comes first"),
            );
            return Type::Error;
        }
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Type::IntIn(a, b),
            (Value::Number(a), Value::Number(b)) => Type::NumberIn(a.to_bits(), b.to_bits()),
            _ => Type::Error,
        }
    }
}
