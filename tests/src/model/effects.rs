//! Steps that do something at once: `split`, `let`, `set`, `emit`.

use super::actions::{self, Line};
use super::deploying::own;
use super::eval::Broken;
use super::steps::Next;
use super::values::text;
use super::{Follow, Model};
use journey_compiler::hir::{Expr, SplitArm, Step, StepKind};
use journey_program::chance;
use journey_program::types::{EventId, PurposeId, Value};

impl<'p> Model<'p> {
    pub(super) fn split(
        &mut self,
        who: usize,
        index: usize,
        name: &str,
        salt: &str,
        arms: &'p [SplitArm],
    ) -> Next {
        let Some(person) = self.people.get(who) else {
            return Next::Done;
        };
        let journey = self.instance(who, index).map_or("", |i| &i.journey.name);
        let split = format!("{journey}.{name}");
        let named = self.instance(who, index).map_or("", |i| own(i.journey));
        let lot = chance::lot(&person.id, &format!("{named}.{name}"), salt);
        let drawn = chance::arm(lot, arms.iter().map(|a| a.share));
        let assumed = self.assumed_splits.get(name);
        let assumed = assumed.and_then(|arm| arms.iter().position(|a| a.name == *arm));
        let drawn = assumed.unwrap_or(drawn);
        let arm = *person.arms.get(&split).unwrap_or(&drawn);
        if let Some(person) = self.people.get_mut(who) {
            person.arms.insert(split, arm);
        }
        if let Some(arm) = arms.get(arm) {
            let line = Line::new("split").text("step", name).text("arm", &arm.name);
            self.say_of(who, index, line);
            self.enter_block(who, index, &arm.steps);
        }
        Next::Go
    }

    pub(super) fn set_local(&mut self, who: usize, index: usize, local: u32, value: Value) {
        if let Some(instance) = self.instance_mut(who, index)
            && let Some(slot) = instance.locals.get_mut(local as usize)
        {
            *slot = value;
        }
    }

    pub(super) fn set(
        &mut self,
        who: usize,
        index: usize,
        field: u32,
        value: &Expr,
    ) -> Result<Next, Broken> {
        let value = self.here(who, index)?.eval(value)?;
        let (clock, log) = (self.clock, self.log);
        let fields = self
            .program
            .records
            .get(self.program.profile.record.index());
        let def = fields.and_then(|r| r.fields.get(field as usize));
        let name = def.map_or("", |f| &f.name);
        let json = match def.is_some_and(|f| f.pii) {
            true => "\"[pii]\"".to_owned(),
            false => actions::json(self.program, &value),
        };
        self.say_of(
            who,
            index,
            Line::new("set").text("field", name).raw("value", &json),
        );
        if let Some(person) = self.people.get_mut(who) {
            person.write(field, value, clock, log);
        }
        self.dates_changed(who);
        self.queue.push_back(Follow::Edges { person: who });
        Ok(Next::Go)
    }

    pub(super) fn act(&mut self, who: usize, index: usize, step: &Step) -> Result<Next, Broken> {
        match &step.kind {
            StepKind::Emit { event, fields, to } => {
                let values = self.event_values(who, index, *event, fields)?;
                let to = match to {
                    None => None,
                    Some((identifier, value)) => {
                        let value = self.here(who, index)?.eval(value)?;
                        Some((*identifier, text(&value).to_owned()))
                    }
                };
                Ok(self.emit(who, index, *event, values, to))
            }
            StepKind::Start { event, args } => {
                let mut values = Vec::new();
                for arg in args {
                    values.push(self.here(who, index)?.eval(arg)?);
                }
                let record = self.made(who, index, values).1;
                self.follow(who, *event, record);
                Ok(Next::Go)
            }
            StepKind::Mute { purpose, delay } => self.mute(who, index, *purpose, delay.as_ref()),
            _ => Ok(Next::Go),
        }
    }

