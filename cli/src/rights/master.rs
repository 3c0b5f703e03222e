//! The master key of a state folder, from the environment: `JOURNEY_MASTER_KEY` has it, or `JOURNEY_MASTER_KEY_FILE`
//! names the file that does: 32 bytes as hexadecimal digits or base64. Without it a new folder lies open.

use crate::failure::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use journey_runtime::store::Sealing;
use std::path::PathBuf;

const KEY: &str = "JOURNEY_MASTER_KEY";
const FILE: &str = "JOURNEY_MASTER_KEY_FILE";

/// What a folder is sealed with, and chance for its new keys. None: no master key is given.
pub fn sealing() -> Result<Option<Sealing>, Failure> {
    let (name, text) = match (std::env::var(KEY), std::env::var_os(FILE)) {
        (Ok(text), _) => (KEY.to_owned(), text),
        (Err(_), Some(path)) => {
            let path = PathBuf::from(path);
            let text = std::fs::read_to_string(&path);
            let text = text.map_err(|e| Failure::file("read", &path, &e))?;
            (path.display().to_string(), text)
        }
        (Err(_), None) => return Ok(None),
    };
    let master = key(text.trim()).ok_or_else(|| {
        Failure::usage(format!(
            "`{name}` holds no master key: 32 bytes as 64 hexadecimal digits or as base64"
        ))
    })?;
    let mut seed = [0; 32];
    let random = rustls::crypto::ring::default_provider().secure_random;
    let filled = random.fill(&mut seed);
    filled.map_err(|_| Failure::outside("the system gives no randomness for keys".to_owned()))?;
    Ok(Some(Sealing { master, seed }))
}

fn key(text: &str) -> Option<[u8; 32]> {
    let bytes = if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        let (pairs, _) = text.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?
    } else {
        STANDARD.decode(text).ok()?
    };
    bytes.try_into().ok()
}
