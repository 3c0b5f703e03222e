//! The operators: their kinds of tokens, how tight they bind, chains of them.

use super::expr::BALANCED_FROM;
use crate::peg::Rule;
use crate::token::Kind;
use crate::tree::{BinaryOp, Expr, ExprKind, UnaryOp};

/// One operator over many operands: to the left, or balanced where that would be deep.
pub(super) fn chain(op: BinaryOp, operands: Vec<Expr>) -> Expr {
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

pub(super) fn reduce(operands: &mut Vec<Expr>, ops: &mut Vec<BinaryOp>) {
    let (Some(op), Some(right), Some(left)) = (ops.pop(), operands.pop(), operands.pop()) else {
        return;
    };
    let span = left.span.to(right.span);
    operands.push(Expr {
        kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
        span,
    });
}

pub(super) fn is_comparison(rule: Rule) -> bool {
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

pub(super) fn sum_op(kind: Kind) -> BinaryOp {
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
pub(super) fn binds(op: BinaryOp) -> u8 {
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

pub(super) fn unary_op(kind: Kind) -> UnaryOp {
    match kind {
        Kind::Known => UnaryOp::Known,
        Kind::Unknown => UnaryOp::Unknown,
        Kind::Years => UnaryOp::YearsSince,
        _ => UnaryOp::Neg,
    }
}
