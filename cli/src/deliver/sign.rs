//! Standard Webhooks, both ways: what goes out is signed with every active secret, newest first, so that a
//! receiver may change theirs at leisure; what comes in is let in by any of them, in time, and once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use subtle::ConstantTimeEq;

const PREFIX: &str = "whsec_";
/// A secret has so many bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Secrets of one channel, signatures of one message.
const SECRETS_MAX: usize = 2;
const SIGNATURES_MAX: usize = 16;
const ID_BYTES_MAX: usize = 256;
/// How far two clocks may be apart, in seconds.
pub const TOLERANCE: i64 = 300;
/// Ids that are remembered.
const SEEN_MAX: usize = 100_000;

/// A secret that nothing prints.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// `whsec_` and base64. The text is not repeated in the error.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bytes = text.strip_prefix(PREFIX);
        let bytes = bytes.and_then(|text| STANDARD.decode(text.trim()).ok());
        match bytes {
            Some(bytes) if SECRET_BYTES.contains(&bytes.len()) => Ok(Self(bytes)),
            Some(_) | None => Err(format!(
                "a secret is `{PREFIX}` and the base64 of {} to {} bytes",
                SECRET_BYTES.start(),
                SECRET_BYTES.end()
            )),
        }
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(mac)
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<Vec<u8>> {
        let mac = self.mac(id, timestamp, body)?;
        Some(mac.finalize().into_bytes().to_vec())
    }
}

/// The active secrets of a channel, newest first.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<Secret>);

impl Secrets {
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, String> {
        let secrets: Result<Vec<Secret>, String> = texts.into_iter().map(Secret::parse).collect();
        let secrets = secrets?;
        if secrets.len() > SECRETS_MAX {
            return Err(format!("there are at most {SECRETS_MAX} secrets at a time"));
        }
        Ok(Self(secrets))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `webhook-signature`; the timestamp is in seconds.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signed = self.0.iter();
        let signed = signed.filter_map(|secret| secret.sign(id, timestamp, body));
        let signed: Vec<String> = signed
            .map(|signature| format!("v1,{}", STANDARD.encode(signature)))
            .collect();
        signed.join(" ")
    }

    /// Whether a message is of someone who has a secret, and of now. How long it takes says nothing of secrets.
    pub fn verify(&self, said: &Said<'_>, body: &[u8], now: i64) -> Result<(), Unsigned> {
        if said.id.is_empty() || said.id.len() > ID_BYTES_MAX {
            return Err(Unsigned::Headers);
        }
        let Ok(timestamp) = said.timestamp.parse::<i64>() else {
            return Err(Unsigned::Headers);
        };
        if timestamp.to_string() != said.timestamp {
            return Err(Unsigned::Headers);
        }
        if now.saturating_sub(timestamp).saturating_abs() > TOLERANCE {
            return Err(Unsigned::Time);
        }
        let mut good = subtle::Choice::from(0);
        for given in said.signature.split(' ').take(SIGNATURES_MAX) {
            let Some(given) = given.strip_prefix("v1,") else {
                continue;
            };
            let given = STANDARD.decode(given).unwrap_or_default();
            for secret in &self.0 {
                let mine = secret.sign(said.id, timestamp, body).unwrap_or_default();
                good |= mine.ct_eq(&given) & subtle::Choice::from(u8::from(!mine.is_empty()));
            }
        }
        if bool::from(good) {
            Ok(())
        } else {
            Err(Unsigned::Signature)
        }
    }
}

/// What a message says of itself: its three headers.
#[derive(Clone, Copy, Debug)]
pub struct Said<'h> {
    pub id: &'h str,
    pub timestamp: &'h str,
    pub signature: &'h str,
}

/// Why a message is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    Headers,
    Time,
    Signature,
}

impl fmt::Display for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unsigned::Headers => {
                "`webhook-id`, `webhook-timestamp` and `webhook-signature` are needed"
            }
            Unsigned::Time => "the timestamp is more than five minutes from now",
            Unsigned::Signature => "the signature is not of this message",
        })
    }
}

/// Ids that have come, for as long as their signature would be believed.
#[derive(Debug, Default)]
pub struct Seen {
    ids: BTreeMap<[u8; 32], i64>,
    order: BTreeSet<(i64, [u8; 32])>,
}

impl Seen {
    /// Whether a message of this channel and id was taken before.
    pub fn has(&self, channel: &str, id: &str) -> bool {
        self.ids.contains_key(&print(channel, id))
    }

    /// It has been taken; `now` in seconds.
    pub fn insert(&mut self, channel: &str, id: &str, now: i64) {
        let print = print(channel, id);
        if let Some(before) = self.ids.insert(print, now) {
            self.order.remove(&(before, print));
        }
        self.order.insert((now, print));
        while let Some((at, print)) = self.order.first().copied() {
            let old = now.saturating_sub(at) > 2 * TOLERANCE;
            if !old && self.order.len() <= SEEN_MAX {
                return;
            }
            self.order.remove(&(at, print));
            self.ids.remove(&print);
        }
    }
}

fn print(channel: &str, id: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(channel.as_bytes());
    hasher.update([0]);
    hasher.update(id.as_bytes());
    hasher.finalize().into()
}
