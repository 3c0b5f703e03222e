//! A bound on how deep types and expressions nest when they are read from bytes: each level is a call,
//! and hostile bytes must not use up the stack.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::cell::Cell;

/// Nested types, values and raw expressions go no deeper; the compiler refuses what would.
pub const DEPTH_MAX: u32 = 200;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Gives the level back, also after a failure.
struct Level;

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}

/// Reads a part that may contain its own kind: `#[serde(deserialize_with = "crate::depth::bounded")]`.
pub(crate) fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    DEPTH.set(DEPTH.get() + 1);
    let _level = Level;
    if DEPTH.get() > DEPTH_MAX {
        return Err(D::Error::custom("nested too deep"));
    }
    T::deserialize(deserializer)
}
