//! Who made an artifact: a block after its last byte, so that the file without it is the file as it was built.
//!
//! ```text
//! the artifact  Ed25519 signature of all its bytes [64]  public key [32]  "JRNYSIGN"
//! ```
//! Here it is only put there and found; keys are the command's.

const MAGIC: [u8; 8] = *b"JRNYSIGN";
const KEY: usize = 32;
const SIGNATURE: usize = 64;
const BLOCK: usize = SIGNATURE + KEY + MAGIC.len();

/// As it stands in a file; nothing is said yet of whether it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// RFC 8032
    pub signature: [u8; SIGNATURE],
    pub key: [u8; KEY],
}

impl Signature {
    /// The file of an artifact and its signature.
    pub fn append_to(&self, artifact: &mut Vec<u8>) {
        artifact.extend_from_slice(&self.signature);
        artifact.extend_from_slice(&self.key);
        artifact.extend_from_slice(&MAGIC);
    }
}

/// The artifact that was signed, and its signature, if there is one.
pub fn split(bytes: &[u8]) -> (&[u8], Option<Signature>) {
    let found = bytes.split_last_chunk::<BLOCK>();
    let Some((artifact, block)) = found.filter(|(_, block)| block.ends_with(&MAGIC)) else {
        return (bytes, None);
    };
    let parts = block.split_first_chunk::<SIGNATURE>();
    let parts = parts.and_then(|(signature, rest)| Some((signature, rest.first_chunk::<KEY>()?)));
    match parts {
        Some((signature, key)) => {
            let (signature, key) = (*signature, *key);
            (artifact, Some(Signature { signature, key }))
        }
        None => (bytes, None),
    }
}
