//! People's rights over a state folder, by the real binary: `export`, and what it says of who is not known.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder with a fresh project in it, `shop`, and a state of a few people.
fn shop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(journey(folder.path(), &["new", "shop"]).0, 0);
    feed(folder.path(), &lines(&["anna", "bert"], 5));
    feed(folder.path(), &lines(&["anna", "cleo"], 6));
    folder
}

fn feed(folder: &Path, events: &str) {
    std::fs::write(folder.join("events.jsonl"), events).unwrap();
    let run = "run shop --events events.jsonl --state state --actions actions.jsonl";
    let (code, _, errors) = journey(folder, &run.split(' ').collect::<Vec<_>>());
    assert_eq!(code, 0, "{errors}");
}

/// A day of a cart for each of these people.
fn lines(people: &[&str], day: u32) -> String {
    let line = |who: &&str| {
        let ids = format!(r#""ids":{{"user_id":"{who}"}}"#);
        let at = |hour: u32| format!(r#""at":"2026-01-0{day}T{hour}:00:00Z""#);
        [
            format!(
                r#"{{"type":"profile",{},{ids},"data":{{"email":"{who}@example.com"}}}}"#,
                at(10)
            ),
            format!(
                r#"{{"type":"signup",{},{ids},"data":{{"accepts_marketing":true}}}}"#,
                at(11)
            ),
            format!(
                r#"{{"type":"cart_updated",{},{ids},"data":{{"cart_id":"cart-of-{who}","value":80}}}}"#,
                at(12)
            ),
        ]
    };
    let lines: Vec<[String; 3]> = people.iter().map(line).collect();
    // in the order of their times
    let lines = (0..3).flat_map(|hour| {
        lines
            .iter()
            .map(move |of| of.get(hour).unwrap().clone() + "\n")
    });
    lines.collect()
}

/// Exit code, standard output, standard error.
fn journey(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_journey"));
    let command = command.args(args).current_dir(folder).env("NO_COLOR", "1");
    let done = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        done.status.code().unwrap(),
        text(&done.stdout),
        text(&done.stderr),
    )
}

fn exported(folder: &Path, profile: &str) -> Value {
    let args = ["export", "--state", "state", profile];
    let (code, out, errors) = journey(folder, &args);
    assert_eq!(code, 0, "{errors}");
    assert!(!out.contains("bert") && !out.contains("cleo"), "{out}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn everything_of_one_person_and_nothing_of_another() {
    let folder = shop();
    let folder = folder.path();
    let export = exported(folder, "anna");
    assert_eq!(export["profile"], "anna");
    assert_eq!(export["fields"]["email"]["value"], "anna@example.com");
    assert_eq!(export["identifiers"][0]["value"], "anna");
    assert_eq!(export["instances"][0]["key"], "cart-of-anna");
    assert_eq!(export["consent"][0]["consent"], "granted");
    let inputs = export["inputs"].as_array().unwrap();
    assert_eq!(
        inputs.len(),
        6,
        "all that came in, however long ago its generation was replaced"
    );
    assert_eq!(inputs.last().unwrap()["record"]["data"]["value"], 80.0);
    let actions = export["actions"].as_array().unwrap();
    assert!(
        actions.iter().any(|action| action["kind"] == "send"),
        "{actions:?}"
    );
    assert_eq!(exported(folder, "user_id:anna"), export);
    let audit = std::fs::read_to_string(folder.join("state/audit.jsonl")).unwrap();
    assert_eq!(audit.lines().count(), 2);
    assert!(!audit.contains("anna"), "{audit}");
}

#[test]
fn why_points_at_lines_of_source() {
    let folder = shop();
    let folder = folder.path();
    let why = |more: &[&str]| {
        let args = [&["why", "--state", "state"], more].concat();
        let (code, out, errors) = journey(folder, &args);
        assert_eq!(code, 0, "{errors}");
        out
    };
    let text = why(&["anna"]);
    insta::assert_snapshot!(text);
    let (code, _, errors) = journey(folder, &["why", "--state", "state", "dora"]);
    assert_eq!((code, &*errors), (1, "error: nobody is known by `dora`\n"));
}

#[test]
fn who_is_not_known_is_not_known() {
    let folder = shop();
    for profile in ["dora", "user_id:dora", "email:anna@example.com"] {
        let args = ["export", "--state", "state", profile];
        let (code, out, errors) = journey(folder.path(), &args);
        let said = format!("error: nobody is known by `{profile}`\n");
        assert_eq!((code, out, errors), (1, String::new(), said));
    }
    let (code, _, errors) = journey(folder.path(), &["export", "--state", "other", "anna"]);
    assert_eq!((code, &*errors), (3, "error: there is no folder `other`\n"));
}

/// Whether any file of the folder has these bytes.
fn holds(folder: &Path, text: &str) -> Option<String> {
    let files = std::fs::read_dir(folder.join("state")).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    let has = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    files.find(has).map(|path| path.display().to_string())
}

#[test]
fn erased_is_gone_from_every_file_and_the_others_stay() {
    let folder = shop();
    let folder = folder.path();
    feed(folder, &lines(&["anna", "bert"], 7));
    let why = |profile: &str| journey(folder, &["why", "--state", "state", profile]);
    let before = why("bert");
    assert_eq!(before.0, 0, "{}", before.2);
    assert!(holds(folder, "anna").is_some());
    let copy = folder.join("copy");
    std::fs::create_dir(&copy).unwrap();
    for file in std::fs::read_dir(folder.join("state")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    let (code, receipt, errors) = journey(folder, &["erase", "--state", "state", "anna"]);
    assert_eq!(code, 0, "{errors}");
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(receipt["history"], "rewritten", "{receipt}");
    for canary in ["anna", "anna@example.com"] {
        assert_eq!(holds(folder, canary), None, "{canary}");
    }
    assert_eq!(why("bert"), before);
    let gone = "error: who was known by `anna` has been erased\n";
    assert_eq!(why("anna"), (1, String::new(), gone.to_owned()));
    // what still comes in does not bring the person back, and others go on
    feed(folder, &lines(&["anna", "bert"], 8));
    assert_eq!(why("anna").0, 1);
    assert_eq!(why("bert").0, 0);
    // an older copy that was restored is erased again by the receipts
    let receipts = "state/erasures.jsonl";
    let again = ["erase", "--state", "copy", "--replay", receipts];
    let (code, _, errors) = journey(folder, &again);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(journey(folder, &["why", "--state", "copy", "anna"]).0, 1);
}
