//! What the engine knows, for questions from outside: people, audiences, what is pending.

use super::Engine;
use super::call::About;
use crate::scalar::Scalar;
use crate::state::{Instance, PersonNo, Place, Timer, TimerKind};
use journey_program::plan::EnterPlan;
use journey_program::record;
use journey_program::types::Value;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct PersonView {
    pub id: Arc<str>,
    /// the fields of the profile's record, in order
    pub fields: Vec<(Arc<str>, Value)>,
    /// names of the audiences that the person is in, with since when
    pub audiences: Vec<AudienceView>,
    /// purpose, channel, granted; what is unknown is left out
    pub consent: Vec<(Arc<str>, Arc<str>, bool)>,
    pub instances: Vec<InstanceView>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceView {
    pub name: Arc<str>,
    pub since: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct InstanceView {
    pub journey: Arc<str>,
    /// as plain text
    pub key: Option<String>,
    pub entered: i64,
    pub standing: Standing,
    pub goal: Option<i64>,
    /// named variables, where they are known
    pub locals: Vec<(Arc<str>, Value)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// at the wait of this name
    Waiting {
        step: Arc<str>,
        until: Option<i64>,
    },
    /// its send of this step is postponed
    Holding {
        step: Arc<str>,
        until: i64,
    },
    Ended {
        at: i64,
    },
    Moving,
}

/// What is due later, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// instances on their way
    pub instances: u64,
    pub waits: u64,
    pub entries: u64,
    pub postponed: u64,
    /// people whose audiences time alone will change
    pub edges: u64,
    /// inputs held back for `reorder`
    pub held: u64,
}

impl Engine {
    /// A person by identifier's number and value.
    pub fn person_by(&self, identifier: u32, value: &str) -> Option<PersonNo> {
        let value = self.program.profile.alike(identifier, value)?;
        self.state.owner(&(identifier, value))
    }

    /// A person by canonical id, or by any identifier of this value.
    pub fn find(&self, id: &str) -> Option<PersonNo> {
        let strongest = |number: usize| self.person_by(super::index::number(number), id);
        (0..self.program.profile.identifiers.len()).find_map(strongest)
    }

    /// All whom a value names under any identifier: the identifier's number, the person.
    pub fn named_by(&self, value: &str) -> Vec<(u32, PersonNo)> {
        let numbers = (0..self.program.profile.identifiers.len()).map(super::index::number);
        let named = numbers.filter_map(|number| Some((number, self.person_by(number, value)?)));
        named.collect()
    }

    /// Whether this named somebody who was erased.
    pub fn named_the_erased(&self, identifier: u32, value: &str) -> bool {
        let alike = self.program.profile.alike(identifier, value);
        alike.is_some_and(|value| self.is_print(&(identifier, value)))
    }

    pub fn person_view(&self, id: &str) -> Option<PersonView> {
        self.view_of(self.find(id)?)
    }

    pub fn view_of(&self, who: PersonNo) -> Option<PersonView> {
        let person = self.state.people.get(who.index())?;
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let id = self.program.profile.record;
        let names = self
            .program
            .records
            .get(id.index())
            .map_or(&[][..], |def| &def.fields);
        let values = record::read(&types, &person.block, id);
        let audiences = person.since.iter().zip(&self.index.audiences).enumerate();
        Some(PersonView {
            id: Arc::clone(&person.id),
            fields: names
                .iter()
                .map(|def| def.name.as_str().into())
                .zip(values)
                .collect(),
            audiences: audiences
                .filter(|(number, _)| self.is_inside(who, *number))
                .map(|(_, (since, name))| AudienceView {
                    name: Arc::clone(name),
                    since: *since,
                })
                .collect(),
            consent: self.consent_of(&person.block),
            instances: person
                .instances
                .values()
                .map(|i| self.instance_view(i))
                .collect(),
        })
    }

    /// A person's computed fields as they are now, where they are known. Nothing comes of asking.
    pub fn traits_of(&mut self, who: PersonNo) -> Vec<(Arc<str>, Value)> {
        let Some(before) = self.state.people.get(who.index()).cloned() else {
            return Vec::new();
        };
        let program = Arc::clone(&self.program);
        let mut known = Vec::new();
        for plan in &program.profile.traits {
            let about = About::person();
            let value = self.call_only(
                who,
                about,
                plan.function,
                &[],
                |ran, frame, results| match (ran, results) {
                    (Ok(()), [1, word]) => Some(frame.value(*word, &plan.ty)),
                    _ => None,
                },
            );
            if let Some(Some(value)) = value {
                known.push((plan.name.as_str().into(), value));
            }
        }
        if let Some(person) = self.state.people.get_mut(who.index()) {
            *person = before;
        }
        known
    }

    fn consent_of(&self, block: &[u8]) -> Vec<(Arc<str>, Arc<str>, bool)> {
        let mut said = Vec::new();
        let mut byte = self.program.profile.consent;
        for purpose in &self.program.purposes {
            for channel in &self.program.channels {
                match record::get_u8(block, byte) {
                    1 => said.push((
                        purpose.name.as_str().into(),
                        channel.name.as_str().into(),
                        true,
                    )),
                    2 => said.push((
                        purpose.name.as_str().into(),
                        channel.name.as_str().into(),
                        false,
                    )),
                    _ => {}
                }
                byte = byte.saturating_add(1);
            }
        }
        said
    }

    fn instance_view(&self, instance: &Instance) -> InstanceView {
        let plan = self.program.journeys.get(instance.journey.index());
        let step = |step: Option<usize>| {
            step.map_or_else(|| "".into(), |step| self.index.step(instance.journey, step))
        };
        let standing =
            match (&instance.place, instance.ended) {
                (Place::Waiting(waiting), None) => Standing::Waiting {
                    step: step(plan.and_then(|plan| {
                        plan.waits
                            .get(waiting.wait as usize)
                            .map(|wait| wait.step.index())
                    })),
                    until: waiting.deadline,
                },
                (Place::Holding { send, until }, None) => Standing::Holding {
                    step: step(plan.and_then(|plan| {
                        plan.sends.get(*send as usize).map(|send| send.step.index())
                    })),
                    until: *until,
                },
                (Place::Held { send, .. } | Place::Gathering { send, .. }, None) => {
                    Standing::Holding {
                        step: step(plan.and_then(|plan| {
                            plan.sends.get(*send as usize).map(|send| send.step.index())
                        })),
                        until: i64::MAX,
                    }
                }
                (_, Some(at)) => Standing::Ended { at },
                (Place::Moving, None) => Standing::Moving,
            };
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let locals = plan.map_or(&[][..], |plan| &plan.instance.locals);
        InstanceView {
            journey: self.index.journey(instance.journey),
            key: instance.key.as_ref().map(Scalar::text),
            entered: instance.entered,
            standing,
            goal: instance.goal,
            locals: locals
                .iter()
                .map(|(name, slot, ty)| {
                    let value = record::read_field(&types, &instance.block, 0, slot, ty);
                    (name.as_str().into(), value)
                })
                .collect(),
        }
    }

    /// The event that began an instance, where its code reads it.
    pub fn entry_of(&self, instance: &Instance) -> Option<Value> {
        let plan = self.program.journeys.get(instance.journey.index())?;
        let EnterPlan::On { pattern, .. } = &plan.enter else {
            return None;
        };
        let record = self.program.events.get(pattern.event.index())?.record;
        let from = plan.instance.entry?;
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let values = record::read_record(&types, &instance.block, from, record);
        Some(Value::Record(record, values))
    }

    /// An instance's named variables that are known.
    pub fn variables_of(&self, instance: &Instance) -> Vec<(Arc<str>, Value)> {
        let mut locals = self.instance_view(instance).locals;
        locals.retain(|(_, value)| *value != Value::Unknown);
        locals
    }

    /// Where an instance stands.
    pub fn standing(&self, instance: &Instance) -> Standing {
        self.instance_view(instance).standing
    }

    /// Whether a person is in an audience.
    pub fn is_member(&self, who: PersonNo, audience: usize) -> bool {
        self.is_inside(who, audience)
    }

    /// How many people are in an audience.
    pub fn audience_size(&self, audience: usize) -> u64 {
        let people = (0..self.state.people.len()).map(|no| PersonNo(super::index::number(no)));
        people.filter(|who| self.is_inside(*who, audience)).count() as u64
    }

    pub fn pending(&self) -> Pending {
        let mut pending = Pending {
            held: self.state.held.len() as u64,
            ..Pending::default()
        };
        let mut due = |timer: &Timer| match timer.kind {
            TimerKind::Edges => pending.edges += 1,
            TimerKind::Wait => pending.waits += 1,
            TimerKind::Entry => pending.entries += 1,
            TimerKind::Release => pending.postponed += 1,
        };
        self.state.timers.iter().for_each(&mut due);
        let mut instances = 0;
        self.state.people.visit(&mut |person, timers| {
            timers.iter().for_each(&mut due);
            let there = person.instances.values().filter(|i| i.ended.is_none());
            instances += there.count() as u64;
        });
        pending.instances = instances;
        pending
    }
}
