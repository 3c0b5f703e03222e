//! `run --state --deploy`: another version over a folder, with people on the way in it.

use super::{command, read, run, shop};
use std::path::Path;

const EVENTS: [&str; 3] = [
    // two people are in the journey when 0.2.0 comes
    r#"{"type":"profile","at":"2026-01-05T09:00:00Z","ids":{"user_id":"u1"},"data":{"email":"u1@example.com"}}
{"type":"signup","at":"2026-01-05T09:00:00Z","ids":{"user_id":"u1"},"data":{"accepts_marketing":true}}
{"type":"cart_updated","at":"2026-01-05T10:00:00Z","ids":{"user_id":"u1"},"data":{"cart_id":"c1","value":80}}
{"type":"cart_updated","at":"2026-01-05T10:10:00Z","ids":{"user_id":"u2"},"data":{"cart_id":"c2","value":80}}
"#,
    r#"{"type":"cart_updated","at":"2026-01-05T10:30:00Z","ids":{"user_id":"u1"},"data":{"cart_id":"c3","value":80}}
"#,
    r#"{"type":"cart_updated","at":"2026-01-06T10:30:00Z","ids":{"user_id":"u1"},"data":{"cart_id":"c4","value":80}}
{"type":"@clock","at":"2026-01-07T00:00:00Z"}
"#,
];
const RUN: [&str; 8] = [
    "run",
    "shop",
    "--events",
    "events.jsonl",
    "--actions",
    "actions.jsonl",
    "--state",
    "state",
];

/// The project as another version, with one change.
fn version(folder: &Path, version: &str, from: &str, to: &str) {
    let manifest = read(folder, "shop/journey.toml");
    let lines = manifest.lines().map(|line| {
        if line.starts_with("version") {
            format!("version = \"{version}\"\n")
        } else {
            format!("{line}\n")
        }
    });
    std::fs::write(folder.join("shop/journey.toml"), lines.collect::<String>()).unwrap();
    let text = read(folder, "shop/shop.journey");
    assert!(text.contains(from), "{text}");
    std::fs::write(folder.join("shop/shop.journey"), text.replace(from, to)).unwrap();
}

fn step(folder: &Path, parts: usize, flags: &[&str]) -> (i32, String) {
    let all = EVENTS.iter().take(parts);
    std::fs::write(
        folder.join("events.jsonl"),
        all.copied().collect::<String>(),
    )
    .unwrap();
    run(folder, &[&RUN[..], flags].concat())
}

/// Key and instant of each reminder.
fn reminders(folder: &Path) -> Vec<(String, String)> {
    let of = |line: &str, key: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let value = value.get(key).and_then(|value| value.as_str());
        value.unwrap_or_default().to_owned()
    };
    let all = read(folder, "actions.jsonl");
    let sends = all.lines().filter(|line| line.contains(r#""kind":"send""#));
    sends
        .map(|line| (of(line, "key"), of(line, "at")))
        .collect()
}

#[test]
fn who_is_on_the_way_keeps_their_version_and_the_next_enter_the_new_one() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(step(folder, 1, &[]).0, 0);
    let first = folder.join("first");
    copy(&folder.join("shop"), &first);

    // not without the word, and nothing is changed then
    version(folder, "0.2.0", "wait 2 hours", "wait 1 hour");
    let before = listing(folder);
    let (code, errors) = step(folder, 2, &[]);
    assert_eq!(code, 1, "{errors}");
    for said in ["shop 0.1.0 (", "shop 0.2.0 (", "--deploy", "journey plan"] {
        assert!(errors.contains(said), "{errors}");
    }
    assert!(listing(folder) == before);

    let (code, errors) = step(folder, 2, &["--deploy"]);
    assert_eq!(code, 0, "{errors}");
    assert!(
        errors.contains("note: deployed shop 0.2.0 over 0.1.0"),
        "{errors}"
    );
    assert!(
        errors.contains("abandoned_cart: 2 stay on 0.1.0"),
        "{errors}"
    );
    // the same again deploys nothing, with and without the word
    for flags in [&["--deploy"][..], &[]] {
        let (code, errors) = step(folder, 2, flags);
        assert_eq!(code, 0, "{errors}");
        assert!(!errors.contains("deployed"), "{errors}");
    }
    // the older program does not go on over the newer one's people
    let (code, errors) = run(folder, &[&["run", "first"], &RUN[2..]].concat());
    assert_eq!(code, 1, "{errors}");

    let (code, errors) = step(folder, 3, &[]);
    assert_eq!(code, 0, "{errors}");
    let expected = [
        ("c3", "2026-01-05T11:30:00.000Z"),
        ("c1", "2026-01-05T12:00:00.000Z"),
        ("c4", "2026-01-06T11:30:00.000Z"),
    ];
    let expected = expected.map(|(key, at)| (key.to_owned(), at.to_owned()));
    assert_eq!(reminders(folder), expected);
}

#[test]
fn what_is_counted_anew_starts_from_the_log() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(step(folder, 2, &[]).0, 0);
    let counted = "count order_placed in last 90 days";
    version(
        folder,
        "0.2.0",
        counted,
        "count cart_updated in last 90 days",
    );
    let (code, errors) = step(folder, 2, &["--deploy"]);
    assert_eq!(code, 0, "{errors}");
    assert!(
        !errors.contains("the log reaches no further back"),
        "{errors}"
    );
    assert_eq!(step(folder, 3, &[]).0, 0);
    // the third cart makes her loyal, and two of them came before the deployment
    let keys: Vec<String> = reminders(folder).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["c1", "c3"]);
}

