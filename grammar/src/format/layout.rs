//! Pairs and tokens → commands of layout. Every token is printed, in order, with the comments before it;
//! the pairs say which braces break their lines and what may be wrapped.

use super::print::Cmd;
use super::spacing::{Glue, blank_between, glue};
use crate::peg::{CODE_LEN, Encoded, Rule};
use crate::token::{Kind, Token};
use pest::iterators::{Pair, Pairs};

/// What stands between the last token and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    /// It is printed already.
    Nothing,
    /// A blank or nothing, by the tokens.
    Auto,
    Line,
    SoftLine,
    /// As `Line`, between items: an empty line that the author left breaks the group.
    Item,
    /// A new line; an empty one before it if the author left one and it is allowed here.
    HardLine {
        may_be_empty: bool,
    },
}

/// How the items of a pair of braces stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// On one line with commas, else a line each without.
    Fields,
    /// On one line or a line each, with commas.
    Arms,
    /// On one line if it fits: a lone step.
    Lone,
    /// A line each.
    Lines,
}

struct Layout<'a, 't> {
    text: &'t str,
    all: &'a [Token],
    tokens: &'a [Token],
    glue: Vec<Glue>,
    cmds: Vec<Cmd<'t>>,
    pending: Pending,
    /// The number of tokens printed so far.
    done: usize,
    /// The place in `all` up to which comments are printed.
    seen: usize,
    /// The blocks of an `if` with an `else` stand on lines of their own.
    long_if: bool,
    /// How many texts we are in: a text stands on one line, whatever is in it.
    texts: u32,
}

pub(super) fn layout<'t>(
    text: &'t str,
    all: &[Token],
    encoded: &Encoded,
    pairs: Pairs<'_, Rule>,
) -> Vec<Cmd<'t>> {
    let mut layout = Layout {
        text,
        all,
        tokens: &encoded.tokens,
        glue: glue(encoded, pairs.clone()),
        cmds: Vec::new(),
        pending: Pending::HardLine {
            may_be_empty: false,
        },
        done: 0,
        seen: 0,
        long_if: false,
        texts: 0,
    };
    for pair in pairs {
        if pair.as_rule() != Rule::EOI {
            layout.pair(pair);
        }
    }
    layout.pending = Pending::HardLine { may_be_empty: true };
    layout.comments();
    layout.cmds
}

