//! The last look at a function: what nothing reads and can't fault is dropped, straight lines of blocks are
//! joined, blocks that nothing reaches and registers that nothing uses are gone.

use journey_program::host::HostOp;
use journey_program::ir::{Block, BlockId, Function, Inst, Place, Reg, Term};
use std::collections::HashMap;

pub(super) fn tidy(function: &mut Function) {
    join(function);
    drop_unused(function);
    drop_unreached(function);
    burn(function);
    renumber(function);
}

/// A loop that a wait stands in is entered at its head and after the wait: wherever a walk depth first comes back
/// to a block, fuel must burn. The walk is the verifier's.
#[expect(clippy::wildcard_enum_match_arm, reason = "one kind is of interest")]
fn burn(function: &mut Function) {
    let successors: Vec<Vec<usize>> = function
        .blocks
        .iter()
        .map(|block| {
            let mut next: Vec<usize> = targets(&block.term).into_iter().map(index).collect();
            if matches!(block.term, Term::Switch { .. }) {
                next.sort_unstable();
                next.dedup();
            }
            next
        })
        .collect();
    let fuel = function.blocks.iter().flat_map(|block| &block.insts);
    let site = fuel.into_iter().find_map(|inst| match inst {
        Inst::Fuel { site } => Some(*site),
        _ => None,
    });
    let mut seen = vec![false; successors.len()];
    let mut open = vec![false; successors.len()];
    let mut stack = vec![(0, successors.first().cloned().unwrap_or_default())];
    let mut heads = Vec::new();
    set(&mut seen, 0, true);
    set(&mut open, 0, true);
    while let Some((block, rest)) = stack.last_mut() {
        let Some(next) = rest.pop() else {
            set(&mut open, *block, false);
            stack.pop();
            continue;
        };
        if open.get(next) == Some(&true) {
            heads.push(next);
        } else if seen.get(next) == Some(&false) {
            set(&mut seen, next, true);
            set(&mut open, next, true);
            stack.push((next, successors.get(next).cloned().unwrap_or_default()));
        }
    }
    for head in heads {
        if let Some(block) = function.blocks.get_mut(head)
            && !matches!(block.insts.first(), Some(Inst::Fuel { .. }))
        {
            let site = site.unwrap_or_default();
            block.insts.insert(0, Inst::Fuel { site });
        }
    }
}

fn set(flags: &mut [bool], at: usize, value: bool) {
    if let Some(flag) = flags.get_mut(at) {
        *flag = value;
    }
}

fn index(block: BlockId) -> usize {
    usize::try_from(block.0).unwrap_or(usize::MAX)
}

fn targets(term: &Term) -> Vec<BlockId> {
    match term {
        Term::Jump(block) => vec![*block],
        Term::Branch {
            then, otherwise, ..
        } => vec![*then, *otherwise],
        Term::Switch {
            targets, otherwise, ..
        } => targets.iter().copied().chain([*otherwise]).collect(),
        Term::Return(_) | Term::Fault { .. } => Vec::new(),
    }
}

fn targets_mut(term: &mut Term) -> Vec<&mut BlockId> {
    match term {
        Term::Jump(block) => vec![block],
        Term::Branch {
            then, otherwise, ..
        } => vec![then, otherwise],
        Term::Switch {
            targets, otherwise, ..
        } => targets.iter_mut().chain([otherwise]).collect(),
        Term::Return(_) | Term::Fault { .. } => Vec::new(),
    }
}

/// Blocks in the order in which they are met from the entry.
fn reached(blocks: &[Block]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; blocks.len()];
    let mut stack = vec![0];
    while let Some(at) = stack.pop() {
        let Some(mark) = seen.get_mut(at) else {
            continue;
        };
        if std::mem::replace(mark, true) {
            continue;
        }
        order.push(at);
        if let Some(block) = blocks.get(at) {
            stack.extend(targets(&block.term).into_iter().rev().map(index));
        }
    }
    order
}

