//! Deadlines, limits, matches and branches, each against all that happens: a person for each half hour of a week,
//! a crowd under pressure, every value, every soul.

use super::{Total, campaign, number, ready, ready_or_said};
use journey_compiler::check;
use journey_compiler::db::Database;
use journey_compiler::load::{File, lone_file};
use journey_compiler::proofs::stats::stats;
use journey_runtime::actions::ActionKind;
use journey_runtime::input::{EventInput, Input};
use journey_tests::irgen::Rng;
use journey_tests::proofgen::branches::branched;
use journey_tests::proofgen::hours::{arrivals, timed};
use journey_tests::proofgen::matches::matched;
use journey_tests::proofgen::persons::{inputs, souls};
use journey_tests::proofgen::pressure::{crowd, pressed};
use journey_tests::proofgen::{DAY, HEAD, NOW};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// Where a code is raised: the text there.
fn raised(text: &str, codes: &[&str]) -> Vec<(String, std::ops::Range<usize>)> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("main.journey", text.as_bytes()));
    check(&db, workspace)
        .into_iter()
        .filter(|problem| codes.contains(&problem.code))
        .map(|problem| {
            let (from, to) = (problem.at.start as usize, problem.at.end as usize);
            (text[from..to].to_owned(), from..to)
        })
        .collect()
}

/// No send is skipped as expired but those of which it is said, and those are.
fn deadlines(seed: u64, total: &Mutex<Total>) {
    let timed = timed(seed);
    // what never opens is an error of its own
    if !raised(&timed.text, &["never-open"]).is_empty() {
        return;
    }
    let Some(ready) = ready_or_said(&timed.text, seed, total) else {
        return;
    };
    let step = |text: &str| {
        text.split_whitespace()
            .nth(1)
            .unwrap_or_default()
            .to_owned()
    };
    let said: BTreeSet<String> = raised(&timed.text, &["send-past-deadline"])
        .iter()
        .map(|(text, _)| step(text))
        .collect();
    let inputs = arrivals(ready.event("go"), ready.event("poke"), &mut Rng::new(seed));
    let mut expired = BTreeSet::new();
    let mut reached = BTreeSet::new();
    for action in ready.played(inputs) {
        match action.kind {
            ActionKind::Skip { step, reason, .. } => {
                reached.insert(step.to_string());
                if reason == "expired" {
                    expired.insert(step.to_string());
                }
            }
            ActionKind::Send { send, .. } => {
                reached.insert(send.step.to_string());
            }
            _ => {}
        }
    }
    let mut total = total.lock().unwrap();
    let missed: Vec<_> = expired.difference(&said).collect();
    // the first send is reached as it is said; a later one also where one before it was skipped, which nobody's is
    let first = |step: &&String| **step == "s1" && reached.contains(*step);
    let invented: Vec<_> = said.difference(&expired).filter(first).collect();
    if !missed.is_empty() || (timed.exact && !invented.is_empty()) {
        total.failures.push(format!(
            "JOURNEY_PROOFS=1 JOURNEY_SEED={seed}: expired unsaid {missed:?}, said in vain {invented:?}\n{}",
            timed.text
        ));
    }
    for _ in &said {
        total.count("past their deadline");
    }
    for _ in reached.difference(&said) {
        total.count("in time");
    }
}

/// No day, week, instance brings more and no instance lives longer than is said, whatever holds messages back.
fn pressure(seed: u64, total: &Mutex<Total>) {
    let text = pressed(seed);
    let Some(ready) = ready_or_said(&text, seed, total) else {
        return;
    };
    let stats = stats(&ready.db, ready.workspace);
    let inputs = crowd(
        ready.event("poke"),
        ready.event("quit"),
        &mut Rng::new(seed),
    );
    let mut days: BTreeMap<(String, String, i64), u64> = BTreeMap::new();
    let mut alive: BTreeMap<(String, String), (i64, u64)> = BTreeMap::new();
    let mut lived: BTreeMap<String, (i64, u64)> = BTreeMap::new();
    for action in ready.played(inputs) {
        let who = action.profile.to_string();
        match action.kind {
            ActionKind::Enter(of) => {
                alive.insert((of.journey.to_string(), who), (action.at, 0));
            }
            ActionKind::Send { of, send } => {
                let day = action.at.div_euclid(DAY);
                let journey = of.journey.to_string();
                *days.entry((journey.clone(), who.clone(), day)).or_default() += 1;
                *days.entry((String::new(), who.clone(), day)).or_default() += 1;
                // what was held on the way out is not of the instance that has begun since
                let own = &*send.step != "out";
                if let Some(instance) = alive.get_mut(&(journey, who)).filter(|_| own) {
                    instance.1 += 1;
                }
            }
            ActionKind::End { of, .. } | ActionKind::Exit { of, .. } => {
                let journey = of.journey.to_string();
                if let Some((from, sent)) = alive.remove(&(journey.clone(), who)) {
                    let most = lived.entry(journey).or_default();
                    *most = (most.0.max(action.at - from), most.1.max(sent));
                }
            }
            _ => {}
        }
    }
    let most = |name: &str, length: i64| -> u64 {
        let of = |who: &str, from: i64| -> u64 {
            let inside = |d: i64| (from..from + length).contains(&d);
            let found = days
                .iter()
                .filter(|((n, w, d), _)| n == name && w == who && inside(*d));
            found.map(|(_, count)| count).sum()
        };
        days.keys()
            .map(|(_, who, day)| of(who, *day))
            .max()
            .unwrap_or_default()
    };
    let mut claims = Vec::new();
    let person = stats.person.unwrap();
    claims.push((
        "a person's day".to_owned(),
        person.messages_per_day,
        most("", 1),
    ));
    claims.push((
        "a person's week".to_owned(),
        person.messages_per_week,
        most("", 7),
    ));
    for journey in stats.journeys {
        let name = &journey.journey;
        let (long, sent) = lived.get(name).copied().unwrap_or_default();
        claims.push((
            format!("{name} a day"),
            journey.messages_per_day,
            most(name, 1),
        ));
        claims.push((
            format!("{name} a week"),
            journey.messages_per_week,
            most(name, 7),
        ));
        claims.push((format!("{name} an instance"), journey.messages, sent));
        let long = u64::try_from(long).unwrap();
        claims.push((format!("{name} alive"), journey.life_ms, long));
    }
    let mut total = total.lock().unwrap();
    for (what, bound, done) in claims {
        match bound.bounded() {
            Some(bound) if done > bound => total.failures.push(format!(
                "JOURNEY_PROOFS=1 JOURNEY_SEED={seed}: {what}: {done}, the bound is {bound}\n{text}"
            )),
            Some(bound) if done == bound => total.count("reached"),
            Some(_) => total.count("bounded"),
            None => total.count("unbounded"),
        }
    }
}

