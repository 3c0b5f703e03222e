//! `why` over every acceptance scenario: what happened in a `test` block becomes a state folder, and the answers for
//! somebody who got something, and for somebody who did not, are held as they are.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]

use journey_cli::compile::{self, Execution};
use journey_cli::disk::Folder;
use journey_cli::kept::{self, Given, Terms};
use journey_cli::project::Project;
use journey_cli::testing::{play, prepare};
use journey_cli::why::{self, Question};
use journey_runtime::engine::Options;
use journey_runtime::intake::convert::instant::{Parsed, parse};
use journey_runtime::store::Entry;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A question about a scenario: program, title of the `test` block, person, journey, step.
struct Case {
    name: &'static str,
    program: &'static str,
    test: &'static str,
    profile: &'static str,
    journey: &'static str,
    step: Option<&'static str>,
    at: Option<&'static str>,
}

const CASES: [Case; 22] = [
    Case {
        name: "s1_got",
        program: "s1_cart_abandonment.journey",
        test: "a push where push was agreed to",
        profile: "u1",
        journey: "cart_abandonment",
        step: Some("pushed"),
        at: None,
    },
    Case {
        name: "s1_not",
        program: "s1_cart_abandonment.journey",
        test: "an order one millisecond before the timer: no mail",
        profile: "u1",
        journey: "cart_abandonment",
        step: Some("cheap"),
        at: None,
    },
    Case {
        name: "s3_got",
        program: "s3_onboarding.journey",
        test: "four messages, and no more",
        profile: "u1",
        journey: "onboarding",
        step: Some("first_tip"),
        at: None,
    },
    Case {
        name: "s3_not",
        program: "s3_onboarding.journey",
        test: "the app opened on day 2 stops everything at once",
        profile: "u1",
        journey: "onboarding",
        step: Some("second_tip"),
        at: None,
    },
    Case {
        name: "s5_got",
        program: "s5_price_drop.journey",
        test: "who looked at it in 30 days and has not bought it since",
        profile: "ann",
        journey: "price_drop",
        step: Some("digest"),
        at: None,
    },
    Case {
        name: "s5_not",
        program: "s5_price_drop.journey",
        test: "who looked at it in 30 days and has not bought it since",
        profile: "cat",
        journey: "price_drop",
        step: Some("digest"),
        at: None,
    },
    Case {
        name: "s6_got",
        program: "s6_win_back.journey",
        test: "the mail, three days, the offer; back again only after 28 days",
        profile: "u1",
        journey: "win_back",
        step: Some("first_mail"),
        at: Some("2026-02-06T00:00:00Z"),
    },
    Case {
        name: "s6_not",
        program: "s6_win_back.journey",
        test: "two of the tag in a calendar week, whatever sends them",
        profile: "u1",
        journey: "reminders",
        step: Some("extra"),
        at: Some("2026-02-02T10:45:00Z"),
    },
    Case {
        name: "s8_got",
        program: "s8_post_purchase.journey",
        test: "the confirmation goes at three in the morning, the review request does not",
        profile: "u1",
        journey: "post_purchase",
        step: Some("ask"),
        at: None,
    },
    Case {
        name: "s8_not",
        program: "s8_post_purchase.journey",
        test: "after a bad review marketing is mute in other journeys too, and the desk has the order",
        profile: "u1",
        journey: "sales",
        step: Some("offer_sale"),
        at: Some("2026-01-20T00:00:00Z"),
    },
    Case {
        name: "s9_got",
        program: "s9_appointment.journey",
        test: "moved from 10 March to 9 April it reminds once, at the new time",
        profile: "u1",
        journey: "appointment",
        step: Some("remind"),
        at: None,
    },
    Case {
        name: "s9_not",
        program: "s9_appointment.journey",
        test: "a cancelled appointment reminds nobody",
        profile: "u1",
        journey: "appointment",
        step: Some("remind"),
        at: None,
    },
    Case {
        name: "s11_got",
        program: "s11_ramp.journey",
        test: "the keenest first, then whoever was first seen; the next day the rest, nobody twice",
        profile: "u1",
        journey: "ramp",
        step: Some("launch_mail"),
        at: None,
    },
    Case {
        name: "s11_not",
        program: "s11_ramp.journey",
        test: "the keenest first, then whoever was first seen; the next day the rest, nobody twice",
        profile: "u3",
        journey: "ramp",
        step: None,
        at: Some("2026-01-05T12:00:00Z"),
    },
    Case {
        name: "s14_got",
        program: "s14_nps.journey",
        test: "9 and 10: a review, then a friend",
        profile: "u1",
        journey: "after_survey",
        step: Some("ask"),
        at: None,
    },
    Case {
        name: "s14_not",
        program: "s14_nps.journey",
        test: "one survey in 180 days, whichever journey asks",
        profile: "u1",
        journey: "ask_now",
        step: Some("question_now"),
        at: Some("2026-07-04T10:00:00Z"),
    },
    Case {
        name: "s17_got",
        program: "s17_bank.journey",
        test: "with the intent to travel 16.20 gives the Premier card",
        profile: "u1",
        journey: "web_visit",
        step: Some("pick"),
        at: None,
    },
    Case {
        name: "s17_not",
        program: "s17_bank.journey",
        test: "who is vulnerable sees no Premier card, on the web or at the desk",
        profile: "u1",
        journey: "desk_screen",
        step: Some("screen"),
        at: None,
    },
    Case {
        name: "s18_got",
        program: "s18_loan.journey",
        test: "two days later the cash machine has the form at page 3, and its answer takes the banner back",
        profile: "u1",
        journey: "continue_loan",
        step: Some("machine"),
        at: None,
    },
    Case {
        name: "s18_not",
        program: "s18_loan.journey",
        test: "who answers the banner is asked nowhere else",
        profile: "u1",
        journey: "continue_loan",
        step: Some("machine"),
        at: None,
    },
    Case {
        name: "s21_got",
        program: "s21_double_opt_in.journey",
        test: "three parts over ten days after it",
        profile: "u1",
        journey: "double_opt_in",
        step: Some("part_one"),
        at: None,
    },
    Case {
        name: "s21_not",
        program: "s21_double_opt_in.journey",
        test: "two profiles merge, one revoked before the other confirmed: revoked, nothing more goes",
        profile: "u1",
        journey: "double_opt_in",
        step: Some("part_three"),
        at: None,
    },
];

