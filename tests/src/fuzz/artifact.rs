//! Damaged artifacts: without a right hash they are refused; with one they are refused, or they hold a
//! program that is written and read again the same and that runs without harm, on the interpreter alone
//! (native code comes with the file and cannot be checked, which is what signatures are for).

use super::envelope;
use arbitrary::{Result, Unstructured};
use journey_compiler::codegen;
use journey_program::abi::Target;
use journey_program::artifact;
use journey_program::interp::Interpreter;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::input::Input;
use std::sync::{Arc, OnceLock};

const HASH: std::ops::Range<usize> = 8..40;

/// A sound artifact, with the length of what comes before its code.
fn sound() -> &'static (Vec<u8>, usize) {
    static SOUND: OnceLock<(Vec<u8>, usize)> = OnceLock::new();
    SOUND.get_or_init(|| {
        let program = envelope::program();
        let section = codegen::compile(program, Target::X86_64Linux).expect("it compiles");
        let bytes = artifact::write(program, &[section]).expect("it is written");
        let plain = artifact::write(program, &[]).expect("it is written").len();
        (bytes, plain + 200)
    })
}

pub fn run(bytes: &[u8]) {
    let _ = artifact::read(bytes);
    let _ = damaged(&mut Unstructured::new(bytes));
}

fn damaged(from: &mut Unstructured<'_>) -> Result<()> {
    let (sound, tables) = sound();
    let mut bytes = sound.clone();
    let right_hash: bool = from.arbitrary()?;
    for _ in 0..from.int_in_range(1..=3)? {
        let at = from.int_in_range(0..=*tables)?.min(bytes.len() - 1);
        let byte: u8 = from.arbitrary()?;
        match from.int_in_range(0..=4)? {
            0 => bytes[at] = byte,
            1 => bytes[at] ^= 1 << (byte % 8),
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 if byte < 16 => bytes.truncate(at.max(HASH.end)),
            3 => {
                let end = (at + usize::from(byte % 4)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => bytes.insert(at, byte),
        }
    }
    if right_hash && bytes.len() > HASH.end {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&bytes[..HASH.start]);
        hasher.update(&bytes[HASH.end..]);
        bytes[HASH].copy_from_slice(hasher.finalize().as_bytes());
    }
    let Ok(read) = artifact::read(&bytes) else {
        return Ok(());
    };
    assert!(
        right_hash || bytes == *sound,
        "damaged, and its hash is right"
    );
    let written = artifact::write(&read.program, &read.sections).expect("it is written again");
    let again = artifact::read(&written).expect("what is written is read");
    assert!(again.program == read.program && again.sections == read.sections);
    runs(Arc::new(read.program));
    Ok(())
}

/// Inputs of the sound program through a program that may say anything by now.
fn runs(program: Arc<journey_program::plan::Program>) {
    static INPUTS: OnceLock<Vec<Input>> = OnceLock::new();
    let inputs = INPUTS.get_or_init(|| {
        let seeds = envelope::seeds();
        seeds
            .iter()
            .flat_map(|seed| envelope::read(seed, None, seed.len()).inputs)
            .collect()
    });
    let executor = Box::new(Interpreter::new(Arc::clone(&program)));
    let mut engine = Engine::new(program, executor, Options::all());
    for input in inputs {
        engine.input(input.clone());
    }
    engine.finish(None);
    for action in engine.take_actions() {
        action.to_json();
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    super::seeds::noise()
}
