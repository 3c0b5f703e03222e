//! Any bytes as parts of a state folder: a frame, a log's header, the entries of a group, a state with a right
//! hash. Each is refused, or it is something that is written and read again the same; no length is believed.

use super::envelope;
use arbitrary::{Result, Unstructured};
use journey_program::interp::Interpreter;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::state::State;
use journey_runtime::state::snapshot::{restore, snapshot};
use journey_runtime::store::Entry;
use journey_runtime::store::codec::{Codec, Group};
use journey_runtime::store::frame::{Frame, LogHeader, was_durable};
use std::sync::{Arc, OnceLock};
use xxhash_rust::xxh3::xxh3_128;

/// Where the length and the hash of a snapshot's body stand, and the body.
const LENGTH: std::ops::Range<usize> = 16..24;
const HASH: std::ops::Range<usize> = 24..40;

pub fn run(bytes: &[u8]) {
    if let Some(frame) = Frame::read(bytes) {
        let Frame { first, count, .. } = frame;
        let written = Frame::write(first, count, frame.durable, frame.chain, frame.payload);
        let (again, sum) = written.expect("a frame that was read is written");
        assert!(bytes.starts_with(&again) && sum == frame.sum);
    }
    let _ = was_durable(bytes, 0);
    if let Ok(Some(header)) = LogHeader::read("a.log", bytes) {
        assert!(bytes.starts_with(&header.write()));
    }
    let _ = entries(bytes);
    let _ = state(&mut Unstructured::new(bytes));
}

fn codec() -> &'static Codec {
    static CODEC: OnceLock<Codec> = OnceLock::new();
    CODEC.get_or_init(|| Codec::new(envelope::program()))
}

/// The first byte says how many entries there are.
fn entries(bytes: &[u8]) -> Option<()> {
    let (count, bytes) = bytes.split_first()?;
    let (position, entries) = codec().decode(bytes, u32::from(*count % 8)).ok()?;
    let written = |entries: &[Entry]| {
        let mut group = Group::default();
        for entry in entries {
            codec().add(&mut group, entry).expect("an entry is written");
        }
        group.position = position;
        (group.payload(), group.count())
    };
    let (first, count) = written(&entries);
    let (again, entries) = codec().decode(&first, count).expect("and read");
    assert!(again == position);
    assert!(
        written(&entries).0 == first,
        "entries change by being written"
    );
    Some(())
}

/// A state that has something of everything that the seeds bring about.
fn sound() -> &'static Vec<u8> {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let program = envelope::program();
        let executor = Box::new(Interpreter::new(Arc::clone(program)));
        let mut engine = Engine::new(Arc::clone(program), executor, Options::all());
        for seed in envelope::seeds() {
            for input in envelope::read(&seed, None, seed.len()).inputs {
                engine.input(input);
            }
        }
        snapshot(engine.state()).expect("a state is written")
    })
}

/// A damaged body behind a right header.
fn state(from: &mut Unstructured<'_>) -> Result<()> {
    let mut bytes = sound().clone();
    for _ in 0..from.int_in_range(1..=3)? {
        let at = from.int_in_range(HASH.end..=bytes.len() - 1)?;
        let byte: u8 = from.arbitrary()?;
        match from.int_in_range(0..=3)? {
            0 => bytes[at] = byte,
            1 => bytes[at] ^= 1 << (byte % 8),
            2 => bytes.truncate(at + 1),
            _ => bytes.insert(at, byte),
        }
    }
    let body = &bytes[HASH.end..];
    let (length, hash) = (body.len() as u64, xxh3_128(body));
    bytes[LENGTH].copy_from_slice(&length.to_le_bytes());
    bytes[HASH].copy_from_slice(&hash.to_le_bytes());
    let Ok(state) = restore(&bytes) else {
        return Ok(());
    };
    let written = |state: &State| snapshot(state).expect("a state that was read is written");
    let first = written(&state);
    let again = restore(&first).expect("and read");
    assert!(written(&again) == first, "a state changes by being written");
    Ok(())
}

/// Groups and frames of inputs of the same program.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = super::seeds::noise();
    for seed in envelope::seeds() {
        let inputs = envelope::read(&seed, None, seed.len()).inputs;
        for some in inputs.chunks(4) {
            let mut group = Group::default();
            for input in some {
                let entry = Entry::Input(input.clone());
                codec()
                    .add(&mut group, &entry)
                    .expect("an entry is written");
            }
            let payload = group.payload();
            let frame = Frame::write(3, group.count(), 2, 1, &payload);
            all.extend(frame.map(|(bytes, _)| bytes));
            all.push([&[group.count() as u8][..], &payload].concat());
        }
    }
    all
}
