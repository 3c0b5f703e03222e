//! Bad input of every kind ends in a clear message, with the promised exit code, and loses nothing.

use super::{journey, shop, with_input, write};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

fn code(said: &str) -> &str {
    said.lines().next().unwrap_or_default()
}

fn checked(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, name, bytes);
    let said = journey(folder.path(), &["check", name]);
    assert_eq!(code(&said), "exit 1");
    said
}

#[test]
fn a_file_of_50_mb() {
    let said = checked(
        "a.journey",
        &b"audience a = true // and more\n".repeat(1_750_000),
    );
    assert!(
        said.contains("file-too-large") && said.len() < 2_000,
        "{said}"
    );
}

#[test]
fn a_million_parentheses() {
    let text = format!(
        "audience a = {}true{}",
        "(".repeat(1_000_000),
        ")".repeat(1_000_000)
    );
    let said = checked("a.journey", text.as_bytes());
    assert!(
        said.contains("too-deep") && said.len() < 20_000,
        "{}",
        said.len()
    );
}

#[test]
fn ten_thousand_errors_are_counted() {
    let text: String = (0..10_000)
        .map(|n| format!("audience a{n} = nobody_{n} > 1\n"))
        .collect();
    let said = checked("a.journey", text.as_bytes());
    assert!(said.len() < 200_000, "{}", said.len());
    assert!(
        said.contains("more") && said.contains("10000 errors"),
        "{}",
        said.get(..500).unwrap_or(&said)
    );
}

#[test]
fn no_manifest_no_file_no_utf8() {
    let folder = tempfile::tempdir().unwrap();
    let said = |name: &str| journey(folder.path(), &["check", name]);
    std::fs::create_dir_all(folder.path().join("bare")).unwrap();
    assert!(said("bare").contains("empty-project") && said("bare").contains("no-manifest"));
    write(
        &folder,
        "bare/journey.toml",
        b"[project]\nname = \"a\"\ntimezone = \"UTC\"\n",
    );
    assert!(said("bare").contains("empty-project") && !said("bare").contains("no-manifest"));
    write(
        &folder,
        "bare/a.journey",
        b"event a { b: text } // caf\xe9\n",
    );
    assert!(said("bare").contains("not-utf8"));
}

/// A till's program and a table for it.
fn till(rows: &[u8]) -> String {
    let program = b"event sold {\n    amount: money<EUR>\n    pieces: int\n}\nidentity {\n    user_id unique\n}\nprofile {\n    user_id: text?\n}\nsource till from csv {\n    identify { user_id: customer }\n    => sold { at: day, amount: amount, pieces: pieces }\n}\n";
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "till.journey", program);
    write(&folder, "till.csv", rows);
    let args = [
        "run",
        "till.journey",
        "--events",
        "till.csv",
        "--source",
        "till",
        "--dead-letters",
        "dead.jsonl",
    ];
    let said = journey(folder.path(), &args);
    let dead = std::fs::read_to_string(folder.path().join("dead.jsonl")).unwrap_or_default();
    format!("{said}--- dead letters\n{dead}")
}

#[test]
fn a_csv_without_a_column() {
    let said = till(b"customer,day,amount\nu1,2026-01-05T10:00:00Z,1.50\n");
    insta::assert_snapshot!("csv_without_a_column", said);
}

#[test]
fn rows_with_wrong_values() {
    let rows = b"customer,day,amount,pieces\nu1,2026-01-05,1.50,1\nu1,2026-01-05,1.50,99999999999999999999\nu1,2026-01-05,99999999999999999999,1\nu1,soon,1.50,1\nu1,2026-01-05,1.505,1\n,2026-01-05,1.50,1\n";
    insta::assert_snapshot!("rows_with_wrong_values", till(rows));
}

#[test]
fn envelopes_with_wrong_values() {
    let folder = shop();
    let with = |at: &str, accepts: &str| {
        format!(
            "{{\"type\":\"signup\",\"at\":{at},\"ids\":{{\"user_id\":\"u\"}},\"data\":{{\"accepts_marketing\":{accepts}}}}}\n"
        )
    };
    let lines = [
        with("\"2026-01-01T00:00:00Z\"", "true"),
        with("\"2026-01-01T00:00:00\"", "true"),
        with("\"2026-01-01T00:00:00Z\"", "1"),
        with("1e400", "true"),
        with("99999999999999999999", "true"),
    ];
    let args = [
        "run",
        "shop",
        "--events",
        "-",
        "--dead-letters",
        "dead.jsonl",
    ];
    let said = with_input(folder.path(), &args, lines.concat().as_bytes());
    assert_eq!(code(&said), "exit 0");
    let dead = std::fs::read_to_string(folder.path().join("dead.jsonl")).unwrap();
    insta::assert_snapshot!("envelopes_with_wrong_values", dead);
}

/// Orders enough for more lines than a buffer holds.
fn many_events() -> Vec<u8> {
    let mut lines = Vec::new();
    for n in 0..4_000 {
        let _ = writeln!(
            lines,
            "{{\"type\":\"cart_updated\",\"id\":\"e{n}\",\"at\":\"2026-01-05T10:00:00Z\",\"ids\":{{\"user_id\":\"u{n}\"}},\"data\":{{\"cart_id\":\"c{n}\",\"value\":80}}}}"
        );
    }
    lines
}

#[test]
fn a_closed_pipe_ends_a_run_with_3() {
    let folder = shop();
    let mut child = Command::new(env!("CARGO_BIN_EXE_journey"))
        .args(["run", "shop", "--events", "-", "--actions", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let _ = child.stdin.take().unwrap().write_all(&many_events());
    let done = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{errors}");
    assert!(errors.contains("standard output"), "{errors}");
}

/// A disk that is full after some kilobytes: what was written ends with a whole line.
#[test]
fn a_full_disk_leaves_no_half_line() {
    let folder = shop();
    write(&folder, "many.jsonl", &many_events());
    let done = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 150; exec \"$0\" run shop --events many.jsonl --actions out.jsonl"])
        .arg(env!("CARGO_BIN_EXE_journey"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{errors}");
    let written = std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    assert!(
        !written.is_empty() && written.ends_with('\n'),
        "{} bytes",
        written.len()
    );
    for line in written.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "{line}"
        );
    }
}

#[test]
fn a_folder_is_no_input_and_a_file_no_folder() {
    let folder = shop();
    let run = |events: &str, actions: &str| {
        let args = ["run", "shop", "--events", events, "--actions", actions];
        journey(folder.path(), &args)
    };
    assert_eq!(code(&run("shop", "-")), "exit 3");
    assert_eq!(code(&run("shop/events.jsonl", "shop")), "exit 3");
    assert_eq!(
        code(&journey(Path::new("/"), &["check", "no/such/folder"])),
        "exit 3"
    );
}
