//! The flow of one function whose shape is sound: every block is reached, every way back passes fuel,
//! every register is written on all paths before it is read.

use super::{FLOW_BITS_MAX, Problems};
use crate::ir::{Block, BlockId, Function, Inst, Reg, Term};

pub(super) fn check(function: &Function, problems: &mut Problems) {
    let place = format!("function {}", function.name);
    let order = walk(function, &place, problems);
    for (number, seen) in order.seen.iter().enumerate() {
        if !seen {
            problems.add(&place, format!("block b{number} is never reached"));
        }
    }
    if function.regs.len().saturating_mul(function.blocks.len()) > FLOW_BITS_MAX {
        problems.add(&place, "it is too large to be checked".to_owned());
        return;
    }
    assigned(function, &order.blocks, &place, problems);
}

struct Order {
    /// blocks, each before those that it leads to (but for ways back)
    blocks: Vec<usize>,
    seen: Vec<bool>,
}

fn index(block: BlockId) -> usize {
    usize::try_from(block.0).unwrap_or(usize::MAX)
}

fn successors(term: &Term) -> Vec<usize> {
    match term {
        Term::Jump(to) => vec![index(*to)],
        Term::Branch {
            then, otherwise, ..
        } => vec![index(*then), index(*otherwise)],
        Term::Switch {
            targets, otherwise, ..
        } => {
            let mut all: Vec<_> = targets
                .iter()
                .chain([otherwise])
                .map(|id| index(*id))
                .collect();
            all.sort_unstable();
            all.dedup();
            all
        }
        Term::Return(_) | Term::Fault { .. } => Vec::new(),
    }
}

/// Depth first, with a stack of its own. Every cycle has an edge to a block that is still open: that
/// block must begin with `Fuel`.
fn walk(function: &Function, place: &str, problems: &mut Problems) -> Order {
    let count = function.blocks.len();
    let mut seen = vec![false; count];
    let mut open = vec![false; count];
    let mut left = Vec::with_capacity(count);
    let mut stack = vec![(0, next_of(function, 0))];
    mark(&mut seen, 0, true);
    mark(&mut open, 0, true);
    while let Some((block, rest)) = stack.last_mut() {
        let Some(next) = rest.pop() else {
            mark(&mut open, *block, false);
            left.push(*block);
            stack.pop();
            continue;
        };
        if open.get(next) == Some(&true) {
            let burns = function
                .blocks
                .get(next)
                .is_some_and(|head| matches!(head.insts.first(), Some(Inst::Fuel { .. })));
            if !burns {
                problems.add(
                    place,
                    format!("b{block} goes back to b{next}, which burns no fuel"),
                );
            }
        } else if seen.get(next) == Some(&false) {
            mark(&mut seen, next, true);
            mark(&mut open, next, true);
            stack.push((next, next_of(function, next)));
        }
    }
    left.reverse();
    Order { blocks: left, seen }
}

fn next_of(function: &Function, block: usize) -> Vec<usize> {
    function
        .blocks
        .get(block)
        .map(|block| successors(&block.term))
        .unwrap_or_default()
}

fn mark(flags: &mut [bool], at: usize, value: bool) {
    if let Some(flag) = flags.get_mut(at) {
        *flag = value;
    }
}

/// A set of registers.
#[derive(Clone, PartialEq)]
struct Regs(Vec<u64>);

impl Regs {
    fn empty(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }
    fn insert(&mut self, reg: Reg) {
        if let Some((word, bit)) = split(reg)
            && let Some(word) = self.0.get_mut(word)
        {
            *word |= bit;
        }
    }
    fn has(&self, reg: Reg) -> bool {
        split(reg).is_some_and(|(word, bit)| self.0.get(word).is_some_and(|word| word & bit != 0))
    }
    /// Keeps what the other has too; true if that changed anything.
    fn keep(&mut self, other: &Regs) -> bool {
        let mut changed = false;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            changed |= *word & other != *word;
            *word &= other;
        }
        changed
    }
}

fn split(reg: Reg) -> Option<(usize, u64)> {
    let reg = usize::try_from(reg.0).ok()?;
    Some((reg / 64, 1 << (reg % 64)))
}

/// Which registers are written when a block begins: on every path to it. Found by narrowing until
/// nothing changes; a block not met yet has no set.
fn assigned(function: &Function, order: &[usize], place: &str, problems: &mut Problems) {
    let mut entry: Vec<Option<Regs>> = vec![None; function.blocks.len()];
    let mut params = Regs::empty(function.regs.len());
    for number in 0..function.params.len() {
        params.insert(Reg(u32::try_from(number).unwrap_or(u32::MAX)));
    }
    if let Some(first) = entry.first_mut() {
        *first = Some(params);
    }
    let mut changed = true;
    while changed {
        changed = false;
        for number in order {
            let Some(block) = function.blocks.get(*number) else {
                continue;
            };
            let Some(mut regs) = entry.get(*number).cloned().flatten() else {
                continue;
            };
            for inst in &block.insts {
                inst.dst().inspect(|reg| regs.insert(*reg));
            }
            for next in successors(&block.term) {
                match entry.get_mut(next) {
                    Some(Some(known)) => changed |= known.keep(&regs),
                    Some(none) => {
                        *none = Some(regs.clone());
                        changed = true;
                    }
                    None => {}
                }
            }
        }
    }
    for number in order {
        if let Some(block) = function.blocks.get(*number)
            && let Some(Some(regs)) = entry.get(*number)
        {
            reads(block, regs.clone(), &format!("{place} b{number}"), problems);
        }
    }
}

/// Reports what a block reads before it is written.
fn reads(block: &Block, mut regs: Regs, place: &str, problems: &mut Problems) {
    let mut due = |reg: Reg, regs: &Regs| {
        if !regs.has(reg) {
            problems.add(place, format!("r{} is read before it is written", reg.0));
        }
    };
    for inst in &block.insts {
        inst.each_read(&mut |reg| due(reg, &regs));
        inst.dst().inspect(|reg| regs.insert(*reg));
    }
    block.term.each_read(&mut |reg| due(reg, &regs));
}
