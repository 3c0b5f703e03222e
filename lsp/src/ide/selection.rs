//! What grows around a place: the word, its expressions, its brackets, its declaration, the file.

use super::Project;
use journey_compiler::check_decl;
use journey_grammar::{Kind, tokens};
use std::collections::BTreeSet;

/// `textDocument/selectionRange`: from the smallest on, each inside of the next.
pub fn around(project: &Project, path: &str, byte: u32) -> Vec<(u32, u32)> {
    let text = project.text(path).unwrap_or_default();
    let whole = (0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let mut spans = BTreeSet::from([whole]);
    if let Some(here) = project.at(path, byte) {
        let own = here.chunk.text(&project.db);
        let span = here.decl.span.shifted(here.offset);
        spans.insert((span.start, span.end));
        let checked = check_decl(&project.db, project.workspace, here.chunk);
        let nodes = checked.spans.iter().map(|span| span.shifted(here.offset));
        spans.extend(nodes.map(|span| (span.start, span.end)));
        let mut open: Vec<u32> = Vec::new();
        for token in tokens(own) {
            let (start, end) = (token.start + here.offset, token.end + here.offset);
            match token.kind {
                Kind::LBrace | Kind::LBracket | Kind::LParen => open.push(start),
                Kind::RBrace | Kind::RBracket | Kind::RParen => {
                    if let Some(begin) = open.pop() {
                        spans.insert((begin, end));
                        spans.insert((begin + 1, start));
                    }
                }
                kind if !kind.is_trivia() => {
                    spans.insert((start, end));
                }
                _ => {}
            }
        }
    }
    let mut around: Vec<(u32, u32)> = spans
        .into_iter()
        .filter(|(start, end)| *start <= byte && byte <= *end && start < end)
        .collect();
    around.sort_by_key(|(start, end)| (end - start, *start));
    let mut nested: Vec<(u32, u32)> = Vec::new();
    for span in around {
        let holds = nested
            .last()
            .is_none_or(|last| span.0 <= last.0 && last.1 <= span.1);
        if holds && nested.last() != Some(&span) {
            nested.push(span);
        }
    }
    nested
}
