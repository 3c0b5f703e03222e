//! A week of quiet and opening hours.

use super::*;

fn hours(day: i64, clock: i64) -> i64 {
    day * DAY_MS + clock * HOUR_MS
}

#[test]
fn nights_are_held_until_the_morning() {
    let nights = (0..7).map(|day| (hours(day, 21), hours(day + 1, 8)));
    let week = Week::of(nights);
    assert_eq!(week.held(hours(0, 12)), Some(0));
    assert_eq!(week.held(hours(0, 21)), Some(11 * HOUR_MS));
    assert_eq!(week.held(hours(1, 7)), Some(HOUR_MS));
    // over the end of the week
    assert_eq!(week.held(hours(6, 23)), Some(9 * HOUR_MS));
    assert_eq!(
        week.longest().map(|(_, held)| held),
        Some(Some(11 * HOUR_MS))
    );
}

#[test]
fn doors_are_closed_over_the_weekend() {
    let open = Week::of((0..5).map(|day| (hours(day, 9), hours(day, 17))));
    let week = open.inverse();
    assert_eq!(week.longest(), Some((hours(4, 17), Some(64 * HOUR_MS))));
    assert_eq!(week.held(hours(5, 0)), Some(57 * HOUR_MS));
    assert_eq!(week.held(hours(0, 9)), Some(0));
    assert_eq!(said(hours(4, 17), false), "friday 17:00");
}

#[test]
fn what_never_opens_is_held_for_ever() {
    let nights = Week::of((0..7).map(|day| (hours(day, 8), hours(day + 1, 8))));
    assert_eq!(nights.held(hours(3, 3)), None);
    assert_eq!(Week::default().longest(), None);
}
