//! Inputs to begin from: the programs of the corpus and of the explanation pages, cut into pieces of some
//! declarations each, so that one input stays small.

use crate::irgen::Rng;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// At most so many bytes of program make one seed.
const PIECE_MAX: usize = 3_000;

/// Every `.journey` file that is committed below `tests/corpus` and `examples`.
pub fn files() -> &'static [String] {
    static FILES: OnceLock<Vec<String>> = OnceLock::new();
    FILES.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        for folder in [
            "corpus",
            "../examples",
            "../compiler/tests",
            "../grammar/tests/corpus",
        ] {
            below(&root.join(folder), &mut paths);
        }
        paths.sort();
        paths
            .iter()
            .map(|path| std::fs::read_to_string(path).expect("a committed program is UTF-8"))
            .collect()
    })
}

fn below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .expect("the folder is there")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            below(&path, into);
        } else if path.extension().is_some_and(|e| e == "journey") {
            into.push(path);
        }
    }
}

/// Pieces of programs, and the pages' examples.
pub fn programs() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for text in files() {
        let mut piece = String::new();
        for chunk in journey_grammar::split(text) {
            let own = text
                .get(chunk.start as usize..chunk.end as usize)
                .expect("a chunk ends between characters");
            if !piece.is_empty() && piece.len() + own.len() > PIECE_MAX {
                seeds.push(std::mem::take(&mut piece).into_bytes());
            }
            piece.push_str(own);
        }
        seeds.push(piece.into_bytes());
    }
    for code in journey_compiler::explain::codes() {
        let page = journey_compiler::explain::page(code).unwrap_or_default();
        for example in page.split("```journey\n").skip(1) {
            let example = example.split("\n```").next().unwrap_or_default();
            seeds.push(example.as_bytes().to_vec());
        }
    }
    seeds
}

/// Bytes without a meaning, for targets that read choices out of them.
pub fn noise() -> Vec<Vec<u8>> {
    let mut rng = Rng::new(1);
    let mut bytes = |length: usize| (0..length).map(|_| rng.word() as u8).collect();
    [16, 64, 200, 600, 2_000].map(&mut bytes).to_vec()
}
