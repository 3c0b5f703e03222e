//! Histories against a list of all events, asked from scratch: every aggregate and window, late events and
//! all, at many moments; and the moment of the next change, which must never come late.

use journey_program::civil::{Zone, add_span_to_date};
use journey_program::ir::Repr;
use journey_program::plan::{FieldSlot, HistoryAggregate, HistoryPlan, HistoryWindow};
use journey_program::types::{EventId, Span, Type, Value};
use journey_runtime::histories::{Fact, HistoryState, When};
use journey_runtime::scalar::Scalar;
use journey_runtime::state::Moment;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// the clocks of London go forward two days later
const T0: i64 = 1_774_612_800_000;

struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963);
        i64::try_from((self.0 >> 33) % sides).unwrap_or(0)
    }
}

fn plan(aggregate: HistoryAggregate, window: HistoryWindow, exact: u32) -> HistoryPlan {
    let repr = Repr::Int;
    HistoryPlan {
        asks: 0,
        event: EventId(0),
        aggregate,
        value: vec![4],
        ty: Type::Int,
        window,
        exact,
        pane_ms: HOUR,
        up_to: 1000,
        slot: Some(FieldSlot {
            offset: 0,
            repr,
            known: None,
            probes: Vec::new(),
        }),
        keyed: None,
        sequence: None,
        half_life: 0,
        everyone: false,
    }
}

#[expect(
    clippy::unwrap_used,
    reason = "times of a test are inside of calendars"
)]
/// Whether an event counts, said from the definition: closed spans, whole panes, civil days.
fn counts(plan: &HistoryPlan, at: i64, now: i64, after: bool, zone: &Zone) -> bool {
    let day = |time: i64| zone.day_of(time).unwrap();
    let start = |day: i64| zone.start_of_day(day).unwrap();
    match plan.window {
        HistoryWindow::Ever | HistoryWindow::SinceArgument => true,
        HistoryWindow::Since(from) => at >= from,
        HistoryWindow::Last(span) if plan.exact > 0 => {
            if after {
                at > now - span
            } else {
                at >= now - span
            }
        }
        HistoryWindow::Last(span) => at.div_euclid(HOUR) * HOUR > now - span,
        HistoryWindow::LastSpan(span) if plan.exact > 0 => {
            let end = zone.add_span_to_time(at, span).unwrap();
            if after { end > now } else { end >= now }
        }
        HistoryWindow::LastSpan(span) => start(add_span_to_date(day(at), span).unwrap()) > now,
        HistoryWindow::ThisDay => day(at) == day(now),
        HistoryWindow::ThisWeek => zone.week_bounds(at) == zone.week_bounds(now),
        HistoryWindow::ThisMonth => zone.month_bounds(at) == zone.month_bounds(now),
    }
}

