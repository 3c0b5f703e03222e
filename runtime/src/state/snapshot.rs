//! A state as bytes and back: what a checkpoint holds. One state has one form, byte for byte, since all maps
//! are ordered; the bytes carry a magic, the format's version and a hash, and are read as that state or refused.
//!
//! ```text
//! "JRST"  version u16  flags u16  shape u64  length of the body u64  xxh3-128 of the body
//! the state (postcard)
//! ```
//! Every field is in it because serde's derive puts it there: `skip` on a field of the state is a mistake. The
//! shape is a hash of the definitions of all types in a state (`build.rs`).

use super::State;
use std::fmt;
use xxhash_rust::xxh3::xxh3_128;

const MAGIC: [u8; 4] = *b"JRST";
/// The format of these bytes, the state's own shape apart.
pub const VERSION: u16 = 1;
/// Features of the format that a reader must know. None so far.
const FLAGS: u16 = 0;
const HEADER_BYTES: usize = 4 + 2 + 2 + 8 + 8 + 16;
/// What a state is made of in this build.
const SHAPE: &str = env!("JOURNEY_STATE_SHAPE");

/// Why bytes are no state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// they are something else, or cut off
    NotASnapshot,
    /// written by another version of this program
    Version(u16),
    /// uses features that this version does not know
    Flags(u16),
    /// written by a build whose states have other fields
    Shape,
    /// the hash says they have changed since they were written
    Damaged,
    /// intact, and yet no state
    Malformed(String),
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SnapshotError::NotASnapshot => write!(f, "it is no snapshot of a state"),
            SnapshotError::Version(version) => write!(
                f,
                "its format is {version}, this `journey` reads format {VERSION}"
            ),
            SnapshotError::Flags(flags) => {
                write!(f, "it uses features {flags:#x} that this `journey` lacks")
            }
            SnapshotError::Shape => write!(f, "its state has fields that this `journey` lacks"),
            SnapshotError::Damaged => write!(f, "its bytes have changed since they were written"),
            SnapshotError::Malformed(why) => write!(f, "it holds no state: {why}"),
        }
    }
}

impl std::error::Error for SnapshotError {}

/// A state as bytes.
pub fn snapshot(state: &State) -> Result<Vec<u8>, SnapshotError> {
    let malformed = |e: postcard::Error| SnapshotError::Malformed(e.to_string());
    let body = postcard::to_stdvec(state).map_err(malformed)?;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&FLAGS.to_le_bytes());
    bytes.extend_from_slice(&shape().to_le_bytes());
    bytes.extend_from_slice(&u64::try_from(body.len()).unwrap_or(u64::MAX).to_le_bytes());
    bytes.extend_from_slice(&xxh3_128(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// The state that these bytes are, all of them.
pub fn restore(bytes: &[u8]) -> Result<State, SnapshotError> {
    let (magic, rest) = split::<4>(bytes)?;
    if magic != MAGIC {
        return Err(SnapshotError::NotASnapshot);
    }
    let (version, rest) = split::<2>(rest)?;
    let version = u16::from_le_bytes(version);
    if version != VERSION {
        return Err(SnapshotError::Version(version));
    }
    let (flags, rest) = split::<2>(rest)?;
    let flags = u16::from_le_bytes(flags);
    if flags != FLAGS {
        return Err(SnapshotError::Flags(flags));
    }
    let (made, rest) = split::<8>(rest)?;
    let (length, rest) = split::<8>(rest)?;
    let (hash, body) = split::<16>(rest)?;
    let length = usize::try_from(u64::from_le_bytes(length));
    if length != Ok(body.len()) {
        return Err(SnapshotError::NotASnapshot);
    }
    if xxh3_128(body) != u128::from_le_bytes(hash) {
        return Err(SnapshotError::Damaged);
    }
    if u64::from_le_bytes(made) != shape() {
        return Err(SnapshotError::Shape);
    }
    match postcard::take_from_bytes(body) {
        Ok((state, [])) => Ok(state),
        Ok(_) => Err(SnapshotError::Malformed("bytes are left over".into())),
        Err(e) => Err(SnapshotError::Malformed(e.to_string())),
    }
}

fn shape() -> u64 {
    SHAPE.parse().unwrap_or_default()
}

fn split<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), SnapshotError> {
    let (head, rest) = bytes
        .split_first_chunk::<N>()
        .ok_or(SnapshotError::NotASnapshot)?;
    Ok((*head, rest))
}
