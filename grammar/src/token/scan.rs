//! The scanner: logos finds the tokens, a stack of open texts decides what a brace means.
//!
//! A text with interpolations is `TextHead`, the expression's tokens, `TextMid`…, `TextTail`. A text ends
//! on its line: at the line's end every open text gets an empty `TailUnclosed`, so that what follows is
//! read as usual.

use super::{Kind, Token, offset};
use logos::Logos;

/// What logos tells apart; words, texts and regular expressions are looked at afterwards.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
enum Raw {
    #[regex(r"[ \t\r\n\f\u{FEFF}]+")]
    Space,
    #[regex(r"//[^\n]*", allow_greedy = true)]
    Comment,
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Word,
    #[regex(r"`[^`\n]+`")]
    Quoted,
    #[regex(r"[0-9][0-9_]*")]
    Int,
    #[regex(r"[0-9][0-9_]*\.[0-9][0-9_]*")]
    Decimal,
    #[regex(r"[0-9][0-9_]*(\.[0-9][0-9_]*)?%")]
    Percent,
    #[regex(r"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]")]
    Date,
    #[regex(
        r"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9:]*(\.[0-9]+)?(Z|[+-][0-9][0-9]:[0-9][0-9])?"
    )]
    Time,
    #[regex(r"[0-9][0-9]?:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)?")]
    Clock,
    #[token("\"")]
    Quote,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("<")]
    Lt,
    #[token(">")]
    Gt,
    #[token("<=")]
    Le,
    #[token(">=")]
    Ge,
    #[token("==")]
    EqEq,
    #[token("!=")]
    NotEq,
    #[token("=")]
    Assign,
    #[token("=>")]
    FatArrow,
    #[token("->")]
    Arrow,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("??")]
    Coalesce,
    #[token("?")]
    Question,
    #[token(".")]
    Dot,
    #[token("..")]
    DotDot,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token("|")]
    Pipe,
    // Spellings of other languages: read as what they mean there, reported by `problem`.
    #[token("&&")]
    AndAnd,
    #[token("||")]
    OrOr,
    #[token("!")]
    Bang,
}

/// How a piece of a text ended.
enum TextEnd {
    Quote,
    Brace,
    Line,
}

struct Scanner<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// For each open text, the braces open in its interpolation.
    open: Vec<u32>,
    /// The last token that is no trivia, and the one before it.
    last: [Kind; 2],
}

pub(super) fn scan(text: &str) -> Vec<Token> {
    let mut scanner = Scanner {
        text,
        tokens: Vec::with_capacity(text.len() / 4),
        open: Vec::new(),
        last: [Kind::Space; 2],
    };
    let mut lexer = Raw::lexer(text);
    while let Some(raw) = lexer.next() {
        let start = lexer.span().start;
        match raw {
            Ok(raw) => scanner.token(raw, start, &mut lexer),
            Err(()) => scanner.bad(start, lexer.span().end),
        }
    }
    scanner.close_texts(offset(text.len()));
    demote_names(&mut scanner.tokens);
    scanner.tokens
}

impl Scanner<'_> {
    fn token(&mut self, raw: Raw, start: usize, lexer: &mut logos::Lexer<'_, Raw>) {
        let kind = match raw {
            Raw::Space => {
                if lexer.slice().contains('\n') {
                    self.close_texts(offset(start));
                }
                Kind::Space
            }
            Raw::Comment if is_doc(lexer.slice()) => Kind::Doc,
            Raw::Comment => Kind::Comment,
            Raw::Word => word(lexer.slice()),
            Raw::Quote => match skip_text(lexer) {
                TextEnd::Quote => Kind::Text,
                TextEnd::Line => Kind::TextUnclosed,
                TextEnd::Brace => {
                    self.open.push(0);
                    Kind::TextHead
                }
            },
            Raw::LBrace => {
                if let Some(braces) = self.open.last_mut() {
                    *braces += 1;
                }
                Kind::LBrace
            }
            Raw::RBrace => self.right_brace(lexer),
            Raw::Slash if self.last[0] == Kind::Matches && self.last[1] != Kind::Dot => {
                skip_regex(lexer)
            }
            other => plain(other),
        };
        self.push(kind, offset(start), offset(lexer.span().end));
    }

    /// A `}` ends an interpolation if none of its own braces is open.
    fn right_brace(&mut self, lexer: &mut logos::Lexer<'_, Raw>) -> Kind {
        match self.open.last_mut() {
            None => return Kind::RBrace,
            Some(0) => {}
            Some(braces) => {
                *braces -= 1;
                return Kind::RBrace;
            }
        }
        let end = skip_text(lexer);
        if matches!(end, TextEnd::Brace) {
            return Kind::TextMid;
        }
        self.open.pop();
        if matches!(end, TextEnd::Quote) {
            Kind::TextTail
        } else {
            Kind::TailUnclosed
        }
    }

    fn close_texts(&mut self, at: u32) {
        while self.open.pop().is_some() {
            self.push(Kind::TailUnclosed, at, at);
        }
    }

    /// Bytes that are no token; neighbours become one.
    fn bad(&mut self, start: usize, end: usize) {
        let (start, end) = (offset(start), offset(end));
        match self.tokens.last_mut() {
            Some(before) if before.kind == Kind::Bad && before.end == start => before.end = end,
            _ => self.push(Kind::Bad, start, end),
        }
    }

    fn push(&mut self, kind: Kind, start: u32, end: u32) {
        if !kind.is_trivia() {
            self.last = [kind, self.last[0]];
        }
        debug_assert!(
            self.text
                .is_char_boundary(usize::try_from(end).unwrap_or(0))
        );
        self.tokens.push(Token { kind, start, end });
    }
}

