//! Proofs against brute force: generated programs over small domains, all their persons through the engine and
//! the reference interpreter. No "never" that a person refutes, every counterexample does what it says.
//! `JOURNEY_PROOFS` and `JOURNEY_SEED` make a campaign of it.

#[path = "proofs/runs.rs"]
mod runs;

use journey_cli::compile::{self, Execution};
use journey_compiler::db::Database;
use journey_compiler::load::{File, lone_file};
use journey_compiler::proofs::Verdict;
use journey_compiler::proofs::audiences::{both, one_not_other, who};
use journey_compiler::proofs::bounds::{life, messages};
use journey_compiler::proofs::reads::Reads;
use journey_compiler::proofs::stats::stats;
use journey_compiler::{check, checked};
use journey_program::types::EventId;
use journey_runtime::actions::ActionKind;
use journey_runtime::engine::{Engine, Options};
use journey_tests::irgen::Rng;
use journey_tests::proofgen::journeys::{Events, course, limited, pokes, walks};
use journey_tests::proofgen::persons::{Soul, inputs, soul_of, souls};
use journey_tests::proofgen::{DAY, NOW, small};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(otherwise)
}

/// What a question was, and what a person must then be in (true) or out of.
struct Claim {
    what: String,
    verdict: Verdict,
    /// a person that answers the question is in these and not in those
    means: Vec<(usize, bool)>,
}

#[derive(Default)]
struct Total {
    counts: BTreeMap<&'static str, u64>,
    failures: Vec<String>,
}

impl Total {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }
}

/// Who is in which audience at the end.
fn members(
    execution: &Execution,
    souls: &[Soul],
    done: EventId,
    opened: Option<EventId>,
) -> Vec<BTreeSet<String>> {
    let options = Options {
        include: ["audience".to_owned()].into(),
        ..Options::default()
    };
    let mut engine = Engine::new(execution.plan.clone(), execution.executor(), options);
    for input in inputs(souls, done, opened) {
        engine.input(input);
    }
    let mut members = vec![BTreeSet::new(); souls.len()];
    for action in engine.take_actions() {
        if let ActionKind::Audience { audience, entering } = action.kind {
            let person: usize = action.profile[1..].parse().unwrap();
            if entering {
                members[person].insert(audience.to_string());
            } else {
                members[person].remove(&*audience);
            }
        }
    }
    members
}

fn claims(reads: &Reads<'_>, program: &journey_compiler::hir::Program) -> Vec<Claim> {
    let number = |name: &str| name[1..].parse().unwrap();
    let mut claims = Vec::new();
    let all = &program.audiences;
    for audience in all {
        let me: usize = number(&audience.name);
        for truth in [true, false] {
            claims.push(Claim {
                what: format!("{} is {truth}", audience.name),
                verdict: who(reads, &audience.predicate, truth),
                means: vec![(me, truth)],
            });
        }
        for other in all.iter().filter(|other| other.name != audience.name) {
            let it: usize = number(&other.name);
            claims.push(Claim {
                what: format!("{} and not {}", audience.name, other.name),
                verdict: one_not_other(reads, &audience.predicate, &other.predicate),
                means: vec![(me, true), (it, false)],
            });
            claims.push(Claim {
                what: format!("{} and {}", audience.name, other.name),
                verdict: both(reads, &audience.predicate, &other.predicate),
                means: vec![(me, true), (it, true)],
            });
        }
    }
    claims
}

