//! The steps of a journey, one after another, into its `run` function. Wherever `run` may be entered again, all
//! that was computed before is forgotten: it stands in the instance or it is read anew.

mod migrate;

use super::code::in_space;
use super::generate::{Generate, Val};
use super::journey::Making;
use super::list::PROFILE;
use crate::hir::{Expr, LocalId, MigrationTo, NodeId, Pat, Step, StepKind, StepRef};
use journey_program::host::HostOp;
use journey_program::ir::{BlockId, Cmp, Inst, IntOp, Reg, Repr, Space, Term};
use journey_program::plan::{FieldSlot, Outcome, SplitPlan, WaitKind};
use journey_program::types::{SiteId, StepId, Type, Value};
use std::collections::BTreeMap;

pub(super) struct Steps<'s, 't, 'p> {
    pub(super) g: &'s mut Generate<'t, 'p>,
    pub(super) making: &'s mut Making<'p>,
    /// blocks by resume point
    resumes: Vec<BlockId>,
    /// where migrations lead: the block before each step, whether it may be a wait
    led_to: BTreeMap<StepRef, Option<(BlockId, bool)>>,
    /// of the loops around: where its next cycle begins, and where it ends
    loops: Vec<(BlockId, BlockId)>,
    /// of the waits around, whose arm this is
    pub(super) waits: Vec<Waiting<'p>>,
}

/// A wait whose arm is being made: `restart` begins it again.
#[derive(Clone, Copy)]
pub(super) struct Waiting<'p> {
    pub(super) number: i64,
    pub(super) up_to: Option<&'p Expr>,
    pub(super) counter: Option<u32>,
    pub(super) node: NodeId,
}

impl Generate<'_, '_> {
    /// A counter of the instance.
    pub(super) fn int_at(&mut self, offset: u32) -> Reg {
        let slot = FieldSlot {
            offset,
            repr: Repr::Int,
            known: None,
            probes: Vec::new(),
        };
        self.load_slot(Space::Instance, 0, &slot).reg
    }

    pub(super) fn set_int_at(&mut self, offset: u32, src: Reg) {
        self.code.push(Inst::Store {
            place: in_space(Space::Instance, offset),
            repr: Repr::Int,
            src,
        });
        self.code.changed();
    }

    pub(super) fn set_bit(&mut self, (byte, bit): (u32, u8), src: Reg) {
        self.code.push(Inst::StoreBit {
            place: in_space(Space::Instance, byte),
            bit,
            src,
        });
        self.code.changed();
    }

    /// Writes a variable's slot.
    fn store(&mut self, slot: &FieldSlot, ty: &Type, value: Val, site: SiteId) {
        if let Some(bit) = slot.known {
            let known = self.known(value);
            self.set_bit(bit, known);
        }
        match value.known {
            Some(known) if !super::test::is_scalar(ty) => {
                self.when(known, |g| g.store_known(slot, ty, value.reg, site));
            }
            _ => self.store_known(slot, ty, value.reg, site),
        }
        self.code.changed();
    }

    fn store_known(&mut self, slot: &FieldSlot, ty: &Type, src: Reg, site: SiteId) {
        let offset = self.code.int(i64::from(slot.offset));
        match (slot.repr, ty.known()) {
            (Repr::Text, _) => {
                self.code.call(HostOp::StoreText, &[offset, src], site);
            }
            (Repr::List, Type::List(element)) => {
                let number = self.tables.element_type(element);
                let number = self.code.int(number);
                self.code
                    .call(HostOp::StoreList, &[offset, src, number], site);
            }
            (Repr::Ref, Type::Record(record)) => {
                let number = self.code.int(i64::from(record.0));
                self.code
                    .call(HostOp::StoreRecord, &[offset, src, number], site);
            }
            (repr, _) => self.code.push(Inst::Store {
                place: in_space(Space::Instance, slot.offset),
                repr,
                src,
            }),
        }
    }
}

