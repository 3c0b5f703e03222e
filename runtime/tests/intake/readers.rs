//! Hostile and broken inputs: cut off, too long, too deep, not UTF-8, a stray quote.

use crate::shop::{self, told};
use journey_program::plan::SourceFormat;
use journey_runtime::intake::reader::{Body, ReadErrorKind, Reader};
use std::io::Write;

const ORDER: &str = r#"{"type":"order_cancelled","ids":{"user_id":"u1"},"data":{"order_id":"o1"}}"#;

fn bodies(input: &[u8], format: SourceFormat) -> Vec<String> {
    let mut reader = Reader::open(input, "", format).unwrap();
    let mut out = Vec::new();
    loop {
        match reader.next() {
            Ok(None) => return out,
            Ok(Some(record)) => out.push(match record.body {
                Body::Json(text) | Body::Text(text) => text.trim().to_string(),
                Body::Row(row) => row.iter().collect::<Vec<_>>().join("|"),
                Body::Broken(reason, _) => format!("{}:{}", reason.name(), record.bytes.len()),
            }),
            Err(error) => {
                out.push(error.to_string());
                return out;
            }
        }
    }
}

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn plain_zstd_gzip_lines_and_arrays_are_the_same() {
    let lines = format!("{ORDER}\n\n  {ORDER}\r\n{ORDER}");
    let array = format!(" [ {ORDER} ,\n{ORDER},{ORDER} ] \n");
    for text in [lines, array] {
        let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
        for bytes in [text.clone().into_bytes(), zstd, gz(&text)] {
            assert_eq!(bodies(&bytes, SourceFormat::Json), [ORDER; 3]);
        }
    }
    assert!(bodies(b"", SourceFormat::Json).is_empty());
    assert!(bodies(b"[]", SourceFormat::Json).is_empty());
    assert!(bodies(b"\n \n", SourceFormat::Json).is_empty());
}

#[test]
fn a_file_cut_off_says_how_much_was_read() {
    let lines: String = (0..20_000)
        .map(|n| format!("{{\"type\":\"x\",\"id\":\"{}\"}}\n", n * 7919))
        .collect();
    for whole in [zstd::encode_all(lines.as_bytes(), 3).unwrap(), gz(&lines)] {
        let half = &whole[..whole.len() / 2];
        let mut reader = Reader::open(half, "", SourceFormat::Json).unwrap();
        let error = loop {
            match reader.next() {
                Ok(Some(record)) => assert!(matches!(record.body, Body::Json(_))),
                Ok(None) => panic!("it ended as if it were whole"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error.kind, ReadErrorKind::Truncated), "{error}");
        assert!(error.records > 1_000 && error.records == reader.position().records);
        let told = format!(
            "the compressed input is cut off ({} records were read before and are kept)",
            error.records
        );
        assert_eq!(error.to_string(), told);
        assert!(!matches!(reader.next(), Ok(Some(_))));
    }
    let error = Reader::open(&b"plain"[..], "events.jsonl.zst", SourceFormat::Json).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the input is named `.zst` but its bytes are not")
    );
}

#[test]
fn too_long_too_deep_not_utf8() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20));
    let input = format!("{ORDER}\n{long}\n{ORDER}\n");
    assert_eq!(
        bodies(input.as_bytes(), SourceFormat::Json),
        [ORDER, "too_long:4096", ORDER]
    );
    let input = format!("[{ORDER},{long},{ORDER}]");
    assert_eq!(
        bodies(input.as_bytes(), SourceFormat::Json),
        [ORDER, "too_long:4096", ORDER]
    );
    let deep = "[".repeat(500_000);
    let told = told(None, &format!("{{\"type\":{deep}\n{ORDER}\n"));
    assert!(
        told[0].contains("nested too deep") && told[1].starts_with("Event("),
        "{}",
        told[1]
    );
    let mut input = b"{\"type\":\"\xff\"}\n".to_vec();
    input.extend(ORDER.bytes());
    assert_eq!(bodies(&input, SourceFormat::Json), ["not_utf8:12", ORDER]);
    let rows = b"a,b\n1,\xff\n1,2\n";
    assert_eq!(bodies(rows, SourceFormat::Csv), ["not_utf8:3", "1|2"]);
    // one character, cut by a comma
    assert_eq!(
        bodies(b"a,b\n\xc3,\xa4\n1,2\n", SourceFormat::Csv),
        ["not_utf8:3", "1|2"]
    );
}

#[test]
fn arrays_that_break() {
    let end = "(1 records were read before and are kept)";
    for (input, told) in [
        (
            "[1",
            "the JSON array never ends (0 records were read before and are kept)".to_string(),
        ),
        ("[1,", format!("the JSON array never ends {end}")),
        ("[1]2", format!("text follows the JSON array {end}")),
        ("[1}", format!("the JSON array lacks a comma {end}")),
    ] {
        assert_eq!(
            bodies(input.as_bytes(), SourceFormat::Json).last(),
            Some(&told),
            "{input}"
        );
    }
}

#[test]
fn rows_that_break() {
    let csv = |text: &str| bodies(text.as_bytes(), SourceFormat::Csv);
    assert_eq!(
        csv("\u{feff}a,b\r\n\"x, \"\"y\"\"\",\"1\n2\"\r\n\r\n3,4"),
        ["x, \"y\"|1\n2", "3|4"]
    );
    assert_eq!(
        csv("a,b\n1\n1,2,3\n1,2\n"),
        ["ragged_row:1", "ragged_row:5", "1|2"]
    );
    assert_eq!(csv("a,b\n\"1,2\n3,4\n"), ["not_a_record:4", "3|4"]);
    let rows = "3,4\n".repeat(400_000);
    let taken = csv(&format!("a,b\n\"1,2\n{rows}"));
    assert_eq!(
        (taken.len(), taken[0].as_str()),
        (400_001, "not_a_record:4")
    );
    let long = "x".repeat(3 << 20);
    assert_eq!(
        csv(&format!("a,b\n{long},2\n3,4\n")),
        ["too_long:4096", "3|4"]
    );
    assert!(csv("").is_empty() && csv("a,b").is_empty());
    let mut reader = Reader::open(&b"a,b\n1,2\n"[..], "", SourceFormat::Csv).unwrap();
    assert_eq!(reader.columns(), ["a", "b"]);
    reader.next().unwrap();
    let position = reader.position();
    assert_eq!((position.bytes, position.records), (8, 1));
}

#[test]
fn a_csv_without_a_source_is_refused() {
    let program = shop::program();
    let mut intake = journey_runtime::intake::Intake::new(&program, None).unwrap();
    let mut reader = Reader::open(&b"a,b\n1,2\n"[..], "", SourceFormat::Csv).unwrap();
    let taken = intake.next(&mut reader, 0).unwrap().unwrap();
    assert!(format!("{taken:?}").contains("it takes a source"));
}
