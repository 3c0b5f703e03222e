//! Instructions: one match, simple ones in place, the others in their files.

use super::bugs::Bug;
use super::function::{Translator, memory};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::Ieee64;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use journey_program::abi::{self, Target};
use journey_program::ir::{Cmp, Inst, Reg, Space, handle};
use journey_program::types::TextId;

impl Translator<'_> {
    pub(super) fn inst(&mut self, inst: &Inst) -> Result<(), String> {
        match inst {
            Inst::ConstBool { dst, value } => {
                let value = self.b.ins().iconst(types::I8, i64::from(*value));
                self.set(*dst, value)
            }
            Inst::ConstInt { dst, value } => {
                let value = self.int(*value);
                self.set(*dst, value)
            }
            Inst::ConstNum { dst, bits } => {
                let value = self.b.ins().f64const(Ieee64::with_bits(*bits));
                self.set(*dst, value)
            }
            Inst::ConstText { dst, text } => self.const_text(*dst, *text),
            Inst::Copy { dst, src } => {
                let value = self.get(*src)?;
                self.set(*dst, value)
            }
            Inst::Load { dst, place, repr } => self.load(*dst, *place, *repr),
            Inst::Bit { dst, place, bit } => self.bit(*dst, *place, *bit),
            Inst::Symbol { dst, place } => self.symbol(*dst, *place),
            Inst::Store { place, repr, src } => self.store(*place, *repr, *src),
            Inst::StoreBit { place, bit, src } => self.store_bit(*place, *bit, *src),
            Inst::Clock { dst } => {
                let at = if self.planted(Bug::ClockIsFuel) {
                    abi::FUEL
                } else {
                    abi::CLOCK
                };
                let value = self.b.ins().load(types::I64, memory(), self.frame, at);
                self.set(*dst, value)
            }
            Inst::Int {
                dst,
                op,
                a,
                b,
                site,
            } => self.int_op(*dst, *op, *a, *b, *site),
            Inst::Num {
                dst,
                op,
                a,
                b,
                site,
            } => self.num_op(*dst, *op, *a, *b, *site),
            Inst::IntToNum { dst, a, site } => self.int_to_num(*dst, *a, *site),
            Inst::IntCmp { dst, op, a, b } => {
                let (how, a, b) = (self.int_condition(*op), self.get(*a)?, self.get(*b)?);
                let value = self.b.ins().icmp(how, a, b);
                self.set(*dst, value)
            }
            Inst::IntCmpConst { dst, op, a, value } => {
                let a = self.get(*a)?;
                let value = if self.planted(Bug::CompareConstShort) {
                    value << 32 >> 32
                } else {
                    *value
                };
                let value = self.compare(self.int_condition(*op), a, value);
                self.set(*dst, value)
            }
            Inst::NumCmp { dst, op, a, b } => self.num_cmp(*dst, *op, *a, *b),
            Inst::InMask { dst, a, mask } => self.in_mask(*dst, *a, *mask),
            Inst::And { dst, a, b } => {
                let (a, b) = (self.get(*a)?, self.get(*b)?);
                let value = self.b.ins().band(a, b);
                self.set(*dst, value)
            }
            Inst::Or { dst, a, b } => {
                let (a, b) = (self.get(*a)?, self.get(*b)?);
                let value = self.b.ins().bor(a, b);
                self.set(*dst, value)
            }
            Inst::Not { dst, a } => self.not(*dst, *a),
            Inst::Select { dst, cond, a, b } => {
                let (cond, a, b) = (self.get(*cond)?, self.get(*a)?, self.get(*b)?);
                let value = self.b.ins().select(cond, a, b);
                self.set(*dst, value)
            }
            Inst::Call {
                dst,
                op,
                args,
                site,
            } => self.call(*dst, *op, args, *site),
            Inst::Fuel { site } => {
                self.fuel(*site);
                Ok(())
            }
        }
    }

    fn const_text(&mut self, dst: Reg, text: TextId) -> Result<(), String> {
        let offset = text.0.checked_mul(16).ok_or("too many constant texts")?;
        let value = self.int(handle(Space::Const, offset));
        self.set(dst, value)
    }

    fn not(&mut self, dst: Reg, a: Reg) -> Result<(), String> {
        let a = self.get(a)?;
        let value = if self.planted(Bug::NotIsComplement) {
            self.b.ins().bnot(a)
        } else {
            let one = self.b.ins().iconst(types::I8, 1);
            self.b.ins().bxor(a, one)
        };
        self.set(dst, value)
    }

    fn int_condition(&self, op: Cmp) -> IntCC {
        if self.planted(Bug::CompareUnsigned) {
            return match op {
                Cmp::Eq => IntCC::Equal,
                Cmp::Ne => IntCC::NotEqual,
                Cmp::Lt => IntCC::UnsignedLessThan,
                Cmp::Le => IntCC::UnsignedLessThanOrEqual,
                Cmp::Gt => IntCC::UnsignedGreaterThan,
                Cmp::Ge => IntCC::UnsignedGreaterThanOrEqual,
            };
        }
        match op {
            Cmp::Eq => IntCC::Equal,
            Cmp::Ne => IntCC::NotEqual,
            Cmp::Lt => IntCC::SignedLessThan,
            Cmp::Le => IntCC::SignedLessThanOrEqual,
            Cmp::Gt => IntCC::SignedGreaterThan,
            Cmp::Ge => IntCC::SignedGreaterThanOrEqual,
        }
    }

    /// Neither side is ever NaN, so of each condition's two forms the one that is a single flag will do.
    fn num_cmp(&mut self, dst: Reg, op: Cmp, a: Reg, b: Reg) -> Result<(), String> {
        let (a, b) = (self.get(a)?, self.get(b)?);
        let one_flag = self.choices.target == Target::X86_64Linux;
        let how = match op {
            Cmp::Eq if one_flag => FloatCC::UnorderedOrEqual,
            Cmp::Ne if one_flag => FloatCC::OrderedNotEqual,
            Cmp::Eq => FloatCC::Equal,
            Cmp::Ne => FloatCC::NotEqual,
            Cmp::Lt => FloatCC::LessThan,
            Cmp::Le => FloatCC::LessThanOrEqual,
            Cmp::Gt => FloatCC::GreaterThan,
            Cmp::Ge => FloatCC::GreaterThanOrEqual,
        };
        let value = if self.planted(Bug::NumCompareBits) {
            let (how, a, b) = (self.int_condition(op), self.bits(a), self.bits(b));
            self.b.ins().icmp(how, a, b)
        } else {
            self.b.ins().fcmp(how, a, b)
        };
        self.set(dst, value)
    }

    fn bits(&mut self, num: Value) -> Value {
        self.word_of(num, journey_program::ir::Ty::Num)
    }

    /// In range, and its bit is set: a shift by the value's low six bits is defined for every value.
    fn in_mask(&mut self, dst: Reg, a: Reg, mask: u64) -> Result<(), String> {
        let a = self.get(a)?;
        let mask = self.int(mask.cast_signed());
        let shifted = self.b.ins().ushr(mask, a);
        let shifted = self.b.ins().ireduce(types::I8, shifted);
        let one = self.b.ins().iconst(types::I8, 1);
        let bit = self.b.ins().band(shifted, one);
        let value = if self.planted(Bug::MaskWraps) {
            bit
        } else {
            let bound = if self.planted(Bug::MaskBound) { 63 } else { 64 };
            let inside = self.compare(IntCC::UnsignedLessThan, a, bound);
            self.b.ins().band(bit, inside)
        };
        self.set(dst, value)
    }
}
