//! Any bytes as a text: the canonical form is a form of the same tokens and comments, is canonical itself,
//! and has the same problems. Compared by tokens here, by the grammar's rules in the formatter: two ways.

use journey_grammar::{Kind, format, parse_chunk, split, tokens};

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let once = format(&text).unwrap_or_else(|problem| panic!("{}\n{text}", problem.message));
    assert_eq!(
        said(&once),
        said(&text),
        "formatting says something else:\n{once}"
    );
    assert_eq!(
        problems(&once),
        problems(&text),
        "formatting changes what is wrong:\n{once}"
    );
    let twice = format(&once).unwrap_or_else(|problem| panic!("{}\n{once}", problem.message));
    assert_eq!(twice, once, "formatted twice, it differs");
}

/// Tokens but commas, and comments, in order.
fn said(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut words, mut comments) = (Vec::new(), Vec::new());
    for token in tokens(text) {
        match token.kind {
            Kind::Space | Kind::Comma => {}
            Kind::Comment | Kind::Doc => comments.push(token.text(text).trim_end()),
            // blanks at a line's end go, also behind a text that the line leaves open
            _ => words.push(token.text(text).trim_end()),
        }
    }
    (words, comments)
}

fn problems(text: &str) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for chunk in split(text) {
        let own = text.get(chunk.start as usize..chunk.end as usize);
        let parsed = parse_chunk(own.unwrap_or_default());
        codes.extend(parsed.problems.iter().map(|problem| problem.code));
    }
    codes
}
