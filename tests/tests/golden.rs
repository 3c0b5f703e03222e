//! State folders as builds before this one wrote them (`golden/`): they are opened, go on exactly as was noted, and
//! their logs, whose form outlives that of states, lead from nothing to the same actions.
//!
//! `JOURNEY_GOLDEN=write cargo test -p journey-tests --test golden` writes them anew. That is due when the types of a
//! state have changed (then the folders are refused, as the test says) or what is decided has changed on purpose; a
//! log that is read otherwise than before is a broken promise, and no reason.

use journey_cli::compile;
use journey_compiler::db::Database;
use journey_compiler::load::{File, MANIFEST, project};
use journey_compiler::{check, checked, versions};
use journey_program::artifact;
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use journey_runtime::actions::Action;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};
use journey_runtime::outbox::{Job, Outcome, Policy};
use journey_runtime::store::bugs::Bugs;
use journey_runtime::store::codec::{Codec, deployed_in};
use journey_runtime::store::frame::{Frame, HEADER_BYTES};
use journey_runtime::store::{
    ACTIONS, Deployment, Disk, Durable, Entry, Out, Settings, StoreError, interpreted, program_in,
    program_of,
};
use journey_tests::sim::disk::SimDisk;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SALT: &str = "golden";
/// 2026-01-05T10:00:00Z
const BEGAN: i64 = 1_767_607_200_000;
const HOUR: i64 = 3_600_000;
/// All folders together are no larger.
const BYTES_MAX: u64 = 200_000;

/// What kinds of states there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// people in journeys, what is counted of them, a log behind the checkpoint
    Waiting,
    /// a second version over the first, with people who are still in the first
    Deployed,
    /// sends: accepted, tried in vain, under way
    Sending,
}

const KINDS: [Kind; 3] = [Kind::Waiting, Kind::Deployed, Kind::Sending];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Waiting => "waiting",
            Kind::Deployed => "deployed",
            Kind::Sending => "sending",
        }
    }
    fn folder(self) -> PathBuf {
        golden().join(self.name())
    }
    fn noted(self, what: &str) -> String {
        let path = golden().join(format!("{}.{what}.jsonl", self.name()));
        fs::read_to_string(path).unwrap()
    }
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn executor(program: &Arc<Program>) -> Box<Interpreter> {
    Box::new(Interpreter::new(Arc::clone(program)))
}

fn engine(program: &Arc<Program>) -> Engine {
    let options = Options {
        salt: SALT.to_owned(),
        ..Options::all()
    };
    Engine::new(Arc::clone(program), executor(program), options)
}

fn deployment(program: &Program) -> Deployment {
    let artifact = artifact::write(program, &[]).unwrap();
    let hash = artifact::hash(&artifact).unwrap();
    Deployment {
        hash,
        name: Deployment::name(program, &hash),
        artifact,
        sources: Vec::new(),
    }
}

fn open<'d>(
    disk: &'d mut SimDisk,
    program: &Arc<Program>,
    deployment: Deployment,
) -> Result<Durable<&'d mut SimDisk>, StoreError> {
    let settings = Settings {
        deployment,
        execute: interpreted,
        salt: SALT.to_owned(),
        actions: Some(Out {
            name: "actions.jsonl".to_owned(),
            file: true,
        }),
        dead_letters: None,
        cache: None,
        sealing: None,
        bugs: Bugs::default(),
    };
    Durable::open(disk, engine(program), settings)
}

/// The folder goes on with its own program.
fn reopened(disk: &mut SimDisk) -> Result<Durable<&mut SimDisk>, StoreError> {
    let hash = program_of(&mut &mut *disk)?.expect("it was begun");
    let program = program_in(&mut &mut *disk, &hash)?;
    let artifact = disk.cached(&program_file(&hash)).unwrap_or_default();
    let deployment = Deployment {
        hash,
        name: Deployment::name(&program, &hash),
        artifact: artifact.to_vec(),
        sources: Vec::new(),
    };
    open(disk, &program, deployment)
}

fn program_file(hash: &[u8; 32]) -> String {
    let short = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
    format!("{}.program", short.collect::<String>())
}

fn read(kind: Kind) -> SimDisk {
    let mut disk = SimDisk::new(1);
    for entry in fs::read_dir(kind.folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        put(&mut disk, &name, &fs::read(path).unwrap());
    }
    put(&mut disk, ACTIONS, kind.noted("before").as_bytes());
    disk
}

