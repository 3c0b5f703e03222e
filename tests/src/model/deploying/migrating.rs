//! `migrate from`: who stands somewhere in an older version goes on where the block says, from the step on, inside all
//! that stands around it.

use super::names::Names;
use crate::model::Model;
use crate::model::person::{Frame, Instance, Waiting};
use journey_compiler::hir::{Journey, MigrationTo, Step, StepKind, StepRef};
use journey_program::types::Value;

/// How an instance goes on, and since when it has waited.
#[derive(Clone, Copy, Debug)]
pub struct Led<'p> {
    pub to: &'p MigrationTo,
    pub since: Option<i64>,
}

/// A step by its number; of those that instances rest at, whether it is a wait.
fn own(step: &Step) -> Option<(StepRef, bool)> {
    match &step.kind {
        StepKind::Wait { step, .. }
        | StepKind::WaitUntil { step, .. }
        | StepKind::WaitFor { step, .. }
        | StepKind::Collect { step, .. } => Some((*step, true)),
        StepKind::Send(send) => Some((send.step, false)),
        StepKind::Repeat { step, .. }
        | StepKind::Split { step, .. }
        | StepKind::Decide { step, .. } => Some((*step, false)),
        _ => None,
    }
}

fn name_of(journey: &Journey, step: StepRef) -> &str {
    let named = journey.named.get(step.0 as usize);
    named.map_or("", |named| named.name.as_str())
}

fn in_order<'p>(steps: &'p [Step], all: &mut Vec<&'p Step>) {
    for step in steps {
        all.push(step);
        for block in super::places::in_source_order(step) {
            in_order(block, all);
        }
    }
}

/// What a place is called: its own name, or that of the next step that has one.
fn called(journey: &Journey, place: StepRef) -> Option<String> {
    let mut all = Vec::new();
    in_order(&journey.steps, &mut all);
    let at = all
        .iter()
        .position(|step| own(step).is_some_and(|(own, _)| own == place))?;
    let mut names = all.iter().skip(at).filter_map(|step| own(step));
    let named = |(step, _): &(StepRef, bool)| {
        let name = name_of(journey, *step);
        !name.is_empty() && !name.contains(' ')
    };
    names
        .find(named)
        .map(|(step, _)| name_of(journey, step).to_owned())
}

/// Frames that lead to a step, the step itself the next.
fn way_to<'p>(steps: &'p [Step], wanted: StepRef) -> Option<(Vec<Frame<'p>>, &'p Step)> {
    for (number, step) in steps.iter().enumerate() {
        if own(step).is_some_and(|(own, _)| own == wanted) {
            return Some((vec![Frame::Steps(steps, number)], step));
        }
        for block in super::places::in_source_order(step) {
            if let Some((inner, found)) = way_to(block, wanted) {
                let mut frames = vec![Frame::Steps(steps, number + 1)];
                match &step.kind {
                    StepKind::WaitFor { .. } => frames.push(Frame::Arm(step, 0)),
                    StepKind::Repeat { .. } => frames.push(Frame::Cycle(step, 0)),
                    _ => {}
                }
                frames.extend(inner);
                return Some((frames, found));
            }
        }
    }
    None
}

