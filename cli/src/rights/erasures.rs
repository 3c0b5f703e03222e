//! `erasures.jsonl` beside the states: a receipt for each erasure, each with the hash of the one before. It names
//! people by prints only, and is enough to erase them again from an older copy of the folder.

use super::audit::{self, Asked, add};
use crate::failure::Failure;
use journey_program::show;
use journey_runtime::actions::json::{Line, quoted};
use journey_runtime::store::ErasedFrom;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

pub const ERASURES: &str = "erasures.jsonl";

/// A receipt, as a line; `before`: the last one.
fn receipt(erased: &ErasedFrom, at: i64, before: Option<&str>) -> String {
    let prints = erased
        .prints
        .iter()
        .map(|print| quoted(&format!("{print:032x}")));
    let prints: Vec<String> = prints.collect();
    let files: Vec<String> = erased.files.iter().map(|name| quoted(name)).collect();
    let mut line = Line::new();
    line.text("erased", &show::time_ms(at));
    line.text("clock", &show::time_ms(erased.at));
    line.text("request", &erased.request);
    line.raw("prints", &format!("[{}]", prints.join(",")));
    line.raw("files_removed", &format!("[{}]", files.join(",")));
    line.raw("history_records", &erased.records.to_string());
    line.text("history", erased.history.name());
    if let Some(why) = erased.history.why() {
        line.text("history_why", why);
    }
    let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    line.text("before", &before.map(hash).unwrap_or_default());
    let open = line.end();
    let sum = hash(&open);
    let body = open.strip_suffix('}').unwrap_or(&open);
    format!("{body},\"hash\":\"{sum}\"}}")
}

/// Keeps the receipt of an erasure, and notes who was asked for; `salt`: the folder's.
pub fn told(
    folder: &Path,
    erased: &ErasedFrom,
    at: i64,
    (salt, profile): (&str, &str),
) -> Result<String, Failure> {
    let before = last(folder)?;
    let receipt = receipt(erased, at, before.as_deref());
    keep(folder, &receipt)?;
    let asked = Asked {
        at,
        what: "erase",
        salt,
        profile,
        counts: &[
            ("identifiers", erased.prints.len()),
            ("files", erased.files.len()),
        ],
    };
    audit::note(folder, &asked)?;
    Ok(receipt)
}

/// Chance for the names that stand in the place of theirs.
pub fn chance() -> u64 {
    RandomState::new().hash_one(0u8)
}

/// A name for an erasure.
pub fn request() -> String {
    format!("erase-{:016x}", chance())
}

/// The last receipt of a folder.
fn last(folder: &Path) -> Result<Option<String>, Failure> {
    let path = folder.join(ERASURES);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().last().map(str::to_owned)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Failure::file("read", &path, &e)),
    }
}

fn keep(folder: &Path, receipt: &str) -> Result<(), Failure> {
    add(&folder.join(ERASURES), receipt)
}

/// The prints that receipts name, and their requests.
pub fn read(path: &Path) -> Result<Vec<(String, Vec<u128>)>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file("read", path, &e))?;
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let wrong = || {
            Failure::failed(format!(
                "{}:{}: this is no receipt",
                path.display(),
                number + 1
            ))
        };
        let value: serde_json::Value = serde_json::from_str(line).map_err(|_| wrong())?;
        let request = value.get("request").and_then(|request| request.as_str());
        let prints = value.get("prints").and_then(|prints| prints.as_array());
        let (Some(request), Some(prints)) = (request, prints) else {
            return Err(wrong());
        };
        let print = |print: &serde_json::Value| u128::from_str_radix(print.as_str()?, 16).ok();
        let prints: Option<Vec<u128>> = prints.iter().map(print).collect();
        all.push((request.to_owned(), prints.ok_or_else(wrong)?));
    }
    Ok(all)
}
