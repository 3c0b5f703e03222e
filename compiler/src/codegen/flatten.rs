//! Branches that only choose what is returned become choices: both sides are computed, and the branch taken
//! gives its values. Which side it will be is often as good as random, and a wrong guess of the processor
//! costs more than a few comparisons. The interpreter runs the function as it was: campaigns hold one
//! against the other.

use super::bugs::Bug;
use crate::lower::tidy::each_reg;
use journey_program::ir::{Block, BlockId, Function, Inst, Place, Reg, Term, Ty};
use std::collections::BTreeMap;

/// Instructions that may be computed for nothing, for each branch that is saved, and all together.
const FOR_A_BRANCH: usize = 10;
const TOGETHER: usize = 120;

/// The function without such branches; None: it has none.
pub(super) fn flatten(function: &Function, bug: Option<Bug>) -> Option<Function> {
    let blocks = &function.blocks;
    let mut work = Flatten {
        bug,
        regs: function.regs.clone(),
        ends: BTreeMap::new(),
        changed: BTreeMap::new(),
    };
    for at in ends_first(blocks) {
        let block = blocks.get(at as usize)?;
        work.block(BlockId(at), block);
    }
    if work.changed.is_empty() {
        return None;
    }
    let mut flat = Function {
        regs: work.regs,
        ..function.clone()
    };
    for (at, block) in work.changed {
        if let Some(old) = flat.blocks.get_mut(at.0 as usize) {
            *old = block;
        }
    }
    empty_unreached(&mut flat);
    Some(flat)
}

/// Blocks, each after those that it goes on to; loops are cut somewhere.
fn ends_first(blocks: &[Block]) -> Vec<u32> {
    let mut order = Vec::new();
    let mut seen = vec![false; blocks.len()];
    let mut stack = vec![(0, false)];
    while let Some((at, left)) = stack.pop() {
        if left {
            order.push(at);
            continue;
        }
        let (Some(mark), Some(block)) = (seen.get_mut(at as usize), blocks.get(at as usize)) else {
            continue;
        };
        if std::mem::replace(mark, true) {
            continue;
        }
        stack.push((at, true));
        each_target(&block.term, &mut |target| stack.push((target.0, false)));
    }
    order
}

fn each_target(term: &Term, see: &mut dyn FnMut(BlockId)) {
    match term {
        Term::Jump(to) => see(*to),
        Term::Branch {
            then, otherwise, ..
        } => {
            see(*then);
            see(*otherwise);
        }
        Term::Switch {
            targets, otherwise, ..
        } => {
            targets.iter().for_each(|target| see(*target));
            see(*otherwise);
        }
        Term::Return(_) | Term::Fault { .. } => {}
    }
}

/// Blocks that nothing leads to any more cost nothing.
fn empty_unreached(function: &mut Function) {
    let reached = ends_first(&function.blocks);
    let mut kept = vec![false; function.blocks.len()];
    for at in reached {
        if let Some(kept) = kept.get_mut(at as usize) {
            *kept = true;
        }
    }
    for (block, at) in function.blocks.iter_mut().zip(0..) {
        if kept.get(at as usize) != Some(&true) {
            block.insts.clear();
            // Wherever it is entered from: nowhere.
            block.term = Term::Jump(BlockId(at));
        }
    }
}

/// A block that computes and returns, and does nothing else.
#[derive(Clone, Default)]
struct End {
    insts: Vec<Inst>,
    values: Vec<Reg>,
    /// branches that went into it
    branches: usize,
}

struct Flatten {
    bug: Option<Bug>,
    regs: Vec<Ty>,
    ends: BTreeMap<BlockId, End>,
    changed: BTreeMap<BlockId, Block>,
}

impl Flatten {
    fn block(&mut self, id: BlockId, block: &Block) {
        let end = match &block.term {
            Term::Return(values) => Some(End {
                insts: block.insts.clone(),
                values: values.clone(),
                branches: 0,
            }),
            Term::Branch {
                cond,
                then,
                otherwise,
            } => self.joined(block, *cond, *then, *otherwise),
            Term::Jump(to) => self.followed(block, *to),
            Term::Switch { .. } | Term::Fault { .. } => None,
        };
        let Some(end) = end else { return };
        if end.branches > 0 && !matches!(block.term, Term::Jump(_)) {
            let block = Block {
                insts: end.insts.clone(),
                term: Term::Return(end.values.clone()),
            };
            self.changed.insert(id, block);
        }
        // What it does besides computing it may do itself, but nobody may do it for it.
        if end.insts.iter().all(only_computes) {
            self.ends.insert(id, end);
        }
    }

    /// A block with the end that it goes on to; in its own place it goes on as it did.
    fn followed(&mut self, block: &Block, to: BlockId) -> Option<End> {
        let end = self.ends.get(&to)?;
        if block.insts.len() + end.insts.len() > TOGETHER {
            return None;
        }
        let end = end.clone();
        let (mut insts, branches) = (block.insts.clone(), end.branches);
        let before = insts.len();
        let values = self.copied(end, &mut insts, before);
        Some(End {
            insts,
            values,
            branches,
        })
    }

