//! Any bytes as an input of JSON (lines, an array, any record): each record is taken or becomes a dead letter
//! that holds it, however the bytes arrive; through the canonical envelope and through a source.

use journey_cli::compile;
use journey_compiler::load::{File, MANIFEST, project};
use journey_compiler::{Database, checked};
use journey_program::plan::Program;
use journey_runtime::input::Input;
use journey_runtime::intake::json::Json;
use journey_runtime::intake::reader::{ReadError, Reader};
use journey_runtime::intake::{Intake, Taken};
use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::sync::{Arc, OnceLock};

const ARRIVED: i64 = 1_780_000_000_000;
const TOML: &str = "[project]\nname = \"a\"\nversion = \"1.0.0\"\nedition = \"2026\"\ntimezone = \"Europe/London\"\n";

/// A program with a field of every type, a source of JSON and one of CSV.
pub fn program() -> &'static Arc<Program> {
    static PROGRAM: OnceLock<Arc<Program>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let text = include_str!("intake.journey");
        let db = Database::default();
        let files = vec![File::new(MANIFEST, TOML), File::new("a.journey", text)];
        let workspace = project(&db, files);
        let program = checked(&db, workspace).expect("the program of the fuzz target checks");
        let sources = BTreeMap::from([("a.journey".to_owned(), text.to_owned())]);
        Arc::new(compile::plan(&program, &sources).expect("and is a plan"))
    })
}

/// What became of an input.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub inputs: Vec<Input>,
    pub dead: Vec<String>,
    pub records: u64,
    pub error: Option<String>,
}

/// All records of an input that arrives in pieces of so many bytes.
pub fn read(bytes: &[u8], source: Option<&str>, piece: usize) -> Outcome {
    let mut intake = Intake::new(program(), source).expect("the source is there");
    let format = intake.format();
    let mut done = Outcome {
        inputs: Vec::new(),
        dead: Vec::new(),
        records: 0,
        error: None,
    };
    let input = BufReader::with_capacity(piece.max(1), Slow { bytes, piece });
    let mut reader = match Reader::open(input, "", format) {
        Ok(reader) => reader,
        Err(error) => return done.failed(&error),
    };
    if intake.header(reader.columns()).is_err() {
        return done;
    }
    loop {
        match intake.next(&mut reader, ARRIVED) {
            Ok(None) => break,
            Ok(Some(Taken::Input(input))) => done.inputs.push(input),
            Ok(Some(Taken::DeadLetter(letter))) => done.dead.push(letter.to_json()),
            Err(error) => {
                done = done.failed(&error);
                break;
            }
        }
    }
    done.records = reader.position().records;
    let taken = done.inputs.len() + done.dead.len();
    assert_eq!(taken as u64, done.records, "a record is lost");
    for letter in &done.dead {
        // serde_json has no number beyond a double, and a record may
        let value = Json::parse(letter).expect("a dead letter is JSON");
        let whole = value.field("raw").is_some() && value.field("message").is_some();
        assert!(whole, "{letter}");
    }
    done
}

impl Outcome {
    fn failed(mut self, error: &ReadError) -> Self {
        self.error = Some(error.to_string());
        self
    }
}

/// An input that never gives more than a few bytes at once.
struct Slow<'b> {
    bytes: &'b [u8],
    piece: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.piece.min(into.len()).min(self.bytes.len());
        into[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

pub fn run(bytes: &[u8]) {
    for source in [None, Some("web")] {
        let whole = read(bytes, source, bytes.len());
        assert_eq!(
            read(bytes, source, 61),
            whole,
            "it depends on how the bytes arrive"
        );
        naive(bytes, &whole);
    }
}

/// Lines are counted a second time, where the input is lines.
fn naive(bytes: &[u8], whole: &Outcome) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let packed = bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || bytes.starts_with(&[0x1f, 0x8b]);
    if packed || bytes.trim_ascii_start().first() == Some(&b'[') {
        return;
    }
    let lines = bytes.split(|byte| *byte == b'\n');
    let count = lines.filter(|line| !line.trim_ascii().is_empty()).count();
    assert_eq!(count as u64, whole.records, "lines and records");
    assert!(whole.error.is_none(), "{:?}", whole.error);
}

pub fn seeds() -> Vec<Vec<u8>> {
    let order = r#"{"type":"order_placed","id":"e-17","at":"2026-01-05T10:00:00Z","ids":{"user_id":"u1"},"data":{"order_id":"o1","total":80.00,"items":[{"sku":"a","price":"1.25"},{"sku":"b","price":{"amount":"2","currency":"EUR"},"gift":null}],"score":3,"ratio":1e-3,"sold_on":"2026-02-28","opens":"09:30","lasts":"PT1H","renews":"P1M","zone":"Europe/London","tier":"gold","when_sent":"2026-01-05T10:00:00.5+01:00"}}"#;
    let profile = r#"{"type":"profile","id":"e-18","at":"2026-01-05T10:00:00Z","ids":{"user_id":"u1"},"data":{"email":"a@example.com","tier":"gold","seen":"2026-01-05T10:00:00Z","extra":1}}"#;
    let rest = [
        r#"{"type":"ping","ids":{"user_id":"u1"},"data":{}}"#,
        r#"{"type":"ping","ids":{"user_id":7},"data":{"n":12345678901234567890}}"#,
        r#"{"type":"@clock","at":"2026-02-01T00:00:00Z"}"#,
        r#"{"type":"order","ts":"2026-01-05 10:00","id":"o","revenue":"80","products":[],"user":{"id":"u"}}"#,
        r#"{"n":"7","user":{"id":"u"}}"#,
    ];
    let lines = [order, profile, rest[0], rest[1], rest[2]].join("\n");
    let array = format!("[{order},\n {profile} , {}]", rest[3]);
    let mut seeds = vec![lines.into_bytes(), array.into_bytes()];
    seeds.extend(rest.map(|line| line.as_bytes().to_vec()));
    seeds.push(order.as_bytes().to_vec());
    seeds
}
