//! Diagnostics as JSON, one object a line: `--format json`. A stable format (the interface's page lists it).

use crate::diagnostics::{Diagnostic, Label, Location, Severity};
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
    line: usize,
    column: usize,
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

pub fn lines(diagnostics: &[Diagnostic], sources: &BTreeMap<String, String>) -> String {
    let index = Index::of(sources);
    let mut out = String::new();
    for d in diagnostics {
        let line = Line {
            code: d.code,
            severity: d.severity,
            message: &d.message,
            file: &d.at.file,
            span: index.span(&d.at),
            labels: index.notes(&d.labels),
            help: d.help.as_deref(),
            fix: d.fix.as_ref().map(|f| Fix {
                title: &f.title,
                edits: f
                    .edits
                    .iter()
                    .map(|(at, text)| Edit {
                        file: &at.file,
                        span: index.span(at),
                        text,
                    })
                    .collect(),
            }),
            related: index.notes(&d.related),
            url: format!("{PAGES}{}", d.code),
        };
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}

/// Where the lines of each file begin.
struct Index<'a> {
    files: BTreeMap<&'a str, (&'a str, Vec<usize>)>,
}

impl<'a> Index<'a> {
    fn of(sources: &'a BTreeMap<String, String>) -> Self {
        let starts = |text: &str| -> Vec<usize> {
            let ends = text
                .bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .map(|(i, _)| i + 1);
            std::iter::once(0).chain(ends).collect()
        };
        let file =
            |(name, text): (&'a String, &'a String)| (name.as_str(), (text.as_str(), starts(text)));
        Self {
            files: sources.iter().map(file).collect(),
        }
    }

    fn span(&self, at: &Location) -> Span {
        let (line, column) = match self.files.get(at.file.as_str()) {
            None => (1, 1),
            Some((text, starts)) => {
                let byte = (at.start as usize).min(text.len());
                let line = starts.partition_point(|s| *s <= byte).max(1);
                let start = starts.get(line - 1).copied().unwrap_or(0);
                (
                    line,
                    text.get(start..byte).map_or(0, |t| t.chars().count()) + 1,
                )
            }
        };
        Span {
            start: at.start,
            end: at.end,
            line,
            column,
        }
    }

    fn notes<'l>(&self, labels: &'l [Label]) -> Vec<Note<'l>> {
        let note = |l: &'l Label| Note {
            file: &l.at.file,
            span: self.span(&l.at),
            text: &l.text,
        };
        labels.iter().map(note).collect()
    }
}
