//! What differs between two versions, declaration by declaration, in their canonical form: neither blanks nor
//! comments nor the order of files are a change. Settings of the manifest and the files that declarations name
//! are changes of their own.

use crate::graph::Sources;
use crate::project::Project;
use journey_compiler::load::MANIFEST;
use journey_compiler::project::project;
use journey_grammar::{Kind, format, split, tokens};
use serde::Serialize;
use std::collections::BTreeMap;

/// The parts of a program that are compared, in the order they are told in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// of the manifest: its table and name
    Setting(&'static str, &'static str),
    /// a file that a declaration names, by its path
    File(String),
    /// `journey abandoned_cart`
    Declaration(String),
}

impl Key {
    pub fn name(&self) -> String {
        match self {
            Key::Setting(_, name) => format!("{MANIFEST} {name}"),
            Key::File(path) => path.clone(),
            Key::Declaration(name) => name.clone(),
        }
    }
}

/// A part of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub file: String,
    /// bytes from the start of the file
    pub start: usize,
    pub text: String,
}

/// A version as its parts.
pub type Parts = BTreeMap<Key, Part>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    Added,
    Removed,
    Changed,
}

/// One part that differs.
#[derive(Clone, Debug)]
pub struct Change {
    pub key: Key,
    pub what: What,
    /// in the newer version, of what is removed in the older
    pub file: String,
    /// from 1, of the first word that differs
    pub line: usize,
    pub column: usize,
    /// lines of the canonical form, with `-` and `+` before them
    pub lines: Vec<String>,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// Lines of a change that are shown.
const LINES_MAX: usize = 8;

/// The parts of a project without errors.
pub fn parts(project_: &Project) -> Parts {
    let mut parts = Parts::new();
    for (file, text) in &project_.sources {
        if file.ends_with(".journey") {
            declarations(file, text, &mut parts);
        } else if file != MANIFEST {
            let part = Part {
                file: file.clone(),
                start: 0,
                text: text.clone(),
            };
            parts.insert(Key::File(file.clone()), part);
        }
    }
    settings(project_, &mut parts);
    parts
}

fn declarations(file: &str, text: &str, parts: &mut Parts) {
    for chunk in split(text) {
        let (Ok(start), Ok(end)) = (usize::try_from(chunk.start), usize::try_from(chunk.end))
        else {
            continue;
        };
        let own = text.get(start..end).unwrap_or_default();
        let Some(name) = name_of(own) else {
            continue;
        };
        let part = parts.entry(Key::Declaration(name)).or_insert(Part {
            file: file.to_owned(),
            start,
            text: String::new(),
        });
        part.text.push_str(own);
    }
}

/// `journey abandoned_cart`, `profile`; None: a test, which nobody runs in production, or nothing at all.
fn name_of(text: &str) -> Option<String> {
    let tokens = tokens(text);
    let mut words = tokens.iter().filter(|token| !token.kind.is_trivia());
    let first = words.next()?.text(text);
    let second = words.next().map_or("", |token| token.text(text));
    match first {
        "test" => None,
        "profile" | "identity" if second == "{" => Some(first.to_owned()),
        "offer" if second == "type" => {
            let third = words.next().map_or("", |token| token.text(text));
            Some(format!("offer type {third}"))
        }
        _ => Some(format!("{first} {second}")),
    }
}

/// What the manifest says of how a program runs; where it says nothing, what holds then.
fn settings(project_: &Project, parts: &mut Parts) {
    let manifest = project(&project_.db, project_.workspace);
    let seconds = |ms: i64| format!("{} seconds", ms / 1_000);
    let settings = manifest.settings;
    let text = project_.sources.get(MANIFEST).map_or("", String::as_str);
    for (table, name, value) in [
        ("project", "timezone", manifest.timezone.clone()),
        ("runtime", "dedupe", seconds(settings.dedupe_ms)),
        ("runtime", "lateness", seconds(settings.lateness_ms)),
        ("runtime", "reorder", seconds(settings.reorder_ms)),
        ("runtime", "ahead", seconds(settings.ahead_ms)),
        ("runtime", "history", seconds(settings.history_ms)),
    ] {
        let part = Part {
            file: MANIFEST.to_owned(),
            start: place_of(text, name),
            text: value,
        };
        parts.insert(Key::Setting(table, name), part);
    }
}

fn place_of(text: &str, name: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with(name) {
            return at;
        }
        at += line.len();
    }
    0
}

