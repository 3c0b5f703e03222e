//! Forests as code: a table that is walked or, for trees too deep for one, nested branches; the leaves add up in
//! the library's own width. One function a model; whoever reads the model asks the host to run it.

mod table;

use super::code::Pure;
use super::generate::{Context, Generate, Val};
use crate::forest::{Forest, Missing, NEARLY_ZERO, Node, Split, Transform, Tree};
use crate::hir::{Expr, NodeId};
use journey_program::host::HostOp;
use journey_program::ir::words::WordOp;
use journey_program::ir::{BlockId, Cmp, Inst, NumOp, Reg, Ty};
use journey_program::types::{FunctionId, SiteId};

/// How leaves add up.
#[derive(Clone, Copy)]
struct Adds {
    sum: Reg,
    single: bool,
    /// all together stay finite
    surely: bool,
    site: SiteId,
}

impl Generate<'_, '_> {
    /// A model's value.
    pub(super) fn trees(&mut self, number: u32, inputs: &[Expr], node: NodeId) -> Val {
        let function = match self.tables.models.get(&number) {
            Some(function) => *function,
            None => {
                let function = self.model(number, inputs, node);
                self.tables.models.insert(number, function);
                function
            }
        };
        let function = self.code.int(i64::from(function.0));
        let site = self.site(node);
        let value = self.code.host(HostOp::Model, &[function], site);
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(most) = self.tables.hir.forests.get(index).and_then(most) {
            self.code.bounded(value, most);
        }
        Val::sure(value)
    }

    /// () → Num
    fn model(&mut self, number: u32, inputs: &[Expr], node: NodeId) -> FunctionId {
        let hir = self.tables.hir;
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let forest = hir.forests.get(index);
        let context = Context::of(self.env.decl);
        let name = format!("model.{number}");
        self.tables.function(name, &[], &[Ty::Num], &context, |g| {
            let site = g.site(node);
            let values: Vec<Val> = inputs.iter().map(|input| g.expr(input)).collect();
            if let Some(walk) = forest.and_then(|forest| table::walk(g, forest, &values)) {
                let sum = g.code.word(WordOp::Trees(Box::new(walk)), Ty::Num);
                let result = g.transformed(forest, sum, site);
                g.finish(vec![result]);
                return;
            }
            let sum = g.code.reg(Ty::Num);
            let base = g.number(forest.map_or(0.0, |forest| forest.base));
            g.code.copy(sum, base);
            if let Some(forest) = forest {
                let adds = Adds {
                    sum,
                    single: forest.single,
                    surely: most_sum(forest).is_some(),
                    site,
                };
                for tree in &forest.trees {
                    g.tree(forest, tree, &values, adds);
                }
            }
            let result = g.transformed(forest, sum, site);
            g.finish(vec![result]);
        })
    }

    fn number(&mut self, value: f64) -> Reg {
        self.code.calc(Pure::Num(value.to_bits()))
    }

    fn transformed(&mut self, forest: Option<&Forest>, sum: Reg, site: SiteId) -> Reg {
        // The sum is written more than once: read it as it is at the end.
        let last = self.code.reg(Ty::Num);
        self.code.copy(last, sum);
        match forest.map(|forest| (forest.transform, forest.single)) {
            Some((Transform::Logistic(_), true)) => {
                self.code.call(HostOp::NumLogisticSingle, &[last], site)
            }
            Some((Transform::Logistic(scale), false)) => {
                let scaled = if scale == 1.0 {
                    last
                } else {
                    let scale = self.number(scale);
                    self.code.pure(Pure::Float(NumOp::Mul, scale, last), site)
                };
                self.code.call(HostOp::NumLogistic, &[scaled], site)
            }
            Some((Transform::None, _)) | None => last,
        }
    }