/// What came in during a test, as a state folder.
fn folder(case: &Case, at: &Path) {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/scenarios");
    let project = Project::open(Some(&scenarios.join(case.program))).unwrap();
    let checked = project.checked(false).unwrap();
    let prepared = Arc::new(compile::plan(&prepare::program(&checked), &project.sources).unwrap());
    let number = checked
        .tests
        .iter()
        .position(|test| test.title == case.test);
    let number = number.unwrap_or_else(|| panic!("{}: no test `{}`", case.program, case.test));
    let execution = Execution::interpreter(&prepared);
    let played = play::alone(&checked, &execution, &checked.tests[number], number);
    let plan = Arc::new(compile::plan(&checked, &project.sources).unwrap());
    let given = Given {
        execution: Execution::interpreter(&plan),
        sources: Some(project.sources.clone()),
    };
    let terms = Terms {
        options: Options::default(),
        interpret: true,
        deploy: false,
        now: None,
        actions: None,
        dead_letters: None,
    };
    let disk = Folder::open(at, BTreeMap::new()).unwrap();
    let mut opened = kept::open(disk, given, terms).unwrap();
    for (place, input) in played.inputs.into_iter().enumerate() {
        opened
            .durable
            .take(vec![Entry::Input(input)], None)
            .unwrap();
        if place % 3 == 2 {
            opened.durable.checkpoint().unwrap();
        }
    }
    opened.durable.sync().unwrap();
}

fn instant(text: &str) -> i64 {
    match parse(text) {
        Some(Parsed::Instant(at)) => at,
        _ => panic!("{text}"),
    }
}

fn answered(case: &Case) -> String {
    let folder_ = tempfile::tempdir().unwrap();
    folder(case, folder_.path());
    let question = Question {
        journey: Some(case.journey.to_owned()),
        step: case.step.map(str::to_owned),
        at: case.at.map(instant),
    };
    let answer = why::ask(folder_.path(), case.profile, None, &question);
    let answer = answer.unwrap_or_else(|e| panic!("{}: {e}", case.name));
    assert!(answer.notes.is_empty(), "{:?}", answer.notes);
    why::text::text(&answer)
}

#[test]
fn every_scenario_says_why_and_why_not() {
    for case in &CASES {
        insta::assert_snapshot!(case.name, answered(case));
    }
}
