//! The mistakes that are rewritings of one block.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a mistake touches one case and leaves the others"
)]

use super::Bug;
use journey_program::host::HostOp;
use journey_program::ir::words::{BitOp, WordOp};
use journey_program::ir::{
    Block, Cmp, FaultCode, Inst, IntOp, NumOp, Place, Reg, Repr, Space, Term, Ty,
};
use std::mem::swap;

pub(super) fn block(bug: Bug, block: &mut Block, regs: &[Ty]) {
    block.insts.retain(|inst| !dropped(bug, inst));
    if bug == Bug::CallTwice {
        let once = std::mem::take(&mut block.insts);
        for inst in once {
            if matches!(inst, Inst::Call { dst: None, .. }) {
                block.insts.push(inst.clone());
            }
            block.insts.push(inst);
        }
    }
    for inst in &mut block.insts {
        arithmetic(bug, inst);
        comparison(bug, inst);
        logic(bug, inst);
        word(bug, inst);
        constant(bug, inst);
        place(bug, inst);
        call(bug, inst);
    }
    term(bug, &mut block.term, regs);
}

fn dropped(bug: Bug, inst: &Inst) -> bool {
    match bug {
        Bug::CopyDropped => matches!(inst, Inst::Copy { .. }),
        Bug::StoreDropped => matches!(
            inst,
            Inst::Store {
                repr: Repr::Num,
                ..
            }
        ),
        Bug::CallDropped => matches!(inst, Inst::Call { dst: None, .. }),
        _ => false,
    }
}

fn arithmetic(bug: Bug, inst: &mut Inst) {
    match inst {
        Inst::Int { op, a, b, .. } => match (bug, &*op) {
            (Bug::SubSwapped, IntOp::Sub) | (Bug::DivSwapped, IntOp::Div) => swap(a, b),
            (Bug::ModIsDiv, IntOp::Mod) => *op = IntOp::Div,
            (Bug::AddIsSub, IntOp::Add) => *op = IntOp::Sub,
            _ => {}
        },
        Inst::Num { op, a, b, .. } => match (bug, &*op) {
            (Bug::NumSubSwapped, NumOp::Sub) | (Bug::NumDivSwapped, NumOp::Div) => swap(a, b),
            (Bug::NumMulIsAdd, NumOp::Mul) => *op = NumOp::Add,
            _ => {}
        },
        _ => {}
    }
}

fn comparison(bug: Bug, inst: &mut Inst) {
    match inst {
        Inst::IntCmp { op, .. } => match (bug, &*op) {
            (Bug::IntLtIsLe, Cmp::Lt) => *op = Cmp::Le,
            (Bug::IntGeIsGt, Cmp::Ge) => *op = Cmp::Gt,
            (Bug::IntEqIsNe, Cmp::Eq) => *op = Cmp::Ne,
            _ => {}
        },
        Inst::IntCmpConst { op, value, .. } => match (bug, &*op) {
            (Bug::ConstLeIsLt, Cmp::Le) => *op = Cmp::Lt,
            (Bug::ConstGtIsGe, Cmp::Gt) => *op = Cmp::Ge,
            (Bug::ConstNext, _) => *value = value.wrapping_add(1),
            _ => {}
        },
        Inst::NumCmp { op, .. } => match (bug, &*op) {
            (Bug::NumLtIsLe, Cmp::Lt) => *op = Cmp::Le,
            (Bug::NumGeIsGt, Cmp::Ge) => *op = Cmp::Gt,
            (Bug::NumNeIsEq, Cmp::Ne) => *op = Cmp::Eq,
            _ => {}
        },
        _ => {}
    }
}

fn logic(bug: Bug, inst: &mut Inst) {
    match (bug, &mut *inst) {
        (Bug::AndIsOr, &mut Inst::And { dst, a, b }) => *inst = Inst::Or { dst, a, b },
        (Bug::OrIsAnd, &mut Inst::Or { dst, a, b }) => *inst = Inst::And { dst, a, b },
        (Bug::NotIsCopy, &mut Inst::Not { dst, a }) => *inst = Inst::Copy { dst, src: a },
        (Bug::SelectSwapped, Inst::Select { a, b, .. }) => swap(a, b),
        (Bug::MaskShifted, Inst::InMask { mask, .. }) => *mask = mask.rotate_left(1),
        _ => {}
    }
}