/// What differs, in the order of the keys.
pub fn changes(old: (&Parts, &Sources), new: (&Parts, &Sources)) -> Vec<Change> {
    let mut keys: Vec<&Key> = old.0.keys().chain(new.0.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut found = Vec::new();
    for key in keys {
        let (before, after) = (old.0.get(key), new.0.get(key));
        let form = |part: Option<&Part>| part.map(|part| canonical(key, &part.text));
        let (was, is) = (form(before), form(after));
        if was == is {
            continue;
        }
        let what = match (before, after) {
            (None, _) => What::Added,
            (_, None) => What::Removed,
            _ => What::Changed,
        };
        let (file, line, column) = place(key, (before, old.1), (after, new.1));
        found.push(Change {
            key: key.clone(),
            what,
            file,
            line,
            column,
            lines: lines(was.as_deref(), is.as_deref()),
            old: before.map(|part| part.text.clone()),
            new: after.map(|part| part.text.clone()),
        });
    }
    found
}

/// The canonical form, line by line, without comments.
fn canonical(key: &Key, text: &str) -> Vec<String> {
    let text = match key {
        Key::Declaration(_) => format(text).unwrap_or_else(|_| text.to_owned()),
        Key::Setting(..) | Key::File(_) => text.to_owned(),
    };
    let lines = text.lines().map(|line| match key {
        Key::Declaration(_) => without_comment(line),
        Key::Setting(..) | Key::File(_) => line.to_owned(),
    });
    lines.filter(|line| !line.trim().is_empty()).collect()
}

fn without_comment(line: &str) -> String {
    let tokens = tokens(line);
    let is_space = |kind: Kind| kind == Kind::Space;
    let comment = tokens
        .iter()
        .find(|token| token.kind.is_trivia() && !is_space(token.kind));
    let end = comment.and_then(|token| usize::try_from(token.start).ok());
    let kept = end.and_then(|end| line.get(..end)).unwrap_or(line);
    kept.trim_end().to_owned()
}

type Side<'s> = (Option<&'s Part>, &'s Sources);

/// File, line and column of the first word that differs, from 1.
fn place(key: &Key, old: Side<'_>, new: Side<'_>) -> (String, usize, usize) {
    let (part, sources) = match (new.0, old.0) {
        (Some(part), _) => (part, new.1),
        (None, Some(part)) => (part, old.1),
        (None, None) => return (String::new(), 1, 1),
    };
    let within = match key {
        Key::Declaration(_) => {
            let other = old.0.filter(|_| new.0.is_some());
            differs_at(&part.text, other.map_or("", |other| &other.text))
        }
        Key::File(_) => {
            let other = old.0.map_or("", |other| &other.text);
            let same = part.text.bytes().zip(other.bytes());
            let same = same.take_while(|(a, b)| a == b).count();
            same.min(part.text.len().saturating_sub(1))
        }
        Key::Setting(..) => 0,
    };
    let text = sources.get(&part.file).map_or("", String::as_str);
    let before = text.get(..part.start + within).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (part.file.clone(), line, column)
}

/// Where a declaration's words begin to differ from another's.
fn differs_at(text: &str, other: &str) -> usize {
    let words = |text: &str| -> Vec<(usize, String)> {
        let tokens = tokens(text).into_iter();
        tokens
            .filter(|token| !token.kind.is_trivia() && token.text(text) != ",")
            .map(|token| {
                let start = usize::try_from(token.start).unwrap_or(0);
                (start, token.text(text).to_owned())
            })
            .collect()
    };
    let (own, other) = (words(text), words(other));
    let mut others = other.iter();
    if other.is_empty() {
        return own.first().map_or(0, |(at, _)| *at);
    }
    let differs = own
        .iter()
        .find(|(_, word)| others.next().is_none_or(|(_, other)| other != word));
    let last = own.last();
    differs.or(last).map_or(0, |(at, _)| *at)
}

/// The lines that only one of them has, as people compare texts.
fn lines(old: Option<&[String]>, new: Option<&[String]>) -> Vec<String> {
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let mut shown = Vec::new();
    let mut more = 0;
    for step in steps(old, new) {
        let (sign, line) = match step {
            Step::Same(_) => continue,
            Step::Old(line) => ('-', line),
            Step::New(line) => ('+', line),
        };
        if shown.len() < LINES_MAX {
            shown.push(format!("{sign} {}", line.trim_start()));
        } else {
            more += 1;
        }
    }
    if more > 0 {
        shown.push(format!("  and {more} lines more"));
    }
    shown
}

/// A line of two texts beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'l, T> {
    Same(&'l T),
    Old(&'l T),
    New(&'l T),
}

/// Cells of the table of longest common subsequences; beyond that, nothing in the middle counts as common.
const CELLS_MAX: usize = 4_000_000;

/// Two sequences beside each other: what is common in order, what only one has.
pub fn steps<'l, T: PartialEq>(old: &'l [T], new: &'l [T]) -> Vec<Step<'l, T>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (
        old.get(head..).unwrap_or_default(),
        new.get(head..).unwrap_or_default(),
    );
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let middle = |rest: &'l [T]| rest.get(..rest.len() - tail).unwrap_or_default();
    let (a, b) = (middle(old_rest), middle(new_rest));
    let mut all: Vec<Step<'l, T>> = old.iter().take(head).map(Step::Same).collect();
    if a.len().saturating_mul(b.len()) > CELLS_MAX {
        all.extend(a.iter().map(Step::Old));
        all.extend(b.iter().map(Step::New));
    } else {
        common(a, b, &mut all);
    }
    all.extend(old.iter().skip(old.len() - tail).map(Step::Same));
    all
}

fn common<'l, T: PartialEq>(a: &'l [T], b: &'l [T], all: &mut Vec<Step<'l, T>>) {
    let width = b.len() + 1;
    let mut table = vec![0u32; (a.len() + 1) * width];
    let cell = |table: &[u32], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let best = if x == y {
                cell(&table, i + 1, j + 1) + 1
            } else {
                cell(&table, i + 1, j).max(cell(&table, i, j + 1))
            };
            if let Some(place) = table.get_mut(i * width + j) {
                *place = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if x == y {
            all.push(Step::Same(x));
            (i, j) = (i + 1, j + 1);
        } else if cell(&table, i + 1, j) >= cell(&table, i, j + 1) {
            all.push(Step::Old(x));
            i += 1;
        } else {
            all.push(Step::New(y));
            j += 1;
        }
    }
    all.extend(a.iter().skip(i).map(Step::Old));
    all.extend(b.iter().skip(j).map(Step::New));
}
