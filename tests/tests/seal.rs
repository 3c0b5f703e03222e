//! A state folder with keys: no file has a byte of what is personal, a start reads it all again, whoever lacks the
//! master key is refused, and who was erased stays so in every copy that was made before, also where the disk dies
//! at each operation of the erasure.
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
use journey_runtime::outbox::Policy;
use journey_runtime::state::{Person, PersonNo};
use journey_runtime::store::bugs::Bugs;
use journey_runtime::store::looking::Look;
use journey_runtime::store::{
    Deployment, Disk, Durable, Entry, Fate, Sealing, Settings, StoreError, has_keys, interpreted,
};
use journey_tests::sim::disk::{Faults, SimDisk};
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

/// What must not be found, of anyone.
const CANARIES: [&str; 8] = [
    "canary-user",
    "canary@example.com",
    "CANARY@example.com",
    "Canaria",
    "anna-user",
    "anna@example.com",
    "Annabella",
    "bert-user",
];

const SEALING: Sealing = Sealing {
    master: [7; 32],
    seed: [9; 32],
};

fn program() -> Arc<Program> {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/src/commands/new/shop.journey");
    let project = Project::open(Some(&shop)).unwrap();
    let checked = project.checked(false).unwrap();
    Arc::new(compile::plan(&checked, &project.sources).unwrap())
}

fn inputs(program: &Program) -> Vec<Input> {
    let mut lines = String::new();
    let all = ["anna", "canary", "bert", "canary", "anna", "canary", "dora"];
    for (hour, who) in all.iter().enumerate() {
        let mail = if hour == 3 {
            who.to_uppercase()
        } else {
            (*who).to_owned()
        };
        let first = match *who {
            "canary" => "Canaria",
            "anna" => "Annabella",
            _ => "Other",
        };
        let ids = format!(r#""ids":{{"user_id":"{who}-user"}}"#);
        let at = |minute: u32| format!(r#""at":"2026-01-05T{:02}:{minute:02}:00Z""#, hour * 3);
        for line in [
            format!(
                r#"{{"type":"profile",{},{ids},"data":{{"email":"{mail}@example.com","first_name":"{first}"}}}}"#,
                at(1)
            ),
            format!(
                r#"{{"type":"signup",{},{ids},"data":{{"accepts_marketing":true}}}}"#,
                at(2)
            ),
            format!(
                r#"{{"type":"cart_updated","id":"{who}-user-{hour}",{},{ids},"data":{{"cart_id":"c{hour}","value":80}}}}"#,
                at(3)
            ),
        ] {
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
    sealing: Option<Sealing>,
    cache: Option<u64>,
) -> Result<Durable<&'d mut SimDisk>, StoreError> {
    open_with(disk, program, (sealing, cache), Bugs::default())
}

fn open_with<'d>(
    disk: &'d mut SimDisk,
    program: &Arc<Program>,
    (sealing, cache): (Option<Sealing>, Option<u64>),
    bugs: Bugs,
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
        cache,
        sealing,
        bugs,
    };
    let engine = Engine::new(Arc::clone(program), executor, Options::all());
    Durable::open(disk, engine, settings)
}

fn sealed<'d>(
    disk: &'d mut SimDisk,
    program: &Arc<Program>,
) -> Result<Durable<&'d mut SimDisk>, StoreError> {
    open(disk, program, Some(SEALING), None)
}

/// Takes these inputs, with sends that wait, refused lines, and a checkpoint now and then.
fn take(run: &mut Durable<&mut SimDisk>, inputs: &[Input]) {
    run.deliver(0, Policy::default()).unwrap();
    for (place, input) in inputs.iter().enumerate() {
        let line = format!("{{\"refused\":\"canary-user\",\"n\":{place}}}");
        let entries = vec![Entry::Input(input.clone()), Entry::Refused(line)];
        run.take(entries, None).unwrap();
        run.sync().unwrap();
        if place % 4 == 3 {
            run.checkpoint().unwrap();
        }
    }
}

fn folder(program: &Arc<Program>, inputs: &[Input], seed: u64, cache: Option<u64>) -> SimDisk {
    let mut disk = SimDisk::new(seed);
    let mut run = open(&mut disk, program, Some(SEALING), cache).unwrap();
    take(&mut run, inputs);
    drop(run);
    disk
}

/// Files that have one of the canaries.
fn found(mut disk: &mut SimDisk, canaries: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for name in disk.list().unwrap() {
        let bytes = disk.cached(&name).unwrap_or_default();
        for canary in canaries {
            let canary_ = canary.as_bytes();
            if bytes.windows(canary_.len()).any(|window| window == canary_) {
                found.push(format!("{name}: {canary}"));
            }
        }
    }
    found
}

fn people(run: &Durable<&mut SimDisk>) -> Vec<Person> {
    run.engine().state().people.iter().cloned().collect()
}

