//! Decision code, called: a person, perhaps an event and an instance in; results and effects out. A fault
//! of a predicate is recorded and counts as false.

use super::Engine;
use super::watching::Asked;
use crate::actions::ActionKind;
use crate::host::{Effect, Frame, FrameParts};
use crate::state::{Instance, PersonNo, Taken};
use journey_program::civil::{self, Zone};
use journey_program::ir::Fault;
use journey_program::record;
use journey_program::types::FunctionId;
use std::sync::Arc;

/// Whom a call is about that is about nobody: a broadcast's filters.
pub(super) const NOBODY: PersonNo = PersonNo(u32::MAX);

/// What a call is about, besides the person.
#[derive(Debug, Default)]
pub(super) struct About<'a> {
    pub(super) event: Option<&'a Taken>,
    pub(super) instance: Option<&'a mut Instance>,
}

impl<'a> About<'a> {
    pub(super) fn person() -> Self {
        Self::default()
    }
    pub(super) fn event(event: &'a Taken) -> Self {
        Self {
            event: Some(event),
            instance: None,
        }
    }
    pub(super) fn instance(instance: &'a mut Instance) -> Self {
        Self {
            event: None,
            instance: Some(instance),
        }
    }
}

impl Engine {
    /// The person's own zone, else the project's.
    pub(super) fn zone_of(&self, who: PersonNo) -> &'static Zone {
        let slot = self.program.profile.timezone.and_then(|field| {
            let layout = self
                .program
                .layouts
                .get(self.program.profile.record.index())?;
            layout.fields.get(field as usize)
        });
        let person = self.state.people.get(who.index());
        slot.zip(person)
            .filter(|(slot, person)| {
                slot.known
                    .is_none_or(|(byte, bit)| record::get_bit(&person.block, byte, bit))
            })
            .and_then(|(slot, person)| civil::zone(record::get_i64(&person.block, slot.offset)))
            .unwrap_or(self.zone)
    }

    /// Runs a function; `after` sees how it went, with the frame still there. What faulted in computed fields is
    /// recorded.
    pub(super) fn call<R>(
        &mut self,
        who: PersonNo,
        about: About<'_>,
        function: FunctionId,
        args: &[i64],
        after: impl FnOnce(Result<(), Fault>, Frame<'_>, &[i64]) -> R,
    ) -> Option<R> {
        let ran = self.call_only(who, about, function, args, |ran, mut frame, results| {
            let effects = std::mem::take(&mut frame.effects);
            (after(ran, frame, results), effects)
        });
        let (result, effects) = ran?;
        for effect in effects {
            if let Effect::Fault(fault) = effect {
                self.quiet_fault(who, &fault);
            }
        }
        Some(result)
    }

    /// The same, and `after` is given the effects.
    pub(super) fn call_only<R>(
        &mut self,
        who: PersonNo,
        mut about: About<'_>,
        function: FunctionId,
        args: &[i64],
        after: impl FnOnce(Result<(), Fault>, Frame<'_>, &[i64]) -> R,
    ) -> Option<R> {
        let (zone, moment) = (self.zone_of(who), self.now());
        let count = self.program.functions.get(function.index())?.results.len();
        if let Some(instance) = &mut about.instance {
            self.bring_up(who, instance);
        }
        let person = match who {
            NOBODY => &mut self.nobody,
            who => match self.state.people.get_mut(who.index())? {
                // nothing is left of them that code could read
                erased if erased.erased => &mut self.nobody,
                person => person,
            },
        };
        let mut no_instance = Vec::new();
        let (instance, journey) = match about.instance {
            Some(instance) => (&mut instance.block, Some(instance.journey)),
            None => (&mut no_instance, None),
        };
        let mut frame = Frame::new(FrameParts {
            program: &self.program,
            shared: &self.shared,
            person,
            zone,
            moment,
            place: self.state.taken,
            event: about.event.map_or(&[], |event| &event.block),
            instance,
            journey,
            executor: &*self.executor,
            learned: &self.state.learned,
            everyones: &self.state.broadcasts,
        });
        let mut few = [0i64; 8];
        let mut many = Vec::new();
        let results = match few.get_mut(..count) {
            Some(results) => results,
            None => {
                many.resize(count, 0);
                &mut many
            }
        };
        let watched = self
            .watch
            .as_ref()
            .is_some_and(|watch| watch.who.contains(&who));
        frame.notes = watched.then(Vec::new);
        let ran = self.executor.run(function, &mut frame, args, results);
        let notes = frame.notes.take();
        let asked = notes.map(|notes| Asked {
            function,
            faulted: ran.is_err(),
            result: results.first().copied(),
            notes,
        });
        let result = after(ran, frame, results);
        self.see_asked(who, asked);
        Some(result)
    }

    /// A predicate. A fault is recorded and is false.
    pub(super) fn holds(&mut self, who: PersonNo, about: About<'_>, function: FunctionId) -> bool {
        let held = self.call(who, about, function, &[], |ran, _, results| {
            ran.map(|()| results.first().is_some_and(|word| *word != 0))
        });
        match held {
            Some(Ok(held)) => held,
            Some(Err(fault)) => {
                self.quiet_fault(who, &fault);
                false
            }
            None => false,
        }
    }

    /// An instant that a function computes; `i64::MAX`: never. A fault is never: what it is about is recorded
    /// where the language asks it.
    pub(super) fn instant(&mut self, who: PersonNo, about: About<'_>, function: FunctionId) -> i64 {
        self.call_only(who, about, function, &[], |ran, _, results| {
            ran.map_or(i64::MAX, |()| results.first().copied().unwrap_or(i64::MAX))
        })
        .unwrap_or(i64::MAX)
    }

    /// A fault that ends nothing. How often a predicate is looked at is no promise: it is recorded once for a
    /// person and a place.
    pub(super) fn quiet_fault(&mut self, who: PersonNo, fault: &Fault) {
        let Some(person) = self.state.people.get_mut(who.index()) else {
            return;
        };
        if !person.faults.insert(fault.site) {
            return;
        }
        let reason = fault.code.name();
        *self.state.counters.faults.entry(reason.into()).or_default() += 1;
        let site = self.program.sites.get(fault.site.index()).cloned();
        let of = None;
        self.act(who, ActionKind::Fault { of, reason, site });
    }

    /// One in the `where` of a history: counted by its place, since histories of one shape are kept as one.
    pub(super) fn history_fault(&mut self, fault: &Fault) {
        let reason: Arc<str> = fault.code.name().into();
        let counters = &mut self.state.counters;
        *counters.faults.entry(Arc::clone(&reason)).or_default() += 1;
        let place = (fault.site, reason);
        *counters.history_faults.entry(place).or_default() += 1;
    }
}
