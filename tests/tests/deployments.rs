//! Deployments: the `test` blocks of projects that deploy one version over another hold, on native code and on the
//! interpreter.

use journey_cli::project::Project;
use journey_cli::testing::{self, report};
use std::path::Path;

fn versions() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deployments");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn tests_that_deploy_hold() {
    let mut count = 0;
    let mut failed = Vec::new();
    for path in versions() {
        let project = Project::open(Some(&path)).unwrap();
        let program = project.checked(false).unwrap();
        let verdicts = testing::run_project(&project, &program, "").unwrap();
        count += verdicts.len();
        failed.extend(verdicts.into_iter().filter(|v| !v.failures.is_empty()));
    }
    assert!(failed.is_empty(), "{}", report::text(&failed));
    assert!(count >= 10, "{count} tests");
}
