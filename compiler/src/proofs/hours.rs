//! When a channel takes no send: quiet hours and closed doors, laid out over one week that repeats. Windows in the
//! person's own zone and windows in a named one are weeks of their own, since nobody knows how these two lie.
//! A change of clocks is an hour more than is said here.

use crate::hir::Channel;
use journey_program::types::PurposeId;
use std::collections::BTreeMap;

pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 24 * HOUR_MS;
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// Milliseconds of a week from Monday, half-open, in order and apart: when nothing goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week {
    shut: Vec<(i64, i64)>,
}

impl Week {
    /// Of windows that may overlap, and run over the end of the week.
    fn of(windows: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut cut = Vec::new();
        for (from, to) in windows {
            let start = from.rem_euclid(WEEK_MS);
            let end = start + (to - from).clamp(0, WEEK_MS);
            if end <= WEEK_MS {
                cut.push((start, end));
            } else {
                cut.extend([(start, WEEK_MS), (0, end - WEEK_MS)]);
            }
        }
        cut.retain(|(from, to)| from < to);
        cut.sort_unstable();
        let mut shut: Vec<(i64, i64)> = Vec::new();
        for (from, to) in cut {
            match shut.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => shut.push((from, to)),
            }
        }
        Self { shut }
    }

    /// Instants at which both are shut.
    pub fn both(&self, other: &Self) -> Self {
        self.inverse().and(&other.inverse()).inverse()
    }

    /// All of it, so much later.
    pub fn later(&self, by: i64) -> Self {
        Self::of(self.shut.iter().map(|(from, to)| (from + by, to + by)))
    }

    pub fn without(&self, at: i64) -> Self {
        let at = at.rem_euclid(WEEK_MS);
        let cut = self.shut.iter().flat_map(|(from, to)| {
            [
                (*from, (*to).min(at).max(*from)),
                ((at + 1).max(*from).min(*to), *to),
            ]
        });
        Self::of(cut)
    }

    /// The instant that is held the longest among those that can be, and how long; `never` are those that can't.
    pub fn longest_but(&self, never: &Self) -> Option<(i64, i64)> {
        let first = |(from, to): &(i64, i64)| {
            let mut at = *from;
            while let Some((_, end)) = never.shut.iter().find(|(a, b)| *a <= at && at < *b) {
                at = *end;
            }
            (at < *to).then_some(at)
        };
        let found = self.shut.iter().filter_map(first);
        let held = found.filter_map(|at| Some((at, self.held(at)?)));
        held.max_by_key(|(at, held)| (*held, -*at))
    }

    /// When what comes at any other time than these is let go.
    pub fn let_go(&self, never: &Self) -> Self {
        let mut out = self.and(never);
        for (from, to) in &self.shut {
            let whole = Self {
                shut: vec![(*from, *to)],
            };
            if whole.both(never) != whole {
                // shut to the end of the week, it may be shut from its beginning too
                out = out.without(to + self.held(*to).unwrap_or_default());
            }
        }
        out
    }

    pub fn is_open(&self) -> bool {
        self.shut.is_empty()
    }

    /// The other way round.
    fn inverse(&self) -> Self {
        let mut from = 0;
        let mut open = Vec::new();
        for (start, end) in &self.shut {
            open.push((from, *start));
            from = *end;
        }
        open.push((from, WEEK_MS));
        Self::of(open)
    }

    fn and(&self, other: &Self) -> Self {
        Self::of(self.shut.iter().chain(&other.shut).copied())
    }

    /// How long a send of this instant is held. None: for ever.
    pub fn held(&self, at: i64) -> Option<i64> {
        let at = at.rem_euclid(WEEK_MS);
        let end = |at: i64| {
            let found = self.shut.iter().find(|(from, to)| *from <= at && at < *to);
            found.map_or(at, |(_, to)| *to)
        };
        let mut open = end(at);
        // what is shut to the end of the week may go on at its beginning
        if open == WEEK_MS {
            open += end(0);
        }
        (open - at < WEEK_MS).then_some(open - at)
    }

    /// The instant that is held the longest, and how long. None: nothing is ever shut.
    pub fn longest(&self) -> Option<(i64, Option<i64>)> {
        let starts = self.shut.iter().map(|(from, _)| (*from, self.held(*from)));
        // one that begins with the week may have begun before it
        starts.reduce(|worst, one| {
            let longer = match (worst.1, one.1) {
                (None, _) => false,
                (_, None) => true,
                (Some(a), Some(b)) => b > a,
            };
            if longer { one } else { worst }
        })
    }
}

