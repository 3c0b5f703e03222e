//! One declaration's text → its tree and what is wrong with it. Never fails, always ends.
//!
//! Depth is bounded before pest and the lowering recurse: brackets, runs of prefixes and texts in texts are
//! counted on the tokens, so that a million parentheses cost one pass and no stack.

use crate::lower::Lower;
use crate::problem::{Problems, SyntaxProblem};
use crate::token::{Kind, Token, tokens};
use crate::tree::{Decl, DeclKind, Span};
use crate::{peg, problem};

/// How deep brackets, blocks and operators may nest.
pub(crate) const DEPTH_MAX: u32 = 256;
/// How deep texts may stand in the interpolations of texts.
const TEXT_DEPTH_MAX: u32 = 8;

/// What a declaration's text says, and every problem found in it, in order of place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// `None` for white space and comments alone.
    pub decl: Option<Decl>,
    pub problems: Vec<SyntaxProblem>,
}

/// Parses the text of one [`crate::Chunk`]. Spans are relative to the text.
pub fn parse_chunk(text: &str) -> Parsed {
    let all = tokens(text);
    let encoded = peg::encode(&all);
    let (Some(first), Some(last)) = (encoded.tokens.first(), encoded.tokens.last()) else {
        return Parsed::default();
    };
    let whole = Span::new(first.start, last.end);
    let mut problems = Problems::default();
    problem::of_tokens(text, &encoded.tokens, &mut problems);
    let too_deep = too_deep(&encoded.tokens);
    let pairs = match too_deep {
        Some(at) => Err(at),
        None => peg::parse(&encoded).ok_or(whole),
    };
    let decl = match pairs {
        Ok(pairs) => {
            problem::of_labels(text, &encoded, pairs.clone(), &mut problems);
            Lower::new(text, &all, &encoded, &mut problems).decl(pairs, whole)
        }
        Err(at) => {
            problems.push(problem::too_deep(at));
            Decl {
                doc: None,
                span: whole,
                kind: DeclKind::Broken,
            }
        }
    };
    Parsed {
        decl: Some(decl),
        problems: problems.into_sorted(),
    }
}

/// What stands before an expression that is parsed alone: a declaration, after whose value nothing may follow.
const ALONE: &str = "const alone = ";

/// An expression that stands alone, as in a template's braces. Spans are relative to the text, moved by the
/// second: whoever reads them moves them back.
pub fn parse_expr(text: &str) -> (Parsed, u32) {
    let parsed = parse_chunk(&format!("{ALONE}{text}"));
    (parsed, crate::token::offset(ALONE.len()))
}

/// Whether the grammar should not be asked, since something nests too deep.
pub(crate) fn nests_too_deep(tokens: &[Token]) -> bool {
    too_deep(tokens).is_some()
}

/// The first token at which something nests too deep.
fn too_deep(tokens: &[Token]) -> Option<Span> {
    let mut brackets = 0_u32;
    let mut texts = 0_u32;
    let mut prefixes = 0_u32;
    let mut thens = 0_u32;
    for token in tokens {
        prefixes = match token.kind {
            Kind::Not | Kind::Minus | Kind::Known | Kind::Unknown | Kind::Since | Kind::If => {
                prefixes + 1
            }
            Kind::Years => prefixes,
            _ => 0,
        };
        match token.kind {
            Kind::LParen | Kind::LBracket | Kind::LBrace => brackets += 1,
            Kind::List => brackets += 0,
            Kind::RParen | Kind::RBracket | Kind::RBrace => brackets = brackets.saturating_sub(1),
            Kind::TextHead => texts += 1,
            Kind::TextTail | Kind::TailUnclosed => texts = texts.saturating_sub(1),
            Kind::Then => thens += 1,
            // A step, a member or a field begins: what stands before it has ended.
            Kind::Let | Kind::Set | Kind::Colon | Kind::FatArrow | Kind::Comma => thens = 0,
            _ => {}
        }
        let deepest = brackets.max(prefixes).max(thens);
        if deepest > DEPTH_MAX || texts > TEXT_DEPTH_MAX {
            return Some(Span::new(token.start, token.end));
        }
    }
    None
}
