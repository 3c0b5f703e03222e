//! Diagnostics as JUnit XML: a test case a file, which fails by its errors, and by its warnings where they are
//! denied.

use super::{Places, message};
use crate::testing::report::escaped;
use journey_compiler::diagnostics::{Diagnostic, Severity};
use std::collections::BTreeSet;
use std::fmt::Write;

pub(super) fn report(
    diagnostics: &[Diagnostic],
    places: &Places<'_>,
    files: &[&str],
    deny_warnings: bool,
) -> String {
    let fails = |problem: &&Diagnostic| match problem.severity {
        Severity::Error => true,
        Severity::Warning => deny_warnings,
        Severity::Note => false,
    };
    let failures: Vec<&Diagnostic> = diagnostics.iter().filter(fails).collect();
    let with_failures = failures.iter().map(|problem| problem.at.file.as_str());
    let cases: BTreeSet<&str> = files.iter().copied().chain(with_failures.clone()).collect();
    let failed = with_failures.collect::<BTreeSet<_>>().len();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{0}\" failures=\"{failed}\">\n\
         <testsuite name=\"journey check\" tests=\"{0}\" failures=\"{failed}\">\n",
        cases.len()
    );
    for file in cases {
        let path = escaped(&places.path(file));
        let open = format!("<testcase name=\"{path}\" classname=\"check\" file=\"{path}\"");
        let own: Vec<_> = failures.iter().filter(|p| p.at.file == file).collect();
        if own.is_empty() {
            let _ = writeln!(out, "{open}/>");
            continue;
        }
        let _ = writeln!(out, "{open}>");
        for problem in own {
            let (line, column) = places.region(&problem.at).start;
            let _ = writeln!(
                out,
                "<failure type=\"{}\" message=\"{}\">{path}:{line}:{column}</failure>",
                problem.code,
                escaped(&message(problem)),
            );
        }
        out.push_str("</testcase>\n");
    }
    out.push_str("</testsuite>\n</testsuites>\n");
    out
}
