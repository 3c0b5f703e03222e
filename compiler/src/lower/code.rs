//! One function of the IR in the making. Pure operations come in, registers come out: what has been computed
//! on every way to here is not computed again. Constants fold, negations turn comparisons round.

use super::tidy;
use journey_program::host::HostOp;
use journey_program::ir::words::WordOp;
use journey_program::ir::{
    Block, BlockId, Cmp, Function, Inst, IntOp, NumOp, Place, Reg, Repr, Space, Term, Ty,
};
use journey_program::types::{SiteId, TextId};
use std::collections::HashMap;

/// An operation without effect: equal ones give equal values as long as memory stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pure {
    Bool(bool),
    Int(i64),
    Num(u64),
    Text(TextId),
    Load(Place, Repr),
    Bit(Place, u8),
    Symbol(Place),
    Clock,
    Arith(IntOp, Reg, Reg),
    Float(NumOp, Reg, Reg),
    Widen(Reg),
    IntCmp(Cmp, Reg, Reg),
    IntCmpConst(Cmp, Reg, i64),
    NumCmp(Cmp, Reg, Reg),
    InMask(Reg, u64),
    And(Reg, Reg),
    Or(Reg, Reg),
    Not(Reg),
    Select(Reg, Reg, Reg),
    /// arithmetic whose result is surely finite
    Finite(NumOp, Reg, Reg),
    /// a host operation that only computes
    Host(HostOp, [Option<Reg>; 3]),
}

impl Pure {
    /// Whether its value hangs on the profile's or instance's bytes, which steps change.
    fn reads_memory(self) -> bool {
        matches!(
            self,
            Pure::Load(..) | Pure::Bit(..) | Pure::Symbol(_) | Pure::Host(..)
        )
    }
}

#[derive(Debug)]
pub(super) struct Code {
    name: String,
    params: Vec<Ty>,
    results: Vec<Ty>,
    regs: Vec<Ty>,
    blocks: Vec<(Vec<Inst>, Option<Term>)>,
    current: usize,
    /// what is computed already, by the nesting of branches; the number is the memory's age for what reads it
    scopes: Vec<HashMap<(Pure, u32), Reg>>,
    age: u32,
    /// what a register holds, of those written once
    origins: HashMap<Reg, Pure>,
    /// the greatest magnitude that a number in a register has
    bounds: HashMap<Reg, f64>,
}

pub(super) fn flip(op: Cmp) -> Cmp {
    match op {
        Cmp::Eq => Cmp::Eq,
        Cmp::Ne => Cmp::Ne,
        Cmp::Lt => Cmp::Gt,
        Cmp::Le => Cmp::Ge,
        Cmp::Gt => Cmp::Lt,
        Cmp::Ge => Cmp::Le,
    }
}

fn inverse(op: Cmp) -> Cmp {
    match op {
        Cmp::Eq => Cmp::Ne,
        Cmp::Ne => Cmp::Eq,
        Cmp::Lt => Cmp::Ge,
        Cmp::Le => Cmp::Gt,
        Cmp::Gt => Cmp::Le,
        Cmp::Ge => Cmp::Lt,
    }
}

fn holds(op: Cmp, a: i64, b: i64) -> bool {
    match op {
        Cmp::Eq => a == b,
        Cmp::Ne => a != b,
        Cmp::Lt => a < b,
        Cmp::Le => a <= b,
        Cmp::Gt => a > b,
        Cmp::Ge => a >= b,
    }
}

/// A place further on.
pub(super) fn at(place: Place, more: u32) -> Place {
    match place {
        Place::At { space, offset } => Place::At {
            space,
            offset: offset + more,
        },
        Place::In { base, offset } => Place::In {
            base,
            offset: offset + more,
        },
    }
}

/// The beginning of a space, or further on.
pub(super) fn in_space(space: Space, offset: u32) -> Place {
    Place::At { space, offset }
}

impl Code {
    pub(super) fn new(name: String, params: &[Ty], results: &[Ty]) -> Self {
        Self {
            name,
            params: params.to_vec(),
            results: results.to_vec(),
            regs: params.to_vec(),
            blocks: vec![(Vec::new(), None)],
            current: 0,
            scopes: vec![HashMap::new()],
            age: 0,
            origins: HashMap::new(),
            bounds: HashMap::new(),
        }
    }

    pub(super) fn reg(&mut self, ty: Ty) -> Reg {
        let reg = Reg(u32::try_from(self.regs.len()).unwrap_or(u32::MAX));
        self.regs.push(ty);
        reg
    }

    pub(super) fn ty(&self, reg: Reg) -> Ty {
        usize::try_from(reg.0)
            .ok()
            .and_then(|index| self.regs.get(index))
            .copied()
            .unwrap_or(Ty::Int)
    }

