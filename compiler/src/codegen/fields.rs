//! Fields that are not kept in registers. Code that tests many fields has too few registers for them, and the
//! memory is at hand: so a field at a constant offset is read where it is used, each time, as an operand of
//! the comparison, for as long as nobody can have written it. Results are written as soon as they are known.

use super::Effort;
use super::function::{Translator, memory};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use journey_program::ir::{Block, Function, Inst, Place, Reg, Repr, Space, Term};
use std::collections::BTreeMap;

/// Fields that are kept in registers at one time, general ones and for doubles, and what it takes to be one.
const KEPT_MAX: (u32, u32) = (5, 9);
const READS_MIN: (u32, u32) = (5, 2);

/// Who reads and writes the registers of a function.
#[derive(Debug, Default)]
pub(super) struct Uses {
    homes: Vec<Home>,
    writes: Vec<u32>,
    /// of the current block: the last instruction that reads a register (the terminator stands behind them)
    last: BTreeMap<Reg, usize>,
    /// of the current block: how often it reads each register
    counts: BTreeMap<Reg, u32>,
    /// of the current block: fields that are kept in registers after all, general ones and for doubles
    kept: (u32, u32),
}

/// Where a register is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Home {
    #[default]
    Nowhere,
    Only(usize),
    Several,
}

impl Uses {
    pub(super) fn of(function: &Function) -> Self {
        let mut homes = vec![Home::Nowhere; function.regs.len()];
        let mut writes = vec![0; function.regs.len()];
        // The caller writes the parameters.
        writes
            .iter_mut()
            .take(function.params.len())
            .for_each(|writes| *writes = 1);
        for (number, block) in function.blocks.iter().enumerate() {
            let mut see = |reg: Reg| {
                if let Some(home) = homes.get_mut(reg.0 as usize) {
                    *home = match home {
                        Home::Nowhere => Home::Only(number),
                        Home::Only(other) if *other == number => Home::Only(number),
                        Home::Only(_) | Home::Several => Home::Several,
                    };
                }
            };
            for inst in &block.insts {
                inst.each_read(&mut see);
                if let Some(dst) = inst.dst()
                    && let Some(writes) = writes.get_mut(dst.0 as usize)
                {
                    *writes += 1;
                }
            }
            block.term.each_read(&mut see);
        }
        Self {
            homes,
            writes,
            ..Self::default()
        }
    }

    fn enter(&mut self, block: &Block) {
        self.last.clear();
        self.counts.clear();
        self.kept = (0, 0);
        for (index, inst) in block.insts.iter().enumerate() {
            inst.each_read(&mut |reg| {
                self.last.insert(reg, index);
                *self.counts.entry(reg).or_default() += 1;
            });
        }
        let end = block.insts.len();
        block
            .term
            .each_read(&mut |reg| _ = self.last.insert(reg, end));
    }

    /// Written at one place and read only in this block: so always after it was written there.
    fn only_in(&self, reg: Reg, block: usize) -> bool {
        self.homes.get(reg.0 as usize) == Some(&Home::Only(block))
            && self.writes.get(reg.0 as usize) == Some(&1)
    }
    fn nowhere(&self, reg: Reg) -> bool {
        self.homes.get(reg.0 as usize) == Some(&Home::Nowhere)
    }
    /// Whether a field that this block reads often gets a register: there are few.
    fn keep(&mut self, reg: Reg, repr: Repr) -> bool {
        let reads = self.counts.get(&reg).copied().unwrap_or(0);
        let (kept, most, least) = match repr {
            Repr::Num => (&mut self.kept.1, KEPT_MAX.1, READS_MIN.1),
            Repr::Bool | Repr::Byte | Repr::Int | Repr::Text | Repr::List | Repr::Ref => {
                (&mut self.kept.0, KEPT_MAX.0, READS_MIN.0)
            }
        };
        let keep = reads >= least && *kept < most;
        *kept += u32::from(keep);
        keep
    }
    fn read_after(&self, reg: Reg, index: usize) -> bool {
        self.last.get(&reg).is_some_and(|last| *last > index)
    }
}

impl Translator<'_> {
    pub(super) fn enter(&mut self, block: &Block) {
        self.uses.enter(block);
        self.fields.clear();
        self.note_results(block);
    }

    /// A load: for scalars of known place only a note, if they are read in this block alone.
    pub(super) fn load(&mut self, dst: Reg, place: Place, repr: Repr) -> Result<(), String> {
        let scalar = match repr {
            Repr::Bool | Repr::Byte | Repr::Int | Repr::Num => true,
            Repr::Text | Repr::List | Repr::Ref => false,
        };
        if scalar && matches!(place, Place::At { .. }) && self.choices.effort == Effort::Plain {
            if self.uses.nowhere(dst) {
                return Ok(());
            }
            if self.uses.only_in(dst, self.at.0) && !self.uses.keep(dst, repr) {
                self.fields.insert(dst, (place, repr));
                return Ok(());
            }
        }
        let value = self.field(place, repr)?;
        self.set(dst, value)
    }

    /// Before anything is written to the instance, or (a call) everything may be: what is still needed is read.
    pub(super) fn keep_fields(&mut self, all: bool) -> Result<(), String> {
        let written = |place: &Place| {
            all || matches!(
                place,
                Place::At {
                    space: Space::Instance,
                    ..
                }
            )
        };
        let fields = std::mem::take(&mut self.fields);
        for (reg, (place, repr)) in fields {
            if !written(&place) {
                self.fields.insert(reg, (place, repr));
            } else if self.uses.read_after(reg, self.at.1) {
                let value = self.field(place, repr)?;
                self.set(reg, value)?;
            }
        }
        Ok(())
    }

    /// The byte of an enum's place, if the register is a field that is read where it is used.
    pub(super) fn byte(&mut self, reg: Reg) -> Result<Option<Value>, String> {
        let Some((place, Repr::Byte)) = self.fields.get(&reg).copied() else {
            return Ok(None);
        };
        let (base, offset) = self.address(place, 1)?;
        Ok(Some(self.b.ins().load(types::I8, memory(), base, offset)))
    }

    /// Notes what the block returns, and which of its instructions write that last: results are unspecified
    /// after a fault, so each may be stored where it is made, and needs no register until the end.
    fn note_results(&mut self, block: &Block) {
        self.results_due.clear();
        self.last_writes.clear();
        let Term::Return(values) = &block.term else {
            return;
        };
        for (reg, at) in values.iter().zip((0..).step_by(8)) {
            self.results_due.entry(*reg).or_default().push(at);
        }
        let mut last = BTreeMap::new();
        for (index, inst) in block.insts.iter().enumerate() {
            if let Some(dst) = inst.dst()
                && self.results_due.contains_key(&dst)
            {
                last.insert(dst, index);
            }
        }
        self.last_writes.extend(last.into_values());
    }

    /// After each instruction: stores what it made, if that is returned and not written again.
    pub(super) fn after(&mut self, inst: &Inst) -> Result<(), String> {
        match inst.dst() {
            Some(dst) if self.last_writes.contains(&self.at.1) => self.give_back(dst),
            _ => Ok(()),
        }
    }

    /// Stores a register that is returned, if that is still to be done.
    pub(super) fn give_back(&mut self, reg: Reg) -> Result<(), String> {
        for at in self.results_due.remove(&reg).unwrap_or_default() {
            let value = self.get(reg)?;
            // Of a bool one byte will do: the word is zero before the call.
            self.b.ins().store(memory(), value, self.results, at);
        }
        Ok(())
    }
}
