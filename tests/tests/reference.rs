//! The language reference is true: every valid example checks without a word and its `test` blocks hold, every
//! wrong one raises what its page says, every phrase of the grammar stands in an example, every word on the list.
//!
//! A page's blocks are programs: `journey` stands beside the declarations of `shop.journey`, `journey alone` by
//! itself, `journey wrong=CODE` and `journey alone wrong=CODE` raise exactly that code. A `toml` block
//! before is the manifest of the blocks that follow it on the page, a `csv NAME` or `json NAME` block a
//! file of theirs.

use journey_cli::project::Project;
use journey_cli::testing;
use journey_compiler::diagnostics::Severity;
use journey_compiler::load::{File, named_files, named_versions, project_with};
use journey_compiler::{Database, checked};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const SHOP: &str = "shop.journey";
const EXAMPLE: &str = "example.journey";
const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"Europe/London\"\n";

struct Example {
    /// page and line, for messages
    place: String,
    manifest: String,
    /// files that its declarations may name
    data: Vec<(String, String)>,
    alone: bool,
    wrong: Option<String>,
    text: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../grammar/reference")
}

fn pages() -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    for (page, text) in pages() {
        let mut manifest = MANIFEST.to_string();
        let mut data = Vec::new();
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else {
                continue;
            };
            let body: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| *line != "```")
                .collect();
            let body = body.join("\n") + "\n";
            let mut words = info.split(' ');
            match words.next() {
                Some("toml") => manifest = body,
                Some("csv" | "json") if words.clone().next().is_some() => {
                    let name = words.next().unwrap_or_default().to_string();
                    data.push((name, body));
                }
                Some("journey") => {
                    let words: Vec<&str> = words.collect();
                    found.push(Example {
                        place: format!("{page}:{}", at + 1),
                        manifest: manifest.clone(),
                        data: data.clone(),
                        alone: words.contains(&"alone"),
                        wrong: words
                            .iter()
                            .find_map(|word| word.strip_prefix("wrong="))
                            .map(str::to_string),
                        text: body,
                    });
                }
                other => assert!(
                    matches!(other, Some("text" | "json" | "sh" | "html" | "csv")),
                    "{page}:{}: a block of {other:?}",
                    at + 1
                ),
            }
        }
    }
    found
}

fn files(example: &Example) -> Vec<File> {
    let mut files = vec![
        File::new("journey.toml", example.manifest.as_str()),
        File::new(EXAMPLE, example.text.as_str()),
    ];
    for path in named_files(&example.text) {
        let text = std::fs::read(folder().join(&path));
        files.extend(text.map(|text| File::new(path, text)));
    }
    files.extend(
        example
            .data
            .iter()
            .map(|(name, text)| File::new(name.as_str(), text.as_str())),
    );
    if !example.alone {
        let shop = std::fs::read_to_string(folder().join(SHOP)).unwrap();
        files.push(File::new(SHOP, shop));
    }
    files
}

/// The example as a project, with the versions that its tests deploy.
fn opened(example: &Example) -> Project {
    let files = files(example);
    let sources = files.iter().map(|file| {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        (file.path.clone(), text)
    });
    let (db, sources) = (Database::default(), sources.collect());
    let versions = named_versions(&example.text).into_iter();
    let versions = versions.map(|name| {
        let read = journey_cli::project::folder(&folder().join(&name));
        (name, read.unwrap_or_default())
    });
    let versions = versions.filter(|(_, files)| !files.is_empty()).collect();
    let workspace = project_with(&db, files, versions);
    Project {
        db,
        workspace,
        sources,
        root: folder(),
        content: [0; 32],
    }
}

/// A `[simulation]` of a page fits the program that follows it.
#[test]
fn simulations_fit_their_programs() {
    let mut seen = 0;
    for example in examples() {
        if !journey_cli::simulate::read::has_section(&example.manifest) || example.wrong.is_some() {
            continue;
        }
        let project = opened(&example);
        let Some(program) = checked(&project.db, project.workspace) else {
            panic!("{} has errors", example.place);
        };
        let plan = journey_cli::compile::plan(&program, &project.sources).unwrap();
        let read = journey_cli::simulate::read::read("journey.toml", &example.manifest, &plan);
        assert!(
            read.problems.is_empty(),
            "{}: {:#?}",
            example.place,
            read.problems
        );
        assert!(read.model.is_some(), "{}", example.place);
        seen += 1;
    }
    assert!(seen > 0);
}

/// What is said of the example; what the shop declares is not always used.
fn raised(example: &Example) -> BTreeMap<String, String> {
    opened(example)
        .diagnostics()
        .into_iter()
        .filter(|problem| problem.at.file != SHOP || problem.severity == Severity::Error)
        .map(|problem| {
            (
                problem.code.to_string(),
                format!("{}: {}", problem.at.file, problem.message),
            )
        })
        .collect()
}

#[test]
fn every_example_says_what_its_page_says() {
    let mut wrong = Vec::new();
    for example in examples() {
        let raised = raised(&example);
        let expected: Vec<&String> = example.wrong.iter().collect();
        if raised.keys().collect::<Vec<_>>() != expected {
            wrong.push(format!("{}: {raised:#?}", example.place));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tests_of_every_example_hold() {
    let mut failed = Vec::new();
    let mut count = 0;
    for example in examples().iter().filter(|e| e.wrong.is_none()) {
        if !example.text.contains("test \"") {
            continue;
        }
        let project = opened(example);
        let Some(program) = checked(&project.db, project.workspace) else {
            failed.push(format!("{}: does not check", example.place));
            continue;
        };
        let mut verdicts = testing::run_project(&project, &program, "").unwrap();
        count += verdicts.len();
        verdicts.retain(|verdict| !verdict.failures.is_empty());
        if !verdicts.is_empty() {
            failed.push(format!(
                "{}\n{}",
                example.place,
                testing::report::text(&verdicts)
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    println!("{count} tests of the reference hold");
}

#[test]
fn every_phrase_of_the_grammar_stands_in_an_example() {
    let mut used = BTreeSet::new();
    for example in examples().iter().filter(|e| e.wrong.is_none()) {
        used.extend(journey_grammar::rules_used(&example.text).into_keys());
    }
    let all: BTreeSet<String> = journey_grammar::rule_names().into_iter().collect();
    let missing: Vec<_> = all.difference(&used).collect();
    assert!(missing.is_empty(), "no example shows {missing:#?}");
}

#[test]
fn every_word_of_the_language_is_listed() {
    let pages = pages();
    let (_, page) = pages
        .iter()
        .find(|(name, _)| name.ends_with("words.md"))
        .unwrap();
    let listed: BTreeSet<&str> = page
        .split("```text")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .flat_map(str::split_whitespace)
        .collect();
    let words: BTreeSet<&str> = journey_grammar::reserved_words()
        .chain(journey_grammar::soft_words())
        .collect();
    assert_eq!(listed, words);
}
