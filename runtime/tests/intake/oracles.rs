//! Two readers written here, held against two that others wrote; and no bytes make the intake panic.

use crate::shop;
use journey_program::plan::SourceFormat;
use journey_runtime::intake::json::{JSON_DEPTH_MAX, Json};
use journey_runtime::intake::reader::{Body, Broken, Reader};
use journey_runtime::intake::wanted::Wanted;
use proptest::prelude::*;

/// Pieces of JSON, right and wrong, in any order.
fn jsonish() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"\\n\\u00e4\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\x\"",
        "\"",
        "1",
        "-0",
        "0.5",
        "1e5",
        "1E+2",
        "01",
        "1.",
        ".5",
        "-",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\t",
        "ä",
        "\"ä\"",
        "\u{1}",
        "{\"a\":",
        "{\"a\":1}",
        "[1,2]",
        "\\",
        "\"\\\"\"",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

fn same(ours: &Json<'_>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Json::Null, serde_json::Value::Null) => true,
        (Json::Bool(a), serde_json::Value::Bool(b)) => a == b,
        (Json::Number(a), serde_json::Value::Number(b)) => a.parse::<f64>().ok() == b.as_f64(),
        (Json::Text(a), serde_json::Value::String(b)) => a == b,
        (Json::List(a), serde_json::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(_), serde_json::Value::Object(b)) => b
            .iter()
            .all(|(key, value)| ours.field(key).is_some_and(|ours| same(ours, value))),
        _ => false,
    }
}

/// What stands at `b.NAME`.
fn inside<'t>(tree: &'t Json<'t>, name: &str) -> Option<&'t Json<'t>> {
    tree.field("b").and_then(|b| b.field(name))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn json_is_what_serde_json_says(text in jsonish()) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match (Json::parse(&text), theirs) {
            (Ok(ours), Ok(theirs)) => {
                prop_assert!(same(&ours, &theirs), "{ours:?} {theirs:?}");
                let mut written = String::new();
                ours.write(&mut written);
                prop_assert_eq!(Json::parse(&written), Ok(ours));
            }
            (Err(_), Err(_)) => {}
            // what no double holds is still text here; its type refuses it
            (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => {}
            (ours, theirs) => prop_assert!(false, "{text:?}: {ours:?} {theirs:?}"),
        }
    }

    /// What is left out is as strictly looked at as what is kept, and what is kept is the same.
    #[test]
    fn what_nobody_wants_is_still_json(text in jsonish()) {
        let mut wanted = Wanted::default();
        for path in [&["a"][..], &["b", "c"], &["b", "a"]] {
            let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
            wanted.add(&path);
        }
        match (Json::parse(&text), Json::parse_wanted(&text, &wanted)) {
            (Ok(whole), Ok(part)) => {
                prop_assert_eq!(whole.field("a"), part.field("a"));
                for name in ["a", "c"] {
                    prop_assert_eq!(inside(&whole, name), inside(&part, name));
                }
            }
            (whole, part) => prop_assert_eq!(whole.err(), part.err()),
        }
    }

    #[test]
    fn rows_are_what_the_crate_csv_says(text in "[ab\",\nä ]{0,40}") {
        let input = format!("h,i\n{text}");
        let mut theirs = csv::ReaderBuilder::new().flexible(true).from_reader(input.as_bytes());
        let theirs: Vec<Vec<String>> = theirs
            .records()
            .map(|row| row.unwrap().iter().map(Into::into).collect())
            .collect();
        let mut reader = Reader::open(input.as_bytes(), "", SourceFormat::Csv).unwrap();
        let mut kept = theirs.iter();
        while let Some(record) = reader.next().unwrap() {
            // where a quote never closes the other takes all that follows: see `rows_that_break`
            if matches!(record.body, Body::Broken(_, Broken::Quote)) {
                return Ok(());
            }
            let Some(row) = kept.next() else { return Err(TestCaseError::fail("a row too many")) };
            match record.body {
                Body::Row(ours) => prop_assert_eq!(&ours.iter().collect::<Vec<_>>(), row),
                Body::Broken(..) => prop_assert_ne!(row.len(), 2),
                Body::Json(_) | Body::Text(_) => prop_assert!(false),
            }
        }
        prop_assert_eq!(kept.next(), None);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for source in [None, Some("web")] {
            feed(source, &bytes);
        }
        let mut rows = b"invoice,ts,customer_id,amount\n".to_vec();
        rows.extend(&bytes);
        feed(Some("till"), &rows);
        let mut zstd = vec![0x28, 0xB5, 0x2F, 0xFD];
        zstd.extend(&bytes);
        feed(None, &zstd);
    }

    #[test]
    fn no_envelope_makes_it_panic(text in jsonish(), data in jsonish(), at in "[-0-9T:Z+. ]{0,30}") {
        let line = format!(
            "{{\"type\":\"order_placed\",\"ids\":{{\"user_id\":\"u\"}},\"at\":\"{at}\",\"id\":{text},\"data\":{data}}}"
        );
        feed(None, line.as_bytes());
    }
}

fn feed(source: Option<&str>, bytes: &[u8]) {
    let program = shop::program();
    let mut intake = journey_runtime::intake::Intake::new(&program, source).unwrap();
    let Ok(mut reader) = Reader::open(bytes, "", intake.format()) else {
        return;
    };
    if intake.header(reader.columns()).is_err() {
        return;
    }
    while let Ok(Some(_)) = intake.next(&mut reader, 0) {}
}

#[test]
fn depth_is_bounded() {
    let nest = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::parse(&nest(JSON_DEPTH_MAX)).is_ok());
    let error = Json::parse(&nest(JSON_DEPTH_MAX + 1)).unwrap_err();
    assert_eq!(error.reason, "nested too deep");
}