    /// Adds the leaf that the tree leads to.
    fn tree(&mut self, forest: &Forest, tree: &Tree, values: &[Val], adds: Adds) {
        let blocks: Vec<BlockId> = tree.nodes.iter().map(|_| self.code.block()).collect();
        let join = self.code.block();
        let block = |place: usize| blocks.get(place).copied().unwrap_or(join);
        self.code.jump(block(0));
        for (place, node) in tree.nodes.iter().enumerate() {
            self.code.enter(block(place));
            self.code.push_scope();
            match node {
                Node::Leaf(value) => {
                    let leaf = self.number(*value);
                    self.add_leaf(adds, leaf);
                    self.code.jump(join);
                }
                Node::Split(split) => {
                    let left = self.goes_left(forest, split, values);
                    self.code
                        .branch(left, block(split.left), block(split.right));
                }
            }
            self.code.pop_scope();
        }
        self.code.enter(join);
    }

    /// Nothing is checked where all leaves together can't be too much.
    fn add_leaf(&mut self, adds: Adds, leaf: Reg) {
        let (dst, a, b, site) = (adds.sum, adds.sum, leaf, adds.site);
        let op = if adds.single {
            NumOp::AddSingle
        } else {
            NumOp::Add
        };
        self.code.push(if adds.surely {
            let op = WordOp::Float { op, a, b };
            Inst::Word { dst, op }
        } else {
            Inst::Num {
                dst,
                op,
                a,
                b,
                site,
            }
        });
    }

    fn goes_left(&mut self, forest: &Forest, split: &Split, values: &[Val]) -> Reg {
        let zero = self.number(0.0);
        let Some(value) = values.get(split.feature).copied() else {
            return self.code.bool(split.default_left);
        };
        let x = match (split.missing, value.known) {
            (Missing::Never, Some(known)) => self.select(known, value.reg, zero),
            _ => value.reg,
        };
        let threshold = if forest.single {
            below(split.threshold)
        } else {
            split.threshold
        };
        let bound = self.number(threshold);
        let compare = if split.closed { Cmp::Le } else { Cmp::Lt };
        let left = self.code.calc(Pure::NumCmp(compare, x, bound));
        let default = self.code.bool(split.default_left);
        match split.missing {
            Missing::Never => left,
            Missing::Unknown => match value.known {
                Some(known) => self.select(known, left, default),
                None => left,
            },
            Missing::Zero => {
                let (low, high) = (self.number(-NEARLY_ZERO), self.number(NEARLY_ZERO));
                let above = self.code.calc(Pure::NumCmp(Cmp::Ge, x, low));
                let under = self.code.calc(Pure::NumCmp(Cmp::Le, x, high));
                let nothing = self.and(above, under);
                let left = self.select(nothing, default, left);
                match value.known {
                    Some(known) => self.select(known, left, default),
                    None => left,
                }
            }
        }
    }
}

/// The greatest magnitude of a model's value, if that is known.
fn most(forest: &Forest) -> Option<f64> {
    match forest.transform {
        Transform::Logistic(_) => Some(1.0),
        Transform::None => most_sum(forest),
    }
}

/// The greatest magnitude that the leaves' sum has on its way: twice their own, for what rounding adds.
fn most_sum(forest: &Forest) -> Option<f64> {
    let most_leaf = |tree: &Tree| {
        let leaves = tree.nodes.iter().map(|node| match node {
            Node::Leaf(value) => value.abs(),
            Node::Split(_) => 0.0,
        });
        leaves.fold(0.0, f64::max)
    };
    let leaves: f64 = forest.trees.iter().map(most_leaf).sum();
    let most = 2.0 * (leaves + forest.base.abs());
    let limit = if forest.single {
        f64::from(f32::MAX)
    } else {
        f64::MAX
    };
    (most < limit).then_some(most)
}

/// The double such that a number is below it exactly if, rounded to single precision, it is below the threshold:
/// half-way to the single number before, or just above that where the half rounds down.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the threshold is of single precision"
)]
fn below(threshold: f64) -> f64 {
    let single = threshold as f32;
    let before = single.next_down();
    if !before.is_finite() {
        return threshold;
    }
    let half = f64::midpoint(f64::from(before), f64::from(single));
    if half as f32 >= single {
        half
    } else {
        half.next_up()
    }
}
