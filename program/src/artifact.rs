//! A program as a file: bytes out, the same bytes for the same program; bytes in, checked before anything
//! is believed, so that a damaged or hostile file is refused with its reason and never a failure.
//!
//! ```text
//! "JRNY"  format u16  flags u16  blake3 of all the rest [32]  program length u64  sections length u64
//! the program (postcard)  the list of sections (postcard)
//! of each section: zeros up to a multiple of a page, its code
//! ```
//! Numbers are little endian. The hash says that a file is whole; who made it says a signature behind it.

pub mod signature;

use crate::abi::{self, NativeFunction, NativeSection, Target};
use crate::plan::Program;
use crate::verify::{VerifyProblem, verify};
use serde::{Deserialize, Serialize};
use std::fmt;

pub const MAGIC: [u8; 4] = *b"JRNY";
/// Raised whenever the tables, the layouts or the meaning of the IR change.
pub const FORMAT: u16 = 2;
/// Code begins at a multiple of this, to be mapped from the file.
pub const PAGE: usize = 4096;

const HASH: std::ops::Range<usize> = 8..40;
const HEADER: usize = 56;

/// What a file held.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    pub program: Program,
    pub sections: Vec<NativeSection>,
    /// of the whole content: names a version of a program
    pub hash: [u8; 32],
}

/// A section without its code.
#[derive(Serialize, Deserialize)]
struct Section {
    target: Target,
    abi: u32,
    functions: Vec<NativeFunction>,
    tables: Vec<u64>,
    /// from the first page after this list
    offset: u64,
    len: u64,
}

/// Why a file is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactError {
    /// it does not begin as an artifact does
    NotAnArtifact,
    /// made by another version of the compiler
    Format(u16),
    /// it needs what this runtime does not have
    Flags(u16),
    /// it ends too early, or goes on after its end
    Length,
    /// its content is not what its hash says
    Hash,
    /// its tables cannot be read
    Malformed(String),
    /// its program is not sound
    Unsound(Vec<VerifyProblem>),
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArtifactError::NotAnArtifact => write!(f, "this is not a built program"),
            ArtifactError::Format(format) => {
                write!(
                    f,
                    "this was built in format {format}, and format {FORMAT} is known here"
                )
            }
            ArtifactError::Flags(flags) => {
                write!(
                    f,
                    "this was built with features that are not known here ({flags:#x})"
                )
            }
            ArtifactError::Length => write!(f, "this built program is cut short or has a tail"),
            ArtifactError::Hash => write!(f, "this built program was damaged: its hash differs"),
            ArtifactError::Malformed(what) => write!(f, "this built program is malformed: {what}"),
            ArtifactError::Unsound(problems) => {
                write!(f, "this built program is not sound: ")?;
                match problems.first() {
                    Some(first) => write!(f, "{first} ({} in all)", problems.len()),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for ArtifactError {}

fn malformed(what: impl fmt::Display) -> ArtifactError {
    ArtifactError::Malformed(what.to_string())
}

/// The bytes of a program with its native code.
pub fn write(program: &Program, sections: &[NativeSection]) -> Result<Vec<u8>, ArtifactError> {
    let tables = postcard::to_stdvec(program).map_err(malformed)?;
    let list = postcard::to_stdvec(&place(sections)?).map_err(malformed)?;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&0u16.to_le_bytes());
    bytes.resize(HASH.end, 0);
    bytes.extend_from_slice(&length(tables.len())?.to_le_bytes());
    bytes.extend_from_slice(&length(list.len())?.to_le_bytes());
    bytes.extend_from_slice(&tables);
    bytes.extend_from_slice(&list);
    for section in sections {
        bytes.resize(bytes.len().next_multiple_of(PAGE), 0);
        bytes.extend_from_slice(&section.code);
    }
    let hash = content_hash(&bytes);
    if let Some(there) = bytes.get_mut(HASH) {
        there.copy_from_slice(&hash);
    }
    Ok(bytes)
}

fn length(len: usize) -> Result<u64, ArtifactError> {
    u64::try_from(len).map_err(malformed)
}

/// The list of sections, their code one after another, each from a new page.
fn place(sections: &[NativeSection]) -> Result<Vec<Section>, ArtifactError> {
    let mut end = 0usize;
    let mut placed = Vec::new();
    for section in sections {
        let offset = end.next_multiple_of(PAGE);
        end = offset.saturating_add(section.code.len());
        placed.push(Section {
            target: section.target,
            abi: section.abi,
            functions: section.functions.clone(),
            tables: section.tables.clone(),
            offset: length(offset)?,
            len: length(section.code.len())?,
        });
    }
    Ok(placed)
}

/// The hash of a file's content, its own place left out.
fn content_hash(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes.get(..HASH.start).unwrap_or(&[]));
    hasher.update(bytes.get(HASH.end..).unwrap_or(&[]));
    *hasher.finalize().as_bytes()
}

