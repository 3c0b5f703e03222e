//! Values of the older version → the same of the newer one; what has no place there is not carried.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value fits one type of many"
)]

use super::instances::Way;
use super::names::{Names, fields};
use crate::engine::index::{Index, number};
use crate::input::{ConsentInput, EventInput, Identifiers, Input, ProfileInput};
use crate::scalar::Scalar;
use crate::state::{InstanceRank, PersonNo, State, Taken};
use journey_program::plan::{FieldSlot, Program};
use journey_program::record::{self, Types};
use journey_program::types::{EVENT_FIELDS, FieldDef, HistoryId, RecordId, Type, Value};

/// What carries from one version to the other.
pub(super) struct Carry<'p> {
    pub(super) names: &'p Names,
    /// the newer version's
    pub(super) index: &'p Index,
    pub(super) old: Types<'p>,
    pub(super) new: Types<'p>,
    pub(super) old_program: &'p Program,
    pub(super) new_program: &'p Program,
}

/// The instances that the newer version leads on: whose, which, how.
pub(super) type Led = Vec<(PersonNo, InstanceRank, Way)>;

fn fields_of(program: &Program, record: RecordId) -> &[FieldDef] {
    let record = program.records.get(record.index());
    record.map_or(&[][..], |record| &record.fields)
}

/// The type of the field by which a limit counts people apart.
fn counted_apart(program: &Program, limit: u32) -> Option<&Type> {
    let mut all = program.channels.iter().flat_map(|channel| &channel.limits);
    let own = program.channels.iter().map(|channel| channel.limits.len());
    let place = usize::try_from(limit).ok()?;
    let limit = match place.checked_sub(own.sum()) {
        None => all.nth(place)?,
        Some(place) => program.limits.get(place)?,
    };
    let field = usize::try_from(limit.per?).ok()?;
    let field = fields_of(program, program.profile.record).get(field)?;
    Some(&field.ty)
}

