//! The one place where the live runtime asks for the time of day. The engine is told.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    now_us() / 1_000
}

/// Microseconds since then.
#[expect(
    clippy::disallowed_methods,
    reason = "the rim reads the clock, the engine is told"
)]
pub(super) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}
