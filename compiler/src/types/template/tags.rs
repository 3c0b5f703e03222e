//! A template's pieces → its blocks: what stands in which `if` and `for`.

use super::scan::{Flaw, Item, Part};
use crate::types::nearest;
use journey_grammar::tree::Span;

/// How deep blocks may stand in each other.
const DEPTH_MAX: u32 = 64;

#[derive(Debug)]
pub(super) enum Node<'t> {
    Text(&'t str),
    Hole(Part<'t>),
    /// conditions with what they show, and what is shown else
    If(Vec<(Part<'t>, Vec<Node<'t>>)>, Vec<Node<'t>>),
    For {
        name: Part<'t>,
        list: Part<'t>,
        body: Vec<Node<'t>>,
        /// where the list is empty
        otherwise: Vec<Node<'t>>,
    },
}

const WORDS: [&str; 8] = [
    "if", "elif", "else", "endif", "for", "endfor", "raw", "endraw",
];

/// What other template languages have and this one does not, and what there is instead.
const FOREIGN: [(&str, &str); 14] = [
    (
        "set",
        "give it a name in the message's parameters or with `let` in the profile",
    ),
    (
        "with",
        "give it a name in the message's parameters or with `let` in the profile",
    ),
    (
        "assign",
        "give it a name in the message's parameters or with `let` in the profile",
    ),
    ("include", "a template is one file: say it here"),
    ("extends", "a template is one file: say it here"),
    ("import", "a template is one file: say it here"),
    ("from", "a template is one file: say it here"),
    ("block", "a template is one file: say it here"),
    (
        "macro",
        "write a `fn` in the program and call it in `{{ … }}`",
    ),
    (
        "call",
        "write a `fn` in the program and call it in `{{ … }}`",
    ),
    (
        "filter",
        "write a `fn` in the program and call it in `{{ … }}`",
    ),
    (
        "autoescape",
        "`.html`, `.xml` and `.svg` are always escaped, other files never",
    ),
    ("do", "a template changes nothing"),
    ("unless", "write `{% if not … %}`"),
];

pub(super) fn nodes<'t>(items: &[Item<'t>], flaws: &mut Vec<Flaw>) -> Vec<Node<'t>> {
    let mut reader = Reader {
        items,
        at: 0,
        flaws,
    };
    reader.block(None, 0).0
}

struct Reader<'t, 'i> {
    items: &'i [Item<'t>],
    at: usize,
    flaws: &'i mut Vec<Flaw>,
}

/// A tag that ends a block or a part of it: its word and what follows.
type Ending<'t> = (Part<'t>, Part<'t>);

