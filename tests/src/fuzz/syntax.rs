//! Any bytes as a text: tokens lose nothing, pieces cover the file, and parsing ends with problems that lie
//! inside of their piece, twice the same.

use journey_grammar::{Kind, parse_chunk, split, tokens};

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut at = 0;
    for token in tokens(&text) {
        assert_eq!(token.start, at, "a gap before a token");
        // what a line leaves open may be closed by a token of its own
        let empty = token.kind == Kind::TailUnclosed;
        assert!(token.end > token.start || empty, "an empty token at {at}");
        assert!(
            text.is_char_boundary(token.end as usize),
            "half a character at {at}"
        );
        at = token.end;
    }
    assert_eq!(at as usize, text.len(), "the tokens end too early");
    let mut at = 0;
    for chunk in split(&text) {
        assert_eq!(chunk.start, at, "a gap before a declaration");
        at = chunk.end;
        let own = text.get(chunk.start as usize..chunk.end as usize);
        one(own.expect("a piece ends between characters"));
    }
    assert_eq!(at as usize, text.len(), "the pieces end too early");
}

fn one(text: &str) {
    let parsed = parse_chunk(text);
    let mut before = 0;
    for problem in &parsed.problems {
        let (start, end) = (problem.span.start, problem.span.end);
        let inside = text.get(start as usize..end as usize).is_some();
        assert!(inside, "`{}` lies outside: {start}..{end}", problem.code);
        assert!(before <= start, "problems are not in order");
        before = start;
        for (at, _) in problem.fix.iter().flat_map(|fix| &fix.edits) {
            let inside = text.get(at.start as usize..at.end as usize).is_some();
            assert!(inside, "the fix of `{}` lies outside", problem.code);
        }
    }
    if let Some(decl) = &parsed.decl {
        let inside = text.get(decl.span.start as usize..decl.span.end as usize);
        assert!(inside.is_some(), "the declaration lies outside");
    }
    assert_eq!(parsed, parse_chunk(text), "parsed twice, it differs");
}
