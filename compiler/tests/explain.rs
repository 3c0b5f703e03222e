//! Every diagnostic has a page, and every page's example raises exactly that one; what mends it raises nothing.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use journey_compiler::diagnostics::codes::CODES;
use journey_compiler::explain;
use journey_compiler::load::{File, project};
use journey_compiler::{Database, check};
use std::collections::BTreeSet;
use std::path::Path;

const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"UTC\"\n";

/// The blocks of one language in a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

/// The files that a page brings: `json NAME` blocks.
fn brought(page: &str) -> Vec<File> {
    let opened = page.split("```json ").skip(1);
    opened
        .filter_map(|rest| {
            let (name, rest) = rest.split_once('\n')?;
            Some(File::new(name, rest.split("\n```").next()?))
        })
        .collect()
}

fn codes(manifest: &str, text: &str, page: &str) -> BTreeSet<&'static str> {
    let db = Database::default();
    let mut files = vec![
        File::new("journey.toml", manifest),
        File::new("shop.journey", text),
    ];
    files.extend(brought(page));
    let workspace = project(&db, files);
    check(&db, workspace)
        .iter()
        .map(|problem| problem.code)
        .collect()
}

#[test]
fn an_example_raises_its_code_alone() {
    let mut wrong = Vec::new();
    for code in explain::codes() {
        let page = explain::page(code).unwrap();
        let manifest = blocks(page, "toml").first().copied().unwrap_or(MANIFEST);
        let examples = blocks(page, "journey");
        let Some(example) = examples.first() else {
            continue;
        };
        let raised = codes(manifest, example, page);
        if raised != BTreeSet::from([code]) {
            wrong.push(format!("{code}: its example raises {raised:?}"));
        }
        for mended in examples.iter().skip(1) {
            let raised = codes(MANIFEST, mended, page);
            if !raised.is_empty() {
                wrong.push(format!("{code}: what mends it raises {raised:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// These are about files as such, or about two versions, so no example can raise them; `load` and `migration`
/// have their tests.
const OF_FILES: [&str; 6] = [
    "empty-project",
    "file-too-large",
    "migration-incomplete",
    "migration-mismatch",
    "no-manifest",
    "not-utf8",
];

#[test]
fn only_pages_about_files_have_no_example() {
    for code in explain::codes() {
        let has = !blocks(explain::page(code).unwrap(), "journey").is_empty();
        assert_eq!(has, !OF_FILES.contains(&code), "{code}");
    }
}

#[test]
fn table_and_pages_agree() {
    let table: Vec<&str> = CODES.iter().map(|code| code.name).collect();
    let pages: Vec<&str> = explain::codes().collect();
    assert_eq!(table, pages);
    assert!(table.is_sorted());
}

/// Every text in the sources that is made a code of a problem has its page.
#[test]
fn every_code_of_the_sources_has_a_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known: BTreeSet<&str> = explain::codes().collect();
    let mut missing = BTreeSet::new();
    for folder in [root.join("src"), root.join("../grammar/src")] {
        for file in files(&folder) {
            let text = std::fs::read_to_string(&file).unwrap();
            for marker in [
                "Problem::new(",
                "whole_file(",
                "report(",
                "code: ",
                "label(",
                "SyntaxProblem::new(",
            ] {
                for rest in text.split(marker).skip(1) {
                    let Some(word) = rest.trim_start().strip_prefix('"') else {
                        continue;
                    };
                    let word = word.split('"').next().unwrap();
                    let is_code = word.contains('-')
                        && word
                            .bytes()
                            .all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit());
                    if is_code && !known.contains(word) {
                        missing.insert(format!("{word} in {}", file.display()));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
