//! Trees as a loop over their table: which way a node leads is arithmetic on its link, no branch that the processor
//! would have to guess, so that many trees are under way at once.

use super::bugs::Bug;
use super::function::{Translator, memory};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::Ieee64;
use cranelift_codegen::ir::{BlockArg, InstBuilder, StackSlotData, StackSlotKind, Value, types};
use journey_program::ir::words::Trees;

/// Of a node's eight bytes of link: where its parts lie (`words::link`).
const CHILD: i32 = 8;
const INPUT: i32 = 12;
const STRIDE: i32 = 14;

impl Translator<'_> {
    pub(super) fn trees(&mut self, trees: &Trees) -> Result<Value, String> {
        let (nodes, roots) = trees.parts();
        let first = self.table_of(&trees.words)?;
        let inputs = self.inputs(trees)?;
        let base = self.tables();
        let nodes_at = self.at(base, first);
        let after = i32::try_from(8 * nodes.len()).map_err(|_| "too many nodes")?;
        let roots_at = self.at(nodes_at, after);
        let ty = if trees.single { types::F32 } else { types::F64 };
        let sum = self.b.ins().f64const(Ieee64::with_bits(trees.base));
        let sum = self.rounded(sum, trees);
        let (head, body, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        let zero = self.int(0);
        let begin = [BlockArg::Value(zero), BlockArg::Value(sum)];
        self.b.ins().jump(head, &begin);
        self.b.switch_to_block(head);
        let number = self.b.append_block_param(head, types::I64);
        let sum = self.b.append_block_param(head, ty);
        let count = i64::try_from(roots.len()).map_err(|_| "too many trees")?;
        let count = if self.planted(Bug::TreesOneLess) {
            count - 1
        } else {
            count
        };
        let more = self.compare(IntCC::SignedLessThan, number, count);
        self.b.ins().brif(more, body, &[], done, &[]);
        self.b.switch_to_block(body);
        let root = self.word_at(roots_at, number);
        let mut at = self.b.ins().load(types::I64, memory(), root, 0);
        for _ in 0..trees.depth {
            at = self.step(nodes_at, inputs, at);
        }
        let leaf = self.word_at(nodes_at, at);
        let leaf = self.b.ins().load(types::F64, memory(), leaf, 0);
        let leaf = self.rounded(leaf, trees);
        let sum_next = self.b.ins().fadd(sum, leaf);
        let one = self.int(1);
        let next = self.b.ins().iadd(number, one);
        let again = [BlockArg::Value(next), BlockArg::Value(sum_next)];
        self.b.ins().jump(head, &again);
        self.b.switch_to_block(done);
        Ok(if trees.single {
            self.b.ins().fpromote(types::F64, sum)
        } else {
            sum
        })
    }

    /// Sums of single precision stay in it: of two singles the double sum, rounded, is their single sum.
    fn rounded(&mut self, number: Value, trees: &Trees) -> Value {
        if trees.single {
            self.b.ins().fdemote(types::F32, number)
        } else {
            number
        }
    }

    /// The inputs side by side on the stack.
    fn inputs(&mut self, trees: &Trees) -> Result<Value, String> {
        let size = u32::try_from(8 * trees.inputs.len()).map_err(|_| "too many inputs")?;
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size.max(8), 3);
        let slot = self.b.create_sized_stack_slot(data);
        for (input, at) in trees.inputs.iter().zip((0..).step_by(8)) {
            let value = self.get(*input)?;
            self.b.ins().stack_store(types::I64, value, slot, at);
        }
        Ok(self.b.ins().stack_addr(types::I64, slot, 0))
    }

    /// The node that a node leads to: first words, both.
    fn step(&mut self, nodes: Value, inputs: Value, at: Value) -> Value {
        let node = self.word_at(nodes, at);
        let threshold = self.b.ins().load(types::F64, memory(), node, 0);
        let child = self.b.ins().uload32(memory(), node, CHILD);
        let input = self.b.ins().uload16(types::I64, memory(), node, INPUT);
        let stride = self.b.ins().uload8(types::I64, memory(), node, STRIDE);
        let input = self.word_at(inputs, input);
        let input = self.b.ins().load(types::F64, memory(), input, 0);
        let how = if self.planted(Bug::TreesStrict) {
            FloatCC::LessThan
        } else {
            FloatCC::LessThanOrEqual
        };
        // Not below: the other child.
        let other = self.b.ins().fcmp(how, threshold, input);
        let other = self.b.ins().uextend(types::I64, other);
        let other = self.b.ins().ineg(other);
        let further = self.b.ins().band(other, stride);
        self.b.ins().iadd(child, further)
    }

    fn word_at(&mut self, base: Value, word: Value) -> Value {
        let three = self.int(3);
        let offset = self.b.ins().ishl(word, three);
        self.b.ins().iadd(base, offset)
    }

    fn at(&mut self, base: Value, offset: i32) -> Value {
        let offset = self.int(i64::from(offset));
        self.b.ins().iadd(base, offset)
    }
}
