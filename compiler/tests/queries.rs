//! salsa does real work: which queries run after an edit.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use journey_compiler::load::{File, project};
use journey_compiler::{Database, Workspace, check};
use salsa::Setter;
use std::collections::BTreeMap;

const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"UTC\"\n";
const DATA: &str = "event order_placed { total: money<EUR> }\nprofile { age: int = 0 }\n";
const JOURNEYS: &str = "\
audience adults = age >= 18
journey a { enter on order_placed wait 1 day }
journey b { enter on order_placed wait 2 days }
";

fn shop() -> (Database, Workspace) {
    let db = Database::logging();
    let files = vec![
        File::new("journey.toml", MANIFEST),
        File::new("data.journey", DATA),
        File::new("journeys.journey", JOURNEYS),
    ];
    let workspace = project(&db, files);
    assert_eq!(check(&db, workspace), Vec::new());
    db.executed();
    (db, workspace)
}

/// How often each query runs after a file gets a new text.
fn after_edit(file: &str, from: &str, to: &str) -> BTreeMap<String, usize> {
    let (mut db, workspace) = shop();
    let source = *workspace
        .files(&db)
        .iter()
        .find(|f| f.path(&db) == file)
        .unwrap();
    let text = source.text(&db).replace(from, to);
    assert_ne!(text, source.text(&db));
    source.set_text(&mut db).to(text);
    check(&db, workspace);
    let mut ran = BTreeMap::new();
    for name in db.executed() {
        *ran.entry(name).or_insert(0) += 1;
    }
    ran
}

fn ran(list: &[(&str, usize)]) -> BTreeMap<String, usize> {
    list.iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn nothing_runs_when_nothing_has_changed() {
    let (db, workspace) = shop();
    check(&db, workspace);
    assert_eq!(db.executed(), Vec::<String>::new());
}

#[test]
fn an_edit_of_a_body_parses_one_declaration_and_checks_one() {
    assert_eq!(
        after_edit("journeys.journey", "wait 2 days", "wait 30 days"),
        ran(&[
            ("chunks", 1),
            ("is_broken", 1),
            ("parse_decl", 1),
            ("signature_of", 1),
            ("words", 1),
            ("check_decl", 1),
            ("prove", 1),
            // whether it hands personal data to others
            ("hands_over", 1),
            ("summary", 1)
        ])
    );
}

#[test]
fn a_body_with_an_error_concerns_nobody_else() {
    assert_eq!(
        after_edit("journeys.journey", "wait 2 days", "wait 2 monkeys"),
        ran(&[
            ("chunks", 1),
            ("parse_decl", 1),
            ("signature_of", 1),
            ("words", 1),
            ("seen_by", 1),
            ("check_decl", 1),
            ("prove", 1),
            ("hands_over", 1),
            ("is_broken", 1),
            ("summary", 1),
            // its words are others, and what it set may be gone: sums of a few names
            ("mentions", 1),
            ("said", 1),
            ("between", 1)
        ])
    );
}

#[test]
fn an_edit_that_only_moves_declarations_parses_and_checks_none() {
    assert_eq!(
        after_edit(
            "journeys.journey",
            "audience adults = age >= 18\n",
            "audience adults = age >= 18\n\n\n"
        ),
        ran(&[("chunks", 1)])
    );
}

#[test]
fn a_predicate_concerns_only_its_audience() {
    assert_eq!(
        after_edit("journeys.journey", "age >= 18", "age >= 21"),
        ran(&[
            ("chunks", 1),
            ("is_broken", 1),
            ("parse_decl", 1),
            ("signature_of", 1),
            ("words", 1),
            ("check_decl", 1),
            ("prove", 1),
            ("hands_over", 1),
            // another audience may hold the same people
            ("alike", 1),
            ("summary", 1)
        ])
    );
}

#[test]
fn a_new_field_changes_the_world_and_concerns_those_that_name_it() {
    let ran = after_edit("data.journey", "age: int = 0", "age: int = 0 size: int = 1");
    assert_eq!(ran.get("parse_decl"), Some(&1));
    assert_eq!(ran.get("built"), Some(&1));
    // The profile's own declaration alone: nobody says `size`, and `age` has kept its place.
    assert_eq!(ran.get("check_decl"), Some(&1), "{ran:?}");
    let ran = after_edit("data.journey", "age: int = 0", "size: int = 1 age: int = 0");
    // `age` has moved: its audience too.
    assert_eq!(ran.get("check_decl"), Some(&2), "{ran:?}");
}

#[test]
fn a_new_field_of_an_event_concerns_those_that_name_the_event() {
    let ran = after_edit(
        "data.journey",
        "total: money<EUR> }",
        "total: money<EUR> units: int = 1 }",
    );
    assert_eq!(ran.get("built"), Some(&1));
    // The event and the two journeys, not the audience; the profile is checked with everything.
    assert_eq!(ran.get("check_decl"), Some(&4), "{ran:?}");
}

#[test]
fn what_has_a_problem_sees_every_new_name() {
    let (mut db, workspace) = shop();
    let journeys = *workspace
        .files(&db)
        .iter()
        .find(|f| f.path(&db) == "journeys.journey")
        .unwrap();
    let text = JOURNEYS.replace("age >= 18", "siz >= 18");
    journeys.edit(&mut db, text);
    assert_eq!(check(&db, workspace).len(), 1);
    let data = *workspace
        .files(&db)
        .iter()
        .find(|f| f.path(&db) == "data.journey")
        .unwrap();
    data.edit(
        &mut db,
        DATA.replace("age: int = 0", "age: int = 0 size: int = 1"),
    );
    let problems = check(&db, workspace);
    let fix = problems.first().unwrap().fix.as_ref().unwrap();
    assert!(format!("{fix:?}").contains("size"), "{fix:?}");
}

#[test]
fn a_comment_in_an_event_changes_no_world() {
    let ran = after_edit(
        "data.journey",
        "event order_placed {",
        "event order_placed { // paid\n",
    );
    assert_eq!(ran.get("parse_decl"), Some(&1));
    assert_eq!(ran.get("check_decl"), Some(&1));
}

#[test]
fn an_offers_value_concerns_those_that_name_an_offer_or_its_type() {
    let offers = |value: u32| {
        format!(
            "offer_type gift {{ code: text }}\n\
             offer mug: gift {{ value {value} EUR code: \"m\" }}\n\
             decision best -> gift {{ among mug rank by offer.value }}\n"
        )
    };
    let more = "audience old = age >= 90\n\
        journey gives { enter on order_placed decide pick = best() wait 1 day }\n";
    let mut db = Database::logging();
    let text = format!("{JOURNEYS}{more}");
    let files = vec![
        File::new("journey.toml", MANIFEST),
        File::new("data.journey", DATA),
        File::new("journeys.journey", text.as_str()),
        File::new("offers.journey", offers(3).as_str()),
    ];
    let workspace = project(&db, files);
    check(&db, workspace);
    db.executed();
    let found = |file: &&journey_compiler::db::SourceFile| file.path(&db) == "offers.journey";
    let file = *workspace.files(&db).iter().find(found).unwrap();
    file.edit(&mut db, offers(4));
    check(&db, workspace);
    let ran = db.executed();
    let checked = ran.iter().filter(|query| *query == "check_decl").count();
    // The profile, the offer, its type and its decision, and the journey that decides: none of the others.
    assert_eq!(checked, 5, "{ran:?}");
}