impl<'p> Names<'p> {
    /// The way that the newer journey has for who is in the older one.
    pub(super) fn led(&self, old: &Instance<'p>, new: &'p Journey) -> Option<Option<Led<'p>>> {
        if old.journey.name.contains('@') || new.name.contains('@') {
            return None;
        }
        let mut ways = new.migrations.iter();
        let way = ways.find(|way| way.from == self.old.version)?;
        let place = match &old.waiting {
            None => return Some(None),
            Some(
                Waiting::Step { step, .. }
                | Waiting::Collect { step, .. }
                | Waiting::Cycle { step, .. },
            ) => own(step)?.0,
            Some(
                Waiting::Release { send, .. }
                | Waiting::Held { send, .. }
                | Waiting::Gathering { send, .. },
            ) => send.step,
        };
        let waits = matches!(
            old.waiting,
            Some(Waiting::Step { .. } | Waiting::Collect { .. } | Waiting::Cycle { .. })
        );
        let name = called(old.journey, place)?;
        let arm = way.arms.iter().find(|arm| arm.old == name)?;
        Some(Some(Led {
            to: &arm.to,
            since: waits.then_some(old.since),
        }))
    }

    /// What goes with it: variables and what it remembers of steps, by their names.
    pub(super) fn led_on(
        &self,
        old: Instance<'p>,
        new: &'p Journey,
        led: Option<Led<'p>>,
    ) -> Instance<'p> {
        let local = |local: &journey_compiler::hir::Local| {
            let before = old.journey.locals.iter();
            let before = before.zip(&old.locals).find(|(l, _)| l.name == local.name);
            before
                .and_then(|(_, value)| self.value(value, &local.ty))
                .unwrap_or(Value::Unknown)
        };
        let step = |step: u32| {
            let name = name_of(old.journey, StepRef(step));
            let place = new.named.iter().position(|named| named.name == name)?;
            Some(place as u32)
        };
        let made = old.made.iter().filter_map(|(at, made)| {
            let mut made = made.clone();
            made.channel = self.channel(made.channel)?;
            Some((step(*at)?, made))
        });
        fn by_step<T: Clone>(
            all: &std::collections::BTreeMap<u32, T>,
            step: &impl Fn(u32) -> Option<u32>,
        ) -> std::collections::BTreeMap<u32, T> {
            let all = all.iter();
            all.filter_map(|(at, value)| Some((step(*at)?, value.clone())))
                .collect()
        }
        Instance {
            locals: new.locals.iter().map(local).collect(),
            entry: old.entry.as_ref().and_then(|entry| self.event_value(entry)),
            made: made.collect(),
            sends: by_step(&old.sends, &step),
            sent_at: by_step(&old.sent_at, &step),
            occurrences: by_step(&old.occurrences, &step),
            journey: new,
            led,
            stack: Vec::new(),
            waiting: None,
            clock_wait: None,
            clock_days: Default::default(),
            combined: None,
            reached: None,
            ..old
        }
    }
}

impl<'p> Model<'p> {
    /// Everybody whom a block leads on, in the order of profiles.
    pub(super) fn lead_on(&mut self) {
        let mut people: Vec<usize> = (0..self.people.len()).collect();
        people.sort_by_key(|who| self.people.get(*who).map(|person| person.id.clone()));
        for who in people {
            for index in self.order(who) {
                let led = self.instance_mut(who, index).and_then(|i| i.led.take());
                if let Some(led) = led {
                    self.forget_reservation(who, index);
                    self.lead(who, index, led);
                    self.carried.set(None);
                    self.drain();
                }
            }
        }
    }

    fn lead(&mut self, who: usize, index: usize, led: Led<'p>) {
        let MigrationTo::Step(step, sets) = led.to else {
            if let MigrationTo::End(reason) = led.to {
                self.end(who, index, reason.as_deref());
            }
            return;
        };
        for (local, value) in sets {
            let value = match self
                .here(who, index)
                .and_then(|mut scene| scene.eval(value))
            {
                Ok(value) => value,
                Err(broken) => return self.fault(who, index, broken),
            };
            self.set_local(who, index, local.0, value);
        }
        let journey = self.instance(who, index).map(|instance| instance.journey);
        let Some((frames, found)) = journey.and_then(|journey| way_to(&journey.steps, *step))
        else {
            return;
        };
        if let Some(instance) = self.instance_mut(who, index) {
            instance.stack = frames;
        }
        let waits = own(found).is_some_and(|(_, waits)| waits);
        self.carried.set(led.since.filter(|_| waits));
        self.run(who, index, None);
        if let (true, Some(since), Some(instance)) =
            (waits, led.since, self.instance_mut(who, index))
            && let Some(Waiting::Step { step, .. } | Waiting::Collect { step, .. }) =
                &instance.waiting
            && std::ptr::eq(*step, found)
        {
            instance.since = since;
        }
    }
}
