//! How instances end: goals (which end nothing), exits, `while`s that turn false, and what is kept after.

use super::*;

impl Engine {
    /// Exits and goals, in the order of instances.
    pub(in crate::engine) fn exits(
        &mut self,
        who: PersonNo,
        event: Option<&Taken>,
        met: &[InstanceRank],
    ) {
        let Some(event) = event else { return };
        let program = Arc::clone(&self.program);
        for rank in met {
            let listens = self.instance(who, rank).is_some_and(|instance| {
                let plan = program.journeys.get(instance.journey.index());
                instance.ended.is_some()
                    || plan.is_none_or(|plan| {
                        let mut exits = plan.exits.iter();
                        !plan.goals.is_empty() || exits.any(|exit| exit.pattern.names(event.event))
                    })
            });
            if !listens {
                continue;
            }
            let Some(mut instance) = self.take_instance(who, rank) else {
                continue;
            };
            let Some(plan) = program.journeys.get(instance.journey.index()) else {
                continue;
            };
            let goal = self.goal(who, plan, event, &mut instance);
            if instance.ended.is_some() {
                if self.is_kept(plan, &instance) {
                    self.put_instance(who, rank.clone(), instance);
                }
                continue;
            }
            let mut exits = plan.exits.iter();
            let exit = exits.find(|exit| self.matches(who, &exit.pattern, event, &mut instance));
            if let Some(exit) = exit {
                if let Some((to, known)) = exit.bind {
                    self.bind(&exit.pattern, &event.block, 0, &mut instance, to, known);
                }
                let reason = if goal {
                    "converted".into()
                } else {
                    exit.reason.as_str().into()
                };
                self.exit(
                    who,
                    rank.clone(),
                    instance,
                    reason,
                    exit.resume,
                    Some(event),
                );
            } else {
                self.put_instance(who, rank.clone(), instance);
            }
        }
    }

    /// Instances whose `while` has turned false exit.
    pub(in crate::engine) fn whiles(
        &mut self,
        who: PersonNo,
        met: &[InstanceRank],
        evaluated: bool,
    ) {
        let program = Arc::clone(&self.program);
        for rank in met {
            let watched = self.instance(who, rank).is_some_and(|instance| {
                let plan = program.journeys.get(instance.journey.index());
                instance.ended.is_none() && plan.is_some_and(|plan| plan.watch.is_some())
            });
            if !watched {
                continue;
            }
            let Some(mut instance) = self.take_instance(who, rank) else {
                continue;
            };
            let Some(plan) = program.journeys.get(instance.journey.index()) else {
                continue;
            };
            if self.stays(who, rank, plan, &mut instance, evaluated) {
                self.put_instance(who, rank.clone(), instance);
            } else {
                self.left(who, rank.clone(), instance, "while".into());
            }
        }
    }

    /// Counts a goal that is reached now.
    fn goal(
        &mut self,
        who: PersonNo,
        plan: &JourneyPlan,
        event: &Taken,
        instance: &mut Instance,
    ) -> bool {
        if plan.goals.is_empty() || instance.goal.is_some() || !self.in_time(plan, instance) {
            return false;
        }
        if !plan
            .goals
            .iter()
            .any(|goal| self.matches(who, goal, event, instance))
        {
            return false;
        }
        instance.goal = Some(self.clock_ms());
        let name = self.index.journey(instance.journey);
        *self.state.counters.goals.entry(name).or_default() += 1;
        let of = self.subject(instance);
        self.act(who, ActionKind::Goal(of));
        true
    }

    /// Whether a goal now would still be within its time: closed, from entry or from the last send.
    fn in_time(&self, plan: &JourneyPlan, instance: &Instance) -> bool {
        let from = if plan.goal_of_last_send {
            instance.last_send
        } else {
            Some(instance.entered)
        };
        from.is_some_and(|from| {
            plan.goal_within
                .is_none_or(|within| self.clock_ms() <= from.saturating_add(within))
        })
    }

    /// An instance that ended is kept while its goal may still come, or a send on its way out is held.
    fn is_kept(&self, plan: &JourneyPlan, instance: &Instance) -> bool {
        let hopes = !plan.goals.is_empty() && instance.goal.is_none();
        matches!(instance.place, Place::Holding { .. } | Place::Held { .. })
            || (hopes && self.in_time(plan, instance))
    }

