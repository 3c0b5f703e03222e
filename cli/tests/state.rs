//! `run --state`: the same command again goes on, a run that was killed and repeated leaves the same bytes as one
//! that was not, and what can't go on says why.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

#[path = "state/deploy.rs"]
mod deploy;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A folder with a fresh project in it, `shop`.
fn shop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let new = command(folder.path(), &["new", "shop"]).output().unwrap();
    assert!(new.status.success());
    folder
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_journey"));
    command
        .args(args)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Exit code and standard error, without the line that tells the time it took.
fn run(folder: &Path, args: &[&str]) -> (i32, String) {
    let done = command(folder, args).output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    let errors = errors.lines().filter(|line| !line.starts_with("took"));
    let errors = errors.fold(String::new(), |all, line| all + line + "\n");
    (done.status.code().unwrap(), errors)
}

/// So many carts of so many people, some with an order, some records that are refused, some without an id.
fn events(count: u64) -> String {
    let mut all = String::new();
    for number in 0..count {
        let who = number * 7 % 97;
        let minute = number / 2;
        let (day, hour, minute) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
        let at = format!("2026-01-{day:02}T{hour:02}:{minute:02}:00Z");
        let ids = format!(r#""ids":{{"user_id":"u{who}"}}"#);
        let line = match number % 11 {
            0 => format!(
                r#"{{"type":"profile","at":"{at}",{ids},"data":{{"email":"u{who}@example.com"}}}}"#
            ),
            1 => format!(
                r#"{{"type":"signup","at":"{at}",{ids},"data":{{"accepts_marketing":true}}}}"#
            ),
            5 => format!(
                r#"{{"type":"order_placed","id":"o{number}","at":"{at}",{ids},"data":{{"order_id":"o{number}","cart_id":"c{who}","total":80}}}}"#
            ),
            7 => r#"{"type":"nothing"}"#.to_owned(),
            _ => format!(
                r#"{{"type":"cart_updated","id":"e{number}","at":"{at}",{ids},"data":{{"cart_id":"c{who}","value":80}}}}"#
            ),
        };
        writeln!(all, "{line}").unwrap();
    }
    all
}

const RUN: [&str; 10] = [
    "run",
    "shop",
    "--events",
    "events.jsonl",
    "--actions",
    "actions.jsonl",
    "--dead-letters",
    "dead.jsonl",
    "--until",
    "2026-03-01T00:00:00Z",
];
const STATE: [&str; 2] = ["--state", "state"];

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Actions, dead letters and summary of a run that keeps nothing.
fn undisturbed(folder: &Path) -> [String; 3] {
    let (code, errors) = run(folder, &RUN);
    assert_eq!(code, 0, "{errors}");
    assert!(read(folder, "actions.jsonl").contains("\"send\""));
    [
        read(folder, "actions.jsonl"),
        read(folder, "dead.jsonl"),
        errors,
    ]
}

fn assert_same(folder: &Path, whole: &[String; 3], summary: &str) {
    assert!(read(folder, "actions.jsonl") == whole[0], "actions differ");
    assert!(
        read(folder, "dead.jsonl") == whole[1],
        "dead letters differ"
    );
    assert_eq!(summary, whole[2]);
}

#[test]
fn the_same_command_goes_on_where_it_was() {
    let folder = shop();
    let folder = folder.path();
    let all = events(4_000);
    std::fs::write(folder.join("events.jsonl"), &all).unwrap();
    let whole = undisturbed(folder);
    let args = [&RUN[..8], &STATE[..]].concat();
    let lines: Vec<&str> = all.split_inclusive('\n').collect();
    for part in [0, 1, 1_500, 1_500, 4_000] {
        std::fs::write(folder.join("events.jsonl"), lines[..part].concat()).unwrap();
        let (code, errors) = run(folder, &args);
        assert_eq!(code, 0, "{errors}");
    }
    // the clock goes on in a command of its own
    let (code, summary) = run(folder, &[&RUN[..], &STATE[..]].concat());
    assert_eq!(code, 0, "{summary}");
    assert_same(folder, &whole, &summary);
    // and again, it changes nothing
    let (_, summary) = run(folder, &[&RUN[..], &STATE[..]].concat());
    assert_same(folder, &whole, &summary);
}

#[test]
fn killed_and_repeated_it_leaves_the_same_bytes() {
    let folder = shop();
    let folder = folder.path();
    std::fs::write(folder.join("events.jsonl"), events(12_000)).unwrap();
    let whole = undisturbed(folder);
    std::fs::remove_file(folder.join("actions.jsonl")).unwrap();
    std::fs::remove_file(folder.join("dead.jsonl")).unwrap();
    let args = [&RUN[..], &STATE[..]].concat();
    let mut kills = 0;
    let mut word = 12_345u64;
    let runs = std::env::var("JOURNEY_KILLS").map_or(12, |count| count.parse().unwrap());
    for _ in 0..runs {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut child = command(folder, &args).spawn().unwrap();
        wait(&mut child, Duration::from_millis(50 + (word >> 33) % 1_000));
        if child.try_wait().unwrap().is_none() {
            kills += 1;
        }
        let _ = child.kill();
        child.wait().unwrap();
    }
    assert!(kills > runs / 6, "{kills} of {runs} runs were killed");
    let (code, summary) = run(folder, &args);
    assert_eq!(code, 0, "{summary}");
    let notes = summary.lines().filter(|line| !line.starts_with("note: "));
    let summary = notes.fold(String::new(), |all, line| all + line + "\n");
    assert_same(folder, &whole, &summary);
}

/// Waits for its end, but not longer.
fn wait(child: &mut Child, most: Duration) {
    let (send, ended) = std::sync::mpsc::channel::<()>();
    let mut errors = child.stderr.take().unwrap();
    std::thread::spawn(move || {
        let _ = errors.read_to_end(&mut Vec::new());
        let _ = send.send(());
    });
    let _ = ended.recv_timeout(most);
}

/// A disk that is full, simulated by a limit on the size of files: the run ends with 3, and once there is room the
/// same command goes on.
#[test]
fn without_room_it_ends_and_with_room_it_goes_on() {
    let folder = shop();
    let folder = folder.path();
    std::fs::write(folder.join("events.jsonl"), events(3_000)).unwrap();
    let whole = undisturbed(folder);
    std::fs::remove_file(folder.join("actions.jsonl")).unwrap();
    std::fs::remove_file(folder.join("dead.jsonl")).unwrap();
    let args = [&RUN[..], &STATE[..]].concat();
    let mut ended = 0;
    for blocks in [1, 20, 60, 100, 160] {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let journey = env!("CARGO_BIN_EXE_journey");
        let mut limited = Command::new("sh");
        limited.args(["-c", &limit, journey]).args(&args);
        let done = limited.current_dir(folder).output().unwrap();
        let errors = String::from_utf8_lossy(&done.stderr);
        if done.status.code() == Some(3) {
            assert!(errors.contains("can't write"), "{errors}");
            ended += 1;
        } else {
            assert!(done.status.success(), "{errors}");
        }
    }
    assert!(ended > 1, "{ended} runs had no room");
    let (code, summary) = run(folder, &args);
    assert_eq!(code, 0, "{summary}");
    let notes = summary.lines().filter(|line| !line.starts_with("note: "));
    let summary = notes.fold(String::new(), |all, line| all + line + "\n");
    assert_same(folder, &whole, &summary);
}

#[test]
fn a_folder_is_one_process_alone() {
    let folder = shop();
    let folder = folder.path();
    std::fs::write(folder.join("events.jsonl"), events(10)).unwrap();
    let args = [&["run", "shop", "--events", "-"][..], &STATE[..]].concat();
    let mut first = command(folder, &args)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = first.stdin.take().unwrap();
    stdin.write_all(b"{}\n{}\n{}\n").unwrap();
    stdin.flush().unwrap();
    let ready = folder.join("state/00000001.state");
    let (_keep, never) = std::sync::mpsc::channel::<()>();
    for _ in 0..600 {
        if ready.is_file() {
            break;
        }
        let _ = never.recv_timeout(Duration::from_millis(50));
    }
    let (code, errors) = run(folder, &[&RUN[..4], &STATE[..]].concat());
    assert_eq!(
        (code, errors.as_str()),
        (3, "error: `state` is in use by another process\n")
    );
    drop(stdin);
    assert!(first.wait().unwrap().success());
}

#[test]
fn what_cannot_go_on_says_why() {
    let folder = shop();
    let folder = folder.path();
    let all = events(100);
    std::fs::write(folder.join("events.jsonl"), &all).unwrap();
    let args = [&RUN[..8], &STATE[..]].concat();
    assert_eq!(run(folder, &args).0, 0);
    let refused = |args: &[&str], code: i32, words: &str| {
        let (found, errors) = run(folder, args);
        assert!(found == code && errors.contains(words), "{found} {errors}");
    };
    // another input under the same name, and a shorter one
    let lines: Vec<&str> = all.split_inclusive('\n').collect();
    let mut others = lines.clone();
    others.swap(50, 52);
    std::fs::write(folder.join("events.jsonl"), others.concat()).unwrap();
    refused(&args, 3, "does not begin with the 100 records");
    std::fs::write(folder.join("events.jsonl"), lines[..50].concat()).unwrap();
    refused(&args, 3, "does not begin with the 100 records");
    std::fs::write(folder.join("events.jsonl"), &all).unwrap();
    // another choice of actions
    let kinds = [&args[..], &["--actions-include", "audience"]].concat();
    refused(&kinds, 1, "other kinds of actions");
    // an output that is cut
    let actions = read(folder, "actions.jsonl");
    std::fs::write(folder.join("actions.jsonl"), "").unwrap();
    refused(&args, 3, "`actions.jsonl` has 0 bytes");
    std::fs::write(folder.join("actions.jsonl"), &actions).unwrap();
    // an output that can't be written
    let full = [
        "run",
        "shop",
        "--events",
        "events.jsonl",
        "--actions",
        "/dev/full",
    ];
    refused(&[&full[..], &["--state", "other"]].concat(), 3, "/dev/full");
    // another program
    let path = folder.join("shop/journey.toml");
    let manifest = std::fs::read_to_string(&path).unwrap();
    let other = manifest
        .replace("version", "# version")
        .replace("[project]", "[project]\nversion = \"9.9.9\"");
    std::fs::write(&path, other).unwrap();
    refused(&args, 1, "9.9.9");
    std::fs::write(&path, manifest).unwrap();
    assert_eq!(run(folder, &args).0, 0);
    assert!(read(folder, "actions.jsonl") == actions);
}
