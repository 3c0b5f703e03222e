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
    /// trees, walked from their roots: the sum of the leaves that they lead to, whose sums are known to be finite
    Trees(Box<Trees>),
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

/// Trees as a table. A node is two words: the threshold and a link (`link`). Where the input is below the
/// threshold, its first child is next, else the one `stride` words further. A leaf's link leads to itself
/// and its threshold is its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trees {
    pub inputs: Vec<Reg>,
    /// the nodes, then the first word of each tree's root
    pub words: Vec<u64>,
    /// how many trees
    pub count: usize,
    /// steps that lead to a leaf from every root
    pub depth: usize,
    /// the bits of what the sum begins with
    pub base: u64,
    /// sums are of single precision
    pub single: bool,
}

/// Steps of a walk, and its inputs.
pub const TREE_DEPTH_MAX: usize = 16;
pub const TREE_INPUTS_MAX: usize = 1 << 15;
/// Words of a node.
pub const NODE: u64 = 2;

/// The second word of a node: the first child's first word, the input, and how far the other child is.
pub fn link(child: u32, input: u16, stride: u8) -> u64 {
    u64::from(child) | u64::from(input) << 32 | u64::from(stride) << 48
}

/// What a link says.
pub fn linked(link: u64) -> (u64, u64, u64) {
    (link & 0xffff_ffff, link >> 32 & 0xffff, link >> 48 & 0xff)
}

impl Trees {
    /// The nodes, and the roots.
    pub fn parts(&self) -> (&[u64], &[u64]) {
        let nodes = self.words.len().saturating_sub(self.count);
        self.words.split_at(nodes)
    }
}

impl BitOp {
    pub const ALL: [BitOp; 5] = [BitOp::And, BitOp::Or, BitOp::Xor, BitOp::Left, BitOp::Right];
}

impl WordOp {
    /// Shows the registers that it reads, in order.
    pub fn each_read(&self, see: &mut dyn FnMut(Reg)) {
        match self {
            WordOp::Pack(bits) => bits.iter().for_each(|reg| see(*reg)),
            WordOp::Trees(trees) => trees.inputs.iter().for_each(|reg| see(*reg)),
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
            WordOp::Trees(trees) => trees.inputs.iter_mut().for_each(see),
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
            WordOp::Trees(trees) => &trees.words,
            WordOp::Pack(_)
            | WordOp::Clamp { .. }
            | WordOp::Above { .. }
            | WordOp::AtMost { .. }
            | WordOp::Bits { .. }
            | WordOp::Float { .. } => &[],
        }
    }
}
