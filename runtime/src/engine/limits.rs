//! Limits: how many sends there may be. A limit counts what was sent and what is planned, in every
//! window of its length that holds the planned instant, before or after it; windows are closed.
//! What counts over all people has its places in one table, given out in the order of the log.

use super::Engine;
use super::passing::Counted;
use crate::scalar::Scalar;
use crate::state::{Granted, Instance, PersonNo, Place, Sent};
use journey_program::civil::Zone;
use journey_program::plan::{LimitPlan, LimitWindow};
use journey_program::record;
use journey_program::types::{ChannelId, PurposeId};

/// How often a planned instant is moved, by hours and by limits that wait, before it is given up.
const MOVES_MAX: usize = 256;

/// So long a send is kept for the limits of a later version.
const LATER_LIMITS_MS: i64 = 400 * 86_400_000;

/// Periods of the calendar that a place is looked for in.
const PERIODS_MAX: usize = 400;

/// Why limits refuse a send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limited {
    /// it counts over all people
    pub(super) overall: bool,
    /// its number; None: hours and limits never agreed
    pub(super) limit: Option<u32>,
}

impl Engine {
    /// The first instant from now on at which hours and limits let a send go; an error where a limit refuses
    /// it. `overall`: those over all people are asked too.
    pub(super) fn planned(
        &self,
        who: PersonNo,
        counted: Counted,
        overall: bool,
    ) -> Result<i64, Limited> {
        let mut at = self.clock_ms();
        for _ in 0..MOVES_MAX {
            let open = self.open_from(who, counted.channel, counted.purpose, at);
            at = self.limited(who, counted, open, overall)?;
            if at == open {
                return Ok(at);
            }
        }
        Err(Limited {
            overall: false,
            limit: None,
        })
    }

    /// This instant if all limits allow it, else the first that the one which waits for its turn does.
    fn limited(
        &self,
        who: PersonNo,
        counted: Counted,
        at: i64,
        overall: bool,
    ) -> Result<i64, Limited> {
        for (number, limit) in self.limits_of(counted) {
            if limit.overall && !overall {
                continue;
            }
            let others = self.others(who, number, limit);
            let zone = self.zone_of_limit(who, limit);
            if !allows(limit, zone, &others, at) {
                let next = next_allowed(limit, zone, &others, at).filter(|_| limit.wait);
                return next.ok_or(Limited {
                    overall: limit.overall,
                    limit: Some(number),
                });
            }
        }
        Ok(at)
    }

    fn limits_of(&self, counted: Counted) -> impl Iterator<Item = (u32, &LimitPlan)> {
        let tags = self.tags(counted.message);
        self.index
            .limits
            .iter()
            .zip(0u32..)
            .filter(move |(limit, _)| limit.concerns(counted.channel, counted.purpose, tags))
            .map(|(limit, number)| (number, limit))
    }

    fn tags(&self, message: u32) -> &[u32] {
        let tags = self.program.message_tags.get(message as usize);
        tags.map_or(&[], Vec::as_slice)
    }

    /// The instants of the sends that a limit counts already.
    fn others(&self, who: PersonNo, number: u32, limit: &LimitPlan) -> Vec<i64> {
        if limit.overall {
            let granted = self.state.overall.get(&(number, self.group(who, limit)));
            return granted.map_or_else(Vec::new, |all| all.iter().map(|one| one.at).collect());
        }
        let Some(person) = self.person(who) else {
            return Vec::new();
        };
        let concerned = person
            .sends
            .iter()
            .filter(|sent| limit.concerns(sent.channel, sent.purpose, self.tags(sent.message)));
        concerned.map(|sent| sent.at).collect()
    }

    /// What a limit counts: the person's own sends, or, over all people, when they were.
    pub(super) fn counted_by(
        &self,
        who: PersonNo,
        number: u32,
        limit: &LimitPlan,
    ) -> Vec<(i64, Option<Sent>)> {
        if limit.overall {
            let all = self.others(who, number, limit);
            return all.into_iter().map(|at| (at, None)).collect();
        }
        let sends = self.person(who).map_or(&[][..], |person| &person.sends);
        let concerned = sends
            .iter()
            .filter(|sent| limit.concerns(sent.channel, sent.purpose, self.tags(sent.message)));
        concerned.map(|sent| (sent.at, Some(*sent))).collect()
    }

    /// The value by which people are counted apart.
    fn group(&self, who: PersonNo, limit: &LimitPlan) -> Option<Scalar> {
        let field = limit.per?;
        let record = self.program.profile.record.index();
        let slot = self
            .program
            .layouts
            .get(record)?
            .fields
            .get(field as usize)?;
        let ty = &self
            .program
            .records
            .get(record)?
            .fields
            .get(field as usize)?
            .ty;
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let value = record::read_field(&types, &self.person(who)?.block, 0, slot, ty);
        Scalar::of(&value)
    }

