//! The configuration of a server: TOML, strict, with a limit on everything. What is not said has a default.

use super::keys::Key;
use crate::deliver::config::Delivery;
use crate::failure::Failure;
use crate::project::read;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub listen: SocketAddr,
    /// PEM files; relative to the configuration's folder
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// the source that reads what comes in by Segment's API; needed where the program has several
    pub segment_source: Option<String>,
    pub write_keys: Vec<Key>,
    pub read_keys: Vec<Key>,
    pub limits: Limits,
    /// where sends go, and with which secrets
    pub deliver: Delivery,
    /// the configuration's folder
    #[serde(skip)]
    pub beside: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8_080)),
            tls_cert: None,
            tls_key: None,
            segment_source: None,
            write_keys: Vec::new(),
            read_keys: Vec::new(),
            limits: Limits::default(),
            deliver: Delivery::default(),
            beside: PathBuf::new(),
        }
    }
}

/// The most of everything.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// of one event
    pub event_bytes: usize,
    pub event_depth: usize,
    pub event_keys: usize,
    pub string_bytes: usize,
    /// of one request, unpacked
    pub batch_bytes: usize,
    pub batch_items: usize,
    /// how much larger than it came a body may unpack to be
    pub gzip_ratio: usize,
    /// of the request line and all headers together
    pub header_bytes: usize,
    pub header_seconds: u64,
    pub body_seconds: u64,
    /// of the whole process
    pub connections: usize,
    pub queue_bytes: usize,
    /// requests of one key, where the key says nothing itself, and how many may come at once; 0: no bound
    pub key_per_second: u32,
    pub key_burst: u32,
    /// a stop waits so long for requests that are under way
    pub stop_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_bytes: 32 << 10,
            event_depth: 32,
            event_keys: 256,
            string_bytes: 8 << 10,
            batch_bytes: 500 << 10,
            batch_items: 2_500,
            gzip_ratio: 100,
            header_bytes: 16 << 10,
            header_seconds: 5,
            body_seconds: 15,
            connections: 1_024,
            queue_bytes: 32 << 20,
            key_per_second: 0,
            key_burst: 100,
            stop_seconds: 30,
        }
    }
}

/// What hyper needs to read a request at all.
const HEADER_BYTES_MIN: usize = 8 << 10;

impl Config {
    /// Reads a file. What it means by a relative path is beside it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let bytes = read(path)?;
        let text = String::from_utf8_lossy(&bytes);
        let wrong = |what: &str| Failure::usage(format!("{}: {what}", path.display()));
        let mut config = Self::parse(&text).map_err(|what| wrong(&what))?;
        let beside = path.parent().unwrap_or(Path::new(""));
        for file in [&mut config.tls_cert, &mut config.tls_key] {
            *file = file.take().map(|file| beside.join(file));
        }
        beside.clone_into(&mut config.beside);
        Ok(config)
    }

    /// Reads a text; what is wrong with it, and in which line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            let place = line.map_or_else(String::new, |line| format!("line {line}: "));
            format!("{place}{}", nearest(error.message()))
        })?;
        if config.tls_cert.is_some() != config.tls_key.is_some() {
            return Err("`tls_cert` and `tls_key` go together".to_owned());
        }
        for key in config.write_keys.iter().chain(&config.read_keys) {
            key.check()?;
        }
        if config.limits.header_bytes < HEADER_BYTES_MIN {
            let least = HEADER_BYTES_MIN;
            return Err(format!("`limits.header_bytes` is at least {least}"));
        }
        Ok(config)
    }

    pub fn has_keys(&self) -> bool {
        !self.write_keys.is_empty() || !self.read_keys.is_empty()
    }
}

/// ``unknown field `lisen`, expected one of `listen`, …`` with what was probably meant.
fn nearest(message: &str) -> String {
    let line = message.lines().next().unwrap_or(message);
    let mut names = line.split('`').skip(1).step_by(2);
    let unknown = line.starts_with("unknown field").then(|| names.next());
    let Some(Some(unknown)) = unknown else {
        return line.to_owned();
    };
    let near = journey_compiler::nearest(unknown, names);
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("there is no key `{unknown}`{near}")
}
