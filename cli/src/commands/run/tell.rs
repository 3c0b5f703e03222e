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
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "for the rate in the summary")]
pub(super) fn stopwatch() -> Instant {
    Instant::now()
}

#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(size: Option<u64>) -> Self {
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

    pub(super) fn at(&self, position: Position) {
        if let Some(bar) = &self.bar {
            bar.set_position(position.bytes);
            let rate = per_second(position.records, bar.elapsed());
            bar.set_message(format!("{} records, {rate}/s", position.records));
        }
    }

    pub(super) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn per_second(count: u64, took: Duration) -> u128 {
    u128::from(count) * 1_000 / took.as_millis().max(1)
}
