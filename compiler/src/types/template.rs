//! `body: file "templates/cart.html"`: a file's text with `{{ expression }}`, `{% if … %}` and `{% for … %}`
//! becomes one typed text, as if it stood in the message itself; so it is checked, compiled and hashed with it.
//!
//! The expressions are those of the language, in the delimiters that template editors know. What is wrong is
//! told at its place in the file. HTML, XML and SVG files show texts escaped.

mod scan;
mod tags;

use super::text::push_text;
use super::{Checker, Problem};
use crate::hir::{self, ExprKind as Hir, Join, ListAggregate, Piece};
use crate::load::plain_path;
use journey_grammar::Kind;
use journey_grammar::tree::{DeclKind, Expr, ExprKind, Name, Span};
use journey_program::show;
use journey_program::types::{Type, Value};
use scan::{Flaw, Item, Part};
use std::collections::BTreeSet;
use tags::Node;

/// A template is a part of one message: larger ones are refused.
const BYTES_MAX: usize = 256 * 1024;

/// Whether a file's texts are shown escaped; None: a kind of file that is no template.
fn escapes(path: &str) -> Option<bool> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" | "xhtml" | "xml" | "svg" => Some(true),
        "txt" | "md" => Some(false),
        _ => None,
    }
}

/// Whether a file may be one.
pub(crate) fn is_template(path: &str) -> bool {
    escapes(path).is_some()
}

/// Whose sends a file asks after: the names before `.sent`.
pub(crate) fn sent_in_template(text: &str) -> BTreeSet<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    for item in scan::scan(text, &mut Vec::new()) {
        let (Item::Hole(part) | Item::Tag(part)) = item else {
            continue;
        };
        let mut rest = part.text;
        while let Some((before, after)) = rest.split_once(".sent") {
            if !after.starts_with(is_word) {
                found.extend(before.rsplit(|c| !is_word(c)).next());
            }
            rest = after;
        }
    }
    found
}