fn naive(plan: &HistoryPlan, inside: &[(i64, usize, i64)]) -> Value {
    let values = || inside.iter().map(|(_, _, value)| *value);
    let known = |value: Option<i64>| value.map_or(Value::Unknown, Value::Int);
    match plan.aggregate {
        HistoryAggregate::Count => Value::Int(inside.len() as i64),
        HistoryAggregate::Sum => Value::Int(values().sum()),
        HistoryAggregate::Min => known(values().min()),
        HistoryAggregate::Max => known(values().max()),
        HistoryAggregate::First => known(inside.iter().min().map(|event| event.2)),
        HistoryAggregate::Last => known(inside.iter().max().map(|event| event.2)),
        HistoryAggregate::Distinct => {
            Value::Int(values().collect::<std::collections::BTreeSet<_>>().len() as i64)
        }
        HistoryAggregate::Avg => {
            let (sum, count) = (values().sum::<i64>(), inside.len() as i64);
            if count == 0 {
                return Value::Unknown;
            }
            let (floor, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
            let up = rest * 2 > count || (rest * 2 == count && floor % 2 != 0);
            Value::Int(floor + i64::from(up))
        }
        HistoryAggregate::Top => known(
            values()
                .map(|value| {
                    let same = inside.iter().filter(|event| event.2 == value);
                    (same.clone().count(), same.map(|e| (e.0, e.1)).max(), value)
                })
                .max()
                .map(|(_, _, value)| value),
        ),
        HistoryAggregate::Decayed | HistoryAggregate::AvgGap | HistoryAggregate::MedianGap => {
            unreachable!("the model in `tests` has these")
        }
    }
}

fn agrees(plan: &HistoryPlan, zone: &'static Zone, seed: u64) {
    let mut dice = Dice(seed);
    let mut state = HistoryState::default();
    let mut events: Vec<(i64, usize, i64)> = Vec::new();
    let (mut now, mut last) = (T0, None::<(Value, Moment)>);
    for step in 0..70 {
        now += dice.below(5) * dice.below(4) * HOUR / 2 + dice.below(2) * dice.below(HOUR as u64);
        let late = if dice.below(4) == 0 {
            dice.below(30) * HOUR
        } else {
            0
        };
        let after = dice.below(3) == 0;
        let moment = if after {
            Moment::after(now)
        } else {
            Moment::during(now)
        };
        if let Some((value, change)) = last.take()
            && moment < change
        {
            assert_eq!(
                state.answer(plan, &When { moment, zone }).0,
                value,
                "{plan:?}"
            );
        }
        if dice.below(3) > 0 {
            let (at, value) = (now - late, dice.below(6));
            let fact = Fact {
                at,
                place: step as u64,
                value: Some(Scalar::Int(value)),
            };
            state.add(plan, &fact, None);
            state.prune(plan, &When { moment, zone });
            events.push((at, step, value));
        }
        let inside: Vec<_> = events
            .iter()
            .copied()
            .filter(|e| counts(plan, e.0, now, after, zone))
            .collect();
        let answer = state.answer(plan, &When { moment, zone });
        assert_eq!(
            answer.0,
            naive(plan, &inside),
            "{plan:?} at {now} after {after}"
        );
        last = Some(answer);
    }
}

#[test]
fn histories_agree_with_all_events_from_scratch() {
    let aggregates = [
        HistoryAggregate::Count,
        HistoryAggregate::Sum,
        HistoryAggregate::Avg,
        HistoryAggregate::Min,
        HistoryAggregate::Max,
        HistoryAggregate::First,
        HistoryAggregate::Last,
        HistoryAggregate::Distinct,
        HistoryAggregate::Top,
    ];
    let windows = [
        HistoryWindow::Ever,
        HistoryWindow::Last(40 * HOUR),
        HistoryWindow::Last(9 * DAY),
        HistoryWindow::LastSpan(Span { months: 0, days: 3 }),
        HistoryWindow::LastSpan(Span { months: 1, days: 0 }),
        HistoryWindow::ThisDay,
        HistoryWindow::ThisWeek,
        HistoryWindow::ThisMonth,
        HistoryWindow::Since(T0 + 2 * DAY),
    ];
    for aggregate in aggregates {
        for (number, window) in windows.into_iter().enumerate() {
            for zone in ["UTC", "Europe/London", "Pacific/Auckland"] {
                let exact_spans = matches!(
                    window,
                    HistoryWindow::Ever | HistoryWindow::Last(_) | HistoryWindow::Since(_)
                );
                if exact_spans && zone != "UTC" {
                    continue;
                }
                let zone = Zone::named(zone).unwrap();
                for exact in [0, 1000] {
                    agrees(&plan(aggregate, window, exact), zone, number as u64 * 7 + 1);
                }
            }
        }
    }
}

#[test]
fn the_newest_instants_are_kept_and_the_rest_let_go() {
    let zone = Zone::utc();
    let plan = plan(HistoryAggregate::Count, HistoryWindow::Last(DAY), 3);
    let mut state = HistoryState::default();
    for n in [5, 1, 4, 2, 3] {
        let fact = Fact {
            at: T0 + n * HOUR,
            place: n as u64,
            value: None,
        };
        state.add(&plan, &fact, None);
    }
    let ask = |moment| state.answer(&plan, &When { moment, zone });
    let third = T0 + 3 * HOUR + DAY;
    assert_eq!(
        ask(Moment::during(third)),
        (Value::Int(3), Moment::after(third))
    );
    assert_eq!(ask(Moment::after(third)).0, Value::Int(2));
}

#[test]
fn a_history_kept_per_value_drops_the_oldest() {
    let zone = Zone::utc();
    let mut plan = plan(HistoryAggregate::Count, HistoryWindow::Ever, 0);
    plan.keyed = Some(vec![4]);
    let mut state = HistoryState::default();
    let when = When {
        moment: Moment::during(T0),
        zone,
    };
    let mut dropped = 0;
    for n in 0..1002_i64 {
        let fact = Fact {
            at: T0,
            place: n as u64,
            value: None,
        };
        dropped += i32::from(state.add(&plan, &fact, Some(Scalar::Int(n))));
    }
    assert_eq!(dropped, 2);
    let ask = |n| state.answer_for(&plan, &when, &Scalar::Int(n));
    assert_eq!(
        (ask(1), ask(2), ask(1001)),
        (Value::Int(0), Value::Int(1), Value::Int(1))
    );
}

#[test]
fn a_history_since_an_instant_counts_from_it_on() {
    let zone = Zone::utc();
    let plan = plan(HistoryAggregate::Sum, HistoryWindow::SinceArgument, 100);
    let mut state = HistoryState::default();
    for n in 0..5 {
        let fact = Fact {
            at: T0 + n,
            place: n as u64,
            value: Some(Scalar::Int(n)),
        };
        state.add(&plan, &fact, None);
    }
    let when = When {
        moment: Moment::during(T0 + 5),
        zone,
    };
    assert_eq!(state.since(&plan, &when, None, T0 + 3), Value::Int(7));
}