#[test]
fn no_file_has_what_is_personal_and_a_start_reads_it_all() {
    let program = program();
    let inputs = inputs(&program);
    for cache in [None, Some(3_000)] {
        let mut disk = folder(&program, &inputs, 1, cache);
        assert_eq!(found(&mut disk, &CANARIES), Vec::<String>::new());
        let mut plain = SimDisk::new(1);
        let mut run = open(&mut plain, &program, None, None).unwrap();
        take(&mut run, &inputs);
        let expected = people(&run);
        let outbox = run.progress().outbox.items.clone();
        drop(run);
        assert!(found(&mut plain, &CANARIES).len() > 8);
        for _ in 0..2 {
            let run = open(&mut disk, &program, Some(SEALING), cache).unwrap();
            assert_eq!(people(&run), expected, "cache {cache:?}");
            assert_eq!(run.progress().outbox.items, outbox);
            drop(run);
            assert_eq!(found(&mut disk, &CANARIES), Vec::<String>::new());
        }
    }
}

#[test]
fn the_past_is_told_with_the_key_and_refused_without() {
    let program = program();
    let inputs = inputs(&program);
    let mut disk = folder(&program, &inputs, 1, None);
    let look = Look::into_sealed(&mut &mut disk, Some(&SEALING))
        .unwrap()
        .unwrap();
    let newest = look.newest().unwrap();
    let mut now = look.engine(&newest, &|_| None).unwrap();
    look.replay(&mut now, &newest, &|_| None).unwrap();
    let first = look.before(None).unwrap();
    let then = look.again(&first, &|_| None, now.state(), &|_| {}).unwrap();
    assert!(then.state() == now.state());
    let refused = Look::into(&mut &mut disk).unwrap_err();
    assert_eq!(refused, StoreError::Sealed);
    assert_eq!(
        open(&mut disk, &program, None, None).unwrap_err(),
        StoreError::Sealed
    );
    let other = Sealing {
        master: [8; 32],
        ..SEALING
    };
    let before = disk.clone();
    let wrong = open(&mut disk, &program, Some(other), None).unwrap_err();
    assert!(matches!(wrong, StoreError::Master { .. }), "{wrong}");
    let reference = before;
    for name in (&mut disk).list().unwrap() {
        assert_eq!(disk.cached(&name), reference.cached(&name), "{name}");
        if has_keys(&name) {
            (&mut disk).remove(&name).unwrap();
        }
    }
    let gone = open(&mut disk, &program, Some(SEALING), None).unwrap_err();
    assert!(matches!(gone, StoreError::Keys { .. }), "{gone}");
}

#[test]
fn a_folder_that_lay_open_is_sealed_by_its_next_start() {
    let program = program();
    let inputs = inputs(&program);
    let mut disk = SimDisk::new(3);
    let mut run = open(&mut disk, &program, None, None).unwrap();
    take(&mut run, &inputs);
    let expected = people(&run);
    drop(run);
    let run = sealed(&mut disk, &program).unwrap();
    assert_eq!(people(&run), expected);
    assert!(
        run.notes()
            .iter()
            .any(|note| note.contains("sealed from now on"))
    );
    drop(run);
    assert_eq!(found(&mut disk, &CANARIES), Vec::<String>::new());
    let run = sealed(&mut disk, &program).unwrap();
    assert_eq!(people(&run), expected);
}

/// Erases; an error where the disk dies.
fn erase(disk: &mut SimDisk, program: &Arc<Program>) -> Result<Option<Fate>, StoreError> {
    let mut run = sealed(disk, program)?;
    let mut fate = run.finish_erasing()?.map(|erased| erased.history);
    if let Some(who) = run.engine().find("canary-user") {
        fate = run.erase(who, "request", 7)?.map(|erased| erased.history);
    }
    Ok(fate)
}

/// The copy with the keys as they are now.
fn restored(copy: &SimDisk, now: &mut SimDisk) -> SimDisk {
    let mut disk = copy.clone();
    let names = (&mut disk).list().unwrap();
    for name in names.iter().filter(|name| has_keys(name)) {
        (&mut disk).remove(name).unwrap();
    }
    for name in (&mut &mut *now).list().unwrap() {
        if has_keys(&name) {
            let bytes = now.cached(&name).unwrap().to_vec();
            (&mut disk).append(&name, &bytes).unwrap();
            (&mut disk).sync(&name).unwrap();
        }
    }
    (&mut disk).sync_dir().unwrap();
    disk
}

/// Of the copy everyone is there but who was erased.
fn stays_erased(copy: &SimDisk, now: &mut SimDisk, program: &Arc<Program>, when: &str) {
    let mut whole = copy.clone();
    let run = sealed(&mut whole, program).unwrap();
    let before = people(&run);
    drop(run);
    for cache in [None, Some(3_000)] {
        let mut disk = restored(copy, now);
        let run = open(&mut disk, program, Some(SEALING), cache).unwrap();
        let after = people(&run);
        let text = format!("{:?} {:?}", run.engine().state(), run.progress().outbox);
        for canary in ["canary-user", "canary@example.com", "CANARY@", "Canaria"] {
            assert!(!text.contains(canary), "{when}: {canary} in the state");
        }
        for person in before.iter().filter(|person| &*person.id != "canary-user") {
            assert!(after.contains(person), "{when}: {} differs", person.id);
        }
        assert!(after.iter().any(|person| person.erased), "{when}");
    }
}

