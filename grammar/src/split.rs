//! Text → the places of its declarations, by tokens alone.
//!
//! A declaration begins at brace depth 0 at a word of declarations before a name. Where a `{` never
//! closes, also at such a word in column 0, and before a `}` that closes nothing only there: so one
//! missing brace costs one declaration. The pieces cover the file; comments go with the declaration
//! after them, those on its last line with itself.

use crate::token::{Kind, Token, tokens};

/// One declaration's place in the file, with the comments and blank lines that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub start: u32,
    pub end: u32,
}

/// Cuts a file into declarations. Put together, the pieces are the file; an empty file has none.
pub fn split(text: &str) -> Vec<Chunk> {
    let tokens = tokens(text);
    let Some(last) = tokens.last() else {
        return Vec::new();
    };
    let starts = starts(text, &tokens);
    let mut chunks = Vec::with_capacity(starts.len() + 1);
    let mut begin = 0;
    // What stands before the first declaration goes with it, if it is nothing but trivia.
    let mut seen = false;
    let mut next = starts.iter().peekable();
    for (at, token) in tokens.iter().enumerate() {
        if next.peek() == Some(&&at) {
            next.next();
            if seen {
                let cut = cut_before(text, &tokens, at);
                chunks.push(Chunk {
                    start: begin,
                    end: cut,
                });
                begin = cut;
            }
        }
        seen |= !token.kind.is_trivia();
    }
    chunks.push(Chunk {
        start: begin,
        end: last.end,
    });
    chunks
}

/// Where the piece before the declaration at token `at` ends: after the line of its last token.
fn cut_before(text: &str, tokens: &[Token], at: usize) -> u32 {
    let mut cut = tokens.get(at).map_or(0, |token| token.start);
    for token in tokens.iter().take(at).rev() {
        if !token.kind.is_trivia() {
            break;
        }
        if let (Kind::Space, Some(line)) = (token.kind, token.text(text).find('\n')) {
            cut = token.start + crate::token::offset(line) + 1;
        }
    }
    cut
}

/// The tokens at which a declaration begins.
fn starts(text: &str, tokens: &[Token]) -> Vec<usize> {
    let (unclosed, lone) = lone_braces(tokens);
    let unopened = Unopened::new(text, tokens, lone);
    let mut starts = Vec::new();
    let mut depth = 0_u32;
    let mut texts = 0_u32;
    let mut broken = false;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::TextHead => texts += 1,
            Kind::TextTail | Kind::TailUnclosed => texts = texts.saturating_sub(1),
            Kind::LBrace if texts == 0 => {
                depth += 1;
                broken |= unclosed.binary_search(&at).is_ok();
            }
            Kind::RBrace if texts == 0 => depth = depth.saturating_sub(1),
            kind if texts == 0 && is_declaration_word(kind) => {
                let column_0 = is_column_0(text, token.start);
                let in_place = if broken { column_0 } else { depth == 0 };
                let in_place = in_place && (column_0 || !unopened.inside(at));
                if in_place && begins(tokens, at, column_0) {
                    starts.push(at);
                    depth = 0;
                    broken = false;
                }
            }
            _ => {}
        }
    }
    starts
}

/// Where a `}` closes nothing, its `{` is missing in the declaration before it: up to that `}` a word of
/// declarations begins one in column 0 only. That, too, always reports an error.
struct Unopened {
    braces: Vec<usize>,
    column_0: Vec<usize>,
}

impl Unopened {
    fn new(text: &str, tokens: &[Token], braces: Vec<usize>) -> Self {
        let mut column_0 = Vec::new();
        if !braces.is_empty() {
            for (at, token) in tokens.iter().enumerate() {
                let word = is_declaration_word(token.kind) && is_column_0(text, token.start);
                if word && begins(tokens, at, true) {
                    column_0.push(at);
                }
            }
        }
        Self { braces, column_0 }
    }

    /// Whether a lone `}` follows before the next declaration in column 0.
    fn inside(&self, at: usize) -> bool {
        let next = |places: &[usize]| places.get(places.partition_point(|p| *p <= at)).copied();
        match (next(&self.braces), next(&self.column_0)) {
            (Some(brace), Some(start)) => brace < start,
            (brace, None) => brace.is_some(),
            (None, Some(_)) => false,
        }
    }
}

/// The `{` that no `}` closes, and the `}` that close nothing, in order. Braces inside texts have
/// their own count.
fn lone_braces(tokens: &[Token]) -> (Vec<usize>, Vec<usize>) {
    let (mut open, mut unopened) = (Vec::new(), Vec::new());
    let mut texts = 0_u32;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::TextHead => texts += 1,
            Kind::TextTail | Kind::TailUnclosed => texts = texts.saturating_sub(1),
            Kind::LBrace if texts == 0 => open.push(at),
            Kind::RBrace if texts == 0 && open.pop().is_none() => unopened.push(at),
            _ => {}
        }
    }
    (open, unopened)
}

fn is_column_0(text: &str, start: u32) -> bool {
    let before = crate::token::slice(text, 0, start);
    before.is_empty() || before.ends_with('\n')
}

fn is_declaration_word(kind: Kind) -> bool {
    (Kind::Enum..=Kind::Holdout).contains(&kind)
}

/// Whether the word at `at` begins a declaration, by what follows it.
///
/// In column 0 a name that is a word of the language counts too, where `{`, `=`, `(`, `for` or `from`
/// follows it: that is no valid text anywhere, and the parser then says `keyword-as-name`.
fn begins(tokens: &[Token], at: usize, column_0: bool) -> bool {
    let mut after = tokens
        .iter()
        .skip(at + 1)
        .filter(|t| !t.kind.is_trivia())
        .map(|t| t.kind);
    let (Some(word), Some(next)) = (tokens.get(at).map(|t| t.kind), after.next()) else {
        return false;
    };
    if matches!(next, Kind::Ident | Kind::Quoted | Kind::Currency) {
        return !matches!(word, Kind::Profile | Kind::Identity | Kind::Test);
    }
    match word {
        Kind::Profile | Kind::Identity => next == Kind::LBrace,
        Kind::Test => matches!(next, Kind::Text | Kind::TextUnclosed | Kind::TextHead),
        _ => {
            let is_word = next.is_reserved() || next.is_soft_word();
            let then = after.next();
            let opens = matches!(
                then,
                Some(Kind::LBrace | Kind::Assign | Kind::LParen | Kind::For | Kind::From)
            );
            column_0 && is_word && !is_infix(next) && opens
        }
    }
}

fn is_infix(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::And
            | Kind::Or
            | Kind::Not
            | Kind::In
            | Kind::Between
            | Kind::Contains
            | Kind::Starts
            | Kind::Ends
            | Kind::Matches
            | Kind::At
            | Kind::Div
            | Kind::Mod
    )
}