fn put(mut disk: &mut SimDisk, name: &str, bytes: &[u8]) {
    Disk::append(&mut disk, name, bytes).unwrap();
    Disk::sync(&mut disk, name).unwrap();
    Disk::sync_dir(&mut disk).unwrap();
}

fn files(mut disk: &mut SimDisk) -> BTreeMap<String, Vec<u8>> {
    let names = Disk::list(&mut disk).unwrap().into_iter();
    names
        .map(|name| {
            let bytes = disk.cached(&name).unwrap().to_vec();
            (name, bytes)
        })
        .collect()
}

/// Lines as what comes in.
fn inputs(program: &Program, lines: &str) -> Vec<Entry> {
    let mut intake = Intake::new(program, None).unwrap();
    let mut bytes = lines.as_bytes();
    let mut reader = Reader::open(&mut bytes, "golden", intake.format()).unwrap();
    intake.header(reader.columns()).unwrap();
    let mut entries = Vec::new();
    while let Some(taken) = intake.next(&mut reader, BEGAN).unwrap() {
        match taken {
            Taken::Input(input) => entries.push(Entry::Input(input)),
            Taken::DeadLetter(letter) => panic!("{}", letter.to_json()),
        }
    }
    entries
}

/// Gives the lines that have not come yet, and then days on which nothing comes. What comes of sends is told.
fn go_on(run: &mut Durable<&mut SimDisk>, kind: Kind, rest: &str) -> String {
    let mut told = String::new();
    if kind == Kind::Sending {
        run.deliver(BEGAN + 4 * HOUR, Policy::default()).unwrap();
    }
    let program = Arc::clone(run.engine().program());
    for entry in inputs(&program, rest) {
        run.take(vec![entry], None).unwrap();
        run.sync().unwrap();
    }
    for day in 1..=8 {
        let clock = Entry::Input(journey_runtime::input::Input::Clock(
            BEGAN + day * 24 * HOUR,
        ));
        run.take(vec![clock], None).unwrap();
        if kind == Kind::Sending {
            told += &deliver(run, BEGAN + day * 24 * HOUR, 100);
        }
    }
    run.checkpoint().unwrap();
    told
}

/// Delivers what is due, as often as that changes something.
fn deliver(run: &mut Durable<&mut SimDisk>, now: i64, most: usize) -> String {
    let mut told = String::new();
    while run.send_due(now, most).unwrap() > 0 {
        run.sync().unwrap();
        for job in run.take_jobs() {
            let outcome = outcome(&job);
            told += &format!("{} {} {} ask {}", job.key, job.channel, job.no, job.ask);
            told += &format!(" of {}: {outcome:?}\n", job.epoch);
            run.tell(&job, now, outcome).unwrap();
        }
    }
    told
}

/// The first attempt is in vain, unless it is at the desk.
fn outcome(job: &Job) -> Outcome {
    if job.no == 1 && &*job.channel == "email" {
        let why = "busy".to_owned();
        return Outcome::NotSent { after: None, why };
    }
    Outcome::Accepted
}

#[test]
fn folders_of_earlier_builds_go_on_as_noted() {
    if std::env::var("JOURNEY_GOLDEN").is_ok_and(|how| how == "write") {
        KINDS.iter().for_each(|kind| write(*kind));
    }
    for kind in KINDS {
        let mut disk = read(kind);
        let mut run = match reopened(&mut disk) {
            Ok(run) => run,
            Err(error) => panic!(
                "{error}\nstates have changed: `JOURNEY_GOLDEN=write cargo test -p journey-tests --test golden`"
            ),
        };
        assert!(run.notes().is_empty(), "{:?}", run.notes());
        let told = go_on(&mut run, kind, &kind.noted("rest"));
        drop(run);
        let actions = String::from_utf8(disk.cached(ACTIONS).unwrap().to_vec()).unwrap();
        let noted = kind.noted("before") + &kind.noted("after");
        assert!(
            actions == noted,
            "{}: other actions than were noted",
            kind.name()
        );
        assert!(told == kind.noted("told"), "{}: other sends", kind.name());
    }
}

