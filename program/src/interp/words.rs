//! Operations over words of bits, as `ir::words` says.

use super::Machine;
use crate::ir::words::{BitOp, Trees, WordOp, linked};
use crate::ir::{NumOp, Reg};
use crate::record::get_u8;

impl Machine<'_> {
    pub(super) fn word(&mut self, dst: Reg, op: &WordOp) {
        let word = match op {
            WordOp::Pack(bits) => bits.iter().rev().fold(0, |word, bit| {
                word << 1 | (self.get(*bit).cast_unsigned() & 1)
            }),
            WordOp::Look { a, table } => look(table, self.get(*a)),
            WordOp::Clamp { a, low, high } => self.get(*a).max(*low).min(*high).cast_unsigned(),
            WordOp::Above { a, bounds } => {
                let number = self.num(*a);
                bits(bounds.iter().map(|bound| f64::from_bits(*bound) <= number))
            }
            WordOp::AtMost {
                space,
                offset,
                most,
            } => {
                let block = self.host.block(*space);
                let byte = |at| get_u8(block, offset.saturating_add(at));
                bits((0..).zip(most).map(|(at, most)| byte(at) <= *most))
            }
            WordOp::Bits { op, a, b } => {
                let (a, b) = (self.get(*a).cast_unsigned(), self.get(*b).cast_unsigned());
                let by = u32::try_from(b & 63).unwrap_or(0);
                match op {
                    BitOp::And => a & b,
                    BitOp::Or => a | b,
                    BitOp::Xor => a ^ b,
                    BitOp::Left => a << by,
                    BitOp::Right => a >> by,
                }
            }
            WordOp::Trees(trees) => self.walk(trees).to_bits(),
            WordOp::Float { op, a, b } => {
                let (a, b) = (self.num(*a), self.num(*b));
                let value = match op {
                    NumOp::Add => a + b,
                    NumOp::Sub => a - b,
                    NumOp::Mul => a * b,
                    NumOp::Div => a / b,
                    NumOp::AddSingle => crate::arith::single(a + b),
                };
                value.to_bits()
            }
        };
        self.set(dst, word.cast_signed());
    }
}

impl Machine<'_> {
    fn walk(&self, trees: &Trees) -> f64 {
        let (nodes, roots) = trees.parts();
        let word = |at: u64| {
            let at = usize::try_from(at).ok();
            at.and_then(|at| nodes.get(at)).copied().unwrap_or(0)
        };
        let mut sum = f64::from_bits(trees.base);
        for root in roots {
            let mut at = *root;
            for _ in 0..trees.depth {
                let (child, input, stride) = linked(word(at + 1));
                let input = usize::try_from(input).ok();
                let input = input.and_then(|input| trees.inputs.get(input));
                let value = input.map_or(0.0, |reg| self.num(*reg));
                let below = value < f64::from_bits(word(at));
                at = if below { child } else { child + stride };
            }
            let leaf = f64::from_bits(word(at));
            sum = if trees.single {
                crate::arith::single(sum + leaf)
            } else {
                sum + leaf
            };
        }
        sum
    }
}

fn look(table: &[u64], value: i64) -> u64 {
    let length = u64::try_from(table.len()).unwrap_or(0);
    let place = value.cast_unsigned() & length.wrapping_sub(1);
    let place = usize::try_from(place).ok();
    place.and_then(|at| table.get(at)).copied().unwrap_or(0)
}

fn bits(bits: impl Iterator<Item = bool>) -> u64 {
    (0u32..64)
        .zip(bits)
        .fold(0, |word, (at, bit)| word | u64::from(bit) << at)
}
