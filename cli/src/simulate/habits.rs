//! When people do what they do by themselves: for each habit of each person a Poisson process whose rate goes
//! with the hour, the weekday and the month of the person's own calendar. Its instants are found by inversion,
//! so that the cost is by event and not by day.

use super::chance::Chance;
use super::model::{Habit, Seasons};
use super::people::Time;
use journey_program::civil::{Zone, day_from_date, weekday};

const HOUR_MS: f64 = 3_600_000.0;
const HOUR: i64 = 3_600_000;

/// A habit's rate added up: what one person of factor 1 does from the first day on.
#[derive(Clone, Debug)]
pub struct Rhythm {
    /// by day; one more than there are days
    until_day: Vec<f64>,
    /// by hour, of a day's
    until_hour: [f64; 25],
    from: i64,
}

impl Rhythm {
    pub fn of(habit: &Habit, time: Time) -> Self {
        let Seasons {
            hours,
            weekdays,
            months,
        } = &habit.seasons;
        let factor = |factors: &[f64], place: i64| {
            let place = usize::try_from(place - 1).unwrap_or(usize::MAX);
            factors.get(place).copied().unwrap_or(1.0)
        };
        let mut sum = 0.0;
        let mut until_day = vec![sum];
        // one day more: in a zone west of the project's the last day ends later
        for day in time.from..=time.from + i64::from(time.days) {
            let month = day_from_date(day).map_or(1, |day| day.month);
            sum += habit.per_week / 7.0 * factor(weekdays, weekday(day)) * factor(months, month);
            until_day.push(sum);
        }
        let mut until_hour = [0.0; 25];
        let mut sum = 0.0;
        for (hour, until) in hours.iter().zip(until_hour.iter_mut().skip(1)) {
            sum += hour / 24.0;
            *until = sum;
        }
        Self {
            until_day,
            until_hour,
            from: time.from,
        }
    }

    /// The day and the clock at which so much has been done; None: after the end.
    fn when(&self, done: f64) -> Option<(i64, f64)> {
        let day = self.until_day.partition_point(|until| *until <= done);
        let after = *self.until_day.get(day)?;
        let day = day.checked_sub(1)?;
        let before = *self.until_day.get(day)?;
        let part = (done - before) / (after - before) * self.until_hour.last()?;
        let hour = self.until_hour.partition_point(|until| *until <= part);
        let hour = hour.clamp(1, 24) - 1;
        let (begins, ends) = (self.until_hour.get(hour)?, self.until_hour.get(hour + 1)?);
        let inside = ((part - begins) / (ends - begins)).clamp(0.0, 1.0);
        let hour = f64::from(u32::try_from(hour).ok()?);
        let date = self.from + i64::try_from(day).ok()?;
        Some((date, ((hour + inside) * HOUR_MS).min(24.0 * HOUR_MS - 1.0)))
    }

    fn done_before(&self, date: i64) -> f64 {
        let day = usize::try_from(date - self.from).unwrap_or(0);
        self.until_day.get(day).copied().unwrap_or(0.0)
    }
}

/// One habit of one person, as far as it has been followed.
#[derive(Clone, Debug)]
pub struct Stream {
    pub chance: Chance,
    done: f64,
    pub count: u32,
}

impl Stream {
    /// From an instant on.
    pub fn new(chance: Chance, rhythm: &Rhythm, zone: &Zone, from: i64) -> Self {
        let date = zone.date_of(from).unwrap_or(rhythm.from);
        Self {
            chance,
            done: rhythm.done_before(date),
            count: 0,
        }
    }

    /// When it is done next.
    pub fn next(&mut self, rhythm: &Rhythm, zone: &Zone, factor: f64) -> Option<i64> {
        if factor <= 0.0 {
            return None;
        }
        self.done += self.chance.exponential() / factor;
        self.count += 1;
        let (date, clock) = rhythm.when(self.done)?;
        instant(zone, date, clock)
    }
}

/// A clock time that a change of clocks skips is as long after the gap as it is after its hour's beginning.
#[expect(clippy::cast_possible_truncation, reason = "a clock time fits")]
fn instant(zone: &Zone, date: i64, clock: f64) -> Option<i64> {
    let clock = clock as i64;
    let at = zone.date_at_clock(date, clock)?;
    match zone.local(at) {
        Some((_, shown)) if shown == clock => Some(at),
        _ => Some(at + clock % HOUR),
    }
}
