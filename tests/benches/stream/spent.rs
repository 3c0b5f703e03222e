//! What a run spends: the processor's time of all threads, time as it passes, bytes that were written.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug)]
pub struct Spent {
    begun: Instant,
    pub cpu: Duration,
    pub wall: Duration,
    /// by `write` and its like, to files
    pub written: u64,
}

impl Spent {
    pub fn now() -> Self {
        Self {
            begun: Instant::now(),
            cpu: threads(),
            wall: Duration::ZERO,
            written: written(),
        }
    }

    pub fn since(&self) -> Self {
        Self {
            begun: self.begun,
            cpu: threads().saturating_sub(self.cpu),
            wall: self.begun.elapsed(),
            written: written().saturating_sub(self.written),
        }
    }
}

/// What all threads have spent, those that ended too, to the kernel's tick.
fn threads() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    let spent = fields.split_ascii_whitespace().skip(11).take(2);
    let ticks: u32 = spent.filter_map(|word| word.parse::<u32>().ok()).sum();
    Duration::from_millis(10) * ticks
}

fn written() -> u64 {
    let text = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|word| word.parse().ok()).unwrap_or_default()
}
