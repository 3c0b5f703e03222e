//! Which number of the older version is which of the newer one, by asking for the name each time; and values told
//! again in the newer version's types.

use crate::model::person::Reservation;
use journey_compiler::hir::{Journey, Limit, Program, Step, StepKind};
use journey_program::types::{DecisionId, EventId, OfferId, RecordId, Type, Value};
use std::collections::BTreeMap;

pub(super) struct Names<'p> {
    pub(super) old: &'p Program,
    pub(super) new: &'p Program,
}

/// The place of what has the name that this number has in the other list.
fn same<T>(old: &[T], number: u32, new: &[T], name: impl Fn(&T) -> &str) -> Option<u32> {
    let name_of = name(old.get(number as usize)?);
    let place = new.iter().position(|other| name(other) == name_of)?;
    Some(place as u32)
}

impl<'p> Names<'p> {
    pub(super) fn between(old: &'p Program, new: &'p Program) -> Self {
        Self { old, new }
    }

    pub(super) fn identifier(&self, number: u32) -> Option<u32> {
        let (old, new) = (&self.old.profile, &self.new.profile);
        same(&old.identifiers, number, &new.identifiers, |i| &i.0)
    }

    pub(super) fn purpose(&self, number: u32) -> Option<u32> {
        same(&self.old.purposes, number, &self.new.purposes, |p| &p.name)
    }

    pub(super) fn channel(&self, number: u32) -> Option<u32> {
        same(&self.old.channels, number, &self.new.channels, |c| &c.name)
    }

    pub(super) fn audience(&self, number: u32) -> Option<u32> {
        let (old, new) = (&self.old.audiences, &self.new.audiences);
        same(old, number, new, |a| &a.name)
    }

    pub(super) fn event(&self, event: EventId) -> Option<EventId> {
        let (old, new) = (&self.old.events, &self.new.events);
        same(old, event.0, new, |e| &e.name).map(EventId)
    }

    pub(super) fn offer(&self, offer: OfferId) -> Option<OfferId> {
        same(&self.old.offers, offer.0, &self.new.offers, |o| &o.name).map(OfferId)
    }

    pub(super) fn decision(&self, decision: DecisionId) -> Option<DecisionId> {
        let (old, new) = (&self.old.decisions, &self.new.decisions);
        same(old, decision.0, new, |d| &d.name).map(DecisionId)
    }

