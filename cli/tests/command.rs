//! The command as a user meets it: what each subcommand prints, where, and its exit code, as snapshots.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

#[path = "command/cached.rs"]
mod cached;
#[path = "command/deployment.rs"]
mod deployment;
#[path = "command/diff.rs"]
mod diff;
#[path = "command/formats.rs"]
mod formats;
#[path = "command/hostile.rs"]
mod hostile;
#[path = "command/schema.rs"]
mod schema;
#[path = "command/signing.rs"]
mod signing;
#[path = "command/simulate.rs"]
mod simulate;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder with a fresh project in it, `shop`.
fn shop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(journey(folder.path(), &["new", "shop"]).contains("exit 0"));
    folder
}

fn journey(folder: &Path, args: &[&str]) -> String {
    with_input(folder, args, b"")
}

/// Exit code, standard output, standard error; the line that tells the time it took is left out.
fn with_input(folder: &Path, args: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_journey"))
        .args(args)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input);
    let done = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\\', "/");
    let errors: String = text(&done.stderr)
        .lines()
        .filter(|l| !l.starts_with("took"))
        .fold(String::new(), |a, l| a + l + "\n");
    let code = done.status.code().unwrap();
    format!(
        "exit {code}\n--- out\n{}--- err\n{errors}",
        text(&done.stdout)
    )
}

fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn new_explains_itself_and_what_it_makes_works() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!("new", journey(folder.path(), &["new", "shop"]));
    insta::assert_snapshot!("new_twice", journey(folder.path(), &["new", "shop"]));
    insta::assert_snapshot!("new_check", journey(folder.path(), &["check", "shop"]));
    insta::assert_snapshot!("new_test", journey(folder.path(), &["test", "shop"]));
    insta::assert_snapshot!(
        "new_fmt",
        journey(folder.path(), &["fmt", "--check", "shop"])
    );
}

#[test]
fn run_tells_what_it_did() {
    let folder = shop();
    let args = [
        "run",
        "shop",
        "--events",
        "shop/events.jsonl",
        "--actions",
        "-",
    ];
    insta::assert_snapshot!("run", journey(folder.path(), &args));
    let until: Vec<&str> = args
        .iter()
        .copied()
        .chain(["--until", "2026-02-01T00:00:00Z"])
        .collect();
    let native = journey(folder.path(), &until);
    insta::assert_snapshot!("run_until", native);
    let interpret: Vec<&str> = until.iter().copied().chain(["--interpret"]).collect();
    let interpreted = journey(folder.path(), &interpret);
    let executed = |out: &str, by: &str| {
        out.lines()
            .any(|l| l.starts_with("executed") && l.ends_with(by))
    };
    assert!(executed(&native, "native") && executed(&interpreted, "interpreter"));
    let actions = |out: &str| out.split("--- err").next().unwrap().to_owned();
    assert_eq!(actions(&native), actions(&interpreted));
}

#[test]
fn an_artifact_runs_and_two_folders_give_the_same_bytes() {
    let (one, two) = (shop(), shop());
    for folder in [&one, &two] {
        let args = [
            "build",
            "shop",
            "-o",
            "shop.jrn",
            "--target",
            "x86_64-linux",
            "--target",
            "aarch64-linux",
        ];
        assert!(journey(folder.path(), &args).starts_with("exit 0"));
    }
    let bytes = |folder: &TempDir| std::fs::read(folder.path().join("shop.jrn")).unwrap();
    assert!(bytes(&one) == bytes(&two), "two folders gave two artifacts");
    let run = |what: &str| {
        let args = [
            "run",
            what,
            "--events",
            "shop/events.jsonl",
            "--actions",
            "-",
        ];
        journey(one.path(), &args)
    };
    assert_eq!(run("shop"), run("shop.jrn"));
    let mut damaged = bytes(&one);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    write(&one, "shop.jrn", &damaged);
    insta::assert_snapshot!("run_damaged_artifact", run("shop.jrn"));
}

#[test]
fn check_reports_every_error() {
    let folder = tempfile::tempdir().unwrap();
    let program = b"event signup {\n    plan: text\n}\naudience a = pland > 1\naudience b = 1 EUR + 1 USD == 2 EUR\njourney j {\n    enter on sginup\n    wait 3 dais\n}\n";
    write(&folder, "bad.journey", program);
    insta::assert_snapshot!(
        "check_text",
        journey(folder.path(), &["check", "bad.journey"])
    );
    insta::assert_snapshot!(
        "check_json",
        journey(folder.path(), &["check", "bad.journey", "--format", "json"])
    );
}