/// What a file says that its hash is. Of a program without sections it names the program.
pub fn hash(bytes: &[u8]) -> Result<[u8; 32], ArtifactError> {
    array(bytes, HASH.start)
}

/// Reads and checks a file: its form, its hash, the soundness of its program. Its signature, if it has one, is its
/// opener's to check.
pub fn read(bytes: &[u8]) -> Result<Artifact, ArtifactError> {
    let (bytes, _) = signature::split(bytes);
    if bytes.get(..MAGIC.len()) != Some(MAGIC.as_slice()) {
        return Err(ArtifactError::NotAnArtifact);
    }
    let format = u16::from_le_bytes(array(bytes, 4)?);
    if format != FORMAT {
        return Err(ArtifactError::Format(format));
    }
    let flags = u16::from_le_bytes(array(bytes, 6)?);
    if flags != 0 {
        return Err(ArtifactError::Flags(flags));
    }
    let hash: [u8; 32] = array(bytes, HASH.start)?;
    if content_hash(bytes) != hash {
        return Err(ArtifactError::Hash);
    }
    let tables = u64::from_le_bytes(array(bytes, HASH.end)?);
    let list_len = u64::from_le_bytes(array(bytes, HASH.end + 8)?);
    let header = u64::try_from(HEADER).map_err(malformed)?;
    let program: Program = decode(slice(bytes, header, tables)?)?;
    let list_at = header.checked_add(tables).ok_or(ArtifactError::Length)?;
    let list: Vec<Section> = decode(slice(bytes, list_at, list_len)?)?;
    let end = HEADER
        .saturating_add(bytes_len(tables)?)
        .saturating_add(bytes_len(list_len)?);
    let sections = sections(bytes, end, &program, list)?;
    verify(&program).map_err(ArtifactError::Unsound)?;
    Ok(Artifact {
        program,
        sections,
        hash,
    })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], ArtifactError> {
    let slice = bytes
        .get(at..at.saturating_add(N))
        .ok_or(ArtifactError::Length)?;
    slice.try_into().map_err(|_| ArtifactError::Length)
}

fn slice(bytes: &[u8], at: u64, len: u64) -> Result<&[u8], ArtifactError> {
    let end = at
        .checked_add(len)
        .and_then(|end| usize::try_from(end).ok());
    let start = usize::try_from(at).ok();
    start
        .zip(end)
        .and_then(|(start, end)| bytes.get(start..end))
        .ok_or(ArtifactError::Length)
}

/// All of the bytes as one value.
fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ArtifactError> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(malformed)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(malformed("bytes are left over"))
    }
}

fn bytes_len(len: u64) -> Result<usize, ArtifactError> {
    usize::try_from(len).map_err(|_| ArtifactError::Length)
}

/// The sections, whose code must be all that follows.
fn sections(
    bytes: &[u8],
    start: usize,
    program: &Program,
    list: Vec<Section>,
) -> Result<Vec<NativeSection>, ArtifactError> {
    let base = length(start.next_multiple_of(PAGE))?;
    let mut end = length(start)?;
    let mut sections = Vec::new();
    for section in list {
        let offset = base
            .checked_add(section.offset)
            .ok_or(ArtifactError::Length)?;
        let code = slice(bytes, offset, section.len)?.to_vec();
        end = offset.saturating_add(section.len);
        let section = NativeSection {
            target: section.target,
            abi: section.abi,
            functions: section.functions,
            code,
            tables: section.tables,
        };
        fits(program, &section)?;
        sections.push(section);
    }
    if end == length(bytes.len())? {
        Ok(sections)
    } else {
        Err(ArtifactError::Length)
    }
}

/// That a section has code for every function of the program, inside of itself.
fn fits(program: &Program, section: &NativeSection) -> Result<(), ArtifactError> {
    if section.functions.len() != program.functions.len() {
        return Err(malformed("native code is not of as many functions"));
    }
    for (native, function) in section.functions.iter().zip(&program.functions) {
        let end = u64::from(native.offset) + u64::from(native.len);
        let inside = usize::try_from(end).is_ok_and(|end| end <= section.code.len());
        let same = usize::try_from(native.params) == Ok(function.params.len())
            && usize::try_from(native.results) == Ok(function.results.len());
        if !inside || !same || native.offset % abi::ALIGN != 0 {
            return Err(malformed(format!(
                "native code of `{}` does not fit",
                function.name
            )));
        }
    }
    Ok(())
}
