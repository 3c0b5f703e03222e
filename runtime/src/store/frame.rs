//! A log's bytes: a header that says whose it is, then frames, each a group of entries that were written
//! together. All numbers are little endian.
//!
//! ```text
//! log     "JRLG"  format u16  flags u16  epoch u64  program [32]  first u64  chain u64  xxh3 of these u64
//! frame   length u32  count u32  first u64  durable u64  chain u64  xxh3 of these and the payload u64  payload
//! ```
//! `first` is the number of a frame's first entry, `chain` the hash of the frame before, `durable` how many entries
//! were known to be durable when it was written: so a damaged frame is told from one that was never whole. The
//! header keeps its layout in every format, so that a newer one is known for what it is.

use super::error::StoreError;
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: [u8; 4] = *b"JRLG";
pub const FORMAT: u16 = 1;
/// Features that a reader must know: what is personal in it is sealed.
pub(super) const SEALED: u16 = 1;
pub const HEADER_BYTES: usize = 72;
pub const FRAME_HEADER_BYTES: usize = 40;
/// A frame's payload is at most so long.
pub const PAYLOAD_MAX: usize = 64 << 20;

/// What a log says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHeader {
    pub epoch: u64,
    pub program: [u8; 32],
    /// how many entries came before it
    pub first: u64,
    /// hash of the frame before it
    pub chain: u64,
    /// what is personal in it is sealed
    pub sealed: bool,
}

impl LogHeader {
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&(u16::from(self.sealed) * SEALED).to_le_bytes());
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.program);
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&self.chain.to_le_bytes());
        let sum = xxh3_64(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// None: no whole header. An error where it is whole and newer than this.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Option<LogHeader>, StoreError> {
        let Some(header) = header(&mut Cut(bytes)) else {
            return Ok(None);
        };
        if bytes.get(..HEADER_BYTES - 8).map(xxh3_64) != Some(header.sum) {
            return Ok(None);
        }
        let name = || name.to_owned();
        if header.format != FORMAT {
            let (name, format) = (name(), header.format);
            return Err(StoreError::Format { name, format });
        }
        if header.flags & !SEALED != 0 {
            let (name, flags) = (name(), header.flags);
            return Err(StoreError::Flags { name, flags });
        }
        Ok(Some(header.log))
    }
}

struct Header {
    format: u16,
    flags: u16,
    log: LogHeader,
    sum: u64,
}

fn header(cut: &mut Cut<'_>) -> Option<Header> {
    if cut.take::<4>()? != MAGIC {
        return None;
    }
    let format = u16::from_le_bytes(cut.take()?);
    let flags = u16::from_le_bytes(cut.take()?);
    Some(Header {
        format,
        flags,
        log: LogHeader {
            sealed: flags & SEALED != 0,
            epoch: u64::from_le_bytes(cut.take()?),
            program: cut.take()?,
            first: u64::from_le_bytes(cut.take()?),
            chain: u64::from_le_bytes(cut.take()?),
        },
        sum: u64::from_le_bytes(cut.take()?),
    })
}

/// A group of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'b> {
    pub first: u64,
    pub count: u32,
    pub durable: u64,
    pub chain: u64,
    pub sum: u64,
    pub payload: &'b [u8],
}

impl<'b> Frame<'b> {
    /// A frame as bytes, and its hash. None: it is too long.
    pub fn write(
        first: u64,
        count: u32,
        durable: u64,
        chain: u64,
        payload: &[u8],
    ) -> Option<(Vec<u8>, u64)> {
        let length = u32::try_from(payload.len()).ok()?;
        if payload.len() > PAYLOAD_MAX {
            return None;
        }
        let mut bytes = Vec::with_capacity(FRAME_HEADER_BYTES + payload.len());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&first.to_le_bytes());
        bytes.extend_from_slice(&durable.to_le_bytes());
        bytes.extend_from_slice(&chain.to_le_bytes());
        let sum = sum(&bytes, payload);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes.extend_from_slice(payload);
        Some((bytes, sum))
    }

    /// The frame that these bytes begin with, if it is whole.
    pub fn read(bytes: &'b [u8]) -> Option<Frame<'b>> {
        let frame = Self::unchecked(bytes)?;
        let head = bytes.get(..FRAME_HEADER_BYTES - 8)?;
        (sum(head, frame.payload) == frame.sum).then_some(frame)
    }

    /// The same without a look at its hash.
    pub(super) fn unchecked(bytes: &'b [u8]) -> Option<Frame<'b>> {
        let mut cut = Cut(bytes);
        let length = usize::try_from(u32::from_le_bytes(cut.take()?)).ok()?;
        if length > PAYLOAD_MAX {
            return None;
        }
        Some(Frame {
            count: u32::from_le_bytes(cut.take()?),
            first: u64::from_le_bytes(cut.take()?),
            durable: u64::from_le_bytes(cut.take()?),
            chain: u64::from_le_bytes(cut.take()?),
            sum: u64::from_le_bytes(cut.take()?),
            payload: cut.0.get(..length)?,
        })
    }

    pub fn length(&self) -> usize {
        FRAME_HEADER_BYTES + self.payload.len()
    }

    /// The number of the entry after its last.
    pub fn end(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count))
    }
}

/// Over the payload, seeded with the header: no copy is made.
fn sum(head: &[u8], payload: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(payload, xxh3_64(head))
}

/// Whether a whole frame lies behind the place where reading stopped that was written when what stands there
/// was durable: then something has been damaged, and nothing was torn.
pub fn was_durable(bytes: &[u8], next: u64) -> bool {
    (0..bytes.len()).any(|from| {
        let rest = bytes.get(from..).unwrap_or_default();
        let claimed = Frame::unchecked(rest).is_some_and(|frame| {
            frame.count > 0 && frame.durable > next && frame.durable <= frame.first
        });
        claimed && Frame::read(rest).is_some()
    })
}

/// Bytes from the front.
pub(super) struct Cut<'b>(pub &'b [u8]);

impl Cut<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }
}