impl Carry<'_> {
    /// A value where one of this type is due; None: it has no place there.
    pub(super) fn value(&self, value: &Value, due: &Type) -> Option<Value> {
        let inner = due.known();
        match value {
            Value::Unknown => due.is_optional().then_some(Value::Unknown),
            Value::Enum(id, place) => {
                let of = self.old_program.enums.get(id.index())?;
                let name = of.values.get(usize::try_from(*place).ok()?)?;
                let (Type::Enum(to) | Type::Offer(to)) = inner else {
                    return None;
                };
                let values = &self.new_program.enums.get(to.index())?.values;
                let place = values.iter().position(|value| value == name)?;
                Some(Value::Enum(*to, number(place)))
            }
            Value::Record(from, values) => {
                let to = inner.record()?;
                Some(Value::Record(to, self.record(*from, values, to)?))
            }
            Value::List(items) => {
                let Type::List(due) = inner else { return None };
                let items = items.iter().map(|item| self.value(item, due));
                Some(Value::List(items.collect::<Option<_>>()?))
            }
            Value::Int(n) => match inner {
                Type::IntIn(low, high) => (low..=high).contains(&n).then(|| value.clone()),
                Type::Int => Some(value.clone()),
                _ => None,
            },
            Value::Number(n) => match inner {
                Type::NumberIn(low, high) => {
                    let inside = (f64::from_bits(*low)..=f64::from_bits(*high)).contains(n);
                    inside.then(|| value.clone())
                }
                Type::Number => Some(value.clone()),
                _ => None,
            },
            Value::Money(_, currency) => {
                matches!(inner, Type::Money(due) if due == currency).then(|| value.clone())
            }
            Value::Bool(_) => (*inner == Type::Bool).then(|| value.clone()),
            Value::Text(_) => (*inner == Type::Text).then(|| value.clone()),
            Value::Time(_) => (*inner == Type::Time).then(|| value.clone()),
            Value::Date(_) => (*inner == Type::Date).then(|| value.clone()),
            Value::Clock(_) => (*inner == Type::Clock).then(|| value.clone()),
            Value::Duration(_) => (*inner == Type::Duration).then(|| value.clone()),
            Value::Span(_) => (*inner == Type::Span).then(|| value.clone()),
            Value::Timezone(_) => (*inner == Type::Timezone).then(|| value.clone()),
        }
    }

    /// A record's values by the names of its fields; a new field has its default, or is unknown.
    pub(super) fn record(
        &self,
        from: RecordId,
        values: &[Value],
        to: RecordId,
    ) -> Option<Vec<Value>> {
        let places = fields(self.old_program, from, self.new_program, to);
        let due = fields_of(self.new_program, to).iter().enumerate();
        due.map(|(number, field)| {
            let place = places.iter().position(|place| *place == Some(number));
            let carried = place.and_then(|place| self.value(values.get(place)?, &field.ty));
            carried
                .or_else(|| field.default.clone())
                .or_else(|| field.ty.is_optional().then_some(Value::Unknown))
        })
        .collect()
    }

    /// Reads a slot of an older block and writes it into a newer one. False: it has no place there.
    pub(super) fn slot(
        &self,
        (from, at, slot, ty): (&[u8], u32, &FieldSlot, &Type),
        (to, to_at, to_slot, due): (&mut Vec<u8>, u32, &FieldSlot, &Type),
    ) -> bool {
        let value = record::read_field(&self.old, from, at, slot, ty);
        match self.value(&value, due) {
            Some(value) => {
                record::set_field(&self.new, to, to_at, to_slot, due, &value);
                true
            }
            None => false,
        }
    }

    /// A value that stands alone, of what had this type: a key.
    pub(super) fn scalar(
        &self,
        key: &Scalar,
        from: Option<&Type>,
        to: Option<&Type>,
    ) -> Option<Scalar> {
        let (Some(from), Some(to)) = (from, to) else {
            return Some(key.clone());
        };
        let Type::Enum(id) = from.known() else {
            return Some(key.clone());
        };
        let Scalar::Int(place) = key else {
            return Some(key.clone());
        };
        let value = Value::Enum(*id, u32::try_from(*place).ok()?);
        Scalar::of(&self.value(&value, to)?)
    }

    /// What a learned model tells people apart by; None: another version does so by other fields.
    fn kind(&self, old: usize, new: usize, kind: &[Option<Scalar>]) -> Option<Vec<Option<Scalar>>> {
        let (from, to) = (
            &self.old_program.learned.get(old)?.by,
            &self.new_program.learned.get(new)?.by,
        );
        let same = |(old, new): (&u32, &u32)| Names::number(&self.names.fields, *old) == Some(*new);
        if from.len() != to.len() || !from.iter().zip(to).all(same) {
            return None;
        }
        let of = |program: &'_ Program, field: u32| {
            let fields = fields_of(program, program.profile.record);
            let field = fields.get(usize::try_from(field).ok()?)?;
            Some(field.ty.clone())
        };
        let all = kind.iter().zip(from.iter().zip(to));
        all.map(|(value, (old, new))| match value {
            None => Some(None),
            Some(value) => {
                let types = (of(self.old_program, *old), of(self.new_program, *new));
                Some(Some(self.scalar(
                    value,
                    types.0.as_ref(),
                    types.1.as_ref(),
                )?))
            }
        })
        .collect()
    }

    pub(super) fn taken(&self, taken: &Taken) -> Option<Taken> {
        let event = self.names.event(taken.event)?;
        let (from, to) = (
            self.old_program.events.get(taken.event.index())?.record,
            self.new_program.events.get(event.index())?.record,
        );
        let values = self.record(from, &taken.values, to)?;
        let block = record::write(&self.new, to, &values);
        Some(Taken {
            event,
            values,
            block,
            ..taken.clone()
        })
    }

    /// An input that is held back. None: the newer version has no place for it.
    pub(super) fn input(&self, input: Input) -> Option<Input> {
        Some(match input {
            Input::Clock(at) => Input::Clock(at),
            Input::Erase(mut erase) => {
                erase.ids = self.ids(erase.ids);
                Input::Erase(erase)
            }
            Input::Consent(consent) => Input::Consent(ConsentInput {
                purpose: self.names.purpose(consent.purpose)?,
                channels: consent
                    .channels
                    .iter()
                    .map(|channel| self.names.channel(*channel))
                    .collect::<Option<_>>()?,
                ids: self.ids(consent.ids),
                ..consent
            }),
            Input::Profile(profile) => {
                let due = fields_of(self.new_program, self.new_program.profile.record);
                let write = |(field, value): &(u32, Value)| {
                    let field = Names::number(&self.names.fields, *field)?;
                    let ty = &due.get(usize::try_from(field).ok()?)?.ty;
                    Some((field, self.value(value, ty)?))
                };
                Input::Profile(ProfileInput {
                    writes: profile.writes.iter().filter_map(write).collect(),
                    ids: self.ids(profile.ids),
                    ..profile
                })
            }
            Input::Event(event) => {
                let to = self.names.event(event.event)?;
                let records = (
                    self.old_program.events.get(event.event.index())?.record,
                    self.new_program.events.get(to.index())?.record,
                );
                let mut values = vec![
                    Value::Text(event.id.clone()),
                    Value::Time(event.at),
                    Value::Text(event.source.clone()),
                    Value::Bool(false),
                ];
                values.extend(event.fields.iter().cloned());
                let values = self.record(records.0, &values, records.1)?;
                Input::Event(EventInput {
                    event: to,
                    fields: values.into_iter().skip(EVENT_FIELDS.len()).collect(),
                    ids: self.ids(event.ids),
                    ..event
                })
            }
        })
    }

    pub(super) fn ids(&self, ids: Identifiers) -> Identifiers {
        let known =
            |(id, value): (u32, String)| Some((Names::number(&self.names.identifiers, id)?, value));
        let mut ids: Identifiers = ids.into_iter().filter_map(known).collect();
        ids.sort();
        ids
    }

    /// All that is known. What is due is set anew.
    pub(super) fn state(&self, old: State) -> (State, Led) {
        let names = self.names;
        let mut state = old;
        state.timers.clear();
        state.queue.clear();
        let held = std::mem::take(&mut state.held).into_iter();
        state.held = held
            .filter_map(|(turn, input)| Some((turn, Box::new(self.input(*input)?))))
            .collect();
        let broadcasts = std::mem::take(&mut state.broadcasts).into_iter();
        state.broadcasts = broadcasts
            .filter_map(|(old, history)| {
                Some((names.history(HistoryId::new(old))?.index(), history))
            })
            .collect();
        let identifiers = std::mem::take(&mut state.identifiers).into_ordered();
        let identifiers = identifiers.into_iter();
        state.identifiers = identifiers
            .filter_map(|((id, value), owner)| {
                let id = Names::number(&names.identifiers, id)?;
                Some(((id, value), owner))
            })
            .collect();
        let asked = std::mem::take(&mut state.asked).into_iter();
        state.asked = asked
            .filter_map(|((history, key), who)| Some(((names.history(history)?, key), who)))
            .collect();
        let overall = std::mem::take(&mut state.overall).into_iter();
        state.overall = overall
            .filter_map(|((limit, key), granted)| {
                let to = Names::number(&names.limits, limit)?;
                let types = [(self.old_program, limit), (self.new_program, to)];
                let [from, due] = types.map(|(program, limit)| counted_apart(program, limit));
                let key = match key {
                    None => None,
                    Some(key) => Some(self.scalar(&key, from, due)?),
                };
                Some(((to, key), granted))
            })
            .collect();
        let offers = std::mem::take(&mut state.offers).into_iter();
        state.offers = offers
            .filter_map(|(offer, totals)| Some((names.offer(offer)?, totals)))
            .collect();
        state.learned = state.learned.carried(
            |model| names.learned.get(model).copied().flatten(),
            |offer| names.offer(offer),
            |old, new, kind| self.kind(old, new, kind),
        );
        let remembered = std::mem::take(&mut state.remembered).into_iter();
        state.remembered = remembered
            .filter_map(|(who, taken)| Some((who, self.taken(&taken)?)))
            .collect();
        let people = std::mem::take(&mut state.people).into_iter();
        let mut led = Led::new();
        for person in people {
            let no = person.no;
            let (person, ways) = self.person(person);
            led.extend(ways.into_iter().map(|(rank, way)| (no, rank, way)));
            state.people.push(person);
        }
        (state, led)
    }
}
