//! Instructions: one match, simple ones in place, the others in their files.

use super::bugs::Bug;
use super::function::{Translator, memory};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::Ieee64;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use journey_program::abi::{self, Target};
use journey_program::ir::{Cmp, Inst, Reg, Space, handle};

impl Translator<'_> {
    pub(super) fn inst(&mut self, inst: &Inst) -> Result<(), String> {
        match *inst {
            Inst::Load { dst, place, repr } => self.load(dst, place, repr),
            Inst::Store { place, repr, src } => self.store(place, repr, src),
            Inst::StoreBit { place, bit, src } => self.store_bit(place, bit, src),
            Inst::Call {
                dst,
                op,
                ref args,
                site,
            } => self.call(dst, op, args, site),
            Inst::Word { dst, ref op } => {
                let value = self.word(op)?;
                self.set(dst, value)
            }
            Inst::Fuel { site } => {
                self.fuel(site);
                Ok(())
            }
            Inst::ConstBool { dst, .. }
            | Inst::ConstInt { dst, .. }
            | Inst::ConstNum { dst, .. }
            | Inst::ConstText { dst, .. }
            | Inst::Copy { dst, .. }
            | Inst::Bit { dst, .. }
            | Inst::Symbol { dst, .. }
            | Inst::Clock { dst }
            | Inst::Int { dst, .. }
            | Inst::Num { dst, .. }
            | Inst::IntToNum { dst, .. }
            | Inst::IntCmp { dst, .. }
            | Inst::IntCmpConst { dst, .. }
            | Inst::NumCmp { dst, .. }
            | Inst::InMask { dst, .. }
            | Inst::And { dst, .. }
            | Inst::Or { dst, .. }
            | Inst::Not { dst, .. }
            | Inst::Select { dst, .. } => {
                let value = self.value(inst)?;
                self.set(dst, value)
            }
        }
    }

    /// What an instruction computes that does nothing else.
    fn value(&mut self, inst: &Inst) -> Result<Value, String> {
        Ok(match *inst {
            Inst::ConstBool { value, .. } => self.b.ins().iconst(types::I8, i64::from(value)),
            Inst::ConstInt { value, .. } => self.int(value),
            Inst::ConstNum { bits, .. } => self.b.ins().f64const(Ieee64::with_bits(bits)),
            Inst::ConstText { text, .. } => {
                let offset = text.0.checked_mul(16).ok_or("too many constant texts")?;
                self.int(handle(Space::Const, offset))
            }
            Inst::Copy { src, .. } => self.get(src)?,
            Inst::Bit { place, bit, .. } => self.bit(place, bit)?,
            Inst::Symbol { place, .. } => self.symbol(place)?,
            Inst::Clock { .. } => {
                let wrong = self.planted(Bug::ClockIsFuel);
                let at = if wrong { abi::FUEL } else { abi::CLOCK };
                self.b.ins().load(types::I64, memory(), self.frame, at)
            }
            Inst::Int { op, a, b, site, .. } => self.int_op(op, a, b, site)?,
            Inst::Num { op, a, b, site, .. } => self.num_op(op, a, b, site)?,
            Inst::IntToNum { a, site, .. } => self.int_to_num(a, site)?,
            Inst::IntCmpConst { op, a, value, .. } => self.compare_const(op, a, value)?,
            Inst::NumCmp { op, a, b, .. } => self.num_cmp(op, a, b)?,
            Inst::InMask { a, mask, .. } => self.in_mask(a, mask)?,
            Inst::Not { a, .. } => self.not(a)?,
            Inst::IntCmp { op, a, b, .. } => {
                let (how, a, b) = (self.int_condition(op), self.get(a)?, self.get(b)?);
                self.b.ins().icmp(how, a, b)
            }
            Inst::And { a, b, .. } => {
                let (a, b) = (self.get(a)?, self.get(b)?);
                self.b.ins().band(a, b)
            }
            Inst::Or { a, b, .. } => {
                let (a, b) = (self.get(a)?, self.get(b)?);
                self.b.ins().bor(a, b)
            }
            Inst::Select { cond, a, b, .. } => {
                let (cond, a, b) = (self.get(cond)?, self.get(a)?, self.get(b)?);
                self.b.ins().select(cond, a, b)
            }
            Inst::Load { .. }
            | Inst::Store { .. }
            | Inst::StoreBit { .. }
            | Inst::Word { .. }
            | Inst::Call { .. }
            | Inst::Fuel { .. } => return Err("it does more than compute".to_owned()),
        })
    }

    fn not(&mut self, a: Reg) -> Result<Value, String> {
        let a = self.get(a)?;
        Ok(if self.planted(Bug::NotIsComplement) {
            self.b.ins().bnot(a)
        } else {
            let one = self.b.ins().iconst(types::I8, 1);
            self.b.ins().bxor(a, one)
        })
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
    fn num_cmp(&mut self, op: Cmp, a: Reg, b: Reg) -> Result<Value, String> {
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
        Ok(if self.planted(Bug::NumCompareBits) {
            let (how, a, b) = (self.int_condition(op), self.bits(a), self.bits(b));
            self.b.ins().icmp(how, a, b)
        } else {
            self.b.ins().fcmp(how, a, b)
        })
    }

    fn bits(&mut self, num: Value) -> Value {
        self.word_of(num, journey_program::ir::Ty::Num)
    }

    fn compare_const(&mut self, op: Cmp, a: Reg, value: i64) -> Result<Value, String> {
        let short = self.planted(Bug::CompareConstShort);
        let value = if short { value << 32 >> 32 } else { value };
        // An enum's place against a place: bytes, without a sign.
        if (0..=255).contains(&value)
            && let Some(byte) = self.byte(a)?
        {
            let value = self.b.ins().iconst(types::I8, value);
            let how = self.int_condition(op).unsigned();
            return Ok(self.b.ins().icmp(how, byte, value));
        }
        let a = self.get(a)?;
        let how = self.int_condition(op);
        Ok(self.compare(how, a, value))
    }

    /// In range, and its bit is set. Small sets are comparisons; of a large one the bit is looked up.
    fn in_mask(&mut self, a: Reg, mask: u64) -> Result<Value, String> {
        let first = i64::from(mask.trailing_zeros());
        let many = mask.count_ones();
        Ok(if mask == 0 {
            self.b.ins().iconst(types::I8, 0)
        } else if many == 1 {
            self.compare_const(Cmp::Eq, a, first)?
        } else if many + mask.leading_zeros() + mask.trailing_zeros() == 64 {
            // One range: what is below it becomes large.
            let word = self.get(a)?;
            let low = self.int(first);
            let word = if first == 0 {
                word
            } else {
                self.b.ins().isub(word, low)
            };
            let bound = if self.planted(Bug::MaskBound) {
                many - 1
            } else {
                many
            };
            self.compare(IntCC::UnsignedLessThan, word, i64::from(bound))
        } else if many == 2 {
            let second = 63 - i64::from(mask.leading_zeros());
            let first = self.compare_const(Cmp::Eq, a, first)?;
            let second = self.compare_const(Cmp::Eq, a, second)?;
            self.b.ins().bor(first, second)
        } else {
            self.look_up(a, mask)?
        })
    }

    /// The bit of the value's low six bits, if there are no others.
    fn look_up(&mut self, a: Reg, mask: u64) -> Result<Value, String> {
        let a = self.get(a)?;
        let mask = self.int(mask.cast_signed());
        let one = self.int(1);
        let bit = self.b.ins().ishl(one, a);
        let bit = self.b.ins().band(mask, bit);
        let bit = self.compare(IntCC::NotEqual, bit, 0);
        if self.planted(Bug::MaskWraps) {
            return Ok(bit);
        }
        let bound = if self.planted(Bug::MaskBound) { 63 } else { 64 };
        let inside = self.compare(IntCC::UnsignedLessThan, a, bound);
        Ok(self.b.ins().band(bit, inside))
    }
}
