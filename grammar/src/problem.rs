//! What is wrong with a text, in the author's words.
//!
//! Three sources: tokens that can't be one, the labels that the grammar left in the pairs, and what the
//! lowering sees (chains of comparisons, words as names). One problem a place: the first of these wins.

mod words;

pub(crate) use words::{block_words, label_words};

use crate::peg::{CODE_LEN, Encoded, Rule};
use crate::token::{Kind, Token};
use crate::tree::Span;
use pest::iterators::Pairs;
use std::collections::BTreeMap;

/// A mistake in the syntax, with what to say and perhaps how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// kebab-case: `expected-token`
    pub code: &'static str,
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
    pub fix: Option<Fix>,
}

/// Edits that mend a problem: places and their new text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub title: String,
    pub edits: Vec<(Span, String)>,
}

impl SyntaxProblem {
    pub(crate) fn new(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            help: None,
            fix: None,
        }
    }
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    pub(crate) fn fix(
        mut self,
        title: impl Into<String>,
        at: Span,
        text: impl Into<String>,
    ) -> Self {
        self.fix = Some(Fix {
            title: title.into(),
            edits: vec![(at, text.into())],
        });
        self
    }
}

/// The problems of one declaration, at most one a place.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    by_start: BTreeMap<u32, SyntaxProblem>,
}

impl Problems {
    pub(crate) fn push(&mut self, problem: SyntaxProblem) {
        self.by_start.entry(problem.span.start).or_insert(problem);
    }
    pub(crate) fn any_in(&self, span: Span) -> bool {
        self.by_start.range(span.start..=span.end).next().is_some()
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.by_start.is_empty()
    }
    pub(crate) fn into_sorted(self) -> Vec<SyntaxProblem> {
        self.by_start.into_values().collect()
    }
}

pub(crate) fn too_deep(at: Span) -> SyntaxProblem {
    SyntaxProblem::new("too-deep", at, "this nests too deep")
        .help("256 brackets, blocks or operators may stand in each other, and 8 texts")
}

/// Tokens that are none, and spellings of other languages.
pub(crate) fn of_tokens(text: &str, tokens: &[Token], problems: &mut Problems) {
    let mut bad_before: Option<u32> = None;
    for (at, token) in tokens.iter().enumerate() {
        let span = Span::new(token.start, token.end);
        let own = token.text(text);
        if token.kind == Kind::Bad {
            // What follows on the line belongs to the same stray text.
            let same_line = bad_before.is_some_and(|end| !line_between(text, end, token.start));
            bad_before = Some(token.end);
            if same_line {
                continue;
            }
        }
        let spelled = |word: &str| {
            SyntaxProblem::new(
                "bad-token",
                span,
                format!("`{own}` is written `{word}` here"),
            )
            .fix(format!("write `{word}`"), span, format!("{word} "))
        };
        let problem = match token.kind {
            Kind::Bad => bad_token(own, span),
            Kind::TextUnclosed => {
                SyntaxProblem::new("unclosed-text", span, "this text has no closing `\"`")
                    .help("a text ends on the line it begins on")
                    .fix("add `\"`", Span::new(span.end, span.end), "\"")
            }
            Kind::TailUnclosed => unclosed_tail(text, tokens, at),
            Kind::RegexUnclosed => SyntaxProblem::new(
                "unclosed-regex",
                span,
                "this regular expression has no closing `/`",
            )
            .help("it ends on the line it begins on; `\\/` stands for a `/` in it")
            .fix("add `/`", Span::new(span.end, span.end), "/"),
            Kind::And if own == "&&" => spelled("and"),
            Kind::Or if own == "||" => spelled("or"),
            Kind::Not if own == "!" => spelled("not"),
            _ => continue,
        };
        problems.push(problem);
    }
}

/// An interpolated text that its line leaves open: the problem stands where the text begins.
fn unclosed_tail(text: &str, tokens: &[Token], at: usize) -> SyntaxProblem {
    let mut nested = 0_u32;
    let tail = tokens
        .get(at)
        .map_or(Span::default(), |token| Span::new(token.start, token.end));
    let mut head = tail;
    for token in tokens.iter().take(at).rev() {
        match token.kind {
            Kind::TextTail | Kind::TailUnclosed => nested += 1,
            Kind::TextHead if nested == 0 => {
                head = Span::new(token.start, token.end);
                break;
            }
            Kind::TextHead => nested -= 1,
            _ => {}
        }
    }
    let missing = if crate::token::slice(text, tail.start, tail.end).is_empty() {
        "}\""
    } else {
        "\""
    };
    SyntaxProblem::new(
        "unclosed-text",
        head,
        format!("this text has no closing `{missing}`"),
    )
    .help("a text ends on the line it begins on")
    .fix(
        format!("add `{missing}`"),
        Span::new(tail.end, tail.end),
        missing,
    )
}