fn one(seed: u64, total: &Mutex<Total>) {
    let small = small(seed);
    let Some(ready) = ready_or_said(&small.text, seed, total) else {
        return;
    };
    let program = &ready.program;
    let reads = Reads {
        db: &ready.db,
        workspace: ready.workspace,
    };
    let claims = claims(&reads, program);
    let mut people = souls(&small, &mut Rng::new(seed ^ 0x5eed));
    let enumerated = people.len();
    let mut shown: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, claim) in claims.iter().enumerate() {
        if let Verdict::For(person) = &claim.verdict
            && !small.broadcasts
            && let Some(soul) = soul_of(person)
        {
            shown.insert(at, people.len());
            people.push(soul);
        }
    }
    let opened = small.broadcasts.then(|| ready.event("opened"));
    let members = members(&ready.execution, &people, ready.event("done"), opened);
    let fits = |person: usize, claim: &Claim| {
        let inside = |audience: &usize| members[person].contains(&format!("a{audience}"));
        claim
            .means
            .iter()
            .all(|(audience, due)| inside(audience) == *due)
    };
    let mut total = total.lock().unwrap();
    for (at, claim) in claims.iter().enumerate() {
        let mut wrong = |what: String| {
            let failure = format!(
                "JOURNEY_PROOFS=1 JOURNEY_SEED={seed}: {}: {what}",
                claim.what
            );
            total.failures.push(format!(
                "{failure}\n{}",
                &small.text[journey_tests::proofgen::HEAD.len()..]
            ));
        };
        match &claim.verdict {
            Verdict::Never => {
                if let Some(found) = (0..enumerated).find(|person| fits(*person, claim)) {
                    wrong(format!("proved impossible, but {:?}", people[found]));
                }
                total.count("never");
            }
            Verdict::For(person) => match shown.get(&at) {
                Some(shown) if !fits(*shown, claim) => {
                    wrong(format!("{} does not: {:?}", person.said(), people[*shown]));
                }
                Some(_) => total.count("replayed"),
                None => total.count("too long to replay"),
            },
            Verdict::Perhaps(_) => total.count("perhaps"),
            Verdict::NotDecided => total.count("not decided"),
        }
    }
    total.count("programs");
}

/// Every program by a number, two at a time.
fn campaign(programs: u64, first: u64, one: impl Fn(u64, &Mutex<Total>) + Sync) -> Total {
    let total = Mutex::new(Total::default());
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= programs {
                        break;
                    }
                    one(first + at, &total);
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    println!("{:?}", total.counts);
    let shown: Vec<_> = total.failures.iter().take(5).cloned().collect();
    assert!(
        total.failures.is_empty(),
        "{} failures\n{}",
        total.failures.len(),
        shown.join("\n\n")
    );
    total
}

/// A checked program, ready to run; what is wrong with it otherwise.
struct Ready {
    db: Database,
    workspace: journey_compiler::Workspace,
    program: Arc<journey_compiler::hir::Program>,
    execution: Execution,
}

fn ready(text: &str) -> Result<Ready, String> {
    let db = Database::default();
    let workspace = lone_file(&db, File::new("main.journey", text.as_bytes()));
    let Some(program) = checked(&db, workspace) else {
        let problems = check(&db, workspace);
        let said: Vec<_> = problems
            .iter()
            .map(|p| format!("{} {}", p.code, p.message))
            .collect();
        return Err(format!("{said:?}\n{text}"));
    };
    let sources = [("main.journey".to_owned(), text.to_owned())].into();
    let plan = Arc::new(compile::plan(&program, &sources).unwrap());
    let execution = Execution::interpreter(&plan);
    Ok(Ready {
        db,
        workspace,
        program,
        execution,
    })
}

/// The program of a seed; where it does not check, that is a failure of the campaign.
fn ready_or_said(text: &str, seed: u64, total: &Mutex<Total>) -> Option<Ready> {
    let failure = match ready(text) {
        Ok(ready) => return Some(ready),
        Err(problem) => format!("{seed}: {problem}"),
    };
    total.lock().unwrap().failures.push(failure);
    None
}

impl Ready {
    fn event(&self, name: &str) -> EventId {
        let place = self.program.events.iter().position(|e| e.name == name);
        EventId::new(place.unwrap())
    }

    fn played(
        &self,
        inputs: Vec<journey_runtime::input::Input>,
    ) -> Vec<journey_runtime::actions::Action> {
        let plan = self.execution.plan.clone();
        let mut engine = Engine::new(plan, self.execution.executor(), Options::default());
        for input in inputs {
            engine.input(input);
        }
        engine.take_actions()
    }
}

