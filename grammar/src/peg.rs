//! Tokens → pairs: pest over the kinds of tokens, one declaration at a time.
//!
//! Each token that is no trivia becomes one character of three bytes, so a place in the pairs divided by
//! three is the number of a token.

use crate::token::{Kind, Token};
use pest::Parser;
use pest::iterators::Pairs;

#[derive(pest_derive::Parser)]
#[grammar = "kinds.pest"]
#[grammar = "journey.pest"]
struct JourneyParser;

/// What the grammar reads: the characters, and for each the token it stands for.
pub(crate) struct Encoded {
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

/// The bytes that a token takes in [`Encoded::text`].
pub(crate) const CODE_LEN: usize = 3;

pub(crate) fn encode(tokens: &[Token]) -> Encoded {
    let tokens: Vec<Token> = tokens
        .iter()
        .copied()
        .filter(|t| !t.kind.is_trivia())
        .collect();
    let text = tokens.iter().map(|token| token.kind.code()).collect();
    Encoded { text, tokens }
}

/// The pairs of one declaration. `None` only where pest gives up: its own bound on nesting.
pub(crate) fn parse(encoded: &Encoded) -> Option<Pairs<'_, Rule>> {
    JourneyParser::parse(Rule::chunk, &encoded.text).ok()
}

/// The rules that name the kinds, as `kinds.pest` has them.
pub fn kinds_pest() -> String {
    use std::fmt::Write as _;
    let mut out = String::from(
        "// The kinds of tokens, made from the table in src/token/kind.rs by tests/prelude.rs; not by hand.\n\n",
    );
    let code = |kind: Kind| format!("\\u{{{:04X}}}", u32::from(kind.code()));
    for kind in Kind::ALL {
        let _ = writeln!(out, "{kind:?} = _{{ \"{}\" }}", code(*kind));
    }
    let mut range = |name: &str, first: Option<Kind>, last: Option<Kind>| {
        if let (Some(first), Some(last)) = (first, last) {
            let _ = writeln!(out, "{name} = _{{ '{}'..'{}' }}", code(first), code(last));
        }
    };
    let first = |words: &[(&str, Kind)]| words.first().map(|word| word.1);
    let last = |words: &[(&str, Kind)]| words.last().map(|word| word.1);
    range("Reserved", first(Kind::RESERVED), last(Kind::RESERVED));
    range("AnyName", Kind::NAMES.first().copied(), last(Kind::UNITS));
    range("AnyWeekday", first(Kind::WEEKDAYS), last(Kind::WEEKDAYS));
    range("AnyUnit", first(Kind::UNITS), last(Kind::UNITS));
    out
}