fn bad_token(own: &str, span: Span) -> SyntaxProblem {
    let problem = SyntaxProblem::new(
        "bad-token",
        span,
        format!("`{}` means nothing here", shown(own)),
    );
    match own {
        ";" => problem
            .help("nothing ends a line")
            .fix("remove `;`", span, ""),
        "'" | "\u{201C}" | "\u{201D}" => problem.help("texts stand between `\"` and `\"`"),
        "&" => problem.fix("write `and`", span, "and"),
        "`" => problem.help("a name in back-ticks ends on its line"),
        "#" => problem.help("a comment begins with `//`"),
        _ => problem,
    }
}

/// What the grammar could not place or find.
pub(crate) fn of_labels(
    text: &str,
    encoded: &Encoded,
    pairs: Pairs<'_, Rule>,
    problems: &mut Problems,
) {
    let mut braces_said = false;
    for pair in pairs.flatten() {
        if pair.as_rule() == Rule::m_rbrace {
            if std::mem::replace(&mut braces_said, true) {
                continue;
            }
            // Where all braces match, what stood in the wrong place has been said.
            match unclosed_brace(text, &encoded.tokens) {
                Some(problem) => problems.push(problem),
                None if problems.is_empty() => {
                    let at = pair.as_span().start() / CODE_LEN;
                    problems.push(of_label(text, encoded, &words::closing_brace(), at));
                }
                None => {}
            }
        } else if pair.as_rule() == Rule::bad_decl
            && let Some(problem) = lone_brace(text, encoded, pair.as_span().start() / CODE_LEN)
        {
            // Behind a mistake a brace too many is the same mistake.
            if problems.is_empty() {
                problems.push(problem);
            }
        } else if let Some(label) = words::label(pair.as_rule()) {
            let first = pair.as_span().start() / CODE_LEN;
            problems.push(of_label(text, encoded, &label, first));
            if !label.instead.is_empty() {
                let junk = first..pair.as_span().end() / CODE_LEN;
                misspelt_lines(text, encoded, &label, junk, problems);
            }
        }
    }
}

/// Tokens without a place may hold several mistakes: each line that begins with a word that is nearly a
/// word of this place is one.
fn misspelt_lines(
    text: &str,
    encoded: &Encoded,
    label: &words::Label,
    junk: std::ops::Range<usize>,
    problems: &mut Problems,
) {
    let mut depth = 0_u32;
    for at in junk.skip(1) {
        let (Some(before), Some(token)) = (encoded.tokens.get(at - 1), encoded.tokens.get(at))
        else {
            return;
        };
        match token.kind {
            Kind::LBrace => depth += 1,
            Kind::RBrace => depth = depth.saturating_sub(1),
            _ => {}
        }
        let own = token.text(text);
        if depth == 0
            && line_between(text, before.end, token.start)
            && !crate::token::is_word(own)
            && words::nearest(own, label.instead).is_some()
        {
            problems.push(of_label(text, encoded, label, at));
        }
    }
}