/// Jumps over empty blocks, then joins a block to the one that alone jumps to it.
#[expect(clippy::wildcard_enum_match_arm, reason = "one kind is of interest")]
fn join(function: &mut Function) {
    let blocks = &mut function.blocks;
    let empty: Vec<Option<BlockId>> = blocks
        .iter()
        .map(|block| match block.term {
            Term::Jump(next) if block.insts.is_empty() => Some(next),
            _ => None,
        })
        .collect();
    for block in blocks.iter_mut() {
        for target in targets_mut(&mut block.term) {
            let mut steps = 0;
            while let Some(Some(next)) = empty.get(index(*target)) {
                *target = *next;
                steps += 1;
                if steps > empty.len() {
                    break;
                }
            }
        }
    }
    let order = reached(blocks);
    let mut entries = vec![0_usize; blocks.len()];
    for at in &order {
        for target in blocks.get(*at).map_or(Vec::new(), |b| targets(&b.term)) {
            if let Some(count) = entries.get_mut(index(target)) {
                *count += 1;
            }
        }
    }
    for at in order {
        while let Some(next) = sole_successor(blocks, at, &entries) {
            let Some(taken) = blocks.get_mut(next) else {
                break;
            };
            let insts = std::mem::take(&mut taken.insts);
            let term = std::mem::replace(&mut taken.term, Term::Jump(BlockId(0)));
            if let Some(entry) = entries.get_mut(next) {
                *entry = 0;
            }
            if let Some(block) = blocks.get_mut(at) {
                block.insts.extend(insts);
                block.term = term;
            }
        }
    }
}

fn sole_successor(blocks: &[Block], at: usize, entries: &[usize]) -> Option<usize> {
    if at != 0 && entries.get(at) == Some(&0) {
        return None;
    }
    let Term::Jump(next) = blocks.get(at)?.term else {
        return None;
    };
    let next = index(next);
    (next != at && next != 0 && entries.get(next) == Some(&1)).then_some(next)
}

fn drop_unreached(function: &mut Function) {
    let order = reached(&function.blocks);
    let mut numbers = HashMap::new();
    for (new, old) in order.iter().enumerate() {
        numbers.insert(*old, BlockId(u32::try_from(new).unwrap_or(u32::MAX)));
    }
    let mut blocks = Vec::with_capacity(order.len());
    for old in order {
        let Some(block) = function.blocks.get_mut(old) else {
            continue;
        };
        let mut block = Block {
            insts: std::mem::take(&mut block.insts),
            term: std::mem::replace(&mut block.term, Term::Jump(BlockId(0))),
        };
        for target in targets_mut(&mut block.term) {
            if let Some(new) = numbers.get(&index(*target)) {
                *target = *new;
            }
        }
        blocks.push(block);
    }
    function.blocks = blocks;
}

/// What a function computes and nobody reads, from its end to its beginning, until nothing changes.
fn drop_unused(function: &mut Function) {
    let mut reads: HashMap<Reg, usize> = HashMap::new();
    let reachable = reached(&function.blocks);
    for at in &reachable {
        if let Some(block) = function.blocks.get_mut(*at) {
            for inst in &mut block.insts {
                each_reg(inst, &mut |reg, read| {
                    if read {
                        *reads.entry(*reg).or_default() += 1;
                    }
                });
            }
            each_term_reg(&mut block.term, &mut |reg| {
                *reads.entry(*reg).or_default() += 1;
            });
        }
    }
    loop {
        let mut changed = false;
        for at in reachable.iter().rev() {
            let Some(block) = function.blocks.get_mut(*at) else {
                continue;
            };
            let mut kept = Vec::with_capacity(block.insts.len());
            for mut inst in std::mem::take(&mut block.insts).into_iter().rev() {
                let wanted =
                    written(&inst).is_none_or(|reg| reads.get(&reg).is_some_and(|n| *n > 0));
                if wanted || has_effect(&inst) {
                    kept.push(inst);
                } else {
                    changed = true;
                    each_reg(&mut inst, &mut |reg, read| {
                        if read && let Some(count) = reads.get_mut(reg) {
                            *count -= 1;
                        }
                    });
                }
            }
            kept.reverse();
            block.insts = kept;
        }
        if !changed {
            return;
        }
    }
}

/// The register an instruction writes.
fn written(inst: &Inst) -> Option<Reg> {
    let mut dst = None;
    let mut inst = inst.clone();
    each_reg(&mut inst, &mut |reg, read| {
        if !read {
            dst = Some(*reg);
        }
    });
    dst
}

