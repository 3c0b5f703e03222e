//! Expressions: a flat list of operands and operators → a tree, by precedence.

use super::operator::{binds, chain, compare_op, is_comparison, reduce, sum_op, unary_op};
use super::{Kids, Lower, P};
use crate::parse::DEPTH_MAX;
use crate::peg::Rule;
use crate::problem::{SyntaxProblem, too_deep};
use crate::token::Kind;
use crate::tree::{BinaryOp, Expr, ExprKind, InSet, Regex, UnaryOp};

/// From so many operands on, a chain of `and` or `or` becomes a balanced tree, so that its depth stays
/// small however long it is; the order of evaluation is the same.
pub(super) const BALANCED_FROM: usize = 64;

/// The children of an expression, taken one after the other.
struct Flat<'i> {
    items: Vec<P<'i>>,
    at: usize,
}

impl<'i> Flat<'i> {
    fn rule(&self) -> Option<Rule> {
        self.items.get(self.at).map(P::as_rule)
    }
    fn take(&mut self) -> Option<P<'i>> {
        let item = self.items.get(self.at).cloned();
        self.at += 1;
        item
    }
    fn take_if(&mut self, rule: Rule) -> Option<P<'i>> {
        if self.rule() == Some(rule) {
            self.take()
        } else {
            None
        }
    }
}