    /// A block with what follows on both sides.
    fn joined(
        &mut self,
        block: &Block,
        cond: Reg,
        then: BlockId,
        otherwise: BlockId,
    ) -> Option<End> {
        let (a, b) = (self.ends.get(&then)?, self.ends.get(&otherwise)?);
        let branches = a.branches + b.branches + 1;
        let cost = a.insts.len() + b.insts.len();
        if cost > TOGETHER.min(FOR_A_BRANCH * branches) {
            return None;
        }
        let (a, b) = (a.clone(), b.clone());
        let mut insts = block.insts.clone();
        let before = insts.len();
        let a = self.copied(a, &mut insts, before);
        let b = self.copied(b, &mut insts, before);
        let swapped = cfg!(feature = "planted-bugs") && self.bug == Some(Bug::FlatOtherSide);
        let first = cfg!(feature = "planted-bugs") && self.bug == Some(Bug::FlatOneSide);
        let mut values = Vec::new();
        for (a, b) in a.into_iter().zip(b) {
            if a == b || first {
                values.push(a);
                continue;
            }
            let dst = self.fresh(a)?;
            let (a, b) = if swapped { (b, a) } else { (a, b) };
            insts.push(Inst::Select { dst, cond, a, b });
            values.push(dst);
        }
        Some(End {
            insts,
            values,
            branches,
        })
    }

    /// Puts the instructions behind the others, over registers of their own; gives the values' new registers.
    fn copied(&mut self, end: End, insts: &mut Vec<Inst>, before: usize) -> Vec<Reg> {
        let mut names: BTreeMap<Reg, Reg> = BTreeMap::new();
        for mut inst in end.insts {
            each_reg(&mut inst, &mut |reg, read| {
                if read {
                    rename(&names, reg);
                }
            });
            let Some(dst) = inst.dst() else { continue };
            // The same constant on both sides is one.
            if let Some(same) = same_constant(insts.get(before..).unwrap_or_default(), &inst) {
                names.insert(dst, same);
                continue;
            }
            let Some(new) = self.fresh(dst) else { continue };
            each_reg(&mut inst, &mut |reg, read| {
                if !read {
                    *reg = new;
                }
            });
            names.insert(dst, new);
            insts.push(inst);
        }
        let mut values = end.values;
        let own = cfg!(feature = "planted-bugs") && self.bug == Some(Bug::FlatOldValues);
        if !own {
            values.iter_mut().for_each(|reg| rename(&names, reg));
        }
        values
    }

    fn fresh(&mut self, like: Reg) -> Option<Reg> {
        let ty = self.regs.get(like.0 as usize).copied()?;
        let reg = Reg(u32::try_from(self.regs.len()).ok()?);
        self.regs.push(ty);
        Some(reg)
    }
}

fn rename(names: &BTreeMap<Reg, Reg>, reg: &mut Reg) {
    if let Some(new) = names.get(reg) {
        *reg = *new;
    }
}

/// The register of an equal constant among instructions that are each written once.
fn same_constant(insts: &[Inst], inst: &Inst) -> Option<Reg> {
    let mut like = insts.iter().filter_map(|before| {
        let same = match (before, inst) {
            (Inst::ConstBool { value: a, .. }, Inst::ConstBool { value: b, .. }) => a == b,
            (Inst::ConstInt { value: a, .. }, Inst::ConstInt { value: b, .. }) => a == b,
            (Inst::ConstNum { bits: a, .. }, Inst::ConstNum { bits: b, .. }) => a == b,
            (Inst::ConstText { text: a, .. }, Inst::ConstText { text: b, .. }) => a == b,
            _ => false,
        };
        same.then(|| before.dst()).flatten()
    });
    like.next()
}

/// Whether an instruction only writes its register, and can't fail: not even by reading where nothing is.
fn only_computes(inst: &Inst) -> bool {
    match inst {
        Inst::Load { place, .. } | Inst::Bit { place, .. } | Inst::Symbol { place, .. } => {
            matches!(place, Place::At { .. })
        }
        Inst::ConstBool { .. }
        | Inst::ConstInt { .. }
        | Inst::ConstNum { .. }
        | Inst::ConstText { .. }
        | Inst::Copy { .. }
        | Inst::Clock { .. }
        | Inst::IntCmp { .. }
        | Inst::IntCmpConst { .. }
        | Inst::NumCmp { .. }
        | Inst::InMask { .. }
        | Inst::And { .. }
        | Inst::Or { .. }
        | Inst::Not { .. }
        | Inst::Select { .. } => true,
        Inst::Store { .. }
        | Inst::StoreBit { .. }
        // A table is in one place.
        | Inst::Word { .. }
        | Inst::Int { .. }
        | Inst::Num { .. }
        | Inst::IntToNum { .. }
        | Inst::Call { .. }
        | Inst::Fuel { .. } => false,
    }
}
