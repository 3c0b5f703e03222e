//! Limits of the model, by counting all sends that were ever made or planned; and holds, when they let go.

use super::actions;
use super::person::{Reservation, Waiting};
use super::{Edges, Model};
use journey_compiler::hir::{Channel, Limit, Message};
use journey_program::chance;
use journey_program::civil::Zone;
use journey_program::plan::{HoldPlan, LimitWindow};
use journey_program::types::Value;

impl<'p> Model<'p> {
    /// The channels' limits in order, then the program's.
    pub(super) fn limits(&self) -> Vec<&'p Limit> {
        let own = self.program.channels.iter().flat_map(|c| &c.limits);
        own.chain(&self.program.limits).collect()
    }

    /// When it would go, by hours and limits; an error where one of them refuses it.
    pub(super) fn planned(
        &self,
        who: usize,
        channel: &Channel,
        number: u32,
        message: &Message,
        overall: bool,
    ) -> Result<i64, &'static str> {
        let mut at = self.clock;
        'moved: for _ in 0..256 {
            at = self.first_open(who, channel, message, at);
            for (place, limit) in self.limits().into_iter().enumerate() {
                let concerned = counts(limit, number, message.purpose.0, &message.tags);
                if !concerned || limit.overall && !overall {
                    continue;
                }
                let (zone, others) = (
                    self.zone_of_cap(who, limit),
                    self.counted(who, place, limit),
                );
                if fits(limit, zone, &others, at) {
                    continue;
                }
                let refusal = if limit.overall {
                    "overall_limit"
                } else {
                    "limit"
                };
                if !limit.wait {
                    return Err(refusal);
                }
                at = next_fit(limit, zone, &others, at).ok_or(refusal)?;
                continue 'moved;
            }
            return Ok(at);
        }
        Err("limit")
    }

    fn zone_of_cap(&self, who: usize, limit: &Limit) -> &'static Zone {
        let named = limit.zone.as_deref().and_then(Zone::named);
        match limit.overall {
            false => self.zone_of(who),
            true => named
                .or_else(|| Zone::named(&self.program.timezone))
                .unwrap_or_else(Zone::utc),
        }
    }

    /// The instants that a limit counts, for this person or for all.
    fn counted(&self, who: usize, place: usize, limit: &Limit) -> Vec<i64> {
        if limit.overall {
            let mine = (place, self.value_of(who, limit));
            let all = self.people.iter().flat_map(|person| &person.sent);
            return all
                .filter(|r| r.overall.contains(&mine))
                .map(|r| r.at)
                .collect();
        }
        let own = self.people.get(who).map_or(&[][..], |p| &p.sent);
        own.iter()
            .filter(|r| counts(limit, r.channel, r.purpose, &r.tags))
            .map(|r| r.at)
            .collect()
    }

    pub(super) fn value_of(&self, who: usize, limit: &Limit) -> Value {
        let field = limit.per.and_then(|field| {
            let known = self.known(who)?;
            known.fields.get(field as usize).cloned()
        });
        field.unwrap_or(Value::Unknown)
    }

    pub(super) fn reserve(
        &mut self,
        who: usize,
        channel: u32,
        message: &Message,
        at: i64,
        send: &str,
        granted: bool,
    ) {
        let mut overall = Vec::new();
        for (place, limit) in self.limits().into_iter().enumerate() {
            let concerned = counts(limit, channel, message.purpose.0, &message.tags);
            if granted && limit.overall && concerned {
                overall.push((place, self.value_of(who, limit)));
            }
        }
        let send = send.to_owned();
        if let Some(person) = self.people.get_mut(who) {
            person.sent.push(Reservation {
                channel,
                purpose: message.purpose.0,
                message: message.name.clone(),
                tags: message.tags.clone(),
                at,
                send,
                granted,
                overall,
            });
        }
    }

    /// A hold has ended: its send is dropped if it is too old, or has its turn.
    pub(super) fn let_go(&mut self, who: usize, index: usize, edges: &Edges) {
        let waiting = self.instance(who, index).and_then(|i| i.waiting.clone());
        let Some(Waiting::Held { send, .. }) = waiting else {
            return;
        };
        let message = self.program.messages.get(send.message.index());
        let purpose = message.and_then(|m| self.program.purposes.get(m.purpose.index()));
        let Some(hold) = purpose.and_then(|p| p.hold) else {
            return;
        };
        if edges.contains(&(hold.audience, false)) {
            self.end_hold(who, index, Some(hold));
        }
    }

    /// None: another version has no such hold.
    pub(super) fn end_hold(&mut self, who: usize, index: usize, hold: Option<HoldPlan>) {
        let waiting = self.instance(who, index).and_then(|i| i.waiting.clone());
        let Some(Waiting::Held {
            send,
            planned,
            channel,
        }) = waiting
        else {
            return;
        };
        let message = self.program.messages.get(send.message.index());
        let definition = self.program.channels.get(channel as usize);
        let Some(message) = message else {
            return;
        };
        let id = self.send_key(who, index, send);
        let drop = hold.and_then(|hold| hold.drop);
        if drop.is_some_and(|after| self.clock - planned > after) {
            self.forget_reservation(who, index);
            if let Some(instance) = self.instance_mut(who, index) {
                instance.waiting = None;
            }
            self.skip(who, index, send, message, channel, "held");
            self.run(who, index, None);
            return;
        }
        let share = u128::from(chance::lot(&id, "spread", ""));
        let spread = hold.and_then(|hold| hold.spread).unwrap_or(0);
        let spread = u128::from(spread.unsigned_abs());
        let due = self.clock + ((share * spread) >> 64) as i64;
        if let Some(person) = self.people.get_mut(who) {
            for reservation in person.sent.iter_mut().filter(|r| r.send == id) {
                reservation.at = due;
                reservation.granted = true;
            }
        }
        if let Some(definition) = definition.filter(|_| due > self.clock) {
            let line = self.about(send, message, definition);
            let line = line("postpone").text("until", &actions::instant(due));
            self.say_of(who, index, line);
        }
        if let Some(instance) = self.instance_mut(who, index) {
            instance.waiting = Some(Waiting::Release { send, due, channel });
        }
    }
}

