//! A forest as the table of `WordOp::Trees`. What is missing becomes a number that is below every threshold, or below
//! none, as the split sends it: so an input of the table is a feature with a way of missing.

use super::{Val, below, most_sum};
use crate::forest::{Forest, Missing, NEARLY_ZERO, Node, Split, Tree};
use crate::lower::code::Pure;
use crate::lower::generate::Generate;
use journey_program::ir::words::{NODE, TREE_DEPTH_MAX, TREE_INPUTS_MAX, Trees, link};
use journey_program::ir::{Cmp, Reg};
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// A feature, what counts as missing, and whether what is missing is below.
type Input = (usize, u8, bool);

/// The forest's table, its inputs computed; None: it is too deep or too wide for one, or its sums may be too much.
pub(super) fn walk(g: &mut Generate<'_, '_>, forest: &Forest, values: &[Val]) -> Option<Trees> {
    most_sum(forest)?;
    let mut table = Table {
        forest,
        values,
        inputs: BTreeMap::new(),
        order: Vec::new(),
        words: Vec::new(),
        depth: 0,
    };
    let mut roots = Vec::with_capacity(forest.trees.len());
    for tree in &forest.trees {
        roots.push(u64::try_from(table.words.len()).ok()?);
        table.tree(tree)?;
    }
    if table.depth > TREE_DEPTH_MAX || table.order.len() > TREE_INPUTS_MAX {
        return None;
    }
    let (order, mut words, depth) = (table.order, table.words, table.depth);
    let inputs = order.into_iter().map(|input| g.input(values, input));
    let mut inputs = inputs.collect::<Option<Vec<Reg>>>()?;
    if inputs.is_empty() {
        // every tree is one leaf, and a leaf's node names an input as any other
        inputs.push(g.number(0.0));
    }
    let count = roots.len();
    words.extend(roots);
    Some(Trees {
        inputs,
        words,
        count,
        depth,
        base: forest.base.to_bits(),
        single: forest.single,
    })
}

struct Table<'f> {
    forest: &'f Forest,
    values: &'f [Val],
    inputs: BTreeMap<Input, u16>,
    order: Vec<Input>,
    words: Vec<u64>,
    depth: usize,
}

impl Table<'_> {
    /// Level by level, so that the children of a node stand side by side.
    fn tree(&mut self, tree: &Tree) -> Option<()> {
        let mut open = VecDeque::from([(0_usize, self.room()?, 0_usize)]);
        while let Some((node, at, level)) = open.pop_front() {
            self.depth = self.depth.max(level);
            let (threshold, link) = match tree.nodes.get(node)? {
                Node::Leaf(value) => (*value, link(u32::try_from(at).ok()?, 0, 0)),
                Node::Split(split) => {
                    let (left, right) = (self.room()?, self.room()?);
                    open.extend([
                        (split.left, left, level + 1),
                        (split.right, right, level + 1),
                    ]);
                    let input = self.input(split)?;
                    let stride = u8::try_from(NODE).ok()?;
                    let link = link(u32::try_from(left).ok()?, input, stride);
                    (self.threshold(split)?, link)
                }
            };
            *self.words.get_mut(at)? = threshold.to_bits();
            *self.words.get_mut(at + 1)? = link;
        }
        Some(())
    }

    fn room(&mut self) -> Option<usize> {
        let at = self.words.len();
        self.words.extend([0, 0]);
        u32::try_from(at).ok().map(|_| at)
    }

    /// What is below goes left; neither end of all numbers is a threshold, since they stand for what is missing.
    fn threshold(&self, split: &Split) -> Option<f64> {
        let threshold = if self.forest.single {
            below(split.threshold)
        } else {
            split.threshold
        };
        let threshold = if split.closed {
            threshold.next_up()
        } else {
            threshold
        };
        (threshold > f64::MIN && threshold <= f64::MAX).then_some(threshold)
    }

    fn input(&mut self, split: &Split) -> Option<u16> {
        let optional = self.values.get(split.feature)?.known.is_some();
        let (missing, matters) = match split.missing {
            Missing::Never => (0, false),
            Missing::Unknown => (1, optional),
            Missing::Zero => (2, true),
        };
        let input = (split.feature, missing, matters && split.default_left);
        if let Some(place) = self.inputs.get(&input) {
            return Some(*place);
        }
        let place = u16::try_from(self.order.len()).ok()?;
        self.order.push(input);
        self.inputs.insert(input, place);
        Some(place)
    }
}

impl Generate<'_, '_> {
    fn input(&mut self, values: &[Val], (feature, missing, left): Input) -> Option<Reg> {
        let value = values.get(feature).copied()?;
        let extreme = self.number(if left { f64::MIN } else { f64::MAX });
        let zero = self.number(0.0);
        Some(match (missing, value.known) {
            (0, Some(known)) => self.select(known, value.reg, zero),
            (1, Some(known)) => self.select(known, value.reg, extreme),
            (2, known) => {
                let (low, high) = (self.number(-NEARLY_ZERO), self.number(NEARLY_ZERO));
                let above = self.code.calc(Pure::NumCmp(Cmp::Ge, value.reg, low));
                let under = self.code.calc(Pure::NumCmp(Cmp::Le, value.reg, high));
                let nothing = self.and(above, under);
                let there = self.select(nothing, extreme, value.reg);
                match known {
                    Some(known) => self.select(known, there, extreme),
                    None => there,
                }
            }
            (_, _) => value.reg,
        })
    }
}