/// A `match` is refused where a value has no arm, and nowhere else.
fn matches(seed: u64, total: &Mutex<Total>) {
    let matched = matched(seed);
    let open = !raised(&matched.text, &["match-not-exhaustive"]).is_empty();
    let other = ready(&matched.text).err().filter(|_| matched.full);
    let mut total = total.lock().unwrap();
    total.count(if matched.full {
        "exhaustive"
    } else {
        "not exhaustive"
    });
    if open == matched.full || other.is_some() {
        total.failures.push(format!(
            "JOURNEY_PROOFS=1 JOURNEY_SEED={seed}: said open: {open}, full: {}, {other:?}\n{}",
            matched.full, matched.text
        ));
    }
}

/// Nobody comes behind a condition that is proved never to hold, or past one that is proved always to.
fn branches(seed: u64, total: &Mutex<Total>) {
    let branched = branched(seed);
    let text = &branched.small.text;
    let Some(ready) = ready_or_said(text, seed, total) else {
        return;
    };
    let codes = ["never-holds", "swallowed-branch"];
    let mut dead: BTreeSet<String> = BTreeSet::new();
    for (words, range) in raised(text, &codes) {
        if let Some(reason) = words.strip_prefix("end ") {
            dead.insert(reason.trim().to_owned());
        }
        let behind = branched.conditions.iter().filter(|(of, _)| *of == range);
        dead.extend(behind.map(|(_, reason)| reason.clone()));
    }
    let people = souls(&branched.small, &mut Rng::new(seed ^ 0x5eed));
    let mut all = inputs(&people, ready.event("done"), None);
    let look = ready.event("look");
    let last = all.pop();
    for person in 0..people.len() {
        all.push(Input::Event(EventInput {
            event: look,
            id: format!("look {person}"),
            at: NOW,
            source: String::new(),
            ids: vec![(0, format!("p{person}"))],
            fields: Vec::new(),
        }));
    }
    all.extend(last);
    let mut reached: BTreeMap<String, String> = BTreeMap::new();
    for action in ready.played(all) {
        if let ActionKind::End {
            reason: Some(reason),
            ..
        } = action.kind
        {
            reached
                .entry(reason.to_string())
                .or_insert(action.profile.to_string());
        }
    }
    let mut total = total.lock().unwrap();
    for reason in &dead {
        total.count("branches that nobody takes");
        if let Some(who) = reached.get(reason) {
            let soul = who[1..].parse::<usize>().map(|at| people[at].clone());
            total.failures.push(format!(
                "JOURNEY_PROOFS=1 JOURNEY_SEED={seed}: {reason} is proved dead, but {soul:?}\n{}",
                &text[HEAD.len()..]
            ));
        }
    }
    for _ in reached {
        total.count("branches that somebody takes");
    }
}

/// One program in so many of the campaign's is held against its runs: some take many people.
fn held(share: u64, one: impl Fn(u64, &Mutex<Total>) + Sync, due: &[&str]) {
    let programs = number("JOURNEY_PROOFS", 40 * share.min(4)).div_ceil(share);
    let total = campaign(programs, number("JOURNEY_SEED", 1), one);
    for what in due {
        assert!(programs < 10 || total.counts.get(what) > Some(&0), "{what}");
    }
}

#[test]
fn deadlines_against_every_half_hour() {
    held(20, deadlines, &["past their deadline", "in time"]);
}

#[test]
fn limits_holds_and_lives_against_a_crowd() {
    held(4, pressure, &["reached", "bounded", "unbounded"]);
}

#[test]
fn matches_against_their_values() {
    held(1, matches, &["exhaustive", "not exhaustive"]);
}

#[test]
fn branches_against_every_soul() {
    held(
        4,
        branches,
        &["branches that nobody takes", "branches that somebody takes"],
    );
}
