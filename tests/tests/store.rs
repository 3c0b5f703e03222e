//! The formats of a state folder: entries come back as they were, small; newer formats, other programs and
//! damage are refused by name, and nothing is changed then.

use journey_program::artifact;
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::Input;
use journey_runtime::store::codec::{Codec, Group};
use journey_runtime::store::{
    ACTIONS, Deployment, Disk, Durable, Entry, Out, Position, Settings, StoreError, interpreted,
};
use journey_tests::progen::trial;
use journey_tests::sim::disk::SimDisk;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

fn traced(count: u64) -> Vec<(Arc<Program>, Vec<Input>)> {
    (1..=count)
        .filter_map(|seed| trial::traced(seed, 40))
        .collect()
}

#[test]
fn entries_come_back_as_they_were_and_are_small() {
    let (mut events, mut bytes) = (0, 0);
    for (program, inputs) in traced(25) {
        let codec = Codec::new(&program);
        let position = Position {
            input: 3,
            records: u64::MAX,
            prefix: 7,
        };
        let mut group = Group::default();
        let mut entries: Vec<Entry> = inputs.into_iter().map(Entry::Input).collect();
        entries.push(Entry::Refused("{\"raw\":\"é\"}".to_owned()));
        entries.push(Entry::Release);
        let name = "events.jsonl".to_owned();
        entries.push(Entry::Reading {
            key: u128::MAX,
            name,
        });
        for entry in &entries {
            let before = group.bytes();
            codec.add(&mut group, entry).unwrap();
            if matches!(entry, Entry::Input(Input::Event(_))) {
                events += 1;
                bytes += group.bytes() - before;
            }
        }
        group.position = Some(position);
        let payload = group.payload();
        let again = codec.decode(&payload, group.count()).unwrap();
        assert!(again == (Some(position), entries));
        for length in 0..payload.len() {
            assert!(codec.decode(&payload[..length], group.count()).is_err());
        }
    }
    println!("{events} events, {} bytes each", bytes / events);
    assert!(bytes / events < 64, "{} bytes each", bytes / events);
}

#[test]
fn ids_keep_their_form() {
    let (program, _) = traced(1).remove(0);
    let codec = Codec::new(&program);
    let ids = [
        "",
        "e-17",
        "0123456789abcdef0123456789abcdef",
        "0123456789ABCDEF0123456789abcdef",
        "+123456789abcdef0123456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdef",
        "01234567-89AB-cdef-0123-456789abcdef",
        "0123456-789ab-cdef-0123-456789abcdef",
        "éééééééééééééééé",
    ];
    for id in ids {
        for at in [0, i64::MIN, i64::MAX] {
            let entry = Entry::Input(Input::Profile(journey_runtime::input::ProfileInput {
                id: id.to_owned(),
                at,
                source: String::new(),
                ids: vec![(0, id.to_owned())],
                writes: Vec::new(),
            }));
            let mut group = Group::default();
            codec
                .add(&mut group, &Entry::Input(Input::Clock(-1)))
                .unwrap();
            codec.add(&mut group, &entry).unwrap();
            let (_, again) = codec.decode(&group.payload(), 2).unwrap();
            assert_eq!(again.last(), Some(&entry));
        }
    }
}

fn engine(program: &Arc<Program>) -> Engine {
    let executor = Box::new(Interpreter::new(Arc::clone(program)));
    Engine::new(Arc::clone(program), executor, Options::all())
}

/// Of a program, or of another one than it.
fn settings(program: &Arc<Program>, other: bool) -> Settings {
    let artifact = artifact::write(program, &[]).unwrap();
    let mut hash = artifact::hash(&artifact).unwrap();
    if other {
        hash[0] ^= 1;
    }
    Settings {
        deployment: Deployment {
            hash,
            name: Deployment::name(program, &hash),
            artifact,
            sources: Vec::new(),
        },
        execute: interpreted,
        salt: String::new(),
        actions: Some(Out {
            name: "out.jsonl".to_owned(),
            file: true,
        }),
        dead_letters: None,
        cache: None,
        sealing: None,
        bugs: journey_runtime::store::bugs::Bugs::default(),
    }
}

