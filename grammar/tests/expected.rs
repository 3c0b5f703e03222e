//! What an editor may offer: the places are marked with `‸`.

#![expect(clippy::expect_used, reason = "a test may fail by panicking")]

use journey_grammar::expected_at;

/// The most wanted place and the words that it offers.
fn at(marked: &str) -> (Vec<String>, Vec<&'static str>) {
    let offset = marked.find('‸').expect("the text has a mark");
    let text = marked.replace('‸', "");
    let found = expected_at(&text, u32::try_from(offset).expect("the text is short"));
    let words = found
        .iter()
        .flat_map(|expected| expected.words)
        .copied()
        .collect();
    (
        found.into_iter().map(|expected| expected.place).collect(),
        words,
    )
}

#[test]
fn labels_say_what_may_come() {
    let first = |marked: &str| at(marked).0.into_iter().next().unwrap_or_default();
    assert_eq!(first("journey j { wait 2 ‸"), "unit");
    assert_eq!(first("journey j { wait 2 mi‸ } event e { }"), "unit");
    assert_eq!(first("journey j { wait ‸"), "duration");
    assert_eq!(first("journey j { send s = ‸"), "message");
    assert_eq!(first("journey j { send s = m(1) by ‸"), "channel");
    assert_eq!(first("journey j { if ‸"), "expr");
    assert_eq!(first("audience a = b and ‸"), "expr");
    assert_eq!(first("event e { total: ‸"), "type");
    assert_eq!(first("const a ‸"), "assign");
    assert_eq!(first("journey j { enter ‸"), "enter");
    assert_eq!(first("journey j { exit on ‸"), "event");
    assert_eq!(first("event e { } // ‸"), "");
}

#[test]
fn blocks_say_which_words_begin_a_line() {
    assert!(at("‸").1.contains(&"journey"));
    assert!(at("event e { }\n\njour‸").1.contains(&"journey"));
    assert!(at("journey j { ‸").1.contains(&"enter"));
    assert!(at("journey j { if a { ‸").1.contains(&"wait"));
    assert!(at("channel c { ‸").1.contains(&"deliver"));
    assert!(at("test \"t\" { exp‸").1.contains(&"expect"));
}
