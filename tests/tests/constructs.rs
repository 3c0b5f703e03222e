//! The table of constructs: every construct of the language's page, sections 1 to 10, 12 and 13, in its order,
//! names the programs, pages and tests that show it. An empty row fails, and so does a name of something that
//! is not there or does not show it; rows that wait for an issue are counted.

use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Table {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    section: u32,
    /// in our own words
    what: String,
    /// how it reads in a program: a regular expression
    says: Option<String>,
    /// programs, pages of the reference, pages of diagnostics, `FILE.rs::TEST`
    #[serde(default)]
    by: Vec<String>,
    /// the issue that builds it
    open: Option<u32>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}

fn rows() -> Vec<Row> {
    let text = read("tests/constructs.toml").unwrap();
    toml::from_str::<Table>(&text).unwrap().row
}

/// Comments are no program.
fn code(text: &str) -> String {
    let line = |line: &str| match line.find("//") {
        Some(at) if !line[..at].contains('"') => line[..at].to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(|l| line(l) + "\n").collect()
}

/// The examples of a page that hold: those that are marked wrong show nothing.
fn examples(page: &str) -> String {
    let blocks = page.split("```journey").skip(1);
    let right = blocks.filter(|block| block.starts_with('\n') || block.starts_with(" alone\n"));
    right
        .map(|block| code(block.split("```").next().unwrap_or_default()))
        .collect()
}

/// Programs whose `test` blocks the corpus runs.
fn is_run(path: &str) -> bool {
    ["tests/corpus/", "examples/"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

/// Whether a `#[test]` of that name stands in a file and is not left out.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    let named = |at: usize| {
        let above = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#["));
        let attributes: Vec<&&str> = above.collect();
        attributes.iter().any(|line| line.contains("test"))
            && !attributes.iter().any(|line| line.contains("ignore"))
    };
    let made = text.contains(&format!("    {name} \"")); // by a macro
    made || (0..lines.len()).any(|at| lines[at].starts_with(&head) && named(at))
}

/// What is wrong with one row.
fn wrong(row: &Row, found: &mut Vec<String>) {
    let mut say =
        |what: String| found.push(format!("section {}, {}: {what}", row.section, row.what));
    match (row.by.is_empty(), row.open) {
        (true, None) => say("the row is empty".to_owned()),
        (false, Some(_)) => say("open, and shown".to_owned()),
        _ => {}
    }
    let says = row.says.as_deref().map(|says| Regex::new(says).unwrap());
    for by in &row.by {
        let (path, test) = by
            .split_once("::")
            .map_or((&**by, None), |(p, t)| (p, Some(t)));
        let Some(text) = read(path) else {
            say(format!("there is no `{path}`"));
            continue;
        };
        let body = match path.rsplit('.').next() {
            Some("rs") => {
                if !test.is_some_and(|name| has_test(&text, name)) {
                    say(format!("there is no test `{by}`"));
                }
                continue;
            }
            Some("journey") if is_run(path) => code(&text),
            Some("md") if path.starts_with("grammar/reference/") => examples(&text),
            Some("md") if path.starts_with("compiler/explain/") => continue,
            _ => {
                say(format!("no test runs `{path}`"));
                continue;
            }
        };
        match &says {
            Some(says) if !says.is_match(&body) => say(format!("`{path}` does not show it")),
            Some(_) => {}
            None => say(format!("how `{path}` shows it is not said")),
        }
    }
}

#[test]
fn every_construct_is_shown() {
    let rows = rows();
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for row in &rows {
        wrong(row, &mut found);
        if !names.insert((row.section, &row.what)) {
            found.push(format!("section {}, {}: twice", row.section, row.what));
        }
    }
    let order: Vec<u32> = rows.iter().map(|row| row.section).collect();
    assert!(order.is_sorted(), "the rows stand in the page's order");
    let sections: BTreeSet<u32> = order.into_iter().collect();
    assert_eq!(
        sections,
        (1..=10).chain([12, 13]).collect(),
        "every section has rows"
    );
    let open: Vec<&Row> = rows.iter().filter(|row| row.open.is_some()).collect();
    println!("{} constructs, {} open", rows.len(), open.len());
    for row in &open {
        println!("open: section {}, {}", row.section, row.what);
    }
    assert!(open.is_empty(), "everything is built, and rows are open");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
