//! The IR: what decision code is, before it is machine code. Functions of typed registers in basic
//! blocks, over flat records. Two executions (the interpreter here, native code) must agree on it bit for bit.
//!
//! Registers are 64 bits wide and may be written more than once; a read must be preceded by a write on
//! every path (the verifier checks). Everything inexact, allocating or with an effect is a `Call` of a
//! host operation. A loop's head begins with `Fuel`, so every function ends.

pub mod words;

use crate::host::HostOp;
use crate::types::{SiteId, TextId};
use serde::{Deserialize, Serialize};
use words::WordOp;

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ty {
    /// 0 or 1
    Bool,
    /// int, money, time, date, clock, duration, span, enum, timezone
    Int,
    /// the bits of a double, never NaN, never infinite
    Num,
    /// handle of a text slot: space in the top byte, offset of the slot below
    Text,
    /// handle of a list slot, same form
    List,
    /// handle of a record inside a space, same form
    Ref,
}

/// Where bytes live. The number is the index of the base pointer in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Space {
    Profile = 0,
    Event = 1,
    Instance = 2,
    /// the program's constants: text slot `i` at offset `16 * i`
    Const = 3,
    /// what host operations built during this call
    Scratch = 4,
}

pub const SPACES: usize = 8;
pub const SPACE_SHIFT: u32 = 56;

/// The handle of what lies at `offset` in `space`.
pub fn handle(space: Space, offset: u32) -> i64 {
    ((space as i64) << SPACE_SHIFT) | i64::from(offset)
}

