//! What the solver reasons about: variables over whole numbers, linear terms, comparisons of them with
//! constants, and what joins those. Every kind of value becomes whole numbers: money its minor units, an enum
//! its place, a bool 0 or 1, a number its place among all numbers, a text its place among the texts at hand.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A variable of one question: `Vars` says what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(pub u32);

/// A sum of variables times factors, and a constant.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Linear {
    pub factors: BTreeMap<Var, i64>,
    pub constant: i128,
}

impl Linear {
    pub fn constant(value: i64) -> Self {
        Self {
            factors: BTreeMap::new(),
            constant: i128::from(value),
        }
    }

    pub fn var(var: Var) -> Self {
        Self {
            factors: BTreeMap::from([(var, 1)]),
            constant: 0,
        }
    }

    pub fn as_constant(&self) -> Option<i128> {
        self.factors.is_empty().then_some(self.constant)
    }

    /// `self + by * other`; None: factors beyond what is followed.
    pub fn plus(&self, other: &Self, by: i64) -> Option<Self> {
        let mut sum = self.clone();
        for (var, factor) in &other.factors {
            let more = factor.checked_mul(by)?;
            let slot = sum.factors.entry(*var).or_default();
            *slot = slot.checked_add(more)?;
        }
        sum.factors.retain(|_, factor| *factor != 0);
        sum.constant = sum
            .constant
            .checked_add(other.constant.checked_mul(i128::from(by))?)?;
        Some(sum)
    }

    pub fn times(&self, by: i64) -> Option<Self> {
        Self::default().plus(self, by)
    }
}

/// How a text is tested beyond its order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextTest {
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    Matches(String),
}

impl TextTest {
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Contains(part) => text.contains(part.as_str()),
            Self::StartsWith(part) => text.starts_with(part.as_str()),
            Self::EndsWith(part) => text.ends_with(part.as_str()),
            Self::Matches(pattern) => {
                regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
            }
        }
    }
}

/// Something that is true or false of a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Atom {
    /// the sum is at most 0
    AtMostZero(Linear),
    /// a text is below the constant, or equal where `or_equal`
    Below {
        var: Var,
        constant: String,
        or_equal: bool,
    },
    Test(Var, TextTest),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    True,
    False,
    Atom(Arc<Atom>),
    Not(Arc<Formula>),
    All(Arc<Vec<Formula>>),
    Any(Arc<Vec<Formula>>),
}

impl Formula {
    pub fn atom(atom: Atom) -> Self {
        Self::Atom(Arc::new(atom))
    }

    pub fn of(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }

    /// The linear term is at most zero.
    pub fn at_most_zero(term: Linear) -> Self {
        match term.as_constant() {
            Some(value) => Self::of(value <= 0),
            None => Self::atom(Atom::AtMostZero(term)),
        }
    }

    /// `left <= right`; None: a factor ran out.
    pub fn le(left: &Linear, right: &Linear) -> Option<Self> {
        Some(Self::at_most_zero(left.plus(right, -1)?))
    }

    /// A variable of 0 and 1 is 1.
    pub fn is(var: Var) -> Self {
        let mut term = Linear::var(var);
        term.factors.insert(var, -1);
        term.constant = 1;
        Self::at_most_zero(term)
    }

    pub fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Not(inner) => (*inner).clone(),
            other => Self::Not(Arc::new(other)),
        }
    }

    pub fn all(parts: Vec<Formula>) -> Self {
        let mut kept = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::True,
            1 => kept.pop().unwrap_or(Self::True),
            _ => Self::All(Arc::new(kept)),
        }
    }

    pub fn any(parts: Vec<Formula>) -> Self {
        let mut kept = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::False,
            1 => kept.pop().unwrap_or(Self::False),
            _ => Self::Any(Arc::new(kept)),
        }
    }

    pub fn and(self, other: Formula) -> Self {
        Self::all(vec![self, other])
    }

    pub fn or(self, other: Formula) -> Self {
        Self::any(vec![self, other])
    }

    pub fn implies(self, other: Formula) -> Self {
        self.negated().or(other)
    }

    pub fn iff(self, other: Formula) -> Self {
        let both = self.clone().and(other.clone());
        let neither = self.negated().and(other.negated());
        both.or(neither)
    }

    /// Every atom, each as often as it stands there.
    pub fn atoms(&self, see: &mut dyn FnMut(&Arc<Atom>)) {
        match self {
            Self::True | Self::False => {}
            Self::Atom(atom) => see(atom),
            Self::Not(inner) => inner.atoms(see),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts.iter() {
                    part.atoms(see);
                }
            }
        }
    }
}
