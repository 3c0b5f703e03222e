//! `intake`: from bytes to what the engine takes. A reader cuts an input into records; a record is read by a
//! `source` of the program, or as the canonical envelope; what can't be taken becomes a dead letter that says
//! why and holds the record. Nothing is opened here, and the time of arrival is an argument.

pub mod canonical;
pub mod convert;
pub mod dead;
mod direct;
pub mod json;
pub mod reader;
pub mod source;
pub mod suggest;
pub mod wanted;

use self::canonical::{Canonical, Extra};
use self::dead::{DeadLetter, Reason};
use self::json::{Json, write_text};
use self::reader::{Body, ReadError, Reader, Record};
use self::source::{Fields, Source};
use crate::input::Input;
use journey_program::civil::Zone;
use journey_program::plan::{Program, SourceFormat};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

/// What became of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    Input(Input),
    DeadLetter(Box<DeadLetter>),
}

/// Why an input can't be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeError(pub String);

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for IntakeError {}

/// Reads one input by one program.
#[derive(Debug)]
pub struct Intake<'p> {
    how: How<'p>,
    /// how many equal records without an id came before; it grows with them
    seen: HashMap<u128, u64>,
    /// what the last record made and was not handed out yet
    made: VecDeque<Taken>,
    /// the room in which a record is read
    read: Vec<Read>,
}

/// What a record, or a part of it, became.
type Read = Result<Input, Box<DeadLetter>>;

