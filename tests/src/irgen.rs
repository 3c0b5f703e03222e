//! Functions at random: a seed in, a well-typed function of the IR out that the verifier accepts. Every
//! instruction, terminator and host operation comes up; values lean to where arithmetic goes wrong.
//!
//! `toy` is the world they run in: blocks of memory of one shape, and a host whose answers follow from what
//! it was asked.

mod body;
mod insts;
pub mod rng;
pub mod toy;
mod words;

pub use rng::Rng;

use journey_program::ir::{Block, BlockId, Function, Inst, Reg, Term, Ty};

/// All types of registers.
pub const TYS: [Ty; 6] = [Ty::Bool, Ty::Int, Ty::Num, Ty::Text, Ty::List, Ty::Ref];

/// A function whose every choice follows from the seed.
pub fn function(seed: u64) -> Function {
    let mut rng = Rng::new(seed);
    let params: Vec<Ty> = (0..rng.below(5)).map(|_| rng.pick(&TYS)).collect();
    let results: Vec<Ty> = (0..rng.below(5)).map(|_| rng.pick(&TYS)).collect();
    let written = (0..params.len()).map(|_| true).collect();
    let mut writer = Writer {
        budget: 4 + rng.below(40),
        calls: rng.chance(60),
        rng,
        regs: params.clone(),
        written,
        kept: vec![false; params.len()],
        blocks: vec![None],
        at: 0,
        insts: Vec::new(),
        results: results.clone(),
    };
    if writer.body(3) {
        writer.give_back();
    }
    let blocks = writer
        .blocks
        .into_iter()
        .map(|block| block.expect("every block is ended"));
    let blocks = blocks.collect();
    Function {
        name: format!("seed_{seed}"),
        params,
        results,
        regs: writer.regs,
        blocks,
    }
}

/// A function in the making. `written` says what may be read here, on whatever path one came.
struct Writer {
    rng: Rng,
    /// instructions that may still be added
    budget: usize,
    /// whether host calls come up at all: code without them keeps pointers longer
    calls: bool,
    regs: Vec<Ty>,
    written: Vec<bool>,
    /// counters of loops, which nothing else writes
    kept: Vec<bool>,
    blocks: Vec<Option<Block>>,
    /// the block that is being written
    at: usize,
    insts: Vec<Inst>,
    results: Vec<Ty>,
}

impl Writer {
    fn reg(index: usize) -> Reg {
        Reg(u32::try_from(index).expect("few registers"))
    }

    fn fresh(&mut self, ty: Ty) -> Reg {
        self.regs.push(ty);
        self.written.push(false);
        self.kept.push(false);
        Self::reg(self.regs.len() - 1)
    }

    /// A register to write: often one that was written before.
    fn dst(&mut self, ty: Ty) -> Reg {
        let free: Vec<usize> = (0..self.regs.len())
            .filter(|at| self.regs[*at] == ty && !self.kept[*at])
            .collect();
        if !free.is_empty() && self.rng.chance(35) {
            return Self::reg(self.rng.pick(&free));
        }
        self.fresh(ty)
    }

    /// A register to read; made first, if there is none.
    fn src(&mut self, ty: Ty) -> Reg {
        let ready: Vec<usize> = (0..self.regs.len())
            .filter(|at| self.regs[*at] == ty && self.written[*at])
            .collect();
        if !ready.is_empty() && self.rng.chance(85) {
            // The newest values more often: chains are what goes wrong.
            let recent = &ready[ready.len().saturating_sub(4)..];
            return Self::reg(if self.rng.chance(60) {
                self.rng.pick(recent)
            } else {
                self.rng.pick(&ready)
            });
        }
        self.source(ty)
    }

    fn push(&mut self, inst: Inst, dst: Option<Reg>) {
        self.budget = self.budget.saturating_sub(1);
        self.insts.push(inst);
        if let Some(dst) = dst {
            self.written[dst.0 as usize] = true;
        }
    }

    fn block(&mut self) -> usize {
        self.blocks.push(None);
        self.blocks.len() - 1
    }

    fn id(block: usize) -> BlockId {
        BlockId(u32::try_from(block).expect("few blocks"))
    }

    /// Ends the block that is being written.
    fn end(&mut self, term: Term) {
        let insts = std::mem::take(&mut self.insts);
        self.blocks[self.at] = Some(Block { insts, term });
    }

    fn give_back(&mut self) {
        let regs = self
            .results
            .clone()
            .into_iter()
            .map(|ty| self.src(ty))
            .collect();
        self.end(Term::Return(regs));
    }
}