impl<'t> Reader<'t, '_> {
    /// Up to the end of the template, or to a tag that ends this block's part.
    fn block(&mut self, open: Option<Part<'t>>, depth: u32) -> (Vec<Node<'t>>, Option<Ending<'t>>) {
        let mut nodes = Vec::new();
        while let Some(item) = self.items.get(self.at) {
            self.at += 1;
            match item {
                Item::Text(text) => nodes.push(Node::Text(text)),
                Item::Hole(part) => nodes.push(Node::Hole(*part)),
                Item::Tag(part) => {
                    let (word, rest) = part.word();
                    let ends = match open.map(|open| open.text) {
                        Some("if") => matches!(word.text, "elif" | "else" | "endif"),
                        Some(_) => matches!(word.text, "else" | "endfor"),
                        None => false,
                    };
                    if ends {
                        return (nodes, Some((word, rest)));
                    }
                    if depth >= DEPTH_MAX {
                        self.flaws.push(Flaw::new(
                            word.span(),
                            format!("blocks stand more than {DEPTH_MAX} deep in each other"),
                            "compute a part of it in the program",
                        ));
                        self.at = self.items.len();
                        break;
                    }
                    match word.text {
                        "if" => nodes.push(self.branches(word, rest, depth)),
                        "for" => nodes.extend(self.elements(word, rest, depth)),
                        _ => self.stray(word, *part),
                    }
                }
            }
        }
        if let Some(open) = open {
            let (word, end) = (open.text, format!("{{% end{} %}}", open.text));
            self.flaws.push(Flaw::new(
                open.span(),
                format!("this `{word}` is never closed"),
                &format!("write `{end}` where it ends"),
            ));
        }
        (nodes, None)
    }

    fn branches(&mut self, word: Part<'t>, condition: Part<'t>, depth: u32) -> Node<'t> {
        let mut arms = Vec::new();
        let mut condition = condition;
        loop {
            let (body, end) = self.block(Some(word), depth + 1);
            arms.push((condition, body));
            match end {
                Some((end, rest)) if end.text == "elif" => condition = rest,
                Some((end, rest)) if end.text == "else" => {
                    if rest.text.starts_with("if") {
                        let whole = Span::new(end.span().start, rest.word().0.span().end);
                        self.flaws.push(Flaw {
                            fix: Some((
                                "write `elif`".to_owned(),
                                vec![(whole, "elif".to_owned())],
                            )),
                            ..Flaw::new(whole, "`else if` is one word here", "write `elif`")
                        });
                    } else {
                        self.nothing(rest);
                    }
                    let otherwise = self.last(word, depth);
                    return Node::If(arms, otherwise);
                }
                Some((_, rest)) => {
                    self.nothing(rest);
                    return Node::If(arms, Vec::new());
                }
                None => return Node::If(arms, Vec::new()),
            }
        }
    }

    /// What follows `else`: nothing but the end may come after it.
    fn last(&mut self, word: Part<'t>, depth: u32) -> Vec<Node<'t>> {
        let mut all = Vec::new();
        loop {
            let (body, end) = self.block(Some(word), depth + 1);
            all.extend(body);
            match end {
                Some((end, _)) if end.text == "else" || end.text == "elif" => {
                    self.flaws.push(Flaw::new(
                        end.span(),
                        format!("`{}` comes after `else`", end.text),
                        "`else` is the last part of its block",
                    ));
                }
                Some((_, rest)) => {
                    self.nothing(rest);
                    return all;
                }
                None => return all,
            }
        }
    }

    fn elements(&mut self, word: Part<'t>, rest: Part<'t>, depth: u32) -> Option<Node<'t>> {
        let (name, after) = rest.word();
        let (of, list) = after.word();
        let sound = !name.text.is_empty() && of.text == "in" && !list.text.is_empty();
        if !sound {
            self.flaws.push(Flaw::new(
                word.span(),
                "a loop names its element and its list",
                "write `{% for item in cart.items %}`",
            ));
        }
        let (body, end) = self.block(Some(word), depth + 1);
        let otherwise = match end {
            Some((end, rest)) => {
                self.nothing(rest);
                if end.text == "else" {
                    self.last(word, depth)
                } else {
                    Vec::new()
                }
            }
            None => Vec::new(),
        };
        sound.then_some(Node::For {
            name,
            list,
            body,
            otherwise,
        })
    }

    /// Behind the word of a tag that takes none.
    fn nothing(&mut self, rest: Part<'t>) {
        if !rest.text.is_empty() {
            let message = format!("`{}` has no place in this tag", rest.text);
            self.flaws
                .push(Flaw::new(rest.span(), message, "remove it"));
        }
    }

    fn stray(&mut self, word: Part<'t>, tag: Part<'t>) {
        let text = word.text;
        let flaw = if let Some((_, way)) = FOREIGN.iter().find(|(foreign, _)| *foreign == text) {
            Flaw::new(word.span(), format!("a template here has no `{text}`"), way)
        } else if WORDS.contains(&text) {
            let message = format!("there is no block here that `{text}` belongs to");
            Flaw::new(
                word.span(),
                message,
                "remove it, or open the block before it",
            )
        } else if text.is_empty() {
            let help = "write `{% if … %}`, `{% for … in … %}`, or `{{ … }}` for a value";
            Flaw::new(tag.span(), "this tag says nothing", help)
        } else {
            let message = format!("a template here has no `{text}`");
            match nearest(text, WORDS) {
                Some(near) => Flaw {
                    fix: Some((
                        format!("write `{near}`"),
                        vec![(word.span(), near.to_owned())],
                    )),
                    ..Flaw::new(word.span(), message, &format!("did you mean `{near}`?"))
                },
                None => Flaw::new(word.span(), message, "there are `if`, `for` and `raw`"),
            }
        };
        self.flaws.push(flaw);
    }
}