pub(super) fn counts(limit: &Limit, channel: u32, purpose: u32, tags: &[u32]) -> bool {
    let by = limit.channels.is_empty() || limit.channels.iter().any(|c| c.0 == channel);
    let why = limit.purposes.is_empty() || limit.purposes.iter().any(|p| p.0 == purpose);
    let what = limit.tags.is_empty() || limit.tags.iter().any(|t| tags.contains(t));
    by && why && what
}

/// Whether one more at an instant keeps every window of the limit's length within its count.
fn fits(limit: &Limit, zone: &Zone, others: &[i64], at: i64) -> bool {
    let all: Vec<i64> = others.iter().copied().chain([at]).collect();
    let most = limit.count as usize;
    let inside = |from: i64, to: i64| all.iter().filter(|x| from <= **x && **x <= to).count();
    match limit.window {
        // a window that begins at any of the sends and holds the new one
        LimitWindow::Rolling(length) => all
            .iter()
            .filter(|from| **from <= at && at <= **from + length)
            .all(|from| inside(*from, *from + length) <= most),
        LimitWindow::Day | LimitWindow::Week | LimitWindow::Month => {
            bounds(limit, zone, at).is_some_and(|(from, to)| inside(from, to - 1) <= most)
        }
    }
}

fn bounds(limit: &Limit, zone: &Zone, at: i64) -> Option<(i64, i64)> {
    match limit.window {
        LimitWindow::Rolling(_) => None,
        LimitWindow::Day => zone.day_bounds(at),
        LimitWindow::Week => zone.week_bounds(at),
        LimitWindow::Month => zone.month_bounds(at),
    }
}

/// The next instant that fits: a window may open only right after a send has left it, or as a period begins.
fn next_fit(limit: &Limit, zone: &Zone, others: &[i64], at: i64) -> Option<i64> {
    let mut candidates = Vec::new();
    if let LimitWindow::Rolling(length) = limit.window {
        candidates.extend(others.iter().map(|other| other + length + 1));
    }
    let mut from = at;
    while let Some((_, to)) = bounds(limit, zone, from)
        && candidates.len() < 400
    {
        candidates.push(to);
        from = to;
    }
    candidates.retain(|candidate| *candidate > at);
    candidates.sort_unstable();
    let fit = |candidate: &i64| fits(limit, zone, others, *candidate);
    candidates.into_iter().find(fit)
}
