//! Waits of the model: what an instance waits for, when that is due, and what answers it.

use super::eval::Broken;
use super::person::{Frame, Instance, Waiting};
use super::steps::Next;
use super::{Edges, Model};
use journey_compiler::hir::{Awaited, Step, StepKind, StepRef, Until, WaitArm};
use journey_program::civil::{self, Zone};
use journey_program::types::{EventId, Value};

impl<'p> Model<'p> {
    pub(super) fn after_delay(&self, who: usize, delay: &Value) -> i64 {
        let from = self.carried.take().unwrap_or(self.clock);
        match delay {
            Value::Duration(ms) => from.saturating_add((*ms).max(0)).max(self.clock),
            Value::Span(span) => self.add_span(who, from, *span).max(self.clock),
            _ => i64::MAX,
        }
    }

    pub(super) fn begin_wait(
        &mut self,
        who: usize,
        index: usize,
        step: &'p Step,
        due: Option<i64>,
        arms: &'p [WaitArm],
        restarts: u32,
    ) -> Next {
        let since = self.clock;
        if let Some(instance) = self.instance_mut(who, index) {
            instance.since = since;
            instance.waiting = Some(Waiting::Step {
                step,
                due,
                arms,
                restarts,
            });
        }
        Next::Wait
    }

    pub(super) fn wait_until(
        &mut self,
        who: usize,
        index: usize,
        step: &'p Step,
        until: &'p Until,
        past: Option<&'p [Step]>,
    ) -> Result<Next, Broken> {
        match until {
            Until::Clock { weekday, clock } => {
                let clock = self.here(who, index)?.eval(clock)?;
                let (now, zone) = (self.clock, self.zone_of(who));
                if let (Value::Clock(clock), Some(instance)) =
                    (clock, self.instance_mut(who, index))
                {
                    let met = instance.clock_days.get(&address(step)).copied();
                    let day = next_day(zone, now, clock, *weekday, met);
                    instance.clock_wait = day.map(|day| (day, clock));
                }
                Ok(self.begin_wait(who, index, step, None, &[], 0))
            }
            Until::Instant(e) => {
                let Value::Time(at) = self.here(who, index)?.eval(e)? else {
                    return Ok(Next::Go);
                };
                if at < self.clock || (at == self.clock && self.after) {
                    if let Some(past) = past {
                        self.enter_block(who, index, past);
                    }
                    return Ok(Next::Go);
                }
                Ok(self.begin_wait(who, index, step, Some(at), &[], 0))
            }
        }
    }

    pub(super) fn wait_for(
        &mut self,
        who: usize,
        index: usize,
        step: &'p Step,
        restarts: u32,
    ) -> Result<Next, Broken> {
        let StepKind::WaitFor {
            up_to,
            arms,
            as_optional,
            answers,
            timeout,
            ..
        } = &step.kind
        else {
            return Ok(Next::Go);
        };
        let answer = answers.map(|send| self.answer_due(who, index, send.0));
        if answer == Some(None) {
            return Ok(Next::Go);
        }
        let due = match up_to {
            None => answer.flatten(),
            Some(e) => {
                let value = self.here(who, index)?.eval(e)?;
                Some(self.after_delay(who, &value))
            }
        };
        if *as_optional {
            for pattern in arms.iter().filter_map(|arm| arm.on.pattern()) {
                self.bind(who, index, pattern, &Value::Unknown);
            }
        }
        let before = self.looked_back(who, index, arms, *answers);
        if let Some((arm, record)) = before.filter(|_| restarts == 0) {
            if let Some(pattern) = arm.on.pattern() {
                self.bind(who, index, pattern, &record);
            }
            if let Some(instance) = self.instance_mut(who, index) {
                instance.stack.push(Frame::Arm(step, restarts));
                instance.stack.push(Frame::Steps(&arm.steps, 0));
            }
            return Ok(Next::Go);
        }
        let inside = arms.iter().find(|arm| self.is_inside(who, arm));
        if let Some(arm) = inside.filter(|_| restarts == 0) {
            if let Some(instance) = self.instance_mut(who, index) {
                instance.stack.push(Frame::Arm(step, restarts));
                instance.stack.push(Frame::Steps(&arm.steps, 0));
            }
            return Ok(Next::Go);
        }
        let past = due.is_some_and(|due| due < self.clock || (due == self.clock && self.after));
        if let (true, true, Some(steps)) = (past, answers.is_some(), timeout) {
            if let Some(instance) = self.instance_mut(who, index) {
                instance.stack.push(Frame::Arm(step, restarts));
                instance.stack.push(Frame::Steps(steps, 0));
            }
            return Ok(Next::Go);
        }
        Ok(self.begin_wait(who, index, step, due, arms, restarts))
    }

    /// An arm that waits for an audience is answered at once by who is in it.
    fn is_inside(&self, who: usize, arm: &WaitArm) -> bool {
        match &arm.on {
            Awaited::Event(_) => false,
            Awaited::Audience { id, .. } => self
                .known(who)
                .and_then(|known| known.audiences.get(id.index()))
                .is_some_and(|inside| *inside),
        }
    }