/// Whatever becomes of states, a log tells the same.
#[test]
fn logs_of_earlier_builds_lead_to_the_same_actions() {
    for kind in KINDS {
        let mut disk = read(kind);
        let all = files(&mut disk);
        let logs = all.iter().filter(|(name, _)| {
            let ending = name.split_once('.').map(|(_, ending)| ending);
            matches!(ending, Some("log" | "past"))
        });
        let first = all.iter().find(|(name, _)| name.ends_with(".base"));
        let mut hash: [u8; 32] = first.unwrap().1[16..48].try_into().unwrap();
        let mut program = program_in(&mut &mut disk, &hash).unwrap();
        let (mut engine, mut codec) = (engine(&program), Codec::new(&program));
        let mut actions = String::new();
        let mut next = 0;
        for (_, bytes) in logs {
            let mut rest = &bytes[HEADER_BYTES..];
            while let Some(frame) = Frame::read(rest) {
                assert_eq!(frame.first, next);
                let (_, entries) = codec.decode(frame.payload, frame.count).unwrap();
                for entry in entries {
                    match entry {
                        Entry::Input(input) => engine.input(input),
                        Entry::Release => engine.finish(None),
                        Entry::Deployed { at, events, .. } => {
                            hash = deployed_in(frame.payload).unwrap();
                            program = program_in(&mut &mut disk, &hash).unwrap();
                            codec = Codec::new(&program);
                            engine.deploy_from(at, program.clone(), executor(&program), events);
                        }
                        Entry::Asked(_)
                        | Entry::Refused(_)
                        | Entry::Reading { .. }
                        | Entry::Sending(_) => {}
                    }
                    let made = engine.take_actions();
                    made.iter().for_each(|made| actions += &line(made));
                }
                next = frame.end();
                rest = &rest[frame.length()..];
            }
        }
        assert!(
            next > 0 && actions == kind.noted("before"),
            "{}",
            kind.name()
        );
    }
}

fn line(action: &Action) -> String {
    format!("{}\n", action.to_json())
}

/// A folder whose bytes are changed at a place of each state is refused by name, and nothing of it is touched.
#[track_caller]
fn refused(at: impl Fn(&[u8]) -> usize, expected: impl Fn(&StoreError) -> bool) {
    for kind in KINDS {
        let mut disk = read(kind);
        for (name, mut bytes) in files(&mut disk) {
            if name.ends_with(".state") {
                let at = at(&bytes);
                bytes[at] ^= 2;
                let mut hasher = blake3::Hasher::new();
                hasher.update(&bytes[..HEAD]).update(&bytes[HEAD + 32..]);
                let hash = *hasher.finalize().as_bytes();
                bytes[HEAD..HEAD + 32].copy_from_slice(&hash);
                disk.overwrite(&name, &bytes);
            }
        }
        let before = files(&mut disk);
        let error = reopened(&mut disk).unwrap_err();
        assert!(expected(&error), "{}: {error}", kind.name());
        assert!(files(&mut disk) == before, "something was changed: {error}");
        let told = error.to_string();
        assert!(told.contains("nothing was changed"), "{told}");
    }
}

/// What comes before a checkpoint's hash.
const HEAD: usize = 72;

#[test]
fn newer_folders_and_those_of_other_builds_are_refused_and_left_alone() {
    refused(|_| 4, |e| matches!(e, StoreError::Format { .. }));
    refused(|_| 6, |e| matches!(e, StoreError::Flags { .. }));
    let shape = |bytes: &[u8]| {
        let mut windows = bytes.windows(4);
        windows.position(|four| four == b"JRST").unwrap() + 8
    };
    refused(shape, |e| matches!(e, StoreError::Build { .. }));
}

#[test]
fn all_folders_together_are_small() {
    let mut bytes = 0;
    let mut folders = vec![golden()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => bytes += entry.metadata().unwrap().len(),
            }
        }
    }
    assert!(bytes < BYTES_MAX, "{bytes} bytes");
}

