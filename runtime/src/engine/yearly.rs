//! `enter every year on FIELD`: the day of a profile's date in each year, and what happens when that date changes.

use super::Engine;
use crate::state::PersonNo;
use journey_program::civil::{self, Zone};
use journey_program::plan::EnterPlan;
use journey_program::record;
use journey_program::types::{JourneyId, Value};

/// Years that are looked at from the one before this: a day may have been met, a clock time be past.
const YEARS_AHEAD: i64 = 4;

/// The first anniversary (the date itself included) after `after_day` whose clock time is strictly after now.
pub(super) fn next_year(
    zone: &Zone,
    now: i64,
    clock: i64,
    date: i64,
    after_day: Option<i64>,
) -> Option<(i64, i64)> {
    let today = zone.date_of(now)?;
    let past = civil::years_since(date, today)
        .unwrap_or(0)
        .saturating_sub(1);
    let first = past.max(0);
    (first..first + YEARS_AHEAD)
        .filter_map(|year| civil::anniversary(date, year))
        .filter(|day| after_day.is_none_or(|after| *day > after))
        .filter_map(|day| Some((day, zone.date_at_clock(day, clock)?)))
        .find(|(_, at)| *at > now)
}

impl Engine {
    /// A date of the profile. None: unknown.
    pub(super) fn date_of(&self, who: PersonNo, field: u32) -> Option<i64> {
        let record = self.program.profile.record.index();
        let place = field as usize;
        let def = self.program.records.get(record)?.fields.get(place)?;
        let slot = self.program.layouts.get(record)?.fields.get(place)?;
        let person = self.state.people.get(who.index())?;
        let types = record::Types::of(&self.program, &self.shared.symbols);
        let value = record::read_field(&types, &person.block, 0, slot, &def.ty);
        if let Value::Date(day) = value {
            Some(day)
        } else {
            None
        }
    }

    /// The dates by which the person enters, by journey.
    pub(super) fn yearly_dates(&self, who: PersonNo) -> Vec<(JourneyId, Option<i64>)> {
        let dates = self.index.yearly.iter().filter_map(|journey| {
            let plan = self.program.journeys.get(journey.index())?;
            match &plan.enter {
                EnterPlan::Yearly { field, .. } => Some((*journey, self.date_of(who, *field))),
                EnterPlan::On { .. } | EnterPlan::When { .. } | EnterPlan::Every { .. } => None,
            }
        });
        dates.collect()
    }

    /// Entries go by the new date; never twice for one civil day.
    pub(super) fn dates_may_have_changed(
        &mut self,
        who: PersonNo,
        before: &[(JourneyId, Option<i64>)],
    ) {
        if before.is_empty() {
            return;
        }
        for (old, new) in before.iter().zip(self.yearly_dates(who)) {
            if *old != new {
                let person = self.state.people.get(who.index());
                let met = person.and_then(|person| person.met_days.get(&new.0).copied());
                self.schedule_next(who, new.0, met);
            }
        }
    }
}
