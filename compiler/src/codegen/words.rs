//! Operations over words of bits. Tables lie beside the code, in the section's own block, which the frame points
//! to; bounds of numbers and of bytes are compared two and sixteen at a time.

use super::bugs::Bug;
use super::function::{Translator, memory};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::Ieee64;
use cranelift_codegen::ir::{ConstantData, InstBuilder, Value, types};
use journey_program::abi;
use journey_program::ir::words::{BYTES, BitOp, WordOp};
use journey_program::ir::{NumOp, Place, Reg, Space};

impl Translator<'_> {
    pub(super) fn word(&mut self, op: &WordOp) -> Result<Value, String> {
        match op {
            WordOp::Pack(bits) => self.pack(bits),
            WordOp::Look { a, table } => self.look(*a, table),
            WordOp::Clamp { a, low, high } => self.clamp(*a, (*low, *high)),
            WordOp::Above { a, bounds } => self.above(*a, bounds),
            WordOp::AtMost {
                space,
                offset,
                most,
            } => self.at_most(*space, *offset, most),
            WordOp::Bits { op, a, b } => self.bits_op(*op, *a, *b),
            WordOp::Trees(trees) => self.trees(trees),
            WordOp::Float { op, a, b } => self.finite(*op, *a, *b),
        }
    }

    fn pack(&mut self, bits: &[Reg]) -> Result<Value, String> {
        let mut word = None;
        for bit in bits.iter().rev() {
            let bit = self.get(*bit)?;
            let bit = self.b.ins().uextend(types::I64, bit);
            word = Some(match word {
                Some(word) => {
                    let one = self.int(1);
                    let word = self.b.ins().ishl(word, one);
                    self.b.ins().iadd(bit, word)
                }
                None => bit,
            });
        }
        let word = word.unwrap_or_else(|| self.int(0));
        if self.planted(Bug::PackFromOne) {
            let one = self.int(1);
            return Ok(self.b.ins().ishl(word, one));
        }
        Ok(word)
    }

    /// The table's address is a constant from the pointer that the frame holds.
    fn look(&mut self, a: Reg, table: &[u64]) -> Result<Value, String> {
        let first = self.table_of(table)?;
        let last = i64::try_from(table.len()).map_err(|_| "too long a table")? - 1;
        let place = self.get(a)?;
        let place = if self.planted(Bug::LookUnmasked) {
            let last = self.int(last);
            self.b.ins().umin(place, last)
        } else {
            let last = self.int(last);
            self.b.ins().band(place, last)
        };
        let three = self.int(3);
        let place = self.b.ins().ishl(place, three);
        let base = self.tables();
        let address = self.b.ins().iadd(base, place);
        Ok(self.b.ins().load(types::I64, memory(), address, first))
    }

    fn clamp(&mut self, a: Reg, (low, high): (i64, i64)) -> Result<Value, String> {
        let value = self.get(a)?;
        let high = if self.planted(Bug::ClampHigh) {
            high.wrapping_sub(1)
        } else {
            high
        };
        let value = if low == i64::MIN || self.planted(Bug::ClampLow) {
            value
        } else {
            let low = self.int(low);
            self.b.ins().smax(value, low)
        };
        let high = self.int(high);
        Ok(self.b.ins().smin(value, high))
    }

    /// Two bounds at a time: each half of a vector says with its sign whether its bound is at most the number.
    fn above(&mut self, a: Reg, bounds: &[u64]) -> Result<Value, String> {
        let number = self.get(a)?;
        let strict = self.planted(Bug::AboveStrict);
        let how = if strict {
            FloatCC::LessThan
        } else {
            FloatCC::LessThanOrEqual
        };
        let mut word = None;
        let mut at = 0i64;
        let mut both = None;
        for pair in bounds.chunks(2) {
            let bits = match pair {
                [low, high] => {
                    let splat = match both {
                        Some(splat) => splat,
                        None => self.b.ins().splat(types::F64X2, number),
                    };
                    both = Some(splat);
                    let bounds = self.two(*low, *high);
                    let holds = self.b.ins().fcmp(how, bounds, splat);
                    let bits = self.b.ins().vhigh_bits(types::I32, holds);
                    self.b.ins().uextend(types::I64, bits)
                }
                [only, ..] => {
                    let bound = self.b.ins().f64const(Ieee64::with_bits(*only));
                    let holds = self.b.ins().fcmp(how, bound, number);
                    self.b.ins().uextend(types::I64, holds)
                }
                [] => continue,
            };
            word = Some(match word {
                Some(word) => {
                    let by = self.int(at);
                    let bits = self.b.ins().ishl(bits, by);
                    self.b.ins().bor(word, bits)
                }
                None => bits,
            });
            at += if self.planted(Bug::AbovePairs) { 1 } else { 2 };
        }
        Ok(word.unwrap_or_else(|| self.int(0)))
    }

    fn two(&mut self, low: u64, high: u64) -> Value {
        let bytes: Vec<u8> = [low, high].iter().flat_map(|w| w.to_le_bytes()).collect();
        let data = self.b.func.dfg.constants.insert(ConstantData::from(bytes));
        self.b.ins().vconst(types::F64X2, data)
    }

    fn at_most(&mut self, space: Space, offset: u32, most: &[u8; BYTES]) -> Result<Value, String> {
        let (base, offset) = self.address(Place::At { space, offset }, 16)?;
        let bytes = self.b.ins().load(types::I8X16, memory(), base, offset);
        let data = self
            .b
            .func
            .dfg
            .constants
            .insert(ConstantData::from(most.as_slice()));
        let most = self.b.ins().vconst(types::I8X16, data);
        let how = if self.planted(Bug::AtMostSigned) {
            IntCC::SignedLessThanOrEqual
        } else if self.planted(Bug::AtMostStrict) {
            IntCC::UnsignedLessThan
        } else {
            IntCC::UnsignedLessThanOrEqual
        };
        let holds = self.b.ins().icmp(how, bytes, most);
        let bits = self.b.ins().vhigh_bits(types::I32, holds);
        Ok(self.b.ins().uextend(types::I64, bits))
    }

    fn bits_op(&mut self, op: BitOp, a: Reg, b: Reg) -> Result<Value, String> {
        let (a, b) = (self.get(a)?, self.get(b)?);
        Ok(match op {
            BitOp::And => self.b.ins().band(a, b),
            BitOp::Or => self.b.ins().bor(a, b),
            BitOp::Xor => self.b.ins().bxor(a, b),
            BitOp::Left => self.b.ins().ishl(a, b),
            BitOp::Right if self.planted(Bug::ShiftSigned) => self.b.ins().sshr(a, b),
            BitOp::Right => self.b.ins().ushr(a, b),
        })
    }

    fn finite(&mut self, op: NumOp, a: Reg, b: Reg) -> Result<Value, String> {
        let (a, b) = (self.get(a)?, self.get(b)?);
        Ok(match op {
            NumOp::Add => self.b.ins().fadd(a, b),
            NumOp::Sub => self.b.ins().fsub(a, b),
            NumOp::Mul => self.b.ins().fmul(a, b),
            NumOp::Div => self.b.ins().fdiv(a, b),
            NumOp::AddSingle => {
                let sum = self.b.ins().fadd(a, b);
                let single = self.b.ins().fdemote(types::F32, sum);
                self.b.ins().fpromote(types::F64, single)
            }
        })
    }

    /// The pointer of the section's tables, which never move: read once, if there is anything in them.
    pub(super) fn tables(&mut self) -> Value {
        let known = self.tables;
        known.unwrap_or_else(|| {
            let at = abi::BLOCKS + 8 * abi::TABLES;
            self.b.ins().load(types::I64, memory(), self.frame, at)
        })
    }

    pub(super) fn keep_tables(&mut self) {
        let insts = self.source.blocks.iter().flat_map(|block| &block.insts);
        let mut tables = insts.map(super::table_of);
        if tables.any(|table| !table.is_empty()) {
            self.tables = Some(self.tables());
        }
    }

    /// Gives the table a place; its first byte.
    pub(super) fn table_of(&mut self, table: &[u64]) -> Result<i32, String> {
        let first = self.table_words.len() + self.table_base;
        self.table_words.extend_from_slice(table);
        let end = (first + table.len()) * 8;
        if let Some(extent) = self.extents.get_mut(abi::TABLES as usize) {
            *extent = u32::try_from(end)
                .map_err(|_| "too many tables")?
                .max(*extent);
        }
        let first = if self.planted(Bug::LookNext) {
            first ^ 1
        } else {
            first
        };
        i32::try_from(first * 8).map_err(|_| "too many tables".to_owned())
    }
}
