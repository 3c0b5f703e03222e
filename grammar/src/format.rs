//! Text → the same program in the one canonical form.
//!
//! The grammar's pairs say where lines break and the tokens are printed, all of them, with their comments:
//! so nothing can be lost but commas that mean nothing. What comes out is parsed again and compared all the
//! same. A declaration with a problem in it is left as it is.
//!
//! The form, whatever the layout was: 4 blanks a level, 100 columns; one field of an event, member, step, arm
//! or line of a test a line; values, other fields, assignments, arms of an expression and a block's lone simple
//! step on one line where they fit, but blocks of an `if` with an `else` on lines of their own; at most one
//! empty line. Nothing is aligned in columns: a change of one line touches no other.

mod layout;
mod print;
mod spacing;

use crate::parse_chunk;
use crate::peg::{self, Encoded, Rule};
use crate::split::{Chunk, split};
use crate::token::{Kind, Token, tokens};
use crate::tree::Span;

/// Columns that a line should keep to.
const WIDTH: usize = 100;

/// The formatter has met a text that it would have changed. A mistake of ours, never of the author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatProblem {
    /// The declaration that could not be formatted, in the file.
    pub span: Span,
    pub message: String,
}

/// The canonical form of a file. Declarations with problems stay as they are.
pub fn format(text: &str) -> Result<String, FormatProblem> {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut before_was_long = false;
    for chunk in split(text) {
        let own = crate::token::slice(text, chunk.start, chunk.end);
        let formatted = format_chunk(own, chunk)?;
        if formatted.is_empty() {
            continue;
        }
        // The comments before a declaration make it no longer.
        let long = formatted
            .lines()
            .filter(|line| !line.starts_with("//"))
            .count()
            > 1;
        if !out.is_empty() && (long || before_was_long || begins_with_blank_line(own)) {
            out.push('\n');
        }
        out.push_str(&formatted);
        out.push('\n');
        before_was_long = long;
    }
    Ok(out)
}

fn begins_with_blank_line(text: &str) -> bool {
    let blank = text.len() - text.trim_start().len();
    text.get(..blank).is_some_and(|blank| blank.contains('\n'))
}

/// One declaration with its comments, without the white space around it.
fn format_chunk(own: &str, chunk: Chunk) -> Result<String, FormatProblem> {
    let all = tokens(own);
    let encoded = peg::encode(&all);
    let broken = !parse_chunk(own).problems.is_empty();
    let pairs = if broken { None } else { peg::parse(&encoded) };
    let Some(pairs) = pairs else {
        return Ok(if encoded.tokens.is_empty() {
            comments(own, &all)
        } else {
            trimmed(own)
        });
    };
    let formatted = print::print(&layout::layout(own, &all, &encoded, pairs));
    if let Some(difference) = difference(own, &all, &encoded, &formatted) {
        let span = Span::new(chunk.start, chunk.end);
        let message = format!("formatting would change this declaration: {difference}");
        return Err(FormatProblem { span, message });
    }
    Ok(formatted)
}

/// A text of comments alone: each on its line, at most one empty line between them.
fn comments(own: &str, all: &[Token]) -> String {
    let mut out = String::new();
    let mut lines = 0;
    for token in all {
        if token.kind == Kind::Space {
            lines = token.text(own).matches('\n').count();
            continue;
        }
        if !out.is_empty() {
            out.push_str(if lines > 1 { "\n\n" } else { "\n" });
        }
        out.push_str(token.text(own).trim_end());
    }
    out
}

fn trimmed(own: &str) -> String {
    // The first line keeps its indentation: what is broken is not touched. Only what is white space to the
    // language goes: a character that is no token is a mistake, and stays.
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}' | '\u{feff}');
    // behind a text that never closes a byte order mark is part of it
    let body = own.trim_end_matches(|c| is_blank(c) && c != '\u{feff}');
    let blank = body.len() - body.trim_start_matches(is_blank).len();
    let lines = body
        .get(..blank)
        .and_then(|blank| blank.rfind('\n'))
        .map_or(0, |line| line + 1);
    body.get(lines..).unwrap_or(body).to_string()
}

/// What differs between a declaration and its formatted text, beyond white space and optional commas.
fn difference(own: &str, all: &[Token], encoded: &Encoded, formatted: &str) -> Option<String> {
    let formatted_all = tokens(formatted);
    let formatted_encoded = peg::encode(&formatted_all);
    if shape(own, encoded) != shape(formatted, &formatted_encoded) {
        return Some("it would mean something else".to_string());
    }
    let comments = |text: &str, all: &[Token]| -> Vec<String> {
        let comments = all
            .iter()
            .filter(|t| matches!(t.kind, Kind::Comment | Kind::Doc));
        comments
            .map(|token| token.text(text).trim_end().to_string())
            .collect()
    };
    if comments(own, all) != comments(formatted, &formatted_all) {
        return Some("a comment would be lost".to_string());
    }
    None
}

/// The rules of a declaration in order, and its tokens without commas.
fn shape(text: &str, encoded: &Encoded) -> (Vec<Rule>, Vec<String>) {
    let pairs = peg::parse(encoded);
    let rules = pairs.map_or_else(Vec::new, |pairs| {
        pairs.flatten().map(|p| p.as_rule()).collect()
    });
    let tokens = encoded
        .tokens
        .iter()
        .filter(|token| token.kind != Kind::Comma);
    (
        rules,
        tokens.map(|token| token.text(text).to_string()).collect(),
    )
}