impl<'s, 't, 'p> Steps<'s, 't, 'p> {
    /// Resume point 0 is where the instance starts.
    pub(super) fn begin(g: &'s mut Generate<'t, 'p>, making: &'s mut Making<'p>) -> Self {
        let arms = making.journey.migrations.iter().flat_map(|way| &way.arms);
        let led_to = arms.filter_map(|arm| match &arm.to {
            MigrationTo::Step(step, _) => Some((*step, None)),
            MigrationTo::End(_) => None,
        });
        let mut steps = Self {
            led_to: led_to.collect(),
            g,
            making,
            resumes: Vec::new(),
            loops: Vec::new(),
            waits: Vec::new(),
        };
        steps.resume();
        steps
    }

    /// A new resume point; what follows is written there.
    pub(super) fn resume(&mut self) -> u32 {
        let block = self.g.code.block();
        let number = u32::try_from(self.resumes.len()).unwrap_or(u32::MAX);
        self.resumes.push(block);
        self.fresh(block);
        number
    }

    /// A resume point at a block that is written elsewhere.
    pub(super) fn resume_at(&mut self, block: BlockId) -> u32 {
        let number = u32::try_from(self.resumes.len()).unwrap_or(u32::MAX);
        self.resumes.push(block);
        number
    }

    /// Goes on in a block that may be reached from anywhere.
    pub(super) fn fresh(&mut self, block: BlockId) {
        self.g.code.enter(block);
        self.g.code.forget();
    }

    /// The entry goes to the resume point asked for.
    pub(super) fn finish(self) {
        let code = &mut self.g.code;
        let none = code.block();
        code.enter(none);
        code.forget();
        let zero = code.int(0);
        code.end(Term::Return(vec![zero, zero, zero]));
        code.enter(BlockId(0));
        code.end(Term::Switch {
            value: Reg(0),
            targets: self.resumes,
            otherwise: none,
        });
    }

    pub(super) fn stop(&mut self, outcome: Outcome, index: i64, value: Reg) {
        let outcome = self.g.code.int(match outcome {
            Outcome::End => 0,
            Outcome::Wait => 1,
            Outcome::Send => 2,
            Outcome::Restart => 3,
            Outcome::Decide => 4,
        });
        let index = self.g.code.int(index);
        self.g.finish(vec![outcome, index, value]);
    }

    pub(super) fn end(&mut self, reason: Option<&str>) {
        let index = reason.map_or(0, |reason| self.making.reason(reason) + 1);
        let zero = self.g.code.int(0);
        self.stop(Outcome::End, index, zero);
    }

    pub(super) fn all(&mut self, steps: &'p [Step]) {
        for step in steps {
            self.step(step);
        }
    }

    /// Steps in a block of their own that then goes to `join`.
    pub(super) fn branch(&mut self, block: BlockId, join: BlockId, steps: &'p [Step]) {
        self.g.code.enter(block);
        self.g.code.push_scope();
        self.all(steps);
        self.g.code.pop_scope();
        self.g.code.jump(join);
    }

    fn step(&mut self, step: &'p Step) {
        self.mark(step);
        match &step.kind {
            StepKind::Wait { step: named, delay } => self.wait(*named, delay),
            StepKind::WaitUntil {
                step: named,
                until,
                past,
            } => self.wait_until(*named, until, past.as_deref()),
            StepKind::WaitFor { .. } => self.wait_for(step),
            StepKind::If { arms, otherwise } => self.if_else(arms, otherwise),
            StepKind::Match { value, arms } => self.match_steps(value, arms),
            StepKind::Split {
                step: named,
                name,
                salt,
                arms,
            } => {
                let number = self.making.parts.splits.len();
                self.making.parts.splits.push(SplitPlan {
                    step: StepId(named.0),
                    name: name.clone(),
                    salt: salt.clone(),
                    arms: arms.iter().map(|a| (a.name.clone(), a.share)).collect(),
                });
                let arms: Vec<&[Step]> = arms.iter().map(|a| a.steps.as_slice()).collect();
                self.split(number, &arms, step.node);
            }
            StepKind::Send(send) => self.send(send),
            StepKind::Decide { .. } => self.decide(step),
            StepKind::Let { local, value } | StepKind::SetLocal { local, value } => {
                self.set_local(*local, value, step.node);
            }
            StepKind::SetField { field, value } => self.set_field(*field, value, step.node),
            StepKind::Emit { event, fields, to } => {
                self.emit(*event, fields, to.as_ref(), step.node);
            }
            StepKind::Start { event, args } => self.start(*event, args, step.node),
            StepKind::Mute { purpose, delay } => self.mute(*purpose, delay.as_ref(), step.node),
            StepKind::Collect { .. } => self.collect(step),
            StepKind::Withdraw { send } => self.withdraw(*send, step.node),
            StepKind::Repeat {
                step: named,
                every,
                times,
                condition,
                steps,
            } => {
                let rhythm = Rhythm {
                    every: every.as_ref(),
                    times: times.as_ref(),
                    condition: condition.as_ref(),
                };
                self.repeat(*named, rhythm, steps, step.node);
            }
            StepKind::Leave => {
                if let Some((_, exit)) = self.loops.last() {
                    self.g.code.jump(*exit);
                }
            }
            StepKind::Again => {
                if let Some((next, _)) = self.loops.last() {
                    self.g.code.jump(*next);
                }
            }
            StepKind::Restart { .. } => self.restart(),
            StepKind::End { reason } => self.end(reason.as_deref()),
        }
    }

