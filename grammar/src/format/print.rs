//! Commands of layout → text: a group stands on one line if it fits there, else each of its lines breaks.

use super::WIDTH;

/// One command of layout. Groups and indents come in pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cmd<'t> {
    Text(&'t str),
    /// Ends its line; has no part in what fits.
    Comment(&'t str),
    Blank,
    /// A blank on one line, else a new line.
    Line,
    /// Nothing on one line, else a new line.
    SoftLine,
    /// A new line, perhaps after an empty one.
    HardLine {
        empty: bool,
    },
    /// A comma on one line, else nothing.
    FlatComma,
    GroupStart,
    GroupEnd,
    IndentStart,
    IndentEnd,
}

struct Printer<'a, 't> {
    cmds: &'a [Cmd<'t>],
    out: String,
    column: usize,
    indent: usize,
    /// For each open group, whether it is on one line.
    flat: Vec<bool>,
}

pub(super) fn print(cmds: &[Cmd<'_>]) -> String {
    let mut printer = Printer {
        cmds,
        out: String::new(),
        column: 0,
        indent: 0,
        flat: Vec::new(),
    };
    for at in 0..cmds.len() {
        printer.command(at);
    }
    printer.out
}

impl Printer<'_, '_> {
    fn command(&mut self, at: usize) {
        let flat = self.flat.last().copied().unwrap_or(false);
        match self.cmds.get(at) {
            None => {}
            Some(Cmd::Text(text) | Cmd::Comment(text)) => self.text(text),
            Some(Cmd::Blank) => self.text(" "),
            Some(Cmd::Line) if flat => self.text(" "),
            Some(Cmd::SoftLine) if flat => {}
            Some(Cmd::Line | Cmd::SoftLine) => self.new_line(false),
            Some(Cmd::HardLine { empty }) => self.new_line(*empty),
            Some(Cmd::FlatComma) if flat => self.text(","),
            Some(Cmd::FlatComma) => {}
            Some(Cmd::GroupStart) => {
                let fits = flat || self.fits(at);
                self.flat.push(fits);
            }
            Some(Cmd::GroupEnd) => {
                self.flat.pop();
            }
            Some(Cmd::IndentStart) => self.indent += 1,
            Some(Cmd::IndentEnd) => self.indent = self.indent.saturating_sub(1),
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
        self.column = match text.rfind('\n') {
            Some(line) => text.get(line + 1..).map_or(0, |rest| rest.chars().count()),
            None => self.column + text.chars().count(),
        };
    }

    fn new_line(&mut self, empty: bool) {
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        if self.out.is_empty() {
            return;
        }
        self.out.push_str(if empty { "\n\n" } else { "\n" });
        for _ in 0..self.indent {
            self.out.push_str("    ");
        }
        self.column = self.indent * 4;
    }

    /// Whether the group that starts at `at` fits on the line, with what follows up to the next break.
    fn fits(&self, at: usize) -> bool {
        let mut column = self.column;
        let mut depth = 0_i32;
        // Behind the group: its rest of the line counts, up to the first place that can break.
        let mut closed = false;
        for cmd in self.cmds.iter().skip(at) {
            match cmd {
                Cmd::Text(text) if text.contains('\n') => return closed,
                Cmd::Text(text) => column += text.chars().count(),
                Cmd::Comment(_) => return closed,
                Cmd::Blank => column += 1,
                Cmd::Line | Cmd::SoftLine if closed => return column <= WIDTH,
                Cmd::Line => column += 1,
                Cmd::HardLine { .. } => return closed && column <= WIDTH,
                Cmd::FlatComma if !closed => column += 1,
                Cmd::GroupStart => depth += 1,
                Cmd::GroupEnd => {
                    depth -= 1;
                    closed |= depth <= 0;
                }
                Cmd::SoftLine | Cmd::FlatComma | Cmd::IndentStart | Cmd::IndentEnd => {}
            }
            if column > WIDTH {
                return false;
            }
        }
        true
    }
}
