//! Texts with interpolations, tests on texts, regular expressions.

use super::facts::bare;
use super::suggest::nearest;
use super::words::{subject, type_name};
use super::{Checker, Problem};
use crate::hir::{self, ExprKind as Hir, Piece};
use journey_grammar::tree::{Arg, BinaryOp, Expr, ExprKind, Regex, Span, TextPart};
use journey_program::civil;
use journey_program::types::{Type, Value};

impl Checker<'_> {
    /// `"Hi {first_name ?? "there"}"`; a literal that names a zone where a zone is due.
    pub(crate) fn text(
        &mut self,
        parts: &[TextPart],
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let mut pieces = Vec::new();
        let mut failed = false;
        for part in parts {
            match part {
                TextPart::Text(text) => push_text(&mut pieces, text),
                TextPart::Expr(e) => failed |= !self.interpolate(e, &mut pieces),
            }
        }
        if failed {
            return self.failed_as(span, Type::Text);
        }
        let whole = match pieces.as_slice() {
            [] => Some(String::new()),
            [Piece::Text(text)] => Some(text.clone()),
            _ => None,
        };
        match whole {
            Some(text) if expected.is_some_and(|t| *t.known() == Type::Timezone) => {
                self.zone(text, span)
            }
            Some(text) => self.constant_value(span, Type::Text, Value::Text(text)),
            None => self.make(span, Type::Text, Hir::Concat(pieces)),
        }
    }

    fn zone(&mut self, name: String, span: Span) -> hir::Expr {
        if civil::zone_word(&name).is_some() {
            return self.constant_value(span, Type::Timezone, Value::Timezone(name));
        }
        self.report_zone(&name, span);
        self.failed_as(span, Type::Timezone)
    }

    pub(crate) fn report_zone(&mut self, name: &str, span: Span) {
        let problem = Problem::new(
            "unknown-timezone",
            span,
            format!("there is no time zone `{name}`"),
        );
        let problem = match nearest(name, civil::zone_names()) {
            Some(near) => {
                // the quotes are a part of the literal
                let text = format!("\"{near}\"");
                problem
                    .help(format!("did you mean `{near}`?"))
                    .fix(format!("write `{near}`"), vec![(span, text)])
            }
            None => problem.help("a zone has an IANA name, such as `Europe/London`"),
        };
        self.report(problem);
    }

    /// One `{…}`: false if it was wrong.
    pub(crate) fn interpolate(&mut self, e: &Expr, pieces: &mut Vec<Piece>) -> bool {
        let value = self.infer(e, Some(&Type::Text));
        let value = self.need_known(e, value, None);
        if value.ty == Type::Error {
            return false;
        }
        if !printable(&value.ty) {
            let found = type_name(self.world, &value.ty);
            let message = format!("a text can't hold {}: it is `{found}`", subject(e));
            self.report(Problem::new("type-mismatch", e.span, message));
            return false;
        }
        match value.kind {
            Hir::Value(Value::Text(text)) => push_text(pieces, &text),
            Hir::Value(Value::Int(n)) => push_text(pieces, &n.to_string()),
            Hir::Value(Value::Enum(id, place)) => {
                let def = self.world.enums.get(id.index());
                let name = def
                    .zip(usize::try_from(place).ok())
                    .and_then(|(d, i)| d.values.get(i));
                push_text(pieces, name.map_or("", String::as_str));
            }
            Hir::Concat(inner) => {
                for piece in inner {
                    match piece {
                        Piece::Text(text) => push_text(pieces, &text),
                        other @ (Piece::Value(_) | Piece::Format(..)) => pieces.push(other),
                    }
                }
            }
            _ => pieces.push(Piece::Value(value)),
        }
        true
    }

    /// `format(x, "de-DE")`
    pub(crate) fn format(&mut self, args: &[Arg], span: Span) -> hir::Expr {
        let [value_arg, locale_arg] = args else {
            self.report(
                Problem::new(
                    "missing-argument",
                    span,
                    "`format` takes a value and a locale",
                )
                .help("write `format(total, \"de-DE\")`"),
            );
            return self.failed_as(span, Type::Text);
        };
        let value = self.operand(&value_arg.value, None);
        let value = self.need_known(&value_arg.value, value, None);
        let locale = match &bare(&locale_arg.value).kind {
            ExprKind::Missing => return self.failed_as(span, Type::Text),
            _ => self.constant(&locale_arg.value, Some(&Type::Text)),
        };
        let Some((_, Value::Text(locale))) = locale else {
            return self.failed_as(span, Type::Text);
        };
        if !is_locale(&locale) {
            self.report(
                Problem::new(
                    "bad-value",
                    locale_arg.value.span,
                    format!("`{locale}` is no locale"),
                )
                .help("a locale is a language and perhaps a country, such as `de-DE`"),
            );
            return self.failed_as(span, Type::Text);
        }
        match value.ty {
            Type::Error => self.failed_as(span, Type::Text),
            Type::Int | Type::Number | Type::Money(_) | Type::Date | Type::Time => self.make(
                span,
                Type::Text,
                Hir::Concat(vec![Piece::Format(value, locale)]),
            ),
            ref other => {
                let what = "`format` writes numbers, money, dates and times";
                let found = other.clone();
                self.report_type(what, &found, value_arg.value.span);
                self.failed_as(span, Type::Text)
            }
        }
    }

    /// `contains`, `starts with`, `ends with`
    pub(crate) fn text_test(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> hir::Expr {
        let value = self.operand(left, None);
        let value = self.need_known(left, value, Some(span));
        let due = match &value.ty {
            Type::List(item) if op == BinaryOp::Contains => super::coerce::plain(item),
            Type::Text => Type::Text,
            Type::Error => Type::Error,
            other => {
                let what = match op {
                    BinaryOp::Contains => "`contains` asks a text or a list",
                    _ => "`starts with` and `ends with` ask a text",
                };
                let other = other.clone();
                self.report_type(what, &other, left.span);
                Type::Error
            }
        };
        let part = self.operand(right, Some(&due));
        let part = self.fit(right, part, &due, Some(span));
        if value.ty == Type::Error || part.ty == Type::Error {
            return self.failed_as(span, Type::Bool);
        }
        let (value, part) = (Box::new(value), Box::new(part));
        let kind = match op {
            BinaryOp::StartsWith => Hir::StartsWith(value, part),
            BinaryOp::EndsWith => Hir::EndsWith(value, part),
            _ => Hir::Contains(value, part),
        };
        self.make(span, Type::Bool, kind)
    }

    /// `a matches /re/`
    pub(crate) fn matches(&mut self, value: &Expr, regex: &Regex, span: Span) -> hir::Expr {
        let subject = self.operand(value, Some(&Type::Text));
        let subject = self.fit(value, subject, &Type::Text, Some(span));
        let Some(pattern) = self.regex(regex) else {
            return self.failed_as(span, Type::Bool);
        };
        if subject.ty == Type::Error {
            return self.failed_as(span, Type::Bool);
        }
        self.make(span, Type::Bool, Hir::Matches(Box::new(subject), pattern))
    }

    /// The regular expression in the syntax of the crate that runs it, if it is one.
    pub(crate) fn regex(&mut self, regex: &Regex) -> Option<String> {
        const SIZE_MAX: usize = 1 << 20;
        let pattern = regex.source.replace("\\/", "/");
        let built = regex::RegexBuilder::new(&pattern)
            .size_limit(SIZE_MAX)
            .build();
        let reason = match built {
            Ok(_) => return Some(pattern),
            Err(regex::Error::CompiledTooBig(_)) => "it is too large".to_owned(),
            // the last line says what is wrong, the ones before draw it
            Err(other) => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default().trim();
                last.strip_prefix("error: ").unwrap_or(last).to_owned()
            }
        };
        let message = "this is no regular expression";
        self.report(Problem::new("bad-regex", regex.span, message).help(reason));
        None
    }
}

pub(crate) fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// `ll` or `ll-CC`
fn is_locale(text: &str) -> bool {
    let (language, country) = text
        .split_once('-')
        .map_or((text, None), |(l, c)| (l, Some(c)));
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && country.is_none_or(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase()))
}

/// What a text may show.
fn printable(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Record(_) | Type::List(_) | Type::Optional(_) | Type::Error
    )
}