/// One journey, all its paths: no instance sends more or lives longer than its bounds say, and where it has
/// neither loops nor exits, one sends as much.
fn bounded(seed: u64, total: &Mutex<Total>) {
    let course = course(seed);
    let Some(ready) = ready_or_said(&course.text, seed, total) else {
        return;
    };
    let reads = Reads {
        db: &ready.db,
        workspace: ready.workspace,
    };
    let journey = &ready.program.journeys[0];
    let most = messages(&reads, journey).bounded();
    let longest = life(&reads, journey).bounded();
    let events = Events {
        go: ready.event("go"),
        poke: ready.event("poke"),
        quit: ready.event("quit"),
    };
    let inputs = walks(&course, events, &mut Rng::new(seed));
    let mut sent: BTreeMap<String, u64> = BTreeMap::new();
    let mut lived: i64 = 0;
    for action in ready.played(inputs) {
        match action.kind {
            ActionKind::Send { .. } => *sent.entry(action.profile.to_string()).or_default() += 1,
            ActionKind::End { .. } | ActionKind::Exit { .. } => lived = lived.max(action.at - NOW),
            _ => {}
        }
    }
    let done = sent.values().copied().max().unwrap_or_default();
    let mut total = total.lock().unwrap();
    let mut wrong = |what: String| {
        let failure = format!(
            "JOURNEY_PROOFS=1 JOURNEY_SEED={seed}: {what}\n{}",
            course.text
        );
        total.failures.push(failure);
    };
    match (most, longest) {
        (Some(most), _) if done > most => wrong(format!("sends {done}, the bound is {most}")),
        (Some(most), _) if course.reached && done < most => {
            wrong(format!("sends {done} at most, the bound is {most}"));
        }
        (Some(_), Some(longest)) if u64::try_from(lived).unwrap() > longest => {
            wrong(format!("lives {lived} ms, the bound is {longest}"));
        }
        (Some(_), Some(_)) => {}
        _ => wrong("a bound is missing".to_owned()),
    }
    total.count("journeys");
    if course.reached {
        total.count("bounds reached");
    }
}

/// Journeys under limits: no calendar day and no week brings a person more than is said.
fn limited_days(seed: u64, total: &Mutex<Total>) {
    let text = limited(seed);
    let Some(ready) = ready_or_said(&text, seed, total) else {
        return;
    };
    let stats = stats(&ready.db, ready.workspace);
    let actions = ready.played(pokes(ready.event("poke"), &mut Rng::new(seed)));
    let mut days: BTreeMap<(String, i64), u64> = BTreeMap::new();
    for action in actions {
        if let ActionKind::Send { of, .. } = action.kind {
            let day = action.at.div_euclid(DAY);
            *days.entry((of.journey.to_string(), day)).or_default() += 1;
            *days.entry((String::new(), day)).or_default() += 1;
        }
    }
    let most = |name: &str, length: i64| {
        let of = |from: i64| -> u64 {
            let inside = |d: &i64| (from..from + length).contains(d);
            let found = days.iter().filter(|((n, d), _)| n == name && inside(d));
            found.map(|(_, count)| count).sum()
        };
        days.keys()
            .map(|(_, day)| of(*day))
            .max()
            .unwrap_or_default()
    };
    let mut total = total.lock().unwrap();
    let person = stats.person.unwrap();
    let mut claims = vec![(
        String::new(),
        person.messages_per_day,
        person.messages_per_week,
    )];
    for journey in stats.journeys {
        let (day, week) = (journey.messages_per_day, journey.messages_per_week);
        claims.push((journey.journey, day, week));
    }
    for (name, day, week) in claims {
        for (bound, length) in [(day, 1), (week, 7)] {
            let done = most(&name, length);
            match bound.bounded() {
                Some(bound) if done > bound => total.failures.push(format!(
                    "JOURNEY_SEED={seed}: `{name}` sends {done} in {length} days, bound {bound}\n{text}"
                )),
                Some(_) => total.count("bounded"),
                None => total.count("unbounded"),
            }
        }
    }
}

#[test]
fn bounds_against_runs() {
    let programs = number("JOURNEY_PROOFS", 60);
    let first = number("JOURNEY_SEED", 1);
    let total = campaign(programs, first, bounded);
    assert!(total.counts.get("bounds reached") > Some(&0));
    let total = campaign(programs, first, limited_days);
    assert!(total.counts.get("bounded") > Some(&0));
}

#[test]
fn audiences_against_brute_force() {
    let programs = number("JOURNEY_PROOFS", 60);
    let first = number("JOURNEY_SEED", 1);
    let total = campaign(programs, first, one);
    let of = |what| total.counts.get(what).copied().unwrap_or_default();
    // generated predicates are stranger than what people write: the corpus has one in twenty open at most
    let decided = of("never") + of("replayed") + of("too long to replay");
    let open = of("perhaps") + of("not decided");
    assert!(of("never") > 0 && of("replayed") > 0);
    assert!(
        open * 10 <= decided + open,
        "{open} of {} open",
        decided + open
    );
}
