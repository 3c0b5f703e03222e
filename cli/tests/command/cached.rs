//! `check --cache DIR`: the same files are not looked at again, other files are, and nothing that happens to the
//! folder changes what is said.

use super::{journey, shop, write};
use std::path::PathBuf;
use tempfile::TempDir;

const CHECK: [&str; 5] = ["check", "shop", "--cache", "kept", "--stats"];

fn entries(folder: &TempDir) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.path().join("kept")).unwrap();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// An entry as a check writes it, with words that no check says.
fn planted() -> Vec<u8> {
    let verdict = postcard::to_stdvec(&("planted", "", false)).unwrap();
    let mut bytes = blake3::hash(&verdict).as_bytes().to_vec();
    bytes.extend(verdict);
    bytes
}

#[test]
fn the_same_is_not_looked_at_again() {
    let folder = shop();
    let first = journey(folder.path(), &CHECK);
    assert_eq!(first, journey(folder.path(), &["check", "shop", "--stats"]));
    let kept = entries(&folder);
    assert_eq!(kept.len(), 1);
    std::fs::write(&kept[0], planted()).unwrap();
    assert!(journey(folder.path(), &CHECK).contains("planted"));
    // asked in another way
    let json = [&CHECK[..], &["--format", "json"]].concat();
    assert!(!journey(folder.path(), &json).contains("planted"));
    assert_eq!(entries(&folder).len(), 2);
}

#[test]
fn what_has_changed_is_looked_at() {
    let folder = shop();
    journey(folder.path(), &CHECK);
    let kept = entries(&folder);
    std::fs::write(&kept[0], planted()).unwrap();
    let path = folder.path().join("shop/shop.journey");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("20 EUR", "20")).unwrap();
    let said = journey(folder.path(), &CHECK);
    assert!(
        said.starts_with("exit 1") && said.contains(":59:"),
        "{said}"
    );
    assert_eq!(
        said,
        journey(folder.path(), &CHECK),
        "errors are kept as well"
    );
    std::fs::write(&path, text).unwrap();
    write(&folder, "shop/other.journey", b"audience everyone = true\n");
    assert!(!journey(folder.path(), &CHECK).contains("planted"));
}

#[test]
fn a_damaged_folder_costs_time_alone() {
    let folder = shop();
    let first = journey(folder.path(), &CHECK);
    let kept = entries(&folder);
    for damaged in [&b""[..], b"short", &planted()[..40]] {
        std::fs::write(&kept[0], damaged).unwrap();
        assert_eq!(journey(folder.path(), &CHECK), first);
    }
    write(&folder, "taken", b"no folder");
    let said = journey(folder.path(), &["check", "shop", "--cache", "taken"]);
    assert!(
        said.starts_with("exit 0") && said.contains("note: `taken` keeps nothing"),
        "{said}"
    );
}
