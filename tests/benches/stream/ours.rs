//! Our side: `stream/shop`, compiled; its runs in memory and over a state folder, as `journey run` makes them.

use journey_cli::compile::{self, Execution};
use journey_cli::disk::{Folder, Outside, Syncing};
use journey_cli::kept::{self, Given, Opened};
use journey_cli::project::Project;
use journey_program::plan::Program;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::intake::Intake;
use journey_runtime::intake::reader::Reader;
use journey_runtime::run::kept::{Named, run as run_kept};
use journey_runtime::run::{Terms, run};
use journey_runtime::store::{ACTIONS, Out};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const SOURCE: &str = "web";
/// All that waits has had its turn by then: 2026-06-01.
const UNTIL: i64 = 1_780_272_000_000;

pub struct Ours {
    plan: Arc<Program>,
    execution: Execution,
}

impl Ours {
    pub fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/stream/shop");
        let project = Project::open(Some(&folder)).unwrap();
        let program = project.checked(false).unwrap();
        let plan = Arc::new(compile::plan(&program, &project.sources).unwrap());
        let execution = Execution::native(&plan).unwrap();
        Self { plan, execution }
    }

    fn terms() -> Terms {
        Terms {
            arrived: 0,
            until: Some(UNTIL),
        }
    }

    /// The actions, as lines.
    pub fn in_memory(&self, lines: &[u8]) -> Vec<u8> {
        let executor = self.execution.executor();
        let mut engine = Engine::new(Arc::clone(&self.plan), executor, Options::default());
        let mut intake = Intake::new(&self.plan, Some(SOURCE)).unwrap();
        let mut reader = Reader::open(lines, "", intake.format()).unwrap();
        let (mut actions, mut dead) = (Vec::new(), Vec::new());
        let done = run(
            &mut engine,
            &mut intake,
            &mut reader,
            Self::terms(),
            &mut actions,
            &mut dead,
            &mut |_| {},
        );
        assert!(done.unwrap().broken.is_none() && dead.is_empty());
        actions
    }

    /// The same over a folder that is new; the actions lie in a file.
    pub fn durable(&self, lines: &[u8], folder: &Path, actions: &Path) {
        let files = BTreeMap::from([(ACTIONS, Outside::Path(actions.to_owned()))]);
        let disk = Folder::open(folder, files).unwrap();
        let given = Given {
            execution: self.execution.clone(),
            sources: None,
        };
        let opening = kept::Terms {
            options: Options::default(),
            interpret: false,
            deploy: false,
            now: None,
            actions: Some(Out {
                name: "actions".to_owned(),
                file: true,
            }),
            dead_letters: None,
        };
        let Opened { mut durable, .. } = kept::open(disk, given, opening).unwrap();
        let mut intake = Intake::new(&self.plan, Some(SOURCE)).unwrap();
        let mut reader = Reader::open(lines, "", intake.format()).unwrap();
        let named = Named {
            name: "stream",
            source: Some(SOURCE),
        };
        let done = run_kept(
            &mut durable,
            &mut Syncing::new(Box::new(|| {})),
            &mut intake,
            &mut reader,
            named,
            Self::terms(),
            &mut |_| {},
        );
        assert!(done.unwrap().broken.is_none());
    }
}
