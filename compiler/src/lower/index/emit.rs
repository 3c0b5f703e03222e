//! The index as instructions: a word of open predicates for each field, all of them `and`ed, clauses of several
//! fields brought down to their predicates' places.

use super::clauses::Key;
use super::cuts::number_at;
use super::{Index, Tests, all_cuts};
use crate::lower::code::{Pure, in_space};
use crate::lower::generate::Generate;
use journey_program::ir::words::{BYTES, BitOp, WORD_BITS, WordOp};
use journey_program::ir::{Reg, Repr, Space, Ty};
use journey_program::types::Type;
use std::collections::BTreeMap;

/// So many neighbouring bytes with a bound each are held against them together.
const NEIGHBOURS_MIN: usize = 5;
/// Words of a table that is not worth a bound on its index.
const SMALL: usize = 32;

/// A byte with one bound.
struct Bound {
    offset: u32,
    bit: usize,
    /// holds where the byte is at most this, or (`turned`) where it is more
    most: u8,
    turned: bool,
}

impl Index {
    pub(super) fn emit(self, g: &mut Generate<'_, '_>) -> Reg {
        let mut words = Vec::new();
        for mut tests in self.words {
            let mut word = None;
            if g.tables.block.size >= u32::try_from(BYTES).unwrap_or(0) {
                for bounds in neighbours(&mut tests) {
                    g.together(&bounds, &mut word);
                }
            }
            for (key, tests) in tests {
                let open = g.open(key, &tests);
                g.narrow(&mut word, open);
            }
            words.push(match word {
                Some(word) => word,
                None => g.code.int(-1),
            });
        }
        let all = u64::MAX >> (WORD_BITS - self.bools);
        let mut result = match words.first() {
            Some(word) => g.masked(*word, all & !self.never),
            None => g.code.int(0),
        };
        for (word, first, used) in self.layers {
            let Some(word) = words.get(word) else {
                continue;
            };
            let fails = g.shifted(*word, BitOp::Right, first);
            let fails = g.masked(fails, used);
            let fails = g.bits(BitOp::And, fails, result);
            result = g.bits(BitOp::Xor, result, fails);
        }
        result
    }
}

/// Takes bytes with one bound each out of the tests, where enough of them stand as far from each other as their bits.
/// In the profile: no other block is known to go on behind them.
fn neighbours(tests: &mut BTreeMap<Key, Tests>) -> Vec<Vec<Bound>> {
    let mut groups: BTreeMap<i64, Vec<Bound>> = BTreeMap::new();
    for (key, tests) in tests.iter() {
        if let (Key::Byte(Space::Profile, offset), [(bit, cuts)]) = (key, tests.as_slice())
            && let Some((below, at)) = cuts.only()
            && let Ok(most) = u8::try_from(at - 1)
            && let Ok(place) = i64::try_from(*bit)
        {
            let distance = i64::from(*offset) - place;
            groups.entry(distance).or_default().push(Bound {
                offset: *offset,
                bit: *bit,
                most,
                turned: !below,
            });
        }
    }
    groups.retain(|_, bounds| bounds.len() >= NEIGHBOURS_MIN);
    for bound in groups.values().flatten() {
        tests.remove(&Key::Byte(Space::Profile, bound.offset));
    }
    groups.into_values().collect()
}

impl Generate<'_, '_> {
    fn bits(&mut self, op: BitOp, a: Reg, b: Reg) -> Reg {
        self.code.word(WordOp::Bits { op, a, b }, Ty::Int)
    }

    fn masked(&mut self, word: Reg, mask: u64) -> Reg {
        if mask == u64::MAX {
            return word;
        }
        let mask = self.code.int(mask.cast_signed());
        self.bits(BitOp::And, word, mask)
    }

    fn shifted(&mut self, word: Reg, op: BitOp, by: usize) -> Reg {
        if by == 0 {
            return word;
        }
        let by = self.code.int(i64::try_from(by).unwrap_or(0));
        self.bits(op, word, by)
    }

