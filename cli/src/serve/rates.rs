//! How often a key may ask: a bucket of each key's own, which fills at its rate and holds so much at most. What is
//! kept of it is the instant at which it would be full; one number, changed at once, so that no request waits.

use super::config::Limits;
use super::keys::Key;
use std::sync::atomic::{AtomicI64, Ordering};

const SECOND_US: i64 = 1_000_000;

#[derive(Debug)]
struct Bucket {
    /// how long one request takes to be made good, in microseconds; 0: there is no bound
    each: i64,
    /// the same for as many as may come at once
    burst: i64,
    full_at: AtomicI64,
}

/// The buckets of all keys, in the order in which `Keys` numbers them.
#[derive(Debug, Default)]
pub struct Rates(Vec<Bucket>);

impl Rates {
    /// A key that is among both lists has a bucket in each, and its requests count in the first.
    pub fn new(write: &[Key], read: &[Key], limits: &Limits) -> Self {
        let of = |key: &Key| {
            let rate = key.per_second.unwrap_or(limits.key_per_second);
            let each = SECOND_US.checked_div(i64::from(rate)).unwrap_or(0);
            let burst = i64::from(limits.key_burst.max(1)).saturating_mul(each);
            let full_at = AtomicI64::new(i64::MIN);
            Bucket {
                each,
                burst,
                full_at,
            }
        };
        Self(write.iter().chain(read).map(of).collect())
    }

    /// One request of a key at this instant, in microseconds; an error is how many seconds to wait.
    pub fn take(&self, key: usize, now: i64) -> Result<(), u64> {
        let Some(bucket) = self.0.get(key).filter(|bucket| bucket.each > 0) else {
            return Ok(());
        };
        let mut full_at = bucket.full_at.load(Ordering::Relaxed);
        loop {
            // a clock that was set back far has no one wait for longer than an empty bucket takes
            let from = full_at.clamp(now, now.saturating_add(bucket.burst));
            let next = from.saturating_add(bucket.each);
            let over = next.saturating_sub(now).saturating_sub(bucket.burst);
            if over > 0 {
                let seconds = over.saturating_add(SECOND_US - 1) / SECOND_US;
                return Err(u64::try_from(seconds).unwrap_or(1));
            }
            let (order, relaxed) = (Ordering::AcqRel, Ordering::Acquire);
            let done = bucket
                .full_at
                .compare_exchange_weak(full_at, next, order, relaxed);
            match done {
                Ok(_) => return Ok(()),
                Err(other) => full_at = other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(per_second: Option<u32>) -> Key {
        Key {
            name: "k".to_owned(),
            hash: String::new(),
            source: None,
            per_second,
        }
    }

    #[test]
    fn a_bucket_gives_what_it_holds_then_what_flows_in() {
        let limits = Limits {
            key_per_second: 10,
            key_burst: 3,
            ..Limits::default()
        };
        let rates = Rates::new(&[key(None)], &[key(Some(0)), key(Some(1))], &limits);
        let now = 1_000 * SECOND_US;
        for _ in 0..3 {
            assert_eq!(rates.take(0, now), Ok(()));
        }
        assert_eq!(rates.take(0, now), Err(1));
        assert_eq!(rates.take(0, now + 99_999), Err(1));
        assert_eq!(rates.take(0, now + 100_000), Ok(()));
        assert_eq!(rates.take(0, now + 100_000), Err(1));
        // an hour later it is full, and no fuller
        let later = now + 3_600 * SECOND_US;
        let taken = (0..10).filter(|_| rates.take(0, later).is_ok()).count();
        assert_eq!(taken, 3);
        // the clock was set back: nobody waits an hour
        assert!(rates.take(0, now).is_err_and(|seconds| seconds <= 1));
        assert!((0..1_000).all(|_| rates.take(1, now).is_ok()));
        let taken = (0..10).filter(|_| rates.take(2, now).is_ok()).count();
        assert_eq!(taken, 3);
        assert_eq!(rates.take(2, now), Err(1));
        assert_eq!(rates.take(9, now), Ok(()), "no such key");
    }
}
