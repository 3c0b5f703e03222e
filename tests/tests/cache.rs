//! More people than memory may take: with a small cache the same actions as with a large one, and memory stays small.
//! `JOURNEY_PEOPLE=1000000 JOURNEY_CACHE=100 cargo test --profile campaign -p journey-tests --test cache -- --nocapture`
//! says what it costs: so many people on disk, so many MB of memory for them, and how long a start takes.
#![expect(clippy::disallowed_methods, reason = "it measures")]

use journey_cli::disk::{Folder, Outside};
use journey_compiler::load::{File, lone_file};
use journey_compiler::lower::lower;
use journey_compiler::{Database, check, checked};
use journey_program::artifact;
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use journey_program::types::{EventId, Value};
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::{EventInput, Input};
use journey_runtime::store::bugs::Bugs;
use journey_runtime::store::{ACTIONS, Deployment, Durable, Entry, Out, Settings, interpreted};
use journey_tests::irgen::Rng;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const TEXT: &str = r#"
event seen { page: text amount: int }
profile { email: text? }
identity { user_id unique }
purpose news { consent not_needed basis contract }
channel email { to user_id }
audience regular = count seen in last 30 days >= 3
message hello for news { email { subject: "hello" body: "again" } }
journey welcome {
    enter when regular
    reenter never
    wait 2 days
    send it = hello by email
}
"#;
const BEGAN: i64 = 1_767_607_200_000;
/// Entries that are synced together.
const GROUP: usize = 512;
const CHECKPOINT_BYTES: u64 = 64 << 20;

fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}

fn program() -> Arc<Program> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("cache.journey", TEXT));
    let problems = check(&db, workspace);
    let hir = checked(&db, workspace).unwrap_or_else(|| panic!("{problems:#?}"));
    Arc::new(lower(&hir, &|_, _| (1, 1)))
}

fn open(path: &Path, program: &Arc<Program>, cache: u64) -> Durable<Folder> {
    let outside = BTreeMap::from([(ACTIONS, Outside::Path(path.join("actions.jsonl")))]);
    let folder = Folder::open(&path.join("state"), outside).unwrap();
    let artifact = artifact::write(program, &[]).unwrap();
    let hash = artifact::hash(&artifact).unwrap();
    let settings = Settings {
        deployment: Deployment {
            hash,
            name: Deployment::name(program, &hash),
            artifact,
            sources: Vec::new(),
        },
        execute: interpreted,
        salt: String::new(),
        actions: Some(Out {
            name: "actions.jsonl".to_owned(),
            file: true,
        }),
        dead_letters: None,
        cache: Some(cache),
        sealing: None,
        bugs: Bugs::default(),
    };
    let executor = Box::new(Interpreter::new(Arc::clone(program)));
    let engine = Engine::new(Arc::clone(program), executor, Options::all());
    Durable::open(folder, engine, settings).unwrap()
}

/// Everyone once, then as many events of some more often than of others.
fn event(n: u64, people: u64, rng: &mut Rng) -> Input {
    let who = if n < people {
        n
    } else {
        let some = if rng.chance(80) { people / 10 } else { people };
        rng.below(some.max(1) as usize) as u64
    };
    Input::Event(EventInput {
        event: EventId::new(0),
        id: format!("e{n}"),
        at: BEGAN + n as i64 * (8 * 86_400_000 / (2 * people) as i64).max(1),
        source: String::new(),
        ids: vec![(0, format!("person-{who}"))],
        fields: vec![
            Value::Text(format!("/page/{}", n % 50)),
            Value::Int(n as i64 % 7),
        ],
    })
}

/// What this process has in memory, in MB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = status
        .split(' ')
        .nth(1)
        .map_or(0, |pages| pages.parse().unwrap());
    pages * 4096 / 1_000_000
}

struct Run {
    actions: Vec<u8>,
    seconds: f64,
    /// of the longest checkpoint, and of a start
    pause: f64,
    start: f64,
    peak: u64,
}

fn run(people: u64, cache: u64) -> Run {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = program();
    let mut rng = Rng::new(5);
    let began = Instant::now();
    let mut durable = open(folder.path(), &program, cache);
    let (mut pause, mut peak) = (0f64, 0);
    let mut checkpoints = 0;
    for n in 0..2 * people {
        let entry = Entry::Input(event(n, people, &mut rng));
        durable.take(vec![entry], None).unwrap();
        if (n as usize).is_multiple_of(GROUP) {
            durable.sync().unwrap();
            peak = peak.max(resident());
        }
        if durable.is_full() || durable.log_bytes() > CHECKPOINT_BYTES {
            let began = Instant::now();
            durable.checkpoint().unwrap();
            pause = pause.max(began.elapsed().as_secs_f64());
            checkpoints += 1;
        }
    }
    durable.checkpoint().unwrap();
    let seconds = began.elapsed().as_secs_f64();
    drop(durable);
    let began = Instant::now();
    let mut durable = open(folder.path(), &program, cache);
    let start = began.elapsed().as_secs_f64();
    let late = BEGAN + 30 * 86_400_000;
    durable
        .take(vec![Entry::Input(Input::Clock(late))], None)
        .unwrap();
    durable.sync().unwrap();
    drop(durable);
    println!("{checkpoints} checkpoints");
    let actions = std::fs::read(folder.path().join("actions.jsonl")).unwrap();
    Run {
        actions,
        seconds,
        pause,
        start,
        peak,
    }
}

#[test]
fn a_small_cache_changes_nothing_that_is_said() {
    let people = number("JOURNEY_PEOPLE", 400);
    let small = match number("JOURNEY_CACHE", 0) {
        0 => 100_000,
        megabytes => megabytes * 1_000_000,
    };
    let before = resident();
    let few = run(people, small);
    let told = |name: &str, run: &Run| {
        println!(
            "{name}: {people} people, {:.1} s, {} MB above {before}, longest checkpoint {:.3} s, start {:.3} s",
            run.seconds,
            run.peak.saturating_sub(before),
            run.pause,
            run.start
        );
    };
    told("small cache", &few);
    assert!(!few.actions.is_empty());
    if number("JOURNEY_CACHE_ALONE", 0) == 1 {
        return;
    }
    let all = run(people, 0);
    told("no bound", &all);
    assert!(few.actions == all.actions, "other actions");
}
