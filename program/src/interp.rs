//! The reference interpreter: runs a function of verified IR, one instruction after another, exactly as
//! `ir` says. Written to be read; native code must agree with it bit for bit.
//!
//! It never fails on IR that is not sound either: a register or block that does not exist reads as zero,
//! and so does a place outside of its block.

mod words;

use crate::arith;
use crate::host::{Executor, FUEL, Host, HostOp};
use crate::ir::{
    Block, BlockId, Cmp, Fault, FaultCode, Function, Inst, Place, Reg, Repr, SPACE_SHIFT, Space,
    Term, handle,
};
use crate::plan::Program;
use crate::record::{get_bit, get_i64, get_u8, put_bit, put_i64, put_u8, symbol};
use crate::types::{FunctionId, SiteId};
use std::cmp::Ordering;
use std::sync::Arc;

/// Runs the functions of one program.
#[derive(Clone, Debug)]
pub struct Interpreter {
    program: Arc<Program>,
}

impl Interpreter {
    pub fn new(program: Arc<Program>) -> Self {
        Self { program }
    }
}

impl Executor for Interpreter {
    fn run(
        &self,
        function: FunctionId,
        host: &mut dyn Host,
        args: &[i64],
        results: &mut [i64],
    ) -> Result<(), Fault> {
        match self.program.functions.get(function.index()) {
            Some(function) => run(function, host, args, results),
            None => Err(fault(FaultCode::OutOfRange, SiteId(0), 0, 0)),
        }
    }

    fn name(&self) -> &'static str {
        "interpreter"
    }
}

/// Runs one function to its end.
pub fn run(
    function: &Function,
    host: &mut dyn Host,
    args: &[i64],
    results: &mut [i64],
) -> Result<(), Fault> {
    let mut machine = Machine {
        regs: vec![0; function.regs.len()],
        fuel: FUEL,
        host,
        args: Vec::new(),
    };
    for (reg, arg) in machine
        .regs
        .iter_mut()
        .zip(args)
        .take(function.params.len())
    {
        *reg = *arg;
    }
    let mut at = BlockId(0);
    loop {
        let block = usize::try_from(at.0)
            .ok()
            .and_then(|at| function.blocks.get(at));
        let Some(block) = block else { return Ok(()) };
        match machine.block(block)? {
            Next::Block(next) => at = next,
            Next::Return(regs) => {
                for (result, reg) in results.iter_mut().zip(regs) {
                    *result = machine.get(*reg);
                }
                return Ok(());
            }
        }
    }
}

enum Next<'a> {
    Block(BlockId),
    Return(&'a [Reg]),
}

struct Machine<'a> {
    regs: Vec<i64>,
    fuel: i64,
    host: &'a mut dyn Host,
    /// of the current call, kept to be used again
    args: Vec<i64>,
}

