//! Operations over words of bits: tables, bounds and bytes are of the sizes that machine code relies on.

use super::function::Checker;
use crate::ir::words::{BOUNDS_MAX, BYTES, TABLE_MAX, WORD_BITS, WordOp};
use crate::ir::{Place, Reg, Ty};

impl Checker<'_> {
    pub(super) fn word(&mut self, dst: Reg, op: &WordOp) {
        let result = match op {
            WordOp::Float { .. } => Ty::Num,
            WordOp::Pack(_)
            | WordOp::Look { .. }
            | WordOp::Clamp { .. }
            | WordOp::Above { .. }
            | WordOp::AtMost { .. }
            | WordOp::Bits { .. } => Ty::Int,
        };
        self.is(dst, result);
        match op {
            WordOp::Pack(bits) => {
                self.all(bits, Ty::Bool);
                if bits.len() > WORD_BITS {
                    self.wrong(format!("{} bits are more than a word", bits.len()));
                }
            }
            WordOp::Look { a, table } => {
                self.is(*a, Ty::Int);
                if !table.len().is_power_of_two() || table.len() > TABLE_MAX {
                    self.wrong(format!("a table of {} words", table.len()));
                }
            }
            WordOp::Clamp { a, low, high } => {
                self.is(*a, Ty::Int);
                if low > high {
                    self.wrong("its bounds are the wrong way round");
                }
            }
            WordOp::Above { a, bounds } => {
                self.is(*a, Ty::Num);
                if bounds.is_empty() || bounds.len() > BOUNDS_MAX {
                    self.wrong(format!("{} bounds", bounds.len()));
                }
                if bounds.iter().any(|bound| f64::from_bits(*bound).is_nan()) {
                    self.wrong("a bound is no number");
                }
            }
            WordOp::AtMost { space, offset, .. } => {
                let place = Place::At {
                    space: *space,
                    offset: *offset,
                };
                self.place(place, u64::try_from(BYTES).unwrap_or(0));
            }
            WordOp::Bits { a, b, .. } => self.all(&[*a, *b], Ty::Int),
            WordOp::Float { a, b, .. } => self.all(&[*a, *b], Ty::Num),
        }
    }
}
