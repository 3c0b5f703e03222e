//! Inputs from seeds: pieces left out, doubled, moved, mixed with other seeds and with words that matter.
//! Every input follows from its generator alone.

use crate::irgen::Rng;

/// Longer inputs are cut: short ones are run more often and read more easily.
const LENGTH_MAX: usize = 6_000;

/// Words that change what a text means.
const WORDS: [&str; 54] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\\",
    "`",
    "{{",
    "}}",
    "//",
    "///",
    "..",
    "??",
    "=>",
    "|",
    ",",
    ":",
    "-",
    "+",
    "/",
    "%",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "é",
    "𝄞",
    "\u{feff}",
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "1e400",
    "0.1",
    "null",
    "true",
    "EUR",
    "3 days",
    "1 month",
    "2026-02-30",
    "2026-11-27T10:00:00Z",
    "24:00",
    " where ",
    " in last ",
    " and ",
    " not ",
    " if ",
    " then ",
    " match ",
    "event ",
    "journey ",
];

/// Bytes at which something changes.
const BYTES: [u8; 10] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'\n', b',', b'{', b'0'];

/// The next input.
pub fn input(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    if seeds.is_empty() || rng.chance(8) {
        let length = rng.below(400);
        return (0..length).map(|_| rng.word() as u8).collect();
    }
    let seed = &seeds[rng.below(seeds.len())];
    let mut bytes = window(rng, seed);
    for _ in 0..rng.below(9) {
        change(rng, &mut bytes, seeds);
    }
    bytes.truncate(LENGTH_MAX);
    bytes
}

/// All of a seed, or a part of a long one.
fn window(rng: &mut Rng, seed: &[u8]) -> Vec<u8> {
    if seed.len() <= LENGTH_MAX && rng.chance(80) {
        return seed.to_vec();
    }
    piece(rng, seed, LENGTH_MAX)
}

fn piece(rng: &mut Rng, of: &[u8], most: usize) -> Vec<u8> {
    let from = rng.below(of.len() + 1);
    let length = rng.below(most.min(of.len() - from) + 1);
    of[from..from + length].to_vec()
}

fn change(rng: &mut Rng, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let at = rng.below(bytes.len() + 1);
    let reach = if rng.chance(70) { 12 } else { 200 };
    let end = (at + rng.below(reach)).min(bytes.len());
    match rng.below(9) {
        0 | 1 => drop(bytes.drain(at..end)),
        2 => {
            let same = bytes[at..end].to_vec();
            bytes.splice(at..at, same);
        }
        3 => {
            let moved: Vec<u8> = bytes.drain(at..end).collect();
            let to = rng.below(bytes.len() + 1);
            bytes.splice(to..to, moved);
        }
        4 => {
            let word = WORDS[rng.below(WORDS.len())];
            bytes.splice(at..at, word.bytes());
        }
        5 => {
            let word = WORDS[rng.below(WORDS.len())];
            bytes.splice(at..end, word.bytes());
        }
        6 => {
            let other = &seeds[rng.below(seeds.len())];
            let foreign = piece(rng, other, reach);
            bytes.splice(at..end, foreign);
        }
        7 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << rng.below(8);
            }
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = BYTES[rng.below(BYTES.len())];
            }
        }
    }
}

/// A smaller input that still fails: pieces are left out as long as `fails` says so.
pub fn smaller(bytes: &[u8], tries: usize, mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut best = bytes.to_vec();
    let mut left = tries;
    let mut length = best.len() / 2;
    while length > 0 && left > 0 {
        let mut at = 0;
        let before = best.len();
        while at < best.len() && left > 0 {
            let mut fewer = best.clone();
            fewer.drain(at..(at + length).min(best.len()));
            left -= 1;
            if fails(&fewer) {
                best = fewer;
            } else {
                at += length;
            }
        }
        if best.len() == before || length > 1 {
            length /= 2;
        }
    }
    best
}
