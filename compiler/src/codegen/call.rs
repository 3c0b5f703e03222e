//! Host calls and fuel: what goes through the frame.

use super::bugs::Bug;
use super::function::{Translator, memory};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, types};
use journey_program::abi;
use journey_program::host::HostOp;
use journey_program::ir::{FaultCode, Inst, Reg};
use journey_program::types::SiteId;

impl Translator<'_> {
    /// One place on the stack holds the arguments of all calls, one after the other.
    pub(super) fn prepare_calls(&mut self) -> Result<(), String> {
        let insts = self.source.blocks.iter().flat_map(|block| &block.insts);
        let most = insts
            .filter_map(|inst| {
                if let Inst::Call { args, .. } = inst {
                    Some(args.len())
                } else {
                    None
                }
            })
            .max();
        if let Some(most) = most {
            let size = u32::try_from(most.max(1) * 8).map_err(|_| "too many arguments")?;
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3);
            self.slot = Some(self.b.create_sized_stack_slot(data));
        }
        Ok(())
    }

    pub(super) fn call(
        &mut self,
        dst: Option<Reg>,
        op: HostOp,
        args: &[Reg],
        site: SiteId,
    ) -> Result<(), String> {
        self.site(site);
        let slot = self.slot.ok_or("no place for arguments")?;
        let at = self.b.ins().stack_addr(types::I64, slot, 0);
        let mut words = Vec::with_capacity(args.len());
        for (reg, index) in args.iter().zip(0..) {
            let value = self.get(*reg)?;
            let word = self.word_of(value, self.ty(*reg)?);
            self.b.ins().store(memory(), word, at, 8 * index);
            words.push(word);
        }
        self.keep_fields(true)?;
        let target = self
            .b
            .ins()
            .load(types::I64, memory(), self.frame, abi::CALL);
        let number = self.int(i64::from(op as u16));
        let call = self
            .b
            .ins()
            .call_indirect(self.call, target, &[self.frame, number, at]);
        let result = self
            .b
            .inst_results(call)
            .first()
            .copied()
            .ok_or("no result")?;
        let zero = self.int(0);
        let a = words.first().copied().unwrap_or(zero);
        let b = words.get(1).copied().unwrap_or(zero);
        let code = self
            .b
            .ins()
            .load(types::I64, memory(), self.frame, abi::FAULT_CODE);
        if !self.planted(Bug::CallIgnoresRefusal) {
            self.refuse_if(code, site, a, b);
        }
        if !self.planted(Bug::NoReloadAfterCall) {
            self.forget_bases();
        }
        if let Some(dst) = dst {
            let value = self.value_of(result, self.ty(dst)?);
            self.set(dst, value)?;
        }
        Ok(())
    }

    /// Stops where the host left a code in the frame.
    fn refuse_if(
        &mut self,
        code: cranelift_codegen::ir::Value,
        site: SiteId,
        a: cranelift_codegen::ir::Value,
        b: cranelift_codegen::ir::Value,
    ) {
        let (out, on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(out);
        self.b.ins().brif(code, out, &[], on, &[]);
        self.b.switch_to_block(out);
        self.fault_with(code, site, a, b);
        self.b.switch_to_block(on);
    }

    pub(super) fn fuel(&mut self, site: SiteId) {
        self.site(site);
        let left = self
            .b
            .ins()
            .load(types::I64, memory(), self.frame, abi::FUEL);
        let one = self.int(if self.planted(Bug::FuelTwice) { 2 } else { 1 });
        let left = self.b.ins().isub(left, one);
        self.b.ins().store(memory(), left, self.frame, abi::FUEL);
        let how = if self.planted(Bug::FuelEarly) {
            IntCC::SignedLessThanOrEqual
        } else {
            IntCC::SignedLessThan
        };
        let empty = self.compare(how, left, 0);
        let zero = self.int(0);
        self.fault_if(empty, FaultCode::OutOfFuel, site, zero, zero);
    }
}
