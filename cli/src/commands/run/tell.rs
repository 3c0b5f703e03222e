//! What a run is told of time, and what it tells: progress while it reads, on a terminal only.

use crate::terminal;
use indicatif::{ProgressBar, ProgressStyle};
use journey_runtime::intake::reader::Position;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The one place where a run asks for the time of day: the arrival of records without an `at`.
#[expect(
    clippy::disallowed_methods,
    reason = "the rim reads the clock, the engine is told"
)]
pub(in crate::commands) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "for the rate in the summary")]
pub(in crate::commands) fn stopwatch() -> Instant {
    Instant::now()
}

#[derive(Debug)]
pub(in crate::commands) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(in crate::commands) fn new(size: Option<u64>) -> Self {
        if !terminal::watched() {
            return Self { bar: None };
        }
        let bar = match size {
            Some(size) => {
                let style = "{bar:30} {percent}% {msg} eta {eta}";
                let style = ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar());
                ProgressBar::new(size).with_style(style)
            }
            None => {
                let style = ProgressStyle::with_template("{spinner} {msg}");
                let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
                ProgressBar::new_spinner().with_style(style)
            }
        };
        Self { bar: Some(bar) }
    }

    pub(in crate::commands) fn at(&self, position: Position) {
        if let Some(bar) = &self.bar {
            bar.set_position(position.bytes);
            let rate = per_second(position.records, bar.elapsed());
            bar.set_message(format!("{} records, {rate}/s", position.records));
        }
    }

    /// Of work that is no input: how much of it is done.
    pub(in crate::commands) fn reached(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    pub(in crate::commands) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `took  1.234 s, 812,345 events a second`
pub(in crate::commands) fn rate(count: u64, what: &str, took: Duration) -> String {
    let (ms, rate) = (took.as_millis(), per_second(count, took));
    format!(
        "took {}.{:03} s, {rate} {what} a second\n",
        ms / 1_000,
        ms % 1_000
    )
}

fn per_second(count: u64, took: Duration) -> u128 {
    u128::from(count) * 1_000 / took.as_millis().max(1)
}