#[test]
fn a_plan_over_a_folder_tells_what_becomes_of_everyone() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(step(folder, 1, &[]).0, 0);
    copy(&folder.join("shop"), &folder.join("first"));
    let plan = |old: &str| {
        let args = ["plan", old, "shop", "--state", "state"];
        let done = command(folder, &args).output().unwrap();
        let text = [done.stdout, done.stderr].concat();
        (
            done.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    };
    let before = listing(folder);
    let counted = "count order_placed in last 90 days";
    version(
        folder,
        "0.2.0",
        counted,
        "count cart_updated in last 90 days",
    );
    let (code, text) = plan("first");
    assert_eq!(code, 0, "{text}");
    let kept = "in flight at 2026-01-05T10:10:00.000Z\n  abandoned_cart: 2 go on\n  counted anew from the log: 2 events\n";
    assert!(text.ends_with(kept), "{text}");
    version(folder, "0.2.0", "wait 2 hours", "wait 1 hour");
    let (code, text) = plan("first");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("abandoned_cart: 2 stay on 0.1.0\n"), "{text}");
    let step_of = "if not loyal { send reminder = cart_reminder(entry) by email }";
    let migrates = format!("{step_of}\n    migrate from \"0.1.0\" {{ reminder => reminder }}");
    version(folder, "0.2.0", step_of, &migrates);
    let (code, text) = plan("first");
    assert_eq!(code, 0, "{text}");
    let carried = "abandoned_cart: 2 are carried over from 0.1.0 and end\n";
    assert!(text.contains(carried), "{text}");
    // one is sent to at once, the other has not said yes
    assert!(
        text.contains("at once: 2 end\n  at once: 1 send\n  at once: 1 skip\n"),
        "{text}"
    );
    assert!(listing(folder) == before);
    // what runs there is another one
    assert_eq!(step(folder, 1, &["--deploy"]).0, 0);
    version(folder, "0.3.0", "wait 1 hour", "wait 5 minutes");
    let (code, text) = plan("first");
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("does not run in `state`: that is `shop 0.2.0 ("),
        "{text}"
    );
}

#[test]
fn versions_that_nobody_is_in_any_more_are_left_behind() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(step(folder, 1, &[]).0, 0);
    version(folder, "0.2.0", "wait 2 hours", "wait 1 hour");
    assert_eq!(step(folder, 2, &["--deploy"]).0, 0);
    version(folder, "0.3.0", "wait 1 hour", "wait 30 minutes");
    let (code, errors) = step(folder, 2, &["--deploy"]);
    assert_eq!(code, 0, "{errors}");
    assert!(errors.contains("2 stay on 0.1.0"), "{errors}");
    assert!(errors.contains("1 stay on 0.2.0"), "{errors}");
    assert_eq!(step(folder, 3, &[]).0, 0);
    version(folder, "0.4.0", "wait 30 minutes", "wait 5 minutes");
    let (code, errors) = step(folder, 3, &["--deploy"]);
    assert_eq!(code, 0, "{errors}");
    assert!(
        errors.contains("deployed shop 0.4.0 over 0.3.0"),
        "{errors}"
    );
    assert!(!errors.contains("stay on"), "{errors}");
    let keys: Vec<String> = reminders(folder).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["c3", "c1", "c4"]);
}

#[test]
fn what_cannot_be_deployed_says_why_and_changes_nothing() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(step(folder, 1, &[]).0, 0);
    let before = listing(folder);
    let refused = |args: &[&str], said: &str| {
        let (code, errors) = run(folder, args);
        assert_eq!(code, 1, "{errors}");
        assert!(errors.contains(said), "{errors}");
        assert!(listing(folder) == before);
    };
    let deploy = [&RUN[..], &["--deploy"]].concat();
    // a change under the same version
    version(folder, "0.1.0", "wait 2 hours", "wait 1 hour");
    refused(&deploy, "give this one a `version` of its own");
    // what who is in the journey reads is gone: its place is shown
    version(folder, "0.2.0", "value: money<EUR>", "worth: money<EUR>");
    let text = read(folder, "shop/shop.journey");
    let text = text
        .replace("cart.value", "cart.worth")
        .replace("where value", "where worth");
    let text = text
        .replace("value: 80 EUR", "worth: 80 EUR")
        .replace("wait 1 hour", "wait 3 hours");
    std::fs::write(folder.join("shop/shop.journey"), text).unwrap();
    let (code, errors) = run(folder, &deploy);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("shop.journey@0.1.0"), "{errors}");
    // the folder was opened to see who is in what, and goes on as it was
    version(folder, "0.1.0", "wait 3 hours", "wait 2 hours");
    let text = read(folder, "shop/shop.journey").replace("worth", "value");
    std::fs::write(folder.join("shop/shop.journey"), text).unwrap();
    let (code, errors) = step(folder, 3, &[]);
    assert_eq!(code, 0, "{errors}");
    let keys: Vec<String> = reminders(folder).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["c1", "c3", "c4"]);
}

#[test]
fn an_artifact_does_not_say_what_it_was_compiled_from() {
    let folder = shop();
    let folder = folder.path();
    assert_eq!(step(folder, 1, &[]).0, 0);
    let before = listing(folder);
    version(folder, "0.2.0", "wait 2 hours", "wait 1 hour");
    let built = command(folder, &["build", "shop", "-o", "shop.jny"])
        .output()
        .unwrap();
    assert!(built.status.success());
    let (code, errors) = run(
        folder,
        &[&["run", "shop.jny"], &RUN[2..], &["--deploy"]].concat(),
    );
    assert_eq!(code, 1, "{errors}");
    assert!(
        errors.contains("a deployment needs the project's folder"),
        "{errors}"
    );
    assert!(listing(folder) == before);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Names and contents of the state folder's files.
fn listing(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder.join("state"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    all.sort();
    all
}
