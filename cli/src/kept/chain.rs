//! What a folder's program was compiled from: the files of each version whose journeys people may still be in, the
//! oldest first.
//!
//! ```text
//! "JRSC"  format u16  zstd of the versions (postcard)
//! ```

use super::Given;
use crate::failure::Failure;
use crate::graph::Sources;
use serde::{Deserialize, Serialize};
use std::io::Read;

const MAGIC: &[u8] = b"JRSC";
const FORMAT: u16 = 1;
const LEVEL: i32 = 3;
/// Sources take less; what unpacks to more is no folder of ours.
const BYTES_MAX: u64 = 1 << 30;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stage {
    pub version: String,
    /// the hash of this version's program alone
    pub own: [u8; 32],
    /// a file without a manifest
    pub lone: bool,
    pub files: Sources,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chain {
    pub stages: Vec<Stage>,
}

impl Chain {
    /// A program that is deployed over none. None: what it was compiled from is not known.
    pub(super) fn of(given: &Given, own: [u8; 32]) -> Option<Self> {
        let stages = vec![Stage::of(given, own)?];
        Some(Self { stages })
    }

    /// Whether this program is the one that was deployed last.
    pub(super) fn is_at(&self, own: [u8; 32]) -> bool {
        self.stages.last().is_some_and(|stage| stage.own == own)
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, Failure> {
        let internal = |e: &dyn std::fmt::Display| Failure::failed(format!("internal error: {e}"));
        let plain = postcard::to_stdvec(self).map_err(|e| internal(&e))?;
        let packed = zstd::encode_all(plain.as_slice(), LEVEL).map_err(|e| internal(&e))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&packed);
        Ok(bytes)
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let damaged = |what: &str| {
            Failure::outside(format!(
                "the state is damaged: the sources of its program {what}; restore the folder from a backup"
            ))
        };
        let rest = bytes.strip_prefix(MAGIC);
        let (format, packed) = rest
            .and_then(<[u8]>::split_first_chunk)
            .ok_or_else(|| damaged("are none"))?;
        if u16::from_le_bytes(*format) != FORMAT {
            return Err(Failure::outside(
                "the sources of the state's program are of a format that a newer `journey` wrote; nothing was changed",
            ));
        }
        let unpacked = zstd::Decoder::new(packed).map_err(|_| damaged("can't be unpacked"))?;
        let mut plain = Vec::new();
        let read = unpacked.take(BYTES_MAX).read_to_end(&mut plain);
        read.map_err(|_| damaged("can't be unpacked"))?;
        match postcard::take_from_bytes(&plain) {
            Ok((chain, [])) => Ok(chain),
            Ok(_) | Err(_) => Err(damaged("are malformed")),
        }
    }
}

impl Stage {
    pub(super) fn of(given: &Given, own: [u8; 32]) -> Option<Self> {
        let files = given.sources.clone()?;
        Some(Self {
            version: given.execution.plan.version.clone(),
            own,
            lone: !files.contains_key(journey_compiler::load::MANIFEST),
            files,
        })
    }
}
