//! One function: its shape, the types of its registers, the bounds of its places.

use super::{Problems, flow};
use crate::host::HostOp;
use crate::ir::{Block, BlockId, Function, Inst, Place, Reg, Repr, Space, Term, Ty};
use crate::plan::{FunctionContext, Program};
use crate::types::{FunctionId, SiteId};

/// How many bytes of each space a function may touch at constant offsets.
pub(super) struct Sizes {
    profile: u64,
    constants: u64,
    /// from a handle: the largest record, or a slot
    record: u64,
    sites: usize,
    texts: usize,
}

impl Sizes {
    pub(super) fn of(program: &Program) -> Self {
        let largest = program
            .layouts
            .iter()
            .map(|layout| layout.size)
            .max()
            .unwrap_or(0);
        Self {
            profile: u64::from(program.profile.size),
            constants: 16 * u64::try_from(program.texts.len()).unwrap_or(0),
            record: u64::from(largest.max(16)),
            sites: program.sites.len(),
            texts: program.texts.len(),
        }
    }
}

/// Checks the function with this number in its own context.
pub(super) fn check(program: &Program, sizes: &Sizes, id: FunctionId, problems: &mut Problems) {
    let context = program
        .contexts
        .get(id.index())
        .copied()
        .unwrap_or_default();
    if let Some(function) = program.functions.get(id.index()) {
        check_one(program, sizes, function, context, problems);
    }
}

pub(super) fn check_one(
    program: &Program,
    sizes: &Sizes,
    function: &Function,
    context: FunctionContext,
    problems: &mut Problems,
) {
    let event = match context.event {
        Some(record) => program
            .layouts
            .get(record.index())
            .map(|layout| layout.size),
        None => Some(0),
    };
    let instance = match context.instance {
        Some(journey) => program
            .journeys
            .get(journey.index())
            .map(|plan| plan.instance.size),
        None => Some(0),
    };
    let (Some(event), Some(instance)) = (event, instance) else {
        problems.add(
            &function.name,
            "its context names what is not there".to_owned(),
        );
        return;
    };
    let mut checker = Checker {
        function,
        sizes,
        event: u64::from(event),
        instance: u64::from(instance),
        at: (0, 0),
        problems,
        sound: true,
    };
    checker.shape();
    for (number, block) in function.blocks.iter().enumerate() {
        checker.block(number, block);
    }
    if checker.sound {
        flow::check(function, problems);
    }
}

pub(super) struct Checker<'a> {
    function: &'a Function,
    sizes: &'a Sizes,
    event: u64,
    instance: u64,
    /// block, instruction
    at: (usize, usize),
    problems: &'a mut Problems,
    /// nothing was wrong so far: the flow may be looked at
    sound: bool,
}