/// The hours of a channel for what serves a purpose.
#[derive(Clone, Debug, Default)]
pub struct Hours {
    quiet: Week,
    /// closed doors, by zone; None is the person's own
    doors: Vec<(Option<String>, Week)>,
}

impl Hours {
    /// `home`: the zone that everybody lives in, where no other is kept.
    pub fn of(channel: &Channel, purpose: Option<PurposeId>, home: Option<&str>) -> Self {
        let concerns = |purposes: &[PurposeId]| {
            purposes.is_empty() || purpose.is_some_and(|purpose| purposes.contains(&purpose))
        };
        let windows = channel.quiet.iter().filter(|q| concerns(&q.purposes));
        let quiet = Week::of(windows.flat_map(|window| {
            let length = (window.to - window.from).rem_euclid(DAY_MS);
            (0..7).map(move |day| {
                let from = day * DAY_MS + window.from;
                (from, from + length)
            })
        }));
        let mut open: BTreeMap<Option<&str>, Vec<(i64, i64)>> = BTreeMap::new();
        for hours in &channel.open {
            let zone = hours.zone.as_deref().filter(|zone| Some(*zone) != home);
            let length = (hours.to - hours.from).rem_euclid(DAY_MS);
            let days = (0..7).filter(|day| hours.days >> day & 1 == 1);
            open.entry(zone).or_default().extend(days.map(|day| {
                let from = i64::from(day) * DAY_MS + hours.from;
                (from, from + length)
            }));
        }
        let open = open.into_iter();
        Self {
            quiet,
            doors: open
                .map(|(zone, slots)| (zone.map(str::to_owned), Week::of(slots).inverse()))
                .collect(),
        }
    }

    /// Weeks each of which holds a send back, whatever the others do.
    pub fn weeks(&self) -> Vec<Week> {
        match self.doors.as_slice() {
            [(None, doors)] => vec![self.quiet.and(doors)],
            [(Some(_), doors)] => vec![self.quiet.clone(), doors.clone()],
            // open where any of several zones is: which no single week says
            _ => vec![self.quiet.clone()],
        }
    }

    /// The one week that says all. None: several zones say it together.
    pub fn whole(&self) -> Option<Week> {
        match self.doors.as_slice() {
            [] => Some(self.quiet.clone()),
            [(None, doors)] => Some(self.quiet.and(doors)),
            [(Some(_), doors)] if self.quiet.is_open() => Some(doors.clone()),
            _ => None,
        }
    }

    /// The longest that a send is held, but for changes of clocks. None: nobody can say, or for ever.
    pub fn longest(&self) -> Option<i64> {
        let of = |week: &Week| week.longest().map_or(Some(0), |(_, held)| held);
        match self.doors.as_slice() {
            [] => of(&self.quiet),
            [(None, doors)] => of(&self.quiet.and(doors)),
            // quiet in one zone whenever it is open in another, as far as anybody knows
            _ if !self.quiet.is_open() => None,
            doors => doors.iter().filter_map(|(_, week)| of(week)).min(),
        }
    }
}

/// An instant of the week in words: "friday 17:00", or "21:00" where every day is the same.
pub fn said(at: i64, daily: bool) -> String {
    let at = at.rem_euclid(WEEK_MS);
    let clock = journey_program::show::clock(at % DAY_MS);
    let day = usize::try_from(at / DAY_MS)
        .ok()
        .and_then(|day| journey_program::civil::WEEKDAYS.get(day));
    match day {
        Some(day) if !daily => format!("{day} {clock}"),
        _ => clock,
    }
}

#[cfg(test)]
mod tests;
