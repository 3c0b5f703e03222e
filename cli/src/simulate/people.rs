//! The people of a simulation: who they are, where their clock stands, how much they do.

use super::chance::Chance;
use super::draw::Context;
use super::model::Model;
use journey_program::civil::{DAY_MS, Zone};
use journey_program::plan::Program;
use journey_program::types::Value;
use journey_runtime::input::{Identifiers, Input, ProfileInput};

#[derive(Clone, Debug)]
pub struct Person {
    /// from 1
    pub number: u64,
    /// when they come
    pub arrives: i64,
    pub zone: &'static Zone,
    /// how often they do things, beside others
    pub factor: f64,
    /// the class's place in the model
    pub class: usize,
    pub ids: Identifiers,
    /// fields of the profile; unknown where nothing is said
    pub fields: Vec<Value>,
    /// by event: how many they have made
    pub made: Vec<u32>,
}

/// When a simulation begins and ends: both instants belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub start: i64,
    pub end: i64,
    /// the first day, in the project's zone
    pub from: i64,
    pub days: u32,
}

impl Time {
    pub fn of(model: &Model, zone: &Zone) -> Self {
        let (from, days) = (model.from, model.days);
        let start_of = |day: i64| zone.start_of_day(day).unwrap_or(day.saturating_mul(DAY_MS));
        Self {
            start: start_of(from),
            end: start_of(from + i64::from(days)) - 1,
            from,
            days,
        }
    }
}

/// A person of the model.
pub fn person(program: &Program, model: &Model, time: Time, number: u64) -> Person {
    let count = program
        .records
        .get(program.profile.record.index())
        .map_or(0, |record| record.fields.len());
    let mut fields = vec![Value::Unknown; count];
    for (place, draw) in &model.profile {
        // a field of its own: what is said of one leaves the others as they were
        let mut chance = Chance::of(model.seed, "profile", number, u64::from(*place));
        let context = Context {
            program,
            person: number,
            count: 1,
            profile: &[],
            before: &[],
            key: None,
        };
        let value = draw.value(&mut chance, &context);
        let place = usize::try_from(*place).unwrap_or(usize::MAX);
        if let Some(field) = fields.get_mut(place) {
            *field = value;
        }
    }
    let mut chance = Chance::of(model.seed, "person", number, 0);
    let class = chance.choice(model.classes.iter().map(|class| class.share));
    let class = class.unwrap_or(model.classes.len().saturating_sub(1));
    let arrives = if chance.share() < model.arriving {
        let span = u64::try_from(time.end - time.start).unwrap_or(0);
        let later = i64::try_from(chance.below(span.saturating_add(1))).unwrap_or(0);
        time.start + later
    } else {
        time.start
    };
    Person {
        number,
        arrives,
        zone: zone_of(program, &fields),
        factor: model.classes.get(class).map_or(1.0, |class| class.factor),
        class,
        ids: ids_of(program, &fields),
        fields,
        made: vec![0; program.events.len()],
    }
}

/// A person's own zone, else the project's.
pub fn zone_of(program: &Program, fields: &[Value]) -> &'static Zone {
    let own = program.profile.timezone.and_then(|field| {
        let value = fields.get(usize::try_from(field).ok()?)?;
        if let Value::Timezone(name) = value {
            Zone::named(name)
        } else {
            None
        }
    });
    own.or_else(|| Zone::named(&program.timezone))
        .unwrap_or_else(Zone::utc)
}

fn ids_of(program: &Program, fields: &[Value]) -> Identifiers {
    let identifiers = (0u32..).zip(&program.profile.identifiers);
    identifiers
        .filter_map(|(number, plan)| {
            let value = fields.get(usize::try_from(plan.field).ok()?)?;
            if let Value::Text(text) = value {
                Some((number, text.clone()))
            } else {
                None
            }
        })
        .collect()
}

impl Person {
    /// What events name the person by: the strongest identifier.
    pub fn name(&self) -> Identifiers {
        self.ids.iter().take(1).cloned().collect()
    }

    /// The canonical id that the engine gives them.
    pub fn canonical(&self, program: &Program) -> Option<String> {
        let (number, value) = self.ids.first()?;
        program.profile.alike(*number, value)
    }

    /// What is known of the person, as it comes.
    pub fn profile(&self) -> Input {
        let fields = (0u32..).zip(&self.fields);
        let writes = fields
            .filter(|(_, value)| **value != Value::Unknown)
            .map(|(place, value)| (place, value.clone()));
        Input::Profile(ProfileInput {
            id: format!("p-{}", self.number),
            at: self.arrives,
            source: String::new(),
            ids: self.ids.clone(),
            writes: writes.collect(),
        })
    }
}
