//! Edits of a project, one after the other, on one database: after each the diagnostics and the checked
//! program are those of a database that never saw anything else.

use super::seeds;
use arbitrary::{Result, Unstructured};
use journey_compiler::load::{File, MANIFEST, project};
use journey_compiler::{Database, Workspace, check, checked};
use journey_grammar::{split, tokens};

const TOML: &str =
    "[project]\nname = \"a\"\nversion = \"1.0.0\"\nedition = \"2026\"\ntimezone = \"UTC\"\n";
const EDITS_MAX: usize = 8;
const BYTES_MAX: usize = 12_000;

const WORDS: [&str; 24] = [
    "x",
    "1",
    "0",
    "\"a\"",
    "{",
    "}",
    "(",
    ")",
    ",",
    "=",
    "not",
    "and",
    "true",
    "3 days",
    "20 EUR",
    "event a { b: int }",
    "audience a = true",
    "// said",
    "/// doc\n",
    "known",
    "any",
    "==",
    "??",
    "in last 3 days",
];

pub fn run(bytes: &[u8]) {
    // Too few bytes end the edits, no more.
    let _ = edit(&mut Unstructured::new(bytes));
}

fn edit(from: &mut Unstructured<'_>) -> Result<()> {
    let all = seeds::files();
    let mut texts = vec![from.choose(all)?.clone(), String::new()];
    if from.ratio(1, 3)? {
        texts[1] = from.choose(all)?.clone();
    }
    texts.retain(|text| text.len() < BYTES_MAX);
    texts.push(String::new());
    let db = &mut Database::default();
    let workspace = load(db, &texts);
    for _ in 0..EDITS_MAX {
        let file = from.choose_index(texts.len())?;
        let text = changed(from, &texts, file)?;
        let input = workspace.files(db)[file];
        texts[file].clone_from(&text);
        input.edit(db, text);
        same(db, workspace, &texts);
    }
    Ok(())
}

fn load(db: &Database, texts: &[String]) -> Workspace {
    let mut files = vec![File::new(MANIFEST, TOML)];
    for (number, text) in texts.iter().enumerate() {
        files.push(File::new(format!("{number}.journey"), text.as_str()));
    }
    project(db, files)
}

fn same(db: &Database, workspace: Workspace, texts: &[String]) {
    let fresh = Database::default();
    let whole = load(&fresh, texts);
    assert_eq!(check(db, workspace), check(&fresh, whole), "{texts:#?}");
    assert_eq!(checked(db, workspace), checked(&fresh, whole), "{texts:#?}");
}

/// A file after one edit: a token, a declaration, or a comment comes, goes or changes.
fn changed(from: &mut Unstructured<'_>, texts: &[String], file: usize) -> Result<String> {
    let mut text = texts[file].clone();
    let kind = from.int_in_range(0..=7)?;
    if kind < 4 {
        let all = tokens(&text);
        let Some(token) = all.get(from.choose_index(all.len().max(1))?).copied() else {
            return Ok((*from.choose(&WORDS)?).to_owned());
        };
        let range = token.start as usize..token.end as usize;
        match kind {
            0 => text.replace_range(range, ""),
            1 => text.replace_range(range, from.choose(&WORDS)?),
            2 => text.insert_str(token.end as usize, &format!(" {} ", from.choose(&WORDS)?)),
            _ => text.insert(token.start as usize, '\n'),
        }
        return Ok(text);
    }
    let other = from.choose_index(texts.len())?;
    let chunks = split(&texts[other]);
    let Some(chunk) = chunks.get(from.choose_index(chunks.len().max(1))?) else {
        return Ok(text);
    };
    let (start, end) = (chunk.start as usize, chunk.end as usize);
    let own = texts[other].get(start..end).unwrap_or_default().to_owned();
    match kind {
        4 if other == file => text.replace_range(start..end, ""),
        5 => text.insert_str(0, &own),
        6 => text = format!("// first\n{text}"),
        _ => text.push_str(&own),
    }
    Ok(text)
}
