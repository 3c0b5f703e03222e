//! The inputs and answers of `data/decide`.

use super::rival::{Event, Profile};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A line of `pairs.jsonl`, as the rival's structs and as it came.
pub struct Pair {
    pub profile: Profile,
    pub event: Event,
    pub raw: serde_json::Value,
}

#[derive(Deserialize)]
struct Typed {
    profile: Profile,
    event: Event,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/decide")
}

fn unpacked(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(folder().join(name)).unwrap();
    zstd::decode_all(bytes.as_slice()).unwrap()
}

pub fn pairs() -> Vec<Pair> {
    let text = String::from_utf8(unpacked("pairs.jsonl.zst")).unwrap();
    let pair = |line: &str| {
        let Typed { profile, event } = serde_json::from_str(line).unwrap();
        Pair {
            profile,
            event,
            raw: serde_json::from_str(line).unwrap(),
        }
    };
    text.lines().map(pair).collect()
}

/// The checksum of all answers, as its README says, and what it begins with.
pub const SUM: u64 = 0xd688_5850_1d22_d867;
pub const SUM_FIRST: u64 = 0xcbf2_9ce4_8422_2325;

pub fn sum(so_far: u64, word: u64) -> u64 {
    (so_far ^ word).wrapping_mul(0x100_0000_01b3)
}

/// Of each line: `audiences | offer << 32 | branch << 40`; checked by the checksum of its README.
pub fn expected() -> Vec<u64> {
    let bytes = unpacked("expected.u64le.zst");
    let words: Vec<u64> = bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|word| u64::from_le_bytes(*word))
        .collect();
    let sum = words
        .iter()
        .fold(SUM_FIRST, |so_far, word| sum(so_far, *word));
    assert_eq!(sum, SUM, "the answers are not those of the README");
    words
}