impl Checker<'_> {
    pub(super) fn wrong(&mut self, what: impl Into<String>) {
        self.sound = false;
        let place = format!(
            "function {} b{}[{}]",
            self.function.name, self.at.0, self.at.1
        );
        self.problems.add(place, what.into());
    }

    fn shape(&mut self) {
        let function = self.function;
        if function.blocks.is_empty() {
            self.wrong("it has no blocks");
        }
        if function.regs.get(..function.params.len()) != Some(function.params.as_slice()) {
            self.wrong("its first registers are not its parameters");
        }
    }

    fn block(&mut self, number: usize, block: &Block) {
        for (index, inst) in block.insts.iter().enumerate() {
            self.at = (number, index);
            self.inst(inst);
        }
        self.at = (number, block.insts.len());
        self.term(&block.term);
    }

    /// A register's type; one that does not exist is reported.
    fn ty(&mut self, reg: Reg) -> Option<Ty> {
        let index = usize::try_from(reg.0).ok();
        let ty = index
            .and_then(|index| self.function.regs.get(index))
            .copied();
        if ty.is_none() {
            self.wrong(format!("there is no register r{}", reg.0));
        }
        ty
    }

    pub(super) fn is(&mut self, reg: Reg, expected: Ty) {
        if let Some(ty) = self.ty(reg)
            && ty != expected
        {
            self.wrong(format!("r{} is {ty:?}, due is {expected:?}", reg.0));
        }
    }

    pub(super) fn all(&mut self, regs: &[Reg], expected: Ty) {
        for reg in regs {
            self.is(*reg, expected);
        }
    }

    /// All of the first one's type.
    fn same(&mut self, first: Reg, others: &[Reg]) {
        if let Some(ty) = self.ty(first) {
            self.all(others, ty);
        }
    }

    fn site(&mut self, site: SiteId) {
        // A program that was not made from a source (a test's) has no places in it.
        if self.sizes.sites > 0 && site.index() >= self.sizes.sites {
            self.wrong(format!("there is no site {}", site.0));
        }
    }

    /// That `len` bytes at the place are inside of what it is known to have.
    pub(super) fn place(&mut self, place: Place, len: u64) {
        let (offset, size) = match place {
            Place::At { space, offset } => (offset, self.size(space)),
            Place::In { base, offset } => {
                // A text's and a list's handle is the place of its slot.
                if !matches!(self.ty(base), Some(Ty::Text | Ty::List)) {
                    self.is(base, Ty::Ref);
                }
                (offset, self.sizes.record.max(16))
            }
        };
        if u64::from(offset) + len > size {
            self.wrong(format!("{len} bytes at {offset} are not inside of {size}"));
        }
    }

    fn size(&self, space: Space) -> u64 {
        match space {
            Space::Profile => self.sizes.profile,
            Space::Event => self.event,
            Space::Instance => self.instance,
            Space::Const => self.sizes.constants,
            Space::Scratch => 0,
        }
    }

    fn writable(&mut self, place: Place, len: u64) {
        if !matches!(
            place,
            Place::At {
                space: Space::Instance,
                ..
            }
        ) {
            self.wrong("only the instance's block is written");
        }
        self.place(place, len);
    }

    fn bit(&mut self, bit: u8) {
        if bit > 7 {
            self.wrong(format!("a byte has no bit {bit}"));
        }
    }

    fn inst(&mut self, inst: &Inst) {
        match inst {
            Inst::ConstBool { dst, .. } => self.is(*dst, Ty::Bool),
            Inst::ConstInt { dst, .. } | Inst::Clock { dst } => self.is(*dst, Ty::Int),
            Inst::ConstNum { dst, bits } => {
                self.is(*dst, Ty::Num);
                if !f64::from_bits(*bits).is_finite() {
                    self.wrong("the constant is not finite");
                }
            }
            Inst::ConstText { dst, text } => {
                self.is(*dst, Ty::Text);
                if text.index() >= self.sizes.texts {
                    self.wrong(format!("there is no text {}", text.0));
                }
            }
            Inst::Copy { dst, src } => self.same(*dst, &[*src]),
            Inst::Load { dst, place, repr } => {
                let (ty, len) = loaded(*repr);
                self.is(*dst, ty);
                self.place(*place, len);
            }
            Inst::Bit { dst, place, bit } => {
                self.is(*dst, Ty::Bool);
                self.bit(*bit);
                self.place(*place, 1);
            }
            Inst::Symbol { dst, place } => {
                self.is(*dst, Ty::Int);
                self.place(*place, 16);
            }
            Inst::Store { place, repr, src } => self.store(*place, *repr, *src),
            Inst::StoreBit { place, bit, src } => {
                self.is(*src, Ty::Bool);
                self.bit(*bit);
                self.writable(*place, 1);
            }
            Inst::Word { dst, op } => self.word(*dst, op),
            Inst::Fuel { site } => self.site(*site),
            Inst::Call {
                dst,
                op,
                args,
                site,
            } => self.call(*dst, *op, args, *site),
            Inst::Int { .. }
            | Inst::Num { .. }
            | Inst::IntToNum { .. }
            | Inst::IntCmp { .. }
            | Inst::IntCmpConst { .. }
            | Inst::NumCmp { .. }
            | Inst::InMask { .. }
            | Inst::And { .. }
            | Inst::Or { .. }
            | Inst::Not { .. }
            | Inst::Select { .. } => self.pure(inst),
        }
    }

    /// What only computes, from registers to a register.
    fn pure(&mut self, inst: &Inst) {
        match inst {
            Inst::Int {
                dst, a, b, site, ..
            } => {
                self.all(&[*dst, *a, *b], Ty::Int);
                self.site(*site);
            }
            Inst::Num {
                dst, a, b, site, ..
            } => {
                self.all(&[*dst, *a, *b], Ty::Num);
                self.site(*site);
            }
            Inst::IntToNum { dst, a, site } => {
                self.is(*dst, Ty::Num);
                self.is(*a, Ty::Int);
                self.site(*site);
            }
            Inst::IntCmp { dst, a, b, .. } => {
                self.is(*dst, Ty::Bool);
                self.all(&[*a, *b], Ty::Int);
            }
            Inst::IntCmpConst { dst, a, .. } | Inst::InMask { dst, a, .. } => {
                self.is(*dst, Ty::Bool);
                self.is(*a, Ty::Int);
            }
            Inst::NumCmp { dst, a, b, .. } => {
                self.is(*dst, Ty::Bool);
                self.all(&[*a, *b], Ty::Num);
            }
            Inst::And { dst, a, b } | Inst::Or { dst, a, b } => {
                self.all(&[*dst, *a, *b], Ty::Bool);
            }
            Inst::Not { dst, a } => self.all(&[*dst, *a], Ty::Bool),
            Inst::Select { dst, cond, a, b } => {
                self.is(*cond, Ty::Bool);
                self.same(*dst, &[*a, *b]);
            }
            Inst::ConstBool { .. }
            | Inst::ConstInt { .. }
            | Inst::ConstNum { .. }
            | Inst::ConstText { .. }
            | Inst::Copy { .. }
            | Inst::Load { .. }
            | Inst::Bit { .. }
            | Inst::Symbol { .. }
            | Inst::Store { .. }
            | Inst::StoreBit { .. }
            | Inst::Clock { .. }
            | Inst::Word { .. }
            | Inst::Call { .. }
            | Inst::Fuel { .. } => self.wrong("it does not only compute"),
        }
    }

    fn store(&mut self, place: Place, repr: Repr, src: Reg) {
        let (ty, len) = loaded(repr);
        self.is(src, ty);
        self.writable(place, len);
        match repr {
            Repr::Bool | Repr::Byte | Repr::Int | Repr::Num => {}
            Repr::Text | Repr::List | Repr::Ref => self.wrong("only scalars are stored"),
        }
    }

    fn call(&mut self, dst: Option<Reg>, op: HostOp, args: &[Reg], site: SiteId) {
        self.site(site);
        let params = op.params();
        if args.len() != params.len() {
            self.wrong(format!("{} takes {} arguments", op.name(), params.len()));
            return;
        }
        for (arg, ty) in args.iter().zip(params) {
            self.is(*arg, *ty);
        }
        match (dst, op.result()) {
            (Some(dst), Some(ty)) => self.is(dst, ty),
            (Some(_), None) => self.wrong(format!("{} has no result", op.name())),
            (None, _) => {}
        }
    }

    fn target(&mut self, block: BlockId) {
        let exists = usize::try_from(block.0).is_ok_and(|at| at < self.function.blocks.len());
        if !exists {
            self.wrong(format!("there is no block b{}", block.0));
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Jump(to) => self.target(*to),
            Term::Branch {
                cond,
                then,
                otherwise,
            } => {
                self.is(*cond, Ty::Bool);
                self.target(*then);
                self.target(*otherwise);
            }
            Term::Switch {
                value,
                targets,
                otherwise,
            } => {
                self.is(*value, Ty::Int);
                for target in targets {
                    self.target(*target);
                }
                self.target(*otherwise);
            }
            Term::Return(regs) => {
                if regs.len() == self.function.results.len() {
                    for (reg, ty) in regs.iter().zip(&self.function.results) {
                        self.is(*reg, *ty);
                    }
                } else {
                    self.wrong(format!(
                        "it returns {} results",
                        self.function.results.len()
                    ));
                }
            }
            Term::Fault { site, .. } => self.site(*site),
        }
    }
}

/// The register type of what lies so, and how many bytes of it are known to be there.
fn loaded(repr: Repr) -> (Ty, u64) {
    match repr {
        Repr::Bool => (Ty::Bool, 1),
        Repr::Byte => (Ty::Int, 1),
        Repr::Int => (Ty::Int, 8),
        Repr::Num => (Ty::Num, 8),
        Repr::Text => (Ty::Text, 16),
        Repr::List => (Ty::List, 16),
        Repr::Ref => (Ty::Ref, 0),
    }
}
