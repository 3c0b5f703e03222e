//! Every program of the corpus, the language page's examples among them, parses without a problem.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test may fail by panicking"
)]

use journey_grammar::{parse_chunk, split, tokens, tree::DeclKind};

pub fn corpus() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files
        .iter()
        .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn the_corpus_parses_without_a_problem() {
    let mut bad = String::new();
    for (name, text) in corpus() {
        for chunk in split(&text) {
            let own = &text[chunk.start as usize..chunk.end as usize];
            let parsed = parse_chunk(own);
            assert!(
                !matches!(
                    parsed.decl.as_ref().map(|d| &d.kind),
                    Some(DeclKind::Broken)
                ),
                "{name}: {own}"
            );
            for problem in parsed.problems {
                let line = text[..chunk.start as usize + problem.span.start as usize]
                    .lines()
                    .count();
                bad += &format!("{name}:{line}: {} {}\n", problem.code, problem.message);
            }
        }
    }
    assert!(bad.is_empty(), "{bad}");
}

#[test]
fn tokens_and_chunks_cover_the_text() {
    for (_, text) in corpus() {
        let all: String = tokens(&text)
            .iter()
            .map(|token| token.text(&text))
            .collect();
        assert_eq!(all, text);
        let cut: String = split(&text)
            .iter()
            .map(|c| &text[c.start as usize..c.end as usize])
            .collect();
        assert_eq!(cut, text);
    }
}

/// The corpus shows every phrase of the language at least once.
#[test]
fn the_corpus_uses_every_rule() {
    let mut used = std::collections::BTreeSet::new();
    for (_, text) in corpus() {
        used.extend(journey_grammar::rules_used(&text).into_keys());
    }
    let unused: Vec<String> = journey_grammar::rule_names()
        .into_iter()
        .filter(|name| !used.contains(name))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}
