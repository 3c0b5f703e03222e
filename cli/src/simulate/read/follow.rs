//! `[[simulation.follow]]`: what comes after an event or a send, with which probability and when.

use super::Reader;
use super::toml::{Item, get};
use super::value::Around;
use crate::simulate::model::{After, Delay, Draw, Follow, From, Next, Sent};
use journey_program::types::{EventId, FieldDef};
use std::ops::Range;
use toml::de::DeTable;

const KEYS: [&str; 8] = [
    "after", "event", "share", "one_of", "within", "median", "carry", "fields",
];

impl<'p> Reader<'p> {
    pub(super) fn follows(&mut self, section: &DeTable<'_>) -> Vec<Follow> {
        let Some(item) = get(section, "follow") else {
            return Vec::new();
        };
        let due = "a list of tables, each `[[simulation.follow]]`,";
        let Some(all) = self.problems.list(item, due) else {
            return Vec::new();
        };
        let mut follows = Vec::new();
        for item in all {
            let table = self.problems.table(item);
            follows.extend(table.and_then(|table| self.follow(table, item.span())));
        }
        follows
    }

    fn follow(&mut self, table: &DeTable<'_>, at: Range<usize>) -> Option<Follow> {
        self.problems
            .known_keys(table, &KEYS, "key of `[[simulation.follow]]` called");
        let Some(after) = get(table, "after") else {
            let help = "add `after = \"email.sent\"`, or an event's name";
            self.problems
                .missing(at, "nothing says after what it follows", help);
            return None;
        };
        let after = self.after(after)?;
        let delay = self.delay(table, &at)?;
        let events = match (get(table, "event"), get(table, "one_of")) {
            (Some(event), None) => {
                let Some(share) = get(table, "share") else {
                    let message = "nothing says how often it follows";
                    self.problems.missing(at, message, "add `share = 0.3`");
                    return None;
                };
                let share = self.problems.share(share)?;
                let name = self.problems.text(event)?;
                let id = self.following(name, event, &after)?;
                vec![self.next(id, share, table, &after, event.span())]
            }
            (None, Some(some)) => self.one_of(some, table, &after)?,
            (Some(_), Some(item)) => {
                let message = "`event` and `one_of` exclude each other";
                self.problems.value(item, message, "write one of them");
                return None;
            }
            (None, None) => {
                let help = "add `event = \"email.clicked\"`, or an event's name";
                self.problems.missing(at, "nothing says what follows", help);
                return None;
            }
        };
        Some(Follow {
            after,
            events,
            delay,
        })
    }

    /// `{ "desk.accepted" = 0.4, "desk.declined" = 0.3 }`
    fn one_of(&mut self, item: &Item<'_>, table: &DeTable<'_>, after: &After) -> Option<Vec<Next>> {
        let some = self.problems.table(item)?;
        let mut events = Vec::new();
        let mut sum = 0.0;
        for (key, share) in some {
            let share = self.problems.share(share)?;
            sum += share;
            let name = key.get_ref().as_ref();
            let Some(id) = self.known_following(name, after) else {
                let known = self.following_names(after);
                let what = "event that may follow called";
                self.problems.unknown_key(name, key.span(), &known, what);
                return None;
            };
            events.push(self.next(id, share, table, after, key.span()));
        }
        if sum > 1.0 + 1e-9 {
            let message = format!("at most one of them follows, but the shares add up to {sum}");
            self.problems
                .value(item, message, "let them add up to 1 at most");
            return None;
        }
        Some(events)
    }

    fn next(
        &mut self,
        event: EventId,
        share: f64,
        table: &DeTable<'_>,
        after: &After,
        at: Range<usize>,
    ) -> Next {
        let before = match after {
            After::Event(event) => Some(self.own_fields(*event).1),
            After::Send(_) => None,
        };
        let sent = match after {
            After::Event(event) => self.is_outcome(*event),
            After::Send(_) => true,
        };
        let around = Around {
            before,
            sent,
            event: true,
        };
        let (name, defs) = self.own_fields(event);
        let carried = self.carried(table, defs, before);
        // of an outcome the first field names the send that it answers
        let first = usize::from(self.is_outcome(event));
        let own: Vec<FieldDef> = defs
            .iter()
            .skip(first)
            .filter(|def| !carried.iter().any(|(name, _)| *name == def.name))
            .cloned()
            .collect();
        let given = get(table, "fields").and_then(|item| self.problems.table(item));
        let mut drawn = self.fields(&own, given, around, &(name, at)).into_iter();
        let fields = defs.iter().enumerate().map(|(place, def)| {
            let taken = carried.iter().find(|(name, _)| *name == def.name);
            let from = match taken {
                Some((_, place)) => Some(From::Before(*place)),
                None if place < first => {
                    Some(From::Constant(journey_program::types::Value::Unknown))
                }
                None => None,
            };
            match from {
                Some(from) => Draw { unknown: 0.0, from },
                None => drawn.next().unwrap_or(super::value::constant(
                    journey_program::types::Value::Unknown,
                )),
            }
        });
        Next {
            event,
            share,
            fields: fields.collect(),
        }
    }