    /// `since enter`: the first event since the entry that an arm names; of one event the first arm in the source.
    fn looked_back(
        &self,
        who: usize,
        index: usize,
        arms: &'p [WaitArm],
        answers: Option<StepRef>,
    ) -> Option<(&'p WaitArm, Value)> {
        let person = self.people.get(who)?;
        let instance = person.instances.get(index)?;
        let since = person.happenings.iter();
        let sent = answers.and_then(|send| instance.sent_at.get(&send.0));
        let from = sent.map_or(instance.entered_log, |(log, _)| *log);
        let mut since = since.filter(|h| h.log > from && instance.saw(h));
        since.find_map(|h| {
            let fits = |arm: &&WaitArm| {
                let pattern = arm.on.pattern();
                let pattern = pattern.filter(|p| p.since_enter || answers.is_some());
                pattern.is_some_and(|p| self.fits(who, index, p, h.event, &h.record))
            };
            arms.iter().find(fits).map(|arm| (arm, h.record.clone()))
        })
    }

    /// When what an instance waits for is due.
    pub(super) fn due_of(&self, who: usize, instance: &Instance<'p>) -> Option<i64> {
        let waiting = instance.waiting.as_ref()?;
        if let Waiting::Step { step, .. } = waiting
            && let StepKind::WaitUntil {
                until: Until::Clock { .. },
                ..
            } = &step.kind
        {
            let (day, clock) = instance.clock_wait?;
            return self.zone_of(who).date_at_clock(day, clock);
        }
        waiting.due()
    }

    /// A wait has come to its end.
    pub(super) fn timeout(&mut self, who: usize, index: usize) {
        let waiting = self.instance_mut(who, index).and_then(|i| i.waiting.take());
        match waiting {
            Some(Waiting::Step { step, restarts, .. }) => {
                if let Some(instance) = self.instance_mut(who, index)
                    && let Some((day, _)) = instance.clock_wait.take()
                {
                    instance.clock_days.insert(address(step), day);
                }
                if let StepKind::WaitFor {
                    timeout: Some(steps),
                    ..
                } = &step.kind
                {
                    if let Some(instance) = self.instance_mut(who, index) {
                        instance.stack.push(Frame::Arm(step, restarts));
                    }
                    self.run(who, index, Some(steps));
                } else {
                    self.run(who, index, None);
                }
            }
            Some(Waiting::Collect { step, list, .. }) => self.collected(who, index, step, list),
            Some(Waiting::Cycle { step, cycles, .. }) => {
                match self.begin_cycle(who, index, step, cycles) {
                    Ok(_) => self.run(who, index, None),
                    Err(broken) => self.fault(who, index, broken),
                }
            }
            Some(Waiting::Release { .. } | Waiting::Held { .. } | Waiting::Gathering { .. })
            | None => {}
        }
    }

    /// An event, and edges of audiences, go to the instances that wait for them.
    pub(super) fn waiting(&mut self, who: usize, event: Option<&(EventId, Value)>, edges: &Edges) {
        if event.is_none() && edges.is_empty() {
            return;
        }
        for index in self.order(who) {
            let Some(instance) = self.instance(who, index) else {
                continue;
            };
            if let (Some(Waiting::Collect { .. }), Some((event, record))) =
                (&instance.waiting, event)
            {
                self.gather(who, index, *event, record);
                continue;
            }
            if let Some(Waiting::Held { .. }) = instance.waiting {
                self.let_go(who, index, edges);
                continue;
            }
            let Some(Waiting::Step {
                step,
                arms,
                restarts,
                ..
            }) = instance.waiting.clone()
            else {
                continue;
            };
            if !instance.live {
                continue;
            }
            let open = |a: &&WaitArm| a.restarts.is_none_or(|most| restarts < most);
            let answers = |a: &&WaitArm| match (&a.on, event) {
                (Awaited::Audience { id, .. }, _) => edges.contains(&(*id, true)),
                (Awaited::Event(p), Some((event, record))) => {
                    self.fits(who, index, p, *event, record)
                }
                (Awaited::Event(_), None) => false,
            };
            let arm = arms.iter().filter(open).find(answers);
            let Some(arm) = arm else { continue };
            if let Some(instance) = self.instance_mut(who, index) {
                instance.waiting = None;
                instance.stack.push(Frame::Arm(step, restarts));
            }
            if let (Some(pattern), Some((_, record))) = (arm.on.pattern(), event) {
                self.bind(who, index, pattern, record);
            }
            self.run(who, index, Some(&arm.steps));
        }
    }
}

/// What tells a step from all others.
fn address(step: &Step) -> usize {
    std::ptr::from_ref(step).addr()
}

/// The civil day of the next such clock time strictly after now; never one that was met already.
pub(super) fn next_day(
    zone: &Zone,
    now: i64,
    clock: i64,
    weekday: u8,
    met: Option<i64>,
) -> Option<i64> {
    let today = zone.date_of(now)?;
    (today - 1..today + 20)
        .filter(|day| weekday == 0 || civil::weekday(*day) == i64::from(weekday))
        .filter(|day| met.is_none_or(|met| met < *day))
        .find(|day| zone.date_at_clock(*day, clock).is_some_and(|at| at > now))
}
