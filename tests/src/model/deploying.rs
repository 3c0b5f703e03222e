//! Another version goes on, naively: everything that is known is told again in the newer program's numbers, name
//! by name, people stand at the same places of what is kept of their journey, and audiences are looked at without
//! edges. Files: `names` (which number is which, values), `places` (blocks of steps).

pub mod migrating;
mod names;
mod places;

use super::Model;
use super::caps::counts;
use super::person::{Frame, Happening, Instance, Known, Person, Waiting};
use journey_compiler::hir::{Enter, Journey, Program};
use journey_program::types::Value;
use journey_runtime::input::Input;
use names::Names;
use places::Places;
use std::collections::BTreeMap;

/// The name that a journey's author gave it.
pub(super) fn own(journey: &Journey) -> &str {
    names(journey).0
}

/// A journey's own name and its version, in the order in which they go.
pub(super) fn names(journey: &Journey) -> (&str, &str) {
    journey.name.split_once('@').unwrap_or((&journey.name, ""))
}

/// The journeys that people enter: of older versions those stay who are in.
pub(super) fn entered(program: &Program) -> impl Iterator<Item = &Journey> {
    let journeys = program.journeys.iter();
    journeys.filter(|journey| names(journey).1.is_empty())
}

impl<'p> Model<'p> {
    pub(super) fn entered(&self) -> impl Iterator<Item = &'p Journey> + use<'p> {
        entered(self.program)
    }

    /// Another version of the program, from an instant on.
    pub fn deploy(&mut self, at: i64, program: &'p Program, sources: BTreeMap<String, String>) {
        if at > self.clock {
            self.due_before(at);
            self.clock = at;
            self.after = false;
        }
        self.say_notes();
        let before = self.program;
        let of = Names::between(before, program);
        self.sources = sources;
        self.program = program;
        self.names.renumber(|number| of.identifier(number));
        self.held = std::mem::take(&mut self.held)
            .into_iter()
            .filter_map(|(turn, input)| Some((turn, of.input(input)?)))
            .collect();
        self.broadcasts = of.happenings(std::mem::take(&mut self.broadcasts));
        for person in &mut self.people {
            of.person(person);
        }
        self.count_anew(before);
        for who in 0..self.people.len() {
            if self.people.get(who).is_some_and(|person| !person.gone) {
                self.look_anew(who, before);
            }
        }
        self.lead_on();
        self.release_held();
        self.take_members(before);
    }

    /// Audiences without edges, and what is due later by them or by the calendar.
    fn look_anew(&mut self, who: usize, before: &Program) {
        self.say_notes();
        let said = self.lines.len();
        let _ = self.edges(who);
        let made = self.lines.split_off(said);
        let faults = made.into_iter().filter(|line| line.kind != "audience");
        self.lines.extend(faults);
        for journey in self.entered() {
            let old = before.journeys.iter().find(|old| old.name == journey.name);
            let alike = old.is_some_and(|old| self.enters_alike(before, old, journey));
            let Some(person) = self.people.get_mut(who) else {
                return;
            };
            match &journey.enter {
                Enter::On(_) => {}
                Enter::When {
                    audience, leaving, ..
                } => {
                    let inside = person.known.audiences.get(audience.index()) == Some(&true);
                    if !alike || inside == *leaving {
                        person.stays.remove(&journey.name);
                    }
                }
                Enter::Every { .. } | Enter::Yearly { .. } => {
                    if !alike || !person.scheduled.contains_key(&journey.name) {
                        person.scheduled.remove(&journey.name);
                        self.schedule_again(who, journey);
                    }
                }
            }
        }
    }

