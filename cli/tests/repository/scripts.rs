//! `editors/ci`: the action's script with a runner's variables, the hooks with a repository's files.

use super::{said, shell, top};
use std::path::Path;
use tempfile::TempDir;

fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = "mkdir temp && journey new shop --ci && git init --quiet && git add shop";
    let (code, said) = said(shell(folder.path(), made));
    assert_eq!(code, Some(0), "{said}");
    folder
}

fn change(folder: &TempDir, from: &str, to: &str) {
    let path = folder.path().join("shop/shop.journey");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    std::fs::write(path, text.replace(from, to)).unwrap();
}

fn read(folder: &TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join("temp").join(name)).unwrap()
}

/// As the action's last step has it.
fn action(folder: &TempDir, deny: &str) -> (Option<i32>, String) {
    let temp = folder.path().join("temp");
    for name in ["output", "summary"] {
        let _ = std::fs::remove_file(temp.join(name));
    }
    let mut command = shell(folder.path(), "\"$GITHUB_ACTION_PATH/check.sh\"");
    command
        .env("GITHUB_ACTION_PATH", top().join("editors/ci"))
        .env("RUNNER_TEMP", &temp)
        .env("GITHUB_OUTPUT", temp.join("output"))
        .env("GITHUB_STEP_SUMMARY", temp.join("summary"))
        .env("INPUT_PATH", "shop")
        .env("INPUT_DENY", deny)
        .env("INPUT_JOURNEY", env!("CARGO_BIN_EXE_journey"));
    said(command)
}

#[test]
fn the_action_passes_what_is_right() {
    let folder = repository();
    let (code, said) = action(&folder, "warnings");
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("::"), "{said}");
    assert!(read(&folder, "summary").contains("3 passed, 0 failed"));
    let outputs = read(&folder, "output");
    assert!(outputs.contains("sarif=") && outputs.contains("junit="));
    let sarif: serde_json::Value = serde_json::from_str(&read(&folder, "journey.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
    assert!(read(&folder, "journey.junit.xml").contains("<testcase"));
}

#[test]
fn the_action_says_all_that_is_wrong() {
    let folder = repository();
    change(&folder, "wait 2 hours", "wait  3 hours");
    let (code, told) = action(&folder, "warnings");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("::error file=shop/shop.journey,title=not-formatted::"),
        "{told}"
    );
    assert!(read(&folder, "journey.junit.xml").contains("<failure"));

    change(&folder, "value >= 20 EUR", "value >= 20");
    let (code, told) = action(&folder, "");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("::error file=shop/shop.journey,line=59"),
        "{told}"
    );
    assert!(read(&folder, "journey.sarif").contains("\"uri\": \"shop/shop.journey\""));
}

#[test]
fn warnings_fail_where_they_are_denied() {
    let folder = repository();
    let nobody = "audience nobody = orders_90d > 3 and orders_90d < 2\n\nchannel email {";
    change(&folder, "channel email {", nobody);
    let (code, told) = action(&folder, "warnings");
    assert_eq!(code, Some(1), "{told}");
    let (code, told) = action(&folder, "");
    assert_eq!(code, Some(0), "{told}");
}

fn hook(folder: &Path, work: &str, files: &str) -> (Option<i32>, String) {
    let hook = top().join("editors/ci/hook.sh");
    said(shell(folder, &format!("{} {work} {files}", hook.display())))
}

#[test]
fn hooks_work_on_the_projects_of_the_changed_files() {
    let folder = repository();
    let files = "shop/shop.journey shop/journey.toml temp/notes.json";
    for work in ["fmt", "check", "test"] {
        let (code, said) = hook(folder.path(), work, files);
        assert_eq!(code, Some(0), "{work}: {said}");
    }
    change(&folder, "wait 2 hours", "wait  3 hours");
    assert_eq!(hook(folder.path(), "fmt", files).0, Some(0));
    change(&folder, "wait 3 hours", "wait 4 hours");
    let (code, said) = hook(folder.path(), "test", files);
    assert_eq!(
        (code, said.contains("2 passed, 1 failed")),
        (Some(1), true),
        "{said}"
    );
    change(&folder, "value >= 20 EUR", "value >= 20");
    assert_eq!(hook(folder.path(), "check", files).0, Some(1));
    assert_eq!(
        hook(&folder.path().join("shop"), "check", "shop.journey").0,
        Some(1)
    );
}
