//! A state goes through bytes and comes back as it was, in the middle of every test of the corpus; and an
//! engine that goes on from it says what one that never stopped says. (Generated programs: `programs`.)

use journey_cli::compile::{self, Execution};
use journey_cli::project::Project;
use journey_cli::testing::{play, prepare};
use journey_runtime::state::State;
use journey_runtime::state::snapshot::{SnapshotError, VERSION, restore, snapshot};
use journey_tests::corpus::corpus;
use journey_tests::irgen::Rng;
use journey_tests::relay;
use std::path::Path;
use std::sync::Arc;

#[test]
fn a_stop_at_any_input_changes_nothing() {
    let mut inputs = 0;
    let mut wrong = Vec::new();
    for path in corpus() {
        let project = Project::open(Some(&path)).unwrap();
        let program = journey_compiler::checked(&project.db, project.workspace).unwrap();
        let prepared = prepare::program(&program);
        let plan = Arc::new(compile::plan(&prepared, &project.sources).unwrap());
        let interpreter = Execution::interpreter(&plan);
        for (number, test) in program.tests.iter().enumerate() {
            let played = play::alone(&program, &interpreter, test, number);
            inputs += played.inputs.len();
            if let Some(difference) = relay::difference(&interpreter, &played.inputs) {
                wrong.push(format!("{}: {}: {difference}", path.display(), test.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(inputs > 1_000, "{inputs} inputs");
}

/// A state that has something in it.
fn some_state() -> State {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Project::open(Some(&root.join("corpus/waits.journey"))).unwrap();
    let program = journey_compiler::checked(&project.db, project.workspace).unwrap();
    let plan = Arc::new(compile::plan(&program, &project.sources).unwrap());
    let interpreter = Execution::interpreter(&plan);
    let test = program.tests.first().unwrap();
    let played = play::alone(&program, &interpreter, test, 0);
    relay::whole(&interpreter, &played.inputs).state
}

#[test]
fn changed_bytes_are_refused() {
    let bytes = snapshot(&some_state()).unwrap();
    let mut rng = Rng::new(1);
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << rng.below(8);
        assert!(restore(&changed).is_err(), "byte {place}");
    }
    for length in 0..bytes.len() {
        assert!(restore(&bytes[..length]).is_err(), "cut at {length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(restore(&longer), Err(SnapshotError::NotASnapshot));
}

/// A file of the runtime whose types serde writes counts to the shape of a state.
#[test]
fn no_type_of_a_state_is_forgotten() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
    let listed = std::fs::read_to_string(runtime.join("build.rs")).unwrap();
    let mut folders = vec![runtime.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path)
                .unwrap()
                .contains("Serialize)")
            {
                let name = path.strip_prefix(&runtime).unwrap().to_str().unwrap();
                assert!(listed.contains(&format!("\"{name}\"")), "{name}");
            }
        }
    }
}

#[test]
fn other_formats_are_named() {
    let bytes = snapshot(&State::default()).unwrap();
    let mut newer = bytes.clone();
    newer[4] += 1;
    assert_eq!(restore(&newer), Err(SnapshotError::Version(VERSION + 1)));
    let mut featured = bytes.clone();
    featured[6] = 2;
    assert_eq!(restore(&featured), Err(SnapshotError::Flags(2)));
    let mut shaped = bytes.clone();
    shaped[8] ^= 1;
    assert_eq!(restore(&shaped), Err(SnapshotError::Shape));
    let mut damaged = bytes;
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(restore(&damaged), Err(SnapshotError::Damaged));
}
