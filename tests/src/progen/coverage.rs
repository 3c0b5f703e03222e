//! What the programs of a campaign reach: every phrase of the grammar, every kind of step, every instruction
//! and host operation. A count in, what is missing out; so a new construct fails until the generator makes it.

use crate::agreement;
use journey_compiler::hir::{self, Step, StepKind};
use journey_program::plan;
use std::collections::{BTreeMap, BTreeSet};

/// How often each was reached: `rule history`, `step send`, `ir call TextEq`.
pub type Reached = BTreeMap<String, u64>;

const STEPS: [&str; 21] = [
    "wait",
    "wait until",
    "wait for",
    "if",
    "match",
    "split",
    "send",
    "decide",
    "let",
    "set variable",
    "set field",
    "emit",
    "start",
    "mute",
    "withdraw",
    "collect",
    "repeat",
    "leave",
    "again",
    "restart",
    "end",
];

/// What a program that checks is made of.
pub fn count(text: &str, program: &hir::Program, plan: &plan::Program, reached: &mut Reached) {
    for (rule, times) in journey_grammar::rules_used(text) {
        *reached.entry(format!("rule {rule}")).or_default() += times;
    }
    for journey in &program.journeys {
        count_steps(&journey.steps, reached);
        for steps in journey.exits.iter().filter_map(|e| e.steps.as_ref()) {
            count_steps(steps, reached);
        }
    }
    let mut code = BTreeMap::new();
    for function in &plan.functions {
        agreement::count(function, &mut code);
    }
    for (name, times) in code {
        *reached.entry(format!("ir {name}")).or_default() += times;
    }
}

/// What was never reached and should be, and what the list below says wrongly.
pub fn missing(reached: &Reached) -> Vec<String> {
    let rules = journey_grammar::rule_names();
    let rules = rules.iter().map(|rule| format!("rule {rule}"));
    let code = agreement::expected_code();
    let code = code.iter().map(|name| format!("ir {name}"));
    let steps = STEPS.iter().map(|step| format!("step {step}"));
    let all: BTreeSet<String> = rules.chain(code).chain(steps).collect();
    let beyond: BTreeMap<&str, &str> = BEYOND
        .iter()
        .flat_map(|(why, names)| names.iter().map(move |name| (*name, *why)))
        .collect();
    let never = all
        .iter()
        .filter(|name| !reached.contains_key(*name) && !beyond.contains_key(name.as_str()))
        .map(|name| format!("{name} was never reached"));
    let unknown = reached
        .keys()
        .filter(|name| name.starts_with("step ") && !all.contains(*name))
        .map(|name| format!("{name} is in no list"));
    let wrong = beyond.iter().filter_map(|(name, why)| {
        if reached.contains_key(*name) {
            Some(format!("{name} was reached, but the list says: {why}"))
        } else if all.contains(*name) {
            None
        } else {
            Some(format!("{name} is in the list and exists no more"))
        }
    });
    never.chain(unknown).chain(wrong).collect()
}

fn count_steps(steps: &[Step], reached: &mut Reached) {
    for step in steps {
        let (name, inner): (&str, Vec<&[Step]>) = match &step.kind {
            StepKind::Wait { .. } => ("wait", Vec::new()),
            StepKind::WaitUntil { past, .. } => {
                ("wait until", past.iter().map(Vec::as_slice).collect())
            }
            StepKind::WaitFor { arms, timeout, .. } => {
                let arms = arms.iter().map(|arm| arm.steps.as_slice());
                ("wait for", arms.chain(timeout.as_deref()).collect())
            }
            StepKind::If { arms, otherwise } => {
                let arms = arms.iter().map(|(_, steps)| steps.as_slice());
                ("if", arms.chain([otherwise.as_slice()]).collect())
            }
            StepKind::Match { arms, .. } => {
                ("match", arms.iter().map(|(_, s)| s.as_slice()).collect())
            }
            StepKind::Split { arms, .. } => {
                ("split", arms.iter().map(|a| a.steps.as_slice()).collect())
            }
            StepKind::Send(send) => ("send", vec![&send.otherwise]),
            StepKind::Decide { .. } => ("decide", Vec::new()),
            StepKind::Let { .. } => ("let", Vec::new()),
            StepKind::SetLocal { .. } => ("set variable", Vec::new()),
            StepKind::SetField { .. } => ("set field", Vec::new()),
            StepKind::Emit { .. } => ("emit", Vec::new()),
            StepKind::Start { .. } => ("start", Vec::new()),
            StepKind::Mute { .. } => ("mute", Vec::new()),
            StepKind::Collect { .. } => ("collect", Vec::new()),
            StepKind::Withdraw { .. } => ("withdraw", Vec::new()),
            StepKind::Repeat { steps, .. } => ("repeat", vec![steps]),
            StepKind::Leave => ("leave", Vec::new()),
            StepKind::Again => ("again", Vec::new()),
            StepKind::Restart { .. } => ("restart", Vec::new()),
            StepKind::End { .. } => ("end", Vec::new()),
        };
        *reached.entry(format!("step {name}")).or_default() += 1;
        for steps in inner {
            count_steps(steps, reached);
        }
    }
}

/// What no generated program reaches: why, and what.
const BEYOND: &[(&str, &[&str])] = &[
    (
        "what `why` has noted: only in a program that is explained; `tests/tests/why.rs` shows them",
        &[
            "ir call NoteBool",
            "ir call NoteInt",
            "ir call NoteNum",
            "ir call NoteText",
        ],
    ),
    (
        "lines of a `test`, which plays a program as a trace does here; the corpus shows each",
        &[
            "rule after_line",
            "rule assume",
            "rule assume_split",
            "rule at_line",
            "rule because",
            "rule content_test",
            "rule dead_letter",
            "rule decided_none",
            "rule decided_op",
            "rule deploy",
            "rule deploy_from",
            "rule ended",
            "rule event_ref",
            "rule expect",
            "rule expect_at",
            "rule expect_by",
            "rule expect_conversion",
            "rule expect_decided",
            "rule expect_emit",
            "rule expect_for",
            "rule expect_holds",
            "rule expect_key",
            "rule expect_not",
            "rule expect_send",
            "rule expect_value",
            "rule expect_with",
            "rule fault",
            "rule happen_event",
            "rule happen_grant",
            "rule happen_profile",
            "rule happen_revoke",
            "rule happening",
            "rule in_audience",
            "rule in_journey",
            "rule in_step",
            "rule in_value",
            "rule n_sends",
            "rule no_conversion",
            "rule no_send",
            "rule people",
            "rule person",
            "rule refused",
            "rule skipped_send",
            "rule start_line",
            "rule test_decl",
            "rule test_line",
            "rule until_line",
            "rule who",
            "rule with_ids",
        ],
    ),
    (
        "a generated program is one version; ways from one to another have tests of their own",
        &[
            "rule migrate",
            "rule migrate_arm",
            "rule migrate_arms",
            "rule migrate_end",
            "rule migrate_old",
            "rule migrate_to",
        ],
    ),
    (
        "lowering folds what is read of a constant text, and stops by a checked instruction",
        &["ir symbol Const", "ir term stop"],
    ),
    (
        "trees are walked as tables; only very deep ones, or ones that may add up to too much, are code",
        &["ir num AddSingle"],
    ),
];
