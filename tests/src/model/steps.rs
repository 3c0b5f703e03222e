//! Journeys, by walking their steps: an instance is a stack of blocks and what it waits for.

use super::actions::{self, Line};
use super::eval::{Broken, Scene};
use super::history::at_path;
use super::person::{Frame, Instance, Waiting};
use super::values::pat_fits;
use super::{Follow, Model};
use journey_compiler::hir::{Expr, Journey, Pattern, SplitArm, Step, StepKind};
use journey_program::chance;
use journey_program::civil::Zone;
use journey_program::ir::FaultCode;
use journey_program::plan::{ReenterPlan, StayPlan};
use journey_program::types::{EventId, Span, Value};

/// What a step leads to.
pub(super) enum Next {
    Go,
    /// it waits; the instance says for what
    Wait,
    Done,
}

impl<'p> Model<'p> {
    pub(super) fn zone_of(&self, who: usize) -> &'static Zone {
        self.scene(who, None, None)
            .map_or_else(Zone::utc, |s| s.civil_zone())
    }

    pub(super) fn add_span(&self, who: usize, at: i64, span: Span) -> i64 {
        self.zone_of(who)
            .add_span_to_time(at, span)
            .unwrap_or(i64::MAX)
    }

    /// A person enters a journey, unless something refuses.
    pub(super) fn enter(&mut self, who: usize, journey: &'p Journey, entry: Option<Value>) {
        let key = match (&journey.key, &journey.enter) {
            (Some(_), journey_compiler::hir::Enter::On(pattern)) => {
                let field = pattern.key.unwrap_or(u32::MAX);
                match entry.as_ref().map(|e| at_path(e, &[field])) {
                    Some(Value::Unknown) | None => {
                        self.refuse(who, journey, None, "no_key");
                        return;
                    }
                    key => key,
                }
            }
            _ => None,
        };
        if let Some(reason) = self.refusal(who, journey, key.as_ref()) {
            self.refuse(who, journey, key.as_ref(), reason);
            return;
        }
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let same = |i: &&Instance<'_>| i.journey.name == journey.name && i.key == key;
        let number = person.instances.iter().filter(same).count() as u64;
        let drawn = held_out(journey, &person.id);
        let assumed = self.assumed_holdouts.get(&journey.name).copied();
        let held_out = journey.holdout.is_some() && assumed.unwrap_or(drawn);
        person.instances.push(Instance {
            journey,
            key,
            entered: self.clock,
            entered_log: self.log,
            entry,
            locals: vec![Value::Unknown; journey.locals.len()],
            live: true,
            ended: 0,
            leaving: false,
            clock_wait: None,
            clock_days: Default::default(),
            emits: 0,
            held_out,
            stack: vec![Frame::Steps(&journey.steps, 0)],
            waiting: None,
            goal_counted: false,
            sends: Default::default(),
            sent_at: Default::default(),
            occurrences: Default::default(),
            last_send: None,
            number,
        });
        let index = person.instances.len() - 1;
        if let Some(watch) = &journey.watch {
            let holds = self
                .scene(who, Some(index), None)
                .is_some_and(|mut s| s.holds(watch));
            if !holds {
                if let Some(person) = self.people.get_mut(who) {
                    let gone = person.instances.pop();
                    let key = gone.and_then(|i| i.key);
                    self.refuse(who, journey, key.as_ref(), "while");
                }
                return;
            }
        }
        self.say_of(who, index, Line::new("enter"));
        if held_out {
            self.say_of(who, index, Line::new("holdout"));
            return;
        }
        self.run(who, index, None);
    }

    fn refuse(&mut self, who: usize, journey: &Journey, key: Option<&Value>, reason: &str) {
        let mut line = Line::new("refused").text("journey", &journey.name);
        if let Some(key) = key {
            line = line.raw("key", &actions::json(self.program, key));
        }
        self.say(who, line.text("reason", reason));
    }

    fn refusal(&self, who: usize, journey: &Journey, key: Option<&Value>) -> Option<&'static str> {
        let person = self.people.get(who)?;
        let same = |i: &&Instance<'_>| i.journey.name == journey.name && i.key.as_ref() == key;
        if person.instances.iter().filter(same).any(|i| i.live) {
            return Some("already_in");
        }
        let newest = person.instances.iter().rfind(same)?;
        let again = match journey.reenter {
            ReenterPlan::Never => false,
            ReenterPlan::Always => true,
            ReenterPlan::After { delay, from_entry } => {
                let from = if from_entry {
                    newest.entered
                } else {
                    newest.ended
                };
                let open = match delay {
                    StayPlan::Duration(ms) => from.saturating_add(ms),
                    StayPlan::Span(span) => self.add_span(who, from, span),
                };
                self.clock >= open
            }
        };
        if again { None } else { Some("reenter") }
    }

    pub(super) fn exit(&mut self, who: usize, index: usize, reason: &str) {
        self.say_of(who, index, Line::new("exit").text("reason", reason));
        let held = self.instance(who, index).and_then(|i| i.waiting.clone());
        self.finish_instance(who, index);
        if let Some(Waiting::Release { send, channel, .. }) = held {
            self.withdrawn(who, index, send, channel);
        }
    }

    pub(super) fn finish_instance(&mut self, who: usize, index: usize) {
        let clock = self.clock;
        self.forget_reservation(who, index);
        if let Some(instance) = self.instance_mut(who, index) {
            instance.live = false;
            instance.ended = clock;
            instance.waiting = None;
            instance.stack.clear();
        }
    }

    pub(super) fn fault(&mut self, who: usize, index: usize, broken: Broken) {
        let Some(instance) = self.instance(who, index) else {
            return;
        };
        let decl = instance.journey.decl;
        let place = actions::place(self.program, &self.sources, decl, broken.node);
        let line = Line::new("fault").text("reason", broken.code.name());
        let line = match place {
            Some(place) => line.raw("span", &place),
            None => line,
        };
        self.say_of(who, index, line);
        if self.instance(who, index).is_some_and(|i| i.live) {
            self.exit(who, index, "faulted");
        } else {
            self.finish_instance(who, index);
        }
    }

    /// The steps of an exit, which have no waits.
    pub(super) fn on_the_way_out(
        &mut self,
        who: usize,
        index: usize,
        steps: &'p [Step],
        pattern: &Pattern,
        record: &Value,
    ) {
        self.forget_reservation(who, index);
        if let Some(instance) = self.instance_mut(who, index) {
            instance.stack = vec![Frame::Steps(steps, 0)];
            instance.waiting = None;
            instance.leaving = true;
        }
        self.bind(who, index, pattern, record);
        self.run(who, index, None);
    }

    pub(super) fn bind(&mut self, who: usize, index: usize, pattern: &Pattern, record: &Value) {
        if let Some(local) = pattern.bind
            && let Some(instance) = self.instance_mut(who, index)
            && let Some(slot) = instance.locals.get_mut(local.0 as usize)
        {
            *slot = record.clone();
        }
    }

    /// Runs an instance until it waits or ends. `first` goes on inside a block that was begun.
    pub(super) fn run(&mut self, who: usize, index: usize, first: Option<&'p [Step]>) {
        if let (Some(steps), Some(instance)) = (first, self.instance_mut(who, index)) {
            instance.stack.push(Frame::Steps(steps, 0));
        }
        loop {
            let Some(instance) = self.instance_mut(who, index) else {
                return;
            };
            if instance.waiting.is_some() {
                return;
            }
            match instance.stack.last_mut() {
                None => {
                    if instance.leaving {
                        return;
                    }
                    self.say_of(who, index, Line::new("end"));
                    self.finish_instance(who, index);
                    return;
                }
                Some(Frame::Arm(..)) => {
                    instance.stack.pop();
                }
                Some(Frame::Cycle(step, cycles)) => {
                    let (step, cycles) = (*step, *cycles);
                    instance.stack.pop();
                    match self.cycle(who, index, step, cycles) {
                        Ok(Next::Go) => {}
                        Ok(Next::Wait | Next::Done) => return,
                        Err(broken) => return self.fault(who, index, broken),
                    }
                }
                Some(Frame::Steps(steps, next)) => {
                    let Some(step) = steps.get(*next) else {
                        instance.stack.pop();
                        continue;
                    };
                    *next += 1;
                    match self.step(who, index, step) {
                        Ok(Next::Go) => {}
                        Ok(Next::Wait | Next::Done) => return,
                        Err(broken) => return self.fault(who, index, broken),
                    }
                }
            }
        }
    }

    pub(super) fn here(&self, who: usize, index: usize) -> Result<Scene<'_>, Broken> {
        let nobody = Broken {
            code: FaultCode::OutOfRange,
            node: Default::default(),
        };
        self.scene(who, Some(index), None).ok_or(nobody)
    }

    fn step(&mut self, who: usize, index: usize, step: &'p Step) -> Result<Next, Broken> {
        match &step.kind {
            StepKind::Wait { delay, .. } => {
                let value = self.here(who, index)?.eval(delay)?;
                let due = self.after_delay(who, &value);
                Ok(self.begin_wait(who, index, step, Some(due), &[], 0))
            }
            StepKind::WaitUntil { until, past, .. } => {
                self.wait_until(who, index, step, until, past.as_deref())
            }
            StepKind::WaitFor { .. } => self.wait_for(who, index, step, 0),
            StepKind::If { arms, otherwise } => {
                for (condition, steps) in arms {
                    if self.here(who, index)?.truth(condition)? {
                        self.enter_block(who, index, steps);
                        return Ok(Next::Go);
                    }
                }
                self.enter_block(who, index, otherwise);
                Ok(Next::Go)
            }
            StepKind::Match { value, arms } => {
                let value = self.here(who, index)?.eval(value)?;
                let arm = arms
                    .iter()
                    .find(|(pats, _)| pats.iter().any(|p| pat_fits(p, &value)));
                if let Some((_, steps)) = arm {
                    self.enter_block(who, index, steps);
                }
                Ok(Next::Go)
            }
            StepKind::Split {
                name, salt, arms, ..
            } => Ok(self.split(who, index, name, salt, arms)),
            StepKind::Send(send) => self.send(who, index, send),
            StepKind::Let { local, value } | StepKind::SetLocal { local, value } => {
                let value = self.here(who, index)?.eval(value)?;
                self.set_local(who, index, local.0, value);
                Ok(Next::Go)
            }
            StepKind::SetField { field, value } => self.set(who, index, *field, value),
            StepKind::Emit { event, fields } => self.emit(who, index, *event, fields),
            StepKind::Repeat { .. } => self.cycle(who, index, step, 0),
            StepKind::Leave => {
                self.unwind_to_cycle(who, index);
                if let Some(instance) = self.instance_mut(who, index) {
                    instance.stack.pop();
                }
                Ok(Next::Go)
            }
            StepKind::Again => {
                self.unwind_to_cycle(who, index);
                Ok(Next::Go)
            }
            StepKind::Restart { .. } => self.restart(who, index),
            StepKind::End { reason } => {
                let mut line = Line::new("end");
                if let Some(reason) = reason {
                    line = line.text("reason", reason);
                }
                if self.instance(who, index).is_some_and(|i| i.live) {
                    self.say_of(who, index, line);
                }
                self.finish_instance(who, index);
                Ok(Next::Done)
            }
        }
    }

    fn split(
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
        let lot = chance::lot(&person.id, &split, salt);
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

    fn set_local(&mut self, who: usize, index: usize, local: u32, value: Value) {
        if let Some(instance) = self.instance_mut(who, index)
            && let Some(slot) = instance.locals.get_mut(local as usize)
        {
            *slot = value;
        }
    }

    pub(super) fn enter_block(&mut self, who: usize, index: usize, steps: &'p [Step]) {
        if let Some(instance) = self.instance_mut(who, index) {
            instance.stack.push(Frame::Steps(steps, 0));
        }
    }

    fn set(&mut self, who: usize, index: usize, field: u32, value: &Expr) -> Result<Next, Broken> {
        let value = self.here(who, index)?.eval(value)?;
        let (clock, log) = (self.clock, self.log);
        let fields = self
            .program
            .records
            .get(self.program.profile.record.index());
        let name = fields
            .and_then(|r| r.fields.get(field as usize))
            .map_or("", |f| &f.name);
        let json = actions::json(self.program, &value);
        self.say_of(
            who,
            index,
            Line::new("set").text("field", name).raw("value", &json),
        );
        if let Some(person) = self.people.get_mut(who) {
            person.write(field, value, clock, log);
        }
        self.queue.push_back(Follow::Edges { person: who });
        Ok(Next::Go)
    }

    fn emit(
        &mut self,
        who: usize,
        index: usize,
        event: EventId,
        fields: &[Option<Expr>],
    ) -> Result<Next, Broken> {
        let mut values = Vec::new();
        let definition = self.program.events.get(event.index());
        let record = definition.and_then(|d| self.program.records.get(d.record.index()));
        for (place, field) in fields.iter().enumerate() {
            let default = record
                .and_then(|r| r.fields.get(place + 4))
                .and_then(|f| f.default.clone());
            values.push(match field {
                Some(e) => self.here(who, index)?.eval(e)?,
                None => default.unwrap_or(Value::Unknown),
            });
        }
        let Some(person) = self.people.get(who) else {
            return Ok(Next::Done);
        };
        let Some(instance) = person.instances.get(index) else {
            return Ok(Next::Done);
        };
        let key = instance
            .key
            .as_ref()
            .map(actions::key_text)
            .unwrap_or_default();
        let id = chance::emit_id(
            &self.program.name,
            &person.id,
            &instance.journey.name,
            &key,
            instance.number as u32,
            instance.emits,
        );
        if let Some(instance) = self.instance_mut(who, index) {
            instance.emits += 1;
        }
        let mut all = vec![
            Value::Text(id.clone()),
            Value::Time(self.clock),
            Value::Text(String::new()),
            Value::Bool(false),
        ];
        all.extend(values);
        let (name, of) =
            definition.map_or(("", Default::default()), |d| (d.name.as_str(), d.record));
        let data = actions::record(self.program, of, &all, 4);
        let line = Line::new("emit")
            .text("event", name)
            .text("id", &id)
            .raw("data", &data);
        self.say_of(who, index, line);
        self.queue.push_back(Follow::Emit {
            person: who,
            event,
            record: all,
        });
        Ok(Next::Go)
    }

    /// Begins a cycle if there is one more.
    fn cycle(
        &mut self,
        who: usize,
        index: usize,
        step: &'p Step,
        cycles: u32,
    ) -> Result<Next, Broken> {
        let StepKind::Repeat { every, times, .. } = &step.kind else {
            return Ok(Next::Go);
        };
        if let Some(times) = times
            && let Value::Int(times) = self.here(who, index)?.eval(times)?
            && i64::from(cycles) >= times
        {
            return Ok(Next::Go);
        }
        if cycles > 0
            && let Some(every) = every
        {
            let value = self.here(who, index)?.eval(every)?;
            let due = self.after_delay(who, &value);
            if let Some(instance) = self.instance_mut(who, index) {
                instance.waiting = Some(Waiting::Cycle { step, due, cycles });
            }
            return Ok(Next::Wait);
        }
        self.begin_cycle(who, index, step, cycles)
    }

    pub(super) fn begin_cycle(
        &mut self,
        who: usize,
        index: usize,
        step: &'p Step,
        cycles: u32,
    ) -> Result<Next, Broken> {
        let StepKind::Repeat {
            condition, steps, ..
        } = &step.kind
        else {
            return Ok(Next::Go);
        };
        if let Some(condition) = condition
            && !self.here(who, index)?.truth(condition)?
        {
            return Ok(Next::Go);
        }
        if let Some(instance) = self.instance_mut(who, index) {
            instance.stack.push(Frame::Cycle(step, cycles + 1));
            instance.stack.push(Frame::Steps(steps, 0));
        }
        Ok(Next::Go)
    }

    /// Drops the blocks inside the nearest cycle; its frame is then the innermost.
    fn unwind_to_cycle(&mut self, who: usize, index: usize) {
        if let Some(instance) = self.instance_mut(who, index) {
            while let Some(frame) = instance.stack.last() {
                if matches!(frame, Frame::Cycle(..)) {
                    return;
                }
                instance.stack.pop();
            }
        }
    }

    fn restart(&mut self, who: usize, index: usize) -> Result<Next, Broken> {
        loop {
            let Some(instance) = self.instance_mut(who, index) else {
                return Ok(Next::Done);
            };
            match instance.stack.pop() {
                Some(Frame::Arm(step, restarts)) => {
                    return self.wait_for(who, index, step, restarts + 1);
                }
                Some(_) => {}
                None => return Ok(Next::Go),
            }
        }
    }
}

/// Whether the lot falls into the journey's holdout.
fn held_out(journey: &Journey, person: &str) -> bool {
    let lot = |salt: &str| chance::lot(person, &journey.name, salt);
    journey
        .holdout
        .as_ref()
        .is_some_and(|h| lot(&h.salt) < h.below)
}