/// Both versions, the second linked over the first.
fn programs() -> [Arc<Program>; 2] {
    let db = Database::default();
    let text = |name: &str| fs::read_to_string(golden().join(name)).unwrap();
    let workspace = |version: &str, name: &str| {
        let manifest = format!(
            "[project]\nname = \"golden\"\nversion = \"{version}\"\nedition = \"2026\"\n\
             timezone = \"Europe/London\"\n"
        );
        let files = vec![
            File::new(MANIFEST, manifest.as_bytes()),
            File::new("main.journey", text(name).as_bytes()),
        ];
        let workspace = project(&db, files);
        let problems = check(&db, workspace);
        (workspace, problems)
    };
    let (first, problems) = workspace("1.0.0", "first.journey");
    let hir = checked(&db, first).unwrap_or_else(|| panic!("{problems:?}"));
    let sources = |names: &[(&str, &str)]| -> BTreeMap<String, String> {
        let named = names
            .iter()
            .map(|(path, name)| ((*path).to_owned(), text(name)));
        named.collect()
    };
    let own = sources(&[("main.journey", "first.journey")]);
    let one = Arc::new(compile::plan(&hir, &own).unwrap());
    let (second, problems) = workspace("1.1.0", "second.journey");
    assert!(checked(&db, second).is_some(), "{problems:?}");
    let (_, hir) = versions::link(&db, first, second).unwrap();
    let both = sources(&[
        ("main.journey@1.0.0", "first.journey"),
        ("main.journey", "second.journey"),
    ]);
    [one, Arc::new(compile::plan(&hir, &both).unwrap())]
}

/// What comes in: carts, orders, people who leave; one record a line.
fn lines(kind: Kind) -> Vec<String> {
    let mut lines = Vec::new();
    for n in 0..24i64 {
        let (who, at) = (n % 5, BEGAN + n * HOUR / 4);
        let at = journey_program::show::time_ms(at);
        let data = match n % 4 {
            0 | 1 => format!(
                "\"type\":\"cart_updated\",\"data\":{{\"cart_id\":\"c{n}\",\"value\":\"{}.50 EUR\"}}",
                n * 9
            ),
            2 => format!(
                "\"type\":\"order_placed\",\"data\":{{\"order_id\":\"o{n}\",\"total\":\"{}.00 EUR\"}}",
                n * 6
            ),
            _ if n == 19 && kind != Kind::Waiting => "\"type\":\"left\",\"data\":{}".to_owned(),
            _ => format!("\"type\":\"profile\",\"data\":{{\"email\":\"p{who}@example.com\"}}"),
        };
        let ids = format!("\"ids\":{{\"user_id\":\"p{who}\"}}");
        lines.push(format!(
            "{{\"id\":\"e{n}\",\"at\":\"{at}\",{ids},{data}}}\n"
        ));
    }
    lines
}

/// Writes a folder, what is written by then, what comes later, and what comes of it.
fn write(kind: Kind) {
    let [first, second] = programs();
    let lines = lines(kind);
    let (now, later) = lines.split_at(16);
    let mut disk = SimDisk::new(1);
    let mut run = open(&mut disk, &first, deployment(&first)).unwrap();
    if kind == Kind::Sending {
        run.deliver(BEGAN, Policy::default()).unwrap();
    }
    for (number, line) in now.iter().enumerate() {
        let program = Arc::clone(run.engine().program());
        run.take(inputs(&program, line), None).unwrap();
        run.sync().unwrap();
        if number == 6 || number == 11 {
            run.checkpoint().unwrap();
        }
        if kind == Kind::Deployed && number == 9 {
            let at = run.engine().clock().unwrap();
            let program = (Arc::clone(&second), executor(&second) as Box<_>);
            run.deploy(at, deployment(&second), program, Vec::new())
                .unwrap();
        }
        if kind == Kind::Sending && number == 12 {
            deliver(&mut run, BEGAN + 3 * HOUR, 2);
        }
    }
    if kind == Kind::Sending {
        // the last attempts are under way when the process ends
        run.send_due(BEGAN + 4 * HOUR, 2).unwrap();
        run.sync().unwrap();
    }
    drop(run);
    fs::remove_dir_all(kind.folder()).ok();
    fs::create_dir_all(kind.folder()).unwrap();
    for (name, bytes) in files(&mut disk) {
        fs::write(kind.folder().join(name), bytes).unwrap();
    }
    let before = disk.cached(ACTIONS).unwrap().to_vec();
    let mut run = reopened(&mut disk).unwrap();
    let rest = later.concat();
    let told = go_on(&mut run, kind, &rest);
    drop(run);
    let all = disk.cached(ACTIONS).unwrap();
    let note = |what: &str, bytes: &[u8]| {
        let path = golden().join(format!("{}.{what}.jsonl", kind.name()));
        fs::write(path, bytes).unwrap();
    };
    note("before", &before);
    note("rest", rest.as_bytes());
    note("after", &all[before.len()..]);
    note("told", told.as_bytes());
}