    // --- branches

    fn if_else(&mut self, arms: &'p [(Expr, Vec<Step>)], otherwise: &'p [Step]) {
        let join = self.g.code.block();
        let mut scopes = 0;
        for (cond, steps) in arms {
            let cond = self.g.bool(cond);
            let (yes, no) = (self.g.code.block(), self.g.code.block());
            self.g.code.branch(cond, yes, no);
            self.branch(yes, join, steps);
            self.g.code.enter(no);
            self.g.code.push_scope();
            scopes += 1;
        }
        self.all(otherwise);
        self.g.code.jump(join);
        for _ in 0..scopes {
            self.g.code.pop_scope();
        }
        self.g.code.enter(join);
    }

    fn match_steps(&mut self, value: &'p Expr, arms: &'p [(Vec<Pat>, Vec<Step>)]) {
        let subject = self.g.expr(value);
        let join = self.g.code.block();
        if let Some(targets) = self.enum_targets(value, arms) {
            let blocks: Vec<BlockId> = arms.iter().map(|_| self.g.code.block()).collect();
            let block = |place: usize| blocks.get(place).copied().unwrap_or(join);
            self.g.code.end(Term::Switch {
                value: subject.reg,
                targets: targets.into_iter().map(block).collect(),
                otherwise: join,
            });
            for ((_, steps), block) in arms.iter().zip(blocks) {
                self.branch(block, join, steps);
            }
            self.g.code.enter(join);
            return;
        }
        let mut scopes = 0;
        for (pats, steps) in arms {
            let fits = self.g.fits(subject, &value.ty, pats, value.node);
            let (yes, no) = (self.g.code.block(), self.g.code.block());
            self.g.code.branch(fits, yes, no);
            self.branch(yes, join, steps);
            self.g.code.enter(no);
            self.g.code.push_scope();
            scopes += 1;
        }
        self.g.code.jump(join);
        for _ in 0..scopes {
            self.g.code.pop_scope();
        }
        self.g.code.enter(join);
    }

    /// Of a match over an enum: the arm of each value.
    fn enum_targets(&self, value: &Expr, arms: &[(Vec<Pat>, Vec<Step>)]) -> Option<Vec<usize>> {
        let (Type::Enum(id) | Type::Offer(id)) = &value.ty else {
            return None;
        };
        let values = self.g.tables.hir.enums.get(id.index())?.values.len();
        let fits = |pat: &Pat, place: usize| match pat {
            Pat::Value(Value::Enum(_, at)) => usize::try_from(*at).is_ok_and(|at| at == place),
            Pat::Range(Value::Enum(_, low), Value::Enum(_, high)) => {
                u32::try_from(place).is_ok_and(|place| (*low..=*high).contains(&place))
            }
            Pat::Else => true,
            Pat::Value(_) | Pat::Range(..) | Pat::Unknown => false,
        };
        (0..values)
            .map(|place| {
                arms.iter()
                    .position(|(pats, _)| pats.iter().any(|pat| fits(pat, place)))
            })
            .collect()
    }

