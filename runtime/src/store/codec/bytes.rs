//! Numbers and texts as few bytes, and back. A reader believes no length before it has seen the bytes.

use super::Malformed;
use std::collections::HashMap;
use std::fmt::Write as _;

/// How an id is written: what is below `ID_TEXT` is a form, the rest a length.
const ID_HASH: u64 = 0;
const ID_UUID: u64 = 1;
const ID_TEXT: u64 = 2;
/// Where a UUID has its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

#[derive(Debug, Default)]
pub(super) struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Seven bits a byte, lowest first.
    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    pub(super) fn unsigned(&mut self, mut word: u64) {
        while word >= 0x80 {
            self.bytes.push(word as u8 | 0x80);
            word >>= 7;
        }
        self.bytes.push(word as u8);
    }

    /// Near zero is short, whatever its sign.
    pub(super) fn signed(&mut self, word: i64) {
        self.unsigned((word.cast_unsigned() << 1) ^ (word >> 63).cast_unsigned());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.unsigned(length(text));
        self.raw(text.as_bytes());
    }

    /// A text, or the number of the constant that it equals.
    pub(super) fn symbol(&mut self, text: &str, symbols: &HashMap<String, u32>) {
        match symbols.get(text) {
            Some(number) => self.unsigned(u64::from(*number) << 1 | 1),
            None => {
                self.unsigned(length(text) << 1);
                self.raw(text.as_bytes());
            }
        }
    }

    pub(super) fn id(&mut self, id: &str) {
        if let Some(hash) = hash_of(id) {
            self.unsigned(ID_HASH);
            self.raw(&hash.to_be_bytes());
        } else if let Some(uuid) = uuid_of(id) {
            self.unsigned(ID_UUID);
            self.raw(&uuid.to_be_bytes());
        } else {
            self.unsigned(length(id).saturating_add(ID_TEXT));
            self.raw(id.as_bytes());
        }
    }
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

/// Exactly 32 hexadecimal digits in lower case.
fn hash_of(id: &str) -> Option<u128> {
    let plain = id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    plain.then(|| u128::from_str_radix(id, 16).ok()).flatten()
}

fn uuid_of(id: &str) -> Option<u128> {
    if id.len() != 36 || !id.is_ascii() {
        return None;
    }
    let digits: String = id.chars().filter(|c| *c != '-').collect();
    let word = hash_of(&digits)?;
    (uuid(word) == id).then_some(word)
}

fn uuid(word: u128) -> String {
    let mut text = format!("{word:032x}");
    for place in HYPHENS {
        text.insert(place, '-');
    }
    text
}

#[derive(Debug)]
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.bytes.split_first().ok_or(SHORT)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or(SHORT)?;
        self.bytes = rest;
        Ok(*head)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, Malformed> {
        let mut word = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Malformed("a number is too long"));
            }
            word |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(word);
            }
        }
        Err(Malformed("a number does not end"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        let word = self.unsigned()?;
        Ok((word >> 1).cast_signed() ^ -(word & 1).cast_signed())
    }

    pub(super) fn number(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.unsigned()?).map_err(|_| Malformed("a number is too large"))
    }

    /// How many of something follow: no more than there are bytes.
    pub(super) fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| SHORT)?;
        if count > self.bytes.len() {
            return Err(SHORT);
        }
        Ok(count)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'b [u8], Malformed> {
        let (head, rest) = self.bytes.split_at_checked(count).ok_or(SHORT)?;
        self.bytes = rest;
        Ok(head)
    }

    pub(super) fn counted(&mut self) -> Result<&'b [u8], Malformed> {
        let count = self.count()?;
        self.take(count)
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        text(self.counted()?)
    }

    pub(super) fn symbol(&mut self, texts: &[String]) -> Result<String, Malformed> {
        let head = self.unsigned()?;
        let number = usize::try_from(head >> 1).map_err(|_| SHORT)?;
        if head & 1 == 1 {
            let text = texts.get(number).cloned();
            return text.ok_or(Malformed("no such constant"));
        }
        text(self.take(number)?)
    }

    pub(super) fn id(&mut self) -> Result<String, Malformed> {
        match self.unsigned()? {
            ID_HASH => {
                let mut text = String::with_capacity(32);
                let _ = write!(text, "{:032x}", u128::from_be_bytes(self.array()?));
                Ok(text)
            }
            ID_UUID => Ok(uuid(u128::from_be_bytes(self.array()?))),
            length => {
                let length = usize::try_from(length - ID_TEXT).map_err(|_| SHORT)?;
                text(self.take(length)?)
            }
        }
    }
}

const SHORT: Malformed = Malformed("it ends too early");

fn text(bytes: &[u8]) -> Result<String, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed("a text is not UTF-8"))?;
    Ok(text.to_owned())
}
