//! Diagnostics as JSON, one object a line: `--format json`. A stable format (the interface's page lists it).

use crate::diagnostics::{Diagnostic, Label, Location, Severity};
use crate::lines::Lines;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where a code's page stands.
const PAGES: &str = "https://journey-lang.org/diagnostics/";

#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: Severity,
    message: &'a str,
    file: &'a str,
    span: Span,
    labels: Vec<Note<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix<'a>>,
    related: Vec<Note<'a>>,
    url: String,
}

/// Bytes; line and column of the start from 1, the column in characters.
#[derive(Serialize)]
struct Span {
    start: u32,
    end: u32,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Note<'a> {
    file: &'a str,
    span: Span,
    text: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    file: &'a str,
    span: Span,
    text: &'a str,
}

/// Where the page of a code can be read.
pub fn page_url(code: &str) -> String {
    format!("{PAGES}{code}")
}

pub fn lines(diagnostics: &[Diagnostic], sources: &BTreeMap<String, String>) -> String {
    let places = Lines::of(sources);
    let mut out = String::new();
    for d in diagnostics {
        let line = Line {
            code: d.code,
            severity: d.severity,
            message: &d.message,
            file: &d.at.file,
            span: span(&places, &d.at),
            labels: notes(&places, &d.labels),
            help: d.help.as_deref(),
            fix: d.fix.as_ref().map(|f| Fix {
                title: &f.title,
                edits: f
                    .edits
                    .iter()
                    .map(|(at, text)| Edit {
                        file: &at.file,
                        span: span(&places, at),
                        text,
                    })
                    .collect(),
            }),
            related: notes(&places, &d.related),
            url: page_url(d.code),
        };
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}

fn span(lines: &Lines<'_>, at: &Location) -> Span {
    let (line, column) = lines.place(&at.file, at.start);
    Span {
        start: at.start,
        end: at.end,
        line,
        column,
    }
}

fn notes<'l>(lines: &Lines<'_>, labels: &'l [Label]) -> Vec<Note<'l>> {
    let note = |l: &'l Label| Note {
        file: &l.at.file,
        span: span(lines, &l.at),
        text: &l.text,
    };
    labels.iter().map(note).collect()
}
