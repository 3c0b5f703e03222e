//! The expressions of a `source`: over a raw record, before it has types. Bare names are the record's fields,
//! whatever they are called; only literals and shapes are checked here.

use super::facts::bare;
use super::words::type_name;
use super::{Checker, Problem};
use journey_grammar::tree::{
    BinaryOp, Expr, ExprKind, InSet, Name, Regex, Span, TextPart, UnaryOp,
};
use journey_program::raw::{RawExpr, RawOp};
use journey_program::types::Type;

impl Checker<'_> {
    /// A raw expression for a field of type `target`, or for a condition where there is none.
    pub fn raw(&mut self, e: &Expr, target: Option<&Type>, regexes: &mut Vec<String>) -> RawExpr {
        if self.depth >= super::expr::DEPTH_MAX {
            self.report(Problem::new("too-deep", e.span, "this nests too deep"));
            return nothing();
        }
        self.depth += 1;
        let value = self.raw_kind(e, target, regexes);
        self.depth -= 1;
        value
    }

    fn raw_kind(&mut self, e: &Expr, target: Option<&Type>, regexes: &mut Vec<String>) -> RawExpr {
        match &e.kind {
            ExprKind::Missing => nothing(),
            ExprKind::Bool(b) => RawExpr::Bool(*b),
            ExprKind::Int(_)
            | ExprKind::Number { .. }
            | ExprKind::Money { .. }
            | ExprKind::Time(_)
            | ExprKind::Date(_)
            | ExprKind::Clock(_)
            | ExprKind::Quantity { .. } => self.raw_literal(e, false, target),
            ExprKind::Text(parts) => self.raw_text(parts, e.span, target, regexes),
            ExprKind::List(items) => self.raw_list(items, target, regexes),
            ExprKind::Path(names) => raw_path(names),
            ExprKind::Paren(inner) => self.raw(inner, target, regexes),
            ExprKind::Unary(op, inner) => self.raw_unary(*op, inner, e.span, target, regexes),
            ExprKind::Binary(op, left, right) => {
                self.raw_binary(*op, left, right, e.span, target, regexes)
            }
            ExprKind::In {
                value,
                set,
                negated,
            } => {
                let inside = self.raw_in(value, set, regexes);
                if *negated {
                    RawExpr::Not(Box::new(inside))
                } else {
                    inside
                }
            }
            ExprKind::Matches(value, regex) => self.raw_matches(value, regex, regexes),
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => RawExpr::If(
                Box::new(self.raw(condition, None, regexes)),
                Box::new(self.raw(then, target, regexes)),
                Box::new(self.raw(otherwise, target, regexes)),
            ),
            ExprKind::Field(..)
            | ExprKind::Call(..)
            | ExprKind::Match { .. }
            | ExprKind::ListQuery(_)
            | ExprKind::History(_) => self.not_in_source(e.span),
        }
    }

    fn raw_list(
        &mut self,
        items: &[Expr],
        target: Option<&Type>,
        regexes: &mut Vec<String>,
    ) -> RawExpr {
        let item = target.and_then(Type::element).cloned();
        let items = items.iter().map(|i| self.raw(i, item.as_ref(), regexes));
        RawExpr::List(items.collect())
    }

    fn raw_matches(&mut self, value: &Expr, regex: &Regex, regexes: &mut Vec<String>) -> RawExpr {
        let value = self.raw(value, None, regexes);
        let Some(pattern) = self.regex(regex) else {
            return nothing();
        };
        let known = regexes.iter().position(|r| *r == pattern);
        let place = known.unwrap_or_else(|| {
            regexes.push(pattern);
            regexes.len() - 1
        });
        RawExpr::Matches(Box::new(value), u32::try_from(place).unwrap_or(u32::MAX))
    }

    fn not_in_source(&mut self, span: Span) -> RawExpr {
        self.report(
            Problem::new("not-in-source", span, "a `source` can't compute this")
                .help("it reads fields, literals, `??`, comparisons, `if`, and + - *"),
        );
        nothing()
    }

    /// A literal as a text that the target's type reads, or digits.
    fn raw_literal(&mut self, e: &Expr, negative: bool, target: Option<&Type>) -> RawExpr {
        let before = self.problems.len();
        let value = self.literal(e, negative);
        if self.problems.len() > before {
            return nothing();
        }
        if let Some(target) = target {
            let due = super::coerce::plain(target);
            self.fit(e, value, &due, None);
            if self.problems.len() > before {
                return nothing();
            }
        }
        let sign = if negative { "-" } else { "" };
        match &e.kind {
            ExprKind::Int(digits) => RawExpr::Number(format!("{sign}{digits}")),
            ExprKind::Number {
                text,
                percent: false,
            } => RawExpr::Number(format!("{sign}{text}")),
            ExprKind::Number {
                text,
                percent: true,
            } => RawExpr::Number(format!("{sign}{}", hundredth(text))),
            ExprKind::Money { amount, currency } => {
                RawExpr::Text(format!("{sign}{amount} {}", currency.text))
            }
            ExprKind::Time(text) | ExprKind::Date(text) | ExprKind::Clock(text) => {
                RawExpr::Text(text.clone())
            }
            ExprKind::Quantity {
                count,
                unit,
                calendar,
            } => {
                let civil = if *calendar { "calendar " } else { "" };
                let plural = if count == "1" { "" } else { "s" };
                RawExpr::Text(format!("{sign}{count} {civil}{unit}{plural}"))
            }
            _ => nothing(),
        }
    }

    fn raw_text(
        &mut self,
        parts: &[TextPart],
        span: Span,
        target: Option<&Type>,
        regexes: &mut Vec<String>,
    ) -> RawExpr {
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            pieces.push(match part {
                TextPart::Text(text) => RawExpr::Text(text.clone()),
                TextPart::Expr(e) => self.raw(e, None, regexes),
            });
        }
        match pieces.as_slice() {
            [] => self.raw_constant(String::new(), span, target),
            [RawExpr::Text(text)] => {
                let text = text.clone();
                self.raw_constant(text, span, target)
            }
            _ => RawExpr::Concat(pieces),
        }
    }

    /// A constant text has to fit the type that it is for.
    fn raw_constant(&mut self, text: String, span: Span, target: Option<&Type>) -> RawExpr {
        match target.map(Type::known) {
            Some(Type::Enum(id)) => {
                let known = self
                    .world
                    .enums
                    .get(id.index())
                    .is_some_and(|e| e.values.contains(&text));
                if !known {
                    self.report_no_value(
                        *id,
                        &Name {
                            text: text.clone(),
                            span,
                        },
                    );
                }
            }
            Some(Type::Timezone) if journey_program::civil::zone_word(&text).is_none() => {
                self.report_zone(&text, span);
            }
            Some(due @ (Type::Bool | Type::Record(_) | Type::List(_))) => {
                let due = type_name(self.world, due);
                let message = format!("`{due}` is due here, this is `text`");
                self.report(Problem::new("type-mismatch", span, message));
            }
            _ => {}
        }
        RawExpr::Text(text)
    }

    fn raw_unary(
        &mut self,
        op: UnaryOp,
        inner: &Expr,
        span: Span,
        target: Option<&Type>,
        regexes: &mut Vec<String>,
    ) -> RawExpr {
        match op {
            UnaryOp::Not => RawExpr::Not(Box::new(self.raw(inner, None, regexes))),
            UnaryOp::Known => RawExpr::Known(Box::new(self.raw(inner, None, regexes))),
            UnaryOp::Unknown => {
                let known = RawExpr::Known(Box::new(self.raw(inner, None, regexes)));
                RawExpr::Not(Box::new(known))
            }
            UnaryOp::Neg => match &bare(inner).kind {
                ExprKind::Int(_)
                | ExprKind::Number { .. }
                | ExprKind::Money { .. }
                | ExprKind::Quantity { .. } => self.raw_literal(bare(inner), true, target),
                _ => {
                    let value = self.raw(inner, target, regexes);
                    let zero = RawExpr::Number("0".to_owned());
                    RawExpr::Binary(RawOp::Sub, Box::new(zero), Box::new(value))
                }
            },
            UnaryOp::YearsSince => self.not_in_source(span),
        }
    }

    fn raw_binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        target: Option<&Type>,
        regexes: &mut Vec<String>,
    ) -> RawExpr {
        let (op, target) = match op {
            BinaryOp::Or => (RawOp::Or, None),
            BinaryOp::And => (RawOp::And, None),
            BinaryOp::Eq => (RawOp::Eq, None),
            BinaryOp::Ne => (RawOp::Ne, None),
            BinaryOp::Lt => (RawOp::Lt, None),
            BinaryOp::Le => (RawOp::Le, None),
            BinaryOp::Gt => (RawOp::Gt, None),
            BinaryOp::Ge => (RawOp::Ge, None),
            BinaryOp::Contains => (RawOp::Contains, None),
            BinaryOp::StartsWith => (RawOp::StartsWith, None),
            BinaryOp::EndsWith => (RawOp::EndsWith, None),
            BinaryOp::Else => (RawOp::Else, target),
            BinaryOp::Add => (RawOp::Add, None),
            BinaryOp::Sub => (RawOp::Sub, None),
            BinaryOp::Mul => (RawOp::Mul, None),
            BinaryOp::At | BinaryOp::Div | BinaryOp::IntDiv | BinaryOp::Mod => {
                return self.not_in_source(span);
            }
        };
        let left = self.raw(left, target, regexes);
        let right = self.raw(right, target, regexes);
        RawExpr::Binary(op, Box::new(left), Box::new(right))
    }

    fn raw_in(&mut self, value: &Expr, set: &InSet, regexes: &mut Vec<String>) -> RawExpr {
        let value = Box::new(self.raw(value, None, regexes));
        match set {
            InSet::Missing(_) => nothing(),
            InSet::List(items) => {
                let items = items.iter().map(|i| self.raw(i, None, regexes)).collect();
                RawExpr::Binary(RawOp::In, value, Box::new(RawExpr::List(items)))
            }
            InSet::Range(low, high) => {
                let low = self.raw(low, None, regexes);
                let high = self.raw(high, None, regexes);
                RawExpr::Between(value, Box::new(low), Box::new(high))
            }
            InSet::Expr(list) => {
                let list = self.raw(list, None, regexes);
                RawExpr::Binary(RawOp::In, value, Box::new(list))
            }
        }
    }

    /// A raw path: the element of `each x in …`, a path into the record.
    pub fn raw_names(&mut self, e: &Expr) -> Option<Vec<String>> {
        match raw_path_of(e) {
            Some(names) => Some(names),
            None => {
                if bare(e).kind != ExprKind::Missing {
                    let message = "a path into the record is due here";
                    self.report(Problem::new("not-in-source", e.span, message));
                }
                None
            }
        }
    }
}

fn raw_path_of(e: &Expr) -> Option<Vec<String>> {
    match &bare(e).kind {
        ExprKind::Path(names) => Some(names.iter().map(|n| n.text.clone()).collect()),
        _ => None,
    }
}

fn raw_path(names: &[Name]) -> RawExpr {
    RawExpr::Path(names.iter().map(|n| n.text.clone()).collect())
}

/// What stands for something that was wrong.
fn nothing() -> RawExpr {
    RawExpr::Bool(false)
}

/// A decimal's hundredth: `5` → `0.05`, `12.5` → `0.125`.
fn hundredth(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let padded = format!("{whole:0>3}");
    let split = padded.len() - 2;
    let (units, cents) = (
        padded.get(..split).unwrap_or("0"),
        padded.get(split..).unwrap_or("00"),
    );
    format!("{units}.{cents}{fraction}")
}
