//! What the variables of a question stand for, and what values they may have.

use super::formula::Var;
use super::solver::Domain;
use journey_program::types::{ChannelId, EventId, PurposeId, Type};
use std::collections::BTreeMap;

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    Profile,
    /// the event in whose `where` one stands
    Event,
    Entry,
    Local(u32),
}

/// What a variable stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Value(Root, Vec<u32>),
    Known(Root, Vec<u32>),
    /// a list at a path contains this constant
    Has(Root, Vec<u32>, String),
    Consent(PurposeId, ChannelId),
    Muted(PurposeId),
    /// how many events pass a filter in a window: the numbers of both in `Histories`
    Count {
        event: EventId,
        filter: usize,
        window: usize,
    },
    /// events that pass exactly these filters, in exactly this shell between two windows
    Happened {
        event: EventId,
        filters: u32,
        shell: usize,
    },
    /// a value over events: its key, with the count that it hangs on
    Aggregate(String),
    AggregateKnown(String),
    Now,
    Today,
    YearsSince(Root, Vec<u32>),
    /// what is not followed: by its expression, or by a number where that would not tell it apart
    Opaque(String),
    OpaqueKnown(String),
    /// evaluating it faults
    OpaqueFault(String),
}

/// The variables of one question.
#[derive(Clone, Debug, Default)]
pub struct Vars {
    pub domains: Vec<Domain>,
    pub whats: Vec<(What, Type)>,
    by_what: BTreeMap<What, Var>,
}

/// More events than anybody has: counts stay below it.
pub const COUNT_MAX: i64 = 1 << 31;

impl Vars {
    pub fn var(&mut self, what: What, ty: &Type, exact: bool) -> Var {
        if let Some(var) = self.by_what.get(&what) {
            return *var;
        }
        let (low, high) = range(ty);
        let text = matches!(ty.known(), Type::Text | Type::Timezone);
        self.with(
            what,
            ty,
            Domain {
                low,
                high,
                text,
                exact,
            },
        )
    }

    pub fn with(&mut self, what: What, ty: &Type, domain: Domain) -> Var {
        if let Some(var) = self.by_what.get(&what) {
            return *var;
        }
        let var = Var(u32::try_from(self.whats.len()).unwrap_or(u32::MAX));
        self.domains.push(domain);
        self.whats.push((what.clone(), ty.clone()));
        self.by_what.insert(what, var);
        var
    }

    pub fn bool(&mut self, what: What, exact: bool) -> Var {
        self.var(what, &Type::Bool, exact)
    }

    pub fn find(&self, what: &What) -> Option<Var> {
        self.by_what.get(what).copied()
    }

    pub fn domain(&self, var: Var) -> Option<&Domain> {
        self.domains.get(var.0 as usize)
    }

    /// It stands for something that is not followed after all.
    pub fn loosen(&mut self, var: Var) {
        if let Some(domain) = self.domains.get_mut(var.0 as usize) {
            domain.exact = false;
        }
    }
}

/// A number's place among all numbers, in their order; both zeros have one place.
pub fn place_of(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    if bits >= 0 { bits } else { -(bits & i64::MAX) }
}

/// The number at a place.
pub fn number_at(place: i64) -> f64 {
    let size = f64::from_bits(place.unsigned_abs());
    if place < 0 { -size } else { size }
}

/// The whole numbers that values of a type become. Enums get theirs from the world.
fn range(ty: &Type) -> (i64, i64) {
    const DAY_MS: i64 = 86_400_000;
    match ty.known() {
        Type::Bool => (0, 1),
        Type::Clock => (0, DAY_MS - 1),
        Type::Date => (-4_000_000, 4_000_000),
        Type::Number => (place_of(f64::MIN), place_of(f64::MAX)),
        Type::NumberIn(low, high) => (
            place_of(f64::from_bits(*low)),
            place_of(f64::from_bits(*high)),
        ),
        Type::IntIn(low, high) => (*low, *high),
        Type::Text | Type::Timezone => (0, 0),
        Type::Int
        | Type::Money(_)
        | Type::Time
        | Type::Duration
        | Type::Enum(_)
        | Type::Offer(_)
        | Type::Error
        | Type::Span
        | Type::Record(_)
        | Type::List(_)
        | Type::Optional(_) => (i64::MIN, i64::MAX),
    }
}