    /// Whether a turn or a stay that is under way is still what it was.
    fn enters_alike(&self, before: &Program, old: &Journey, new: &Journey) -> bool {
        let field = |program: &Program, field: u32| {
            let record = program.records.get(program.profile.record.index());
            let field = record.and_then(|record| record.fields.get(field as usize));
            field.map(|field| field.name.clone())
        };
        match (&old.enter, &new.enter) {
            (
                Enter::When {
                    audience: a,
                    leaving: x,
                    stay: s,
                    ..
                },
                Enter::When {
                    audience: b,
                    leaving: y,
                    stay: t,
                    ..
                },
            ) => {
                let old = before.audiences.get(a.index()).map(|a| &a.name);
                let new = self.program.audiences.get(b.index()).map(|b| &b.name);
                old == new && x == y && s == t
            }
            (
                Enter::Every {
                    weekday: a,
                    clock: x,
                    ..
                },
                Enter::Every {
                    weekday: b,
                    clock: y,
                    ..
                },
            ) => (a, x) == (b, y),
            (
                Enter::Yearly {
                    field: a, clock: x, ..
                },
                Enter::Yearly {
                    field: b, clock: y, ..
                },
            ) => field(before, *a) == field(self.program, *b) && x == y,
            _ => false,
        }
    }

    /// A limit over all people that is new counts what people have been sent before.
    fn count_anew(&mut self, before: &Program) {
        let (old, new) = (names::limits(before), names::limits(self.program));
        for (place, limit) in self.limits().into_iter().enumerate() {
            let is_new = new.get(place).is_some_and(|words| !old.contains(words));
            if !limit.overall || !is_new {
                continue;
            }
            for who in 0..self.people.len() {
                let value = self.value_of(who, limit);
                let Some(person) = self.people.get_mut(who).filter(|person| !person.gone) else {
                    continue;
                };
                for sent in person.sent.iter_mut().filter(|sent| sent.granted) {
                    if counts(limit, sent.channel, sent.purpose, &sent.tags) {
                        sent.overall.push((place, value.clone()));
                    }
                }
            }
        }
    }

    /// A send whose hold says nothing of its person any more is let go.
    fn release_held(&mut self) {
        for who in 0..self.people.len() {
            for index in self.order(who) {
                let Some(Waiting::Held { send, .. }) =
                    self.instance(who, index).and_then(|i| i.waiting.as_ref())
                else {
                    continue;
                };
                let message = self.program.messages.get(send.message.index());
                let purpose = message.map(|message| message.purpose);
                let purpose = purpose.and_then(|id| self.program.purposes.get(id.index()));
                let hold = purpose.and_then(|purpose| purpose.hold);
                let inside = |hold: journey_program::plan::HoldPlan| {
                    let known = self.known(who);
                    known.and_then(|known| known.audiences.get(hold.audience.index()))
                        == Some(&true)
                };
                if !hold.is_some_and(inside) {
                    self.end_hold(who, index, hold);
                }
            }
        }
        self.drain();
    }

    /// Who is in an audience already, where a journey that says so is first deployed.
    fn take_members(&mut self, before: &Program) {
        let mut journeys: Vec<&'p Journey> = self.entered().collect();
        journeys.sort_by_key(|journey| (-journey.priority, journey.name.clone()));
        let mut people: Vec<usize> = (0..self.people.len()).collect();
        people.retain(|who| self.people.get(*who).is_some_and(|person| !person.gone));
        people.sort_by_key(|who| self.people.get(*who).map(|person| person.id.clone()));
        for journey in journeys {
            let Enter::When {
                audience,
                leaving: false,
                stay,
                including_members: true,
            } = &journey.enter
            else {
                continue;
            };
            if before.journeys.iter().any(|old| own(old) == journey.name) {
                continue;
            }
            for who in &people {
                let known = self.known(*who);
                let inside = known.and_then(|known| known.audiences.get(audience.index()));
                if inside != Some(&true) {
                    continue;
                }
                match stay {
                    None => self.enter(*who, journey, None, None, None),
                    Some(stay) => self.begin_stay(*who, &journey.name, *stay),
                }
                self.drain();
            }
        }
    }
}

