//! One function: IR registers become Cranelift variables, IR blocks become its blocks.
//!
//! Bools are bytes and numbers are doubles while they are in registers; at the boundaries (arguments,
//! results, host calls) everything is a word of eight bytes. All faults of a function meet in one cold block.

use super::Effort;
use super::bugs::Bug;
use super::fields::Uses;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self as clif, AbiParam, Block, BlockArg, InstBuilder, JumpTableData, MemFlagsData, Signature,
    SourceLoc, StackSlot, UserFuncName, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use journey_program::abi::{self, Target};
use journey_program::ir::words::WordOp;
use journey_program::ir::{BlockId, FaultCode, Function, Inst, Place, Reg, Repr, SPACES, Term, Ty};
use journey_program::types::SiteId;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of each space that are read or written at constant offsets.
pub(super) type Extents = [u32; SPACES];

#[derive(Clone, Copy, Debug)]
pub(super) struct Choices {
    pub(super) target: Target,
    pub(super) effort: Effort,
    pub(super) bug: Option<Bug>,
    /// words of the section's tables before this function's
    pub(super) tables: usize,
}

/// What a function needs besides its code.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) extents: Extents,
    /// words of its tables
    pub(super) tables: Vec<u64>,
}

pub(super) struct Translator<'a> {
    pub(super) b: FunctionBuilder<'a>,
    pub(super) source: &'a Function,
    pub(super) choices: Choices,
    pub(super) frame: Value,
    args: Value,
    pub(super) results: Value,
    vars: Vec<Variable>,
    blocks: Vec<Block>,
    /// the block pointers that are in registers now, by space
    pub(super) bases: [Option<Value>; SPACES],
    /// without calls no block moves: the entry's pointers stay
    pub(super) bases_stay: bool,
    pub(super) extents: Extents,
    /// registers that are a field as it still stands in memory: read there again, not kept
    pub(super) fields: BTreeMap<Reg, (Place, Repr)>,
    pub(super) uses: Uses,
    /// where this block's results go, by register
    pub(super) results_due: BTreeMap<Reg, Vec<i32>>,
    /// the instructions of this block that make a result
    pub(super) last_writes: BTreeSet<usize>,
    /// block, instruction
    pub(super) at: (usize, usize),
    /// code, site, both operands
    fault: Block,
    /// the pointer of the section's tables, where the function looks something up
    pub(super) tables: Option<Value>,
    /// words of the section's tables before this function's, and this function's
    pub(super) table_base: usize,
    pub(super) table_words: Vec<u64>,
    pub(super) slot: Option<StackSlot>,
    pub(super) call: clif::SigRef,
}

/// Little endian, never trapping; alignment is not promised.
pub(super) fn memory() -> MemFlagsData {
    MemFlagsData::new()
        .with_notrap()
        .with_endianness(clif::Endianness::Little)
}

pub(super) fn translate(
    source: &Function,
    func: &mut clif::Function,
    builder: &mut FunctionBuilderContext,
    isa: &dyn TargetIsa,
    choices: Choices,
) -> Result<Made, String> {
    func.signature = words(3);
    func.name = UserFuncName::testcase(source.name.as_bytes());
    let mut b = FunctionBuilder::new(func, builder);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let [frame, args, results] = b.block_params(entry) else {
        return Err("three parameters".to_owned());
    };
    let (frame, args, results) = (*frame, *args, *results);
    let fault = b.create_block();
    b.set_cold_block(fault);
    let call = b.import_signature(words(3));
    let mut translator = Translator {
        b,
        source,
        choices,
        frame,
        args,
        results,
        vars: Vec::new(),
        blocks: Vec::new(),
        bases: [None; SPACES],
        bases_stay: false,
        extents: [0; SPACES],
        fields: BTreeMap::new(),
        uses: Uses::of(source),
        results_due: BTreeMap::new(),
        last_writes: BTreeSet::new(),
        at: (0, 0),
        fault,
        tables: None,
        table_base: choices.tables,
        table_words: Vec::new(),
        slot: None,
        call,
    };
    translator.prologue()?;
    for (block, id) in source.blocks.iter().zip(0..) {
        translator.block(block, BlockId(id))?;
    }
    translator.fault_block();
    translator.b.seal_all_blocks();
    let extents = translator.extents;
    let tables = translator.table_words;
    translator.b.finalize(isa.frontend_config());
    Ok(Made { extents, tables })
}

/// A function of so many words that returns one.
fn words(params: usize) -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params = vec![AbiParam::new(types::I64); params];
    signature.returns = vec![AbiParam::new(types::I64)];
    signature
}

