//! Whole programs through the front end: what is accepted, and what each mistake is called.

use journey_compiler::load::{File, lone_file};
use journey_compiler::{Database, check, checked};

/// The problems of a program, as `code at text`.
fn problems(text: &str) -> Vec<String> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", text));
    check(&db, workspace)
        .into_iter()
        .filter(|problem| problem.code != "no-timezone")
        .map(|problem| {
            let (start, end) = (problem.at.start as usize, problem.at.end as usize);
            format!(
                "{} at {start} `{}`: {}",
                problem.code,
                text.get(start..end).unwrap_or_default(),
                problem.message
            )
        })
        .collect()
}

const SHOP: &str = include_str!("shop.journey");

#[test]
fn a_shop_is_accepted() {
    assert_eq!(problems(SHOP), Vec::<String>::new());
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", SHOP));
    let program = checked(&db, workspace).expect("no error");
    assert_eq!(program.journeys[0].steps.len(), 7);
    assert_eq!(program.audiences.len(), 2);
    assert_eq!(program.tests[0].lines.len(), 9);
}

#[test]
fn a_field_has_its_type() {
    let enums = "enum tier { none, gold }\nprofile { tier: tier = none }\n";
    assert_eq!(
        problems(&format!("{enums}audience a = tier == gold")),
        Vec::<String>::new()
    );
    assert_eq!(problems(&format!("{enums}audience a = tier == 3")).len(), 1);
}
