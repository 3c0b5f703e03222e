//! A keystroke costs what it changes: the queries that ran after an edit, listed.

use journey_compiler::db::Database;
use journey_compiler::load::{File, project_with};
use journey_lsp::ide::{Project, complete, names};
use std::collections::BTreeMap;

const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"UTC\"\n";
const SHARED: &str = "\
event cart { cart_id: text value: money<EUR> }
profile { email: text? }
channel email { to email outcome clicked deliver none }
purpose news { consent opt_in }
message hello(cart: cart) for news { email { subject: \"{cart.value}\" } }
";

fn journey(n: usize) -> String {
    format!(
        "journey j{n} {{\n    enter on cart key cart_id\n    wait 1 day\n    send hello(entry) by email\n}}\n"
    )
}

fn project() -> Project {
    let db = Database::logging();
    let mut files = vec![
        File::new("journey.toml", MANIFEST),
        File::new("shared.journey", SHARED),
    ];
    files.extend((0..20).map(|n| File::new(format!("j{n}.journey"), journey(n))));
    let workspace = project_with(&db, files, BTreeMap::new());
    Project { db, workspace }
}

fn count(ran: &[String], query: &str) -> usize {
    ran.iter().filter(|name| name.as_str() == query).count()
}

#[test]
fn an_edit_in_a_body_checks_that_declaration_alone() {
    let mut project = project();
    journey_compiler::check(&project.db, project.workspace);
    let warm = project.db.executed();
    assert!(count(&warm, "check_decl") >= 24, "{warm:?}");
    let text = journey(7).replace("1 day", "2 days");
    project
        .file("j7.journey")
        .unwrap()
        .edit(&mut project.db, text);
    journey_compiler::check(&project.db, project.workspace);
    let ran = project.db.executed();
    for query in ["chunks", "parse_decl", "check_decl"] {
        assert_eq!(count(&ran, query), 1, "{query}: {ran:?}");
    }
}

#[test]
fn a_question_about_a_place_looks_at_its_declaration() {
    let project = project();
    names::at(&project, "j3.journey", 30).unwrap();
    let ran = project.db.executed();
    assert_eq!(count(&ran, "index_decl"), 1, "{ran:?}");
    assert_eq!(count(&ran, "check_decl"), 1, "{ran:?}");
    complete::at(&project, "j3.journey", 30);
    assert_eq!(count(&project.db.executed(), "check_decl"), 0);
}