impl Translator<'_> {
    /// Declares registers and blocks, reads the arguments, and jumps to the first block.
    fn prologue(&mut self) -> Result<(), String> {
        for ty in &self.source.regs {
            self.vars.push(self.b.declare_var(machine_type(*ty)));
        }
        for _ in &self.source.blocks {
            self.blocks.push(self.b.create_block());
        }
        self.prepare_calls()?;
        for ((ty, reg), offset) in self.source.params.iter().zip(0..).zip((0..).step_by(8)) {
            let word = self.b.ins().load(types::I64, memory(), self.args, offset);
            let value = self.value_of(word, *ty);
            self.set(Reg(reg), value)?;
        }
        self.keep_bases();
        self.keep_tables();
        let first = *self.blocks.first().ok_or("no blocks")?;
        self.b.ins().jump(first, &[]);
        Ok(())
    }

    /// In a function without calls, the pointers of all blocks that it names are read once.
    fn keep_bases(&mut self) {
        let insts = || self.source.blocks.iter().flat_map(|block| &block.insts);
        if insts().any(|inst| matches!(inst, Inst::Call { .. })) {
            return;
        }
        let mut used = [false; SPACES];
        for inst in insts() {
            if let Inst::Load { place, .. }
            | Inst::Bit { place, .. }
            | Inst::Symbol { place, .. }
            | Inst::Store { place, .. }
            | Inst::StoreBit { place, .. } = inst
                && let Place::At { space, .. } = place
                && let Some(used) = used.get_mut(*space as usize)
            {
                *used = true;
            }
            if let Inst::Word { op, .. } = inst
                && let WordOp::AtMost { space, .. } = op
                && let Some(used) = used.get_mut(*space as usize)
            {
                *used = true;
            }
        }
        for ((slot, used), index) in self.bases.iter_mut().zip(used).zip(0..) {
            if used {
                let at = abi::BLOCKS + 8 * index;
                *slot = Some(self.b.ins().load(types::I64, memory(), self.frame, at));
            }
        }
        self.bases_stay = true;
    }

    fn block(&mut self, block: &journey_program::ir::Block, id: BlockId) -> Result<(), String> {
        let at = self.target(id)?;
        self.b.switch_to_block(at);
        self.forget_bases();
        self.enter(block);
        for (index, inst) in block.insts.iter().enumerate() {
            self.at = (id.0 as usize, index);
            self.inst(inst)?;
            self.after(inst)?;
        }
        self.at = (id.0 as usize, block.insts.len());
        self.term(&block.term)
    }

    /// After this, block pointers are read again.
    pub(super) fn forget_bases(&mut self) {
        if !self.bases_stay {
            self.bases = [None; SPACES];
        }
    }

    fn term(&mut self, term: &Term) -> Result<(), String> {
        match term {
            Term::Jump(to) => {
                let to = self.target(*to)?;
                self.b.ins().jump(to, &[]);
            }
            Term::Branch {
                cond,
                then,
                otherwise,
            } => {
                let cond = self.get(*cond)?;
                let (then, otherwise) = (self.target(*then)?, self.target(*otherwise)?);
                self.b.ins().brif(cond, then, &[], otherwise, &[]);
            }
            Term::Switch {
                value,
                targets,
                otherwise,
            } => {
                self.switch(*value, targets, *otherwise)?;
            }
            Term::Return(values) => {
                for reg in values {
                    self.give_back(*reg)?;
                }
                let done = self.int(0);
                self.b.ins().return_(&[done]);
            }
            Term::Fault { code, site } => {
                let zero = self.int(0);
                self.go_to_fault(*code, *site, zero, zero);
            }
        }
        Ok(())
    }

    fn switch(
        &mut self,
        value: Reg,
        targets: &[BlockId],
        otherwise: BlockId,
    ) -> Result<(), String> {
        let value = self.get(value)?;
        let otherwise = self.target(otherwise)?;
        // The table's index has 32 bits: what is above them goes to `otherwise` first.
        let bound = i64::try_from(targets.len()).map_err(|_| "too many targets")?;
        let bound = if self.planted(Bug::SwitchBound) {
            bound - 1
        } else {
            bound
        };
        let inside = self.compare(IntCC::UnsignedLessThan, value, bound);
        if let [only] = targets {
            let only = self.target(*only)?;
            self.b.ins().brif(inside, only, &[], otherwise, &[]);
            return Ok(());
        }
        let table = self.b.create_block();
        self.b.ins().brif(inside, table, &[], otherwise, &[]);
        self.b.switch_to_block(table);
        let index = self.b.ins().ireduce(types::I32, value);
        let default = self.b.func.dfg.block_call(otherwise, &[]);
        let mut calls = Vec::new();
        for target in targets {
            let target = self.target(*target)?;
            calls.push(self.b.func.dfg.block_call(target, &[]));
        }
        let table = self
            .b
            .create_jump_table(JumpTableData::new(default, &calls));
        self.b.ins().br_table(index, table);
        Ok(())
    }

    /// Goes on in a new block, unless `bad` holds: then it stops with a fault.
    pub(super) fn fault_if(
        &mut self,
        bad: Value,
        code: FaultCode,
        site: SiteId,
        a: Value,
        b: Value,
    ) {
        let (out, on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(out);
        self.b.ins().brif(bad, out, &[], on, &[]);
        self.b.switch_to_block(out);
        self.go_to_fault(code, site, a, b);
        self.b.switch_to_block(on);
    }

    fn go_to_fault(&mut self, code: FaultCode, site: SiteId, a: Value, b: Value) {
        let code = self.int(code as i64);
        self.fault_with(code, site, a, b);
    }

    pub(super) fn fault_with(&mut self, code: Value, site: SiteId, a: Value, b: Value) {
        let site = if self.planted(Bug::FaultSite) {
            site.0 + 1
        } else {
            site.0
        };
        let site = self.int(i64::from(site));
        let (a, b) = if self.planted(Bug::FaultOperands) {
            (b, a)
        } else {
            (a, b)
        };
        let args: Vec<BlockArg> = [code, site, a, b].map(BlockArg::Value).to_vec();
        self.b.ins().jump(self.fault, &args);
    }

    fn fault_block(&mut self) {
        self.b.switch_to_block(self.fault);
        self.b.set_srcloc(SourceLoc::default());
        let places = [abi::FAULT_CODE, abi::FAULT_SITE, abi::FAULT_A, abi::FAULT_B];
        let values = places.map(|_| self.b.append_block_param(self.fault, types::I64));
        for (value, at) in values.into_iter().zip(places) {
            self.b.ins().store(memory(), value, self.frame, at);
        }
        let status = self.int(1);
        self.b.ins().return_(&[status]);
    }

    pub(super) fn site(&mut self, site: SiteId) {
        self.b.set_srcloc(SourceLoc::new(site.0));
    }
    pub(super) fn int(&mut self, value: i64) -> Value {
        self.b.ins().iconst(types::I64, value)
    }
    pub(super) fn compare(&mut self, how: IntCC, a: Value, b: i64) -> Value {
        let b = self.int(b);
        self.b.ins().icmp(how, a, b)
    }
    pub(super) fn ty(&self, reg: Reg) -> Result<Ty, String> {
        self.source
            .regs
            .get(reg.0 as usize)
            .copied()
            .ok_or_else(|| format!("no register {}", reg.0))
    }
    fn var(&self, reg: Reg) -> Result<Variable, String> {
        self.vars
            .get(reg.0 as usize)
            .copied()
            .ok_or_else(|| format!("no register {}", reg.0))
    }
    pub(super) fn get(&mut self, reg: Reg) -> Result<Value, String> {
        if let Some((place, repr)) = self.fields.get(&reg).copied() {
            return self.field(place, repr);
        }
        let var = self.var(reg)?;
        self.b
            .try_use_var(var)
            .map_err(|problem| problem.to_string())
    }
    pub(super) fn set(&mut self, reg: Reg, value: Value) -> Result<(), String> {
        self.fields.remove(&reg);
        let var = self.var(reg)?;
        self.b
            .try_def_var(var, value)
            .map_err(|problem| problem.to_string())
    }
    fn target(&self, id: BlockId) -> Result<Block, String> {
        self.blocks
            .get(id.0 as usize)
            .copied()
            .ok_or_else(|| format!("no block {}", id.0))
    }
    /// A register's value as a word.
    pub(super) fn word_of(&mut self, value: Value, ty: Ty) -> Value {
        match ty {
            Ty::Bool => self.b.ins().uextend(types::I64, value),
            Ty::Num => self.b.ins().bitcast(types::I64, MemFlagsData::new(), value),
            Ty::Int | Ty::Text | Ty::List | Ty::Ref => value,
        }
    }
    pub(super) fn value_of(&mut self, word: Value, ty: Ty) -> Value {
        match ty {
            Ty::Bool => self.b.ins().ireduce(types::I8, word),
            Ty::Num => self.b.ins().bitcast(types::F64, MemFlagsData::new(), word),
            Ty::Int | Ty::Text | Ty::List | Ty::Ref => word,
        }
    }
    /// Whether this mistake is to be made; never without the feature.
    pub(super) fn planted(&self, bug: Bug) -> bool {
        cfg!(feature = "planted-bugs") && self.choices.bug == Some(bug)
    }
}

/// How a register is held by the machine.
fn machine_type(ty: Ty) -> clif::Type {
    match ty {
        Ty::Bool => types::I8,
        Ty::Num => types::F64,
        Ty::Int | Ty::Text | Ty::List | Ty::Ref => types::I64,
    }
}
