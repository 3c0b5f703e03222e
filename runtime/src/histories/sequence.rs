//! Sequences: events in, with the instants at which one was followed by another or stayed without it. What a
//! late event may still change is kept apart; once nothing can change a match any more it settles into the
//! history's store like an event of its own, at the instant at which it became true.

use super::Fact;
use crate::scalar::Scalar;
use crate::state::Moment;
use journey_program::plan::SequencePlan;
use serde::{Deserialize, Serialize};

/// First events, and second events, that are kept open for one person; the oldest gives way.
pub const OPEN_MAX: usize = 1000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// in the order of (at, place)
    firsts: Vec<First>,
    /// the same; as long as a late first event may still come before them
    seconds: Vec<Second>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct First {
    at: i64,
    place: u64,
    value: Option<Scalar>,
    /// the key of a history that is kept per value
    key: Option<Scalar>,
    same: Option<Scalar>,
    /// the first event that came after it
    next: Option<(i64, u64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Second {
    at: i64,
    place: u64,
    same: Option<Scalar>,
}

/// A match, with the key of its first event.
pub type Match = (Option<Scalar>, Fact);

impl First {
    fn is_answered_by(&self, plan: &SequencePlan, second: &Second) -> bool {
        let in_time = plan
            .within
            .is_none_or(|within| second.at <= self.at.saturating_add(within));
        let agree = plan.same.is_none() || (self.same.is_some() && self.same == second.same);
        (second.at, second.place) > (self.at, self.place) && in_time && agree
    }

    /// The instant of its match at a moment, or the moment at which it may become one by itself.
    fn matches(&self, plan: &SequencePlan, moment: Moment) -> Result<i64, Moment> {
        match (plan.without, self.next, plan.within) {
            (false, Some((at, _)), _) => Ok(at),
            (false, None, _) | (true, Some(_), _) => Err(Moment::NEVER),
            (true, None, None) => Ok(self.at),
            (true, None, Some(within)) => {
                let at = self.at.saturating_add(within);
                if Moment::after(at) <= moment {
                    Ok(at)
                } else {
                    Err(Moment::after(at))
                }
            }
        }
    }

    /// Whether no event that may still come says otherwise; none is from before `horizon`.
    fn is_over(&self, plan: &SequencePlan, horizon: i64) -> bool {
        let out_of_time = plan
            .within
            .is_some_and(|within| self.at.saturating_add(within) < horizon);
        match (plan.without, self.next) {
            (false, Some((at, _))) => at < horizon || out_of_time,
            (true, Some(_)) => true,
            (_, None) => out_of_time,
        }
    }
}

impl Open {
    pub const fn new() -> Self {
        Self {
            firsts: Vec::new(),
            seconds: Vec::new(),
        }
    }

    /// Takes a first event in. True: another was dropped to make room.
    pub fn first(
        &mut self,
        plan: &SequencePlan,
        fact: &Fact,
        key: Option<Scalar>,
        same: Option<Scalar>,
    ) -> bool {
        let mut first = First {
            at: fact.at,
            place: fact.place,
            value: fact.value.clone(),
            key,
            same,
            next: None,
        };
        let next = self
            .seconds
            .iter()
            .find(|second| first.is_answered_by(plan, second));
        first.next = next.map(|second| (second.at, second.place));
        let order = (first.at, first.place);
        let after = self
            .firsts
            .partition_point(|other| (other.at, other.place) <= order);
        self.firsts.insert(after, first);
        make_room(&mut self.firsts)
    }

    /// Takes a second event in. True: another was dropped to make room.
    pub fn second(
        &mut self,
        plan: &SequencePlan,
        at: i64,
        place: u64,
        same: Option<Scalar>,
    ) -> bool {
        let second = Second { at, place, same };
        for first in &mut self.firsts {
            let earlier = first.next.is_none_or(|next| (at, place) < next);
            if earlier && first.is_answered_by(plan, &second) {
                first.next = Some((at, place));
            }
        }
        let after = self
            .seconds
            .partition_point(|other| (other.at, other.place) <= (at, place));
        self.seconds.insert(after, second);
        make_room(&mut self.seconds)
    }

    /// Takes in what is open of another: firsts of one side may be answered by seconds of the other. How much was
    /// dropped to make room.
    pub fn unite(&mut self, plan: &SequencePlan, other: Open) -> u64 {
        self.firsts.extend(other.firsts);
        self.firsts.sort_by_key(|first| (first.at, first.place));
        self.seconds.extend(other.seconds);
        self.seconds.sort_by_key(|second| (second.at, second.place));
        for first in &mut self.firsts {
            let answers = self.seconds.iter();
            let mut answers = answers.filter(|second| first.is_answered_by(plan, second));
            let new = answers.next().map(|second| (second.at, second.place));
            first.next = [first.next, new].into_iter().flatten().min();
        }
        let mut dropped = 0;
        while make_room(&mut self.firsts) || make_room(&mut self.seconds) {
            dropped += 1;
        }
        dropped
    }

    /// The matches that nothing can change any more, in their order; they are here no longer.
    pub fn settle(&mut self, plan: &SequencePlan, moment: Moment) -> Vec<Match> {
        let horizon = moment.at().saturating_sub(plan.lateness);
        self.seconds.retain(|second| second.at >= horizon);
        let over = |first: &First| first.is_over(plan, horizon);
        let settled: Vec<First> = self.firsts.extract_if(.., |first| over(first)).collect();
        in_order(settled.iter(), plan, moment)
    }

    /// The matches at a moment that may still change, in their order, and when time alone makes another.
    pub fn matches(&self, plan: &SequencePlan, moment: Moment) -> (Vec<Match>, Moment) {
        let changes = self
            .firsts
            .iter()
            .filter_map(|first| first.matches(plan, moment).err());
        let change = changes.min().unwrap_or(Moment::NEVER);
        (in_order(self.firsts.iter(), plan, moment), change)
    }

    /// What waits for the other event of its match: when it came, and what both agree in.
    pub fn instants(&self) -> impl Iterator<Item = (i64, Option<String>)> {
        let firsts = self.firsts.iter().map(|first| (first.at, &first.same));
        let seconds = self.seconds.iter().map(|second| (second.at, &second.same));
        let all = firsts.chain(seconds);
        all.map(|(at, same)| (at, same.as_ref().map(Scalar::text)))
    }

    pub fn keys(&self) -> impl Iterator<Item = &Scalar> {
        self.firsts.iter().filter_map(|first| first.key.as_ref())
    }
}

/// Matches go by their instant, those of one instant by the place of their first event.
fn in_order<'f>(
    firsts: impl Iterator<Item = &'f First>,
    plan: &SequencePlan,
    moment: Moment,
) -> Vec<Match> {
    let mut found: Vec<Match> = firsts
        .filter_map(|first| {
            let fact = Fact {
                at: first.matches(plan, moment).ok()?,
                place: first.place,
                value: first.value.clone(),
            };
            Some((first.key.clone(), fact))
        })
        .collect();
    found.sort_by_key(|(_, fact)| (fact.at, fact.place));
    found
}

fn make_room<T>(kept: &mut Vec<T>) -> bool {
    let full = kept.len() > OPEN_MAX;
    if full {
        kept.remove(0);
    }
    full
}
