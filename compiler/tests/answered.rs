//! Sends that someone must answer: paths that do not listen are told, those that do are not.

use journey_compiler::load::{File, lone_file};
use journey_compiler::{Database, check};

const SHOP: &str = "event asked { topic: text }\nevent other { }\n\
    profile { vip: bool = false }\n\
    purpose service { consent not_needed basis contract }\n\
    channel desk { to user_id  answer accepted, refused within 3 days  deliver none  retry never }\n\
    channel post { to user_id  outcome arrived  deliver none  retry never }\n\
    message task for service { desk { title: \"Call\" } post { title: \"Call\" } }\n";

/// The messages about answers, for a journey of these members and steps.
fn told(steps: &str) -> Vec<String> {
    let db = Database::default();
    let text = format!("{SHOP}journey j {{ enter on asked\n{steps}\n}}\n");
    let workspace = lone_file(&db, File::new("shop.journey", text));
    let all = check(&db, workspace);
    let errors = all.iter().filter(|p| {
        p.severity == journey_compiler::diagnostics::Severity::Error
            && p.code != "answer-not-handled"
    });
    let errors: Vec<_> = errors.collect();
    assert!(errors.is_empty(), "{steps}: {errors:#?}");
    let found = all.iter().filter(|p| p.code == "answer-not-handled");
    found.map(|p| p.message.clone()).collect()
}

const WAIT: &str = "wait for call { accepted => { } refused => { } timeout => { } }";

#[test]
fn a_path_without_a_wait_for_the_answers_is_told() {
    for steps in [
        "send call = task by desk",
        "send call = task by desk  wait 3 days",
        "send call = task by first of post, desk  wait up to 1 day for other",
        &format!("send call = task by desk  if vip {{ {WAIT} }}"),
        &format!("send call = task by desk  if vip {{ end early }}  {WAIT}"),
        "send call = task by desk  wait up to 3 days for { call.accepted => { } timeout => { } }",
        "send call = task by desk  wait up to 3 days for { call.accepted => { } call.refused => { } other => { } timeout => { } }",
        "exit on other { send call = task by desk }  wait 1 day",
        "repeat up to 3 times { send call = task by desk  wait 1 day }",
        &format!(
            "repeat up to 3 times {{ send call = task by desk  wait 1 day  if vip {{ leave }}  {WAIT} }}"
        ),
        &format!(
            "repeat up to 3 times {{ send call = task by desk  wait 1 day  if vip {{ again }}  {WAIT} }}"
        ),
        "send call = task by desk  wait for call { accepted => { } refused => { } timeout => { send again_call = task by desk } }",
    ] {
        let found = told(steps);
        assert_eq!(found.len(), 1, "{steps}: {found:?}");
    }
    assert_eq!(
        told("send call = task by desk"),
        ["a path from `call` comes to no answer of it"]
    );
}

#[test]
fn paths_that_handle_every_answer_are_not() {
    for steps in [
        "send call = task by post",
        &format!("send call = task by desk  {WAIT}"),
        &format!("send call = task by desk  wait 1 day  {WAIT}"),
        &format!("send call = task by desk else {{ end skipped }}  {WAIT}"),
        "send call = task by desk  wait 1 day  withdraw call",
        &format!("send call = task by desk  if vip {{ withdraw call  end vip }}  {WAIT}"),
        "send call = task by desk  wait up to 3 days for { call.accepted => { } call.refused => { } timeout => { } }",
        &format!("repeat up to 3 times {{ send call = task by desk  {WAIT}  wait 1 day }}"),
        &format!(
            "send call = task by desk  repeat up to 3 times {{ wait 1 day  if vip {{ leave }} }}  {WAIT}"
        ),
        &format!(
            "if vip {{ send call = task by desk }} else {{ send call = task by desk }}  {WAIT}"
        ),
        &format!(
            "send call = task by desk  wait up to 1 day for {{ other => {{ restart at most 2 times }} timeout => {{ }} }}  {WAIT}"
        ),
    ] {
        let found = told(steps);
        assert_eq!(found, [""; 0], "{steps}");
    }
}
