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

const LOOP: &str = "event asked { n: int? }\nevent told { n: int }\nidentity { user_id unique }\n\
                    profile { age: int? }\n";

/// The problems of a journey's steps after `let a = entry.n`, which may be unknown.
fn in_a_loop(steps: &str) -> Vec<String> {
    let journey = format!("journey j {{ enter on asked let a = entry.n let b = entry.n {steps} }}");
    let found = problems(&format!("{LOOP}{journey}"));
    let kept = found.into_iter().filter_map(|problem| {
        let (code, rest) = problem.split_once(' ')?;
        let name = rest.split('`').nth(1)?;
        (code == "maybe-unknown").then(|| name.to_owned())
    });
    kept.collect()
}

#[test]
fn what_flow_proved_holds_in_a_loop_that_does_not_write_it() {
    let known = "if unknown a or unknown b { end } ";
    let read = "emit told { n: a } ";
    let around = |steps: &str| format!("{known}repeat up to 3 times {{ {steps} wait 1 day }}");
    assert_eq!(in_a_loop(&around(read)), Vec::<String>::new());
    assert_eq!(
        in_a_loop(&around(&format!("{read} set b = entry.n"))),
        Vec::<String>::new()
    );
    assert_eq!(
        in_a_loop(&around(&format!("{read} set a = entry.n"))),
        ["a"]
    );
    // written further in, and behind the read
    let inside = format!("{read} if now > 2026-01-01T00:00:00Z {{ set a = entry.n }}");
    assert_eq!(in_a_loop(&around(&inside)), ["a"]);
    // the entry's fields are as they came; a profile's field may change while the journey waits
    let entry =
        "if unknown entry.n { end } repeat up to 3 times { emit told { n: entry.n } wait 1 day }";
    assert_eq!(in_a_loop(entry), Vec::<String>::new());
    let profile = "if unknown age { end } repeat up to 3 times { emit told { n: age } wait 1 day }";
    assert_eq!(in_a_loop(profile), ["age"]);
}

#[test]
fn what_flow_proved_holds_where_a_wait_restarts() {
    let wait = |arm: &str| {
        format!(
            "if unknown a {{ end }} wait up to 1 day for {{ \
             told => {{ {arm} restart at most 3 times }} timeout => {{ emit told {{ n: a }} }} }}"
        )
    };
    assert_eq!(in_a_loop(&wait("set b = entry.n")), Vec::<String>::new());
    assert_eq!(in_a_loop(&wait("set a = entry.n")), ["a"]);
}

/// A program with the first fix of its one problem of a code.
fn mended(text: &str, code: &str) -> Option<String> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("shop.journey", text));
    let all = check(&db, workspace);
    let problem = all.iter().find(|problem| problem.code == code)?;
    let mut fixed = text.to_owned();
    let mut edits = problem.fix.as_ref()?.edits.clone();
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    for (at, with) in edits {
        fixed.replace_range(at.start as usize..at.end as usize, &with);
    }
    Some(fixed)
}

#[test]
fn a_match_is_completed_by_one_arm_for_each_value_left_out() {
    let start = "enum tier { none, silver, gold }\nevent e { tier: tier? }\n\
                 identity { user_id unique }\n";
    let journey = "journey j { enter on e match entry.tier { silver => { end low } } }";
    let fixed = mended(&format!("{start}{journey}"), "match-not-exhaustive").expect("a fix");
    assert_eq!(
        fixed.strip_prefix(start).expect("only the match changes"),
        "journey j { enter on e match entry.tier { silver => { end low }\nunknown => { }\nnone => { }\ngold => { } } }"
    );
    assert_eq!(problems(&fixed), Vec::<String>::new());
}
