//! A team's repository: the page that walks through it, what the action's script does, and what the hooks do.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

#[path = "repository/scripts.rs"]
mod scripts;
#[path = "repository/walk.rs"]
mod walk;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of the project.
fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// A shell in a folder, with the command in its path and somebody who commits.
fn shell(folder: &Path, script: &str) -> Command {
    let bin = Path::new(env!("CARGO_BIN_EXE_journey")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("NO_COLOR", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ann");
        command.env(format!("GIT_{who}_EMAIL"), "ann@example.com");
    }
    command
}

/// Whether it ended well, and all that it printed.
fn said(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said + &complained)
}