impl Lower<'_> {
    /// The expression among the children, or `Missing` behind the token before `after`.
    pub(super) fn expr_in(&mut self, kids: &Kids<'_>, after: usize) -> Expr {
        match kids.either(Rule::expr, Rule::expr_sure).next() {
            Some(expr) => self.expr(expr),
            None => self.missing(after),
        }
    }

    /// The expression that is the only one inside a pair.
    pub(super) fn only_expr(&mut self, pair: P<'_>) -> Expr {
        let end = Self::end(&pair);
        self.expr_in(&Kids::of(pair), end)
    }

    /// An `expr` or a `sum_expr`.
    pub(super) fn expr(&mut self, pair: P<'_>) -> Expr {
        let (at, end) = (self.span(&pair), Self::end(&pair));
        let lowered = self.deeper(at, |lower| {
            let mut flat = Flat {
                items: pair.into_inner().collect(),
                at: 0,
            };
            lower.any_of(&mut flat)
        });
        lowered.unwrap_or_else(|| self.missing(end))
    }

    /// `or` and `and`. Beside each other they take parentheses; `and` binds tighter all the same.
    fn any_of(&mut self, flat: &mut Flat<'_>) -> Expr {
        let mut alternatives = Vec::new();
        let mut all = vec![self.condition(flat)];
        let mut seen: Option<Rule> = None;
        while let Some(op) = flat.take() {
            let rule = op.as_rule();
            if seen.is_some_and(|seen| seen != rule) {
                let span = self.span(&op);
                self.problem(
                    SyntaxProblem::new("mixed-and-or", span, "`and` beside `or` takes parentheses")
                        .help("`(a and b) or c` or `a and (b or c)`"),
                );
            }
            seen = Some(rule);
            if rule == Rule::op_or {
                alternatives.push(chain(BinaryOp::And, std::mem::take(&mut all)));
            }
            all.push(self.condition(flat));
        }
        alternatives.push(chain(BinaryOp::And, all));
        chain(BinaryOp::Or, alternatives)
    }

    /// `not` … comparison; a second comparison in a row is an error.
    fn condition(&mut self, flat: &mut Flat<'_>) -> Expr {
        let mut nots = Vec::new();
        while let Some(not) = flat.take_if(Rule::op_not) {
            nots.push(self.span(&not));
        }
        let mut left = self.sum(flat);
        let mut compared = false;
        while let Some(op) = flat.items.get(flat.at).cloned() {
            if matches!(op.as_rule(), Rule::op_and | Rule::op_or) || !is_comparison(op.as_rule()) {
                break;
            }
            flat.at += 1;
            let before = compared.then(|| {
                let unsaid = Expr {
                    kind: ExprKind::Missing,
                    span: left.span,
                };
                std::mem::replace(&mut left, unsaid)
            });
            if before.is_some() {
                let span = self.span(&op);
                self.problem(
                    SyntaxProblem::new("comparison-chain", span, "comparisons do not chain")
                        .help("`a < b and b < c`, or `b between a and c`"),
                );
            }
            compared = true;
            left = self.comparison(left, &op, flat);
            if let Some(before) = before {
                // What it is compared with is said above; its other side is still checked.
                left = chain(BinaryOp::And, vec![before, left]);
            }
        }
        for not in nots.into_iter().rev() {
            let span = not.to(left.span);
            left = Expr {
                kind: ExprKind::Unary(UnaryOp::Not, Box::new(left)),
                span,
            };
        }
        left
    }

    fn comparison(&mut self, left: Expr, op: &P<'_>, flat: &mut Flat<'_>) -> Expr {
        let value = Box::new(left);
        let start = value.span;
        let rule = op.as_rule();
        if rule == Rule::op_in || rule == Rule::op_not_in {
            let gap = self.gap(Self::end(op));
            let (set, end) = match flat.take_if(Rule::in_set) {
                Some(set) => {
                    let span = self.span(&set);
                    (self.in_set(set), span)
                }
                None => (InSet::Missing(gap), gap),
            };
            let negated = rule == Rule::op_not_in;
            return Expr {
                kind: ExprKind::In {
                    value,
                    set,
                    negated,
                },
                span: start.to(end),
            };
        }
        if rule == Rule::op_between {
            let low = self.sum(flat);
            flat.take_if(Rule::m_and);
            let high = self.sum(flat);
            let span = start.to(high.span);
            let set = InSet::Range(Box::new(low), Box::new(high));
            return Expr {
                kind: ExprKind::In {
                    value,
                    set,
                    negated: false,
                },
                span,
            };
        }
        if rule == Rule::op_matches {
            let regex = flat.take();
            let span = regex
                .as_ref()
                .map_or(self.gap(Self::end(op)), |regex| self.span(regex));
            let source = regex
                .map_or("", |regex| self.regex_source(&regex))
                .to_string();
            let regex = Regex { source, span };
            return Expr {
                kind: ExprKind::Matches(value, regex),
                span: start.to(span),
            };
        }
        let op = compare_op(self.kind(Self::first(op)));
        let right = self.sum(flat);
        let span = start.to(right.span);
        Expr {
            kind: ExprKind::Binary(op, value, Box::new(right)),
            span,
        }
    }

    fn regex_source(&self, pair: &P<'_>) -> &str {
        let text = self.token_text(Self::first(pair));
        let text = text.strip_prefix('/').unwrap_or("");
        if self.kind(Self::first(pair)) == Kind::Regex {
            text.strip_suffix('/').unwrap_or(text)
        } else {
            text
        }
    }

    fn in_set(&mut self, pair: P<'_>) -> InSet {
        let gap = self.gap(Self::end(&pair));
        let kids = Kids::of(pair);
        let mut parts = kids.all(Rule::sum_expr).map(|part| self.expr(part));
        let first = parts.next();
        let second = parts.next();
        drop(parts);
        match (first, second) {
            (Some(low), Some(high)) => InSet::Range(Box::new(low), Box::new(high)),
            (
                Some(Expr {
                    kind: ExprKind::List(items),
                    ..
                }),
                None,
            ) => InSet::List(items),
            (
                Some(Expr {
                    kind: ExprKind::Missing,
                    span,
                }),
                None,
            ) => InSet::Missing(span),
            (Some(list), None) => InSet::Expr(Box::new(list)),
            (None, _) => InSet::Missing(gap),
        }
    }

    /// `??`, `at`, `+`, `*` and their kin: all to the left.
    fn sum(&mut self, flat: &mut Flat<'_>) -> Expr {
        let mut operands = vec![self.unary(flat)];
        let mut ops: Vec<BinaryOp> = Vec::new();
        let mut taken = 0;
        while let Some(pair) = flat.take_if(Rule::sum_op) {
            taken += 1;
            let op = sum_op(self.kind(Self::first(&pair)));
            let right = self.unary(flat);
            if taken > DEPTH_MAX {
                let span = self.span(&pair);
                self.problem(too_deep(span));
                continue;
            }
            while ops.last().is_some_and(|before| binds(*before) >= binds(op)) {
                reduce(&mut operands, &mut ops);
            }
            ops.push(op);
            operands.push(right);
        }
        while !ops.is_empty() {
            reduce(&mut operands, &mut ops);
        }
        operands.pop().unwrap_or_else(|| self.missing(0))
    }

    fn unary(&mut self, flat: &mut Flat<'_>) -> Expr {
        let mut prefixes = Vec::new();
        while let Some(op) = flat.take_if(Rule::unary_op) {
            prefixes.push((unary_op(self.kind(Self::first(&op))), self.span(&op)));
        }
        let mut value = match flat.take() {
            Some(pair) => self.primary(pair),
            None => self.missing(0),
        };
        for (op, at) in prefixes.into_iter().rev() {
            let span = at.to(value.span);
            value = Expr {
                kind: ExprKind::Unary(op, Box::new(value)),
                span,
            };
        }
        value
    }

    pub(super) fn primary(&mut self, pair: P<'_>) -> Expr {
        let span = self.span(&pair);
        let at = Self::first(&pair);
        let kind = match pair.as_rule() {
            Rule::number | Rule::amount => self.number_kind(&pair),
            Rule::text => return self.text(pair),
            Rule::instant | Rule::clock_lit => self.instant_kind(at),
            Rule::truth => ExprKind::Bool(self.kind(at) == Kind::True),
            Rule::list => {
                let kids = Kids::of(pair);
                let items = kids.either(Rule::expr, Rule::expr_sure);
                ExprKind::List(items.map(|item| self.expr(item)).collect())
            }
            Rule::if_expr => self.if_kind(pair),
            Rule::match_expr => self.match_kind(pair),
            Rule::list_query => self.list_query(pair),
            Rule::history => self.history(pair),
            Rule::call => return self.call(pair),
            Rule::paren => ExprKind::Paren(Box::new(self.only_expr(pair))),
            Rule::after_paren => {
                let kids = Kids::of(pair);
                let value = match kids.find(Rule::paren) {
                    Some(paren) => self.primary(paren),
                    None => self.missing(at),
                };
                return self.fields_of(value, &kids);
            }
            _ => ExprKind::Missing,
        };
        Expr { kind, span }
    }
}
