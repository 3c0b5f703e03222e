//! The program of all seeds, a channel for each class of retry, and who does what when.

use super::BEGAN;
use crate::irgen::Rng;
use journey_compiler::load::{File, lone_file};
use journey_compiler::lower::lower;
use journey_compiler::{Database, check, checked};
use journey_program::plan::Program;
use journey_program::types::EventId;
use journey_runtime::input::{EraseInput, EventInput, Input};
use journey_runtime::outbox::Policy;
use std::sync::Arc;

const PEOPLE: usize = 5;
/// The channels, with their class.
pub(super) const CHANNELS: [(&str, &str); 6] = [
    ("asks", "asking"),
    ("desk", "always"),
    ("drops", "keyed 10 minutes"),
    ("gone", "always"),
    ("more", "always"),
    ("once", "never"),
];
fn text() -> String {
    let mut text = "event asked {\n    n: int\n}\nevent left {\n}\nevent stopped {\n}\n\
        profile {\n    email: text?\n}\nidentity {\n    user_id unique\n}\n\
        purpose news {\n    consent opt_out\n    revoked by left\n}\n"
        .to_owned();
    for (name, retry) in CHANNELS {
        let (answer, exit, wait) = if name == "desk" {
            (
                "    answer yes within 30 days\n",
                "    exit on stopped any key\n",
                "    wait for it {\n        yes => {\n            end\n        }\n        \
                 timeout => {\n            end\n        }\n    }\n",
            )
        } else {
            ("", "", "")
        };
        text.push_str(&format!(
            "channel {name} {{\n    to user_id\n{answer}    deliver webhook \"https://{name}.example/\"\n    \
             retry {retry}\n}}\nmessage note_{name}() for news {{\n    {name} {{ text: \"hello\" }}\n}}\n\
             journey by_{name} {{\n    enter on asked key n\n    reenter always\n{exit}    \
             send it = note_{name} by {name}\n{wait}}}\n"
        ));
    }
    text
}

/// The program of all seeds.
pub fn program() -> Arc<Program> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("sends.journey", text()));
    let problems = check(&db, workspace);
    let Some(hir) = checked(&db, workspace) else {
        let errors: Vec<_> = problems.iter().map(|p| format!("{p:?}")).collect();
        unreachable!("{errors:#?}")
    };
    Arc::new(lower(&hir, &|_, _| (1, 1)))
}

pub(super) fn policy() -> Policy {
    Policy {
        most: 60_000,
        tries: 10_000,
        patience: 6 * 3_600_000,
        asked_for: 2 * 3_600_000,
        concurrency: 4,
        closed_most: 30_000,
        after_most: 120_000,
        ..Policy::default()
    }
}

/// Who does what when: asks for sends, leaves, stops, is erased.
pub(super) fn inputs(program: &Program, rng: &mut Rng) -> Vec<(i64, Input)> {
    let event = |name: &str| {
        let place = program.events.iter().position(|plan| plan.name == name);
        EventId::new(place.expect("the program declares it"))
    };
    let mut at = BEGAN;
    let count = 6 + rng.below(14);
    let mut inputs = Vec::new();
    for n in 0..count {
        at += rng.pick(&[0, 1, 500, 20_000, 90_000]);
        let ids = vec![(0, format!("p{}", rng.below(PEOPLE)))];
        let id = format!("i{n}");
        let what = match rng.below(20) {
            0 => "left",
            1 | 2 => "stopped",
            3 if n > 4 => {
                inputs.push((at, Input::Erase(EraseInput { id, at, ids })));
                continue;
            }
            _ => "asked",
        };
        let number = journey_program::types::Value::Int(n as i64);
        let fields = if what == "asked" {
            vec![number]
        } else {
            vec![]
        };
        let input = EventInput {
            event: event(what),
            id,
            at,
            source: String::new(),
            ids,
            fields,
        };
        inputs.push((at, Input::Event(input)));
    }
    inputs
}
