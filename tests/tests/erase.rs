//! Erasing from a folder on a disk that dies at each of its operations, with and without a loss of power: whoever
//! opens next finishes it, then no file has a byte of the person, and everyone else is as they were.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

use journey_cli::compile;
use journey_cli::project::Project;
use journey_program::artifact;
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::{EraseInput, Input};
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};
use journey_runtime::state::Person;
use journey_runtime::store::bugs::Bugs;
use journey_runtime::store::looking::{Look, alike_but_for_the_erased};
use journey_runtime::store::{
    Deployment, Disk, Durable, Entry, Fate, Settings, StoreError, interpreted,
};
use journey_tests::sim::disk::{Faults, SimDisk};
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

/// What must not be found.
const CANARIES: [&str; 3] = ["canary-user", "canary@example.com", "Canaria"];

fn program() -> Arc<Program> {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/src/commands/new/shop.journey");
    let project = Project::open(Some(&shop)).unwrap();
    let checked = project.checked(false).unwrap();
    Arc::new(compile::plan(&checked, &project.sources).unwrap())
}

fn inputs(program: &Program) -> Vec<Input> {
    let mut lines = String::new();
    for (hour, who) in ["anna", "canary-user", "bert", "canary-user", "anna"]
        .iter()
        .enumerate()
    {
        let mail = who.replace("-user", "");
        let ids = format!(r#""ids":{{"user_id":"{who}"}}"#);
        let at = |minute: u32| format!(r#""at":"2026-01-05T{:02}:{minute:02}:00Z""#, hour * 4);
        for line in [
            format!(
                r#"{{"type":"profile",{},{ids},"data":{{"email":"{mail}@example.com","first_name":"Canaria"}}}}"#,
                at(1)
            ),
            format!(
                r#"{{"type":"signup",{},{ids},"data":{{"accepts_marketing":true}}}}"#,
                at(2)
            ),
            format!(
                r#"{{"type":"cart_updated","id":"{who}-{hour}",{},{ids},"data":{{"cart_id":"c{hour}","value":80}}}}"#,
                at(3)
            ),
        ] {
            let line = match *who {
                "canary-user" => line,
                _ => line.replace("Canaria", "Other"),
            };
            writeln!(lines, "{line}").unwrap();
        }
    }
    let mut intake = Intake::new(program, None).unwrap();
    let mut reader = Reader::open(Cursor::new(lines), "events.jsonl", intake.format()).unwrap();
    let mut inputs = Vec::new();
    while let Some(taken) = intake.next(&mut reader, 0).unwrap() {
        match taken {
            Taken::Input(input) => inputs.push(input),
            Taken::DeadLetter(letter) => panic!("{letter:?}"),
        }
    }
    inputs
}

fn open<'d>(
    disk: &'d mut SimDisk,
    program: &Arc<Program>,
) -> Result<Durable<&'d mut SimDisk>, StoreError> {
    let executor = Box::new(Interpreter::new(Arc::clone(program)));
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
        salt: "salt".to_owned(),
        actions: None,
        dead_letters: None,
        cache: None,
        sealing: None,
        bugs: Bugs::default(),
    };
    let engine = Engine::new(Arc::clone(program), executor, Options::all());
    Durable::open(disk, engine, settings)
}

/// A folder with some generations behind it.
fn folder(program: &Arc<Program>, inputs: &[Input], seed: u64) -> SimDisk {
    let mut disk = SimDisk::new(seed);
    let mut run = open(&mut disk, program).unwrap();
    for (place, input) in inputs.iter().enumerate() {
        run.take(vec![Entry::Input(input.clone())], None).unwrap();
        run.sync().unwrap();
        if place % 4 == 3 {
            run.checkpoint().unwrap();
        }
    }
    drop(run);
    disk
}

/// Files that have one of the canaries.
fn found(mut disk: &mut SimDisk) -> Vec<String> {
    let mut found = Vec::new();
    for name in disk.list().unwrap() {
        let bytes = disk.cached(&name).unwrap_or_default();
        for canary in CANARIES {
            let canary_ = canary.as_bytes();
            if bytes.windows(canary_.len()).any(|window| window == canary_) {
                found.push(format!("{name}: {canary}"));
            }
        }
    }
    found
}

/// Erases; an error where the disk dies.
fn erase(disk: &mut SimDisk, program: &Arc<Program>) -> Result<Option<Fate>, StoreError> {
    let mut run = open(disk, program)?;
    let mut fate = run.finish_erasing()?.map(|erased| erased.history);
    if let Some(who) = run.engine().find("canary-user") {
        fate = run.erase(who, "request", 7)?.map(|erased| erased.history);
    }
    Ok(fate)
}