    fn split(&mut self, number: usize, arms: &[&'p [Step]], node: NodeId) {
        let site = self.g.site(node);
        let number = self.g.code.int(i64::try_from(number).unwrap_or(0));
        let arm = self.g.code.call(HostOp::Split, &[number], site);
        let join = self.g.code.block();
        let blocks: Vec<BlockId> = arms.iter().map(|_| self.g.code.block()).collect();
        self.g.code.end(Term::Switch {
            value: arm,
            targets: blocks.clone(),
            otherwise: join,
        });
        for (steps, block) in arms.iter().zip(blocks) {
            self.branch(block, join, steps);
        }
        self.g.code.enter(join);
    }

    // --- what is written

    fn set_local(&mut self, local: LocalId, value: &Expr, node: NodeId) {
        let number = usize::try_from(local.0).unwrap_or(usize::MAX);
        let Some(variable) = self.making.journey.locals.get(number) else {
            return;
        };
        let Some(slot) = self.making.instance.locals.get(&local).cloned() else {
            return;
        };
        let value = self.g.expr(value);
        let site = self.g.site(node);
        self.g.store(&slot, &variable.ty, value, site);
    }

    fn set_field(&mut self, field: u32, value: &Expr, node: NodeId) {
        let record = self.g.tables.hir.profile.record;
        let number = usize::try_from(field).unwrap_or(usize::MAX);
        let Some(ty) = self.g.field_types(record).get(number).cloned() else {
            return;
        };
        let value = self.g.expr(value);
        let site = self.g.site(node);
        self.g.assign(field, value, &ty, &PROFILE, site);
        self.g.code.changed();
    }

    // --- loops

    /// The counter says how many cycles have begun. A cycle begins if it is among `times` and the condition holds;
    /// before each but the first, `every` is waited.
    fn repeat(&mut self, named: StepRef, rhythm: Rhythm<'p>, steps: &'p [Step], node: NodeId) {
        let counter = self.making.counter();
        let zero = self.g.code.int(0);
        self.g.set_int_at(counter, zero);
        let (head, body) = (self.g.code.block(), self.g.code.block());
        let (next, exit) = (self.g.code.block(), self.g.code.block());
        let asked = self.g.code.block();
        self.g.code.jump(head);
        self.fresh(head);
        let site = self.g.site(node);
        self.g.code.push(Inst::Fuel { site });
        match rhythm.times {
            Some(times) => {
                let times = self.g.expr(times).reg;
                let count = self.g.int_at(counter);
                let more = self.g.compare(Cmp::Lt, &Type::Int, count, times, site);
                self.g.code.branch(more, next, exit);
            }
            None => self.g.code.jump(next),
        }
        self.fresh(next);
        if let Some(every) = rhythm.every {
            let count = self.g.int_at(counter);
            let first = self.g.compare_const(Cmp::Eq, count, 0);
            let wait = self.g.code.block();
            self.g.code.branch(first, asked, wait);
            self.g.code.enter(wait);
            self.wait(named, every);
        }
        self.g.code.jump(asked);
        self.fresh(asked);
        if let Some(condition) = rhythm.condition {
            let condition = self.g.bool(condition);
            self.g.code.branch(condition, body, exit);
        } else {
            self.g.code.jump(body);
        }
        self.fresh(body);
        let count = self.g.int_at(counter);
        let one = self.g.code.int(1);
        let count = self
            .g
            .code
            .pure(super::code::Pure::Arith(IntOp::Add, count, one), site);
        self.g.set_int_at(counter, count);
        self.loops.push((head, exit));
        self.all(steps);
        self.loops.pop();
        self.g.code.jump(head);
        self.fresh(exit);
    }
}

#[derive(Clone, Copy)]
struct Rhythm<'p> {
    every: Option<&'p Expr>,
    times: Option<&'p Expr>,
    condition: Option<&'p Expr>,
}

/// How long a wait's value says: exact, or civil.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all that is no span is exact"
)]
pub(super) fn kind_of(ty: &Type) -> WaitKind {
    match ty.known() {
        Type::Span => WaitKind::Span,
        _ => WaitKind::Duration,
    }
}