impl Machine<'_> {
    fn get(&self, reg: Reg) -> i64 {
        usize::try_from(reg.0)
            .ok()
            .and_then(|at| self.regs.get(at))
            .copied()
            .unwrap_or(0)
    }

    fn set(&mut self, reg: Reg, word: i64) {
        if let Some(there) = usize::try_from(reg.0)
            .ok()
            .and_then(|at| self.regs.get_mut(at))
        {
            *there = word;
        }
    }

    fn is(&self, reg: Reg) -> bool {
        self.get(reg) != 0
    }

    fn num(&self, reg: Reg) -> f64 {
        f64::from_bits(self.get(reg).cast_unsigned())
    }

    fn block<'b>(&mut self, block: &'b Block) -> Result<Next<'b>, Fault> {
        for inst in &block.insts {
            self.inst(inst)?;
        }
        Ok(match &block.term {
            Term::Jump(to) => Next::Block(*to),
            Term::Branch {
                cond,
                then,
                otherwise,
            } => Next::Block(if self.is(*cond) { *then } else { *otherwise }),
            Term::Switch {
                value,
                targets,
                otherwise,
            } => {
                let at = usize::try_from(self.get(*value)).ok();
                Next::Block(
                    at.and_then(|at| targets.get(at))
                        .copied()
                        .unwrap_or(*otherwise),
                )
            }
            Term::Return(regs) => Next::Return(regs),
            Term::Fault { code, site } => return Err(fault(*code, *site, 0, 0)),
        })
    }

    fn inst(&mut self, inst: &Inst) -> Result<(), Fault> {
        match inst {
            Inst::ConstBool { dst, value } => self.set(*dst, i64::from(*value)),
            Inst::ConstInt { dst, value } => self.set(*dst, *value),
            Inst::ConstNum { dst, bits } => self.set(*dst, bits.cast_signed()),
            Inst::ConstText { dst, text } => {
                self.set(*dst, handle(Space::Const, text.0.saturating_mul(16)));
            }
            Inst::Copy { dst, src } => self.set(*dst, self.get(*src)),
            Inst::Load { dst, place, repr } => self.load(*dst, *place, *repr),
            Inst::Bit { dst, place, bit } => {
                let (block, offset) = self.place(*place);
                let value = get_bit(block, offset, *bit);
                self.set(*dst, i64::from(value));
            }
            Inst::Symbol { dst, place } => {
                let (block, offset) = self.place(*place);
                let value = symbol(block, offset);
                self.set(*dst, i64::from(value));
            }
            Inst::Store { place, repr, src } => self.store(*place, *repr, *src),
            Inst::StoreBit { place, bit, src } => {
                let value = self.is(*src);
                if let Place::At { offset, .. } = place {
                    put_bit(self.host.instance(), *offset, *bit, value);
                }
            }
            Inst::Clock { dst } => self.set(*dst, self.host.clock()),
            Inst::Fuel { site } => {
                if self.fuel <= 0 {
                    return Err(fault(FaultCode::OutOfFuel, *site, 0, 0));
                }
                self.fuel -= 1;
            }
            Inst::Call {
                dst,
                op,
                args,
                site,
            } => self.call(*dst, *op, args, *site)?,
            Inst::Word { dst, op } => self.word(*dst, op),
            Inst::Int { .. } | Inst::Num { .. } | Inst::IntToNum { .. } => self.arith(inst)?,
            Inst::IntCmp { .. }
            | Inst::IntCmpConst { .. }
            | Inst::NumCmp { .. }
            | Inst::InMask { .. }
            | Inst::And { .. }
            | Inst::Or { .. }
            | Inst::Not { .. }
            | Inst::Select { .. } => self.logic(inst),
        }
        Ok(())
    }

    /// What may fault by itself.
    fn arith(&mut self, inst: &Inst) -> Result<(), Fault> {
        if let Inst::Int {
            dst,
            op,
            a,
            b,
            site,
        } = inst
        {
            let (a, b) = (self.get(*a), self.get(*b));
            let word = arith::int_op(*op, a, b).map_err(|code| fault(code, *site, a, b))?;
            self.set(*dst, word);
        } else if let Inst::Num {
            dst,
            op,
            a,
            b,
            site,
        } = inst
        {
            let words = (self.get(*a), self.get(*b));
            let value = arith::num_op(*op, self.num(*a), self.num(*b))
                .map_err(|code| fault(code, *site, words.0, words.1))?;
            self.set(*dst, value.to_bits().cast_signed());
        } else if let Inst::IntToNum { dst, a, site } = inst {
            let a = self.get(*a);
            let value = arith::int_to_num(a).map_err(|code| fault(code, *site, a, 0))?;
            self.set(*dst, value.to_bits().cast_signed());
        }
        Ok(())
    }

    /// Comparisons and what is made of them.
    fn logic(&mut self, inst: &Inst) {
        if let Inst::IntCmp { dst, op, a, b } = inst {
            let holds = compare(*op, self.get(*a).cmp(&self.get(*b)));
            self.set(*dst, i64::from(holds));
        } else if let Inst::IntCmpConst { dst, op, a, value } = inst {
            let holds = compare(*op, self.get(*a).cmp(value));
            self.set(*dst, i64::from(holds));
        } else if let Inst::NumCmp { dst, op, a, b } = inst {
            let holds = self.num(*a).partial_cmp(&self.num(*b));
            self.set(
                *dst,
                i64::from(holds.is_some_and(|order| compare(*op, order))),
            );
        } else if let Inst::InMask { dst, a, mask } = inst {
            let bit = u32::try_from(self.get(*a))
                .ok()
                .and_then(|bit| mask.checked_shr(bit));
            self.set(*dst, i64::from(bit.is_some_and(|rest| rest & 1 == 1)));
        } else if let Inst::And { dst, a, b } = inst {
            self.set(*dst, self.get(*a) & self.get(*b));
        } else if let Inst::Or { dst, a, b } = inst {
            self.set(*dst, self.get(*a) | self.get(*b));
        } else if let Inst::Not { dst, a } = inst {
            self.set(*dst, self.get(*a) ^ 1);
        } else if let Inst::Select { dst, cond, a, b } = inst {
            let chosen = if self.is(*cond) { *a } else { *b };
            self.set(*dst, self.get(chosen));
        }
    }

    /// The block and the offset of a place. A handle that leads nowhere leads to no bytes.
    fn place(&self, place: Place) -> (&[u8], u32) {
        match place {
            Place::At { space, offset } => (self.host.block(space), offset),
            Place::In { base, offset } => {
                let word = self.get(base).wrapping_add(i64::from(offset));
                let offset = u32::try_from(word & ((1 << SPACE_SHIFT) - 1));
                match (space(word), offset) {
                    (Some(space), Ok(offset)) => (self.host.block(space), offset),
                    _ => (&[], 0),
                }
            }
        }
    }

    fn load(&mut self, dst: Reg, place: Place, repr: Repr) {
        let word = match repr {
            Repr::Bool | Repr::Byte => {
                let (block, offset) = self.place(place);
                i64::from(get_u8(block, offset))
            }
            Repr::Int | Repr::Num => {
                let (block, offset) = self.place(place);
                get_i64(block, offset)
            }
            Repr::Text | Repr::List | Repr::Ref => match place {
                Place::At { space, offset } => handle(space, offset),
                Place::In { base, offset } => self.get(base).wrapping_add(i64::from(offset)),
            },
        };
        self.set(dst, word);
    }

    fn store(&mut self, place: Place, repr: Repr, src: Reg) {
        let word = self.get(src);
        let Place::At { offset, .. } = place else {
            return;
        };
        let block = self.host.instance();
        match repr {
            Repr::Bool | Repr::Byte => {
                put_u8(block, offset, u8::try_from(word & 0xff).unwrap_or(0));
            }
            Repr::Int | Repr::Num => put_i64(block, offset, word),
            Repr::Text | Repr::List | Repr::Ref => {}
        }
    }

    fn call(
        &mut self,
        dst: Option<Reg>,
        op: HostOp,
        args: &[Reg],
        site: SiteId,
    ) -> Result<(), Fault> {
        let mut words = std::mem::take(&mut self.args);
        words.clear();
        words.extend(args.iter().map(|reg| self.get(*reg)));
        let result = self.host.call(op, &words);
        let operand = |at: usize| words.get(at).copied().unwrap_or(0);
        let (a, b) = (operand(0), operand(1));
        self.args = words;
        let word = result.map_err(|code| fault(code, site, a, b))?;
        if let Some(dst) = dst {
            self.set(dst, word);
        }
        Ok(())
    }
}

fn fault(code: FaultCode, site: SiteId, a: i64, b: i64) -> Fault {
    Fault { code, site, a, b }
}

/// The space of a handle.
pub fn space(word: i64) -> Option<Space> {
    const ALL: [Space; 5] = [
        Space::Profile,
        Space::Event,
        Space::Instance,
        Space::Const,
        Space::Scratch,
    ];
    let number = usize::try_from(word >> SPACE_SHIFT).ok()?;
    ALL.get(number).copied()
}

fn compare(op: Cmp, order: Ordering) -> bool {
    match op {
        Cmp::Eq => order == Ordering::Equal,
        Cmp::Ne => order != Ordering::Equal,
        Cmp::Lt => order == Ordering::Less,
        Cmp::Le => order != Ordering::Greater,
        Cmp::Gt => order == Ordering::Greater,
        Cmp::Ge => order != Ordering::Less,
    }
}
