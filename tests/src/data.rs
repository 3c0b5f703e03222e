//! Where the tests' data lie: in the workspace, or beside it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Data that lies beside the workspace and is not shipped; where it is absent, the test says so.
pub fn shared(path: &str) -> Option<Vec<u8>> {
    let path = root().join("../shared/data").join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        // straight to the terminal: what a passing test prints is not shown
        let _ = writeln!(std::io::stderr(), "SKIPPED: no data at {}", path.display());
    }
    bytes
}