    /// A field of the profile.
    pub(super) fn field(&self, number: u32) -> Option<u32> {
        let of = |program: &'p Program| {
            let record = program.records.get(program.profile.record.index());
            record.map_or(&[][..], |record| &record.fields)
        };
        same(of(self.old), number, of(self.new), |field| &field.name)
    }

    /// Where those go on who are in a journey: in what is kept of it, else in the one of the same name.
    pub(super) fn journey_of(&self, old: &Journey) -> Option<&'p Journey> {
        let find = |name: &str| self.new.journeys.iter().find(|new| new.name == name);
        if old.name.contains('@') {
            return find(&old.name);
        }
        let kept = format!("{}@{}", old.name, self.old.version);
        find(&kept).or_else(|| find(&old.name))
    }

    /// Arms that were drawn, by journey and split; the newest version's word counts for those who enter now.
    pub(super) fn arms(&self, drawn: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        let mut old: Vec<&Journey> = self.old.journeys.iter().collect();
        // those of older versions first, so that a later word takes their place
        old.sort_by_key(|journey| !journey.name.contains('@'));
        for journey in old {
            for (split, arms) in splits(&journey.steps) {
                let Some(arm) = drawn.get(&format!("{}.{split}", journey.name)) else {
                    continue;
                };
                let newest = super::own(journey);
                let newest = self.new.journeys.iter().find(|new| new.name == newest);
                for new in [newest, self.journey_of(journey)].into_iter().flatten() {
                    let mut others = splits(&new.steps).into_iter();
                    let Some((_, others)) = others.find(|(other, _)| *other == split) else {
                        continue;
                    };
                    let place = arms.get(*arm);
                    let place = others.iter().position(|other| Some(other) == place);
                    if let Some(place) = place {
                        all.insert(format!("{}.{split}", new.name), place);
                    }
                }
            }
        }
        all
    }

    /// What a send takes under the limits: its message's tags are the newer version's.
    pub(super) fn reservation(&self, sent: Reservation) -> Option<Reservation> {
        let message = self.new.messages.iter().find(|m| m.name == sent.message);
        let (old, new) = (limits(self.old), limits(self.new));
        let overall = sent.overall.iter().filter_map(|(place, value)| {
            let words = old.get(*place)?;
            let place = new.iter().position(|other| other == words)?;
            let limit = all_limits(self.new).nth(place)?;
            let due = limit.per.and_then(|field| {
                let record = self.new.records.get(self.new.profile.record.index())?;
                Some(record.fields.get(field as usize)?.ty.clone())
            });
            let value = due.and_then(|due| self.value(value, &due));
            Some((place, value.unwrap_or(Value::Unknown)))
        });
        Some(Reservation {
            channel: self.channel(sent.channel)?,
            purpose: self.purpose(sent.purpose)?,
            tags: message.map_or_else(Vec::new, |message| message.tags.clone()),
            overall: overall.collect(),
            ..sent
        })
    }

    // ── values ──────────────────────────────────────────────────────────────────────────────────

    /// The profile's fields; what can't be carried has its default.
    pub(super) fn fields(&self, fields: &[Value]) -> Vec<Value> {
        let (old, new) = (self.old.profile.record, self.new.profile.record);
        let carried = self.fields_of(old, fields, new).into_iter();
        carried
            .map(|value| value.unwrap_or(Value::Unknown))
            .collect()
    }

    /// Fields of a record by their names; None: such a field is new, and has no default.
    pub(super) fn fields_of(
        &self,
        from: RecordId,
        values: &[Value],
        to: RecordId,
    ) -> Vec<Option<Value>> {
        let of = |program: &'p Program, record: RecordId| {
            let record = program.records.get(record.index());
            record.map_or(&[][..], |record| &record.fields)
        };
        let old = of(self.old, from);
        let carried = of(self.new, to).iter().map(|field| {
            let place = old.iter().position(|other| other.name == field.name);
            let value = place.and_then(|place| self.value(values.get(place)?, &field.ty));
            let optional = matches!(field.ty, Type::Optional(_)).then_some(Value::Unknown);
            value.or_else(|| field.default.clone()).or(optional)
        });
        carried.collect()
    }

    pub(super) fn record(
        &self,
        from: RecordId,
        values: &[Value],
        to: RecordId,
    ) -> Option<Vec<Value>> {
        self.fields_of(from, values, to).into_iter().collect()
    }

    /// The record of an event, whatever its type is called now.
    pub(super) fn event_value(&self, value: &Value) -> Option<Value> {
        let Value::Record(from, values) = value else {
            return None;
        };
        let event = self.old.events.iter().find(|event| event.record == *from)?;
        let event = self.new.events.iter().find(|new| new.name == event.name)?;
        Some(Value::Record(
            event.record,
            self.record(*from, values, event.record)?,
        ))
    }

    /// A value where one of a type is due. None: it has no place there.
    pub(super) fn value(&self, value: &Value, due: &Type) -> Option<Value> {
        let (optional, due) = match due {
            Type::Optional(inner) => (true, &**inner),
            other => (false, other),
        };
        let fits = match (value, due) {
            (Value::Unknown, _) => optional,
            (Value::Enum(id, place), Type::Enum(to) | Type::Offer(to)) => {
                let name = self
                    .old
                    .enums
                    .get(id.index())?
                    .values
                    .get(*place as usize)?;
                let values = &self.new.enums.get(to.index())?.values;
                let place = values.iter().position(|value| value == name)?;
                return Some(Value::Enum(*to, place as u32));
            }
            (Value::Record(from, values), due) => {
                let to = due.record()?;
                return Some(Value::Record(to, self.record(*from, values, to)?));
            }
            (Value::List(items), Type::List(due)) => {
                let items = items.iter().map(|item| self.value(item, due));
                return Some(Value::List(items.collect::<Option<_>>()?));
            }
            (Value::Int(n), Type::IntIn(low, high)) => low <= n && n <= high,
            (Value::Number(n), Type::NumberIn(low, high)) => {
                f64::from_bits(*low) <= *n && *n <= f64::from_bits(*high)
            }
            (Value::Money(_, currency), Type::Money(due)) => currency == due,
            (Value::Int(_), Type::Int)
            | (Value::Number(_), Type::Number)
            | (Value::Bool(_), Type::Bool)
            | (Value::Text(_), Type::Text)
            | (Value::Time(_), Type::Time)
            | (Value::Date(_), Type::Date)
            | (Value::Clock(_), Type::Clock)
            | (Value::Duration(_), Type::Duration)
            | (Value::Span(_), Type::Span)
            | (Value::Timezone(_), Type::Timezone) => true,
            _ => false,
        };
        fits.then(|| value.clone())
    }
}

fn all_limits(program: &Program) -> impl Iterator<Item = &Limit> {
    let own = program.channels.iter().flat_map(|channel| &channel.limits);
    own.chain(&program.limits)
}

/// All limits in order: whose each is, and what it says but how many, and what happens to what is too much; of
/// two alike which comes first.
pub(super) fn limits(program: &Program) -> Vec<String> {
    let whose = program
        .channels
        .iter()
        .flat_map(|channel| channel.limits.iter().map(|_| channel.name.as_str()))
        .chain(program.limits.iter().map(|_| ""));
    let mut all: Vec<String> = Vec::new();
    for (whose, limit) in whose.zip(all_limits(program)) {
        let channels = limit.channels.iter();
        let channels: Vec<_> = channels
            .map(|c| &program.channels[c.index()].name)
            .collect();
        let purposes = limit.purposes.iter();
        let purposes: Vec<_> = purposes
            .map(|p| &program.purposes[p.index()].name)
            .collect();
        let tags: Vec<_> = limit
            .tags
            .iter()
            .map(|t| &program.tags[*t as usize])
            .collect();
        let record = &program.records[program.profile.record.index()];
        let per = limit.per.map(|field| &record.fields[field as usize].name);
        let (window, overall, zone) = (limit.window, limit.overall, &limit.zone);
        let words = format!(
            "{whose}: {window:?} {channels:?} {purposes:?} {tags:?} {overall} {per:?} {zone:?}"
        );
        let before = all.iter().filter(|other| other.starts_with(&words)).count();
        all.push(format!("{words} {before}"));
    }
    all
}

/// Splits with the names of their arms.
fn splits(steps: &[Step]) -> Vec<(&str, Vec<&str>)> {
    let mut all = Vec::new();
    for step in steps {
        if let StepKind::Split { name, arms, .. } = &step.kind {
            all.push((
                name.as_str(),
                arms.iter().map(|a| a.name.as_str()).collect(),
            ));
        }
        for block in super::places::inside(step) {
            all.extend(splits(block));
        }
    }
    all
}
