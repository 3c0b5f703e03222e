//! One endpoint that is dead, and one that is busy, beside one that is well: how long the well one's sends wait,
//! and how often the dead one is bothered. The outbox alone, in simulated time.

use journey_runtime::outbox::bugs::Mistake;
use journey_runtime::outbox::{Class, Decided, Job, Outbox, Outcome, Policy, Step};
use journey_runtime::store::bugs::Bugs;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const SENDS: i64 = 200;
/// A well send is decided so often, and answered after so long.
const EVERY: i64 = 100;
const ANSWER: i64 = 40;
/// Steps in one turn, and how long that takes.
const STEPS: usize = 2;
const TURN: i64 = 5;
const DAY: i64 = 24 * 3_600_000;

/// How long each well send took, and what became of the others.
struct Seen {
    slowest: i64,
    dead: u64,
    most_tries: u32,
    quiet: bool,
}

/// What is wrong, if anything.
pub fn fair(mistake: Option<Mistake>) -> Result<(), String> {
    let bugs = Bugs::sending(mistake);
    let alone = play(bugs, false);
    let beside = play(bugs, true);
    let bound = 2 * alone.slowest + TURN;
    if beside.slowest > bound {
        let (slow, alone) = (beside.slowest, alone.slowest);
        return Err(format!(
            "beside a dead endpoint a send takes {slow} ms, alone {alone} ms"
        ));
    }
    if !beside.quiet {
        return Err("a dead endpoint's sends are never given up".to_owned());
    }
    if beside.most_tries > policy().tries {
        return Err(format!("a send was tried {} times", beside.most_tries));
    }
    // a probe now and then for as long as they are tried, and no storm
    let most = u64::from(policy().tries) * SENDS as u64 / 2 + 100;
    if beside.dead > most {
        return Err(format!(
            "a dead endpoint was called {} times in its first hour",
            beside.dead
        ));
    }
    Ok(())
}

fn policy() -> Policy {
    Policy {
        tries: 12,
        ..Policy::default()
    }
}

fn decide(outbox: &mut Outbox, key: String, channel: &str, at: i64) {
    outbox.decided(Decided {
        key: key.into(),
        channel: channel.into(),
        message: "m".into(),
        purpose: "p".into(),
        of: None,
        class: Class::Always,
        line: "{}".into(),
        at,
    });
}

/// What waits beside.
fn crowd(outbox: &mut Outbox) {
    for n in 0..SENDS {
        decide(outbox, format!("dead{n}"), "a_dead", 0);
        for m in 0..10 {
            decide(outbox, format!("busy{n}-{m}"), "b_busy", 0);
        }
    }
}

fn play(bugs: Bugs, others: bool) -> Seen {
    let mut outbox = Outbox::default();
    let (epoch, at, on) = (1, 0, true);
    let policy = policy();
    outbox.apply(
        &Step::Life {
            epoch,
            at,
            on,
            policy,
        },
        bugs,
    );
    if others {
        crowd(&mut outbox);
    }
    let mut seen = Seen {
        slowest: 0,
        dead: 0,
        most_tries: 0,
        quiet: false,
    };
    let mut tries: BTreeMap<Arc<str>, u32> = BTreeMap::new();
    let mut answers: BTreeMap<i64, VecDeque<Job>> = BTreeMap::new();
    let (mut now, mut decided) = (0, 0);
    while now < 4 * DAY {
        while decided < SENDS && decided * EVERY <= now {
            decide(&mut outbox, decided.to_string(), "well", decided * EVERY);
            decided += 1;
        }
        while let Some(entry) = answers.first_entry() {
            if *entry.key() > now {
                break;
            }
            for job in entry.remove() {
                tell(&mut outbox, &job, now, &mut seen, bugs);
            }
        }
        for _ in 0..STEPS {
            let Some(step) = outbox.choose(now, &|_| Ok(()), bugs) else {
                break;
            };
            if let Some(job) = outbox.apply(&step, bugs) {
                let count = tries.entry(Arc::clone(&job.key)).or_default();
                *count += 1;
                seen.most_tries = seen.most_tries.max(*count);
                seen.dead += u64::from(&*job.channel == "a_dead" && now < 3_600_000);
                let took = if &*job.channel == "a_dead" {
                    2_000
                } else {
                    ANSWER
                };
                answers.entry(now + took).or_default().push_back(job);
            }
        }
        let next = (decided < SENDS).then_some(decided * EVERY);
        let answer = answers.first_key_value().map(|(at, _)| *at);
        let all = [next, answer, outbox.next_due(bugs)];
        match all.into_iter().flatten().min() {
            Some(next) => now = next.max(now + TURN),
            None => break,
        }
    }
    seen.quiet = outbox.is_quiet();
    if outbox.waiting("well") > 0 {
        seen.slowest = i64::MAX / 4;
    }
    seen
}

fn tell(outbox: &mut Outbox, job: &Job, now: i64, seen: &mut Seen, bugs: Bugs) {
    let outcome = if &*job.channel == "a_dead" {
        let (after, why) = (None, "nobody there".to_owned());
        Outcome::NotSent { after, why }
    } else {
        Outcome::Accepted
    };
    if let (true, Ok(number)) = (&*job.channel == "well", job.key.parse::<i64>()) {
        seen.slowest = seen.slowest.max(now - number * EVERY);
    }
    let (key, no, epoch) = (Arc::clone(&job.key), job.no, job.epoch);
    let at = now;
    let step = Step::Result {
        key,
        no,
        epoch,
        at,
        outcome,
    };
    outbox.apply(&step, bugs);
}
