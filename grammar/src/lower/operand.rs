//! What operators stand between: literals, calls, `if`, `match`; and the places that take less than an
//! expression.

use super::expr::BALANCED_FROM;
use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::problem::too_deep;
use crate::token::Kind;
use crate::tree::{Arg, Expr, ExprArm, ExprKind, Name, Pattern, PatternKind, UnaryOp};

impl Lower<'_> {
    pub(super) fn number_kind(&self, pair: &P<'_>) -> ExprKind {
        let (first, end) = (Self::first(pair), Self::end(pair));
        let digits = self.token_text(first).replace('_', "");
        match self.kind(first) {
            Kind::Percent => {
                let text = digits.strip_suffix('%').unwrap_or(&digits).to_string();
                return ExprKind::Number {
                    text,
                    percent: true,
                };
            }
            kind if end - first == 1 => {
                return if kind == Kind::Int {
                    ExprKind::Int(digits)
                } else {
                    ExprKind::Number {
                        text: digits,
                        percent: false,
                    }
                };
            }
            _ => {}
        }
        let last = end - 1;
        let word = self.token_text(last);
        if self.kind(last) == Kind::Currency {
            let currency = Name {
                text: word.to_string(),
                span: self.token_span(last),
            };
            return ExprKind::Money {
                amount: digits,
                currency,
            };
        }
        let unit = word.strip_suffix('s').unwrap_or(word).to_string();
        ExprKind::Quantity {
            count: digits,
            unit,
            calendar: end - first == 3,
        }
    }

    pub(super) fn instant_kind(&self, at: usize) -> ExprKind {
        let text = self.token_text(at).to_string();
        match self.kind(at) {
            Kind::Time => ExprKind::Time(text),
            Kind::Date => ExprKind::Date(text),
            _ => ExprKind::Clock(text),
        }
    }

    pub(super) fn if_kind(&mut self, pair: P<'_>) -> ExprKind {
        let end = Self::end(&pair);
        let kids = Kids::of(pair);
        let mut parts = kids.all(Rule::expr).map(|part| self.expr(part));
        let (condition, then, otherwise) = (parts.next(), parts.next(), parts.next());
        drop(parts);
        let some = |part: Option<Expr>| Box::new(part.unwrap_or_else(|| self.missing(end)));
        ExprKind::If {
            condition: some(condition),
            then: some(then),
            otherwise: some(otherwise),
        }
    }

    pub(super) fn match_kind(&mut self, pair: P<'_>) -> ExprKind {
        let end = Self::end(&pair);
        let kids = Kids::of(pair);
        let value = Box::new(self.expr_in(&kids, end));
        let mut arms = Vec::new();
        for arm in kids.all(Rule::expr_arm) {
            let (end, span) = (Self::end(&arm), self.span(&arm));
            let kids = Kids::of(arm);
            let patterns = self.value_patterns(&kids);
            arms.push(ExprArm {
                patterns,
                value: self.expr_in(&kids, end),
                span,
            });
        }
        ExprKind::Match { value, arms }
    }

    pub(super) fn value_patterns(&mut self, kids: &Kids<'_>) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for kid in &kids.0 {
            let span = self.span(kid);
            if kid.as_rule() == Rule::m_pattern {
                patterns.push(Pattern {
                    kind: PatternKind::Missing,
                    span,
                });
            } else if kid.as_rule() == Rule::value_pattern {
                let kind = self.pattern_kind(kid.clone());
                patterns.push(Pattern { kind, span });
            }
        }
        patterns
    }

    fn pattern_kind(&mut self, pair: P<'_>) -> PatternKind {
        let mut kids = pair.into_inner();
        let Some(first) = kids.next() else {
            return PatternKind::Missing;
        };
        match first.as_rule() {
            Rule::pattern_unknown => PatternKind::Unknown,
            Rule::pattern_else => PatternKind::Else,
            Rule::path => PatternKind::Path(self.path(first)),
            Rule::bound => {
                let low = self.bound(first);
                match kids.next() {
                    Some(high) if high.as_rule() == Rule::bound => {
                        PatternKind::Range(low, self.bound(high))
                    }
                    Some(missing) => PatternKind::Range(low, self.missing(Self::first(&missing))),
                    None => PatternKind::Literal(low),
                }
            }
            _ => PatternKind::Literal(self.primary(first)),
        }
    }

    /// A number with its sign.
    pub(super) fn bound(&mut self, pair: P<'_>) -> Expr {
        let (span, end) = (self.span(&pair), Self::end(&pair));
        let kids = Kids::of(pair);
        let value = self.number_in(&kids, end);
        if kids.has(Rule::minus) {
            return Expr {
                kind: ExprKind::Unary(UnaryOp::Neg, Box::new(value)),
                span,
            };
        }
        value
    }

    /// `a.b`, `f(x)`, `f(x).name`; also where a length of time is due.
    pub(super) fn call(&mut self, pair: P<'_>) -> Expr {
        let first = Self::first(&pair);
        let kids = Kids::of(pair);
        let Some(path) = kids.find(Rule::path) else {
            return self.missing(first);
        };
        let path_span = self.span(&path);
        let names = self.path(path);
        let Some(args) = kids.find(Rule::args) else {
            return Expr {
                kind: ExprKind::Path(names),
                span: path_span,
            };
        };
        let span = path_span.to(self.span(&args));
        let args = self.args(args);
        self.fields_of(
            Expr {
                kind: ExprKind::Call(names, args),
                span,
            },
            &kids,
        )
    }

    pub(super) fn fields_of(&mut self, value: Expr, kids: &Kids<'_>) -> Expr {
        let mut value = value;
        for (taken, field) in kids.all(Rule::field_of).enumerate() {
            if taken >= BALANCED_FROM {
                let span = self.span(&field);
                self.problem(too_deep(span));
                break;
            }
            let span = value.span.to(self.span(&field));
            let after = Self::first(&field) + 1;
            let name = self.name_in(&Kids::of(field), after);
            value = Expr {
                kind: ExprKind::Field(Box::new(value), name),
                span,
            };
        }
        value
    }

    pub(super) fn args(&mut self, pair: P<'_>) -> Vec<Arg> {
        let mut args = Vec::new();
        for arg in Kids::of(pair).either(Rule::arg, Rule::arg_sure) {
            let end = Self::end(&arg);
            let kids = Kids::of(arg);
            let name = kids.find(Rule::arg_name).map(|name| self.name(&name));
            args.push(Arg {
                name,
                value: self.expr_in(&kids, end),
            });
        }
        args
    }

    // ── where the grammar asks for less than an expression ──────────────────────────────────────

    /// A number (or an expression in parentheses) among the children.
    pub(super) fn number_in(&mut self, kids: &Kids<'_>, after: usize) -> Expr {
        let found = kids.0.iter().find(|kid| {
            matches!(
                kid.as_rule(),
                Rule::number | Rule::paren | Rule::bound | Rule::m_number
            )
        });
        match found {
            Some(bound) if bound.as_rule() == Rule::bound => self.bound(bound.clone()),
            Some(number) => self.primary(number.clone()),
            None => self.missing(after),
        }
    }

    /// A time of day: a literal, or an expression in parentheses.
    pub(super) fn clock(&mut self, pair: P<'_>) -> Expr {
        self.primary(pair)
    }

    pub(super) fn clock_in(&mut self, kids: &Kids<'_>, after: usize) -> Expr {
        let found = kids
            .0
            .iter()
            .find(|kid| matches!(kid.as_rule(), Rule::clock_lit | Rule::paren));
        match found {
            Some(clock) => self.clock(clock.clone()),
            None => self.missing(after),
        }
    }

    pub(super) fn duration_in(&mut self, kids: &Kids<'_>, after: usize) -> Expr {
        match kids.find(Rule::duration) {
            Some(duration) => self.duration(duration),
            None => self.missing(after),
        }
    }

    /// The length of time that is the only one inside a pair.
    pub(super) fn only_duration(&mut self, pair: P<'_>) -> Expr {
        let end = Self::end(&pair);
        self.duration_in(&Kids::of(pair), end)
    }

    pub(super) fn duration(&mut self, pair: P<'_>) -> Expr {
        let end = Self::end(&pair);
        match pair.into_inner().next() {
            Some(part) if part.as_rule() == Rule::bad_duration => self.missing(end),
            Some(part) => self.primary(part),
            None => self.missing(end),
        }
    }
}
