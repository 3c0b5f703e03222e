//! Bounds that add up: a number, or the reason why there is none.

/// At most so much, or nobody can say how much.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Amount {
    AtMost(u64),
    /// the cause, in words
    Unbounded(String),
}

impl Default for Amount {
    fn default() -> Self {
        Self::AtMost(0)
    }
}

impl Amount {
    pub fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::AtMost(a), Self::AtMost(b)) => Self::AtMost(a.saturating_add(*b)),
            (Self::Unbounded(cause), _) | (_, Self::Unbounded(cause)) => {
                Self::Unbounded(cause.clone())
            }
        }
    }

    pub fn max(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::AtMost(a), Self::AtMost(b)) => Self::AtMost(*a.max(b)),
            (Self::Unbounded(cause), _) | (_, Self::Unbounded(cause)) => {
                Self::Unbounded(cause.clone())
            }
        }
    }

    pub fn min(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::AtMost(a), Self::AtMost(b)) => Self::AtMost(*a.min(b)),
            (Self::Unbounded(_), known) => known.clone(),
            (known, Self::Unbounded(_)) => known.clone(),
        }
    }

    pub fn times(&self, by: &Self) -> Self {
        match (self, by) {
            (Self::AtMost(0), _) | (_, Self::AtMost(0)) => Self::AtMost(0),
            (Self::AtMost(a), Self::AtMost(b)) => Self::AtMost(a.saturating_mul(*b)),
            (Self::Unbounded(cause), _) | (_, Self::Unbounded(cause)) => {
                Self::Unbounded(cause.clone())
            }
        }
    }

    pub fn bounded(&self) -> Option<u64> {
        match self {
            Self::AtMost(n) => Some(*n),
            Self::Unbounded(_) => None,
        }
    }
}
