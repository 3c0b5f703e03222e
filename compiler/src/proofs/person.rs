//! A model of a formula, read back: a person with field values, consents and deeds, and the same in the author's
//! words ("a person with tier silver and 0 order_placed").

use super::formula::Var;
use super::say;
use super::solver::Model;
use super::translate::{Deed, Translator};
use super::vars::{Root, What, number_at};
use journey_program::types::{ChannelId, PurposeId, Type, Value};
use std::collections::BTreeMap;

/// Values by their paths of field numbers; what is missing may be anything.
pub type Fields = BTreeMap<Vec<u32>, Value>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    pub profile: Fields,
    pub entry: Fields,
    pub event: Fields,
    pub consents: BTreeMap<(PurposeId, ChannelId), bool>,
    pub deeds: Vec<Deed>,
    pub now: Option<i64>,
    pub today: Option<i64>,
    /// years since the date at a path of the profile
    pub ages: Vec<(Vec<u32>, i64)>,
    /// sums and their kin: what `say` calls them, and the value
    pub aggregates: Vec<(String, Value)>,
    /// how many of them are the values of deeds
    pub borne: usize,
    /// what decides, in words
    pub words: Vec<String>,
}

impl Person {
    /// "a person with `tier` silver and 0 `order_placed`", or "anybody".
    pub fn said(&self) -> String {
        match self.words.split_last() {
            None => "anybody".to_owned(),
            Some((only, [])) => format!("a person with {only}"),
            Some((last, before)) => format!("a person with {} and {last}", before.join(", ")),
        }
    }
}

