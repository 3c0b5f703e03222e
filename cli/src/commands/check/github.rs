//! Diagnostics as GitHub's workflow commands: annotations on the lines of a change.

use super::{Places, message};
use journey_compiler::diagnostics::{Diagnostic, Severity};
use std::fmt::Write;

pub(super) fn commands(diagnostics: &[Diagnostic], places: &Places<'_>) -> String {
    let mut out = String::new();
    for problem in diagnostics {
        let command = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let region = places.region(&problem.at);
        let _ = writeln!(
            out,
            "::{command} file={},line={},endLine={},col={},endColumn={},title={}::{}",
            property(&places.path(&problem.at.file)),
            region.start.0,
            region.end.0,
            region.start.1,
            region.end.1,
            problem.code,
            data(&message(problem)),
        );
    }
    out
}

/// A line's text: what would end it is escaped.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's text: what would end it, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
