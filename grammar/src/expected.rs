//! A text and a place in it → what may stand there, from the grammar's own labels.
//!
//! The tokens before the place are parsed as if the text ended there: the labels that stand at the end say
//! what is missing, the first one what is wanted most. An editor completes from them.

use crate::peg::{self, CODE_LEN, Rule};
use crate::problem::{block_words, label_words};
use crate::split::split;
use crate::token::{Kind, Token, tokens};
use pest::iterators::{Pair, Pairs};

/// Something that may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The label's name: `expr`, `type`, `event`, `channel`, `unit`, `name`, `rbrace`, …
    pub place: String,
    /// In the words of the messages: "a time unit (`minutes`, `days`, …)".
    pub what: &'static str,
    /// The words of the language that may stand here.
    pub words: &'static [&'static str],
}

/// What may stand at `offset`, the most wanted first. A word that ends there is still being written.
pub fn expected_at(text: &str, offset: u32) -> Vec<Expected> {
    let before = crate::token::slice(text, 0, offset);
    let chunk = split(before)
        .last()
        .map_or("", |c| crate::token::slice(before, c.start, c.end));
    let mut all = tokens(chunk);
    if matches!(
        all.last(),
        Some(Token {
            kind: Kind::Comment | Kind::Doc,
            ..
        })
    ) {
        return Vec::new();
    }
    if all.last().is_some_and(|last| is_word(last.kind)) {
        all.pop();
    }
    let encoded = peg::encode(&all);
    if encoded.tokens.is_empty() {
        return block_words(Rule::chunk)
            .into_iter()
            .map(|words| expected("decl", words))
            .collect();
    }
    if crate::parse::nests_too_deep(&encoded.tokens) {
        return Vec::new();
    }
    let end = encoded.tokens.len() * CODE_LEN;
    let mut found = Vec::new();
    if let Some(pairs) = peg::parse(&encoded) {
        at_end(pairs, Rule::chunk, end, 0, &mut found);
    }
    let count = |kind| {
        encoded
            .tokens
            .iter()
            .filter(|token| token.kind == kind)
            .count()
    };
    if found.is_empty() && count(Kind::LBrace) == count(Kind::RBrace) {
        found.extend(block_words(Rule::chunk).map(|words| expected("decl", words)));
    }
    found
}

/// The labels at the end, with the braces that they stand in.
fn at_end(pairs: Pairs<'_, Rule>, parent: Rule, end: usize, depth: u32, found: &mut Vec<Expected>) {
    for pair in pairs {
        let span = pair.as_span();
        if span.end() != end || depth > crate::parse::DEPTH_MAX * 8 {
            continue;
        }
        let rule = pair.as_rule();
        if span.start() == end {
            found.extend(label(&pair, parent).filter(|new| !found.contains(new)));
        }
        at_end(pair.into_inner(), rule, end, depth + 1, found);
    }
}

fn label(pair: &Pair<'_, Rule>, parent: Rule) -> Option<Expected> {
    if pair.as_rule() == Rule::m_rbrace {
        return block_words(parent).map(|words| expected("rbrace", words));
    }
    label_words(pair.as_rule()).map(|(what, words)| {
        let name = format!("{:?}", pair.as_rule());
        let place = name.strip_prefix("m_").unwrap_or(&name).to_string();
        Expected { place, what, words }
    })
}

fn expected(place: &str, (what, words): (&'static str, &'static [&'static str])) -> Expected {
    Expected {
        place: place.to_string(),
        what,
        words,
    }
}

fn is_word(kind: Kind) -> bool {
    kind.is_reserved() || kind.is_soft_word() || matches!(kind, Kind::Ident | Kind::Currency)
}
