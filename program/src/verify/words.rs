//! Operations over words of bits: tables, bounds and bytes are of the sizes that machine code relies on.

use super::function::Checker;
use crate::ir::words::{
    BOUNDS_MAX, BYTES, NODE, TABLE_MAX, TREE_DEPTH_MAX, TREE_INPUTS_MAX, Trees, WORD_BITS, WordOp,
    linked,
};
use crate::ir::{Place, Reg, Ty};

impl Checker<'_> {
    pub(super) fn word(&mut self, dst: Reg, op: &WordOp) {
        let result = match op {
            WordOp::Float { .. } | WordOp::Trees(_) => Ty::Num,
            WordOp::Pack(_)
            | WordOp::Look { .. }
            | WordOp::Clamp { .. }
            | WordOp::Above { .. }
            | WordOp::AtMost { .. }
            | WordOp::Bits { .. } => Ty::Int,
        };
        self.is(dst, result);
        match op {
            WordOp::Pack(bits) => {
                self.all(bits, Ty::Bool);
                if bits.len() > WORD_BITS {
                    self.wrong(format!("{} bits are more than a word", bits.len()));
                }
            }
            WordOp::Look { a, table } => {
                self.is(*a, Ty::Int);
                if !table.len().is_power_of_two() || table.len() > TABLE_MAX {
                    self.wrong(format!("a table of {} words", table.len()));
                }
            }
            WordOp::Clamp { a, low, high } => {
                self.is(*a, Ty::Int);
                if low > high {
                    self.wrong("its bounds are the wrong way round");
                }
            }
            WordOp::Above { a, bounds } => {
                self.is(*a, Ty::Num);
                if bounds.is_empty() || bounds.len() > BOUNDS_MAX {
                    self.wrong(format!("{} bounds", bounds.len()));
                }
                if bounds.iter().any(|bound| f64::from_bits(*bound).is_nan()) {
                    self.wrong("a bound is no number");
                }
            }
            WordOp::AtMost { space, offset, .. } => {
                let place = Place::At {
                    space: *space,
                    offset: *offset,
                };
                self.place(place, u64::try_from(BYTES).unwrap_or(0));
            }
            WordOp::Trees(trees) => {
                self.all(&trees.inputs, Ty::Num);
                self.trees(trees);
            }
            WordOp::Bits { a, b, .. } => self.all(&[*a, *b], Ty::Int),
            WordOp::Float { a, b, .. } => self.all(&[*a, *b], Ty::Num),
        }
    }

    /// Every link and every root is the beginning of a node; machine code follows them as they are.
    fn trees(&mut self, trees: &Trees) {
        let (nodes, roots) = trees.parts();
        let end = u64::try_from(nodes.len()).unwrap_or(0);
        let is_node = |at: u64| at.is_multiple_of(NODE) && at + NODE <= end;
        let inputs = u64::try_from(trees.inputs.len()).unwrap_or(0);
        let (pairs, odd) = nodes.as_chunks::<2>();
        // A leaf of a sum of singles is one.
        let fits = |value: f64| !trees.single || crate::arith::single(value) == value;
        let sound = pairs.iter().all(|[threshold, link]| {
            let (child, input, stride) = linked(*link);
            let threshold = f64::from_bits(*threshold);
            !threshold.is_nan()
                && (stride > 0 || fits(threshold))
                && is_node(child)
                && is_node(child + stride)
                && input < inputs
        });
        let sound = sound
            && odd.is_empty()
            && trees.count == roots.len()
            && roots.iter().all(|root| is_node(*root))
            && trees.depth <= TREE_DEPTH_MAX
            && trees.inputs.len() <= TREE_INPUTS_MAX
            && f64::from_bits(trees.base).is_finite()
            && fits(f64::from_bits(trees.base));
        if !sound {
            self.wrong("its trees are not sound");
        }
    }
}
