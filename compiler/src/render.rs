//! Diagnostics as a picture for people. The one file that meets miette: a `Diagnostic` is shown to it as
//! its own kind of report, with our line index, so that a column counts characters and a report costs the
//! same at the end of a file as at its start.

use crate::diagnostics::{Diagnostic, Label, Location, Severity};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use std::collections::BTreeMap;
use std::fmt;

/// Columns of a report.
const WIDTH: usize = 100;

/// So many are drawn; the rest is counted.
const SHOWN_MAX: usize = 100;

/// More of a file than this is not drawn for one diagnostic: a line can be a whole file.
const PICTURE_MAX_BYTES: usize = 8 * 1024;

/// All of them below each other, each ended by an empty line; past the first hundred only their number.
pub fn text(
    diagnostics: &[Diagnostic],
    sources: &BTreeMap<String, String>,
    coloured: bool,
) -> String {
    let theme = if coloured {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_links(false);
    let files: BTreeMap<&str, File<'_>> = sources
        .iter()
        .map(|(name, text)| (name.as_str(), File::new(name, text)))
        .collect();
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN_MAX) {
        let report = Report::new(diagnostic, &files);
        if handler.render_report(&mut out, &report).is_err() {
            out.push_str(&diagnostic.message);
        }
        out.push('\n');
    }
    let hidden = diagnostics.len().saturating_sub(SHOWN_MAX);
    if hidden > 0 {
        out.push_str(&format!("… and {hidden} more\n\n"));
    }
    out
}

/// A file's text and where its lines begin.
#[derive(Debug)]
struct File<'t> {
    name: &'t str,
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> File<'t> {
    fn new(name: &'t str, text: &'t str) -> Self {
        let ends = text
            .bytes()
            .enumerate()
            .filter(|(_, b)| *b == b'\n')
            .map(|(i, _)| i + 1);
        Self {
            name,
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The line that holds a byte, from 0.
    fn line(&self, byte: usize) -> usize {
        self.starts
            .partition_point(|s| *s <= byte)
            .saturating_sub(1)
    }

    /// Whether the lines of these places are no monster.
    fn can_draw<'l>(&self, mut places: impl Iterator<Item = &'l Location>) -> bool {
        places.all(|at| {
            let (start, end) = (at.start as usize, at.end as usize);
            let first = self.start_of(self.line(start).saturating_sub(1));
            let last = self.start_of(self.line(end) + 2);
            end <= self.text.len() && last.saturating_sub(first) <= PICTURE_MAX_BYTES
        })
    }

    fn start_of(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }
}

impl SourceCode for File<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let begin = span.offset();
        let end = begin + span.len();
        if end > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (first, last) = (
            self.line(begin).saturating_sub(before),
            self.line(end) + after,
        );
        let (from, to) = (self.start_of(first), self.start_of(last + 1));
        let own = self.start_of(self.line(begin));
        // asked without context it is for the header: there a column counts characters
        let column = match self.text.get(own..begin) {
            Some(text) if before == 0 => text.chars().count(),
            _ => 0,
        };
        let bytes = self.text.as_bytes().get(from..to).unwrap_or(&[]);
        let place = (from, to.saturating_sub(from)).into();
        let lines = last + 1 - first;
        let name = self.name.to_owned();
        let contents = MietteSpanContents::new_named(name, bytes, place, first, column, lines);
        Ok(Box::new(contents))
    }
}

/// A diagnostic as miette wants to see it.
struct Report<'d> {
    severity: Severity,
    code: Option<&'d str>,
    message: String,
    help: Option<String>,
    file: Option<&'d File<'d>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Report<'d>>,
}

impl<'d> Report<'d> {
    fn new(d: &'d Diagnostic, files: &'d BTreeMap<&str, File<'d>>) -> Self {
        let here = |l: &&Label| l.at.file == d.at.file;
        let mut labels = vec![LabeledSpan::new_primary_with_span(None, span(&d.at))];
        let others = d.labels.iter().filter(here);
        labels
            .extend(others.map(|l| LabeledSpan::new_with_span(Some(l.text.clone()), span(&l.at))));
        let fixes = d.fix.iter().chain(&d.alternative);
        let fixes = fixes.map(|f| format!("quick fix: {}", f.title));
        let help: Vec<String> = d.help.iter().cloned().chain(fixes).collect();
        let help = (!help.is_empty()).then(|| help.join("\n"));
        let file = files.get(d.at.file.as_str());
        let places = std::iter::once(&d.at).chain(d.labels.iter().map(|l| &l.at));
        let file = file.filter(|file| file.can_draw(places));
        Self {
            severity: d.severity,
            code: Some(d.code),
            message: match file {
                Some(_) => d.message.clone(),
                None => format!("{}: {}", place(&d.at, files), d.message),
            },
            help,
            file,
            labels,
            related: d.related.iter().map(|l| Self::note(l, files)).collect(),
        }
    }

    /// A place in another file.
    fn note(label: &'d Label, files: &'d BTreeMap<&str, File<'d>>) -> Self {
        Self {
            severity: Severity::Note,
            code: None,
            message: label.text.clone(),
            help: None,
            file: files.get(label.at.file.as_str()),
            labels: vec![LabeledSpan::new_primary_with_span(None, span(&label.at))],
            related: Vec::new(),
        }
    }
}

/// Where it is, for what is not drawn.
fn place(at: &Location, files: &BTreeMap<&str, File<'_>>) -> String {
    match files.get(at.file.as_str()) {
        Some(file) => format!("{}:{}", at.file, file.line(at.start as usize) + 1),
        None => at.file.clone(),
    }
}

fn span(at: &Location) -> SourceSpan {
    (at.start as usize, at.end.saturating_sub(at.start) as usize).into()
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|c| Box::new(c) as Box<dyn fmt::Display>)
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.file.map(|f| f as &dyn SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.file?;
        Some(Box::new(self.labels.iter().cloned()))
    }
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(
            self.related.iter().map(|r| r as &dyn miette::Diagnostic),
        ))
    }
}
