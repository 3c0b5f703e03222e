//! Text → tokens: lossless (the slices put together are the text), never failing.
//!
//! White space and comments stay as tokens. What can't be a token is `Bad`, a text that its line leaves
//! open is `TextUnclosed`: the grammar goes on with both, and `problem` says what is wrong.
//! A word of the language is a keyword by its kind; the grammar alone decides where it counts as one.

mod kind;
mod scan;

pub use kind::Kind;

/// One token: its kind and its place in the text that was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
}

impl Token {
    /// The token's own text.
    pub fn text<'t>(&self, source: &'t str) -> &'t str {
        slice(source, self.start, self.end)
    }
}

/// The tokens of a text, in order, without a gap.
pub fn tokens(text: &str) -> Vec<Token> {
    scan::scan(text)
}

/// The part of a text between two offsets; empty where they are no character boundaries.
pub(crate) fn slice(text: &str, start: u32, end: u32) -> &str {
    let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
        return "";
    };
    text.get(start..end).unwrap_or("")
}

/// An offset as the tree keeps it. A text beyond 4 GiB is refused long before.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Whether a word belongs to the language, and so names nothing that a program introduces.
pub fn is_word(text: &str) -> bool {
    Kind::of_word(text).is_some() || kind::OTHER_WORDS.binary_search(&text).is_ok()
}

/// A name as a program writes it where an expression is due: bare, or in back-ticks.
pub fn written(name: &str) -> String {
    let bare = match tokens(name).as_slice() {
        [only] => matches!(only.kind, Kind::Ident | Kind::Quoted) || only.kind.is_soft_word(),
        _ => false,
    };
    match bare {
        true => name.to_owned(),
        false => format!("`{name}`"),
    }
}

/// The words that are never a bare name, in the order of the reference.
pub fn reserved_words() -> impl Iterator<Item = &'static str> {
    Kind::RESERVED.iter().map(|word| word.0)
}

/// The words that are keywords only where one may stand: those of the grammar, then the others.
pub fn soft_words() -> impl Iterator<Item = &'static str> {
    let lists = [Kind::SOFT, Kind::WEEKDAYS, Kind::UNITS];
    let known = lists.into_iter().flatten().map(|word| word.0);
    known.chain(kind::OTHER_WORDS.iter().copied())
}