#[derive(Debug)]
enum How<'p> {
    Canonical(Canonical<'p>),
    Source(Source<'p>),
}

impl<'p> Intake<'p> {
    /// By the source of that name; without one, the canonical envelope.
    pub fn new(program: &'p Program, source: Option<&str>) -> Result<Self, IntakeError> {
        let Some(name) = source else {
            return Ok(Self {
                how: How::Canonical(Canonical::new(program)),
                seen: HashMap::new(),
                made: VecDeque::new(),
                read: Vec::new(),
            });
        };
        let Some(plan) = program.sources.iter().find(|plan| plan.name == name) else {
            let names = program.sources.iter().map(|plan| plan.name.as_str());
            let help = suggest::nearest(name, names)
                .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            return Err(IntakeError(format!(
                "the program has no source `{name}`{help}"
            )));
        };
        let zone = zone(program)?;
        Ok(Self {
            how: How::Source(Source::new(program, plan, zone)),
            seen: HashMap::new(),
            made: VecDeque::new(),
            read: Vec::new(),
        })
    }

    /// Without the shorter way that usual records go; for tests, which hold one against the other.
    pub fn in_general(mut self) -> Self {
        if let How::Source(source) = &mut self.how {
            source.read_in_general();
        }
        self
    }

    /// Another input begins: equal records of the one before are not counted.
    pub fn begin(&mut self) {
        self.seen.clear();
        self.made.clear();
    }

    /// What its records are written in.
    pub fn format(&self) -> SourceFormat {
        match &self.how {
            How::Canonical(_) => SourceFormat::Json,
            How::Source(source) => source.plan.format,
        }
    }

    /// Before the first record: whether a CSV has the columns that its source reads.
    pub fn header(&mut self, columns: &[String]) -> Result<(), IntakeError> {
        match &mut self.how {
            How::Source(source) if source.plan.format == SourceFormat::Csv => {
                source.header(columns).map_err(IntakeError)
            }
            How::Canonical(_) | How::Source(_) => Ok(()),
        }
    }

    /// What the next record of an input makes; none at its end. `arrived` is now, in milliseconds. A record
    /// that makes several things is handed out one by one.
    pub fn next(
        &mut self,
        reader: &mut Reader<'_>,
        arrived: i64,
    ) -> Result<Option<Taken>, ReadError> {
        loop {
            if let Some(taken) = self.made.pop_front() {
                return Ok(Some(taken));
            }
            match reader.next()? {
                Some(record) => {
                    let mut made = std::mem::take(&mut self.made);
                    self.read_each(&record, arrived, |taken| made.push_back(taken));
                    self.made = made;
                }
                None => return Ok(None),
            }
        }
    }

    /// One record, read: one thing, or several.
    pub fn read(&mut self, record: &Record<'_>, arrived: i64) -> Vec<Taken> {
        let mut all = Vec::new();
        self.read_each(record, arrived, |taken| all.push(taken));
        all
    }

    /// The same, each handed to `take`.
    pub fn read_each(&mut self, record: &Record<'_>, arrived: i64, mut take: impl FnMut(Taken)) {
        let mut room = std::mem::take(&mut self.read);
        self.read_body(record, arrived, &mut room);
        for read in room.drain(..) {
            take(match read {
                Ok(input) => Taken::Input(input),
                Err(mut letter) => {
                    letter.record = record.number;
                    letter.source = self.source_name().into();
                    letter.raw = self.raw(record);
                    Taken::DeadLetter(letter)
                }
            });
        }
        self.read = room;
    }

    fn read_body(&mut self, record: &Record<'_>, arrived: i64, out: &mut Vec<Read>) {
        let seen = &mut self.seen;
        let id = || record_id(record.bytes, seen);
        let not_json = |error: json::JsonError| {
            let message = format!(
                "the record is not JSON: {} (byte {})",
                error.reason, error.at
            );
            Box::new(DeadLetter::new(0, Reason::NotARecord, message))
        };
        match (record.body, &mut self.how) {
            (Body::Broken(reason, broken), _) => {
                let letter = DeadLetter::new(0, reason, broken.message());
                out.push(Err(Box::new(letter)));
            }
            (Body::Json(text), How::Canonical(canonical)) => out.push(
                Json::parse(text)
                    .map_err(not_json)
                    .and_then(|tree| canonical.read(&tree, arrived, id)),
            ),
            (Body::Json(text), How::Source(source)) => {
                if let Some(input) = source.read_direct(text, arrived) {
                    return out.push(Ok(input));
                }
                match Json::parse_wanted(text, &source.wanted) {
                    Ok(tree) => read_tree(source, &tree, arrived, id, out),
                    Err(error) => out.push(Err(not_json(error))),
                }
            }
            (Body::Text(text), How::Source(source)) => {
                let body = Json::Text(text.into());
                let tree = Json::Object(vec![("body".into(), body)]);
                source.read(Fields::Tree(&tree), arrived, id, out);
            }
            (Body::Row(row), How::Source(source)) => {
                let columns = source.columns();
                source.read(Fields::Row { columns, row }, arrived, id, out);
            }
            (Body::Row(_) | Body::Text(_), How::Canonical(_)) => {
                let message = "a row of a CSV is no event: it takes a source";
                let letter = DeadLetter::new(0, Reason::NotARecord, message);
                out.push(Err(Box::new(letter)));
            }
        }
    }

    fn source_name(&self) -> &str {
        match &self.how {
            How::Canonical(_) => "",
            How::Source(source) => &source.plan.name,
        }
    }

    /// The record as JSON: its own tree, a row as an object, all else as a text.
    fn raw(&self, record: &Record<'_>) -> String {
        let mut out = String::new();
        match (record.body, &self.how) {
            (Body::Json(text), _) => match Json::parse(text) {
                Ok(tree) => tree.write(&mut out),
                Err(_) => write_text(text.trim(), &mut out),
            },
            (Body::Row(row), How::Source(source)) => {
                let mut columns: Vec<_> = source.columns().iter().collect();
                columns.sort_by_key(|(_, place)| **place);
                let cells = columns.into_iter().map(|(name, place)| {
                    let cell = row.get(*place).unwrap_or_default();
                    (name.as_str().into(), Json::Text(cell.into()))
                });
                Json::Object(cells.collect()).write(&mut out);
            }
            (Body::Row(_) | Body::Text(_) | Body::Broken(..), _) => {
                write_text(&String::from_utf8_lossy(record.bytes), &mut out);
            }
        }
        out
    }

    /// Fields that came and that nobody declared.
    pub fn extra(&self) -> Option<&Extra> {
        match &self.how {
            How::Canonical(canonical) => Some(&canonical.extra),
            How::Source(_) => None,
        }
    }
}

/// A record of a source; Segment also sends several calls as the `batch` of one.
fn read_tree(
    source: &Source<'_>,
    tree: &Json<'_>,
    arrived: i64,
    id: impl FnOnce() -> String,
    out: &mut Vec<Read>,
) {
    let batch = match source.plan.format {
        SourceFormat::Segment => tree.field("batch"),
        SourceFormat::Json | SourceFormat::Csv | SourceFormat::Text => None,
    };
    let Some(Json::List(calls)) = batch else {
        return source.read(Fields::Tree(tree), arrived, id, out);
    };
    let id = id();
    for (place, call) in calls.iter().enumerate() {
        let own = || format!("{id}#{}", place + 1);
        source.read(Fields::Tree(call), arrived, own, out);
    }
    if calls.is_empty() {
        let message = "the batch is empty";
        let letter = DeadLetter::new(0, Reason::NotARecord, message);
        out.push(Err(Box::new(letter)));
    }
}

/// A hash of the record and of how many equal ones came before it in the same input: so a file fed twice
/// counts once, and equal rows of one file stay apart.
fn record_id(bytes: &[u8], seen: &mut HashMap<u128, u64>) -> String {
    let before = seen.entry(xxh3_128(bytes)).or_default();
    let id = xxh3_128_with_seed(bytes, *before);
    *before += 1;
    format!("{id:032x}")
}

fn zone(program: &Program) -> Result<&'static Zone, IntakeError> {
    if program.timezone.is_empty() {
        return Ok(Zone::utc());
    }
    let unknown = || IntakeError(format!("the zone `{}` is unknown", program.timezone));
    Zone::named(&program.timezone).ok_or_else(unknown)
}