/// A word right after `.` or right before `:` is a plain name.
fn demote_names(tokens: &mut [Token]) {
    let mut before = Kind::Space;
    let mut word: Option<&mut Token> = None;
    for token in tokens {
        if token.kind.is_trivia() {
            continue;
        }
        if token.kind == Kind::Colon
            && let Some(word) = word.take()
        {
            word.kind = Kind::Ident;
        }
        let is_word = token.kind.is_reserved() || token.kind.is_soft_word();
        let is_word = is_word || token.kind == Kind::Currency;
        if is_word && before == Kind::Dot {
            token.kind = Kind::Ident;
        }
        before = token.kind;
        word = is_word.then_some(token);
    }
}

fn is_doc(comment: &str) -> bool {
    comment.starts_with("///") && !comment.starts_with("////")
}

fn word(text: &str) -> Kind {
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        return Kind::Currency;
    }
    Kind::of_word(text).unwrap_or(Kind::Ident)
}

fn plain(raw: Raw) -> Kind {
    match raw {
        Raw::Space => Kind::Space,
        Raw::Comment => Kind::Comment,
        Raw::Word => Kind::Ident,
        Raw::Quoted => Kind::Quoted,
        Raw::Int => Kind::Int,
        Raw::Decimal => Kind::Decimal,
        Raw::Percent => Kind::Percent,
        Raw::Date => Kind::Date,
        Raw::Time => Kind::Time,
        Raw::Clock => Kind::Clock,
        Raw::Quote => Kind::Text,
        Raw::LBrace => Kind::LBrace,
        Raw::RBrace => Kind::RBrace,
        Raw::LParen => Kind::LParen,
        Raw::RParen => Kind::RParen,
        Raw::LBracket => Kind::LBracket,
        Raw::RBracket => Kind::RBracket,
        Raw::Lt => Kind::Lt,
        Raw::Gt => Kind::Gt,
        Raw::Le => Kind::Le,
        Raw::Ge => Kind::Ge,
        Raw::EqEq => Kind::EqEq,
        Raw::NotEq => Kind::NotEq,
        Raw::Assign => Kind::Assign,
        Raw::FatArrow => Kind::FatArrow,
        Raw::Arrow => Kind::Arrow,
        Raw::Plus => Kind::Plus,
        Raw::Minus => Kind::Minus,
        Raw::Star => Kind::Star,
        Raw::Slash => Kind::Slash,
        Raw::Coalesce => Kind::Coalesce,
        Raw::Question => Kind::Question,
        Raw::Dot => Kind::Dot,
        Raw::DotDot => Kind::DotDot,
        Raw::Comma => Kind::Comma,
        Raw::Colon => Kind::Colon,
        Raw::Pipe => Kind::Pipe,
        Raw::AndAnd => Kind::And,
        Raw::OrOr => Kind::Or,
        Raw::Bang => Kind::Not,
    }
}

/// Takes the rest of a text up to its quote, an interpolation's `{`, or the line's end.
fn skip_text(lexer: &mut logos::Lexer<'_, Raw>) -> TextEnd {
    let bytes = lexer.remainder().as_bytes();
    let mut at = 0;
    let end = loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (None | Some(b'\n'), _) => break TextEnd::Line,
            (Some(b'\r'), Some(b'\n')) => break TextEnd::Line,
            (Some(b'\\'), Some(b'"' | b'\\')) => at += 2,
            (Some(b'{'), Some(b'{')) | (Some(b'}'), Some(b'}')) => at += 2,
            (Some(b'{'), _) => {
                at += 1;
                break TextEnd::Brace;
            }
            (Some(b'"'), _) => {
                at += 1;
                break TextEnd::Quote;
            }
            _ => at += 1,
        }
    };
    lexer.bump(at);
    end
}

/// Takes the rest of a regular expression up to its `/`, or the line's end.
fn skip_regex(lexer: &mut logos::Lexer<'_, Raw>) -> Kind {
    let bytes = lexer.remainder().as_bytes();
    let mut at = 0;
    let kind = loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (None | Some(b'\n'), _) | (Some(b'\r'), Some(b'\n')) => break Kind::RegexUnclosed,
            (Some(b'\\'), Some(b'/' | b'\\')) => at += 2,
            (Some(b'/'), _) => {
                at += 1;
                break Kind::Regex;
            }
            _ => at += 1,
        }
    };
    lexer.bump(at);
    kind
}