    /// `carry = ["cart_id"]`: fields that both events have; name, place in the event before
    fn carried(
        &mut self,
        table: &DeTable<'_>,
        defs: &'p [FieldDef],
        before: Option<&'p [FieldDef]>,
    ) -> Vec<(&'p str, u32)> {
        let Some(item) = get(table, "carry") else {
            return Vec::new();
        };
        let Some(list) = self.problems.list(item, "a list of fields' names") else {
            return Vec::new();
        };
        let mut carried = Vec::new();
        for item in list {
            let Some(name) = self.problems.text(item) else {
                continue;
            };
            let Some(target) = defs.iter().find(|def| def.name == name) else {
                let names: Vec<&str> = defs.iter().map(|def| def.name.as_str()).collect();
                let what = "field of what follows called";
                self.problems.unknown_value(name, item, &names, what);
                continue;
            };
            let before = before.unwrap_or_default();
            let source = (0u32..).zip(before).find(|(_, def)| def.name == name);
            match source {
                Some((place, def)) if def.ty.known().base() == target.ty.known().base() => {
                    carried.push((target.name.as_str(), place));
                }
                Some(_) => {
                    let message = format!("`{name}` has another type in the event before");
                    let help = "say in `fields` how it is drawn";
                    self.problems.value(item, message, help);
                }
                None => {
                    let names: Vec<&str> = before.iter().map(|def| def.name.as_str()).collect();
                    let what = "field of the event before called";
                    self.problems.unknown_value(name, item, &names, what);
                }
            }
        }
        carried
    }

    fn delay(&mut self, table: &DeTable<'_>, at: &Range<usize>) -> Option<Delay> {
        let mut duration = |name: &str| match get(table, name) {
            Some(item) => self.problems.duration(item).map(Some),
            None => Some(None),
        };
        let (within, median) = (duration("within")?, duration("median")?);
        match (median, within) {
            (Some(median), within) => Some(Delay::Median { median, within }),
            (None, Some(within)) => Some(Delay::Within(within)),
            (None, None) => {
                let help = "add `within = \"2 hours\"`, `median = \"20 minutes\"`, or both";
                self.problems
                    .missing(at.clone(), "nothing says how soon it follows", help);
                None
            }
        }
    }

    /// An event's name, `CHANNEL.OUTCOME`, `CHANNEL.sent`, `MESSAGE.sent`, `JOURNEY.STEP.sent`
    fn after(&mut self, item: &Item<'_>) -> Option<After> {
        let name = self.problems.text(item)?;
        let known = self.reported();
        if let Some((_, event)) = known.iter().find(|(known, _)| *known == name) {
            return Some(After::Event(*event));
        }
        let sends = self.sends();
        if let Some((_, sent)) = sends.iter().find(|(known, _)| known == name) {
            return Some(After::Send(sent.clone()));
        }
        let mut names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        names.extend(sends.iter().map(|(name, _)| name.as_str()));
        self.problems
            .unknown_value(name, item, &names, "event or send called");
        None
    }

    /// What may be followed as `X.sent`.
    fn sends(&self) -> Vec<(String, Sent)> {
        let mut found = Vec::new();
        for channel in &self.program.channels {
            let sent = Sent {
                channel: Some(channel.name.clone()),
                ..Sent::default()
            };
            found.push((format!("{}.sent", channel.name), sent));
        }
        for message in &self.program.messages {
            let sent = Sent {
                message: Some(message.clone()),
                ..Sent::default()
            };
            found.push((format!("{message}.sent"), sent));
        }
        for journey in &self.program.journeys {
            for send in &journey.sends {
                let Some(step) = journey.steps.get(send.step.index()) else {
                    continue;
                };
                let sent = Sent {
                    step: Some((journey.name.clone(), step.name.clone())),
                    ..Sent::default()
                };
                found.push((format!("{}.{}.sent", journey.name, step.name), sent));
            }
        }
        found
    }

    /// Events from outside, outcomes among them.
    fn reported(&self) -> Vec<(&'p str, EventId)> {
        self.events(|plan| plan.outcome.is_some() || !plan.name.contains('.'))
    }

    fn is_outcome(&self, event: EventId) -> bool {
        let plan = self.program.events.get(event.index());
        plan.is_some_and(|plan| plan.outcome.is_some())
    }

    fn following(&mut self, name: &str, item: &Item<'_>, after: &After) -> Option<EventId> {
        let found = self.known_following(name, after);
        if found.is_none() {
            let is_there = self.reported().iter().any(|(known, _)| *known == name);
            if is_there {
                let message = format!("`{name}` answers a send, and none comes before it here");
                let help =
                    "let it follow a send, such as `after = \"email.sent\"`, or another answer";
                self.problems.value(item, message, help);
            } else {
                let known = self.following_names(after);
                let what = "event that may follow called";
                self.problems.unknown_value(name, item, &known, what);
            }
        }
        found
    }

    fn known_following(&self, name: &str, after: &After) -> Option<EventId> {
        let all = self.following_events(after);
        all.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, event)| *event)
    }

    fn following_names(&self, after: &After) -> Vec<&'p str> {
        let all = self.following_events(after);
        all.into_iter().map(|(name, _)| name).collect()
    }

    /// Outcomes answer a send, so they follow one, or what followed one.
    fn following_events(&self, after: &After) -> Vec<(&'p str, EventId)> {
        let sent = match after {
            After::Send(_) => true,
            After::Event(event) => self.is_outcome(*event),
        };
        let mut all = self.reported();
        all.retain(|(_, event)| {
            let plan = self.program.events.get(event.index());
            plan.is_some_and(|plan| !plan.broadcast) && (sent || !self.is_outcome(*event))
        });
        all
    }
}