impl<'p> Names<'p> {
    fn person(&self, person: &mut Person<'p>) {
        let fields = |(field, when): (u32, _)| Some((self.field(field)?, when));
        let said = |((purpose, channel), when): ((u32, u32), _)| {
            Some(((self.purpose(purpose)?, self.channel(channel)?), when))
        };
        let writes = std::mem::take(&mut person.writes).into_iter();
        person.writes = writes.filter_map(fields).collect();
        let told = std::mem::take(&mut person.said).into_iter();
        person.said = told.filter_map(said).collect();
        let mut since = vec![0; self.new.audiences.len()];
        for (number, at) in person.since.iter().enumerate() {
            if let Some(slot) = self
                .audience(number as u32)
                .and_then(|to| since.get_mut(to as usize))
            {
                *slot = *at;
            }
        }
        person.since = since;
        person.known = self.known(&person.known);
        person.happenings = self.happenings(std::mem::take(&mut person.happenings));
        person.arms = self.arms(&person.arms);
        let sent = std::mem::take(&mut person.sent).into_iter();
        person.sent = sent.filter_map(|sent| self.reservation(sent)).collect();
        person.offers.carry(
            &|offer| self.offer(offer),
            &|decision| self.decision(decision),
            &|fields| self.fields(fields),
        );
        person.faults.clear();
        let mut instances = Vec::new();
        for instance in std::mem::take(&mut person.instances) {
            instances.push(self.instance(instance));
        }
        person.instances = instances;
    }

    fn known(&self, known: &Known) -> Known {
        let consent = known
            .consent
            .iter()
            .filter_map(|((purpose, channel), said)| {
                Some(((self.purpose(*purpose)?, self.channel(*channel)?), *said))
            });
        let muted = known.muted.iter();
        let muted = muted.filter_map(|(purpose, until)| Some((self.purpose(*purpose)?, *until)));
        let mut audiences = vec![false; self.new.audiences.len()];
        for (number, inside) in known.audiences.iter().enumerate() {
            if let Some(slot) = self
                .audience(number as u32)
                .and_then(|to| audiences.get_mut(to as usize))
            {
                *slot = *inside;
            }
        }
        Known {
            fields: self.fields(&known.fields),
            consent: consent.collect(),
            muted: muted.collect(),
            audiences,
        }
    }

    fn happenings(&self, all: Vec<Happening>) -> Vec<Happening> {
        let carried = all.into_iter().filter_map(|happening| {
            let event = self.event(happening.event)?;
            let record = self.new.events.get(event.index())?.record;
            let Value::Record(from, values) = &happening.record else {
                return None;
            };
            Some(Happening {
                event,
                record: Value::Record(record, self.record(*from, values, record)?),
                known: if happening.known == Known::default() {
                    Known::default()
                } else {
                    self.known(&happening.known)
                },
                ..happening
            })
        });
        carried.collect()
    }

