//! Texts: escapes resolved, interpolations as expressions.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::problem::SyntaxProblem;
use crate::token::{Kind, offset};
use crate::tree::{Expr, ExprKind, Span, TextPart};

impl Lower<'_> {
    pub(super) fn text(&mut self, pair: P<'_>) -> Expr {
        let (first, end, span) = (Self::first(&pair), Self::end(&pair), self.span(&pair));
        let mut parts = Vec::new();
        self.piece(first, &mut parts);
        for hole in Kids::of(pair).all(Rule::hole) {
            let after = Self::end(&hole);
            parts.push(TextPart::Expr(self.only_expr(hole)));
            if after < end {
                self.piece(after, &mut parts);
            }
        }
        Expr {
            kind: ExprKind::Text(parts),
            span,
        }
    }

    /// The literal part that the token `at` holds.
    fn piece(&mut self, at: usize, parts: &mut Vec<TextPart>) {
        let whole = self.token_text(at);
        let kind = self.kind(at);
        let mut body = whole;
        if matches!(kind, Kind::Text | Kind::TextUnclosed | Kind::TextHead) {
            body = body.strip_prefix('"').unwrap_or(body);
        } else {
            body = body.strip_prefix('}').unwrap_or(body);
        }
        let start = self.token_span(at).start + offset(whole.len() - body.len());
        match kind {
            Kind::Text | Kind::TextTail => body = body.strip_suffix('"').unwrap_or(body),
            Kind::TextHead | Kind::TextMid => body = body.strip_suffix('{').unwrap_or(body),
            _ => {}
        }
        let text = self.unescape(body, start);
        if !text.is_empty() {
            parts.push(TextPart::Text(text));
        }
    }

    fn unescape(&mut self, body: &str, start: u32) -> String {
        let mut out = String::with_capacity(body.len());
        let mut chars = body.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|next| next.1);
            let place = start + offset(at);
            match (c, next) {
                ('{', Some('{')) | ('}', Some('}')) => {
                    chars.next();
                    out.push(c);
                }
                ('}', _) => {
                    let span = Span::new(place, place + 1);
                    self.problem(
                        SyntaxProblem::new("lone-brace", span, "a lone `}` in a text")
                            .help("`}}` stands for a brace")
                            .fix("write `}}`", span, "}}"),
                    );
                    out.push(c);
                }
                ('\\', Some(escaped)) => {
                    chars.next();
                    let span = Span::new(place, place + 1 + offset(escaped.len_utf8()));
                    out.push(self.escaped(escaped, span));
                }
                _ => out.push(c),
            }
        }
        out
    }

    fn escaped(&mut self, escaped: char, span: Span) -> char {
        match escaped {
            'n' => '\n',
            't' => '\t',
            '"' | '\\' => escaped,
            other => {
                let message = format!("`\\{other}` is no escape");
                self.problem(
                    SyntaxProblem::new("bad-escape", span, message)
                        .help("`\\\"`, `\\\\`, `\\n`, `\\t`, and `{{`, `}}` for braces"),
                );
                other
            }
        }
    }
}
