//! What is known of who people are: whom an identifier names, since when a person is known, and what is left
//! of those who were erased.

use super::PersonNo;
use serde::{Deserialize, Serialize};

/// An identifier: number in `ProfilePlan::identifiers`, value.
pub type Known = (u32, String);

/// (at, id) of an event: which of two people is the earlier.
pub type Born = (i64, String);

/// Whom an identifier names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// of a `unique` one
    One(PersonNo),
    /// of a `shared` one: who has used it, and when last: (at, place in the log)
    Users(Vec<(PersonNo, (i64, u64))>),
    /// more people have used it than may: it names nobody
    Nobody,
}

impl Owner {
    /// The person that is meant: of several, who used it last.
    pub fn person(&self) -> Option<PersonNo> {
        match self {
            Owner::One(who) => Some(*who),
            Owner::Users(users) => users
                .iter()
                .max_by_key(|(_, used)| *used)
                .map(|(who, _)| *who),
            Owner::Nobody => None,
        }
    }

    /// One person has turned out to be another.
    pub fn rename(&mut self, from: PersonNo, to: PersonNo) {
        match self {
            Owner::One(who) if *who == from => *who = to,
            Owner::Users(users) => {
                let Some(place) = users.iter().position(|(who, _)| *who == from) else {
                    return;
                };
                let (_, used) = users.remove(place);
                match users.iter_mut().find(|(who, _)| *who == to) {
                    Some((_, last)) => *last = (*last).max(used),
                    None => users.push((to, used)),
                }
            }
            Owner::One(_) | Owner::Nobody => {}
        }
    }
}

/// The record of an erasure: when, by which request, and how many identifiers name nobody from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    pub at: i64,
    pub request: String,
    pub prints: Vec<u128>,
}
