//! `enter every year on FIELD`: the next anniversary of a date, by looking at each.

use super::Model;
use super::deploying::entered;
use journey_compiler::hir::{Enter, Journey};
use journey_program::civil;
use journey_program::types::Value;

impl Model<'_> {
    /// A field may have been written: who enters on another date now is scheduled anew.
    pub(super) fn dates_changed(&mut self, who: usize) {
        let program = self.program;
        for journey in entered(program) {
            let Enter::Yearly { field, .. } = &journey.enter else {
                continue;
            };
            let Some(person) = self.people.get_mut(who) else {
                return;
            };
            let now = person.known.fields.get(*field as usize).cloned();
            let now = now.unwrap_or(Value::Unknown);
            let before = person.dates.insert(journey.name.clone(), now.clone());
            if before != Some(now) {
                if let Some(person) = self.people.get_mut(who) {
                    person.scheduled.remove(&journey.name);
                }
                self.find_year(who, journey);
            }
        }
    }

    /// In another version of the program, where no turn is under way.
    pub(super) fn schedule_again(&mut self, who: usize, journey: &Journey) {
        match &journey.enter {
            Enter::Yearly { .. } => self.find_year(who, journey),
            _ => self.schedule(who, journey),
        }
    }

    /// Of a new person, or after an anniversary was met.
    pub(super) fn schedule_yearly(&mut self, who: usize, journey: &Journey) {
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        if let Some(day) = person.scheduled.remove(&journey.name) {
            person.met.insert(journey.name.clone(), day);
        }
        self.find_year(who, journey);
    }

    fn find_year(&mut self, who: usize, journey: &Journey) {
        let Enter::Yearly { field, clock, .. } = &journey.enter else {
            return;
        };
        let (zone, now) = (self.zone_of(who), self.clock);
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let date = person.known.fields.get(*field as usize).cloned();
        let date = date.unwrap_or(Value::Unknown);
        person.dates.insert(journey.name.clone(), date.clone());
        let Value::Date(date) = date else { return };
        let met = person.met.get(&journey.name).copied();
        let day = (0..10_000)
            .map_while(|year| civil::anniversary(date, year))
            .filter(|day| met.is_none_or(|met| met < *day))
            .find(|day| zone.date_at_clock(*day, *clock).is_some_and(|at| at > now));
        if let Some(day) = day {
            person.scheduled.insert(journey.name.clone(), day);
        }
    }
}