    /// What is civil counts in the person's zone, over all people in the channel's or the project's.
    fn zone_of_limit(&self, who: PersonNo, limit: &LimitPlan) -> &'static Zone {
        if !limit.overall {
            return self.zone_of(who);
        }
        let named = limit.zone.as_deref().and_then(Zone::named);
        named.unwrap_or(self.zone)
    }

    /// A send that limits count from now on; those that no window can reach are forgotten. `overall`: also
    /// by the limits over all people.
    pub(super) fn count_send(&mut self, who: PersonNo, sent: Sent, overall: bool) {
        let oldest = self.clock_ms().saturating_sub(self.limits_remember());
        if overall {
            let counted = Counted {
                channel: sent.channel,
                purpose: sent.purpose,
                message: sent.message,
            };
            let places: Vec<(u32, Option<Scalar>)> = self
                .limits_of(counted)
                .filter(|(_, limit)| limit.overall)
                .map(|(number, limit)| (number, self.group(who, limit)))
                .collect();
            for place in places {
                let granted = self.state.overall.entry(place).or_default();
                granted.retain(|one| one.at >= oldest);
                granted.push(Granted {
                    at: sent.at,
                    planned: sent.planned,
                });
            }
        }
        if let Some(person) = self.person_mut(who) {
            person.sends.retain(|sent| sent.at >= oldest);
            person.sends.push(sent);
        }
    }

    /// How long a send may be counted: a later version may have other limits.
    fn limits_remember(&self) -> i64 {
        self.index.limit_ms.max(LATER_LIMITS_MS)
    }

    /// A limit over all people that no older version has had counts what people's own records hold.
    pub(super) fn count_anew(&mut self, is_new: impl Fn(u32) -> bool) {
        let limits = self.index.limits.clone();
        let new = limits.iter().zip(0u32..);
        for (limit, number) in new.filter(|(limit, number)| limit.overall && is_new(*number)) {
            for who in (0..self.state.people.len()).map(|no| PersonNo(super::index::number(no))) {
                let Some(person) = self.person(who).filter(|person| person.is_there()) else {
                    continue;
                };
                let held = |no: Option<u64>| {
                    let mut instances = person.instances.values();
                    let held = |i: &Instance| matches!(i.place, Place::Held { .. });
                    no.is_some_and(|no| instances.find(|i| i.no == no).is_some_and(|i| held(i)))
                };
                let sends = person.sends.iter().filter(|sent| {
                    limit.concerns(sent.channel, sent.purpose, self.tags(sent.message))
                        && !held(sent.planned)
                });
                let granted = sends.map(|sent| Granted {
                    at: sent.at,
                    planned: sent.planned,
                });
                let granted: Vec<Granted> = granted.collect();
                if granted.is_empty() {
                    continue;
                }
                let place = (number, self.group(who, limit));
                self.state.overall.entry(place).or_default().extend(granted);
            }
        }
    }

    /// The place of a planned send is free again; its channel.
    pub(super) fn give_back(&mut self, who: PersonNo, instance: u64) -> Option<ChannelId> {
        let held = Some(instance);
        if self.index.limits.iter().any(|limit| limit.overall) {
            for granted in self.state.overall.values_mut() {
                granted.retain(|one| one.planned != held);
            }
        }
        let person = self.person_mut(who)?;
        let place = person.sends.iter().position(|sent| sent.planned == held)?;
        Some(person.sends.remove(place).channel)
    }

    /// A planned send moves, and its place with it; its channel.
    pub(super) fn move_place(&mut self, who: PersonNo, instance: u64, to: i64) -> ChannelId {
        let held = Some(instance);
        let sends = self.person_mut(who).map(|person| person.sends.iter_mut());
        let sent = sends.and_then(|mut sends| sends.find(|sent| sent.planned == held));
        sent.map_or_else(ChannelId::default, |sent| {
            sent.at = to;
            sent.channel
        })
    }
}

pub(super) fn concerns(purposes: &[PurposeId], purpose: PurposeId) -> bool {
    purposes.is_empty() || purposes.contains(&purpose)
}

/// The period of the calendar around an instant.
fn period(window: LimitWindow, zone: &Zone, at: i64) -> Option<(i64, i64)> {
    match window {
        LimitWindow::Rolling(_) => None,
        LimitWindow::Day => zone.day_bounds(at),
        LimitWindow::Week => zone.week_bounds(at),
        LimitWindow::Month => zone.month_bounds(at),
    }
}

fn allows(limit: &LimitPlan, zone: &Zone, others: &[i64], at: i64) -> bool {
    let most = usize::try_from(limit.count).unwrap_or(usize::MAX);
    if let LimitWindow::Rolling(span) = limit.window {
        return rolling(most, span, others, at);
    }
    let Some((from, to)) = period(limit.window, zone, at) else {
        return false;
    };
    others
        .iter()
        .filter(|other| **other >= from && **other < to)
        .count()
        < most
}

/// The first later instant that the limit allows: right after one of the others has left the window, or at
/// the beginning of a period.
fn next_allowed(limit: &LimitPlan, zone: &Zone, others: &[i64], at: i64) -> Option<i64> {
    if let LimitWindow::Rolling(span) = limit.window {
        let mut later: Vec<i64> = others
            .iter()
            .map(|other| other.saturating_add(span).saturating_add(1))
            .filter(|next| *next > at)
            .collect();
        later.sort_unstable();
        return later
            .into_iter()
            .find(|next| allows(limit, zone, others, *next));
    }
    let mut next = at;
    for _ in 0..PERIODS_MAX {
        next = period(limit.window, zone, next)?.1;
        if allows(limit, zone, others, next) {
            return Some(next);
        }
    }
    None
}

/// No closed window of this length that holds `at` may have more than `most`, `at` included.
fn rolling(most: usize, span: i64, others: &[i64], at: i64) -> bool {
    let mut all = others.to_vec();
    all.push(at);
    all.sort_unstable();
    let begins = all
        .iter()
        .filter(|from| **from <= at && at <= from.saturating_add(span));
    begins.into_iter().all(|from| {
        let end = from.saturating_add(span);
        all.iter()
            .filter(|other| **other >= *from && **other <= end)
            .count()
            <= most
    })
}
