//! The predicate index: many bools come in, words of their bits go out. Where it pays, the bools are not computed
//! one by one: each field is looked at once, and a table (or, for bounds of numbers and neighbouring bytes, a few
//! comparisons together) says which of all predicates its value leaves open; the `and` of those words is the answer.
//!
//! A predicate is taken apart into clauses, of which each must hold and each is an `or` of tests of single fields.
//! A clause of one field is a bit at the predicate's place. One of several fields gets a bit of its own further up,
//! turned round (`and` of what fails), and is brought down to the predicate's place at the end.

mod clauses;
mod cuts;
mod emit;

use super::code::{Code, Pure};
use super::generate::Generate;
use clauses::{Clause, Key, Reader};
use cuts::Cuts;
use journey_program::ir::words::{BOUNDS_MAX, TABLE_MAX, WORD_BITS, WordOp};
use journey_program::ir::{Reg, Ty};
use std::collections::{BTreeMap, BTreeSet};

/// What a test of a field, and an operation between bools, costs when it is computed by itself.
const TEST: usize = 3;
const PACKED: usize = 3;

impl Generate<'_, '_> {
    /// The bools as bits of words, 64 in each.
    pub(super) fn pack(&mut self, bools: &[Reg]) -> Vec<Reg> {
        bools
            .chunks(WORD_BITS)
            .map(|bools| match Index::of(&self.code, bools) {
                Some(index) if index.pays(&self.code, bools) => index.emit(self),
                _ => self.code.word(WordOp::Pack(bools.to_vec()), Ty::Int),
            })
            .collect()
    }
}

/// Tests of one field, with the bit that each decides.
type Tests = Vec<(usize, Cuts)>;

/// All clauses in their places.
struct Index {
    bools: usize,
    /// words of tests, by field: the first begins with the predicates themselves
    words: Vec<BTreeMap<Key, Tests>>,
    /// predicates that never hold
    never: u64,
    /// clauses of several fields: word, first bit, the predicates that have one there
    layers: Vec<(usize, usize, u64)>,
}

impl Index {
    fn of(code: &Code, bools: &[Reg]) -> Option<Self> {
        if !code.unchanged() || bools.is_empty() {
            return None;
        }
        let mut reader = Reader::new(code);
        let first: Vec<_> = bools.iter().map(|bool| reader.clauses(*bool)).collect();
        let wide = wide(&first);
        let clauses = if wide.is_empty() {
            first
        } else {
            reader.opaque = wide;
            bools.iter().map(|bool| reader.clauses(*bool)).collect()
        };
        let mut index = Self {
            bools: bools.len(),
            words: vec![BTreeMap::new()],
            never: 0,
            layers: Vec::new(),
        };
        for (at, clauses) in clauses.into_iter().enumerate() {
            let mut layer = 0;
            for clause in clauses {
                index.place(at, clause, &mut layer);
            }
        }
        Some(index)
    }

    fn place(&mut self, at: usize, mut clause: Clause, layer: &mut usize) {
        match clause.len() {
            0 => self.never |= 1 << at,
            1 => {
                if let Some((key, cuts)) = clause.pop_first() {
                    self.put(0, key, (at, cuts));
                }
            }
            _ => {
                let each = (WORD_BITS / self.bools).max(1);
                *layer += 1;
                let (word, first) = (*layer / each, *layer % each * self.bools);
                match self.layers.get_mut(*layer - 1) {
                    Some((_, _, used)) => *used |= 1 << at,
                    None => self.layers.push((word, first, 1 << at)),
                }
                for (key, cuts) in clause {
                    self.put(word, key, (first + at, cuts.turned()));
                }
            }
        }
    }

    fn put(&mut self, word: usize, key: Key, test: (usize, Cuts)) {
        if self.words.len() <= word {
            self.words.resize_with(word + 1, BTreeMap::new);
        }
        if let Some(word) = self.words.get_mut(word) {
            word.entry(key).or_default().push(test);
        }
    }

    /// Whether it takes less than the bools one by one: operations of the machine, roughly.
    fn pays(&self, code: &Code, bools: &[Reg]) -> bool {
        let mut nodes = BTreeSet::new();
        let plain = cost(code, bools, &mut nodes) + PACKED * bools.len();
        let mut opaque = Vec::new();
        let mut index = 4 * self.layers.len() + 2;
        for word in &self.words {
            for (key, tests) in word {
                index += match key {
                    Key::Byte(..) if tests.len() == 1 => 2,
                    Key::Byte(..) => 4,
                    Key::Int(..) | Key::Symbol(..) => 6,
                    Key::Num(..) => 4 + 2 * all_cuts(tests).len(),
                    Key::Opaque(reg) => {
                        opaque.push(*reg);
                        4
                    }
                };
            }
        }
        index + cost(code, &opaque, &mut BTreeSet::new()) < plain
    }
}

/// Operations that these bools take.
fn cost(code: &Code, bools: &[Reg], seen: &mut BTreeSet<Reg>) -> usize {
    let mut sum = 0;
    let mut stack = bools.to_vec();
    while let Some(reg) = stack.pop() {
        if !seen.insert(reg) {
            continue;
        }
        match code.origin(reg) {
            Some(Pure::And(a, b) | Pure::Or(a, b)) => {
                sum += 1;
                stack.extend([a, b]);
            }
            Some(Pure::Not(a)) => {
                sum += 1;
                stack.push(a);
            }
            _ => sum += TEST,
        }
    }
    sum
}

/// Fields whose tests are too many or too far apart for a table.
fn wide(clauses: &[Vec<Clause>]) -> BTreeSet<Key> {
    let mut cuts: BTreeMap<Key, BTreeSet<i64>> = BTreeMap::new();
    for (key, test) in clauses.iter().flatten().flatten() {
        cuts.entry(*key).or_default().extend(test.at());
    }
    let too_many = |(key, cuts): (Key, BTreeSet<i64>)| {
        let span = cuts.last().zip(cuts.first());
        let span = span.and_then(|(last, first)| last.checked_sub(*first)?.checked_add(2));
        let fits = match key {
            Key::Byte(..) | Key::Opaque(_) => true,
            Key::Num(..) => cuts.len() <= BOUNDS_MAX,
            Key::Int(..) | Key::Symbol(..) => {
                let room = i64::try_from(TABLE_MAX / 2).unwrap_or(0);
                span.is_some_and(|span| span <= room)
                    && cuts.first().is_some_and(|first| *first > i64::MIN)
            }
        };
        (!fits).then_some(key)
    };
    cuts.into_iter().filter_map(too_many).collect()
}

/// All cuts of a field's tests, in order.
fn all_cuts(tests: &Tests) -> Vec<i64> {
    let cuts: BTreeSet<i64> = tests.iter().flat_map(|(_, cuts)| cuts.at()).collect();
    cuts.into_iter().collect()
}

#[cfg(test)]
mod tests;
