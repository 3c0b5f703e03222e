//! Consent strings as the reference libraries decode them: each entry is a record of the corpus' program, and who may be
//! shown what is counted from the raw entries too. The data lie beside the workspace; where they are absent, it says so.

use journey_cli::compile::{self, Execution};
use journey_cli::project::Project;
use journey_runtime::engine::{Engine, Options};
use journey_runtime::intake::Intake;
use journey_runtime::intake::reader::Reader;
use journey_runtime::run::{self, Terms};
use journey_tests::data::{root, shared};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

fn entries() -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for file in ["consent-strings/tcf.json", "consent-strings/gpp.json"] {
        let json: Value = serde_json::from_slice(&shared(file)?).unwrap();
        all.extend(json["strings"].as_array().unwrap().iter().cloned());
    }
    Some(all)
}

/// Who is in an audience at the end, and how many records were refused.
fn members(entries: &[Value]) -> (BTreeSet<(String, String)>, usize) {
    let path = root().join("tests/corpus/others/consent_strings.journey");
    let project = Project::open(Some(&path)).unwrap();
    let program = project.checked(false).unwrap();
    let plan = Arc::new(compile::plan(&program, &project.sources).unwrap());
    let execution = Execution::native(&plan).unwrap();
    let include = ["audience".to_owned()].into();
    let mut engine = Engine::new(
        Arc::clone(&plan),
        execution.executor(),
        Options {
            include,
            ..Options::default()
        },
    );
    let mut intake = Intake::new(&plan, Some("cmp")).unwrap();
    let input: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    let mut reader = Reader::open(input.as_bytes(), "", intake.format()).unwrap();
    let (mut actions, mut dead) = (Vec::new(), Vec::new());
    let terms = Terms {
        arrived: 1_767_607_200_000,
        until: None,
    };
    run::run(
        &mut engine,
        &mut intake,
        &mut reader,
        terms,
        &mut actions,
        &mut dead,
        &mut |_| {},
    )
    .unwrap();
    let mut inside = BTreeSet::new();
    for line in String::from_utf8(actions).unwrap().lines() {
        let action: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| action[key].as_str().unwrap_or_default().to_owned();
        let member = (text("audience"), text("profile"));
        match text("edge").as_str() {
            "enter" => assert!(inside.insert(member)),
            "leave" => assert!(inside.remove(&member)),
            _ => {}
        }
    }
    let dead = dead
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    (inside, dead.count())
}

#[test]
fn consent_is_what_the_strings_say() {
    let Some(entries) = entries() else {
        return;
    };
    let mut expected = BTreeSet::new();
    let mut refused = 0;
    for entry in &entries {
        let decoded = &entry["decoded"];
        let person = entry["string"].as_str().unwrap().to_owned();
        let has = |list: &str, n: i64| {
            let list = decoded[list].as_array().unwrap();
            list.iter().any(|one| one.as_i64() == Some(n))
        };
        let mut may = |audience: &str, yes: bool| {
            if yes {
                expected.insert((audience.to_owned(), person.clone()));
            }
        };
        if decoded.get("vendorListVersion").is_some() {
            let purposes = [1, 3, 4].into_iter().all(|n| has("purposeConsents", n));
            may("may_see_ads", purposes && has("vendorConsents", 14));
            let either = has("purposeConsents", 7) || has("purposeLegitimateInterests", 7);
            may("may_be_measured", either);
        } else if let Some(section) = decoded.get("usnat") {
            let keys = ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"];
            let none = keys.iter().all(|key| section[key] == 2) && section["Gpc"] == false;
            may("said_yes_to_sale", none);
        } else if let Some(section) = decoded.get("uspv1") {
            may("said_yes_to_sale", section["OptOutSale"] == "N");
        } else {
            refused += 1;
        }
    }
    let (inside, dead) = members(&entries);
    assert_eq!((inside, dead), (expected, refused));
    assert!(refused > 5 && entries.len() == 22);
}
