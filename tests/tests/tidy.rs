//! The rules of the house that no lint knows: sizes, headers, directions of dependencies, words that must
//! not be committed. What is not executed is decoration (ARCHITECTURE.md, law 7).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const LINES_PER_FILE_MAX: usize = 600;
const LINES_PER_FUNCTION_MAX: usize = 70;
/// Tests list cases: they may be longer.
const LINES_PER_TEST_FILE_MAX: usize = 800;
const LINES_PER_TEST_FUNCTION_MAX: usize = 100;
const COLUMNS_MAX: usize = 100;
const HEADER_LINES_MAX: usize = 10;
/// The files that may contain `unsafe`: what maps and calls code.
const UNSAFE_FILES: [&str; 3] = [
    "runtime/src/native.rs",
    "runtime/src/native/",
    "editors/tree-sitter/bindings/", // names the C function that the generated parser defines
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The committed (and not ignored) files, relative to the root.
fn files() -> Vec<String> {
    let out = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(out.status.success(), "git ls-files failed");
    let listed = String::from_utf8(out.stdout).unwrap();
    listed
        .lines()
        .filter(|f| root().join(f).is_file())
        .map(str::to_owned)
        .collect()
}

fn rust_sources() -> Vec<(String, String)> {
    let read = |f: String| {
        let text = std::fs::read_to_string(root().join(&f)).unwrap();
        (f, text)
    };
    files()
        .into_iter()
        .filter(|f| f.ends_with(".rs"))
        .map(read)
        .collect()
}

/// Tests of a crate; what tests share is source like any other.
fn is_test(file: &str) -> bool {
    file.contains("/tests/") || file.ends_with("/tests.rs")
}

fn report(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut found = Vec::new();
    for (file, text) in rust_sources() {
        let lines = text.lines().count();
        let most = if is_test(&file) {
            LINES_PER_TEST_FILE_MAX
        } else {
            LINES_PER_FILE_MAX
        };
        if lines > most {
            found.push(format!("{file}: {lines} lines, at most {most}"));
        }
        let header = text.lines().take_while(|l| l.starts_with("//!")).count();
        if header == 0 || header > HEADER_LINES_MAX {
            found.push(format!(
                "{file}: opens with {header} lines of `//!`, 1 to {HEADER_LINES_MAX}"
            ));
        }
        if file.ends_with("/mod.rs") {
            found.push(format!("{file}: `x.rs` beside `x/`, never `mod.rs`"));
        }
    }
    report(
        "a file is at most 600 lines and opens with its purpose",
        &found,
    );
}

/// Functions as rustfmt prints them: from a line with `fn` to the brace at the same indent.
#[test]
fn functions_are_short() {
    let mut found = Vec::new();
    for (file, text) in rust_sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let body = line.trim_start();
            let words = [
                "fn ",
                "pub fn ",
                "pub(crate) fn ",
                "pub(super) fn ",
                "const fn ",
                "pub const fn ",
            ];
            if !words.iter().any(|w| body.starts_with(w)) {
                continue;
            }
            let indent = &line[..line.len() - body.len()];
            let close = format!("{indent}}}");
            let Some(length) = lines[at..].iter().position(|l| *l == close) else {
                continue;
            };
            let ends_early = lines[at..at + length].iter().any(|l| {
                l.starts_with(indent) && l.ends_with(';') && l.trim_start().starts_with("fn ")
            });
            let most = if is_test(&file) {
                LINES_PER_TEST_FUNCTION_MAX
            } else {
                LINES_PER_FUNCTION_MAX
            };
            if !ends_early && length + 1 > most {
                found.push(format!("{file}:{}: {} lines", at + 1, length + 1));
            }
        }
    }
    report("a function is at most 70 lines", &found);
}

#[test]
fn lines_fit_a_screen() {
    let mut found = Vec::new();
    for (file, text) in rust_sources() {
        for (at, line) in text.lines().enumerate() {
            if line.chars().count() > COLUMNS_MAX + 20
                && !line.contains("http")
                && !file.contains("tests/")
            {
                found.push(format!(
                    "{file}:{}: {} columns",
                    at + 1,
                    line.chars().count()
                ));
            }
        }
    }
    report("lines are about 100 columns", &found);
}