/// Whether an instruction does more than to write its register: a fault counts.
fn has_effect(inst: &Inst) -> bool {
    match inst {
        Inst::Store { .. }
        | Inst::StoreBit { .. }
        | Inst::Int { .. }
        | Inst::Num { .. }
        | Inst::IntToNum { .. }
        | Inst::Fuel { .. } => true,
        Inst::Call { op, .. } => !matches!(
            op,
            HostOp::TextEq
                | HostOp::TextCmp
                | HostOp::TextContains
                | HostOp::TextStartsWith
                | HostOp::TextEndsWith
                | HostOp::TextMatches
                | HostOp::ListLen
                | HostOp::Today
        ),
        Inst::ConstBool { .. }
        | Inst::ConstInt { .. }
        | Inst::ConstNum { .. }
        | Inst::ConstText { .. }
        | Inst::Copy { .. }
        | Inst::Load { .. }
        | Inst::Bit { .. }
        | Inst::Symbol { .. }
        | Inst::Clock { .. }
        | Inst::IntCmp { .. }
        | Inst::IntCmpConst { .. }
        | Inst::NumCmp { .. }
        | Inst::InMask { .. }
        | Inst::And { .. }
        | Inst::Or { .. }
        | Inst::Not { .. }
        | Inst::Select { .. }
        | Inst::Word { .. } => false,
    }
}

fn renumber(function: &mut Function) {
    let mut numbers: HashMap<Reg, Reg> = HashMap::new();
    let mut types = function.params.clone();
    for number in 0..u32::try_from(types.len()).unwrap_or(0) {
        numbers.insert(Reg(number), Reg(number));
    }
    let old = std::mem::take(&mut function.regs);
    let mut rename = |reg: &mut Reg| {
        let new = *numbers.entry(*reg).or_insert_with(|| {
            let new = Reg(u32::try_from(types.len()).unwrap_or(u32::MAX));
            let ty = usize::try_from(reg.0).ok().and_then(|at| old.get(at));
            types.extend(ty);
            new
        });
        *reg = new;
    };
    for block in &mut function.blocks {
        for inst in &mut block.insts {
            each_reg(inst, &mut |reg, _| rename(reg));
        }
        each_term_reg(&mut block.term, &mut |reg| rename(reg));
    }
    function.regs = types;
}

fn each_place(place: &mut Place, see: &mut dyn FnMut(&mut Reg, bool)) {
    if let Place::In { base, .. } = place {
        see(base, true);
    }
}

/// Every register of an instruction; `true`: it is read.
pub(crate) fn each_reg(inst: &mut Inst, see: &mut dyn FnMut(&mut Reg, bool)) {
    match inst {
        Inst::ConstBool { dst, .. }
        | Inst::ConstInt { dst, .. }
        | Inst::ConstNum { dst, .. }
        | Inst::ConstText { dst, .. }
        | Inst::Clock { dst } => see(dst, false),
        Inst::Copy { dst, src: a }
        | Inst::IntToNum { dst, a, .. }
        | Inst::IntCmpConst { dst, a, .. }
        | Inst::InMask { dst, a, .. }
        | Inst::Not { dst, a } => {
            see(a, true);
            see(dst, false);
        }
        Inst::Load { dst, place, .. }
        | Inst::Bit { dst, place, .. }
        | Inst::Symbol { dst, place } => {
            each_place(place, see);
            see(dst, false);
        }
        Inst::Store { place, src, .. } | Inst::StoreBit { place, src, .. } => {
            each_place(place, see);
            see(src, true);
        }
        Inst::Int { dst, a, b, .. }
        | Inst::Num { dst, a, b, .. }
        | Inst::IntCmp { dst, a, b, .. }
        | Inst::NumCmp { dst, a, b, .. }
        | Inst::And { dst, a, b }
        | Inst::Or { dst, a, b } => {
            see(a, true);
            see(b, true);
            see(dst, false);
        }
        Inst::Select { dst, cond, a, b } => {
            see(cond, true);
            see(a, true);
            see(b, true);
            see(dst, false);
        }
        Inst::Word { dst, op } => {
            op.each_read_mut(&mut |reg| see(reg, true));
            see(dst, false);
        }
        Inst::Call { dst, args, .. } => {
            for arg in args {
                see(arg, true);
            }
            if let Some(dst) = dst {
                see(dst, false);
            }
        }
        Inst::Fuel { .. } => {}
    }
}

fn each_term_reg(term: &mut Term, see: &mut dyn FnMut(&mut Reg)) {
    match term {
        Term::Branch { cond, .. } => see(cond),
        Term::Switch { value, .. } => see(value),
        Term::Return(values) => values.iter_mut().for_each(see),
        Term::Jump(_) | Term::Fault { .. } => {}
    }
}
