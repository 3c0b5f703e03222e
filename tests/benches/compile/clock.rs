//! Time as it passes and time as the processor spends it: others on the machine change the first only.

use std::fmt;
use std::time::{Duration, Instant};

/// One tick of `/proc/self/stat`: a hundredth of a second on every Linux that this runs on.
const TICK: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug)]
pub struct Clock {
    begun: Instant,
    thread: Duration,
    threads: Duration,
}

/// What passed and what was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Took {
    pub cpu: Duration,
    pub wall: Duration,
}

impl Clock {
    pub fn start() -> Self {
        Self {
            begun: Instant::now(),
            thread: thread(),
            threads: threads(),
        }
    }

    /// For what one thread does: exact to less than a millisecond.
    pub fn alone(&self) -> Took {
        Took {
            wall: self.begun.elapsed(),
            cpu: thread().saturating_sub(self.thread),
        }
    }

    /// For what all threads do: exact to the kernel's tick.
    pub fn together(&self) -> Took {
        Took {
            wall: self.begun.elapsed(),
            cpu: threads().saturating_sub(self.threads),
        }
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        write!(f, "{:.1} ms CPU, {:.1} ms", ms(self.cpu), ms(self.wall))
    }
}

/// What the main thread has spent.
fn thread() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let spent = text.split(' ').next().and_then(|word| word.parse().ok());
    Duration::from_nanos(spent.unwrap_or_default())
}

/// What all threads have spent, those that ended too.
fn threads() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    let spent = fields.split_ascii_whitespace().skip(11).take(2);
    let ticks: u32 = spent.filter_map(|word| word.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// The most memory so far, in megabytes, as the kernel counts it.
pub fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let word = line.and_then(|line| line.split_ascii_whitespace().next());
    word.and_then(|word| word.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}
