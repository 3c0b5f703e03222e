//! A sealed state folder by the real binary: nothing personal lies in its files, `export` opens it, no other key and no
//! key are refused, and who was erased is not read from a copy that was made before.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

use std::path::Path;
use std::process::{Command, Stdio};

const MASTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

/// Exit code, standard output, standard error.
fn journey(folder: &Path, master: Option<&str>, line: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_journey"));
    command
        .args(line.split(' '))
        .current_dir(folder)
        .env("NO_COLOR", "1");
    if let Some(master) = master {
        command.env("JOURNEY_MASTER_KEY", master);
    }
    let done = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = done.status.code().unwrap();
    (code, text(&done.stdout), text(&done.stderr))
}

const RUN: &str = "run shop --events events.jsonl --state state";

fn write_events(folder: &Path, day: u32) {
    let mut lines = String::new();
    for (minute, who) in ["annabella", "bertram"].iter().enumerate() {
        for (hour, record) in [
            format!(r#""type":"profile","data":{{"email":"{who}@example.com"}}"#),
            r#""type":"signup","data":{"accepts_marketing":true}"#.to_owned(),
            r#""type":"cart_updated","data":{"cart_id":"c1","value":80}"#.to_owned(),
        ]
        .iter()
        .enumerate()
        {
            lines += &format!(
                "{{{record},\"at\":\"2026-01-0{day}T1{hour}:0{minute}:00Z\",\"ids\":{{\"user_id\":\"{who}\"}}}}\n"
            );
        }
    }
    std::fs::write(folder.join("events.jsonl"), lines).unwrap();
}

fn copy(from: &Path, to: &Path, keys: bool) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let is_keys = path.extension().is_some_and(|ending| ending == "keys");
        if is_keys == keys {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// Files of a folder that say one of these.
fn saying(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for word in words {
            if bytes.windows(word.len()).any(|w| w == word.as_bytes()) {
                found.push(format!("{}: {word}", path.display()));
            }
        }
    }
    found
}

#[test]
fn sealed_opened_refused_and_gone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = Some(MASTER);
    assert_eq!(journey(folder, None, "new shop").0, 0);
    for day in [5, 6] {
        write_events(folder, day);
        let (code, _, errors) = journey(folder, key, RUN);
        assert_eq!(code, 0, "{errors}");
    }
    let state = folder.join("state");
    assert_eq!(
        saying(&state, &["annabella", "bertram"]),
        Vec::<String>::new()
    );
    let (code, out, errors) = journey(folder, key, "export --state state annabella");
    assert_eq!(code, 0, "{errors}");
    assert!(out.contains("annabella@example.com") && !out.contains("bertram"));
    for (master, why) in [
        (None, "is sealed: give its master key"),
        (Some(OTHER), "the master key does not open"),
        (Some("short"), "holds no master key"),
    ] {
        for line in [
            "export --state state annabella",
            RUN,
            "erase --state state bertram",
        ] {
            let (code, _, errors) = journey(folder, master, line);
            assert!(code > 1 && errors.contains(why), "{line}: {code} {errors}");
        }
    }
    copy(&state, &folder.join("copy"), false);
    let (code, out, errors) = journey(folder, key, "erase --state state user_id:annabella");
    assert!(
        code == 0 && out.contains("\"history\":\"rewritten\""),
        "{out} {errors}"
    );
    copy(&state, &folder.join("copy"), true);
    let (code, _, errors) = journey(folder, key, "export --state copy annabella");
    assert!(code == 1, "{code} {errors}");
    let restored = RUN.replace("--state state", "--state copy");
    write_events(folder, 7);
    let kept = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let others: String = kept
        .lines()
        .filter(|l| l.contains("bertram"))
        .map(|l| format!("{l}\n"))
        .collect();
    std::fs::write(folder.join("events.jsonl"), others).unwrap();
    let (code, _, errors) = journey(folder, key, &restored);
    assert!(code == 0, "{code} {errors}");
    assert!(errors.contains("they stay so"), "{errors}");
    let (code, out, errors) = journey(folder, key, "export --state copy bertram");
    assert!(code == 0 && out.contains("bertram@example.com"), "{errors}");
}