    /// What a register was computed from, if it was written once.
    pub(super) fn origin(&self, reg: Reg) -> Option<Pure> {
        self.origins.get(&reg).copied()
    }

    pub(super) fn const_bool(&self, reg: Reg) -> Option<bool> {
        match self.origin(reg) {
            Some(Pure::Bool(value)) => Some(value),
            _ => None,
        }
    }

    pub(super) fn const_int(&self, reg: Reg) -> Option<i64> {
        match self.origin(reg) {
            Some(Pure::Int(value)) => Some(value),
            _ => None,
        }
    }

    pub(super) fn const_text(&self, reg: Reg) -> Option<TextId> {
        match self.origin(reg) {
            Some(Pure::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Where a text, a list or a record lies that a register holds the handle of.
    pub(super) fn place(&self, reg: Reg) -> Place {
        match self.origin(reg) {
            Some(Pure::Load(place, Repr::Text | Repr::List | Repr::Ref)) => place,
            _ => Place::In {
                base: reg,
                offset: 0,
            },
        }
    }

    // --- blocks

    pub(super) fn block(&mut self) -> BlockId {
        let id = BlockId(u32::try_from(self.blocks.len()).unwrap_or(u32::MAX));
        self.blocks.push((Vec::new(), None));
        id
    }

    /// What follows is written into this block.
    pub(super) fn enter(&mut self, block: BlockId) {
        self.current = usize::try_from(block.0).unwrap_or(usize::MAX);
    }

    /// A block that nothing known dominates but what the outermost scopes hold.
    pub(super) fn push_scope(&mut self) {
        self.scopes.push(HashMap::new());
    }

    pub(super) fn pop_scope(&mut self) {
        self.scopes.pop();
    }

    /// Forgets all that was computed: the block that follows may be reached from elsewhere.
    pub(super) fn forget(&mut self) {
        for scope in &mut self.scopes {
            scope.clear();
        }
    }

    /// Memory changed: what was read from it must be read again.
    pub(super) fn changed(&mut self) {
        self.age += 1;
    }

    pub(super) fn end(&mut self, term: Term) {
        if let Some((_, end)) = self.blocks.get_mut(self.current)
            && end.is_none()
        {
            *end = Some(term);
        }
    }

    pub(super) fn jump(&mut self, block: BlockId) {
        self.end(Term::Jump(block));
    }

    pub(super) fn branch(&mut self, cond: Reg, then: BlockId, otherwise: BlockId) {
        match self.const_bool(cond) {
            Some(true) => self.jump(then),
            Some(false) => self.jump(otherwise),
            None => self.end(Term::Branch {
                cond,
                then,
                otherwise,
            }),
        }
    }

    // --- instructions

    pub(super) fn push(&mut self, inst: Inst) {
        if let Some((insts, None)) = self.blocks.get_mut(self.current) {
            insts.push(inst);
        }
    }

    pub(super) fn copy(&mut self, dst: Reg, src: Reg) {
        self.push(Inst::Copy { dst, src });
    }

    pub(super) fn bool(&mut self, value: bool) -> Reg {
        self.pure(Pure::Bool(value), SiteId(0))
    }

    pub(super) fn int(&mut self, value: i64) -> Reg {
        self.pure(Pure::Int(value), SiteId(0))
    }

    /// An operation that can't fault.
    pub(super) fn calc(&mut self, op: Pure) -> Reg {
        self.pure(op, SiteId(0))
    }

    pub(super) fn pure(&mut self, op: Pure, site: SiteId) -> Reg {
        match self.simplify(op) {
            Ok(reg) => reg,
            Err(op) => self.compute(op, site),
        }
    }

    fn compute(&mut self, op: Pure, site: SiteId) -> Reg {
        let age = if op.reads_memory() { self.age } else { 0 };
        let known = self.scopes.iter().rev().find_map(|s| s.get(&(op, age)));
        if let Some(reg) = known {
            return *reg;
        }
        let dst = self.reg(self.result(op));
        self.push(inst(op, dst, site));
        self.origins.insert(dst, op);
        if let Pure::Finite(how, a, b) = op
            && let Some(bound) = self.finite(how, a, b)
        {
            self.bounds.insert(dst, bound);
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert((op, age), dst);
        }
        dst
    }

    fn result(&self, op: Pure) -> Ty {
        match op {
            Pure::Int(_) | Pure::Clock | Pure::Arith(..) | Pure::Symbol(_) => Ty::Int,
            Pure::Num(_) | Pure::Float(..) | Pure::Finite(..) | Pure::Widen(_) => Ty::Num,
            Pure::Text(_) => Ty::Text,
            Pure::Load(_, repr) => match repr {
                Repr::Bool => Ty::Bool,
                Repr::Byte | Repr::Int => Ty::Int,
                Repr::Num => Ty::Num,
                Repr::Text => Ty::Text,
                Repr::List => Ty::List,
                Repr::Ref => Ty::Ref,
            },
            Pure::Select(_, a, _) => self.ty(a),
            Pure::Host(op, _) => op.result().unwrap_or(Ty::Int),
            Pure::Bool(_)
            | Pure::Bit(..)
            | Pure::IntCmp(..)
            | Pure::IntCmpConst(..)
            | Pure::NumCmp(..)
            | Pure::InMask(..)
            | Pure::And(..)
            | Pure::Or(..)
            | Pure::Not(_) => Ty::Bool,
        }
    }

    /// The register that holds the result already, or the operation in its simplest form.
    fn simplify(&mut self, op: Pure) -> Result<Reg, Pure> {
        match op {
            Pure::And(a, b) => self.simplify_and(a, b),
            Pure::Or(a, b) => self.simplify_or(a, b),
            Pure::Not(a) => self.simplify_not(a),
            Pure::IntCmp(op, a, b) => Err(match (self.const_int(a), self.const_int(b)) {
                (Some(a), Some(b)) => Pure::Bool(holds(op, a, b)),
                (None, Some(b)) => Pure::IntCmpConst(op, a, b),
                (Some(a), None) => Pure::IntCmpConst(flip(op), b, a),
                (None, None) => Pure::IntCmp(op, a, b),
            }),
            Pure::IntCmpConst(op, a, b) => Err(self
                .const_int(a)
                .map_or(Pure::IntCmpConst(op, a, b), |a| Pure::Bool(holds(op, a, b)))),
            Pure::Select(cond, a, b) => self.simplify_select(cond, a, b),
            Pure::Float(op, a, b) => Err(match self.finite(op, a, b) {
                Some(_) => Pure::Finite(op, a, b),
                None => Pure::Float(op, a, b),
            }),
            Pure::Bool(_)
            | Pure::Int(_)
            | Pure::Num(_)
            | Pure::Text(_)
            | Pure::Load(..)
            | Pure::Bit(..)
            | Pure::Symbol(_)
            | Pure::Clock
            | Pure::Arith(..)
            | Pure::Finite(..)
            | Pure::Widen(_)
            | Pure::NumCmp(..)
            | Pure::InMask(..)
            | Pure::Host(..) => Err(op),
        }
    }

    fn simplify_and(&self, a: Reg, b: Reg) -> Result<Reg, Pure> {
        match (self.const_bool(a), self.const_bool(b)) {
            (Some(true), _) => Ok(b),
            (_, Some(true)) => Ok(a),
            (Some(false), _) | (_, Some(false)) => Err(Pure::Bool(false)),
            (None, None) if a == b => Ok(a),
            (None, None) => Err(Pure::And(a.min(b), a.max(b))),
        }
    }

    fn simplify_or(&self, a: Reg, b: Reg) -> Result<Reg, Pure> {
        match (self.const_bool(a), self.const_bool(b)) {
            (Some(false), _) => Ok(b),
            (_, Some(false)) => Ok(a),
            (Some(true), _) | (_, Some(true)) => Err(Pure::Bool(true)),
            (None, None) if a == b => Ok(a),
            (None, None) => Err(Pure::Or(a.min(b), a.max(b))),
        }
    }

    fn simplify_not(&self, a: Reg) -> Result<Reg, Pure> {
        match self.origin(a) {
            Some(Pure::Bool(value)) => Err(Pure::Bool(!value)),
            Some(Pure::Not(inner)) => Ok(inner),
            Some(Pure::IntCmp(op, x, y)) => Err(Pure::IntCmp(inverse(op), x, y)),
            Some(Pure::IntCmpConst(op, x, y)) => Err(Pure::IntCmpConst(inverse(op), x, y)),
            Some(Pure::NumCmp(op, x, y)) => Err(Pure::NumCmp(inverse(op), x, y)),
            _ => Err(Pure::Not(a)),
        }
    }

    fn simplify_select(&mut self, cond: Reg, a: Reg, b: Reg) -> Result<Reg, Pure> {
        if a == b {
            return Ok(a);
        }
        match self.const_bool(cond) {
            Some(true) => return Ok(a),
            Some(false) => return Ok(b),
            None => {}
        }
        match (self.const_bool(a), self.const_bool(b)) {
            (Some(true), _) => Ok(self.calc(Pure::Or(cond, b))),
            (_, Some(false)) => Ok(self.calc(Pure::And(cond, a))),
            (Some(false), _) => {
                let not = self.calc(Pure::Not(cond));
                Ok(self.calc(Pure::And(not, b)))
            }
            (_, Some(true)) => {
                let not = self.calc(Pure::Not(cond));
                Ok(self.calc(Pure::Or(not, a)))
            }
            (None, None) => Err(Pure::Select(cond, a, b)),
        }
    }

    /// An operation over words of bits.
    pub(super) fn word(&mut self, op: WordOp, ty: Ty) -> Reg {
        let dst = self.reg(ty);
        self.push(Inst::Word { dst, op });
        dst
    }

    /// Whether memory is still as the function found it.
    pub(super) fn unchanged(&self) -> bool {
        self.age == 0
    }

    /// A number that is never larger than this, nor smaller than its opposite.
    pub(super) fn bounded(&mut self, number: Reg, most: f64) {
        self.bounds.insert(number, most);
    }

    /// The greatest magnitude of a result, if it is finite. Rounding keeps the order, so the bounds' own
    /// result bounds it.
    fn finite(&self, op: NumOp, a: Reg, b: Reg) -> Option<f64> {
        let bound = |reg| match self.origin(reg) {
            Some(Pure::Num(bits)) => Some(f64::from_bits(bits).abs()),
            _ => self.bounds.get(&reg).copied(),
        };
        let (a, b) = (bound(a)?, bound(b)?);
        let bound = match op {
            NumOp::Add | NumOp::Sub => a + b,
            NumOp::Mul => a * b,
            NumOp::Div | NumOp::AddSingle => return None,
        };
        bound.is_finite().then_some(bound)
    }

    /// A host operation with an effect, or one of a builder's.
    pub(super) fn call(&mut self, op: HostOp, args: &[Reg], site: SiteId) -> Reg {
        let dst = op.result().map(|ty| self.reg(ty));
        self.push(Inst::Call {
            dst,
            op,
            args: args.to_vec(),
            site,
        });
        dst.unwrap_or(Reg(0))
    }

    /// A host operation that only computes.
    pub(super) fn host(&mut self, op: HostOp, args: &[Reg], site: SiteId) -> Reg {
        let mut held = [None; 3];
        for (slot, arg) in held.iter_mut().zip(args) {
            *slot = Some(*arg);
        }
        self.pure(Pure::Host(op, held), site)
    }

    pub(super) fn finish(self) -> Function {
        let blocks = self
            .blocks
            .into_iter()
            .map(|(insts, term)| Block {
                insts,
                term: term.unwrap_or(Term::Jump(BlockId(0))),
            })
            .collect();
        let mut function = Function {
            name: self.name,
            params: self.params,
            results: self.results,
            regs: self.regs,
            blocks,
        };
        tidy::tidy(&mut function);
        function
    }
}

fn inst(op: Pure, dst: Reg, site: SiteId) -> Inst {
    match op {
        Pure::Bool(value) => Inst::ConstBool { dst, value },
        Pure::Int(value) => Inst::ConstInt { dst, value },
        Pure::Num(bits) => Inst::ConstNum { dst, bits },
        Pure::Text(text) => Inst::ConstText { dst, text },
        Pure::Load(place, repr) => Inst::Load { dst, place, repr },
        Pure::Bit(place, bit) => Inst::Bit { dst, place, bit },
        Pure::Symbol(place) => Inst::Symbol { dst, place },
        Pure::Clock => Inst::Clock { dst },
        Pure::Arith(op, a, b) => Inst::Int {
            dst,
            op,
            a,
            b,
            site,
        },
        Pure::Float(op, a, b) => Inst::Num {
            dst,
            op,
            a,
            b,
            site,
        },
        Pure::Widen(a) => Inst::IntToNum { dst, a, site },
        Pure::IntCmp(op, a, b) => Inst::IntCmp { dst, op, a, b },
        Pure::IntCmpConst(op, a, value) => Inst::IntCmpConst { dst, op, a, value },
        Pure::NumCmp(op, a, b) => Inst::NumCmp { dst, op, a, b },
        Pure::InMask(a, mask) => Inst::InMask { dst, a, mask },
        Pure::And(a, b) => Inst::And { dst, a, b },
        Pure::Or(a, b) => Inst::Or { dst, a, b },
        Pure::Not(a) => Inst::Not { dst, a },
        Pure::Select(cond, a, b) => Inst::Select { dst, cond, a, b },
        Pure::Finite(op, a, b) => Inst::Word {
            dst,
            op: WordOp::Float { op, a, b },
        },
        Pure::Host(op, args) => Inst::Call {
            dst: Some(dst),
            op,
            args: args.into_iter().flatten().collect(),
            site,
        },
    }
}
