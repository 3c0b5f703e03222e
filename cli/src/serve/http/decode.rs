//! A body → inputs for the engine, record by record, or the reason why one is refused. Each record is held
//! against the limits before it is read; a body that is no JSON at all is refused as a whole.

use super::answer::Answer;
use crate::serve::config::Limits;
use journey_program::plan::{Program, SourceFormat};
use journey_runtime::input::Input;
use journey_runtime::intake::dead::DeadLetter;
use journey_runtime::intake::json::Json;
use journey_runtime::intake::reader::{Body, Reader, Record};
use journey_runtime::intake::{Intake, Taken};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::xxh3_128;

/// How Segment's API was called: with one object, always.
#[derive(Clone, Copy, Debug)]
pub struct Called<'c> {
    pub source: &'c str,
    /// what a call is that does not say so; empty: it has to
    pub kind: &'c str,
}

/// One record of a request.
#[derive(Debug, PartialEq)]
pub struct Item {
    /// its place in the request, from 0
    pub index: usize,
    pub taken: Result<Input, Refused>,
}

/// Why a record is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub reason: &'static str,
    pub message: String,
    pub field: Option<String>,
    /// its line among the dead letters
    pub letter: String,
}

/// Reads by the canonical envelope and by the program's sources. What reads is kept for the next request.
#[derive(Debug)]
pub struct Decoder {
    program: &'static Program,
    idle: Mutex<BTreeMap<Option<String>, Vec<Intake<'static>>>>,
    fresh: AtomicU64,
}

const IDLE_MAX: usize = 16;
const BOM: &[u8] = b"\xEF\xBB\xBF";
const NOT_JSON: &str = "the body is no JSON: an object, an array of them, or one a line";

impl Decoder {
    pub fn new(program: &'static Program) -> Self {
        Self {
            program,
            idle: Mutex::default(),
            fresh: AtomicU64::new(0),
        }
    }

    pub fn program(&self) -> &'static Program {
        self.program
    }

    /// The program's source that reads Segment's calls: the one that was named, or the only one.
    pub fn segment_source(&self, named: Option<&str>) -> Result<&'static str, String> {
        let of_segment = self.program.sources.iter();
        let of_segment = of_segment.filter(|plan| plan.format == SourceFormat::Segment);
        let all: Vec<&str> = of_segment.map(|plan| plan.name.as_str()).collect();
        match (named, all.as_slice()) {
            (None, [only]) => Ok(only),
            (None, []) => Err("the program has no source `from segment`".to_owned()),
            (None, _) => Err(format!(
                "the program has several sources `from segment`, name one as `segment_source`: {}",
                all.join(", ")
            )),
            (Some(name), _) => all
                .iter()
                .find(|known| **known == name)
                .copied()
                .ok_or_else(|| {
                    format!("the program has no source `{name}` that is `from segment`")
                }),
        }
    }

    /// All records of a body; `arrived` is now, in milliseconds.
    pub fn read(
        &self,
        body: &[u8],
        source: Option<Called<'_>>,
        limits: &Limits,
        arrived: i64,
    ) -> Result<Vec<Item>, Answer> {
        let records = split(body, source)?;
        let source = source.map(|called| called.source);
        if records.len() > limits.batch_items {
            let most = limits.batch_items;
            return Err(Answer::too_large(format!(
                "a request has at most {most} records"
            )));
        }
        let mut intake = self.intake(source)?;
        let mut items = Vec::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            match self.record(&mut intake, index, record, limits, arrived) {
                Ok(taken) => {
                    let taken = taken.into_iter();
                    items.extend(taken.map(|taken| Item { index, taken }));
                }
                Err((reason, message)) => {
                    let taken = Err(Refused::by(reason, message, record));
                    items.push(Item { index, taken });
                }
            }
        }
        self.keep(source, intake);
        Ok(items)
    }

    fn record(
        &self,
        intake: &mut Intake<'_>,
        index: usize,
        bytes: &[u8],
        limits: &Limits,
        arrived: i64,
    ) -> Result<Vec<Result<Input, Refused>>, (&'static str, String)> {
        let most = limits.event_bytes;
        if bytes.len() > most {
            return Err(("too_long", format!("an event has at most {most} bytes")));
        }
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|_| ("not_utf8", "the record is not UTF-8".to_owned()))?;
        let tree = Json::parse(text);
        let tree = tree.map_err(|e| {
            let message = format!("the record is not JSON: {} (byte {})", e.reason, e.at);
            ("not_a_record", message)
        })?;
        within(&tree, limits)?;
        let number = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1);
        let record = Record {
            number,
            bytes,
            body: Body::Json(text),
        };
        let named = is_named(&tree);
        let taken = intake.read(&record, arrived).into_iter();
        Ok(taken
            .map(|taken| self.taken(taken, named, arrived))
            .collect())
    }

    fn taken(&self, taken: Taken, named: bool, arrived: i64) -> Result<Input, Refused> {
        match taken {
            Taken::Input(Input::Clock(_)) => Err(Refused {
                reason: "unknown_type",
                message: "the clock of a server is its own".to_owned(),
                field: Some("type".to_owned()),
                letter: String::new(),
            }),
            Taken::Input(mut input) => {
                if !named {
                    self.name(&mut input, arrived);
                }
                Ok(input)
            }
            Taken::DeadLetter(letter) => Err(Refused::of(&letter)),
        }
    }

    /// A record that says neither what it is called nor when it happened is another one than its equal of before.
    fn name(&self, input: &mut Input, arrived: i64) {
        let number = self.fresh.fetch_add(1, Ordering::Relaxed);
        let fresh = |id: &str| {
            let hash = xxh3_128(format!("{arrived} {number} {id}").as_bytes());
            format!("{hash:032x}")
        };
        match input {
            Input::Event(event) => event.id = fresh(&event.id),
            Input::Profile(profile) => profile.id = fresh(&profile.id),
            Input::Consent(_) | Input::Erase(_) | Input::Clock(_) => {}
        }
    }

    fn intake(&self, source: Option<&str>) -> Result<Intake<'static>, Answer> {
        let idle = self.idle.lock().ok();
        let idle = idle.and_then(|mut idle| idle.get_mut(&source.map(str::to_owned))?.pop());
        match idle {
            Some(mut intake) => {
                intake.begin();
                Ok(intake)
            }
            None => Intake::new(self.program, source)
                .map_err(|e| Answer::bad("no_source", e.to_string())),
        }
    }

    fn keep(&self, source: Option<&str>, intake: Intake<'static>) {
        if let Ok(mut idle) = self.idle.lock() {
            let idle = idle.entry(source.map(str::to_owned)).or_default();
            if idle.len() < IDLE_MAX {
                idle.push(intake);
            }
        }
    }
}