#[test]
fn what_is_wrong_with_the_input_is_said() {
    let folder = shop();
    let run = |events: &str, bytes: &[u8]| {
        write(&folder, events, bytes);
        journey(
            folder.path(),
            &[
                "run",
                "shop",
                "--events",
                events,
                "--dead-letters",
                "dead.jsonl",
            ],
        )
    };
    let good = br#"{"type":"signup","id":"1","at":"2026-01-01T00:00:00Z","ids":{"user_id":"u"},"data":{"accepts_marketing":true}}"#;
    let wrong = br#"{"type":"signup","id":"2","at":"2026-01-01T00:00:00Z","ids":{"user_id":"u"},"data":{"accepts_marketing":"maybe"}}"#;
    let no_zone = br#"{"type":"signup","id":"3","at":"2026-01-01T00:00:00","ids":{"user_id":"u"},"data":{"accepts_marketing":true}}"#;
    let lines = [&good[..], wrong, no_zone, b"{half"].join(&b'\n');
    insta::assert_snapshot!("run_dead_letters", run("mixed.jsonl", &lines));
    insta::assert_snapshot!(
        "dead_letters",
        std::fs::read_to_string(folder.path().join("dead.jsonl")).unwrap()
    );
    let mut packed = zstd::encode_all(&good.repeat(2000)[..], 1).unwrap();
    packed.truncate(packed.len() - 8);
    insta::assert_snapshot!("run_truncated", run("cut.jsonl.zst", &packed));
    insta::assert_snapshot!(
        "run_no_file",
        journey(folder.path(), &["run", "shop", "--events", "none.jsonl"])
    );
    let args = ["run", "shop", "--events", "mixed.jsonl", "--source", "till"];
    insta::assert_snapshot!("run_no_source", journey(folder.path(), &args));
}

#[test]
fn a_full_disk_ends_a_run_with_3() {
    let folder = shop();
    let args = [
        "run",
        "shop",
        "--events",
        "shop/events.jsonl",
        "--actions",
        "/dev/full",
    ];
    let said = journey(folder.path(), &args);
    assert!(said.starts_with("exit 3"), "{said}");
}

#[test]
fn projects_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    insta::assert_snapshot!("check_empty", journey(folder.path(), &["check", "empty"]));
    insta::assert_snapshot!(
        "check_nowhere",
        journey(folder.path(), &["check", "nowhere"])
    );
    write(&folder, "latin.journey", b"event caf\xe9 {}\n");
    insta::assert_snapshot!(
        "check_latin",
        journey(folder.path(), &["check", "latin.journey"])
    );
    insta::assert_snapshot!("usage", journey(folder.path(), &["chek"]));
}

#[test]
fn fmt_graph_explain_and_build_print() {
    let folder = shop();
    let ugly = b"enum  tier{none,\n gold }\n// kept\naudience a=profile.x>1";
    insta::assert_snapshot!(
        "fmt_stdin",
        with_input(folder.path(), &["fmt", "--stdin"], ugly)
    );
    for format in ["mermaid", "dot", "json", "svg"] {
        let args = ["graph", "shop", "abandoned_cart", "--format", format];
        insta::assert_snapshot!(format!("graph_{format}"), journey(folder.path(), &args));
    }
    insta::assert_snapshot!(
        "graph_unknown",
        journey(folder.path(), &["graph", "shop", "abandoned_card"])
    );
    insta::assert_snapshot!(
        "explain",
        journey(folder.path(), &["explain", "unknown-name"])
    );
    insta::assert_snapshot!(
        "explain_unknown",
        journey(folder.path(), &["explain", "unknown-nam"])
    );
    insta::assert_snapshot!(
        "emit_ir",
        journey(folder.path(), &["build", "shop", "--emit", "ir"])
    );
    let args = [
        "build",
        "shop",
        "--emit",
        "clif",
        "--target",
        "x86_64-linux",
    ];
    assert!(journey(folder.path(), &args).contains("function"));
}

#[test]
fn a_failing_test_shows_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let program = b"event ping {\n    n: int\n}\njourney j {\n    enter on ping where n > 1\n    wait 1 day\n}\ntest \"it ends\" {\n    at 2026-01-01T00:00:00Z ping { n: 2 }\n    expect ended j\n}\n";
    write(&folder, "t.journey", program);
    for format in ["text", "json", "junit"] {
        let args = ["test", "t.journey", "--format", format];
        insta::assert_snapshot!(format!("test_{format}"), journey(folder.path(), &args));
    }
}
