//! Chance: splits, holdouts and keys of sends are hashes, so that every run, replay and machine draws the
//! same lot. The bytes that are hashed are part of the product: a change moves people between arms.
//!
//! A lot is xxh3-64 with seed 0 over `person \0 name \0 salt`: the person's first canonical id, the
//! declaration's name (`JOURNEY` for a holdout, `JOURNEY.SPLIT` for a split) and its salt.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The lot of a person in a declaration, even over 0..2^64.
pub fn lot(person: &str, name: &str, salt: &str) -> u64 {
    xxh3_64(&joined(&[person, name, salt]))
}

/// The lot of a person's n-th asking of a decision, from 0: over `person \0 name \0 salt \0 number`.
pub fn explore_lot(person: &str, decision: &str, salt: &str, number: u32) -> u64 {
    xxh3_64(&joined(&[person, decision, salt, &number.to_string()]))
}

/// Which of `count` offers is explored: over `person \0 name \0 salt \0 number \0 offer`.
pub fn explored(person: &str, decision: &str, salt: &str, number: u32, count: usize) -> usize {
    let parts = [person, decision, salt, &number.to_string(), "offer"];
    let lot = u128::from(xxh3_64(&joined(&parts)));
    usize::try_from((lot * count as u128) >> 64).unwrap_or(0)
}

/// The arm whose share of 2^64 the lot falls into; rounding's rest belongs to the last arm.
pub fn arm(lot: u64, shares: impl IntoIterator<Item = u64>) -> usize {
    let mut above = 0u64;
    let mut arm = 0;
    for (place, share) in shares.into_iter().enumerate() {
        arm = place;
        above = above.saturating_add(share);
        if lot < above {
            break;
        }
    }
    arm
}

/// What a send is known by, to receivers and to its outcomes: xxh3-128 with seed 0, 32 hexadecimal digits,
/// over `program \0 person \0 journey \0 key \0 entry \0 step \0 occurrence`. `entry` counts the person's
/// instances of that journey and key from 0, `occurrence` the instance's sends of that step from 0.
pub fn send_key(
    program: &str,
    person: &str,
    journey: &str,
    key: &str,
    entry: u32,
    step: &str,
    occurrence: u32,
) -> String {
    let (entry, occurrence) = (entry.to_string(), occurrence.to_string());
    let parts = [program, person, journey, key, &entry, step, &occurrence];
    format!("{:032x}", xxh3_128(&joined(&parts)))
}

/// The id of an event that a journey emits: as a send's key, over `program \0 person \0 journey \0 key \0
/// entry \0 emit \0 occurrence`, the instance's emits counted from 0.
pub fn emit_id(
    program: &str,
    person: &str,
    journey: &str,
    key: &str,
    entry: u32,
    occurrence: u32,
) -> String {
    send_key(program, person, journey, key, entry, "emit", occurrence)
}

/// What an id is remembered by.
pub fn fingerprint(id: &str) -> u128 {
    xxh3_128(id.as_bytes())
}

fn joined(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|p| p.len() + 1).sum());
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            bytes.push(0);
        }
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}
