//! Two versions of a journey: which ways from one to the other are total and typed.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use journey_compiler::hir::Program;
use journey_compiler::load::{File, project};
use journey_compiler::{Database, check, checked, migration};
use std::sync::Arc;

const START: &str = "event joined { plan: text }\nidentity { user_id unique }\n\
                     profile { email: text? }\n\
                     purpose service { consent not_needed basis contract }\n\
                     channel email { to email deliver none }\n\
                     message hello(hint: text) for service { email { subject: hint } }\n";

/// A version whose journey has these steps and blocks; what is wrong with it alone.
fn version(number: &str, journey: &str) -> (Option<Arc<Program>>, Vec<String>) {
    let manifest =
        format!("[project]\nname = \"shop\"\nversion = \"{number}\"\ntimezone = \"UTC\"\n");
    let text = format!("{START}journey trial {{ enter on joined {journey} }}\n");
    let db = Database::default();
    let files = vec![
        File::new("journey.toml", manifest.as_str()),
        File::new("shop.journey", text.as_str()),
    ];
    let workspace = project(&db, files);
    let problems = check(&db, workspace);
    let said = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.code, problem.message));
    (checked(&db, workspace), said.collect())
}

const OLD: &str = "let chosen = entry.plan wait d7: 7 days send greeting = hello(chosen) by email \
                   wait 1 day split which { a 50% => { } b 50% => { } } wait d30: 30 days";

/// What is wrong with the way from the old version to one with these steps.
fn way(steps: &str, block: &str) -> Vec<String> {
    let (old, none) = version("1.3.0", OLD);
    assert_eq!(none, Vec::<String>::new());
    let (new, none) = version(
        "1.4.0",
        &format!("{steps} migrate from \"1.3.0\" {{ {block} }}"),
    );
    assert_eq!(none, Vec::<String>::new());
    let found = migration::check(&old.unwrap(), &new.unwrap());
    found
        .iter()
        .map(|problem| format!("{}: {}", problem.code, problem.message))
        .collect()
}

#[test]
fn a_total_way_is_right() {
    let all = "d7 => d7, greeting => greeting, which => end moved, d30 => end";
    assert_eq!(way(OLD, all), Vec::<String>::new());
}

#[test]
fn each_place_to_stand_has_an_arm() {
    assert_eq!(
        way(OLD, "d7 => d7, d30 => end removed"),
        [
            "migration-incomplete: nothing says how who stands at `greeting` goes on",
            "migration-incomplete: nothing says how who stands at `which` goes on",
        ]
    );
}

#[test]
fn an_older_step_is_one_of_that_version() {
    let all = "d7 => d7, greeting => greeting, which => end, d30 => end, d9 => d7";
    assert_eq!(
        way(OLD, all),
        ["migration-mismatch: in `1.3.0` nobody stands at `d9`"]
    );
}

#[test]
fn what_is_carried_has_the_type_that_is_read() {
    let arms = |d7: &str| format!("d7 => d7 {d7} greeting => end, which => end, d30 => end");
    let other = OLD
        .replace("let chosen = entry.plan", "let chosen = 7")
        .replace("hello(chosen)", "hello(\"{chosen}\")");
    assert_eq!(
        way(&other, &arms("")),
        ["migration-mismatch: `chosen` was `text` and is `int` now"]
    );
    assert_eq!(way(&other, &arms("{ chosen: 3 }")), Vec::<String>::new());
    let more = format!(
        "let hint = entry.plan {}",
        OLD.replace("hello(chosen)", "hello(hint)")
    );
    assert_eq!(
        way(&more, &arms("")),
        ["migration-mismatch: `hint` is new, and nothing sets it"]
    );
    assert_eq!(
        way(&more, &arms("{ hint: \"none\" }")),
        Vec::<String>::new()
    );
}

#[test]
fn a_version_alone_knows_where_its_blocks_lead() {
    let problems = |block: &str| version("1.4.0", &format!("{OLD} {block}")).1;
    assert_eq!(
        problems("migrate from \"1.3.0\" { d7 => d8 }"),
        ["unknown-name: there is no step to stand at named `d8`"]
    );
    assert_eq!(
        problems("migrate from \"1.3.0\" { d7 => d7 { nobody: 1 } }"),
        ["unknown-name: there is no variable named `nobody`"]
    );
    let twice = problems("migrate from \"1.3.0\" { d7 => d7, d7 => end }");
    assert_eq!(
        twice,
        ["declared-twice: there are two older steps named `d7`"]
    );
    let typed = problems("migrate from \"1.3.0\" { d7 => d7 { chosen: 3 } }");
    assert!(
        typed.len() == 1 && typed[0].starts_with("type-mismatch"),
        "{typed:?}"
    );
    let own = problems("migrate from \"1.4.0\" { d7 => d7 }");
    assert_eq!(own, ["out-of-range: `1.4.0` is this version itself"]);
}