#[test]
fn lints_are_expected_with_a_reason_and_unsafe_has_its_place() {
    let mut found = Vec::new();
    for (file, text) in rust_sources() {
        if file == "tests/tests/tidy.rs" {
            continue;
        }
        let unsafe_ok = UNSAFE_FILES.iter().any(|u| file.starts_with(u));
        for (at, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            if code.contains("#[allow(") || code.contains("#![allow(") {
                found.push(format!(
                    "{file}:{}: `#[expect(…, reason)]`, never `#[allow]`",
                    at + 1
                ));
            }
            if !unsafe_ok && (code.contains("unsafe {") || code.contains("unsafe fn ")) {
                found.push(format!("{file}:{}: `unsafe` outside of its files", at + 1));
            }
        }
    }
    report("exceptions have a reason and a place", &found);
}

/// Each crate's direct dependencies inside the house.
#[test]
fn dependencies_point_one_way() {
    let may: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("grammar", &[][..]),
        ("program", &[]),
        ("measure", &[]),
        ("compiler", &["grammar", "program"]),
        ("runtime", &["program"]),
        ("lsp", &["compiler", "grammar"]),
    ]);
    let foreign: BTreeMap<&str, &[&str]> = BTreeMap::from([
        (
            "grammar",
            &["salsa", "miette", "cranelift-codegen", "lsp-server"][..],
        ),
        (
            "program",
            &["salsa", "miette", "cranelift-codegen", "lsp-server", "pest"],
        ),
        ("measure", &["serde", "jiff", "salsa", "pest", "miette"]),
        ("compiler", &["lsp-server", "memmap2"]),
        (
            "runtime",
            &[
                "salsa",
                "pest",
                "logos",
                "miette",
                "cranelift-codegen",
                "lsp-server",
            ],
        ),
        ("lsp", &["cranelift-codegen", "memmap2", "salsa"]),
    ]);
    let mut found = Vec::new();
    for (krate, allowed) in may {
        let manifest = std::fs::read_to_string(root().join(krate).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or("");
        let dependencies = dependencies.split("\n[").next().unwrap_or("");
        for line in dependencies.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or("");
            if let Some(ours) = name.strip_prefix("journey-")
                && !allowed.contains(&ours)
            {
                found.push(format!("{krate} depends on {ours}"));
            }
            if foreign[krate].contains(&name) {
                found.push(format!("{krate} depends on {name}"));
            }
        }
    }
    report("dependencies point from the rim to the middle", &found);
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let table = table.split("\n[").next().unwrap();
    let silent = |l: &&str| {
        l.contains('=') && !l.starts_with("journey-") && !l.contains("} #") && !l.contains("\" #")
    };
    let found: Vec<String> = table.lines().filter(silent).map(str::to_owned).collect();
    report("every dependency has a comment", &found);
    for (file, text) in files()
        .into_iter()
        .filter(|f| f.ends_with("/Cargo.toml"))
        .map(|f| {
            let text = std::fs::read_to_string(root().join(&f)).unwrap();
            (f, text)
        })
    {
        if file.starts_with("fuzz/") || file.starts_with("editors/zed/") {
            continue;
        }
        let versions: Vec<String> = text
            .lines()
            .filter(|l| l.contains("version = \""))
            .map(|l| format!("{file}: {l}"))
            .collect();
        report("versions stand in the workspace's table only", &versions);
    }
}

#[test]
fn nothing_names_this_machine() {
    // spelled apart, so that this file does not find itself
    let words = [
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["crates", ".io"].concat(),
    ];
    let mut found = Vec::new();
    for file in files() {
        let Ok(text) = std::fs::read_to_string(root().join(&file)) else {
            continue;
        };
        if file.ends_with("Cargo.lock") || file.ends_with("-lock.json") {
            continue;
        }
        for word in &words {
            if text.contains(word.as_str()) {
                found.push(format!("{file}: {word}"));
            }
        }
    }
    report("no path of a machine, no registry's host", &found);
}
