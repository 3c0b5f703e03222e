//! Whatever the input, the front end ends, without a panic, in bounded time and with bounded output.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use journey_compiler::load::{File, SOURCE_MAX_BYTES, lone_file, project};
use journey_compiler::{Database, Diagnostic, check, checked, json, render};
use std::collections::BTreeMap;

fn problems(text: &str) -> Vec<Diagnostic> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("a.journey", text));
    let problems = check(&db, workspace);
    checked(&db, workspace);
    problems
}

fn pictures(text: &str, problems: &[Diagnostic]) -> String {
    let sources = BTreeMap::from([("a.journey".to_owned(), text.to_owned())]);
    json::lines(problems, &sources);
    render::text(problems, &sources, false)
}

#[test]
fn ten_thousand_errors_are_all_found_and_some_are_drawn() {
    let text: String = (0..10_000)
        .map(|n| format!("audience a{n} = nobody_{n} and b\n"))
        .collect();
    let found = problems(&text);
    assert!(found.len() >= 10_000, "{}", found.len());
    let picture = pictures(&text, &found);
    assert!(picture.len() < 200_000, "{}", picture.len());
    assert!(picture.contains("more"), "the rest is counted");
}

#[test]
fn a_million_parentheses() {
    let text = format!(
        "audience a = {}true{}",
        "(".repeat(1_000_000),
        ")".repeat(1_000_000)
    );
    let found = problems(&text);
    assert!(found.iter().any(|problem| problem.code == "too-deep"));
    assert!(pictures(&text, &found).len() < 10_000);
}

#[test]
fn a_long_chain_of_declarations() {
    let mut text = "audience a0 = true\n".to_owned();
    for n in 1..5_000 {
        text += &format!("audience a{n} = a{}\n", n - 1);
    }
    assert_eq!(
        problems(&text).len(),
        1,
        "only that no time zone is declared"
    );
}

#[test]
fn a_long_circle_is_one_error() {
    let mut text = "audience a0 = a2999\n".to_owned();
    for n in 1..3_000 {
        text += &format!("audience a{n} = a{}\n", n - 1);
    }
    let codes: Vec<&str> = problems(&text).iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["no-timezone", "recursive-declaration"]);
}

#[test]
fn files_that_are_none() {
    let db = Database::default();
    let code = |files| {
        let workspace = project(&db, files);
        check(&db, workspace)
            .iter()
            .map(|problem| problem.code)
            .collect::<Vec<_>>()
    };
    let manifest = || {
        File::new(
            "journey.toml",
            "[project]\nname = \"a\"\ntimezone = \"UTC\"",
        )
    };
    assert_eq!(code(vec![]), ["empty-project", "no-manifest"]);
    assert_eq!(code(vec![manifest()]), ["empty-project"]);
    assert_eq!(code(vec![File::new("a.journey", "")]), ["no-manifest"]);
    let bad = File::new(
        "a.journey",
        b"audience a = true // \xff\naudience b = a".to_vec(),
    );
    assert_eq!(code(vec![manifest(), bad]), ["not-utf8"]);
    let large = File::new("a.journey", vec![b' '; SOURCE_MAX_BYTES + 1]);
    let user = File::new("b.journey", "audience b = a");
    assert_eq!(code(vec![manifest(), large, user]), ["file-too-large"]);
}

/// A small generator of numbers: the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }
}

/// Takes pieces out of a program, doubles them, moves them, and puts in what does not belong there.
fn mutate(text: &str, numbers: &mut Numbers) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(chars.len());
        let end = (at + numbers.below(30)).min(chars.len());
        let piece: Vec<char> = chars[at..end].to_vec();
        match numbers.below(5) {
            0 => drop(chars.splice(at..end, [])),
            1 => drop(chars.splice(at..at, piece)),
            2 => {
                let to = numbers.below(chars.len());
                chars.splice(to..to, piece);
            }
            3 => {
                let odd = [
                    "{",
                    "}",
                    "\"",
                    "é",
                    "(",
                    " in ",
                    " where ",
                    "=",
                    "99999999999999999999",
                    "\0",
                    "..",
                ];
                let word = odd[numbers.below(odd.len())];
                chars.splice(at..end, word.chars());
            }
            _ => {
                if at < end {
                    chars.swap(at, end - 1);
                }
            }
        }
        if chars.is_empty() {
            chars.push(' ');
        }
    }
    chars.into_iter().collect()
}

/// Programs to damage: the pages' examples, put together.
fn corpus() -> Vec<String> {
    let mut texts = Vec::new();
    for code in journey_compiler::explain::codes() {
        let page = journey_compiler::explain::page(code).unwrap();
        for rest in page.split("```journey\n").skip(1) {
            texts.push(rest.split("\n```").next().unwrap().to_owned());
        }
    }
    texts.push(include_str!("shop.journey").to_owned());
    texts
}

#[test]
fn damaged_programs_never_panic() {
    let rounds = std::env::var("JOURNEY_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_500);
    let corpus = corpus();
    let mut numbers = Numbers(7);
    for _ in 0..rounds {
        let text = &corpus[numbers.below(corpus.len())];
        let damaged = mutate(text, &mut numbers);
        let found = problems(&damaged);
        for problem in &found {
            let (start, end) = (problem.at.start as usize, problem.at.end as usize);
            assert!(
                damaged.get(start..end).is_some(),
                "{}: {damaged}",
                problem.code
            );
        }
        pictures(&damaged, &found);
    }
}
