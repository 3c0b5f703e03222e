//! Persons of the small domains: all of them, and as inputs of an engine.

use super::{DAY, FIELDS, NOW, Small};
use crate::irgen::Rng;
use journey_compiler::proofs::person::Person;
use journey_program::types::{ChannelId, Currency, EnumId, EventId, PurposeId, Value};
use journey_runtime::input::{ConsentInput, EventInput, Input, ProfileInput};

/// One deed: its age, its fields.
pub type Done = (i64, i64, bool);

/// A person as the enumeration has it.
#[derive(Clone, Debug, Default)]
pub struct Soul {
    /// values by profile field; the rest have the first of their domain
    pub fields: Vec<(u32, Value)>,
    pub deeds: Vec<Done>,
    pub consents: Vec<(PurposeId, ChannelId)>,
}

/// The values that the enumeration tries of a field.
pub fn domain(field: usize) -> Vec<Value> {
    let ints = |of: &[i64]| of.iter().map(|n| Value::Int(*n)).collect();
    match field {
        0 => (0..3).map(|at| Value::Enum(EnumId(0), at)).collect(),
        1 => ints(&[0, 1, 2, 3, 4]),
        2 => ints(&[0, -1, 1, 2, 3, 5, i64::MAX, i64::MIN]),
        3 => vec![Value::Bool(false), Value::Bool(true)],
        4 => vec![Value::Unknown, Value::Bool(false), Value::Bool(true)],
        5 => ["", "a", "aa", "ab", "b", "bab", "Z"]
            .iter()
            .map(|text| Value::Text((*text).to_owned()))
            .collect(),
        6 => {
            let mut all = vec![Value::Unknown];
            all.extend((0..4).map(Value::Int));
            all
        }
        7 => [0.0, 0.25, 0.5, 1.0, 1.25, 1.5, -3.0, 0.75, f64::MAX]
            .iter()
            .map(|n| Value::Number(*n))
            .collect(),
        8 => {
            let minor = [0, 1, 2, 100, 149, 150, 200, 201, 250, -100, i64::MAX];
            let money = |n: &i64| Value::Money(*n, Currency(*b"EUR"));
            minor.iter().map(money).collect()
        }
        9 => {
            let today = NOW / DAY;
            let ago = [0, 20, 21, 46, 47, 49, 59, 60, 77, 80, -3];
            let dates = ago.iter().map(|days| Value::Date(today - days));
            [Value::Unknown].into_iter().chain(dates).collect()
        }
        _ => {
            let ago = [0, 27, 28, 29, 30, 31, 45, 59, 60, 62];
            let times = ago.iter().map(|days| Value::Time(NOW - days * DAY));
            [Value::Unknown].into_iter().chain(times).collect()
        }
    }
}

/// At most so many of a program's persons are tried.
const SOULS_MAX: usize = 300;

/// The persons of a program: all, or as many at random as are tried.
pub fn souls(small: &Small, rng: &mut Rng) -> Vec<Soul> {
    let domains: Vec<Vec<Value>> = small.fields.iter().map(|field| domain(*field)).collect();
    let deeds = if small.deeds {
        pasts(rng)
    } else {
        vec![Vec::new()]
    };
    let consents = if small.consent { 4 } else { 1 };
    let combinations = domains.iter().map(Vec::len).product::<usize>() * deeds.len() * consents;
    let make = |mut at: usize| {
        let mut take = |of: usize| {
            let place = at % of;
            at /= of;
            place
        };
        let granted = take(consents);
        let past = deeds[take(deeds.len())].clone();
        let fields = small.fields.iter().zip(&domains);
        Soul {
            fields: fields
                .map(|(field, domain)| (*field as u32, domain[take(domain.len())].clone()))
                .collect(),
            deeds: past,
            consents: (0..2)
                .filter(|channel| granted & (1 << channel) != 0)
                .map(|channel| (PurposeId(0), ChannelId(channel)))
                .collect(),
        }
    };
    if combinations <= SOULS_MAX {
        (0..combinations).map(make).collect()
    } else {
        (0..SOULS_MAX)
            .map(|_| make(rng.below(combinations)))
            .collect()
    }
}

