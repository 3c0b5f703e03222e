//! Every question, asked in many places of every program that the project has; and places, counted in every way.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test that is wrong must stop"
)]

use gen_lsp_types::{Position, PositionEncodingKind, Uri};
use journey_grammar::tokens;
use journey_lsp::convert::Lines;
use journey_lsp::documents::Documents;
use journey_lsp::handlers::{Ask, Client, HANDLERS};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PLACES: usize = 3;

/// The sources of the corpus and the examples.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap();
    let mut found = Vec::new();
    let mut folders = vec![root.join("tests/corpus"), root.join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "journey") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 30, "the corpus is where it was");
    found
}

/// Refusals are answers; wrong parameters and failures are not.
fn refused(code: i32) -> bool {
    code == lsp_server::ErrorCode::RequestFailed as i32
}

#[test]
fn every_question_has_an_answer_everywhere() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let uri = Uri::from_file_path(&path).unwrap();
        let mut documents = Documents::new(None, PositionEncodingKind::UTF16);
        documents.opened(&uri, text.clone(), Some(1));
        let lines = Lines::of(&text, &PositionEncodingKind::UTF16);
        let words: Vec<u32> = tokens(&text)
            .iter()
            .filter(|token| !token.kind.is_trivia())
            .map(|token| token.start)
            .collect();
        let step = (words.len() / PLACES).max(1);
        let mut answered = 0;
        for byte in words.iter().step_by(step) {
            let at = lines.position(*byte);
            let params = json!({
                "textDocument": { "uri": uri },
                "position": at,
                "positions": [at],
                "range": { "start": at, "end": at },
                "newName": "some_fresh_name",
                "query": "a",
                "previousResultId": "",
                "context": { "includeDeclaration": true, "diagnostics": [] },
                "options": { "tabSize": 4, "insertSpaces": true },
                "item": { "uri": uri, "name": "nobody" },
            });
            for (method, handler) in HANDLERS {
                if *method == "workspace/executeCommand" {
                    continue;
                }
                let ask = Ask {
                    views: documents.view(&uri).into_iter().collect(),
                    encoding: PositionEncodingKind::UTF16,
                    client: Client::default(),
                    memory: Arc::default(),
                };
                match handler(&ask, &params) {
                    Ok(Value::Null) => {}
                    Ok(_) => answered += 1,
                    Err(failure) if refused(failure.code) => {}
                    Err(failure) => panic!("{}: {method}: {}", path.display(), failure.message),
                }
            }
        }
        assert!(answered > 25, "{}: {answered}", path.display());
    }
}

type Width = fn(char) -> usize;

/// The place of a byte, counted from the beginning, a character at a time.
fn counted(text: &str, byte: usize, width: Width) -> (usize, usize) {
    let (mut line, mut units) = (0, 0);
    for c in text[..byte].chars() {
        if c == '\n' {
            (line, units) = (line + 1, 0);
        } else {
            units += width(c);
        }
    }
    (line, units)
}

#[test]
fn places_are_counted_as_the_client_counts() {
    let texts = [
        "",
        "a",
        "é𝄞x\n𝄞",
        "one\ntwo\n\nthree é\u{2028}x",
        "\u{feff}b\n",
        "𝄞𝄞𝄞\né\n",
    ];
    let ways: [(PositionEncodingKind, Width); 3] = [
        (PositionEncodingKind::UTF8, char::len_utf8),
        (PositionEncodingKind::UTF16, char::len_utf16),
        (PositionEncodingKind::UTF32, |_| 1),
    ];
    for text in texts {
        for (encoding, width) in &ways {
            let lines = Lines::of(text, encoding);
            let places = text
                .char_indices()
                .map(|(byte, _)| byte)
                .chain([text.len()]);
            for byte in places.filter(|byte| !text[*byte..].starts_with('\n')) {
                let place = lines.position(u32::try_from(byte).unwrap());
                let (line, units) = counted(text, byte.min(text.len()), *width);
                let found = (place.line as usize, place.character as usize);
                assert_eq!(found, (line, units), "{text:?} {byte}");
                assert_eq!(lines.byte(place), byte, "{text:?} {encoding:?}");
            }
            let beyond = Position {
                line: 4_000_000_000,
                character: 7,
            };
            assert_eq!(lines.byte(beyond), text.len());
        }
    }
}