fn others(disk: &mut SimDisk, program: &Arc<Program>) -> Vec<Person> {
    let run = open(disk, program).unwrap();
    let people = run.engine().state().people.iter();
    people.filter(|person| !person.erased).cloned().collect()
}

/// What is left of the past leads to what is known now.
fn leads_here(mut disk: &mut SimDisk) {
    let look = Look::into(&mut disk).unwrap().unwrap();
    let newest = look.newest().unwrap();
    let mut now = look.engine(&newest, &|_| None).unwrap();
    look.replay(&mut now, &newest, &|_| None).unwrap();
    let first = look.before(None).unwrap();
    let then = look.again(&first, &|_| None, now.state(), &|_| {}).unwrap();
    assert!(alike_but_for_the_erased(then.state(), now.state()));
}

#[test]
fn an_erasure_among_the_inputs_leaves_no_history() {
    let program = program();
    let inputs = inputs(&program);
    let mut disk = folder(&program, &inputs, 1);
    let mut run = open(&mut disk, &program).unwrap();
    let who = run.engine().find("canary-user").unwrap();
    let ids = run
        .engine()
        .state()
        .people
        .get(who.index())
        .unwrap()
        .identifiers
        .clone();
    let at = run.engine().clock().unwrap();
    let id = String::new();
    let erase = Input::Erase(EraseInput { id, at, ids });
    run.take(vec![Entry::Input(erase)], None).unwrap();
    run.checkpoint().unwrap();
    run.checkpoint().unwrap();
    drop(run);
    assert_eq!(found(&mut disk), Vec::<String>::new());
    leads_here(&mut disk);
}

#[test]
fn erased_is_gone_wherever_the_disk_dies() {
    let program = program();
    let inputs = inputs(&program);
    let mut disk = folder(&program, &inputs, 1);
    assert!(found(&mut disk).len() > 2);
    let before = others(&mut disk, &program);
    disk.restart(Faults::default());
    assert_eq!(erase(&mut disk, &program).unwrap(), Some(Fate::Rewritten));
    let operations = disk.operations();
    assert_eq!(found(&mut disk), Vec::<String>::new());
    leads_here(&mut disk);
    let after = others(&mut disk, &program);
    assert!(after.len() + 1 == before.len() && after.iter().all(|one| before.contains(one)));
    let mut rewritten = 0;
    for kill in 1..=operations {
        for power in [false, true] {
            let mut disk = folder(&program, &inputs, kill);
            let kill_at = Some(kill);
            disk.restart(Faults {
                kill_at,
                ..Faults::default()
            });
            let died = erase(&mut disk, &program);
            if power {
                disk.lose_power();
            }
            disk.restart(Faults::default());
            let fate = erase(&mut disk, &program).unwrap();
            rewritten += usize::from(fate == Some(Fate::Rewritten));
            let when = format!("dead at {kill}, power lost: {power}, {died:?}");
            assert_eq!(found(&mut disk), Vec::<String>::new(), "{when}");
            disk.lose_power();
            assert_eq!(
                found(&mut disk),
                Vec::<String>::new(),
                "{when}, and then the power"
            );
            leads_here(&mut disk);
            let left = others(&mut disk, &program);
            assert!(left == after, "{when}: others differ");
        }
    }
    println!("{operations} operations, {rewritten} histories rewritten by the second try");
}

#[test]
fn a_full_disk_ends_it_and_the_next_try_has_the_room_of_the_past() {
    let program = program();
    let inputs = inputs(&program);
    let mut met = 0;
    for seed in 1..60 {
        let mut disk = folder(&program, &inputs, seed);
        let mut run = open(&mut disk, &program).unwrap();
        assert!(run.reserve().unwrap());
        drop(run);
        let before = others(&mut disk, &program);
        disk.restart(Faults {
            append: 150,
            ..Faults::default()
        });
        let ended = erase(&mut disk, &program);
        disk.restart(Faults::default());
        let names = (&mut disk).list().unwrap();
        let told = names.iter().any(|name| name == "erasing.full");
        if !told {
            continue;
        }
        met += 1;
        assert!(ended.unwrap_err().is_full());
        let run = open(&mut disk, &program).unwrap();
        let told = run.notes().iter();
        assert!(told.into_iter().any(|note| note.contains("to make room")));
        drop(run);
        let fate = erase(&mut disk, &program).unwrap();
        assert!(
            matches!(fate, Some(Fate::None | Fate::Dropped(_))),
            "{fate:?}"
        );
        assert_eq!(found(&mut disk), Vec::<String>::new());
        let left = others(&mut disk, &program);
        assert!(left.iter().all(|one| before.contains(one)), "seed {seed}");
    }
    assert!(met > 3, "{met}");
}
