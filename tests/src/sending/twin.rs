//! The providers' twin: what arrives, what they remember, what they answer. It lives on when the process dies,
//! and what it has taken is the truth that the outbox is held against.

use crate::irgen::Rng;
use journey_runtime::outbox::{Job, Outcome, Policy};
use std::collections::BTreeMap;

/// The receiver of the channel `drops` knows a key for so long, and the one of `asks` needs so long to know it.
pub const REMEMBERS: i64 = 600_000;
pub const LAG: i64 = 3_000;

/// What will come of a call.
#[derive(Debug, Default)]
pub struct Call {
    /// when the receiver takes it
    pub taken: Option<i64>,
    /// when who called learns what; None: never
    pub told: Option<(i64, Outcome)>,
}

#[derive(Debug, Default)]
pub struct Twin {
    /// what a person has got, by key
    pub effects: BTreeMap<String, Vec<i64>>,
    /// when a key was first taken
    first: BTreeMap<String, i64>,
    /// of 100 calls so many go wrong, by channel
    trouble: BTreeMap<String, usize>,
    /// everything goes well from then on
    pub heals: i64,
}

impl Twin {
    pub fn new(rng: &mut Rng, channels: &[&str], began: i64) -> Self {
        let trouble = channels.iter().map(|name| {
            let trouble = rng.pick(&[0, 30, 60, 90, 97]);
            ((*name).to_owned(), trouble)
        });
        Self {
            trouble: trouble.collect(),
            heals: began + 60_000 * (1 + rng.below(25) as i64),
            ..Self::default()
        }
    }

    pub fn call(&mut self, rng: &mut Rng, job: &Job, now: i64, policy: &Policy) -> Call {
        let trouble = self.trouble.get(&*job.channel).copied().unwrap_or(0);
        let well = now >= self.heals || !rng.chance(trouble);
        let soon = now + 1 + rng.below(2_000) as i64;
        if job.ask {
            return self.asked(rng, job, (now, soon), well);
        }
        if &*job.channel == "gone" && now < self.heals {
            let why = "gone".to_owned();
            return told(None, soon, Outcome::Gone { why });
        }
        if well {
            return told(Some(soon), soon + 20, Outcome::Accepted);
        }
        let deadline = now + policy.deadline;
        let late = now + rng.below(policy.deadline as usize - 1) as i64;
        let doubtful = || Outcome::Doubtful {
            after: None,
            why: "doubt".to_owned(),
        };
        let not_sent = |after| Outcome::NotSent {
            after,
            why: "not sent".to_owned(),
        };
        match rng.below(10) {
            // taken, and the connection is cut at once
            0 | 1 => told(Some(soon), soon, doubtful()),
            // taken as late as can be
            2 => told(Some(late), deadline, doubtful()),
            3 | 4 => told(None, soon, doubtful()),
            5 => told(None, deadline, doubtful()),
            6 => told(None, soon, not_sent(None)),
            7 => {
                let after = rng.pick(&[1_000, 7_000, i64::MAX, -5, 1_000_000_000_000]);
                told(None, soon, not_sent(Some(after)))
            }
            // whoever waited for the answer is gone
            8 => Call {
                taken: rng.chance(50).then_some(soon),
                told: None,
            },
            // and here they wake up when nobody believes them any more
            _ => {
                let outcome = rng.pick(&[Outcome::Accepted, not_sent(None), doubtful()]);
                let taken = (outcome == Outcome::Accepted).then_some(soon);
                let after = policy.deadline * 2 + rng.below(90_000) as i64;
                told(taken, now + after, outcome)
            }
        }
    }

    fn asked(&self, rng: &mut Rng, job: &Job, (now, soon): (i64, i64), well: bool) -> Call {
        if !well && rng.chance(50) {
            let (after, why) = (None, "doubt".to_owned());
            return told(None, soon, Outcome::Doubtful { after, why });
        }
        let known = self.first.get(&*job.key).is_some_and(|at| at + LAG <= now);
        let outcome = if known {
            Outcome::Accepted
        } else {
            Outcome::Absent
        };
        told(None, soon, outcome)
    }

    /// Whether a call that begins now may arrive when its key is known no more.
    pub fn may_be_forgotten(&self, job: &Job, now: i64, policy: &Policy) -> bool {
        let first = self.first.get(&*job.key);
        &*job.channel == "drops"
            && first.is_some_and(|first| now + policy.deadline > first + REMEMBERS)
    }

    /// A call arrives.
    pub fn take(&mut self, channel: &str, key: &str, now: i64) {
        let first = self.first.get(key).copied();
        if channel == "drops" && first.is_some_and(|first| now < first + REMEMBERS) {
            return;
        }
        if first.is_none() || channel == "drops" {
            self.first.insert(key.to_owned(), now);
        }
        self.effects.entry(key.to_owned()).or_default().push(now);
    }
}

fn told(taken: Option<i64>, at: i64, outcome: Outcome) -> Call {
    Call {
        taken,
        told: Some((at, outcome)),
    }
}
