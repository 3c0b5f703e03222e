//! A database that has seen many edits says the same as a new one: thousands of small changes of whole programs,
//! most of them wrong, each checked both ways.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use journey_compiler::load::{File, project};
use journey_compiler::{Database, Workspace, check, checked};
use std::path::{Path, PathBuf};

const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"UTC\"\n";
const SHOP: &str = include_str!("shop.journey");
/// Edits of each program.
const EDITS: usize = 30;

/// What is put in somewhere between two declarations: each changes the numbers of others.
const NEW: [&str; 8] = [
    "event aaa { a: int }\n",
    "event zzz { a: text }\n",
    "enum aaa { x, y }\n",
    "audience aaa = now > 2020-01-01T00:00:00Z\n",
    "purpose aaa { consent not_needed basis contract }\n",
    "channel aaa { to user_id outcome delivered deliver none }\n",
    "type aaa { a: int }\n",
    "const aaa = 3\n",
];

#[test]
fn after_any_edit_the_answers_are_those_of_a_new_database() {
    for (number, (name, text)) in programs().into_iter().enumerate() {
        let mut random = Random(number as u64 + 1);
        let (mut db, workspace) = open(&text);
        let file = *workspace.files(&db).first().unwrap();
        let mut now = text.clone();
        for _ in 0..EDITS {
            // Most edits begin at the program as it was, so that errors do not pile up.
            if random.below(4) != 0 {
                now = text.clone();
            }
            now = edited(&now, &mut random);
            file.edit(&mut db, now.clone());
            let (fresh, same) = open(&now);
            assert_eq!(
                check(&db, workspace),
                check(&fresh, same),
                "{name}: other problems in\n{now}"
            );
            assert_eq!(
                checked(&db, workspace),
                checked(&fresh, same),
                "{name}: another program from\n{now}"
            );
        }
    }
}

fn open(text: &str) -> (Database, Workspace) {
    let db = Database::default();
    let files = vec![
        File::new("journey.toml", MANIFEST),
        File::new("shop.journey", text),
    ];
    let workspace = project(&db, files);
    (db, workspace)
}

/// The shop and the corpus.
fn programs() -> Vec<(String, String)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "journey"))
        .collect();
    paths.sort();
    let mut programs = vec![("shop".to_owned(), SHOP.to_owned())];
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        programs.push((name, std::fs::read_to_string(&path).unwrap()));
    }
    programs
}

/// The text with a word gone, twice, or another one's place taken; or with a declaration more or less.
fn edited(text: &str, random: &mut Random) -> String {
    let declarations = journey_grammar::split(text);
    let words: Vec<(usize, &str)> = words(text);
    let (Some(here), Some(there)) = (random.of(&words), random.of(&words)) else {
        return text.to_owned();
    };
    let (before, after) = text.split_at(here.0);
    let rest = after.strip_prefix(here.1).unwrap();
    match random.below(6) {
        0 => format!("{before}{rest}"),
        1 => format!("{before}{} {} {rest}", here.1, here.1),
        2 | 3 => format!("{before}{}{rest}", there.1),
        4 => {
            let place = random.of(&declarations).unwrap();
            let (before, after) = text.split_at(place.start as usize);
            format!("{before}\n{}\n{after}", random.of(&NEW).unwrap())
        }
        _ => {
            let place = random.of(&declarations).unwrap();
            let (before, _) = text.split_at(place.start as usize);
            let (_, after) = text.split_at(place.end as usize);
            format!("{before}\n{after}")
        }
    }
}

fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        if !word.is_empty() {
            words.push((at, word));
        }
        at += piece.len();
    }
    words
}

/// Numbers that are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }
}
