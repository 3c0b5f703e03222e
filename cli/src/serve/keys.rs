//! Who may write and who may read. A key is chance enough that its hash gives nothing away; only the hash is
//! configured, and every comparison looks at all keys to the end.

use super::http::answer::Answer;
use crate::failure::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use subtle::ConstantTimeEq;

const KEY_BYTES: usize = 32;
const HASH_BYTES: usize = 32;
const RANDOM: &str = "/dev/urandom";
/// Longer than any key.
const HEADER_MAX: usize = 1 << 10;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// for people, and in metrics
    pub name: String,
    /// SHA-256 of the key, in hex
    pub hash: String,
    /// of a write key: the source that reads what comes with it by Segment's API
    #[serde(default)]
    pub source: Option<String>,
    /// the most requests in a second, in the place of `limits.key_per_second`; 0: no bound
    #[serde(default)]
    pub per_second: Option<u32>,
}

impl Key {
    pub(super) fn check(&self) -> Result<(), String> {
        match hash_of(&self.hash) {
            Some(_) => Ok(()),
            None => Err(format!(
                "the hash of key `{}` is not 64 hex digits: `journey serve --new-key` prints one",
                self.name
            )),
        }
    }
}

fn hash_of(hex: &str) -> Option<[u8; HASH_BYTES]> {
    let mut hash = [0; HASH_BYTES];
    if hex.len() != 2 * HASH_BYTES || !hex.is_ascii() {
        return None;
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(hash)
}

fn sha256(key: &[u8]) -> [u8; HASH_BYTES] {
    Sha256::digest(key).into()
}

/// A key that nobody has, and its hash.
pub fn new_key(kind: &str) -> Result<(String, String), Failure> {
    let failed = |e: std::io::Error| Failure::outside(format!("can't read `{RANDOM}`: {e}"));
    let mut bytes = [0; KEY_BYTES];
    let source = std::fs::OpenOptions::new().read(true).open(RANDOM);
    let mut source = source.map_err(failed)?;
    source.read_exact(&mut bytes).map_err(failed)?;
    let key = format!("journey_{kind}_{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = sha256(key.as_bytes());
    Ok((key, hash.iter().map(|b| format!("{b:02x}")).collect()))
}

/// What a request asks to be let in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Write,
    Read,
    /// what changes something and hands out what is known: a key that is among both
    Both,
}

/// Who a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// the key's place among all; None: no keys are configured
    pub key: Option<usize>,
    pub source: Option<String>,
}

/// All keys, ready to be compared.
#[derive(Debug)]
pub struct Keys {
    write: Vec<([u8; HASH_BYTES], Option<String>)>,
    read: Vec<[u8; HASH_BYTES]>,
}

impl Keys {
    pub fn new(write: &[Key], read: &[Key]) -> Self {
        let hashed = |key: &Key| hash_of(&key.hash);
        Self {
            write: write
                .iter()
                .filter_map(|key| Some((hashed(key)?, key.source.clone())))
                .collect(),
            read: read.iter().filter_map(hashed).collect(),
        }
    }

    /// Lets a request in, by its `Authorization`.
    pub fn admit(&self, header: Option<&[u8]>, right: Right) -> Result<Caller, Answer> {
        if self.write.is_empty() && self.read.is_empty() {
            return Ok(Caller::default());
        }
        let Some(key) = header.and_then(key_in) else {
            return Err(Answer::unauthorized(
                "a key is needed: `Authorization: Bearer KEY`",
            ));
        };
        let hash = sha256(&key);
        // no early end: how long it takes says nothing of the keys
        let (mut write, mut read) = (None, false);
        for (place, (known, source)) in self.write.iter().enumerate() {
            if bool::from(known.ct_eq(&hash)) {
                write = Some((place, source.clone()));
            }
        }
        let mut among_read = 0;
        for (place, known) in self.read.iter().enumerate() {
            if bool::from(known.ct_eq(&hash)) {
                (read, among_read) = (true, place);
            }
        }
        if write.is_none() && !read {
            return Err(Answer::unauthorized("the key is unknown"));
        }
        let enough = match right {
            Right::Write => write.is_some(),
            Right::Read => read,
            Right::Both => write.is_some() && read,
        };
        if !enough {
            return Err(Answer::forbidden(match right {
                Right::Write => "this takes a write key",
                Right::Read => "this takes a read key",
                Right::Both => "this takes a key that may both read and write",
            }));
        }
        Ok(match write {
            Some((place, source)) => Caller {
                key: Some(place),
                source,
            },
            None => Caller {
                key: Some(self.write.len() + among_read),
                source: None,
            },
        })
    }

    /// How many there are, one that is twice counted twice.
    pub fn len(&self) -> usize {
        self.write.len() + self.read.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The key of `Bearer KEY`, or of `Basic` as Segment's SDKs send it: the user's name, without a password.
pub fn key_in(header: &[u8]) -> Option<Vec<u8>> {
    if header.len() > HEADER_MAX {
        return None;
    }
    let space = header.iter().position(|b| *b == b' ')?;
    let (scheme, rest) = header.split_at(space);
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return (!rest.is_empty()).then(|| rest.to_vec());
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let pair = STANDARD.decode(rest).ok()?;
    let colon = pair.iter().position(|b| *b == b':').unwrap_or(pair.len());
    let (user, password) = pair.split_at(colon);
    let password = password.strip_prefix(b":").unwrap_or(password);
    (!user.is_empty() && password.is_empty()).then(|| user.to_vec())
}
