//! Verdicts as text for people, one JSON object a test, or JUnit XML.

use super::Verdict;
use serde::Serialize;
use std::fmt::Write;

pub fn text(verdicts: &[Verdict]) -> String {
    let mut out = String::new();
    for verdict in verdicts {
        let mark = if verdict.failures.is_empty() {
            "ok    "
        } else {
            "FAILED"
        };
        let _ = writeln!(out, "{mark} {}", verdict.title);
        for missed in &verdict.failures {
            let _ = writeln!(
                out,
                "\n  {}:{}: {}",
                verdict.file, missed.line, missed.source
            );
            let _ = writeln!(out, "  {}", missed.message);
        }
        if !verdict.failures.is_empty() {
            out.push_str("\n  what happened:\n");
            for line in &verdict.timeline {
                let _ = writeln!(out, "    {line}");
            }
            out.push('\n');
        }
    }
    let failed = verdicts.iter().filter(|v| !v.failures.is_empty()).count();
    let _ = writeln!(out, "{} passed, {failed} failed", verdicts.len() - failed);
    out
}

#[derive(Serialize)]
struct Line<'a> {
    test: &'a str,
    file: &'a str,
    line: u32,
    passed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Failed<'a> {
    line: u32,
    expectation: &'a str,
    message: &'a str,
}

pub fn json(verdicts: &[Verdict]) -> String {
    let mut out = String::new();
    for verdict in verdicts {
        let failed = verdict.failures.iter();
        let failures = failed
            .map(|m| Failed {
                line: m.line,
                expectation: &m.source,
                message: &m.message,
            })
            .collect();
        let line = Line {
            test: &verdict.title,
            file: &verdict.file,
            line: verdict.line,
            passed: verdict.failures.is_empty(),
            failures,
        };
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}

pub fn junit(verdicts: &[Verdict]) -> String {
    let failed = verdicts.iter().filter(|v| !v.failures.is_empty()).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{0}\" failures=\"{failed}\">\n\
         <testsuite name=\"journey\" tests=\"{0}\" failures=\"{failed}\">\n",
        verdicts.len()
    );
    for verdict in verdicts {
        let (title, file) = (escaped(&verdict.title), escaped(&verdict.file));
        let open = format!(
            "<testcase name=\"{title}\" classname=\"{file}\" file=\"{file}\" line=\"{}\"",
            verdict.line
        );
        if verdict.failures.is_empty() {
            let _ = writeln!(out, "{open}/>");
            continue;
        }
        let _ = writeln!(out, "{open}>");
        for missed in &verdict.failures {
            let message = escaped(&missed.message);
            let source = escaped(&missed.source);
            let _ = writeln!(
                out,
                "<failure message=\"{message}\">{file}:{}: {source}</failure>",
                missed.line
            );
        }
        out.push_str("</testcase>\n");
    }
    out.push_str("</testsuite>\n</testsuites>\n");
    out
}

/// XML text: control characters that XML 1.0 cannot hold become spaces.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
