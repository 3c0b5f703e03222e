//! What is still to happen, in the order of its time. Most of it lies days ahead: it waits in a bucket for its
//! hour, and only the hour at hand is kept in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

const BUCKET_MS: i64 = 3_600_000;

/// Something that is due; equal instants go by the order of what is due.
#[derive(Clone, Debug)]
pub struct Calendar<T> {
    start: i64,
    /// by hour since the start
    later: Vec<Vec<(i64, T)>>,
    /// the hour whose contents are in order
    hour: usize,
    now: BinaryHeap<Reverse<(i64, T)>>,
}

impl<T: Ord> Calendar<T> {
    /// From an instant up to another, that one included; what is due later is forgotten.
    pub fn new(start: i64, end: i64) -> Self {
        let hours = usize::try_from((end - start) / BUCKET_MS).unwrap_or(0) + 1;
        Self {
            start,
            later: (0..hours).map(|_| Vec::new()).collect(),
            hour: 0,
            now: BinaryHeap::new(),
        }
    }

    pub fn add(&mut self, at: i64, due: T) {
        let hour = usize::try_from((at - self.start).max(0) / BUCKET_MS).unwrap_or(usize::MAX);
        if hour <= self.hour {
            self.now.push(Reverse((at, due)));
        } else if let Some(bucket) = self.later.get_mut(hour) {
            bucket.push((at, due));
        }
    }

    /// When the next is due.
    pub fn next_at(&mut self) -> Option<i64> {
        while self.now.is_empty() {
            self.hour += 1;
            let bucket = std::mem::take(self.later.get_mut(self.hour)?);
            self.now = bucket.into_iter().map(Reverse).collect();
        }
        self.now.peek().map(|Reverse((at, _))| *at)
    }

    pub fn pop(&mut self) -> Option<(i64, T)> {
        self.next_at()?;
        self.now.pop().map(|Reverse(due)| due)
    }
}
