//! Whether a blank stands between two tokens of a line.

use crate::peg::{CODE_LEN, Encoded, Rule};
use crate::token::Kind;
use pest::iterators::Pairs;

/// For each token, whether its phrase glues it to its neighbour, whatever its kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Glue {
    before: bool,
    after: bool,
}

/// What only the grammar knows: signs, angle brackets of types, parentheses of calls.
pub(super) fn glue(encoded: &Encoded, pairs: Pairs<'_, Rule>) -> Vec<Glue> {
    let mut glue = vec![Glue::default(); encoded.tokens.len()];
    for pair in pairs.flatten() {
        let first = pair.as_span().start() / CODE_LEN;
        let last = (pair.as_span().end() / CODE_LEN).saturating_sub(1);
        match pair.as_rule() {
            Rule::args | Rule::params | Rule::model_offer => set(&mut glue, first, true, true),
            // `to user_id(…)`: the parentheses stand after `to` and a name.
            Rule::emit_to => set(&mut glue, first + 2, true, true),
            Rule::minus => set(&mut glue, first, false, true),
            Rule::unary_op
                if encoded
                    .tokens
                    .get(first)
                    .is_some_and(|t| t.kind == Kind::Minus) =>
            {
                set(&mut glue, first, false, true);
            }
            Rule::money_type | Rule::list_type => {
                set(&mut glue, first + 1, true, true);
                set(&mut glue, last, true, false);
            }
            _ => {}
        }
    }
    glue
}

fn set(glue: &mut [Glue], at: usize, before: bool, after: bool) {
    if let Some(glue) = glue.get_mut(at) {
        glue.before |= before;
        glue.after |= after;
    }
}

/// Whether a blank stands between a token and the one after it.
pub(super) fn blank_between(left: Kind, left_glue: Glue, right: Kind, right_glue: Glue) -> bool {
    if left_glue.after || right_glue.before {
        return false;
    }
    // side by side they would be one token
    if left == Kind::Question && right == Kind::Question {
        return true;
    }
    let opens = matches!(
        left,
        Kind::LParen | Kind::LBracket | Kind::Dot | Kind::DotDot | Kind::TextHead | Kind::TextMid
    );
    let closes = matches!(
        right,
        Kind::RParen
            | Kind::RBracket
            | Kind::Dot
            | Kind::DotDot
            | Kind::Comma
            | Kind::Colon
            | Kind::Question
            | Kind::TextMid
            | Kind::TextTail
    );
    !opens && !closes
}
