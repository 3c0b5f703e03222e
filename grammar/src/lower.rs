//! Pairs → tree: one function per rule, each taking what is there and leaving `Missing` for what is not.
//!
//! The grammar's labels are reported elsewhere; here only what a grammar can't say is reported: words of
//! the language as names, chains of comparisons, `and` beside `or`, escapes in texts.

mod act;
mod channel;
mod data;
mod decl;
mod expr;
mod history;
mod journey;
mod measure;
mod offer;
mod operand;
mod operator;
mod reach;
mod step;
mod test;
mod text;

use crate::parse::DEPTH_MAX;
use crate::peg::{CODE_LEN, Encoded, Rule};
use crate::problem::{Problems, SyntaxProblem, too_deep};
use crate::token::{Kind, Token, is_word};
use crate::tree::{Expr, ExprKind, Name, Span};
use pest::iterators::Pair;

pub(crate) type P<'i> = Pair<'i, Rule>;

/// The children of a pair, to be looked at by rule.
pub(crate) struct Kids<'i>(pub(crate) Vec<P<'i>>);

impl<'i> Kids<'i> {
    pub(crate) fn of(pair: P<'i>) -> Self {
        Self(pair.into_inner().collect())
    }
    pub(crate) fn find(&self, rule: Rule) -> Option<P<'i>> {
        self.0.iter().find(|kid| kid.as_rule() == rule).cloned()
    }
    pub(crate) fn has(&self, rule: Rule) -> bool {
        self.0.iter().any(|kid| kid.as_rule() == rule)
    }
    /// Those of a rule and of its twin, which stands after a missing comma.
    pub(crate) fn either(&self, rule: Rule, twin: Rule) -> impl Iterator<Item = P<'i>> {
        self.0
            .iter()
            .filter(move |kid| kid.as_rule() == rule || kid.as_rule() == twin)
            .cloned()
    }
    pub(crate) fn all(&self, rule: Rule) -> impl Iterator<Item = P<'i>> {
        self.0
            .iter()
            .filter(move |kid| kid.as_rule() == rule)
            .cloned()
    }
}

