//! `audit.jsonl` beside the states: who asked for a person's data, when, and how much it was; of the person a print
//! only, which nobody reads back without the folder's salt.

use crate::failure::Failure;
use journey_program::show;
use journey_runtime::actions::json::Line;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

pub const AUDIT: &str = "audit.jsonl";

/// What somebody has asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// when, by the clock on the wall
    pub at: i64,
    pub what: &'a str,
    /// the folder's
    pub salt: &'a str,
    /// as it was written
    pub profile: &'a str,
    pub counts: &'a [(&'a str, usize)],
}

impl Asked<'_> {
    pub fn line(&self) -> String {
        let mut line = Line::new();
        line.text("at", &show::time_ms(self.at));
        line.text("by", &user());
        line.text("what", self.what);
        line.text("profile", &print(self.salt, self.profile));
        for (name, count) in self.counts {
            line.raw(name, &count.to_string());
        }
        line.end()
    }
}

/// Adds a line; an answer without its line is not given.
pub fn note(folder: &Path, asked: &Asked<'_>) -> Result<(), Failure> {
    add(&folder.join(AUDIT), &asked.line())
}

/// Adds a line to a file, which is made if need be; it is on the disk when this has returned.
pub(super) fn add(path: &Path, line: &str) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::file("write", path, &e);
    let mut options = OpenOptions::new();
    let mut file = options
        .create(true)
        .append(true)
        .open(path)
        .map_err(failed)?;
    file.write_all(format!("{line}\n").as_bytes())
        .map_err(failed)?;
    file.sync_data().map_err(failed)
}

/// What stands for PROFILE where nobody may read it.
pub fn print(salt: &str, profile: &str) -> String {
    let key = blake3::derive_key("journey 2026 audited identifiers", salt.as_bytes());
    let hash = blake3::keyed_hash(&key, profile.as_bytes());
    hash.to_hex().chars().take(32).collect()
}

/// The user of the operating system.
fn user() -> String {
    let named = ["USER", "LOGNAME", "USERNAME"];
    let user = named.iter().find_map(|name| std::env::var(name).ok());
    user.unwrap_or_else(|| "unknown".to_owned())
}
