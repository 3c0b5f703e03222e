//! Until when an event counts. Spans are closed: an instant leaves `in last D` just after `at + D`; a pane
//! is out as soon as its start is `D` ago. Calendar periods and civil panes go by the person's zone.

use crate::state::Moment;
use journey_program::civil::{Zone, add_span_to_date, weekday};
use journey_program::plan::HistoryWindow;
use journey_program::types::Span;

/// The moment of a question, and where the person is.
#[derive(Clone, Copy, Debug)]
pub struct When<'a> {
    pub moment: Moment,
    pub zone: &'a Zone,
}

impl When<'_> {
    /// The first moment at which an instant counts no longer.
    pub fn instant_leaves(&self, window: HistoryWindow, at: i64) -> Moment {
        match window {
            HistoryWindow::Ever | HistoryWindow::Since(_) | HistoryWindow::SinceArgument => {
                Moment::NEVER
            }
            HistoryWindow::Last(span) => Moment::after(at.saturating_add(span)),
            HistoryWindow::LastSpan(span) => self
                .zone
                .add_span_to_time(at, span)
                .map_or(Moment::NEVER, Moment::after),
            HistoryWindow::ThisDay => during(self.zone.day_bounds(at).map(|(_, end)| end)),
            HistoryWindow::ThisWeek => during(self.zone.week_bounds(at).map(|(_, end)| end)),
            HistoryWindow::ThisMonth => during(self.zone.month_bounds(at).map(|(_, end)| end)),
        }
    }

    /// The first moment at which a pane counts no longer.
    pub fn pane_leaves(&self, window: HistoryWindow, start: i64) -> Moment {
        let day = self.zone.day_of(start);
        let next = match window {
            HistoryWindow::Ever | HistoryWindow::Since(_) | HistoryWindow::SinceArgument => {
                return Moment::NEVER;
            }
            HistoryWindow::Last(span) => return Moment::during(start.saturating_add(span)),
            HistoryWindow::LastSpan(span) => day.and_then(|day| add_span_to_date(day, span)),
            HistoryWindow::ThisDay => day.and_then(|day| day.checked_add(1)),
            HistoryWindow::ThisWeek => day.and_then(|day| day.checked_add(8 - weekday(day))),
            HistoryWindow::ThisMonth => day.and_then(next_month),
        };
        during(next.and_then(|day| self.zone.start_of_day(day)))
    }
}

fn during(at: Option<i64>) -> Moment {
    at.map_or(Moment::NEVER, Moment::during)
}

/// The first day of the month after a day's.
fn next_month(day: i64) -> Option<i64> {
    let this = journey_program::civil::day_from_date(day)?;
    let first =
        journey_program::civil::date_from_day(journey_program::civil::Day { day: 1, ..this })?;
    add_span_to_date(first, Span { months: 1, days: 0 })
}
