//! The file of a program: the same bytes for the same program; what is damaged is refused, and what is
//! damaged with a right hash is refused or runs without harm.

use crate::python::Random;
use crate::sample::{ToyHost, program};
use journey_program::abi::{ABI, NativeFunction, NativeSection, Target};
use journey_program::artifact::{self, ArtifactError};
use journey_program::host::Executor;
use journey_program::interp::Interpreter;
use journey_program::raw::RawExpr;
use journey_program::types::{FunctionId, Type};
use std::sync::Arc;

fn section(target: Target, len: u32) -> NativeSection {
    let function = |number: u32| NativeFunction {
        offset: number * 16,
        len: 16,
        params: u32::from(number == 2),
        results: [1, 1, 3, 2, 0][usize::try_from(number).unwrap()],
        extents: [8; 8],
    };
    NativeSection {
        tables: vec![7, 8],
        target,
        abi: ABI,
        functions: (0..5).map(function).collect(),
        code: (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect(),
    }
}

fn bytes() -> Vec<u8> {
    let sections = [
        section(Target::X86_64Linux, 80),
        section(Target::Aarch64Linux, 5000),
    ];
    artifact::write(&program(), &sections).unwrap()
}

/// Gives damaged content a right hash, so that what lies behind it is tried.
fn rehash(bytes: &mut [u8]) {
    if bytes.len() < 40 {
        return;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..8]);
    hasher.update(&bytes[40..]);
    bytes[8..40].copy_from_slice(hasher.finalize().as_bytes());
}

#[test]
fn written_and_read() {
    let bytes = bytes();
    assert_eq!(bytes, self::bytes());
    let read = artifact::read(&bytes).unwrap();
    assert_eq!(read.program, program());
    assert_eq!(
        read.sections,
        [
            section(Target::X86_64Linux, 80),
            section(Target::Aarch64Linux, 5000)
        ]
    );
    assert_eq!(read.hash, bytes[8..40]);
    let plain = artifact::write(&program(), &[]).unwrap();
    assert_eq!(artifact::read(&plain).unwrap().program, program());
}

#[test]
fn refused_with_a_reason() {
    let bytes = bytes();
    let changed = |at: usize, byte: u8, right_hash: bool| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        if right_hash {
            rehash(&mut bytes);
        }
        artifact::read(&bytes).unwrap_err()
    };
    assert_eq!(changed(0, b'X', true), ArtifactError::NotAnArtifact);
    assert_eq!(changed(4, 9, true), ArtifactError::Format(9));
    assert_eq!(changed(6, 1, true), ArtifactError::Flags(1));
    assert_eq!(changed(60, 1, false), ArtifactError::Hash);
    assert_eq!(changed(47, 255, true), ArtifactError::Length);
    assert_eq!(
        artifact::read(b"").unwrap_err(),
        ArtifactError::NotAnArtifact
    );
    let mut longer = bytes.clone();
    longer.push(0);
    rehash(&mut longer);
    assert_eq!(artifact::read(&longer).unwrap_err(), ArtifactError::Length);
    let mut unsound = program();
    unsound.journeys[0].start = 0;
    unsound.journeys[0].priority = 3;
    unsound.contexts.pop();
    let unsound = artifact::write(&unsound, &[]).unwrap();
    assert!(matches!(
        artifact::read(&unsound),
        Err(ArtifactError::Unsound(_))
    ));
    let mut code = section(Target::X86_64Linux, 80);
    code.functions[4].len = 17;
    let outside = artifact::write(&program(), &[code]).unwrap();
    assert!(matches!(
        artifact::read(&outside),
        Err(ArtifactError::Malformed(_))
    ));
}

#[test]
fn nesting_is_bounded() {
    let mut deep = program();
    let mut ty = Type::Int;
    let mut raw = RawExpr::Bool(true);
    for _ in 0..190 {
        ty = Type::List(Box::new(ty));
        raw = RawExpr::Not(Box::new(raw));
    }
    deep.element_types.push(ty);
    deep.sources[0].rules[0].when = Some(raw);
    let bytes = artifact::write(&deep, &[]).unwrap();
    assert_eq!(artifact::read(&bytes).map(|read| read.program), Ok(deep));
    // A list of lists of …: one byte a level.
    let lists = postcard::to_stdvec(&Type::List(Box::new(Type::Int))).unwrap();
    for (levels, fine) in [(150, true), (250, false), (4_000_000, false)] {
        let mut bytes = vec![lists[0]; levels];
        bytes.push(lists[1]);
        assert_eq!(
            postcard::from_bytes::<Type>(&bytes).is_ok(),
            fine,
            "{levels}"
        );
    }
}

#[test]
fn hostile_bytes_do_no_harm() {
    let mut random = Random(99);
    let good = bytes();
    let (mut refused, mut ran) = (0, 0);
    for _ in 0..6_000 {
        let mut bytes = good.clone();
        let tables = 600;
        for _ in 0..=random.below(3) {
            let at = 40 + usize::try_from(random.below(tables)).unwrap();
            let byte = u8::try_from(random.below(256)).unwrap();
            bytes[at] = if random.below(2) == 0 {
                byte
            } else {
                bytes[at] ^ (1 << (byte % 8))
            };
        }
        if random.below(10) == 0 {
            bytes.truncate(usize::try_from(random.below(1000)).unwrap());
        }
        rehash(&mut bytes);
        let Ok(read) = artifact::read(&bytes) else {
            refused += 1;
            continue;
        };
        ran += 1;
        let functions = read.program.functions.len();
        let interpreter = Interpreter::new(Arc::new(read.program));
        for function in 0..functions {
            let mut host = ToyHost {
                instance: vec![0; 72],
                ..ToyHost::default()
            };
            let _ = interpreter.run(FunctionId::new(function), &mut host, &[3], &mut [0; 3]);
        }
    }
    assert!(refused > 1_000 && ran > 100, "{refused} {ran}");
}