impl<'t> Layout<'_, 't> {
    fn pair(&mut self, pair: Pair<'_, Rule>) {
        let rule = pair.as_rule();
        let end = pair.as_span().end() / CODE_LEN;
        let long_if = self.long_if;
        if rule == Rule::if_step {
            self.long_if = pair.clone().into_inner().any(|kid| is_else(kid.as_rule()));
        }
        if rule == Rule::text {
            // What stands before the text is not yet in it.
            self.token();
            self.texts += 1;
        }
        let wraps = self.texts == 0 && wraps(&pair);
        if wraps {
            // The break before the phrase is no part of it.
            self.break_line();
            self.cmds.push(Cmd::GroupStart);
            self.cmds.push(Cmd::IndentStart);
        }
        self.inside(pair, rule, end);
        if wraps {
            self.cmds.push(Cmd::IndentEnd);
            self.cmds.push(Cmd::GroupEnd);
        }
        self.long_if = long_if;
        self.texts -= u32::from(rule == Rule::text);
    }

    /// The tokens and phrases of a phrase.
    fn inside(&mut self, pair: Pair<'_, Rule>, rule: Rule, end: usize) {
        let style = self.style(&pair);
        let mut block = Block::default();
        let mut before = None;
        for kid in pair.into_inner() {
            let first = kid.as_span().start() / CODE_LEN;
            while self.done < first {
                self.leaf(rule, style, &mut block);
            }
            if block.open {
                self.separate(style, &mut block);
            }
            if (before, kid.as_rule()) == (Some(Rule::consent), Rule::basis) {
                // two members that are read as one phrase
                self.pending = Pending::Auto;
            }
            before = Some(kid.as_rule());
            let chained = matches!(kid.as_rule(), Rule::op_and | Rule::op_or) && rule == Rule::expr;
            if chained || kid.as_rule() == Rule::expect_with {
                self.pending = Pending::Line;
            }
            if is_comma_before(kid.as_rule()) && self.last_kind() != Kind::Comma {
                self.cmds.push(Cmd::Text(","));
            }
            self.pair(kid);
            block.item_ended |= block.open;
        }
        while self.done < end {
            self.leaf(rule, style, &mut block);
        }
    }

    fn last_kind(&self) -> Kind {
        let last = self.done.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(Kind::Space, |token| token.kind)
    }

    /// Without this comma of a test, what follows would be read as part of the line before: `at T, E`.
    fn parts_a_test(&self, rule: Rule) -> bool {
        let next = self.tokens.get(self.done + 1).map(|token| token.kind);
        matches!(rule, Rule::test_decl | Rule::person)
            && matches!(
                next,
                Some(
                    Kind::Ident
                        | Kind::Quoted
                        | Kind::Currency
                        | Kind::Profile
                        | Kind::Grant
                        | Kind::Revoke
                        | Kind::Deploy
                )
            )
    }

    /// A token that belongs to the phrase itself.
    fn leaf(&mut self, rule: Rule, style: Style, block: &mut Block) {
        match self.tokens.get(self.done).map(|token| token.kind) {
            Some(Kind::LBrace) => self.open(style, block),
            Some(Kind::RBrace) => self.close(block),
            Some(Kind::Comma) if block.open && self.parts_a_test(rule) => {
                self.token();
                self.separate_by(style, block);
            }
            Some(Kind::Comma) if block.open => {
                self.separate_by(style, block);
                self.comments();
                self.done += 1;
            }
            Some(Kind::Comma) if matches!(rule, Rule::identity_key | Rule::hold) => {
                self.token();
            }
            Some(Kind::LParen | Kind::LBracket) if is_list(rule) => {
                self.cmds.push(Cmd::GroupStart);
                self.token();
                self.cmds.push(Cmd::IndentStart);
                self.pending = Pending::SoftLine;
            }
            Some(Kind::RParen | Kind::RBracket) if is_list(rule) => {
                self.comments();
                self.cmds.push(Cmd::IndentEnd);
                if self.pending == Pending::Auto {
                    self.pending = Pending::SoftLine;
                }
                self.token();
                self.cmds.push(Cmd::GroupEnd);
            }
            Some(Kind::Comma) if is_list(rule) || is_unbracketed(rule) => {
                self.token();
                self.pending = Pending::Line;
            }
            Some(Kind::Then | Kind::Else) if rule == Rule::if_expr => {
                self.pending = Pending::Line;
                self.token();
            }
            _ => self.token(),
        }
    }

    // ── braces ──────────────────────────────────────────────────────────────────────────────────

    fn open(&mut self, style: Style, block: &mut Block) {
        let next = self.tokens.get(self.done + 1).map(|token| token.kind);
        let empty = next == Some(Kind::RBrace) && !self.comment_follows();
        if style != Style::Lines && !empty {
            self.comments();
            self.cmds.push(Cmd::GroupStart);
            block.group = true;
        }
        self.token();
        block.open = true;
        block.empty = empty;
        if !empty {
            self.cmds.push(Cmd::IndentStart);
        }
        self.pending = match style {
            Style::Lines if !empty => Pending::HardLine {
                may_be_empty: false,
            },
            _ => Pending::Line,
        };
        if empty {
            self.pending = Pending::Auto;
        }
    }

    fn close(&mut self, block: &mut Block) {
        if !block.empty {
            self.pending = match self.pending {
                Pending::HardLine { .. } => self.pending,
                _ if block.group => Pending::Item,
                _ => Pending::HardLine { may_be_empty: true },
            };
            self.comments();
            self.cmds.push(Cmd::IndentEnd);
            self.pending = match self.pending {
                Pending::HardLine { .. } => Pending::HardLine {
                    may_be_empty: false,
                },
                _ => Pending::Line,
            };
        }
        self.token();
        if block.group {
            self.cmds.push(Cmd::GroupEnd);
        }
        *block = Block::default();
    }

    /// Before an item of a block: what stands between it and the one before.
    fn separate(&mut self, style: Style, block: &mut Block) {
        if block.item_ended {
            self.separate_by(style, block);
        }
        block.item_ended = false;
        block.separated = false;
    }

    fn separate_by(&mut self, style: Style, block: &mut Block) {
        if block.separated {
            return;
        }
        block.separated = true;
        // After the last item nothing separates.
        let mut rest = self.tokens.iter().skip(self.done).map(|token| token.kind);
        let next = rest.find(|kind| *kind != Kind::Comma);
        if next != Some(Kind::RBrace) {
            match style {
                Style::Fields if self.texts > 0 => self.cmds.push(Cmd::Text(",")),
                Style::Fields => self.cmds.push(Cmd::FlatComma),
                Style::Arms => self.cmds.push(Cmd::Text(",")),
                Style::Lone | Style::Lines => {}
            }
        }
        self.pending = match style {
            Style::Fields | Style::Arms | Style::Lone => Pending::Item,
            Style::Lines => Pending::HardLine { may_be_empty: true },
        };
    }

    fn style(&self, pair: &Pair<'_, Rule>) -> Style {
        match pair.as_rule() {
            Rule::enum_decl | Rule::fields | Rule::assigns => Style::Fields,
            Rule::match_expr | Rule::migrate_arms => Style::Arms,
            Rule::block if !self.long_if && is_lone(pair) => Style::Lone,
            Rule::person if is_lone(pair) => Style::Lone,
            _ => Style::Lines,
        }
    }

    // ── tokens and comments ─────────────────────────────────────────────────────────────────────

    fn token(&mut self) {
        self.break_line();
        let Some(token) = self.tokens.get(self.done) else {
            return;
        };
        self.cmds.push(Cmd::Text(token.text(self.text)));
        self.pending = Pending::Auto;
        self.done += 1;
    }

    /// Prints what stands before the next token: comments, then a blank or a line end.
    fn break_line(&mut self) {
        self.comments();
        let Some(token) = self.tokens.get(self.done) else {
            return;
        };
        let lines = self.lines_before(self.index_in_all(token));
        match self.pending {
            Pending::Line | Pending::Item | Pending::HardLine { .. } if self.texts > 0 => {
                self.cmds.push(Cmd::Blank);
            }
            Pending::Nothing => {}
            Pending::SoftLine if self.texts > 0 => {}
            Pending::Item if lines > 1 => self.cmds.push(Cmd::HardLine { empty: true }),
            Pending::Line | Pending::Item => self.cmds.push(Cmd::Line),
            Pending::SoftLine => self.cmds.push(Cmd::SoftLine),
            Pending::HardLine { may_be_empty } => {
                let empty = may_be_empty && lines > 1;
                self.cmds.push(Cmd::HardLine { empty });
            }
            Pending::Auto => {
                if self.blank_before() {
                    self.cmds.push(Cmd::Blank);
                }
            }
        }
        self.pending = Pending::Nothing;
    }

    fn blank_before(&self) -> bool {
        let Some(before) = self.done.checked_sub(1) else {
            return false;
        };
        let get = |at: usize| {
            let kind = self.tokens.get(at).map_or(Kind::Space, |token| token.kind);
            (kind, self.glue.get(at).copied().unwrap_or_default())
        };
        let ((left, left_glue), (right, right_glue)) = (get(before), get(self.done));
        blank_between(left, left_glue, right, right_glue)
    }

    fn index_in_all(&self, token: &Token) -> usize {
        self.all
            .partition_point(|other| other.end <= token.start && other.start < token.start)
    }

    /// The line ends right before a token or comment.
    fn lines_before(&self, at: usize) -> usize {
        let before = at.checked_sub(1).and_then(|at| self.all.get(at));
        match before {
            Some(space) if space.kind == Kind::Space => space.text(self.text).matches('\n').count(),
            _ => 0,
        }
    }

    /// Whether a comment stands before the token after the next.
    fn comment_follows(&self) -> bool {
        let Some(next) = self.tokens.get(self.done) else {
            return false;
        };
        let after = self.all.iter().skip(self.index_in_all(next) + 1);
        let mut after = after.skip_while(|token| token.kind == Kind::Space);
        after.next().is_some_and(|token| token.kind.is_trivia())
    }

    /// Prints the comments before the next token. One behind a token of its line stays there.
    fn comments(&mut self) {
        let until = match self.tokens.get(self.done) {
            Some(token) => self.index_in_all(token),
            None => self.all.len(),
        };
        for at in self.seen..until {
            let Some(token) = self.all.get(at) else { break };
            if !matches!(token.kind, Kind::Comment | Kind::Doc) {
                continue;
            }
            let comment = token.text(self.text).trim_end();
            let lines = self.lines_before(at);
            let may_be_empty = matches!(
                self.pending,
                Pending::Item | Pending::HardLine { may_be_empty: true }
            );
            if lines == 0 && !self.cmds.is_empty() {
                self.cmds.push(Cmd::Blank);
                self.cmds.push(Cmd::Comment(comment));
            } else {
                self.cmds.push(Cmd::HardLine {
                    empty: may_be_empty && lines > 1,
                });
                self.cmds.push(Cmd::Comment(comment));
            }
            let top = self.done == 0;
            self.pending = Pending::HardLine {
                may_be_empty: may_be_empty || top,
            };
        }
        self.seen = self.seen.max(until);
    }
}