pub(crate) struct Lower<'a> {
    text: &'a str,
    /// Every token, trivia too: doc comments are found in them.
    all: &'a [Token],
    tokens: &'a [Token],
    problems: &'a mut Problems,
    depth: u32,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(
        text: &'a str,
        all: &'a [Token],
        encoded: &'a Encoded,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            text,
            all,
            tokens: &encoded.tokens,
            problems,
            depth: 0,
        }
    }

    // ── places ──────────────────────────────────────────────────────────────────────────────────

    fn first(pair: &P<'_>) -> usize {
        pair.as_span().start() / CODE_LEN
    }

    fn end(pair: &P<'_>) -> usize {
        pair.as_span().end() / CODE_LEN
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at)
    }

    fn kind(&self, at: usize) -> Kind {
        self.token(at).map_or(Kind::Space, |token| token.kind)
    }

    fn token_text(&self, at: usize) -> &'a str {
        self.tokens
            .get(at)
            .map_or("", |token| token.text(self.text))
    }

    fn token_span(&self, at: usize) -> Span {
        self.token(at)
            .map_or_else(|| self.gap(at), |token| Span::new(token.start, token.end))
    }

    /// The empty place behind the token before `at`.
    fn gap(&self, at: usize) -> Span {
        let end = at
            .checked_sub(1)
            .and_then(|at| self.token(at))
            .map_or(0, |token| token.end);
        Span::new(end, end)
    }

    /// The place of the tokens `first..end`.
    fn range(&self, first: usize, end: usize) -> Span {
        if end <= first {
            return self.gap(first);
        }
        self.token_span(first).to(self.token_span(end - 1))
    }

    fn span(&self, pair: &P<'_>) -> Span {
        self.range(Self::first(pair), Self::end(pair))
    }

    fn problem(&mut self, problem: SyntaxProblem) {
        self.problems.push(problem);
    }

    /// Goes one level down, or reports that this is too deep and gives `None`.
    fn deeper<T>(&mut self, at: Span, f: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            self.problem(too_deep(at));
            return None;
        }
        self.depth += 1;
        let value = f(self);
        self.depth -= 1;
        Some(value)
    }

    // ── names ───────────────────────────────────────────────────────────────────────────────────

    fn name(&self, pair: &P<'_>) -> Name {
        if Self::first(pair) == Self::end(pair) {
            return Name {
                text: String::new(),
                span: self.span(pair),
            };
        }
        let text = self.token_text(Self::first(pair));
        let text = text
            .strip_prefix('`')
            .and_then(|t| t.strip_suffix('`'))
            .unwrap_or(text);
        Name {
            text: text.to_string(),
            span: self.span(pair),
        }
    }

    /// The first name among the children, or an empty one behind `after`.
    fn name_in(&self, kids: &Kids<'_>, after: usize) -> Name {
        let found = kids.0.iter().find(|kid| is_name(kid.as_rule()));
        match found {
            Some(pair) => self.name(pair),
            None => Name {
                text: String::new(),
                span: self.gap(after),
            },
        }
    }

    fn names_in(&self, kids: &Kids<'_>) -> Vec<Name> {
        kids.0
            .iter()
            .filter(|kid| is_name(kid.as_rule()))
            .map(|kid| self.name(kid))
            .collect()
    }

    /// The first name among the children, one that a declaration or a step introduces: no word of the language.
    fn new_name(&mut self, kids: &Kids<'_>, after: usize) -> Name {
        let name = self.name_in(kids, after);
        self.introduced(name, is_word)
    }

    /// The first name among the children, of a value that only expressions read: a parameter, a `let`, `as`, `each`.
    /// There a word that is a keyword elsewhere names a value like any other.
    fn value_name(&mut self, kids: &Kids<'_>, after: usize) -> Name {
        let name = self.name_in(kids, after);
        self.introduced(name, |word| {
            ALWAYS_THERE.contains(&word) || Kind::of_word(word).is_some_and(Kind::is_reserved)
        })
    }

    fn introduced(&mut self, name: Name, refused: impl Fn(&str) -> bool) -> Name {
        let quoted = name.span.end - name.span.start > crate::token::offset(name.text.len());
        if !quoted && refused(&name.text) {
            let word = &name.text;
            let message = format!("`{word}` is a word of the language and names nothing");
            let other = format!("my_{word}");
            self.problem(
                SyntaxProblem::new("keyword-as-name", name.span, message)
                    .help("choose another name here and where it is used")
                    .fix(format!("name it `{other}`"), name.span, other),
            );
        }
        name
    }

    fn path(&self, pair: P<'_>) -> Vec<Name> {
        let kids = Kids::of(pair);
        self.names_in(&kids)
    }

    // ── comments, gaps, later ───────────────────────────────────────────────────────────────────

    /// The `///` lines right before the token `at`.
    fn doc(&self, at: usize) -> Option<String> {
        let start = self.token(at)?.start;
        let own = self
            .all
            .partition_point(|token| token.start < start || token.end <= start);
        let mut lines: Vec<&str> = Vec::new();
        for token in self.all.iter().take(own).rev() {
            match token.kind {
                Kind::Doc => {
                    let line = token.text(self.text).trim_end();
                    let line = line.strip_prefix("///").unwrap_or(line);
                    lines.push(line.strip_prefix(' ').unwrap_or(line));
                }
                kind if kind.is_trivia() => {}
                _ => break,
            }
        }
        lines.reverse();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn missing(&self, at: usize) -> Expr {
        Expr {
            kind: ExprKind::Missing,
            span: self.gap(at),
        }
    }
}

/// Names that mean something in every expression.
const ALWAYS_THERE: [&str; 8] = [
    "consent", "entry", "event", "identity", "now", "offer", "profile", "today",
];

fn is_name(rule: Rule) -> bool {
    rule == Rule::name
        || rule == Rule::m_name
        || rule == Rule::word_as_name
        || rule == Rule::m_message
        || rule == Rule::m_channel
        || rule == Rule::m_event
        || rule == Rule::m_decision
}
