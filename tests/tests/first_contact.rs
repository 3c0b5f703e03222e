//! The first mistakes that newcomers make, out of habits of SQL, JavaScript and other tools: each is told in the
//! words of `tests/first_contact.toml`, by what is said first; the way out that stands beside it is accepted.

use journey_compiler::db::Database;
use journey_compiler::diagnostics::{Diagnostic, Severity};
use journey_compiler::{check, load};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    world: String,
    mistake: Vec<Mistake>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    habit: String,
    wrong: String,
    says: String,
    right: String,
}

fn errors(text: String) -> Vec<Diagnostic> {
    let db = Database::default();
    let file = load::File::new("main.journey".to_owned(), text);
    let workspace = load::lone_file(&db, file);
    let mut found = check::check(&db, workspace);
    found.retain(|problem| problem.severity == Severity::Error);
    found
}

fn said(problem: &Diagnostic) -> String {
    let help = problem.help.as_deref().unwrap_or_default();
    format!("{}: {}; {help}", problem.code, problem.message)
}

#[test]
fn a_first_mistake_is_answered_by_what_to_write() {
    let corpus: Corpus = toml::from_str(include_str!("../first_contact.toml")).unwrap();
    assert!(corpus.mistake.len() >= 30, "too few mistakes");
    let mut wrong = Vec::new();
    for mistake in &corpus.mistake {
        let habit = &mistake.habit;
        let found = errors(format!("{}{}\n", corpus.world, mistake.wrong));
        match found.first() {
            None => wrong.push(format!("{habit}: `{}` is accepted", mistake.wrong)),
            Some(first) if !said(first).contains(&mistake.says) => wrong.push(format!(
                "{habit}: `{}` is told\n    {}\n  which lacks\n    {}",
                mistake.wrong,
                said(first),
                mistake.says
            )),
            Some(_) => {}
        }
        if let Some(problem) = errors(format!("{}{}\n", corpus.world, mistake.right)).first() {
            wrong.push(format!(
                "{habit}: `{}` is no way out: {}",
                mistake.right,
                said(problem)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