#[test]
fn erased_is_gone_from_every_copy_wherever_the_disk_dies() {
    let program = program();
    let inputs = inputs(&program);
    let copies: Vec<SimDisk> = [5, 8, 14, inputs.len()]
        .iter()
        .map(|length| folder(&program, inputs.get(..*length).unwrap(), 1, None))
        .collect();
    let mut disk = copies.last().unwrap().clone();
    let run = sealed(&mut disk, &program).unwrap();
    let before = people(&run);
    drop(run);
    disk.restart(Faults::default());
    assert_eq!(erase(&mut disk, &program).unwrap(), Some(Fate::Rewritten));
    let operations = disk.operations();
    let run = sealed(&mut disk, &program).unwrap();
    let after = people(&run);
    assert_eq!(after.len(), before.len());
    let others = |all: &[Person]| -> Vec<Person> {
        let there = all.iter().filter(|p| !p.erased && &*p.id != "canary-user");
        there.cloned().collect()
    };
    assert_eq!(others(&after), others(&before));
    drop(run);
    for copy in &copies {
        stays_erased(copy, &mut disk, &program, "undisturbed");
    }
    for kill in (1..=operations).step_by(3) {
        let mut disk = copies.last().unwrap().clone();
        disk.restart(Faults {
            kill_at: Some(kill),
            ..Faults::default()
        });
        let died = erase(&mut disk, &program);
        if kill % 2 == 0 {
            disk.lose_power();
        }
        disk.restart(Faults::default());
        erase(&mut disk, &program).unwrap();
        disk.lose_power();
        let when = format!("dead at {kill}, {died:?}");
        assert_eq!(found(&mut disk, &CANARIES), Vec::<String>::new(), "{when}");
        let mut opened = disk.clone();
        let run = sealed(&mut opened, &program).unwrap();
        assert_eq!(others(&people(&run)), others(&before), "{when}");
        drop(run);
        let copy = copies
            .get(usize::try_from(kill).unwrap() % copies.len())
            .unwrap();
        stays_erased(copy, &mut disk, &program, &when);
    }
    println!("{operations} operations");
}

/// The mistake that no crash shows: the copy would read again.
#[test]
#[cfg(feature = "planted-bugs")]
fn a_key_that_is_kept_is_found() {
    use journey_runtime::store::bugs::Bug;
    let program = program();
    let inputs = inputs(&program);
    let copy = folder(&program, &inputs, 1, None);
    let mut disk = copy.clone();
    let bugs = Bugs::planted(Some(Bug::KeyKept));
    let mut run = open_with(&mut disk, &program, (Some(SEALING), None), bugs).unwrap();
    let who = run.engine().find("canary-user").unwrap();
    run.erase(who, "request", 7).unwrap();
    drop(run);
    let found = std::panic::catch_unwind(move || {
        stays_erased(&copy, &mut disk, &program, "planted");
    });
    assert!(found.is_err());
}

#[test]
fn an_erasure_among_the_inputs_takes_the_keys_too() {
    let program = program();
    let inputs = inputs(&program);
    let copy = folder(&program, &inputs, 1, None);
    let mut disk = copy.clone();
    let mut run = sealed(&mut disk, &program).unwrap();
    let who: PersonNo = run.engine().find("canary-user").unwrap();
    let person = run.engine().state().people.get(who.index()).unwrap();
    let ids = person.identifiers.clone();
    let at = run.engine().clock().unwrap();
    let id = String::new();
    let erase = Input::Erase(EraseInput { id, at, ids });
    run.take(vec![Entry::Input(erase)], None).unwrap();
    run.sync().unwrap();
    drop(run);
    let mut run = sealed(&mut disk, &program).unwrap();
    run.checkpoint().unwrap();
    drop(run);
    let mut run = sealed(&mut disk, &program).unwrap();
    run.checkpoint().unwrap();
    run.checkpoint().unwrap();
    drop(run);
    stays_erased(&copy, &mut disk, &program, "among the inputs");
}

#[test]
fn what_sealing_costs_in_bytes() {
    let program = program();
    let inputs = inputs(&program);
    let mut sizes = Vec::new();
    for sealing in [None, Some(SEALING)] {
        let mut disk = SimDisk::new(1);
        let mut run = open(&mut disk, &program, sealing, None).unwrap();
        for _ in 0..200 {
            let cart = inputs
                .iter()
                .filter(|input| matches!(input, Input::Event(_)));
            let entries = cart.map(|input| Entry::Input(input.clone()));
            run.take(entries.collect::<Vec<_>>(), None).unwrap();
        }
        run.sync().unwrap();
        sizes.push(run.log_bytes());
    }
    println!("bytes of the log, open and sealed: {sizes:?}");
}
