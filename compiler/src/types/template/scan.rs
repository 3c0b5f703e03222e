//! A template's text → its pieces: text as it is, `{{ … }}`, `{% … %}`; comments and what `raw` encloses are
//! taken out here. Never fails: what is wrong is a flaw with its place.

use journey_grammar::tree::Span;

/// Some text of the file and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'t> {
    pub text: &'t str,
    pub at: usize,
}

impl<'t> Part<'t> {
    pub(super) fn span(&self) -> Span {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(place(self.at), place(self.at + self.text.len()))
    }

    /// Without the white space around it.
    pub(super) fn trimmed(self) -> Self {
        let text = self.text.trim_start();
        Self {
            at: self.at + self.text.len() - text.len(),
            text: text.trim_end(),
        }
    }

    /// Its first word, and the rest.
    pub(super) fn word(self) -> (Self, Self) {
        let own = self.trimmed();
        let end = own
            .text
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(own.text.len());
        let (word, rest) = own.text.split_at(end);
        let rest = Self {
            text: rest,
            at: own.at + end,
        };
        (Self { text: word, ..own }, rest.trimmed())
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'t> {
    Text(&'t str),
    Hole(Part<'t>),
    Tag(Part<'t>),
}

/// What is wrong with the template as such.
#[derive(Debug)]
pub(super) struct Flaw {
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
    pub fix: Option<(String, Vec<(Span, String)>)>,
}

impl Flaw {
    pub(super) fn new(span: Span, message: impl Into<String>, help: &str) -> Self {
        Self {
            span,
            message: message.into(),
            help: Some(help.to_owned()),
            fix: None,
        }
    }
}

pub(super) fn scan<'t>(text: &'t str, flaws: &mut Vec<Flaw>) -> Vec<Item<'t>> {
    let own = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scanner = Scanner {
        rest: own,
        at: text.len() - own.len(),
        items: Vec::new(),
        trim: false,
    };
    while scanner.step(flaws) {}
    // the line end that every editor writes at the end of a file
    if let Some(Item::Text(last)) = scanner.items.last_mut() {
        let cut = last.strip_suffix('\n').unwrap_or(last);
        *last = cut.strip_suffix('\r').unwrap_or(cut);
    }
    scanner.items
}

struct Scanner<'t> {
    rest: &'t str,
    at: usize,
    items: Vec<Item<'t>>,
    /// the white space that comes next is dropped: `-%}`
    trim: bool,
}

impl<'t> Scanner<'t> {
    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        self.at += taken.len();
        taken
    }

    fn push_text(&mut self, text: &'t str, trim_end: bool) {
        let text = if self.trim { text.trim_start() } else { text };
        let text = if trim_end { text.trim_end() } else { text };
        self.trim = false;
        if !text.is_empty() {
            self.items.push(Item::Text(text));
        }
    }

    /// The text up to the next brace that opens something, and what it opens; false at the end.
    fn step(&mut self, flaws: &mut Vec<Flaw>) -> bool {
        let opening = ["{{", "{%", "{#"];
        let next = opening.iter().filter_map(|open| self.rest.find(open)).min();
        let text = self.take(next.unwrap_or(self.rest.len()));
        let opens = self.rest.as_bytes().get(1).copied();
        let trim_end = self.rest.as_bytes().get(2) == Some(&b'-');
        self.push_text(text, trim_end);
        let Some(opens) = opens.filter(|_| next.is_some()) else {
            return false;
        };
        let from = self.at;
        self.take(if trim_end { 3 } else { 2 });
        let close = match opens {
            b'{' => "}}",
            b'%' => "%}",
            _ => "#}",
        };
        let Some(length) = end_of(self.rest, close) else {
            let open = Part {
                text: "{{",
                at: from,
            };
            flaws.push(Flaw::new(
                open.span(),
                format!("this is never closed by `{close}`"),
                "a brace that is only text stands between `{% raw %}` and `{% endraw %}`",
            ));
            return false;
        };
        let at = self.at;
        let text = self.take(length);
        self.take(2);
        let inner = text.strip_suffix('-');
        self.trim = inner.is_some();
        let part = Part {
            text: inner.unwrap_or(text),
            at,
        };
        match opens {
            b'{' => self.items.push(Item::Hole(part)),
            b'%' if part.text.trim() == "raw" => return self.raw(part, flaws),
            b'%' => self.items.push(Item::Tag(part)),
            _ => {}
        }
        true
    }

    /// Everything up to `{% endraw %}` is text.
    fn raw(&mut self, open: Part<'t>, flaws: &mut Vec<Flaw>) -> bool {
        let mut length = 0;
        while let Some(next) = self.rest.get(length..).and_then(|rest| rest.find("{%")) {
            length += next;
            let tag = self.rest.get(length + 2..).unwrap_or_default();
            let end = tag.find("%}").unwrap_or(tag.len());
            let word = tag.get(..end).unwrap_or_default();
            if word.trim_matches('-').trim() == "endraw" {
                let text = self.take(length);
                self.push_text(text, word.starts_with('-'));
                self.trim = word.ends_with('-');
                self.take(end + 4);
                return true;
            }
            length += 2;
        }
        flaws.push(Flaw::new(
            open.span(),
            "`raw` is never closed",
            "write `{% endraw %}` where the plain text ends",
        ));
        false
    }
}

/// Where the closing braces stand, outside of the texts of an expression.
fn end_of(text: &str, close: &str) -> Option<usize> {
    if close == "#}" {
        return text.find(close);
    }
    let mut in_text = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !in_text && text.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return Some(at);
        }
        // an expression's text ends on its line
        in_text = (in_text != (c == '"' && !escaped)) && c != '\n';
        escaped = c == '\\' && !escaped;
    }
    None
}
