//! The bytes between the input and the records: decompressed, counted, and held until a record is whole.

use super::ReadErrorKind;
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

const CHUNK: usize = 64 << 10;
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const GZIP: [u8; 2] = [0x1F, 0x8B];
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

pub(super) struct Buffer<'r> {
    input: Box<dyn Read + 'r>,
    bytes: Vec<u8>,
    /// where what is not yet taken begins
    start: usize,
    ended: bool,
    consumed: Rc<Cell<u64>>,
    /// the kept beginning of a record that is too long
    head: Option<Vec<u8>>,
}

struct Counting<R> {
    input: R,
    consumed: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(into)?;
        self.consumed
            .set(self.consumed.get() + u64::try_from(count).unwrap_or(0));
        Ok(count)
    }
}

impl<'r> Buffer<'r> {
    pub(super) fn open(input: impl BufRead + 'r, name: &str) -> Result<Self, ReadErrorKind> {
        let consumed = Rc::new(Cell::new(0));
        let mut input = Counting {
            input,
            consumed: Rc::clone(&consumed),
        };
        let mut magic = Vec::new();
        input
            .by_ref()
            .take(4)
            .read_to_end(&mut magic)
            .map_err(kind_of)?;
        let (zstd, gzip) = (magic.starts_with(&ZSTD), magic.starts_with(&GZIP));
        for (ending, is) in [(".zst", zstd), (".gz", gzip)] {
            if name.ends_with(ending) && !is && !magic.is_empty() {
                return Err(ReadErrorKind::NotCompressed(ending));
            }
        }
        let whole = BufReader::with_capacity(CHUNK, Cursor::new(magic).chain(input));
        let input: Box<dyn Read + 'r> = if zstd {
            let decoder = zstd::stream::read::Decoder::with_buffer(whole);
            Box::new(decoder.map_err(ReadErrorKind::Io)?)
        } else if gzip {
            Box::new(flate2::bufread::MultiGzDecoder::new(whole))
        } else {
            Box::new(whole)
        };
        Ok(Self {
            input,
            bytes: Vec::new(),
            start: 0,
            ended: false,
            consumed,
            head: None,
        })
    }

    pub(super) fn consumed(&self) -> u64 {
        self.consumed.get()
    }

    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// What is read and not yet taken.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, count: usize) {
        self.start = (self.start + count).min(self.bytes.len());
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
        self.head = None;
    }

    /// Takes the next bytes; `last` shows them until more is read.
    pub(super) fn take(&mut self, count: usize) {
        self.head = None;
        self.advance(count);
    }

    /// The bytes just taken.
    pub(super) fn last(&self, count: usize) -> &[u8] {
        match &self.head {
            Some(head) => head,
            None => {
                let from = self.start.saturating_sub(count);
                self.bytes.get(from..self.start).unwrap_or_default()
            }
        }
    }

    /// Keeps the beginning of what is to be skipped.
    pub(super) fn keep_head(&mut self, count: usize) {
        let rest = self.rest();
        self.head = Some(rest.get(..count).unwrap_or(rest).to_vec());
    }

    /// Reads on; at the end it says so in `ended`.
    pub(super) fn more(&mut self) -> Result<(), ReadErrorKind> {
        self.bytes.drain(..self.start);
        self.start = 0;
        let length = self.bytes.len();
        self.bytes.resize(length + length.max(CHUNK), 0);
        let count = loop {
            match self
                .input
                .read(self.bytes.get_mut(length..).unwrap_or_default())
            {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.bytes.truncate(length + *count.as_ref().unwrap_or(&0));
        self.ended = matches!(count, Ok(0) | Err(_));
        count.map(|_| ()).map_err(kind_of)
    }

    pub(super) fn skip_bom(&mut self) -> Result<(), ReadErrorKind> {
        while self.rest().len() < BOM.len() && !self.ended {
            self.more()?;
        }
        if self.rest().starts_with(&BOM) {
            self.advance(BOM.len());
        }
        Ok(())
    }

    /// The first byte that is no white space; it is not taken.
    pub(super) fn skip_space(&mut self) -> Result<Option<u8>, ReadErrorKind> {
        loop {
            let space = self
                .rest()
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            self.advance(space);
            match self.rest().first() {
                Some(byte) => return Ok(Some(*byte)),
                None if self.ended => return Ok(None),
                None => self.more()?,
            }
        }
    }

    /// The length of the next line with its end, and whether the end (or that of the input) is in reach.
    pub(super) fn find_line(&mut self, most: usize) -> Result<(usize, bool), ReadErrorKind> {
        let mut searched = 0;
        loop {
            let rest = self.rest();
            let fresh = rest.get(searched..).unwrap_or_default();
            if let Some(place) = memchr::memchr(b'\n', fresh) {
                return Ok((searched + place + 1, searched + place <= most));
            }
            searched = rest.len();
            if searched > most || self.ended {
                return Ok((searched, searched <= most));
            }
            self.more()?;
        }
    }

    /// Lets the rest of a line go.
    pub(super) fn skip_line(&mut self) -> Result<(), ReadErrorKind> {
        loop {
            match memchr::memchr(b'\n', self.rest()) {
                Some(place) => {
                    self.advance(place + 1);
                    return Ok(());
                }
                None if self.ended => {
                    self.advance(usize::MAX - self.start);
                    return Ok(());
                }
                None => {
                    self.advance(self.rest().len());
                    self.more()?;
                }
            }
        }
    }
}

fn kind_of(error: io::Error) -> ReadErrorKind {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        ReadErrorKind::Truncated
    } else {
        ReadErrorKind::Io(error)
    }
}