    fn narrow(&mut self, word: &mut Option<Reg>, open: Reg) {
        *word = Some(match *word {
            Some(word) => self.bits(BitOp::And, word, open),
            None => open,
        });
    }

    /// The word of what a field's value leaves open.
    fn open(&mut self, key: Key, tests: &Tests) -> Reg {
        match key {
            Key::Byte(space, offset) => {
                let byte = self
                    .code
                    .calc(Pure::Load(in_space(space, offset), Repr::Byte));
                self.look_byte(byte, self.largest(space, offset), tests)
            }
            Key::Int(space, offset) => {
                let int = self
                    .code
                    .calc(Pure::Load(in_space(space, offset), Repr::Int));
                self.look_int(int, tests)
            }
            Key::Symbol(space, offset) => {
                let symbol = self.code.calc(Pure::Symbol(in_space(space, offset)));
                self.look_int(symbol, tests)
            }
            Key::Num(space, offset) => {
                let number = self
                    .code
                    .calc(Pure::Load(in_space(space, offset), Repr::Num));
                self.look_number(number, tests)
            }
            Key::Opaque(bool) => {
                let [no, yes] =
                    [0, 1].map(|value| self.code.int(open_at(tests, value).cast_signed()));
                self.select(bool, yes, no)
            }
        }
    }

