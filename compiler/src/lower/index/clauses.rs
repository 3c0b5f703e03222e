//! A predicate taken apart: registers are followed to what they were computed from, down to tests of single fields,
//! and put together again as clauses that must all hold.

use super::super::code::{Code, Pure, flip};
use super::cuts::{Cuts, place_of};
use journey_program::ir::{Cmp, Place, Reg, Repr, Space};
use std::collections::{BTreeMap, BTreeSet};

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// by space and offset
    Byte(Space, u32),
    Int(Space, u32),
    Symbol(Space, u32),
    Num(Space, u32),
    /// a bool that is computed as before
    Opaque(Reg),
}

/// An `or` of tests, one a field.
pub(super) type Clause = BTreeMap<Key, Cuts>;

/// Operations of one predicate that are followed, and clauses that one `or` may become.
const STEPS_MAX: u32 = 100;
const CLAUSES_MAX: usize = 6;

pub(super) struct Reader<'c> {
    code: &'c Code,
    /// fields that no table takes
    pub(super) opaque: BTreeSet<Key>,
    steps: u32,
}

impl<'c> Reader<'c> {
    pub(super) fn new(code: &'c Code) -> Self {
        Self {
            code,
            opaque: BTreeSet::new(),
            steps: 0,
        }
    }

    /// The clauses of which all hold exactly where the bool is true; an empty one never does.
    pub(super) fn clauses(&mut self, bool: Reg) -> Vec<Clause> {
        self.steps = STEPS_MAX;
        let mut clauses = self.all_of(bool, false);
        clauses.retain(|clause| !clause.values().any(Cuts::is_always));
        without_implied(clauses)
    }

    /// Of the bool, or of its opposite.
    fn all_of(&mut self, bool: Reg, turned: bool) -> Vec<Clause> {
        if self.steps == 0 {
            return vec![opaque(bool, turned)];
        }
        self.steps -= 1;
        match self.code.origin(bool) {
            Some(Pure::Bool(value)) if value != turned => Vec::new(),
            Some(Pure::Bool(_)) => vec![Clause::new()],
            Some(Pure::Not(inner)) => self.all_of(inner, !turned),
            Some(Pure::And(a, b)) if !turned => self.both(a, b, turned),
            Some(Pure::Or(a, b)) if turned => self.both(a, b, turned),
            Some(Pure::And(a, b) | Pure::Or(a, b)) => {
                let (a, b) = (self.all_of(a, turned), self.all_of(b, turned));
                if a.len() * b.len() > CLAUSES_MAX {
                    return vec![opaque(bool, turned)];
                }
                a.iter()
                    .flat_map(|a| b.iter().map(|b| either(a, b)))
                    .collect()
            }
            _ => vec![self.test(bool, turned)],
        }
    }

    fn both(&mut self, a: Reg, b: Reg, turned: bool) -> Vec<Clause> {
        let mut clauses = self.all_of(a, turned);
        clauses.extend(self.all_of(b, turned));
        clauses
    }

    fn test(&self, bool: Reg, turned: bool) -> Clause {
        match self.field_test(bool) {
            Some((key, cuts)) if !self.opaque.contains(&key) => {
                let cuts = if turned { cuts.turned() } else { cuts };
                Clause::from([(key, cuts)])
            }
            _ => opaque(bool, turned),
        }
    }

    /// The test of a field that a bool is, if it is one.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "few operations are tests of a field"
    )]
    fn field_test(&self, bool: Reg) -> Option<(Key, Cuts)> {
        match self.code.origin(bool)? {
            Pure::Load(Place::At { space, offset }, Repr::Bool) => {
                Some((Key::Byte(space, offset), Cuts::from(1)))
            }
            Pure::Bit(Place::At { space, offset }, bit) => {
                Some((Key::Byte(space, offset), bit_of(bit)))
            }
            Pure::IntCmpConst(op, a, value) => Some((self.int_field(a)?, compared(op, value)?)),
            Pure::InMask(a, mask) => Some((self.int_field(a)?, in_mask(mask))),
            Pure::NumCmp(op, a, b) => {
                let (op, field, number) = match (self.number(a), self.number(b)) {
                    (None, Some(number)) => (op, a, number),
                    (Some(number), None) => (flip(op), b, number),
                    _ => return None,
                };
                match self.code.origin(field)? {
                    Pure::Load(Place::At { space, offset }, Repr::Num) => {
                        let cuts = compared(op, place_of(number))?;
                        Some((Key::Num(space, offset), cuts))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "few operations are tests of a field"
    )]
    fn int_field(&self, int: Reg) -> Option<Key> {
        match self.code.origin(int)? {
            Pure::Load(Place::At { space, offset }, Repr::Byte) => Some(Key::Byte(space, offset)),
            Pure::Load(Place::At { space, offset }, Repr::Int) => Some(Key::Int(space, offset)),
            Pure::Symbol(Place::At { space, offset }) => Some(Key::Symbol(space, offset)),
            _ => None,
        }
    }

    fn number(&self, reg: Reg) -> Option<f64> {
        match self.code.origin(reg) {
            Some(Pure::Num(bits)) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }
}

fn opaque(bool: Reg, turned: bool) -> Clause {
    let cuts = Cuts::from(1);
    let cuts = if turned { cuts.turned() } else { cuts };
    Clause::from([(Key::Opaque(bool), cuts)])
}

fn either(a: &Clause, b: &Clause) -> Clause {
    let mut clause = a.clone();
    for (key, cuts) in b {
        let cuts = clause.get(key).map_or_else(|| cuts.clone(), |a| a.or(cuts));
        clause.insert(*key, cuts);
    }
    clause
}

/// Clauses that hold wherever another one does say nothing.
fn without_implied(clauses: Vec<Clause>) -> Vec<Clause> {
    let implies = |a: &Clause, b: &Clause| {
        a.iter()
            .all(|(key, cuts)| b.get(key).is_some_and(|other| cuts.or(other) == *other))
    };
    let mut kept: Vec<Clause> = Vec::new();
    for clause in clauses {
        if kept.iter().any(|other| implies(other, &clause)) {
            continue;
        }
        kept.retain(|other| !implies(&clause, other));
        kept.push(clause);
    }
    kept
}

fn compared(op: Cmp, value: i64) -> Option<Cuts> {
    let next = value.checked_add(1);
    Some(match op {
        Cmp::Ge => Cuts::from(value),
        Cmp::Lt => Cuts::from(value).turned(),
        Cmp::Gt => Cuts::from(next?),
        Cmp::Le => Cuts::from(next?).turned(),
        Cmp::Eq => Cuts::from(value).and(&Cuts::from(next?).turned()),
        Cmp::Ne => Cuts::from(value).turned().or(&Cuts::from(next?)),
    })
}

fn in_mask(mask: u64) -> Cuts {
    one_of((0..64).filter(|value| mask >> value & 1 == 1))
}

fn bit_of(bit: u8) -> Cuts {
    one_of((0..256).filter(|value| value >> bit & 1 == 1))
}

fn one_of(values: impl Iterator<Item = i64>) -> Cuts {
    let only = |value: i64| Cuts::from(value).and(&Cuts::from(value + 1).turned());
    values.fold(Cuts::never(), |cuts, value| cuts.or(&only(value)))
}