/// Some pasts: nothing, each deed alone, some together.
fn pasts(rng: &mut Rng) -> Vec<Vec<Done>> {
    let mut all = vec![Vec::new()];
    let one = |rng: &mut Rng| {
        let age = rng.pick(&[DAY / 2, 2 * DAY, 6 * DAY, 15 * DAY]);
        (age, rng.pick(&[0, 1, 2]), rng.chance(50))
    };
    for _ in 0..8 {
        all.push(vec![one(rng)]);
    }
    for size in [2, 2, 2, 3, 3, 4] {
        all.push((0..size).map(|_| one(rng)).collect());
    }
    all
}

/// The person of a proof's answer. None: with more deeds than are played, or at another instant.
pub fn soul_of(person: &Person) -> Option<Soul> {
    // values of histories that no deed bears
    let loose = person.aggregates.len() > person.borne;
    let elsewhen = person.now.is_some_and(|now| now != NOW) || person.today.is_some();
    if elsewhen || loose {
        return None;
    }
    let mut soul = Soul::default();
    for (path, value) in &person.profile {
        if let [field] = path.as_slice() {
            soul.fields.push((*field, value.clone()));
        }
    }
    for ((purpose, channel), granted) in &person.consents {
        if *granted {
            soul.consents.push((*purpose, *channel));
        }
    }
    for deed in &person.deeds {
        let k = match deed.fields.get(&vec![4]) {
            Some(Value::Int(k)) => *k,
            _ => 0,
        };
        let b = matches!(deed.fields.get(&vec![5]), Some(Value::Bool(true)));
        if deed.how_many > 40 {
            return None;
        }
        for _ in 0..deed.how_many {
            soul.deeds.push((deed.age_ms, k, b));
        }
    }
    Some(soul)
}

/// The inputs of many persons, in the order of time: `p0`, `p1`, …
pub fn inputs(souls: &[Soul], done: EventId, opened: Option<EventId>) -> Vec<Input> {
    let mut all = Vec::new();
    let areas = [("a", 6), ("a", 1), ("b", 5), ("bab", 0), ("a", 0)];
    for (at, (area, days)) in areas.iter().enumerate() {
        all.extend(opened.map(|event| {
            Input::Event(EventInput {
                event,
                id: format!("opened {at}"),
                at: NOW - days * DAY,
                source: String::new(),
                ids: Vec::new(),
                fields: vec![Value::Text((*area).to_owned())],
            })
        }));
    }
    for (number, soul) in souls.iter().enumerate() {
        let ids = vec![(0, format!("p{number}"))];
        let mut writes: Vec<(u32, Value)> = (0..FIELDS.len())
            .map(|f| (f as u32, domain(f)[0].clone()))
            .collect();
        for (field, value) in &soul.fields {
            if let Some(slot) = writes.get_mut(*field as usize) {
                slot.1 = value.clone();
            }
        }
        all.push(Input::Profile(ProfileInput {
            id: format!("profile {number}"),
            at: NOW - 500 * DAY,
            source: String::new(),
            ids: ids.clone(),
            writes,
        }));
        for (purpose, channel) in &soul.consents {
            all.push(Input::Consent(ConsentInput {
                id: format!("consent {number} {}", channel.0),
                at: NOW - 499 * DAY,
                ids: ids.clone(),
                granted: true,
                purpose: *purpose,
                channels: vec![*channel],
            }));
        }
        for (place, (age, k, b)) in soul.deeds.iter().enumerate() {
            all.push(Input::Event(EventInput {
                event: done,
                id: format!("done {number} {place}"),
                at: NOW - age,
                source: String::new(),
                ids: ids.clone(),
                fields: vec![Value::Int(*k), Value::Bool(*b)],
            }));
        }
    }
    all.sort_by_key(Input::at);
    all.push(Input::Clock(NOW));
    all
}