/// How a field lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Repr {
    /// one byte, 0 or 1
    Bool,
    /// one byte, without a sign: an enum's place (at most 256 values), an int that fits
    Byte,
    /// eight bytes, little endian
    Int,
    /// eight bytes, a double
    Num,
    /// 16 bytes: offset u32, length u32, symbol u32, zero u32
    Text,
    /// 16 bytes: offset u32, count u32, probe mask u64
    List,
    /// a record in place
    Ref,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reg(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlockId(pub u32);

/// A place to read: a constant offset in a space, or one from a record's handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    At { space: Space, offset: u32 },
    In { base: Reg, offset: u32 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IntOp {
    Add,
    Sub,
    Mul,
    /// towards minus infinity
    Div,
    /// takes the divisor's sign
    Mod,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NumOp {
    Add,
    Sub,
    Mul,
    Div,
    /// the sum, rounded to single precision
    AddSingle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Inst {
    ConstBool {
        dst: Reg,
        value: bool,
    },
    ConstInt {
        dst: Reg,
        value: i64,
    },
    /// the bits of a finite double
    ConstNum {
        dst: Reg,
        bits: u64,
    },
    ConstText {
        dst: Reg,
        text: TextId,
    },
    Copy {
        dst: Reg,
        src: Reg,
    },
    /// Bool, Byte: the byte, widened; Int, Num: the eight bytes. Text, List, Ref read nothing: the
    /// result is the place's handle (`In`: the base's word plus the offset).
    Load {
        dst: Reg,
        place: Place,
        repr: Repr,
    },
    /// one bit of the byte there: presence, audience, probe
    Bit {
        dst: Reg,
        place: Place,
        bit: u8,
    },
    /// the symbol of the text slot there: constant's number + 1, or 0
    Symbol {
        dst: Reg,
        place: Place,
    },
    /// scalars only; texts, lists and records are stored by host operations. Only into `Space::Instance`.
    Store {
        place: Place,
        repr: Repr,
        src: Reg,
    },
    StoreBit {
        place: Place,
        bit: u8,
        src: Reg,
    },
    /// the frame's clock: now, in ms
    Clock {
        dst: Reg,
    },
    /// checked: overflow and division by zero fault with both operands; `i64::MIN mod -1` is 0
    Int {
        dst: Reg,
        op: IntOp,
        a: Reg,
        b: Reg,
        site: SiteId,
    },
    /// faults with both operands' bits when the result is not finite; a division by zero is `NotFinite` too
    Num {
        dst: Reg,
        op: NumOp,
        a: Reg,
        b: Reg,
        site: SiteId,
    },
    /// faults with the operand when its magnitude is above 2^53
    IntToNum {
        dst: Reg,
        a: Reg,
        site: SiteId,
    },
    IntCmp {
        dst: Reg,
        op: Cmp,
        a: Reg,
        b: Reg,
    },
    IntCmpConst {
        dst: Reg,
        op: Cmp,
        a: Reg,
        value: i64,
    },
    NumCmp {
        dst: Reg,
        op: Cmp,
        a: Reg,
        b: Reg,
    },
    /// `a` in 0..64 and bit `a` of the mask set
    InMask {
        dst: Reg,
        a: Reg,
        mask: u64,
    },
    And {
        dst: Reg,
        a: Reg,
        b: Reg,
    },
    Or {
        dst: Reg,
        a: Reg,
        b: Reg,
    },
    Not {
        dst: Reg,
        a: Reg,
    },
    /// both sides are already there: no branch
    Select {
        dst: Reg,
        cond: Reg,
        a: Reg,
        b: Reg,
    },
    /// many questions at once
    Word {
        dst: Reg,
        op: WordOp,
    },
    /// a refusal faults with the first two arguments
    Call {
        dst: Option<Reg>,
        op: HostOp,
        args: Vec<Reg>,
        site: SiteId,
    },
    /// one unit of fuel; at the head of every loop. `FUEL` of them pass in one run, the next one faults.
    Fuel {
        site: SiteId,
    },
}

impl Inst {
    /// The register that it writes.
    pub fn dst(&self) -> Option<Reg> {
        match self {
            Inst::ConstBool { dst, .. }
            | Inst::ConstInt { dst, .. }
            | Inst::ConstNum { dst, .. }
            | Inst::ConstText { dst, .. }
            | Inst::Copy { dst, .. }
            | Inst::Load { dst, .. }
            | Inst::Bit { dst, .. }
            | Inst::Symbol { dst, .. }
            | Inst::Clock { dst }
            | Inst::Int { dst, .. }
            | Inst::Num { dst, .. }
            | Inst::IntToNum { dst, .. }
            | Inst::IntCmp { dst, .. }
            | Inst::IntCmpConst { dst, .. }
            | Inst::NumCmp { dst, .. }
            | Inst::InMask { dst, .. }
            | Inst::And { dst, .. }
            | Inst::Or { dst, .. }
            | Inst::Not { dst, .. }
            | Inst::Select { dst, .. }
            | Inst::Word { dst, .. } => Some(*dst),
            Inst::Call { dst, .. } => *dst,
            Inst::Store { .. } | Inst::StoreBit { .. } | Inst::Fuel { .. } => None,
        }
    }

    /// Shows the registers that it reads, in order.
    pub fn each_read(&self, see: &mut dyn FnMut(Reg)) {
        let base = |place: &Place, see: &mut dyn FnMut(Reg)| {
            if let Place::In { base, .. } = place {
                see(*base);
            }
        };
        match self {
            Inst::Copy { src, .. } => see(*src),
            Inst::Load { place, .. } | Inst::Bit { place, .. } | Inst::Symbol { place, .. } => {
                base(place, see);
            }
            Inst::Store { place, src, .. } | Inst::StoreBit { place, src, .. } => {
                base(place, see);
                see(*src);
            }
            Inst::Int { a, b, .. }
            | Inst::Num { a, b, .. }
            | Inst::IntCmp { a, b, .. }
            | Inst::NumCmp { a, b, .. }
            | Inst::And { a, b, .. }
            | Inst::Or { a, b, .. } => {
                see(*a);
                see(*b);
            }
            Inst::IntToNum { a, .. }
            | Inst::IntCmpConst { a, .. }
            | Inst::InMask { a, .. }
            | Inst::Not { a, .. } => see(*a),
            Inst::Select { cond, a, b, .. } => {
                see(*cond);
                see(*a);
                see(*b);
            }
            Inst::Word { op, .. } => op.each_read(see),
            Inst::Call { args, .. } => args.iter().for_each(|reg| see(*reg)),
            Inst::ConstBool { .. }
            | Inst::ConstInt { .. }
            | Inst::ConstNum { .. }
            | Inst::ConstText { .. }
            | Inst::Clock { .. }
            | Inst::Fuel { .. } => {}
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Term {
    Jump(BlockId),
    Branch {
        cond: Reg,
        then: BlockId,
        otherwise: BlockId,
    },
    /// the target at `value`, if it is in 0..targets
    Switch {
        value: Reg,
        targets: Vec<BlockId>,
        otherwise: BlockId,
    },
    Return(Vec<Reg>),
    Fault {
        code: FaultCode,
        site: SiteId,
    },
}

impl Term {
    /// Shows the registers that it reads, in order.
    pub fn each_read(&self, see: &mut dyn FnMut(Reg)) {
        match self {
            Term::Jump(_) | Term::Fault { .. } => {}
            Term::Branch { cond: reg, .. } | Term::Switch { value: reg, .. } => see(*reg),
            Term::Return(regs) => regs.iter().for_each(|reg| see(*reg)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    pub insts: Vec<Inst>,
    pub term: Term,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// `journey.abandoned_cart.run`, `event.order_placed.feed`, …
    pub name: String,
    /// the first registers
    pub params: Vec<Ty>,
    pub results: Vec<Ty>,
    /// of every register, the parameters first
    pub regs: Vec<Ty>,
    /// the first is the entry
    pub blocks: Vec<Block>,
}

/// Why decision code stopped. The numbers are part of the artifact's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FaultCode {
    Overflow = 1,
    DivisionByZero = 2,
    NotFinite = 3,
    /// an int above 2^53 where a number is due
    TooLarge = 4,
    OutOfFuel = 5,
    /// a text, list or gathering beyond its bound
    TooLong = 6,
    /// a date or time outside of what calendars hold
    OutOfRange = 7,
    /// an instant loop of `emit`, `set` edges, entries
    TooManyRounds = 8,
}

impl FaultCode {
    pub const ALL: [FaultCode; 8] = [
        FaultCode::Overflow,
        FaultCode::DivisionByZero,
        FaultCode::NotFinite,
        FaultCode::TooLarge,
        FaultCode::OutOfFuel,
        FaultCode::TooLong,
        FaultCode::OutOfRange,
        FaultCode::TooManyRounds,
    ];
    /// The reason as it stands in actions.
    pub fn name(self) -> &'static str {
        match self {
            FaultCode::Overflow => "overflow",
            FaultCode::DivisionByZero => "division_by_zero",
            FaultCode::NotFinite => "not_finite",
            FaultCode::TooLarge => "too_large",
            FaultCode::OutOfFuel => "out_of_fuel",
            FaultCode::TooLong => "too_long",
            FaultCode::OutOfRange => "out_of_range",
            FaultCode::TooManyRounds => "too_many_rounds",
        }
    }
}

/// A fault with what it was about: the operands as words (0 where there is none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: FaultCode,
    pub site: SiteId,
    pub a: i64,
    pub b: i64,
}
