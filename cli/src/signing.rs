//! Who made an artifact (Ed25519, RFC 8032): `build --sign` puts a signature behind it, `--trust` opens nothing
//! else. Keys are PEM as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them.

use crate::failure::Failure;
use crate::project::read;
use journey_program::artifact::signature::{Signature, split};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const PUBLIC_KEY: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Signs with a key of its own.
#[derive(Debug)]
pub struct Signer(Ed25519KeyPair);

impl Signer {
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(&read(path)?).ok();
        let pair = der.and_then(|der| {
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).ok()
        });
        pair.map(Self).ok_or_else(|| {
            Failure::failed(format!(
                "`{}` is no Ed25519 key to sign with: \
                 `openssl genpkey -algorithm ed25519 -out KEY` makes one",
                path.display()
            ))
        })
    }

    pub fn sign(&self, artifact: &[u8]) -> Signature {
        let mut signature = Signature {
            signature: [0; 64],
            key: [0; 32],
        };
        let made = self.0.sign(artifact);
        for (to, from) in signature.signature.iter_mut().zip(made.as_ref()) {
            *to = *from;
        }
        let key = self.0.public_key().as_ref();
        for (to, from) in signature.key.iter_mut().zip(key) {
            *to = *from;
        }
        signature
    }
}

/// Whose artifacts are opened; nobody named: everyone's.
#[derive(Debug)]
pub struct Trust(Vec<[u8; 32]>);

impl Trust {
    pub fn of(keys: &[PathBuf]) -> Result<Self, Failure> {
        let keys: Result<Vec<_>, Failure> = keys.iter().map(|path| public_key(path)).collect();
        keys.map(Self)
    }

    /// A signature is right wherever there is one; where somebody is named, it is theirs.
    pub fn check(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let shown = path.display();
        let (artifact, signature) = split(bytes);
        let Some(Signature { signature, key }) = signature else {
            return match self.0.is_empty() {
                true => Ok(()),
                false => Err(Failure::failed(format!(
                    "`{shown}` is not signed, and `--trust` opens what is: build it with `--sign KEY`"
                ))),
            };
        };
        let right = UnparsedPublicKey::new(&ED25519, key).verify(artifact, &signature);
        if right.is_err() {
            return Err(Failure::failed(format!(
                "`{shown}` was changed after it was signed"
            )));
        }
        if self.0.is_empty() || self.0.contains(&key) {
            return Ok(());
        }
        let mut whose = String::new();
        for byte in key {
            let _ = write!(whose, "{byte:02x}");
        }
        Err(Failure::failed(format!(
            "`{shown}` is signed with the key {whose}, which `--trust` does not name"
        )))
    }

    /// A project that would be compiled now.
    pub fn of_source(&self, path: &Path) -> Result<(), Failure> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Failure::failed(format!(
                "`{}` is no artifact, and `--trust` opens only what is signed: \
                 `journey build --sign KEY -o FILE` makes one",
                path.display()
            ))),
        }
    }
}

fn public_key(path: &Path) -> Result<[u8; 32], Failure> {
    let der = SubjectPublicKeyInfoDer::from_pem_slice(&read(path)?).ok();
    let key = der.and_then(|der| {
        let key = der.as_ref().strip_prefix(&PUBLIC_KEY)?;
        <[u8; 32]>::try_from(key).ok()
    });
    key.ok_or_else(|| {
        Failure::failed(format!(
            "`{}` is no public Ed25519 key: `openssl pkey -in KEY -pubout` makes one",
            path.display()
        ))
    })
}
