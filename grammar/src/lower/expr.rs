//! Expressions: a flat list of operands and operators → a tree, by precedence.

use super::{Kids, Lower, P};
use crate::parse::DEPTH_MAX;
use crate::peg::Rule;
use crate::problem::{SyntaxProblem, too_deep};
use crate::token::Kind;
use crate::tree::{
    Arg, BinaryOp, Expr, ExprArm, ExprKind, InSet, Name, Pattern, PatternKind, Regex, UnaryOp,
};

/// From so many operands on, a chain of `and` or `or` becomes a balanced tree, so that its depth stays
/// small however long it is; the order of evaluation is the same.
const BALANCED_FROM: usize = 64;

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

    pub(super) fn later_expr(&mut self, what: &str, pair: &P<'_>) -> Expr {
        Expr {
            kind: ExprKind::Later(format!("`{what}`")),
            span: self.span(pair),
        }
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
            if compared {
                let span = self.span(&op);
                self.problem(
                    SyntaxProblem::new("comparison-chain", span, "comparisons do not chain")
                        .help("`a < b and b < c`, or `b between a and c`"),
                );
            }
            compared = true;
            left = self.comparison(left, &op, flat);
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
            let set = match flat.take_if(Rule::in_set) {
                Some(set) => self.in_set(set),
                None => InSet::Missing(self.gap(Self::end(op))),
            };
            let end = set_span(&set);
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

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only these rules are operands"
    )]
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

    fn number_kind(&self, pair: &P<'_>) -> ExprKind {
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

    fn instant_kind(&self, at: usize) -> ExprKind {
        let text = self.token_text(at).to_string();
        match self.kind(at) {
            Kind::Time => ExprKind::Time(text),
            Kind::Date => ExprKind::Date(text),
            _ => ExprKind::Clock(text),
        }
    }

    fn if_kind(&mut self, pair: P<'_>) -> ExprKind {
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

    fn match_kind(&mut self, pair: P<'_>) -> ExprKind {
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

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only these rules are patterns"
    )]
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

    fn fields_of(&mut self, value: Expr, kids: &Kids<'_>) -> Expr {
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

    fn duration(&mut self, pair: P<'_>) -> Expr {
        let end = Self::end(&pair);
        match pair.into_inner().next() {
            Some(part) if part.as_rule() == Rule::bad_duration => self.missing(end),
            Some(part) => self.primary(part),
            None => self.missing(end),
        }
    }
}

/// One operator over many operands: to the left, or balanced where that would be deep.
fn chain(op: BinaryOp, operands: Vec<Expr>) -> Expr {
    let binary = |left: Expr, right: Expr| {
        let span = left.span.to(right.span);
        Expr {
            kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
            span,
        }
    };
    let mut level = operands;
    if level.len() > BALANCED_FROM {
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len() / 2 + 1);
            let mut pairs = level.into_iter();
            while let Some(left) = pairs.next() {
                above.push(match pairs.next() {
                    Some(right) => binary(left, right),
                    None => left,
                });
            }
            level = above;
        }
    }
    let missing = Expr {
        kind: ExprKind::Missing,
        span: crate::tree::Span::default(),
    };
    level.into_iter().reduce(binary).unwrap_or(missing)
}

fn reduce(operands: &mut Vec<Expr>, ops: &mut Vec<BinaryOp>) {
    let (Some(op), Some(right), Some(left)) = (ops.pop(), operands.pop(), operands.pop()) else {
        return;
    };
    let span = left.span.to(right.span);
    operands.push(Expr {
        kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
        span,
    });
}

fn set_span(set: &InSet) -> crate::tree::Span {
    match set {
        InSet::Missing(span) => *span,
        InSet::List(items) => match (items.first(), items.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => crate::tree::Span::new(u32::MAX, 0),
        },
        InSet::Range(low, high) => low.span.to(high.span),
        InSet::Expr(list) => list.span,
    }
}

fn is_comparison(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::compare_op
            | Rule::op_eq_bad
            | Rule::op_in
            | Rule::op_not_in
            | Rule::op_between
            | Rule::op_matches
    )
}

pub(super) fn compare_op(kind: Kind) -> BinaryOp {
    match kind {
        Kind::NotEq => BinaryOp::Ne,
        Kind::Lt => BinaryOp::Lt,
        Kind::Le => BinaryOp::Le,
        Kind::Gt => BinaryOp::Gt,
        Kind::Ge => BinaryOp::Ge,
        Kind::Contains => BinaryOp::Contains,
        Kind::Starts => BinaryOp::StartsWith,
        Kind::Ends => BinaryOp::EndsWith,
        _ => BinaryOp::Eq,
    }
}

fn sum_op(kind: Kind) -> BinaryOp {
    match kind {
        Kind::Coalesce => BinaryOp::Else,
        Kind::At => BinaryOp::At,
        Kind::Minus => BinaryOp::Sub,
        Kind::Star => BinaryOp::Mul,
        Kind::Slash => BinaryOp::Div,
        Kind::Div => BinaryOp::IntDiv,
        Kind::Mod => BinaryOp::Mod,
        _ => BinaryOp::Add,
    }
}

/// How tight an operator of a sum binds.
fn binds(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Else => 1,
        BinaryOp::At => 2,
        BinaryOp::Add | BinaryOp::Sub => 3,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::IntDiv | BinaryOp::Mod => 4,
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Eq
        | BinaryOp::Ne
        | BinaryOp::Lt
        | BinaryOp::Le
        | BinaryOp::Gt
        | BinaryOp::Ge
        | BinaryOp::Contains
        | BinaryOp::StartsWith
        | BinaryOp::EndsWith => 0,
    }
}

fn unary_op(kind: Kind) -> UnaryOp {
    match kind {
        Kind::Known => UnaryOp::Known,
        Kind::Unknown => UnaryOp::Unknown,
        Kind::Years => UnaryOp::YearsSince,
        _ => UnaryOp::Neg,
    }
}
