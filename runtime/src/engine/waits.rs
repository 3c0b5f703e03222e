//! Waits: where instances rest. An arm answers the first fitting event after the wait began (or since
//! entry), in source order where one event fits two; the deadline comes after all events of its instant.

use super::Engine;
use super::apply::Cause;
use super::audiences::Edge;
use super::call::About;
use super::timers::next_clock;
use crate::state::{Instance, InstanceRank, PersonNo, Place, Taken, TimerKind, Waiting};
use journey_program::civil::Zone;
use journey_program::plan::{JourneyPlan, PatternPlan, WaitKind, WaitPlan};
use journey_program::record;
use journey_program::types::Span;
use std::sync::Arc;

impl Engine {
    /// Begins a wait. Some: it is over already, go on there.
    #[expect(
        clippy::too_many_arguments,
        reason = "what a stop of `run` says, and whose it is"
    )]
    pub(super) fn begin_wait(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        plan: &JourneyPlan,
        instance: &mut Instance,
        index: i64,
        value: i64,
        again: bool,
    ) -> Option<u32> {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let wait = plan.waits.get(number as usize)?;
        if let Some(collect) = &wait.collect
            && let Some(resume) = self.begin_collect(who, plan, wait, collect, instance)
        {
            return Some(resume);
        }
        let answer = match wait.kind {
            WaitKind::Answer { send } => match self.answer_due(who, plan, instance, send) {
                Some(due) => Some(due),
                None => return Some(wait.past),
            },
            WaitKind::Duration | WaitKind::Span | WaitKind::Until | WaitKind::Clock { .. } => None,
        };
        if !again && let Some(resume) = self.answered(who, plan, wait, instance) {
            return Some(resume);
        }
        let now = self.clock_ms();
        let since = self.carried_since.take().unwrap_or(now);
        let zone = self.zone_of(who);
        let mut clock = None;
        let deadline = match wait.kind {
            WaitKind::Duration if value == i64::MAX => None,
            WaitKind::Duration => Some(since.saturating_add(value.max(0)).max(now)),
            WaitKind::Span => {
                let due = zone.add_span_to_time(since, Span::unpack(value));
                due.map(|due| due.max(now))
            }
            WaitKind::Answer { .. } => {
                let due = answer.unwrap_or(i64::MAX);
                if due < now || (due == now && self.state.closed) {
                    return Some(wait.timeout);
                }
                (due != i64::MAX).then_some(due)
            }
            WaitKind::Until if value < now || (value == now && self.state.closed) => {
                return Some(wait.past);
            }
            WaitKind::Until => (value != i64::MAX).then_some(value),
            WaitKind::Clock { weekday } => {
                let met = instance.clock_days.get(&number).copied();
                let next = next_clock(zone, now, value, weekday, met);
                clock = next.map(|(day, _)| (day, value));
                next.map(|(_, at)| at)
            }
        };
        instance.place = Place::Waiting(Waiting {
            wait: number,
            since,
            deadline,
            clock,
        });
        if let Some(due) = deadline {
            self.set_timer(who, TimerKind::Wait, rank, due);
        }
        None
    }

    /// What answers a wait as it begins: the earliest event that an arm looks back to, or an audience that
    /// the person is in.
    fn answered(
        &mut self,
        who: PersonNo,
        plan: &JourneyPlan,
        wait: &WaitPlan,
        instance: &mut Instance,
    ) -> Option<u32> {
        let first = |recall: u32| instance.recalls.get(recall as usize).and_then(|r| r.first);
        let remembered = wait
            .arms
            .iter()
            .filter_map(|arm| Some((first(arm.recall?)?, arm)))
            .min_by_key(|(place, _)| *place)
            .map(|(_, arm)| arm);
        if let Some(arm) = remembered {
            let recall = arm
                .recall
                .and_then(|recall| plan.recalls.get(recall as usize));
            if let (Some(recall), Some((to, known))) = (recall, arm.bind) {
                let source = instance.block.clone();
                self.bind(
                    &arm.pattern,
                    &source,
                    recall.slot.offset,
                    instance,
                    to,
                    known,
                );
            }
            return Some(arm.resume);
        }
        wait.arms
            .iter()
            .find(|arm| {
                arm.audience
                    .is_some_and(|id| self.is_inside(who, id.index()))
            })
            .map(|arm| arm.resume)
    }

    /// Copies an event's record into the instance.
    pub(super) fn bind(
        &self,
        pattern: &PatternPlan,
        source: &[u8],
        from: u32,
        instance: &mut Instance,
        to: u32,
        known: Option<(u32, u8)>,
    ) {
        let event = self.program.events.get(pattern.event.index());
        let Some(id) = event.map(|event| event.record) else {
            return;
        };
        let types = record::Types::of(&self.program, &self.shared.symbols);
        record::copy_record(&types, source, from, id, &mut instance.block, to);
        if let Some((byte, bit)) = known {
            record::put_bit(&mut instance.block, byte, bit, true);
        }
    }

    /// Waiting instances that this occasion moves, in the order of instances.
    pub(super) fn waits(
        &mut self,
        who: PersonNo,
        event: Option<&Taken>,
        edges: &[Edge],
        met: &[InstanceRank],
        cause: &Cause,
    ) {
        for rank in met {
            let Some(instance) = self.instance(who, rank) else {
                continue;
            };
            match &instance.place {
                Place::Moving => {}
                Place::Holding { .. } | Place::Gathering { .. } => {
                    if matches!(cause, Cause::Release(due) if due == rank) {
                        self.try_again(who, rank);
                    }
                }
                Place::Held { .. } => {
                    if !edges.is_empty() {
                        self.free(who, rank, edges);
                    }
                }
                Place::Waiting(waiting) => {
                    let now = self.clock_ms();
                    let due = matches!(cause, Cause::Wait(due) if due == rank)
                        && waiting.deadline.is_some_and(|deadline| deadline <= now);
                    let listens =
                        || event.is_some_and(|event| self.listens(instance, waiting, event));
                    if due || !edges.is_empty() || listens() {
                        self.moved(who, rank, event, edges, due);
                    }
                }
            }
        }
    }

    /// Whether a wait has an arm for events of this type.
    fn listens(&self, instance: &Instance, waiting: &Waiting, event: &Taken) -> bool {
        let plan = self.program.journeys.get(instance.journey.index());
        let wait = plan.and_then(|plan| plan.waits.get(waiting.wait as usize));
        wait.is_some_and(|wait| wait.arms.iter().any(|arm| arm.pattern.names(event.event)))
    }

    fn moved(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        event: Option<&Taken>,
        edges: &[Edge],
        due: bool,
    ) {
        let program = Arc::clone(&self.program);
        let Some(mut instance) = self.take_instance(who, rank) else {
            return;
        };
        let plan = program.journeys.get(instance.journey.index());
        let Place::Waiting(waiting) = instance.place.clone() else {
            return;
        };
        let Some(wait) = plan.and_then(|plan| plan.waits.get(waiting.wait as usize)) else {
            return;
        };
        let mut resume = None;
        if let Some(collect) = &wait.collect {
            let over =
                due || event.is_some_and(|e| self.gather(who, wait, collect, e, &mut instance));
            if over {
                self.gathered(collect, &mut instance);
                resume = Some(wait.timeout);
            }
        }
        for arm in wait.arms.iter().filter(|_| wait.collect.is_none()) {
            let crossed =
                |id: journey_program::types::AudienceId| Self::crossed(edges, id.index(), true);
            let fits = match (arm.audience, event) {
                (Some(audience), _) => {
                    crossed(audience)
                        && arm.pattern.filter.is_none_or(|open| {
                            self.holds(who, About::instance(&mut instance), open)
                        })
                }
                (None, Some(event)) => self.matches(who, &arm.pattern, event, &mut instance),
                (None, None) => false,
            };
            if fits {
                if let (Some(event), Some((to, known)), None) = (event, arm.bind, arm.audience) {
                    self.bind(&arm.pattern, &event.block, 0, &mut instance, to, known);
                }
                resume = Some(arm.resume);
                break;
            }
        }
        if resume.is_none() && due {
            resume = Some(wait.timeout);
            if let Some((day, _)) = waiting.clock {
                instance.clock_days.insert(waiting.wait, day);
            }
        }
        match resume {
            Some(resume) => {
                self.clear_wait(who, rank, &instance);
                self.go(who, rank.clone(), instance, resume, event);
            }
            None => self.put_instance(who, rank.clone(), instance),
        }
    }

    /// Takes the timer of a wait away.
    pub(super) fn clear_wait(&mut self, who: PersonNo, rank: &InstanceRank, instance: &Instance) {
        if let Place::Waiting(Waiting {
            deadline: Some(due),
            ..
        }) = instance.place
        {
            self.clear_timer(who, TimerKind::Wait, rank, due);
        }
    }

    /// Waits until a clock time keep their civil day in a new zone.
    pub(super) fn move_waits(&mut self, who: PersonNo, zone: &Zone) {
        let Some(person) = self.person_mut(who) else {
            return;
        };
        let mut moved = Vec::new();
        for (rank, instance) in &mut person.instances {
            let Place::Waiting(waiting) = &mut instance.place else {
                continue;
            };
            let Some((day, clock)) = waiting.clock else {
                continue;
            };
            let Some(at) = zone.date_at_clock(day, clock) else {
                continue;
            };
            if let Some(old) = waiting.deadline.replace(at) {
                moved.push((rank.clone(), old, at));
            }
        }
        for (rank, old, due) in moved {
            self.clear_timer(who, TimerKind::Wait, &rank, old);
            self.set_timer(who, TimerKind::Wait, &rank, due);
        }
    }
}
