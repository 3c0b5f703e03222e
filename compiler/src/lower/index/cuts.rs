//! A test of one field: where along the values it changes from false to true and back. Numbers stand on the same
//! line as ints, by their place in the order of doubles.

/// Sorted, each once; before the first it is `first`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cuts {
    first: bool,
    at: Vec<i64>,
}

impl Cuts {
    /// True from here on.
    pub(super) fn from(at: i64) -> Self {
        Self {
            first: false,
            at: vec![at],
        }
    }

    pub(super) fn never() -> Self {
        Self {
            first: false,
            at: Vec::new(),
        }
    }

    pub(super) fn turned(mut self) -> Self {
        self.first = !self.first;
        self
    }

    pub(super) fn at(&self) -> impl Iterator<Item = i64> + '_ {
        self.at.iter().copied()
    }

    /// True for values below its only cut (`true`), or from there on.
    pub(super) fn only(&self) -> Option<(bool, i64)> {
        match self.at.as_slice() {
            [only] => Some((self.first, *only)),
            _ => None,
        }
    }

    pub(super) fn holds(&self, value: i64) -> bool {
        let passed = self.at.partition_point(|at| *at <= value);
        self.first != (passed % 2 == 1)
    }

    pub(super) fn is_always(&self) -> bool {
        self.first && self.at.is_empty()
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        self.merge(other, |a, b| a || b)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        self.merge(other, |a, b| a && b)
    }

    fn merge(&self, other: &Self, both: impl Fn(bool, bool) -> bool) -> Self {
        let mut all: Vec<i64> = self.at.iter().chain(&other.at).copied().collect();
        all.sort_unstable();
        all.dedup();
        let first = both(self.first, other.first);
        let mut now = first;
        all.retain(|at| {
            let next = both(self.holds(*at), other.holds(*at));
            let changes = next != now;
            now = next;
            changes
        });
        Self { first, at: all }
    }
}

/// A double's place in the order of all; both zeros are one.
pub(super) fn place_of(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    if bits >= 0 {
        bits
    } else {
        i64::MIN.wrapping_sub(bits)
    }
}

/// The bits of the double at a place.
pub(super) fn number_at(place: i64) -> u64 {
    let bits = if place >= 0 {
        place
    } else {
        i64::MIN.wrapping_sub(place)
    };
    bits.cast_unsigned()
}
