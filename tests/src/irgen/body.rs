//! Blocks at random: branches, switches and loops inside of each other, and ways out of them.

use super::Writer;
use journey_program::ir::{BlockId, Cmp, FaultCode, Inst, IntOp, Reg, Term, Ty};

impl Writer {
    /// Statements until the budget is used up or the block is ended; true if its end is reached.
    pub(super) fn body(&mut self, depth: usize) -> bool {
        let statements = 1 + self.rng.below(6);
        for _ in 0..statements {
            if self.budget == 0 {
                break;
            }
            match self.rng.below(100) {
                0..12 if depth > 0 => self.branch(depth - 1),
                12..18 if depth > 0 => self.switch(depth - 1),
                18..24 if depth > 0 => self.counted_loop(depth - 1),
                24..27 if depth < 3 => {
                    self.way_out();
                    return false;
                }
                27..29 if depth < 3 => {
                    self.choice(depth);
                    return false;
                }
                _ => {
                    for _ in 0..1 + self.rng.below(6) {
                        self.instruction();
                    }
                }
            }
        }
        true
    }

    fn way_out(&mut self) {
        if self.rng.chance(70) {
            self.give_back();
        } else {
            let (code, site) = (self.rng.pick(&FaultCode::ALL), self.site());
            self.end(Term::Fault { code, site });
        }
    }

    /// Branches that only choose what is returned: native code makes one block of them.
    fn choice(&mut self, depth: usize) {
        let cond = self.src(Ty::Bool);
        let arms = [self.block(), self.block()];
        let [then, otherwise] = arms.map(Self::id);
        self.end(Term::Branch {
            cond,
            then,
            otherwise,
        });
        let before = self.written.clone();
        for arm in arms {
            self.at = arm;
            self.written = before.clone();
            self.written.resize(self.regs.len(), false);
            for _ in 0..self.rng.below(4) {
                self.plain_instruction();
            }
            if depth > 0 && self.rng.chance(50) {
                self.choice(depth - 1);
            } else {
                self.give_back();
            }
        }
    }

    /// Writes each of these blocks from the same state, and joins those that reach their end in a new one.
    fn arms(&mut self, arms: &[usize], depth: usize) {
        let join = self.block();
        let before = self.written.clone();
        let mut after: Option<Vec<bool>> = None;
        for (number, arm) in arms.iter().enumerate() {
            self.at = *arm;
            self.written = before.clone();
            self.written.resize(self.regs.len(), false);
            // The last arm reaches the join if no other does: something always goes on.
            let must = number + 1 == arms.len() && after.is_none();
            let reaches = if must {
                self.straight()
            } else {
                self.body(depth)
            };
            if reaches {
                self.end(Term::Jump(Self::id(join)));
                let written = self.written.clone();
                after = Some(match after {
                    None => written,
                    // What came up later was not written on the earlier ways.
                    Some(earlier) => earlier.iter().zip(written).map(|(a, b)| *a && b).collect(),
                });
            }
        }
        self.written = after.unwrap_or(before);
        self.written.resize(self.regs.len(), false);
        self.at = join;
    }

    fn straight(&mut self) -> bool {
        for _ in 0..self.rng.below(4) {
            self.instruction();
        }
        true
    }

    fn branch(&mut self, depth: usize) {
        let cond = self.src(Ty::Bool);
        let (then, otherwise) = (self.block(), self.block());
        self.end(Term::Branch {
            cond,
            then: Self::id(then),
            otherwise: Self::id(otherwise),
        });
        self.arms(&[then, otherwise], depth);
    }

    fn switch(&mut self, depth: usize) {
        let value = if self.rng.chance(60) {
            self.small_int()
        } else {
            self.src(Ty::Int)
        };
        let arms: Vec<usize> = (0..1 + self.rng.below(4)).map(|_| self.block()).collect();
        let ids: Vec<BlockId> = arms.iter().map(|arm| Self::id(*arm)).collect();
        // Every arm is reached: the last otherwise, the others as cases, some of them twice.
        let mut targets = ids.clone();
        let otherwise = targets.pop().expect("an arm");
        for _ in 0..self.rng.below(4) {
            let again = self.rng.pick(&ids);
            targets.insert(self.rng.below(targets.len() + 1), again);
        }
        self.end(Term::Switch {
            value,
            targets,
            otherwise,
        });
        self.arms(&arms, depth);
    }

    /// A value that is often a case: some int, modulo a little more than there are.
    fn small_int(&mut self) -> Reg {
        let a = self.src(Ty::Int);
        let b = self.fresh(Ty::Int);
        self.push(Inst::ConstInt { dst: b, value: 6 }, Some(b));
        let dst = self.fresh(Ty::Int);
        let site = self.site();
        self.push(
            Inst::Int {
                dst,
                op: IntOp::Mod,
                a,
                b,
                site,
            },
            Some(dst),
        );
        dst
    }

    /// A loop of a few rounds, or (seldom) one that only fuel ends.
    fn counted_loop(&mut self, depth: usize) {
        let endless = self.rng.below(400) == 0;
        let counter = self.fresh(Ty::Int);
        let one = self.fresh(Ty::Int);
        self.kept[counter.0 as usize] = true;
        self.kept[one.0 as usize] = true;
        self.push(
            Inst::ConstInt {
                dst: counter,
                value: 0,
            },
            Some(counter),
        );
        self.push(Inst::ConstInt { dst: one, value: 1 }, Some(one));
        let (head, inside, out) = (self.block(), self.block(), self.block());
        self.end(Term::Jump(Self::id(head)));
        self.at = head;
        let site = self.site();
        self.push(Inst::Fuel { site }, None);
        let value = i64::try_from(self.rng.below(5)).expect("small");
        let value = if endless { i64::MAX } else { value };
        let more = self.fresh(Ty::Bool);
        self.push(
            Inst::IntCmpConst {
                dst: more,
                op: Cmp::Lt,
                a: counter,
                value,
            },
            Some(more),
        );
        self.end(Term::Branch {
            cond: more,
            then: Self::id(inside),
            otherwise: Self::id(out),
        });
        let before = self.written.clone();
        self.at = inside;
        if endless || self.body(depth) {
            let site = self.site();
            let add = Inst::Int {
                dst: counter,
                op: IntOp::Add,
                a: counter,
                b: one,
                site,
            };
            self.push(add, Some(counter));
            if endless {
                self.keep_count(counter);
            }
            self.end(Term::Jump(Self::id(head)));
        }
        self.written = before;
        self.written.resize(self.regs.len(), false);
        self.at = out;
    }

    /// So that one can see how often an endless loop ran.
    fn keep_count(&mut self, counter: Reg) {
        use journey_program::ir::{Place, Repr, Space};
        let place = Place::At {
            space: Space::Instance,
            offset: 24,
        };
        self.push(
            Inst::Store {
                place,
                repr: Repr::Int,
                src: counter,
            },
            None,
        );
    }
}