impl Refused {
    fn of(letter: &DeadLetter) -> Self {
        Self {
            reason: letter.reason.name(),
            message: letter.message.clone(),
            field: letter.field.clone(),
            letter: letter.to_json(),
        }
    }

    fn by(reason: &'static str, message: String, record: &[u8]) -> Self {
        let raw = Json::Text(String::from_utf8_lossy(record));
        let fields = [
            ("reason", Json::Text(reason.into())),
            ("message", Json::Text(message.as_str().into())),
            ("raw", raw),
        ];
        let fields = fields.map(|(name, value)| (name.into(), value));
        let mut letter = String::new();
        Json::Object(fields.into()).write(&mut letter);
        Self {
            reason,
            letter,
            message,
            field: None,
        }
    }
}

/// The records of a body. What Segment sends as the `batch` of one object are records too.
fn split(body: &[u8], called: Option<Called<'_>>) -> Result<Vec<Vec<u8>>, Answer> {
    let not_json = || Answer::bad("not_json", NOT_JSON);
    let body = body.strip_prefix(BOM).unwrap_or(body).trim_ascii();
    if !matches!(body.first(), Some(b'{' | b'[')) {
        return Err(not_json());
    }
    if body.starts_with(b"{")
        && let Ok(text) = std::str::from_utf8(body)
        && let Ok(whole) = Json::parse(text)
    {
        return match (called, whole.field("batch"), whole.field("type")) {
            (Some(_), Some(Json::List(calls)), _) => Ok(calls.iter().map(written).collect()),
            (Some(called), None, None) if !called.kind.is_empty() => {
                let Json::Object(mut fields) = whole else {
                    return Err(not_json());
                };
                fields.push(("type".into(), Json::Text(called.kind.into())));
                Ok(vec![written(&Json::Object(fields))])
            }
            (Some(called), _, _) if called.kind.is_empty() => Err(no_batch()),
            (Some(_) | None, _, _) => Ok(vec![body.to_vec()]),
        };
    }
    if called.is_some() {
        return Err(not_json());
    }
    let reader = Reader::open(body, "", SourceFormat::Json);
    let mut reader = reader.map_err(|_| not_json())?;
    let mut records = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(record)) => records.push(record.bytes.to_vec()),
            Ok(None) => return Ok(records),
            Err(_) => return Err(not_json()),
        }
    }
}

fn no_batch() -> Answer {
    Answer::bad("not_json", "the body is an object with a `batch` of calls")
}

fn written(call: &Json<'_>) -> Vec<u8> {
    let mut text = String::new();
    call.write(&mut text);
    text.into_bytes()
}

/// Whether a record says what it is called, or when it happened.
fn is_named(record: &Json<'_>) -> bool {
    ["id", "at", "messageId", "timestamp"]
        .iter()
        .any(|name| !matches!(record.field(name), None | Some(Json::Null)))
}

/// Depth, keys and texts of a record.
fn within(record: &Json<'_>, limits: &Limits) -> Result<(), (&'static str, String)> {
    let (mut keys, mut left) = (0, vec![(record, 1)]);
    while let Some((value, depth)) = left.pop() {
        let long = |text: &str| text.len() > limits.string_bytes;
        let (mut too_long, mut inside) = (false, Vec::new());
        match value {
            Json::Text(text) | Json::Number(text) => too_long = long(text),
            Json::List(items) => inside.extend(items.iter().map(|item| (item, depth + 1))),
            Json::Object(fields) => {
                keys += fields.len();
                too_long = fields.iter().any(|(name, _)| long(name));
                inside.extend(fields.iter().map(|(_, item)| (item, depth + 1)));
            }
            Json::Null | Json::Bool(_) => {}
        }
        if too_long {
            let most = limits.string_bytes;
            return Err(("text_too_long", format!("a text has at most {most} bytes")));
        }
        if keys > limits.event_keys {
            let most = limits.event_keys;
            return Err(("too_many_keys", format!("an event has at most {most} keys")));
        }
        let nested = matches!(value, Json::List(_) | Json::Object(_));
        if nested && depth > limits.event_depth {
            let most = limits.event_depth;
            return Err(("too_deep", format!("an event nests at most {most} deep")));
        }
        left.extend(inside);
    }
    Ok(())
}
