//! Bytes → records: lines of JSON, a JSON array, rows of a CSV; plain, zstd or gzip. A record that can't be
//! read is handed out as broken, with its text, and the next one follows; only the outside failing (a file cut
//! off, an error of the disk) ends the reading, and says how many records came before.

mod array;
mod buffer;
mod row;

use self::array::ArrayScan;
use self::buffer::Buffer;
pub use self::row::Row;
use self::row::{Cells, Scan};
use crate::intake::dead::Reason;
use journey_program::plan::SourceFormat;
use std::fmt;
use std::io::{self, BufRead};

/// The longest record, in bytes.
pub const RECORD_MAX: usize = 1 << 20;
/// How much of a record that is too long its dead letter shows.
const HEAD_MAX: usize = 4 << 10;

/// One record as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// from 1
    pub number: u64,
    /// its bytes, without white space around them
    pub bytes: &'a [u8],
    pub body: Body<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// a text that should be a JSON object
    Json(&'a str),
    /// a line of text that is no JSON object
    Text(&'a str),
    /// as many cells as the header has
    Row(Row<'a>),
    Broken(Reason, Broken),
}

/// What is to be said about a broken record beside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    NotUtf8,
    /// more than `RECORD_MAX` bytes: only the beginning is kept
    TooLong,
    Cells {
        found: usize,
        header: usize,
    },
    /// a quote that never closes
    Quote,
}

/// The outside failed, or the input is no input.
#[derive(Debug)]
pub struct ReadError {
    /// records read before
    pub records: u64,
    pub kind: ReadErrorKind,
}

#[derive(Debug)]
pub enum ReadErrorKind {
    /// a compressed file that ends too early
    Truncated,
    /// the name says it is compressed, the bytes do not
    NotCompressed(&'static str),
    /// a JSON array that never closes, or has text after its end
    Array(&'static str),
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ReadErrorKind::Truncated => write!(f, "the compressed input is cut off")?,
            ReadErrorKind::NotCompressed(ending) => {
                write!(f, "the input is named `{ending}` but its bytes are not")?;
            }
            ReadErrorKind::Array(what) => write!(f, "{what}")?,
            ReadErrorKind::Io(error) => write!(f, "the input cannot be read: {error}")?,
        }
        write!(
            f,
            " ({} records were read before and are kept)",
            self.records
        )
    }
}

impl std::error::Error for ReadError {}

/// How far the reading came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// of the input as it is stored, compressed or not
    pub bytes: u64,
    pub records: u64,
}

pub struct Reader<'r> {
    buffer: Buffer<'r>,
    format: SourceFormat,
    columns: Vec<String>,
    cells: Cells,
    array: Option<ArrayScan>,
    records: u64,
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("format", &self.format)
            .field("records", &self.records)
            .finish()
    }
}

impl<'r> Reader<'r> {
    /// `name` is the file's, for its ending; the bytes decide.
    pub fn open(
        input: impl BufRead + 'r,
        name: &str,
        format: SourceFormat,
    ) -> Result<Self, ReadError> {
        let failed = |kind| ReadError { records: 0, kind };
        let buffer = Buffer::open(input, name).map_err(failed)?;
        let mut reader = Self {
            buffer,
            format,
            columns: Vec::new(),
            cells: Cells::default(),
            array: None,
            records: 0,
        };
        reader.begin().map_err(failed)?;
        Ok(reader)
    }

