//! The differences for people, the most felt cause first.

use super::words::line;
use super::{Example, Group, Report, Side};
use crate::diff::cause::Cause;
use crate::diff::changes::{Change, What};
use journey_program::show;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Lines of a timeline that are shown.
const LINES_MAX: usize = 16;

impl Report {
    pub fn text(&self) -> String {
        let mut out = String::new();
        let (old, new) = &self.versions;
        let _ = writeln!(
            out,
            "{} {old} -> {new} over {} records: {} in the source",
            self.name,
            self.records,
            counted(self.changes.len(), "change")
        );
        if self.dead.0 != self.dead.1 {
            let (old, new) = self.dead;
            let _ = writeln!(out, "records that could not be taken: {old} -> {new}");
        }
        let _ = writeln!(
            out,
            "{} of {} people get something else; {} other messages",
            self.different, self.people, self.written_to
        );
        for group in &self.groups {
            out.push('\n');
            self.group(group, &mut out);
        }
        let idle = self.idle();
        if !idle.is_empty() {
            out.push_str("\nno difference over these events\n");
        }
        for change in idle {
            let _ = writeln!(out, "  {}", head(change));
        }
        out
    }

    /// Changes that no difference is put down to.
    fn idle(&self) -> Vec<&Change> {
        let named: BTreeSet<usize> = self.groups.iter().flat_map(|g| g.cause.named()).collect();
        let all = self.changes.iter().enumerate();
        all.filter(|(number, _)| !named.contains(number))
            .map(|(_, change)| change)
            .collect()
    }

    fn group(&self, group: &Group, out: &mut String) {
        let change = |number: &usize| self.changes.get(*number);
        let title = match &group.cause {
            Cause::One { .. } => None,
            Cause::Together(_) => Some("only together:"),
            Cause::Either(_) => Some("each of these alone:"),
            Cause::Open => Some("no cause was found within the bound of runs"),
        };
        if let Some(title) = title {
            let _ = writeln!(out, "{title}");
        }
        for change in group.cause.changes().iter().filter_map(change) {
            let _ = writeln!(out, "{}", head(change));
            for line in &change.lines {
                let _ = writeln!(out, "  {line}");
            }
        }
        for change in group.cause.with().iter().filter_map(change) {
            let _ = writeln!(out, "  with {}, which it needs", head(change));
        }
        let counts = [
            (group.more.len(), "with more messages"),
            (group.less.len(), "with fewer"),
            (group.other.len(), "with others"),
            (group.moved.len(), "with the same at other times"),
            (group.silent.len(), "with the same messages"),
        ];
        let some = counts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = some
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let people = counted_people(group.people());
        let _ = writeln!(out, "  {people}: {}", words.join(", "));
        for ((journey, kind), kinds) in &group.kinds {
            let whose = if journey.is_empty() {
                String::new()
            } else {
                format!("{journey} ")
            };
            let counts = [
                (kinds.gone, "gone"),
                (kinds.new, "new"),
                (kinds.moved, "at another time"),
            ];
            let some = counts.iter().filter(|(count, _)| *count > 0);
            let words: Vec<String> = some
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            let _ = writeln!(out, "  {whose}{kind}: {}", words.join(", "));
        }
        for example in &group.examples {
            example.text(out);
        }
    }
}

fn head(change: &Change) -> String {
    let what = match change.what {
        What::Added => "added",
        What::Removed => "removed",
        What::Changed => "changed",
    };
    let (file, line, column) = (&change.file, change.line, change.column);
    format!("{} {what} at {file}:{line}:{column}", change.key.name())
}

impl Cause {
    /// Those that bring it about.
    pub(super) fn changes(&self) -> Vec<usize> {
        match self {
            Cause::One { change, .. } => vec![*change],
            Cause::Together(changes) | Cause::Either(changes) => changes.clone(),
            Cause::Open => Vec::new(),
        }
    }

    /// Those that the one needs to compile.
    pub(super) fn with(&self) -> &[usize] {
        match self {
            Cause::One { with, .. } => with,
            Cause::Together(_) | Cause::Either(_) | Cause::Open => &[],
        }
    }

    fn named(&self) -> Vec<usize> {
        let mut all = self.changes();
        all.extend(self.with());
        all
    }
}

impl Example {
    /// What this cause makes different, each with what came before it.
    fn text(&self, out: &mut String) {
        let _ = writeln!(out, "  {}", self.profile);
        let own = |place: usize| self.lines.get(place).is_some_and(|line| line.own);
        let (mut shown, mut gap) = (0, false);
        for (place, beside) in self.lines.iter().enumerate() {
            let before = beside.side == Side::Both && own(place + 1);
            if !beside.own && !before {
                gap = true;
                continue;
            }
            if shown == LINES_MAX {
                let rest = self.lines.iter().skip(place).filter(|line| line.own);
                let _ = writeln!(
                    out,
                    "      and {} more",
                    counted(rest.count(), "difference")
                );
                return;
            }
            if gap && shown > 0 {
                out.push_str("      …\n");
            }
            gap = false;
            shown += 1;
            let sign = match beside.side {
                Side::Both => ' ',
                Side::Before => '-',
                Side::After => '+',
                Side::Moved(_) => '~',
            };
            let mut text = line(&beside.line.action);
            if let Side::Moved(at) = beside.side {
                let _ = write!(text, " -> {}", show::time_ms(at));
            }
            let _ = writeln!(out, "    {sign} {text}");
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

fn counted_people(count: usize) -> String {
    if count == 1 {
        "1 person".to_owned()
    } else {
        format!("{count} people")
    }
}