impl Translator<'_> {
    /// The fields of the event at hand under a model.
    pub fn fields(&self, model: &Model) -> Fields {
        self.person(model).event
    }

    /// The person that a model describes.
    pub fn person(&self, model: &Model) -> Person {
        let mut person = Person::default();
        for (at, (what, ty)) in self.vars.whats.iter().enumerate() {
            let Ok(var) = u32::try_from(at).map(Var) else {
                continue;
            };
            let Some(number) = model.values.get(&var).copied() else {
                continue;
            };
            let text = model.texts.get(&var).map(String::as_str);
            self.take(&mut person, what, ty, (number, text));
            if model.decisive.contains(&var)
                && let Some(words) = self.worded(what, ty, number, text, model)
                && !person.words.contains(&words)
            {
                person.words.push(words);
            }
        }
        self.bear(&mut person, model);
        person
    }

    fn take(&self, person: &mut Person, what: &What, ty: &Type, at: (i64, Option<&str>)) {
        let (number, text) = at;
        match what {
            What::Value(root, path) => {
                let known = self.vars.find(&What::Known(*root, path.clone()));
                let value = value_of(ty, number, text);
                if let (Some(value), Some(list)) = (value, fields_of(person, *root)) {
                    // that it is unknown is said by the variable that is about this
                    let _ = known;
                    list.entry(path.clone()).or_insert(value);
                }
            }
            What::Known(root, path) => {
                if let (0, Some(list)) = (number, fields_of(person, *root)) {
                    list.insert(path.clone(), Value::Unknown);
                }
            }
            What::Consent(purpose, channel) => {
                person.consents.insert((*purpose, *channel), number == 1);
            }
            What::Happened {
                event,
                filters,
                shell,
            } if number > 0 => {
                person
                    .deeds
                    .extend(self.deed(*event, *filters, *shell, number));
            }
            What::Now => person.now = Some(number),
            What::Today => person.today = Some(number),
            What::YearsSince(Root::Profile, path) => person.ages.push((path.clone(), number)),
            What::Aggregate(key) => {
                let value = value_of(ty, number, text);
                person
                    .aggregates
                    .extend(value.map(|value| (key.clone(), value)));
            }
            What::Has(..)
            | What::Muted(_)
            | What::Count { .. }
            | What::Happened { .. }
            | What::AggregateKnown(_)
            | What::YearsSince(..)
            | What::Opaque(_)
            | What::OpaqueKnown(_)
            | What::OpaqueFault(_) => {}
        }
    }

    /// What one variable says of the person. None: nothing that an author would say.
    fn worded(
        &self,
        what: &What,
        ty: &Type,
        number: i64,
        text: Option<&str>,
        model: &Model,
    ) -> Option<String> {
        let world = self.view.world();
        match what {
            What::Value(root, path) => {
                let known = self.vars.find(&What::Known(*root, path.clone()));
                if known.is_some_and(|known| model.values.get(&known) == Some(&0)) {
                    return None;
                }
                let name = self.path_name(*root, path)?;
                let value = say::value(world, &value_of(ty, number, text)?);
                Some(format!("`{name}` {value}"))
            }
            What::Known(root, path) if number == 0 => {
                Some(format!("`{}` unknown", self.path_name(*root, path)?))
            }
            What::Has(root, path, item) => {
                let name = self.path_name(*root, path)?;
                let with = if number == 1 { "with" } else { "without" };
                Some(format!("`{name}` {with} `{item}`"))
            }
            What::Consent(purpose, channel) => {
                let purpose = world.purposes.get(purpose.index())?;
                let channel = &world.channels.get(channel.index())?.name;
                let word = if number == 1 { "consent" } else { "no consent" };
                Some(format!("{word} to `{purpose}` by `{channel}`"))
            }
            What::Count {
                event,
                filter,
                window,
            } => {
                let asked = self.asked(*event, *filter, *window)?;
                let history = match asked.name.and_then(|n| world.profile.lets.get(n as usize)) {
                    Some((name, ty)) if *ty == Type::Int => {
                        return Some(format!("`{name}` {number}"));
                    }
                    _ => say::history(world, &asked),
                };
                Some(format!("{number} `{history}`"))
            }
            What::YearsSince(root, path) => Some(format!(
                "`{}` {number} years ago",
                self.path_name(*root, path)?
            )),
            What::Muted(purpose) => {
                let purpose = world.purposes.get(purpose.index())?;
                let word = if number == 1 { "muted" } else { "not muted" };
                Some(format!("`{purpose}` {word}"))
            }
            What::Opaque(_) => {
                let var = self.vars.find(what)?;
                Some(format!("{number} `{}`", self.histories.said.get(&var)?))
            }
            What::Now
            | What::Today
            | What::Known(..)
            | What::Happened { .. }
            | What::Aggregate(_)
            | What::AggregateKnown(_)
            | What::OpaqueKnown(_)
            | What::OpaqueFault(_) => None,
        }
    }

    fn path_name(&self, root: Root, path: &[u32]) -> Option<String> {
        let world = self.view.world();
        let (mut names, mut record) = match root {
            Root::Profile => (Vec::new(), world.profile.record),
            Root::Event => (Vec::new(), self.event.as_ref()?.record()?),
            Root::Entry => (vec!["entry".to_owned()], self.entry.as_ref()?.record()?),
            Root::Local(_) => return None,
        };
        for (at, field) in path.iter().enumerate() {
            let def = world
                .records
                .get(record.index())?
                .fields
                .get(*field as usize)?;
            names.push(def.name.clone());
            if at + 1 < path.len() {
                record = def.ty.record()?;
            }
        }
        Some(names.join("."))
    }
}

fn fields_of(person: &mut Person, root: Root) -> Option<&mut Fields> {
    match root {
        Root::Profile => Some(&mut person.profile),
        Root::Entry => Some(&mut person.entry),
        Root::Event => Some(&mut person.event),
        Root::Local(_) => None,
    }
}

/// The value of a type that a whole number stands for.
pub(super) fn value_of(ty: &Type, number: i64, text: Option<&str>) -> Option<Value> {
    Some(match ty.known() {
        Type::Bool => Value::Bool(number == 1),
        Type::Int | Type::IntIn(..) => Value::Int(number),
        Type::Number | Type::NumberIn(..) => Value::Number(number_at(number)),
        Type::Money(currency) => Value::Money(number, *currency),
        Type::Text => Value::Text(text.unwrap_or("x").to_owned()),
        Type::Timezone => Value::Timezone(text.unwrap_or("UTC").to_owned()),
        Type::Time => Value::Time(number),
        Type::Date => Value::Date(number),
        Type::Clock => Value::Clock(number),
        Type::Duration => Value::Duration(number),
        Type::Enum(id) | Type::Offer(id) => Value::Enum(*id, u32::try_from(number).ok()?),
        Type::Error | Type::Span | Type::Record(_) | Type::List(_) | Type::Optional(_) => {
            return None;
        }
    })
}