    /// The largest value that the byte ever has, by the type of what lies there.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the types that a byte holds"
    )]
    fn largest(&self, space: Space, offset: u32) -> usize {
        let hir = self.tables.hir;
        let record = match space {
            Space::Profile => Some(hir.profile.record),
            Space::Event | Space::Instance | Space::Const | Space::Scratch => None,
        };
        let field = record.and_then(|record| {
            let slots = &self.tables.layouts.get(record.index())?.fields;
            let place = slots.iter().position(|slot| slot.offset == offset)?;
            hir.records.get(record.index())?.fields.get(place)
        });
        let largest = field.and_then(|field| match field.ty.known() {
            Type::Bool => Some(1),
            Type::Enum(id) => hir.enums.get(id.index())?.values.len().checked_sub(1),
            Type::IntIn(_, high) => usize::try_from(*high).ok(),
            _ => None,
        });
        largest.unwrap_or(255).min(255)
    }

    fn look_byte(&mut self, byte: Reg, largest: usize, tests: &Tests) -> Reg {
        let table: Vec<u64> = (0..=largest.next_power_of_two().max(1) * 2 - 1)
            .map(|value| open_at(tests, i64::try_from(value).unwrap_or(0)))
            .collect();
        let repeats = |length: &usize| {
            let valid = table.iter().take(largest + 1).enumerate();
            let mut valid = valid.map(|(at, word)| table.get(at & (length - 1)) == Some(word));
            valid.all(|same| same)
        };
        let length = (0..=8).map(|power| 1 << power).find(repeats).unwrap_or(256);
        let last = all_cuts(tests).into_iter().rev();
        let last = last.filter_map(|cut| usize::try_from(cut).ok());
        let last = last.into_iter().find(|cut| *cut <= largest).unwrap_or(0);
        let clamped = (last + 1).next_power_of_two();
        if length > SMALL && clamped < length {
            let high = i64::try_from(last).unwrap_or(0);
            let op = WordOp::Clamp {
                a: byte,
                low: i64::MIN,
                high,
            };
            let byte = self.code.word(op, Ty::Int);
            return self.look(byte, table.into_iter().take(clamped).collect());
        }
        self.look(byte, table.into_iter().take(length).collect())
    }

    fn look(&mut self, a: Reg, table: Vec<u64>) -> Reg {
        self.code.word(WordOp::Look { a, table }, Ty::Int)
    }

    /// From the value before the first cut to the last, by the low bits of the value.
    fn look_int(&mut self, int: Reg, tests: &Tests) -> Reg {
        let cuts = all_cuts(tests);
        let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else {
            return self.code.int(open_at(tests, 0).cast_signed());
        };
        let (low, high) = (first.saturating_sub(1), *last);
        let span = usize::try_from(high.saturating_sub(low)).unwrap_or(0) + 1;
        let length = span.next_power_of_two();
        let mut table = vec![0; length];
        for value in low..=high {
            let at = usize::try_from(value & (i64::try_from(length).unwrap_or(1) - 1));
            if let Some(word) = at.ok().and_then(|at| table.get_mut(at)) {
                *word = open_at(tests, value);
            }
        }
        let clamp = WordOp::Clamp { a: int, low, high };
        let int = self.code.word(clamp, Ty::Int);
        self.look(int, table)
    }

    /// By the bits of the bounds that it is above: they are in order, so as many as it is above are set.
    fn look_number(&mut self, number: Reg, tests: &Tests) -> Reg {
        let cuts = all_cuts(tests);
        if cuts.is_empty() {
            return self.code.int(open_at(tests, 0).cast_signed());
        }
        let bounds = cuts.iter().map(|cut| number_at(*cut)).collect();
        let above = WordOp::Above { a: number, bounds };
        let above = self.code.word(above, Ty::Int);
        let before = cuts.first().map_or(0, |first| first.saturating_sub(1));
        let table = (0_usize..1 << cuts.len()).map(|bits| {
            let passed = usize::try_from(bits.count_ones()).unwrap_or(0);
            let value = passed.checked_sub(1).and_then(|at| cuts.get(at));
            open_at(tests, value.copied().unwrap_or(before))
        });
        let table = table.collect();
        self.look(above, table)
    }

    /// Sixteen bytes at a time.
    fn together(&mut self, bounds: &[Bound], word: &mut Option<Reg>) {
        let size = self.tables.block.size;
        let width = u32::try_from(BYTES).unwrap_or(0);
        let mut left = bounds;
        while let Some(first) = left.first() {
            let offset = first.offset.min(size.saturating_sub(width));
            let inside = left.partition_point(|bound| bound.offset < offset.saturating_add(width));
            let (now, rest) = left.split_at(inside.max(1));
            left = rest;
            let open = self.window(offset, now);
            self.narrow(word, open);
        }
    }

    fn window(&mut self, offset: u32, bounds: &[Bound]) -> Reg {
        let mut most = [u8::MAX; BYTES];
        let (mut turned, mut theirs) = (0_u64, 0_u64);
        let mut shift = 0_i64;
        for bound in bounds {
            let at = usize::try_from(bound.offset - offset).unwrap_or(0);
            if let Some(most) = most.get_mut(at) {
                *most = bound.most;
            }
            turned |= u64::from(bound.turned) << at;
            theirs |= 1 << bound.bit;
            shift = i64::try_from(bound.bit).unwrap_or(0) - i64::try_from(at).unwrap_or(0);
        }
        let op = WordOp::AtMost {
            space: Space::Profile,
            offset,
            most,
        };
        let mut open = self.code.word(op, Ty::Int);
        if turned != 0 {
            let turned = self.code.int(turned.cast_signed());
            open = self.bits(BitOp::Xor, open, turned);
        }
        let way = if shift < 0 { BitOp::Right } else { BitOp::Left };
        let by = usize::try_from(shift.unsigned_abs()).unwrap_or(0);
        let open = self.shifted(open, way, by);
        let others = self.code.int((!theirs).cast_signed());
        self.bits(BitOp::Or, open, others)
    }
}

/// The word of what a value leaves open.
fn open_at(tests: &Tests, value: i64) -> u64 {
    let fails = tests.iter().filter(|(_, cuts)| !cuts.holds(value));
    fails.fold(u64::MAX, |word, (bit, _)| word & !(1 << bit))
}