    /// An instance at the same place of what is kept of its journey, or of what its journey still is.
    fn instance(&self, old: Instance<'p>) -> Instance<'p> {
        let Some(journey) = self.journey_of(old.journey) else {
            // nothing is kept of it: nobody may be in it
            return Instance {
                live: false,
                waiting: None,
                stack: Vec::new(),
                ..old
            };
        };
        if let Some(led) = self.led(&old, journey) {
            return self.led_on(old, journey, led);
        }
        let places = Places::between(old.journey, journey);
        let local = |(number, value): (usize, &Value)| {
            let due = journey.locals.get(number).map(|local| &local.ty);
            due.and_then(|due| self.value(value, due))
                .unwrap_or(Value::Unknown)
        };
        let mut locals: Vec<Value> = old.locals.iter().enumerate().map(local).collect();
        locals.resize(journey.locals.len(), Value::Unknown);
        let entry = old.entry.as_ref().and_then(|entry| self.event_value(entry));
        let key = old.key.clone().map(|key| match &journey.key {
            Some(due) => self.value(&key, &due.ty).unwrap_or(key),
            None => key,
        });
        let stack = old.stack.iter().filter_map(|frame| {
            Some(match frame {
                Frame::Steps(steps, next) => Frame::Steps(places.block(steps)?, *next),
                Frame::Arm(step, times) => Frame::Arm(places.step(step)?, *times),
                Frame::Cycle(step, cycles) => Frame::Cycle(places.step(step)?, *cycles),
            })
        });
        let made = old.made.iter().filter_map(|(step, made)| {
            let mut made = made.clone();
            made.channel = self.channel(made.channel)?;
            let send = places.sends().find(|send| send.step.0 == *step);
            let message = send.and_then(|send| self.new.messages.get(send.message.index()));
            made.message = message.map_or(made.message, |message| message.name.clone());
            Some((*step, made))
        });
        let days = old.clock_days.iter();
        let days = days.filter_map(|(at, day)| Some((places.address(*at)?, *day)));
        Instance {
            locals,
            entry,
            key,
            stack: stack.collect(),
            made: made.collect(),
            clock_days: days.collect(),
            waiting: old
                .waiting
                .as_ref()
                .and_then(|waiting| self.waiting(waiting, &places)),
            journey,
            ..old
        }
    }

    fn waiting(&self, waiting: &Waiting<'p>, places: &Places<'p>) -> Option<Waiting<'p>> {
        Some(match waiting {
            Waiting::Step {
                step,
                due,
                restarts,
                arms,
            } => {
                let step = places.step(step)?;
                Waiting::Step {
                    step,
                    due: *due,
                    arms: if arms.is_empty() {
                        &[]
                    } else {
                        places::arms(step)
                    },
                    restarts: *restarts,
                }
            }
            Waiting::Collect { step, due, list } => Waiting::Collect {
                step: places.step(step)?,
                due: *due,
                list: list.iter().filter_map(|v| self.event_value(v)).collect(),
            },
            Waiting::Cycle { step, due, cycles } => Waiting::Cycle {
                step: places.step(step)?,
                due: *due,
                cycles: *cycles,
            },
            Waiting::Release { send, due, channel } => Waiting::Release {
                send: places.send(send)?,
                due: *due,
                channel: self.channel(*channel).unwrap_or(u32::MAX),
            },
            Waiting::Gathering { send, group, due } => Waiting::Gathering {
                send: places.send(send)?,
                group: *group,
                due: *due,
            },
            Waiting::Held {
                send,
                planned,
                channel,
            } => Waiting::Held {
                send: places.send(send)?,
                planned: *planned,
                channel: self.channel(*channel).unwrap_or(u32::MAX),
            },
        })
    }

    /// What an input says that is held back. None: the newer version has no place for it.
    fn input(&self, input: Input) -> Option<Input> {
        let ids = |ids: Vec<(u32, String)>| {
            let known = ids.into_iter();
            let mut ids: Vec<_> = known
                .filter_map(|(number, value)| Some((self.identifier(number)?, value)))
                .collect();
            ids.sort();
            ids
        };
        Some(match input {
            Input::Clock(at) => Input::Clock(at),
            Input::Erase(mut erase) => {
                erase.ids = ids(erase.ids);
                Input::Erase(erase)
            }
            Input::Consent(mut consent) => {
                consent.ids = ids(consent.ids);
                consent.purpose.0 = self.purpose(consent.purpose.0)?;
                for channel in &mut consent.channels {
                    channel.0 = self.channel(channel.0)?;
                }
                Input::Consent(consent)
            }
            Input::Profile(mut profile) => {
                profile.ids = ids(profile.ids);
                let writes = profile.writes.iter().filter_map(|(field, value)| {
                    let field = self.field(*field)?;
                    let record = self.new.records.get(self.new.profile.record.index())?;
                    let due = &record.fields.get(field as usize)?.ty;
                    Some((field, self.value(value, due)?))
                });
                profile.writes = writes.collect();
                Input::Profile(profile)
            }
            Input::Event(mut event) => {
                let to = self.event(event.event)?;
                let from = self.old.events.get(event.event.index())?.record;
                let record = self.new.events.get(to.index())?.record;
                let mut values = vec![Value::Unknown; 4];
                values.append(&mut event.fields);
                let values = self.fields_of(from, &values, record);
                event.ids = ids(event.ids);
                event.event = to;
                event.fields = values.into_iter().skip(4).collect::<Option<_>>()?;
                Input::Event(event)
            }
        })
    }
}
