//! Operations over words of bits: how decision code answers many questions at once. Bit `i` of a word is the
//! answer to question `i`; a table gives, for a field's value, the word of all questions that it leaves open.

use super::{NumOp, Reg, Space};
use serde::{Deserialize, Serialize};

/// Bits of a word.
pub const WORD_BITS: usize = 64;
/// Words of a table.
pub const TABLE_MAX: usize = 1_024;
/// Bounds that a number is held against at once.
pub const BOUNDS_MAX: usize = 8;
/// Bytes that are held against bounds at once.
pub const BYTES: usize = 16;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WordOp {
    /// the bools as bits, the first the lowest; the others are 0
    Pack(Vec<Reg>),
    /// the word at the value's place modulo the table's length, a power of two
    Look { a: Reg, table: Vec<u64> },
    /// the value, or the bound that it is beyond
    Clamp { a: Reg, low: i64, high: i64 },
    /// bit `i`: the bound `i` is at most the number
    Above { a: Reg, bounds: Vec<u64> },
    /// bit `i`: the byte `i` from there, without a sign, is at most `most[i]`
    AtMost {
        space: Space,
        offset: u32,
        most: [u8; BYTES],
    },
    /// bit by bit
    Bits { op: BitOp, a: Reg, b: Reg },
    /// arithmetic whose result is known to be finite: nothing is checked
    Float { op: NumOp, a: Reg, b: Reg },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BitOp {
    And,
    Or,
    Xor,
    /// by the second modulo 64
    Left,
    Right,
}

impl BitOp {
    pub const ALL: [BitOp; 5] = [BitOp::And, BitOp::Or, BitOp::Xor, BitOp::Left, BitOp::Right];
}

impl WordOp {
    /// Shows the registers that it reads, in order.
    pub fn each_read(&self, see: &mut dyn FnMut(Reg)) {
        match self {
            WordOp::Pack(bits) => bits.iter().for_each(|reg| see(*reg)),
            WordOp::Look { a, .. } | WordOp::Clamp { a, .. } | WordOp::Above { a, .. } => see(*a),
            WordOp::AtMost { .. } => {}
            WordOp::Bits { a, b, .. } | WordOp::Float { a, b, .. } => {
                see(*a);
                see(*b);
            }
        }
    }

    /// The same, to give them other names.
    pub fn each_read_mut(&mut self, see: &mut dyn FnMut(&mut Reg)) {
        match self {
            WordOp::Pack(bits) => bits.iter_mut().for_each(see),
            WordOp::Look { a, .. } | WordOp::Clamp { a, .. } | WordOp::Above { a, .. } => see(a),
            WordOp::AtMost { .. } => {}
            WordOp::Bits { a, b, .. } | WordOp::Float { a, b, .. } => {
                see(a);
                see(b);
            }
        }
    }

    /// Words of its table: machine code keeps them beside itself.
    pub fn table(&self) -> &[u64] {
        match self {
            WordOp::Look { table, .. } => table,
            WordOp::Pack(_)
            | WordOp::Clamp { .. }
            | WordOp::Above { .. }
            | WordOp::AtMost { .. }
            | WordOp::Bits { .. }
            | WordOp::Float { .. } => &[],
        }
    }
}