    /// The header row of a CSV; empty for JSON.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn position(&self) -> Position {
        Position {
            bytes: self.buffer.consumed(),
            records: self.records,
        }
    }

    /// The next record; none at the end. After an error there is nothing more.
    #[expect(
        clippy::should_implement_trait,
        reason = "a record borrows from its reader"
    )]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let taken = match (self.format, &self.array) {
            (SourceFormat::Csv, _) => self.next_row(),
            (_, Some(_)) => self.next_element(),
            (SourceFormat::Json | SourceFormat::Segment | SourceFormat::Text, None) => {
                self.next_line()
            }
        };
        match taken {
            Ok(None) => Ok(None),
            Ok(Some(found)) => {
                self.records += 1;
                Ok(Some(self.record(found)))
            }
            Err(kind) => {
                // half a record is none
                self.buffer.clear();
                Err(ReadError {
                    records: self.records,
                    kind,
                })
            }
        }
    }

    fn begin(&mut self) -> Result<(), ReadErrorKind> {
        self.buffer.skip_bom()?;
        match self.format {
            SourceFormat::Text => {}
            SourceFormat::Json | SourceFormat::Segment => {
                if self.buffer.skip_space()? == Some(b'[') {
                    self.buffer.advance(1);
                    self.array = Some(ArrayScan::default());
                }
            }
            SourceFormat::Csv => {
                if let Some(Found {
                    broken: None | Some((_, Broken::Cells { .. })),
                    ..
                }) = self.next_row()?
                {
                    let header = self.cells.row();
                    self.columns =
                        header.map_or_else(Vec::new, |row| row.iter().map(Into::into).collect());
                }
            }
        }
        Ok(())
    }

    /// The record that was found, out of the buffer's last piece.
    #[expect(clippy::needless_pass_by_value, reason = "it is used up")]
    fn record(&self, found: Found) -> Record<'_> {
        let number = self.records;
        let bytes = self.buffer.last(found.length);
        let body = match (found.broken, self.format) {
            (Some((reason, broken)), _) => Body::Broken(reason, broken),
            (None, SourceFormat::Csv) => match self.cells.row() {
                Some(row) => Body::Row(row),
                None => Body::Broken(Reason::NotUtf8, Broken::NotUtf8),
            },
            (None, format) => match std::str::from_utf8(bytes) {
                Ok(text) if format == SourceFormat::Text && !text.trim_start().starts_with('{') => {
                    Body::Text(text.trim())
                }
                Ok(text) => Body::Json(text),
                Err(_) => Body::Broken(Reason::NotUtf8, Broken::NotUtf8),
            },
        };
        Record {
            number,
            bytes: bytes.trim_ascii(),
            body,
        }
    }

    fn next_line(&mut self) -> Result<Option<Found>, ReadErrorKind> {
        loop {
            let (length, ended) = self.buffer.find_line(RECORD_MAX)?;
            if !ended {
                self.buffer.keep_head(HEAD_MAX);
                self.buffer.skip_line()?;
                return Ok(Some(Found::too_long(HEAD_MAX)));
            }
            if length == 0 {
                return Ok(None);
            }
            self.buffer.take(length);
            if !self.buffer.last(length).trim_ascii().is_empty() {
                return Ok(Some(Found::whole(length)));
            }
        }
    }

    fn next_element(&mut self) -> Result<Option<Found>, ReadErrorKind> {
        let Some(scan) = &mut self.array else {
            return Ok(None);
        };
        match scan.element(&mut self.buffer, RECORD_MAX, HEAD_MAX)? {
            array::Element::Whole(length) => Ok(Some(Found::whole(length))),
            array::Element::TooLong => Ok(Some(Found::too_long(HEAD_MAX))),
            array::Element::End => Ok(None),
        }
    }

    fn next_row(&mut self) -> Result<Option<Found>, ReadErrorKind> {
        loop {
            match self.cells.scan(self.buffer.rest(), self.buffer.ended()) {
                Scan::End => return Ok(None),
                Scan::More if self.buffer.rest().len() <= RECORD_MAX && !self.buffer.ended() => {
                    self.buffer.more()?;
                }
                // one stray quote must not swallow the rows after it: only its line is given up
                Scan::More => {
                    let (length, ended) = self.buffer.find_line(RECORD_MAX)?;
                    if !ended {
                        self.buffer.keep_head(HEAD_MAX);
                        self.buffer.skip_line()?;
                        return Ok(Some(Found::too_long(HEAD_MAX)));
                    }
                    self.buffer.take(length);
                    let broken = Some((Reason::NotARecord, Broken::Quote));
                    return Ok(Some(Found { length, broken }));
                }
                Scan::Row(length) => {
                    self.buffer.take(length);
                    if self.cells.is_blank() {
                        continue;
                    }
                    let (found, header) = (self.cells.len(), self.columns.len());
                    let broken = (found != header)
                        .then_some((Reason::RaggedRow, Broken::Cells { found, header }));
                    return Ok(Some(Found { length, broken }));
                }
            }
        }
    }
}

/// Where a record lies: the last `length` bytes taken.
struct Found {
    length: usize,
    broken: Option<(Reason, Broken)>,
}

impl Found {
    fn whole(length: usize) -> Self {
        Self {
            length,
            broken: None,
        }
    }

    fn too_long(length: usize) -> Self {
        Self {
            length,
            broken: Some((Reason::TooLong, Broken::TooLong)),
        }
    }
}

impl Broken {
    pub fn message(self) -> String {
        match self {
            Broken::NotUtf8 => "the record is not UTF-8".into(),
            Broken::TooLong => format!("the record is longer than {RECORD_MAX} bytes"),
            Broken::Cells { found, header } => {
                format!("the row has {found} cells, the header {header}")
            }
            Broken::Quote => "a quote opens here and never closes".into(),
        }
    }
}