impl Checker<'_> {
    /// The text of a template file as an expression.
    pub(crate) fn template(
        &mut self,
        channel: &Name,
        path: &Expr,
        word: Span,
        carried: Option<&hir::Local>,
    ) -> hir::Expr {
        let at = word.to(path.span);
        if let Some(carried) = carried.filter(|carried| *carried.ty.known() != Type::Text) {
            let message = format!(
                "`{}` of `{}` is no text: a file can't fill it",
                carried.name, channel.text
            );
            self.report(Problem::new("type-mismatch", at, message));
            return self.failed_as(at, Type::Text);
        }
        let Some((name, text, escape)) = self.template_file(path) else {
            return self.failed_as(at, Type::Text);
        };
        let mark = (self.problems.len(), self.spans.len(), self.scope.clone());
        let reads = self.reads.len();
        let mut flaws = Vec::new();
        let items = scan::scan(&text, &mut flaws);
        let nodes = tags::nodes(&items, &mut flaws);
        for flaw in flaws {
            self.flaw(flaw);
        }
        let pieces = self.template_nodes(&nodes, escape, at);
        self.scope = mark.2;
        // faults are told where the message names the file, mistakes at their place in it
        self.spans.iter_mut().skip(mark.1).for_each(|s| *s = at);
        for problem in self.problems.iter_mut().skip(mark.0) {
            problem.file = Some(name.clone());
        }
        for read in self.reads.iter_mut().skip(reads) {
            read.file = Some(name.clone());
        }
        let text = self.pieces(pieces, at);
        match carried {
            Some(carried) if carried.ty.is_optional() => {
                self.make(at, carried.ty.clone(), Hir::Some(Box::new(text)))
            }
            _ => text,
        }
    }

    /// The file's name and content, and whether it is escaped.
    fn template_file(&mut self, path: &Expr) -> Option<(String, std::sync::Arc<str>, bool)> {
        let Some(name) = plain_path(path) else {
            if !matches!(path.kind, ExprKind::Missing) {
                let message = "the file's name is a text without `{…}`";
                self.report(Problem::new("not-a-constant", path.span, message));
            }
            return None;
        };
        let Some(escape) = escapes(name) else {
            let message = format!("the name of `{name}` does not say what kind of text it is");
            let help = "a template is `.html`, `.xml` or `.svg`, whose texts are escaped, or `.txt` or `.md`";
            self.report(Problem::new("bad-template", path.span, message).help(help));
            return None;
        };
        let Some(text) = self.world.data.get(name) else {
            let near = self.world.data.keys().map(String::as_str);
            let help = match super::nearest(name, near) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "its path counts from the project's folder".to_owned(),
            };
            let message = format!("there is no file `{name}` in this project");
            self.report(Problem::new("missing-file", path.span, message).help(help));
            return None;
        };
        if text.len() > BYTES_MAX {
            let message = format!("`{name}` is larger than {BYTES_MAX} bytes");
            self.report(Problem::new("bad-template", path.span, message));
            return None;
        }
        Some((name.to_owned(), std::sync::Arc::clone(text), escape))
    }

    fn flaw(&mut self, flaw: Flaw) {
        let mut problem = Problem::new("bad-template", flaw.span, flaw.message);
        problem.help = flaw.help;
        problem.fix = flaw.fix;
        self.report(problem);
    }

    fn pieces(&mut self, mut pieces: Vec<Piece>, at: Span) -> hir::Expr {
        let constant = match pieces.as_mut_slice() {
            [] => Some(String::new()),
            [Piece::Text(text)] => Some(std::mem::take(text)),
            _ => None,
        };
        match constant {
            Some(text) => self.constant_value(at, Type::Text, Value::Text(text)),
            None => self.make(at, Type::Text, Hir::Concat(pieces)),
        }
    }

    fn template_nodes(&mut self, nodes: &[Node<'_>], escape: bool, at: Span) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for node in nodes {
            match node {
                Node::Text(text) => push_text(&mut pieces, text),
                Node::Hole(part) => self.template_hole(*part, escape, at, &mut pieces),
                Node::If(arms, otherwise) => {
                    let value = self.template_if(arms, otherwise, escape, at);
                    pieces.push(Piece::Value(value));
                }
                Node::For {
                    name,
                    list,
                    body,
                    otherwise,
                } => {
                    let value = self.template_for([*name, *list], [body, otherwise], escape, at);
                    pieces.push(Piece::Value(value));
                }
            }
        }
        pieces
    }

    /// The expression in a part of the file, given to `read`; its places are made those of the file.
    fn template_expr<T>(
        &mut self,
        part: Part<'_>,
        read: impl FnOnce(&mut Self, &Expr) -> T,
    ) -> Option<T> {
        let part = part.trimmed();
        if part.text.is_empty() {
            let help = "write a parameter of the message or a field of the profile";
            self.flaw(Flaw::new(part.span(), "an expression is due here", help));
            return None;
        }
        if let Some(flaw) = filtered(part) {
            self.flaw(flaw);
            return None;
        }
        let (parsed, ahead) = journey_grammar::parse_expr(part.text);
        let mark = self.problems.len();
        let reads = self.reads.len();
        let broken = !parsed.problems.is_empty();
        for problem in parsed.problems {
            let mut own = Problem::new(problem.code, problem.span, problem.message);
            own.help = problem.help;
            own.fix = problem.fix.map(|fix| (fix.title, fix.edits));
            self.report(own);
        }
        let value = match parsed.decl.map(|decl| decl.kind) {
            Some(DeclKind::Const(decl)) if !broken => Some(read(self, &decl.value)),
            _ => None,
        };
        let from = part.span().start;
        let place = |at: u32| (at + from).saturating_sub(ahead);
        self.shift_reads(reads, place);
        let shift = |span: &mut Span| *span = Span::new(place(span.start), place(span.end));
        for problem in self.problems.iter_mut().skip(mark) {
            shift(&mut problem.span);
            problem.labels.iter_mut().for_each(|(span, _)| shift(span));
            let fixes = problem.fix.iter_mut().chain(&mut problem.alternative);
            let edits = fixes.flat_map(|(_, edits)| edits);
            edits.for_each(|(span, _)| shift(span));
        }
        value
    }

    fn template_hole(&mut self, part: Part<'_>, escape: bool, at: Span, out: &mut Vec<Piece>) {
        let mut own = Vec::new();
        self.template_expr(part, |checker, e| checker.interpolate(e, &mut own));
        for piece in own {
            match piece {
                Piece::Text(text) if escape => push_text(out, &show::html(&text)),
                Piece::Text(text) => push_text(out, &text),
                Piece::Value(value) if escape && value.ty == Type::Text => {
                    let shown = self.make(at, Type::Text, Hir::Escape(Box::new(value)));
                    out.push(Piece::Value(shown));
                }
                Piece::Format(..) if escape => {
                    let text = self.make(at, Type::Text, Hir::Concat(vec![piece]));
                    let shown = self.make(at, Type::Text, Hir::Escape(Box::new(text)));
                    out.push(Piece::Value(shown));
                }
                other @ (Piece::Value(_) | Piece::Format(..)) => out.push(other),
            }
        }
    }

    /// Each branch knows what its condition says, and those after it that it does not hold.
    fn template_if(
        &mut self,
        arms: &[(Part<'_>, Vec<Node<'_>>)],
        otherwise: &[Node<'_>],
        escape: bool,
        at: Span,
    ) -> hir::Expr {
        let before = self.scope.known.len();
        let mut made = Vec::new();
        for (condition, body) in arms {
            let outer = self.scope.known.len();
            let test = self.template_expr(*condition, |checker, e| {
                let test = checker.infer_bool(e);
                checker.assume(e, false);
                let otherwise = checker.scope.known.split_off(outer);
                checker.assume(e, true);
                (test, otherwise)
            });
            let pieces = self.template_nodes(body, escape, at);
            self.scope.known.truncate(outer);
            if let Some((test, otherwise)) = test {
                self.scope.known.extend(otherwise);
                made.push((test, self.pieces(pieces, at)));
            }
        }
        let last = self.template_nodes(otherwise, escape, at);
        self.scope.known.truncate(before);
        let last = self.pieces(last, at);
        made.into_iter().rev().fold(last, |no, (test, yes)| {
            let kind = Hir::If(Box::new(test), Box::new(yes), Box::new(no));
            self.make(at, Type::Text, kind)
        })
    }

    /// Notes where a loop's variable is named first.
    fn binds(&mut self, name: Part<'_>, item: &Type) {
        let bound = Name {
            text: name.text.to_owned(),
            span: name.span(),
        };
        self.read(&bound, super::Meaning::Binds, item.clone());
    }

    fn template_for(
        &mut self,
        [name, list]: [Part<'_>; 2],
        [body, otherwise]: [&[Node<'_>]; 2],
        escape: bool,
        at: Span,
    ) -> hir::Expr {
        let list = self.template_expr(list, |checker, e| {
            let list = checker.operand(e, None);
            let list = checker.need_known(e, list, None);
            match &list.ty {
                Type::List(item) => Some(((**item).clone(), list)),
                Type::Error => None,
                other => {
                    let other = other.clone();
                    checker.report_type("a loop goes through a list", &other, e.span);
                    None
                }
            }
        });
        let list = list.flatten();
        let item = list.as_ref().map_or(Type::Error, |(item, _)| item.clone());
        if journey_grammar::is_word(name.text) {
            let message = format!(
                "`{}` is a word of the language and names nothing",
                name.text
            );
            self.report(Problem::new("keyword-as-name", name.span(), message));
        }
        let outer = (self.scope.locals.len(), self.scope.known.len());
        self.binds(name, &item);
        let binder = self.declare(name.text, item);
        let index = self.declare("loop.index", Type::Int);
        let first = self.declare("loop.first", Type::Bool);
        let last = self.declare("loop.last", Type::Bool);
        let pieces = self.template_nodes(body, escape, at);
        self.scope.locals.truncate(outer.0);
        self.scope.known.truncate(outer.1);
        let body = self.pieces(pieces, at);
        let none = self.template_nodes(otherwise, escape, at);
        let Some((item, list)) = list else {
            return self.failed_as(at, Type::Text);
        };
        let asked = list.clone();
        let join = Join {
            list,
            binder,
            index,
            first,
            last,
            body,
        };
        let joined = self.make(at, Type::Text, Hir::Join(Box::new(join)));
        if none.is_empty() {
            return joined;
        }
        let none = self.pieces(none, at);
        let binder = self.declare("", item);
        self.scope.locals.truncate(outer.0);
        let query = hir::ListQuery {
            aggregate: ListAggregate::Any,
            binder,
            list: asked,
            filter: None,
            value: None,
        };
        let any = self.make(at, Type::Bool, Hir::ListQuery(Box::new(query)));
        let kind = Hir::If(Box::new(any), Box::new(joined), Box::new(none));
        self.make(at, Type::Text, kind)
    }
}

/// Filters and tests of other template languages, with what they are called here.
fn filtered(part: Part<'_>) -> Option<Flaw> {
    let tokens = journey_grammar::tokens(part.text);
    if tokens.iter().any(|token| token.kind == Kind::Match) {
        return None;
    }
    let pipe = tokens.iter().find(|token| token.kind == Kind::Pipe)?;
    let end = usize::try_from(pipe.start).ok()?;
    let after = Part {
        text: part.text.get(end + 1..)?,
        at: part.at + end + 1,
    };
    let (name, args) = after.word();
    let place = part.span().start + pipe.start;
    let span = Span::new(place, name.span().end.max(place + 1));
    let arguments = args
        .text
        .strip_prefix('(')
        .and_then(|a| a.strip_suffix(')'));
    let mut flaw = Flaw::new(
        span,
        "a template has no filters: its expressions are those of the language",
        "write a `fn` in the program and call it: `{{ short(title) }}`",
    );
    match (name.text, arguments) {
        ("default" | "d", Some(value)) => {
            let whole = Span::new(place, part.span().end);
            let value = value.trim().replace('\'', "\"");
            flaw.help = Some(format!(
                "a value for what is unknown is written `?? {value}`"
            ));
            flaw.fix = Some((
                format!("write `?? {value}`"),
                vec![(whole, format!("?? {value}"))],
            ));
        }
        ("escape" | "e" | "safe" | "raw", _) => {
            flaw.help = Some("what a `.html` file shows is always escaped, by itself".to_owned());
        }
        _ => {}
    }
    Some(flaw)
}