/// Where the printing of a pair of braces stands.
#[derive(Debug, Default)]
struct Block {
    open: bool,
    empty: bool,
    group: bool,
    item_ended: bool,
    separated: bool,
}

/// The comma before these may be left out; the canonical form has it.
fn is_comma_before(rule: Rule) -> bool {
    matches!(rule, Rule::normalise | Rule::hold_drop | Rule::hold_spread)
}

fn is_else(rule: Rule) -> bool {
    rule == Rule::else_if || rule == Rule::else_block
}

fn is_list(rule: Rule) -> bool {
    matches!(rule, Rule::args | Rule::params | Rule::list | Rule::paren)
}

/// A chain of `and`s or `or`s, or an `if`: wrapped where it is too long.
fn wraps(pair: &Pair<'_, Rule>) -> bool {
    let chains = |kid: Pair<'_, Rule>| matches!(kid.as_rule(), Rule::op_and | Rule::op_or);
    matches!(pair.as_rule(), Rule::if_expr | Rule::expect_send)
        || is_unbracketed(pair.as_rule()) && pair.as_rule() != Rule::expect_with
        || pair.as_rule() == Rule::expr && pair.clone().into_inner().any(chains)
}

/// A list without brackets: wrapped behind its commas.
fn is_unbracketed(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::outcomes
            | Rule::answers
            | Rule::open_hours
            | Rule::limit_across
            | Rule::for_tagged
            | Rule::for_names
            | Rule::tagged
            | Rule::ignore
            | Rule::consent_rule
            | Rule::goal
            | Rule::by
            | Rule::decided_outcomes
            | Rule::among
            | Rule::tags
            | Rule::credit
            | Rule::measured
            | Rule::expect_with
    )
}

/// A block with one step that has no block of its own; a person with one line.
fn is_lone(pair: &Pair<'_, Rule>) -> bool {
    let has_block = |step: Pair<'_, Rule>| {
        step.into_inner().flatten().any(|part| {
            matches!(
                part.as_rule(),
                Rule::block | Rule::wait_arms | Rule::match_step | Rule::split | Rule::person
            )
        })
    };
    let is_item = |kid: &Pair<'_, Rule>| matches!(kid.as_rule(), Rule::step | Rule::test_line);
    let mut steps = pair.clone().into_inner().filter(is_item);
    match (steps.next(), steps.next()) {
        (Some(step), None) => !has_block(step),
        _ => false,
    }
}