    /// The declared fields of an event; what is not given is its default.
    fn event_values(
        &self,
        who: usize,
        index: usize,
        event: EventId,
        fields: &[Option<Expr>],
    ) -> Result<Vec<Value>, Broken> {
        let definition = self.program.events.get(event.index());
        let record = definition.and_then(|d| self.program.records.get(d.record.index()));
        let mut values = Vec::new();
        for (place, field) in fields.iter().enumerate() {
            let default = record
                .and_then(|r| r.fields.get(place + 4))
                .and_then(|f| f.default.clone());
            values.push(match field {
                Some(e) => self.here(who, index)?.eval(e)?,
                None => default.unwrap_or(Value::Unknown),
            });
        }
        Ok(values)
    }

    /// The id and the whole record of an event that an instance makes now.
    fn made(&mut self, who: usize, index: usize, values: Vec<Value>) -> (String, Vec<Value>) {
        let (program, clock) = (&self.program.name, self.clock);
        let id = self.instance(who, index).map_or_else(String::new, |i| {
            let key = i.key.as_ref().map(actions::key_text).unwrap_or_default();
            let (name, number) = (own(i.journey), i.number as u32);
            chance::emit_id(program, &i.of, name, &key, number, i.emits)
        });
        if let Some(instance) = self.instance_mut(who, index) {
            instance.emits += 1;
        }
        let mut all = vec![
            Value::Text(id.clone()),
            Value::Time(clock),
            Value::Text(String::new()),
            Value::Bool(false),
        ];
        all.extend(values);
        (id, all)
    }

    fn emit(
        &mut self,
        who: usize,
        index: usize,
        event: EventId,
        values: Vec<Value>,
        to: Option<(u32, String)>,
    ) -> Next {
        let (id, all) = self.made(who, index, values);
        let definition = self.program.events.get(event.index());
        let (name, of) =
            definition.map_or(("", Default::default()), |d| (d.name.as_str(), d.record));
        let data = actions::record(self.program, of, &all, 4);
        let mut line = Line::new("emit")
            .text("event", name)
            .text("id", &id)
            .raw("data", &data);
        if let Some((identifier, value)) = &to {
            let name = self.program.profile.identifiers.get(*identifier as usize);
            let name = name.map_or("", |(name, _)| name);
            let json = serde_json::json!({ name: value });
            line = line.raw("to", &json.to_string());
        }
        self.say_of(who, index, line);
        if self.is_broadcast(event) {
            self.follow(who, event, all);
        } else if let Some(person) = self.addressed(who, to, &id) {
            self.follow(person, event, all);
        }
        Next::Go
    }

    /// Whose an emitted event is.
    fn addressed(&mut self, who: usize, to: Option<(u32, String)>, id: &str) -> Option<usize> {
        let Some(to) = to else { return Some(who) };
        let clock = self.clock;
        let names = self.alike(&[to]);
        self.identify(&names, (clock, id))
    }

    fn follow(&mut self, person: usize, event: EventId, record: Vec<Value>) {
        self.queue.push_back(Follow::Emit {
            person,
            event,
            record,
        });
    }

    /// The longest of what was said counts; what is over already counts for nothing.
    fn mute(
        &mut self,
        who: usize,
        index: usize,
        purpose: PurposeId,
        delay: Option<&Expr>,
    ) -> Result<Next, Broken> {
        let until = match delay {
            None => None,
            Some(delay) => {
                let delay = self.here(who, index)?.eval(delay)?;
                Some(self.after_delay(who, &delay))
            }
        };
        let (clock, after) = (self.clock, self.after);
        let name = self.program.purposes.get(purpose.index());
        let field = format!("muted.{}", name.map_or("", |p| &p.name));
        let Some(person) = self.people.get_mut(who) else {
            return Ok(Next::Done);
        };
        let before = person.known.muted.remove(&purpose.0);
        let until = until.map(|until| before.map_or(until, |before| before.max(until)));
        let until = until.filter(|until| *until > clock || (*until == clock && !after));
        if let Some(until) = until {
            person.known.muted.insert(purpose.0, until);
        }
        let value = actions::json(self.program, &until.map_or(Value::Unknown, Value::Time));
        let line = Line::new("set").text("field", &field).raw("value", &value);
        self.say_of(who, index, line);
        self.queue.push_back(Follow::Edges { person: who });
        Ok(Next::Go)
    }
}
