//! `build --sign` and `--trust`: what is opened, what is refused and why.

use super::{journey, shop, write};
use std::path::Path;
use tempfile::TempDir;

/// RFC 8410, section 10: a private key, and its public one.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";
/// Somebody else's: RFC 8032, section 7.1, test 2.
const OTHER: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=
-----END PUBLIC KEY-----
";

fn signed() -> TempDir {
    let folder = shop();
    write(&folder, "key.pem", KEY.as_bytes());
    write(&folder, "public.pem", PUBLIC.as_bytes());
    write(&folder, "other.pem", OTHER.as_bytes());
    for (file, sign) in [
        ("plain.jrn", &[][..]),
        ("signed.jrn", &["--sign", "key.pem"]),
    ] {
        let built = journey(
            folder.path(),
            &[&["build", "shop", "-o", file], sign].concat(),
        );
        assert!(built.starts_with("exit 0"), "{built}");
    }
    folder
}

fn run(folder: &Path, what: &str, keys: &[&str]) -> String {
    let trust = keys.iter().flat_map(|key| ["--trust", key]);
    let events = ["run", what, "--events", "shop/events.jsonl"];
    journey(folder, &events.into_iter().chain(trust).collect::<Vec<_>>())
}

#[test]
fn what_is_signed_is_opened() {
    let folder = signed();
    for keys in [&[][..], &["public.pem"], &["other.pem", "public.pem"]] {
        let said = run(folder.path(), "signed.jrn", keys);
        assert!(said.starts_with("exit 0"), "{said}");
    }
}

#[test]
fn a_signature_comes_after_the_file_as_it_was_built() {
    let folder = signed();
    let read = |name| std::fs::read(folder.path().join(name)).unwrap();
    let (plain, signed) = (read("plain.jrn"), read("signed.jrn"));
    assert!(signed.starts_with(&plain));
    assert_eq!(signed.len() - plain.len(), 64 + 32 + 8);
    let again = &["build", "shop", "-o", "again.jrn", "--sign", "key.pem"];
    assert!(journey(folder.path(), again).starts_with("exit 0"));
    assert!(
        read("again.jrn") == signed,
        "the same source, the same bytes"
    );
}

#[test]
fn what_is_not_trusted_is_refused() {
    let folder = signed();
    let refused = |what: &str, keys: &[&str], why: &str| {
        let said = run(folder.path(), what, keys);
        assert!(said.starts_with("exit 1") && said.contains(why), "{said}");
    };
    refused("plain.jrn", &["public.pem"], "`plain.jrn` is not signed");
    refused("shop", &["public.pem"], "`shop` is no artifact");
    refused(
        "signed.jrn",
        &["other.pem"],
        "signed with the key 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
    );
    refused("signed.jrn", &["key.pem"], "is no public Ed25519 key");
    let wrong = &["build", "shop", "-o", "never.jrn", "--sign", "public.pem"];
    let said = journey(folder.path(), wrong);
    assert!(said.starts_with("exit 1") && said.contains("is no Ed25519 key to sign with"));
    assert!(!folder.path().join("never.jrn").exists());
}

/// Wherever a bit of a signed file turns, it is not opened, with and without `--trust`.
#[test]
fn what_was_changed_is_refused() {
    let folder = signed();
    let whole = std::fs::read(folder.path().join("signed.jrn")).unwrap();
    let last = whole.len() - 1;
    for at in [60, whole.len() / 2, last - 100, last - 50, last - 20] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        write(&folder, "changed.jrn", &changed);
        for keys in [&[][..], &["public.pem"]] {
            let said = run(folder.path(), "changed.jrn", keys);
            assert!(said.contains("was changed after it was signed"), "{said}");
        }
    }
}
