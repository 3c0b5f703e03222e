//! Diagnostics of one document, for both ways of asking: pulled by `textDocument/diagnostic`, or pushed.

use crate::convert::Lines;
use crate::documents::{Documents, View};
use gen_lsp_types::{
    Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Message, Uri,
};
use journey_compiler::diagnostics::{self, Label, Severity};

pub fn of(documents: &Documents, uri: &Uri) -> Vec<Diagnostic> {
    let view = documents.view(uri);
    let file = view
        .uris
        .iter()
        .find(|(_, u)| *u == uri)
        .map(|(file, _)| file.as_str());
    let Some(file) = file else { return Vec::new() };
    let Some(text) = view.texts.get(file) else {
        return Vec::new();
    };
    let lines = Lines::of(text, &documents.encoding);
    let all = journey_compiler::check(&view.db, view.workspace);
    let here = all.into_iter().filter(|d| d.at.file == file);
    here.map(|d| converted(documents, &view, &lines, &d))
        .collect()
}

fn converted(
    documents: &Documents,
    view: &View,
    lines: &Lines<'_>,
    d: &diagnostics::Diagnostic,
) -> Diagnostic {
    let message = match &d.help {
        Some(help) => format!("{}\n{help}", d.message),
        None => d.message.clone(),
    };
    let places = d.labels.iter().chain(&d.related);
    let related: Vec<_> = places.filter_map(|l| place(documents, view, l)).collect();
    Diagnostic {
        range: lines.range(d.at.start, d.at.end),
        severity: Some(match d.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
            Severity::Note => DiagnosticSeverity::Information,
        }),
        code: Some(Code::String(d.code.to_owned())),
        code_description: None,
        source: Some("journey".to_owned()),
        message: Message::String(message),
        tags: None,
        related_information: if related.is_empty() {
            None
        } else {
            Some(related)
        },
        data: None,
    }
}

fn place(
    documents: &Documents,
    view: &View,
    label: &Label,
) -> Option<DiagnosticRelatedInformation> {
    let uri = view.uris.get(&label.at.file)?.clone();
    let text = view.texts.get(&label.at.file)?;
    let range = Lines::of(text, &documents.encoding).range(label.at.start, label.at.end);
    let location = Location { uri, range };
    Some(DiagnosticRelatedInformation {
        location,
        message: label.text.clone(),
    })
}