/// What a label says at the token `at`.
fn of_label(text: &str, encoded: &Encoded, label: &words::Label, at: usize) -> SyntaxProblem {
    let found = encoded.tokens.get(at);
    let before = at.checked_sub(1).and_then(|at| encoded.tokens.get(at));
    let (span, message) = match (found, before) {
        (Some(found), before) => {
            let own = found.text(text);
            let new_line = before.is_some_and(|b| line_between(text, b.end, found.start));
            match before {
                Some(before) if new_line && label.after_previous => (
                    Span::new(before.end, before.end),
                    format!(
                        "expected {} after `{}`",
                        label.what,
                        shown(before.text(text))
                    ),
                ),
                _ if label.unexpected => (
                    Span::new(found.start, found.end),
                    format!("`{}` has no place here", shown(own)),
                ),
                _ => (
                    Span::new(found.start, found.end),
                    format!("expected {}, found `{}`", label.what, shown(own)),
                ),
            }
        }
        (None, Some(before)) => (
            Span::new(before.end, before.end),
            format!(
                "expected {} after `{}`",
                label.what,
                shown(before.text(text))
            ),
        ),
        (None, None) => (Span::new(0, 0), format!("expected {}", label.what)),
    };
    let mut problem = SyntaxProblem::new(label.code, span, message);
    if let Some(help) = label.help {
        problem = problem.help(help);
    }
    if let Some(found) = found
        && let Some(near) = words::nearest(found.text(text), label.instead)
    {
        let at = Span::new(found.start, found.end);
        problem = problem.help(format!("did you mean `{near}`?"));
        problem = problem.fix(format!("write `{near}`"), at, near);
    } else if let Some(word) = reserved_as_name(label, before, found) {
        let at = Span::new(word.start, word.end);
        let own = word.text(text);
        problem = problem.help(format!(
            "a field `{own}` is read with what it is of, `event.{own}`, or in back-ticks"
        ));
        problem = problem.fix(format!("put `{own}` in back-ticks"), at, format!("`{own}`"));
    } else if let Some(insert) = label.insert
        && label.after_previous
        && let Some(before) = before
    {
        let at = Span::new(before.end, before.end);
        problem = problem.fix(format!("insert `{}`", insert.trim()), at, insert);
    }
    problem
}

/// A word that asks about history or lists, where something of that name was meant: `first == "x"`, `set last = 3`.
fn reserved_as_name<'t>(
    label: &words::Label,
    before: Option<&'t Token>,
    found: Option<&'t Token>,
) -> Option<&'t Token> {
    let asks = |token: &&Token| (Kind::Any..=Kind::Median).contains(&token.kind);
    let compares = |token: &Token| {
        (Kind::Lt..=Kind::Coalesce).contains(&token.kind)
            || matches!(
                token.kind,
                Kind::RParen | Kind::And | Kind::Or | Kind::Comma
            )
    };
    match label.what {
        "an event" if found.is_some_and(compares) => before.filter(asks),
        "a name" => found.filter(asks),
        _ => None,
    }
}

/// The `{` that is most likely the unclosed one: the first whose `}` stands further left than its line,
/// else the innermost that is open at the end.
fn unclosed_brace(text: &str, tokens: &[Token]) -> Option<SyntaxProblem> {
    let mut open: Vec<&Token> = Vec::new();
    let mut guilty: Option<&Token> = None;
    for token in tokens {
        match token.kind {
            Kind::LBrace => open.push(token),
            Kind::RBrace => {
                let Some(opener) = open.pop() else { continue };
                let starts_line =
                    crate::token::slice(text, line_start(text, token.start), token.start)
                        .trim()
                        .is_empty();
                if starts_line && indent(text, token.start) < indent(text, opener.start) {
                    guilty = Some(opener);
                    break;
                }
            }
            _ => {}
        }
    }
    let opener = guilty.or(open.last().copied())?;
    let span = Span::new(opener.start, opener.end);
    let problem = SyntaxProblem::new("unclosed-brace", span, "this `{` is never closed");
    Some(problem.help("its `}` is missing"))
}

/// The first `}` behind a declaration that closes nothing; what else stands there, stands behind it.
fn lone_brace(text: &str, encoded: &Encoded, first: usize) -> Option<SyntaxProblem> {
    let mut depth = 0_u32;
    for token in encoded.tokens.iter().skip(first) {
        match token.kind {
            Kind::LBrace => depth += 1,
            Kind::RBrace if depth == 0 => {
                let span = Span::new(token.start, token.end);
                let message = format!("this `{}` closes nothing", token.text(text));
                let problem = SyntaxProblem::new("unexpected-token", span, message);
                return Some(problem.fix("remove it", span, ""));
            }
            Kind::RBrace => depth -= 1,
            _ => {}
        }
    }
    None
}

fn line_start(text: &str, at: u32) -> u32 {
    let before = crate::token::slice(text, 0, at);
    crate::token::offset(before.rfind('\n').map_or(0, |line| line + 1))
}

fn indent(text: &str, at: u32) -> usize {
    let start = line_start(text, at);
    let line = crate::token::slice(text, start, crate::token::offset(text.len()));
    line.bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

fn line_between(text: &str, start: u32, end: u32) -> bool {
    crate::token::slice(text, start, end).contains('\n')
}

/// A token as a message shows it: one line, not too long.
pub(crate) fn shown(token: &str) -> String {
    let mut out: String = token.chars().take(32).collect();
    if out.len() < token.len() {
        out.push('…');
    }
    out.replace('`', "'")
}
