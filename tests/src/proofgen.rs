//! Small programs over small domains, for the proofs: their predicates at random, all their persons (or as many
//! as fit), and persons as inputs of an engine, so that what a proof says can be held against what happens.

pub mod branches;
pub mod hours;
pub mod journeys;
pub mod matches;
pub mod persons;
mod predicates;
pub mod pressure;

use crate::irgen::Rng;
pub use predicates::Predicates;

/// The instant at which everybody is looked at, 2026-03-18T12:00:00Z: a Wednesday in the middle of its month.
pub const NOW: i64 = 1_773_835_200_000;
pub const DAY: i64 = 86_400_000;

/// What every generated program declares; predicates use some of it.
pub const HEAD: &str = r#"
enum tier { none, silver, gold }
event done { k: int in 0..2, b: bool }
event signup { }
broadcast opened { area: text }
profile {
    tier: tier = none
    n: int in 0..4
    m: int
    vip: bool = false
    asked: bool?
    city: text = ""
    opt: int?
    num: number
    total: money<EUR> = 0 EUR
    born: date?
    seen: time?
    let dones = count done
    let twice = n * 2
    let share = m div n
    let mean = total / n
    let part = m / 4
}
identity { user_id unique }
purpose marketing { consent opt_in granted by signup for email }
channel email { to user_id deliver none }
channel sms { to user_id deliver none }
fn larger(a: int, b: int) -> int = if a > b then a else b
"#;

/// The fields that persons differ in, by their place in the profile.
pub const FIELDS: [&str; 11] = [
    "tier", "n", "m", "vip", "asked", "city", "opt", "num", "total", "born", "seen",
];

/// A generated program: its text, and the fields and deeds that its predicates read.
#[derive(Clone, Debug)]
pub struct Small {
    pub text: String,
    pub fields: Vec<usize>,
    pub deeds: bool,
    pub consent: bool,
    /// what happened to everybody: a person of a proof's own can't have it otherwise
    pub broadcasts: bool,
    pub audiences: usize,
}

/// A program whose every choice follows from the seed.
pub fn small(seed: u64) -> Small {
    let mut rng = Rng::new(seed);
    let mut fields: Vec<usize> = (0..FIELDS.len()).collect();
    while fields.len() > 3 {
        let out = rng.below(fields.len());
        fields.remove(out);
    }
    let deeds = rng.chance(60);
    let consent = rng.chance(15);
    let broadcasts = rng.chance(10);
    let audiences = 3;
    let mut text = HEAD.to_owned();
    for number in 0..audiences {
        let mut predicates = Predicates {
            rng: &mut rng,
            fields: &fields,
            deeds,
            consent,
            broadcasts,
            before: number,
        };
        let depth = 1 + predicates.rng.below(3);
        let predicate = predicates.bool(depth);
        text.push_str(&format!("audience a{number} = {predicate}\n"));
    }
    Small {
        text,
        fields,
        deeds,
        consent,
        broadcasts,
        audiences,
    }
}