fn word(bug: Bug, inst: &mut Inst) {
    let Inst::Word { op, .. } = inst else {
        return;
    };
    match (bug, op) {
        (Bug::BitsAndIsOr, WordOp::Bits { op, .. }) if *op == BitOp::And => *op = BitOp::Or,
        (Bug::BitsLeftIsRight, WordOp::Bits { op, .. }) if *op == BitOp::Left => {
            *op = BitOp::Right;
        }
        (Bug::TableTurned, WordOp::Look { table, .. }) => table.rotate_left(1),
        (Bug::FiniteSubSwapped, WordOp::Float { op, a, b }) if *op == NumOp::Sub => swap(a, b),
        _ => {}
    }
}

fn constant(bug: Bug, inst: &mut Inst) {
    match (bug, inst) {
        (Bug::IntConstNext, Inst::ConstInt { value, .. }) => *value = value.wrapping_add(1),
        (Bug::BoolConstTurned, Inst::ConstBool { value, .. }) => *value = !*value,
        (Bug::NumConstBit, Inst::ConstNum { bits, .. }) => *bits ^= 1,
        (Bug::TextConstNext, Inst::ConstText { text, .. }) => text.0 ^= 1,
        _ => {}
    }
}

fn place(bug: Bug, inst: &mut Inst) {
    match (bug, inst) {
        (
            Bug::LoadNext,
            Inst::Load {
                place,
                repr: Repr::Bool | Repr::Byte,
                ..
            },
        )
        | (
            Bug::StoreOther,
            Inst::Store {
                place,
                repr: Repr::Bool | Repr::Byte,
                ..
            },
        ) => {
            let (Place::At { offset, .. } | Place::In { offset, .. }) = place;
            *offset ^= 1;
        }
        (
            Bug::LoadSpace,
            Inst::Load {
                place: Place::At { space, .. },
                ..
            },
        ) if *space == Space::Event => {
            *space = Space::Profile;
        }
        (
            Bug::LoadDropsOffset,
            Inst::Load {
                place: Place::In { offset, .. },
                ..
            },
        ) => *offset = 0,
        (Bug::BitOther, Inst::Bit { bit, .. })
        | (Bug::StoreBitOther, Inst::StoreBit { bit, .. }) => *bit ^= 1,
        _ => {}
    }
}

fn call(bug: Bug, inst: &mut Inst) {
    let Inst::Call { op, args, .. } = inst else {
        return;
    };
    match bug {
        Bug::CallArgsSwapped => {
            if let [a, b, ..] = args.as_mut_slice()
                && let [first, second, ..] = op.params()
                && first == second
            {
                swap(a, b);
            }
        }
        Bug::CallOther => {
            let same = |other: &&HostOp| {
                **other != *op && other.params() == op.params() && other.result() == op.result()
            };
            if let Some(other) = HostOp::ALL.iter().find(same) {
                *op = *other;
            }
        }
        _ => {}
    }
}

fn term(bug: Bug, term: &mut Term, regs: &[Ty]) {
    match (bug, term) {
        (
            Bug::BranchSense,
            Term::Branch {
                then, otherwise, ..
            },
        ) => swap(then, otherwise),
        (Bug::SwitchNext, Term::Switch { targets, .. }) if !targets.is_empty() => {
            targets.rotate_left(1);
        }
        (Bug::ResultsSwapped, Term::Return(values)) => {
            let ty = |reg: &Reg| regs.get(reg.0 as usize).copied();
            if let [a, b, ..] = values.as_mut_slice()
                && ty(a) == ty(b)
            {
                swap(a, b);
            }
        }
        (Bug::FaultOther, Term::Fault { code, .. }) => {
            *code = if *code == FaultCode::Overflow {
                FaultCode::TooLong
            } else {
                FaultCode::Overflow
            };
        }
        _ => {}
    }
}
