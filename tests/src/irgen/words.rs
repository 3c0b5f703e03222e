//! Operations over words of bits at random.

use super::Writer;
use super::insts::{NUM_OPS, READABLE};
use super::toy::region;
use journey_program::ir::words::{BOUNDS_MAX, BYTES, BitOp, Trees, WordOp, link};
use journey_program::ir::{Inst, Repr, Ty};

impl Writer {
    pub(super) fn word(&mut self) {
        let op = match self.rng.below(9) {
            0 => {
                let count = [1, 2, 7, 64][self.rng.below(4)];
                WordOp::Pack((0..count).map(|_| self.src(Ty::Bool)).collect())
            }
            1 | 2 => {
                let a = self.src(Ty::Int);
                let table = (0..1 << self.rng.below(6)).map(|_| self.rng.word());
                let table = table.collect();
                WordOp::Look { a, table }
            }
            3 => self.clamp(),
            4 => self.above(),
            5 => self.at_most(),
            6 if self.rng.chance(50) => return self.trees(),
            6 => return self.finite(),
            _ => WordOp::Bits {
                op: self.rng.pick(&BitOp::ALL),
                a: self.src(Ty::Int),
                b: self.src(Ty::Int),
            },
        };
        let dst = self.dst(Ty::Int);
        self.push(Inst::Word { dst, op }, Some(dst));
    }

    fn clamp(&mut self) -> WordOp {
        let a = self.src(Ty::Int);
        let bounds = if self.rng.chance(60) {
            (self.rng.small(), self.rng.small())
        } else {
            (self.rng.int(), self.rng.int())
        };
        let (low, high) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        WordOp::Clamp { a, low, high }
    }

    /// Bounds in no order; now and then the number itself is one of them.
    fn above(&mut self) -> WordOp {
        let count = 1 + self.rng.below(BOUNDS_MAX);
        let bounds: Vec<u64> = (0..count).map(|_| self.rng.num()).collect();
        let a = if self.rng.chance(40) {
            let a = self.fresh(Ty::Num);
            let bits = self.rng.pick(&bounds);
            self.push(Inst::ConstNum { dst: a, bits }, Some(a));
            a
        } else {
            self.src(Ty::Num)
        };
        WordOp::Above { a, bounds }
    }

    /// Over bytes of any kind, of a record that is there whole.
    fn at_most(&mut self) -> WordOp {
        let (first, ..) = region(Repr::Byte);
        let from = [0, first, first, 24, 56];
        let mut most = [0; BYTES];
        for byte in &mut most {
            *byte = self.rng.word().to_le_bytes()[0];
            if self.rng.chance(40) {
                *byte %= 4;
            }
        }
        WordOp::AtMost {
            space: self.rng.pick(&READABLE),
            offset: self.rng.pick(&from),
            most,
        }
    }

    /// Trees of any shape, their leaves small; thresholds are often an input's own value.
    fn trees(&mut self) {
        let single = self.rng.chance(50);
        let mut inputs = Vec::new();
        let mut values = Vec::new();
        for _ in 0..1 + self.rng.below(4) {
            if self.rng.chance(50) {
                inputs.push(self.src(Ty::Num));
                continue;
            }
            let dst = self.fresh(Ty::Num);
            let bits = self.rng.num();
            values.push(bits);
            self.push(Inst::ConstNum { dst, bits }, Some(dst));
            inputs.push(dst);
        }
        let (mut words, mut roots) = (Vec::new(), Vec::new());
        let depth = self.rng.below(4);
        for _ in 0..self.rng.below(4) {
            roots.push(words.len() as u64);
            words.extend([0, 0]);
            let mut open = vec![(words.len() - 2, depth)];
            while let Some((at, left)) = open.pop() {
                if left == 0 || self.rng.chance(20) {
                    let byte = self.rng.word().to_le_bytes()[0];
                    let leaf = match single {
                        true => f64::from(f32::from(byte) / 7.0 - 9.0),
                        false => f64::from(byte) / 7.0 - 9.0,
                    };
                    words[at] = leaf.to_bits();
                    words[at + 1] = link(u32::try_from(at).expect("small"), 0, 0);
                    continue;
                }
                words[at] = match values.is_empty() || self.rng.chance(40) {
                    true => self.rng.num(),
                    false => self.rng.pick(&values),
                };
                let child = words.len();
                let input = u16::try_from(self.rng.below(inputs.len())).expect("few");
                words[at + 1] = link(u32::try_from(child).expect("small"), input, 2);
                words.extend([0; 4]);
                open.extend([(child, left - 1), (child + 2, left - 1)]);
            }
        }
        let count = roots.len();
        words.extend(roots);
        let op = WordOp::Trees(Box::new(Trees {
            inputs,
            words,
            count,
            depth,
            base: 0.5_f64.to_bits(),
            single,
        }));
        let dst = self.dst(Ty::Num);
        self.push(Inst::Word { dst, op }, Some(dst));
    }

    /// Only what stays finite: a register of numbers never holds anything else.
    fn finite(&mut self) {
        let (a, b) = (self.fresh(Ty::Num), self.fresh(Ty::Num));
        for dst in [a, b] {
            let thousandth = f64::from(self.rng.word().to_le_bytes()[0]) / 1_000.0 + 0.001;
            let bits = thousandth.to_bits();
            self.push(Inst::ConstNum { dst, bits }, Some(dst));
        }
        let op = WordOp::Float {
            op: self.rng.pick(&NUM_OPS),
            a,
            b,
        };
        let dst = self.dst(Ty::Num);
        self.push(Inst::Word { dst, op }, Some(dst));
    }
}