/// A folder with two generations, and entries in the newest log; not closed.
fn folder(program: &Arc<Program>, inputs: &[Input]) -> SimDisk {
    let mut disk = SimDisk::new(1);
    let mut run = Durable::open(&mut disk, engine(program), settings(program, false)).unwrap();
    for (place, input) in inputs.iter().enumerate() {
        run.take(vec![Entry::Input(input.clone())], None).unwrap();
        run.sync().unwrap();
        if place == inputs.len() / 2 {
            run.checkpoint().unwrap();
        }
    }
    drop(run);
    disk
}

fn files(disk: &mut SimDisk) -> Vec<(String, Vec<u8>)> {
    let mut names = Disk::list(&mut &mut *disk).unwrap();
    names.push(ACTIONS.to_owned());
    let all = names.into_iter();
    all.map(|name| {
        (
            name.clone(),
            disk.cached(&name).unwrap_or_default().to_vec(),
        )
    })
    .collect()
}

/// Opening fails so, and every file is as it was.
#[track_caller]
fn refused(disk: &mut SimDisk, program: &Arc<Program>, other: bool) -> StoreError {
    let before = files(disk);
    let error = Durable::open(&mut *disk, engine(program), settings(program, other)).unwrap_err();
    assert!(files(disk) == before, "something was changed: {error}");
    error
}

#[test]
fn what_is_newer_or_anothers_is_refused_and_left_alone() {
    let (program, inputs) = traced(1).remove(0);
    let mut disk = folder(&program, &inputs);
    let error = refused(&mut disk, &program, true);
    let (one, other) = (settings(&program, false), settings(&program, true));
    let expected = StoreError::Program {
        hash: one.deployment.hash,
        kept: one.deployment.name,
        given: other.deployment.name,
    };
    assert_eq!(error, expected);
    // a log of the next format, whose header is whole
    let name = files(&mut disk)
        .into_iter()
        .map(|(name, _)| name)
        .rfind(|name| name.ends_with(".log"))
        .unwrap();
    let before = disk.cached(&name).unwrap()[..72].to_vec();
    for (at, format) in [(4, true), (6, false)] {
        let mut header = before.clone();
        header[at] ^= 2;
        let sum = xxh3_64(&header[..64]);
        header[64..].copy_from_slice(&sum.to_le_bytes());
        disk.overwrite(&name, &header);
        match refused(&mut disk, &program, false) {
            StoreError::Format { .. } => assert!(format),
            StoreError::Flags { .. } => assert!(!format),
            other => panic!("{other}"),
        }
    }
    disk.overwrite(&name, &before);
    assert!(Durable::open(&mut disk, engine(&program), settings(&program, false)).is_ok());
}

#[test]
fn any_flipped_bit_gives_the_same_state_or_a_named_error() {
    let (program, inputs) = traced(1).remove(0);
    let whole = {
        let mut disk = folder(&program, &inputs);
        let run = Durable::open(&mut disk, engine(&program), settings(&program, false)).unwrap();
        run.engine().state().clone()
    };
    let mut disk = folder(&program, &inputs);
    let all = files(&mut disk);
    let (mut opened, mut named, mut torn) = (0, 0, 0);
    for (name, bytes) in all.iter().filter(|(name, _)| !name.starts_with('@')) {
        for at in (0..bytes.len()).step_by(29) {
            let mut disk = folder(&program, &inputs);
            disk.flip(name, at, (at % 8) as u8);
            match Durable::open(&mut disk, engine(&program), settings(&program, false)) {
                Ok(run) if *run.engine().state() == whole => opened += 1,
                // the frames of the last sync can't be told from torn ones
                Ok(run) => {
                    assert!(run.notes().iter().any(|note| note.contains("cut off")));
                    torn += 1;
                }
                Err(StoreError::Damaged { .. }) => named += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    println!("{opened} opened, {named} named, {torn} taken for torn");
    assert!(opened > 0 && named > 0);
}

#[test]
fn an_output_that_is_too_short_is_named() {
    let (program, inputs) = traced(1).remove(0);
    let mut disk = folder(&program, &inputs);
    let length = Disk::length(&mut &mut disk, ACTIONS).unwrap().unwrap();
    assert!(length > 1);
    Disk::truncate(&mut &mut disk, ACTIONS, 1).unwrap();
    let error = refused(&mut disk, &program, false);
    assert!(
        matches!(error, StoreError::Output { found: 1, .. }),
        "{error}"
    );
}