    /// Whether the journey's `while` still holds; looked at when something changed or time may have.
    fn stays(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        plan: &JourneyPlan,
        instance: &mut Instance,
        evaluated: bool,
    ) -> bool {
        let now = self.clock_ms();
        if plan.watch.is_none() || !(evaluated || instance.while_due.is_some_and(|due| due <= now))
        {
            return true;
        }
        if !self.while_holds(who, plan, instance) {
            return false;
        }
        self.watch_while(who, rank, plan, instance);
        true
    }

    pub(in crate::engine) fn while_holds(
        &mut self,
        who: PersonNo,
        plan: &JourneyPlan,
        instance: &mut Instance,
    ) -> bool {
        let predicate = plan.watch.as_ref().and_then(|watch| watch.predicate);
        predicate.is_none_or(|predicate| self.holds(who, About::instance(instance), predicate))
    }

    /// Sets the timer at which time alone may change the `while`.
    fn watch_while(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        plan: &JourneyPlan,
        instance: &mut Instance,
    ) {
        let Some(watch) = &plan.watch else { return };
        let now = self.clock_ms();
        let changes = watch
            .histories
            .iter()
            .map(|id| self.history_change(who, id.index()));
        let mut due = changes.min().unwrap_or(i64::MAX).min(self.mute_change(who));
        due = due.min(self.recall_change(who, plan, instance));
        if let Some(function) = watch.next {
            let at = self.instant(who, About::instance(instance), function);
            due = due.min(if at > now { at } else { i64::MAX });
        }
        let due = (due != i64::MAX).then_some(due);
        let old = std::mem::replace(&mut instance.while_due, due);
        let kind = crate::state::TimerKind::Edges;
        if let Some(old) = old {
            self.clear_timer(who, kind, rank, old);
        }
        if let Some(due) = due {
            self.set_timer(who, kind, rank, due);
        }
    }

    pub(in crate::engine) fn begin_while(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        plan: &JourneyPlan,
        instance: &mut Instance,
    ) {
        self.watch_while(who, rank, plan, instance);
    }

    /// An exit without steps on the way out.
    pub(in crate::engine) fn left(
        &mut self,
        who: PersonNo,
        rank: InstanceRank,
        instance: Box<Instance>,
        reason: Arc<str>,
    ) {
        self.exit(who, rank, instance, reason, None, None);
    }

    fn exit(
        &mut self,
        who: PersonNo,
        rank: InstanceRank,
        mut instance: Box<Instance>,
        reason: Arc<str>,
        resume: Option<u32>,
        event: Option<&Taken>,
    ) {
        let of = self.subject(&instance);
        self.act(who, ActionKind::Exit { of, reason });
        self.withdraw(who, &rank, &mut instance);
        self.take_all_back(who, &mut instance);
        match resume {
            Some(resume) => {
                self.mark_ended(who, &rank, &mut instance);
                self.go(who, rank, instance, resume, event);
            }
            None => self.over(who, rank, instance),
        }
    }

    /// No more steps: timers go, the end is noted, and what a goal may still need is kept.
    pub(in crate::engine) fn over(
        &mut self,
        who: PersonNo,
        rank: InstanceRank,
        mut instance: Box<Instance>,
    ) {
        instance.place = Place::Moving;
        self.mark_ended(who, &rank, &mut instance);
        let kept = self
            .program
            .journeys
            .get(instance.journey.index())
            .is_some_and(|plan| self.is_kept(plan, &instance));
        if kept {
            instance.recalls = Vec::new();
            self.put_instance(who, rank, instance);
        }
    }

    pub(in crate::engine) fn mark_ended(
        &mut self,
        who: PersonNo,
        rank: &InstanceRank,
        instance: &mut Instance,
    ) {
        self.clear_wait(who, rank, instance);
        if let Some(due) = instance.while_due.take() {
            self.clear_timer(who, crate::state::TimerKind::Edges, rank, due);
        }
        if instance.ended.is_some() {
            return;
        }
        let no = instance.no;
        self.give_back_offers(who, |held| held.0 == no);
        let now = self.clock_ms();
        instance.ended = Some(now);
        let name = self.index.journey(instance.journey);
        *self.state.counters.ended.entry(name).or_default() += 1;
        let key = (self.index.newest(instance.journey), instance.key.clone());
        if let Some(person) = self.person_mut(who)
            && let Some(entries) = person.entries.get_mut(&key)
        {
            entries.ended = Some(now);
            entries.inside = false;
        }
    }
}
