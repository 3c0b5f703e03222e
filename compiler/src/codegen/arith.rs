//! Checked arithmetic. Division has no instruction here: Cranelift's own carries traps, so quotients come
//! from doubles and are made exact afterwards.

use super::bugs::Bug;
use super::function::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use journey_program::ir::{FaultCode, IntOp, NumOp, Reg};
use journey_program::types::SiteId;

/// Ints up to this magnitude are doubles without loss.
const EXACT: i64 = 1 << 53;

impl Translator<'_> {
    pub(super) fn int_op(
        &mut self,
        op: IntOp,
        a: Reg,
        b: Reg,
        site: SiteId,
    ) -> Result<Value, String> {
        self.site(site);
        let (a, b) = (self.get(a)?, self.get(b)?);
        let value = match op {
            IntOp::Add => {
                let (value, over) = self.b.ins().sadd_overflow(a, b);
                self.overflow_if(over, Bug::AddUnchecked, site, a, b);
                value
            }
            IntOp::Sub => {
                let (value, over) = self.b.ins().ssub_overflow(a, b);
                self.overflow_if(over, Bug::SubUnchecked, site, a, b);
                value
            }
            IntOp::Mul => {
                let (value, over) = self.b.ins().smul_overflow(a, b);
                self.overflow_if(over, Bug::MulUnchecked, site, a, b);
                value
            }
            IntOp::Div => self.divide(a, b, site),
            IntOp::Mod => self.modulo(a, b, site),
        };
        Ok(value)
    }

    fn overflow_if(&mut self, over: Value, unless: Bug, site: SiteId, a: Value, b: Value) {
        if !self.planted(unless) {
            self.fault_if(over, FaultCode::Overflow, site, a, b);
        }
    }

    fn divide(&mut self, a: Value, b: Value, site: SiteId) -> Value {
        self.zero_divisor(a, b, site);
        if !self.planted(Bug::DivMinUnchecked) {
            let least = self.compare(IntCC::Equal, a, i64::MIN);
            let minus_one = self.compare(IntCC::Equal, b, -1);
            let over = self.b.ins().band(least, minus_one);
            self.fault_if(over, FaultCode::Overflow, site, a, b);
        }
        self.floor_divide(a, b).0
    }

    /// The remainder of `i64::MIN` by -1 comes out right (0) from quotients that wrap.
    fn modulo(&mut self, a: Value, b: Value, site: SiteId) -> Value {
        self.zero_divisor(a, b, site);
        self.floor_divide(a, b).1
    }

    fn zero_divisor(&mut self, a: Value, b: Value, site: SiteId) {
        let zero = self.compare(IntCC::Equal, b, 0);
        let code = if self.planted(Bug::DivByZeroCode) {
            FaultCode::Overflow
        } else {
            FaultCode::DivisionByZero
        };
        self.fault_if(zero, code, site, a, b);
    }

    /// Quotient towards minus infinity and remainder with the divisor's sign; `b` is not 0.
    ///
    /// A first quotient from doubles is off by at most 2^13 (three roundings of 2^-53 on at most 2^63, and the
    /// cut); what it leaves is less than `|b| + 2^13`, so a second one from doubles is off by at most one, which
    /// the signs of the last remainder show: it is in `-|b|..|b|`.
    fn floor_divide(&mut self, a: Value, b: Value) -> (Value, Value) {
        let divisor = self.b.ins().fcvt_from_sint(types::F64, b);
        let (first, left) = self.divide_step(a, b, divisor);
        let (quotient, left) = if self.planted(Bug::DivOneStep) {
            (first, left)
        } else {
            let (second, left) = self.divide_step(left, b, divisor);
            (self.b.ins().iadd(first, second), left)
        };
        if self.planted(Bug::DivTruncates) {
            return (quotient, left);
        }
        // The remainder's sign is not the divisor's: one less, and the divisor comes back.
        let signs = self.b.ins().bxor(left, b);
        let opposite = self.compare(IntCC::SignedLessThan, signs, 0);
        let some = self.compare(IntCC::NotEqual, left, 0);
        let less = if self.planted(Bug::DivExactNegative) {
            opposite
        } else {
            self.b.ins().band(opposite, some)
        };
        let one = self.b.ins().uextend(types::I64, less);
        let quotient = self.b.ins().isub(quotient, one);
        let zero = self.int(0);
        let back = self.b.ins().select(less, b, zero);
        let left = self.b.ins().iadd(left, back);
        (quotient, left)
    }

    /// A quotient from doubles, and what it leaves; both wrap.
    fn divide_step(&mut self, a: Value, b: Value, divisor: Value) -> (Value, Value) {
        let dividend = self.b.ins().fcvt_from_sint(types::F64, a);
        let ratio = self.b.ins().fdiv(dividend, divisor);
        let quotient = self.b.ins().fcvt_to_sint_sat(types::I64, ratio);
        let product = self.b.ins().imul(quotient, b);
        let left = self.b.ins().isub(a, product);
        (quotient, left)
    }

    pub(super) fn num_op(
        &mut self,
        op: NumOp,
        a: Reg,
        b: Reg,
        site: SiteId,
    ) -> Result<Value, String> {
        self.site(site);
        let (a_word, b_word) = (self.get(a)?, self.get(b)?);
        let value = match op {
            NumOp::Add => self.b.ins().fadd(a_word, b_word),
            NumOp::Sub => self.b.ins().fsub(a_word, b_word),
            NumOp::Mul => self.b.ins().fmul(a_word, b_word),
            NumOp::Div => self.b.ins().fdiv(a_word, b_word),
            NumOp::AddSingle => {
                let sum = self.b.ins().fadd(a_word, b_word);
                let single = self.b.ins().fdemote(types::F32, sum);
                self.b.ins().fpromote(types::F64, single)
            }
        };
        let unchecked = match op {
            NumOp::Add | NumOp::Sub | NumOp::AddSingle => Bug::NumAddUnchecked,
            NumOp::Mul => Bug::NumMulUnchecked,
            NumOp::Div => Bug::NumDivUnchecked,
        };
        if !self.planted(unchecked) {
            // Finite means that it minus itself is a number.
            let nothing = if self.planted(Bug::InfinityPasses) {
                value
            } else {
                self.b.ins().fsub(value, value)
            };
            let bad = self.b.ins().fcmp(FloatCC::Unordered, nothing, nothing);
            let a = self.word_of(a_word, journey_program::ir::Ty::Num);
            let b = self.word_of(b_word, journey_program::ir::Ty::Num);
            self.fault_if(bad, FaultCode::NotFinite, site, a, b);
        }
        let value = if self.planted(Bug::LosesMinusZero) {
            let zero = self.b.ins().f64const(0.0);
            self.b.ins().fadd(value, zero)
        } else {
            value
        };
        Ok(value)
    }

    pub(super) fn int_to_num(&mut self, a: Reg, site: SiteId) -> Result<Value, String> {
        self.site(site);
        let word = self.get(a)?;
        let exact = self.int(EXACT);
        let shifted = self.b.ins().iadd(word, exact);
        let bound = if self.planted(Bug::TooLargeBound) {
            2 * EXACT - 1
        } else {
            2 * EXACT
        };
        if !self.planted(Bug::TooLargeUnchecked) {
            let bad = self.compare(IntCC::UnsignedGreaterThan, shifted, bound);
            let zero = self.int(0);
            self.fault_if(bad, FaultCode::TooLarge, site, word, zero);
        }
        Ok(self.b.ins().fcvt_from_sint(types::F64, word))
    }
}
