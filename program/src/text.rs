//! The text form of the IR: stable and readable, for `--emit ir`, snapshots and tests. A function printed
//! and parsed again is the same function.
//!
//! ```text
//! function audience.vip() -> bool
//! regs int bool
//! b0:
//!   r0:int = load profile+16 int ; a place is `profile+16` or `[r3+8]`, a site `@7`
//! ```

use crate::ir::{Block, Cmp, Function, Inst, IntOp, NumOp, Place, Reg, Repr, Space, Term, Ty};
use crate::plan::Program;
use std::fmt::{self, Write as _};

mod parse;
mod tables;
mod words;

pub use parse::{ParseError, parse_function, parse_functions};
pub use tables::print_program;

pub(crate) const TYPES: [(&str, Ty); 6] = [
    ("bool", Ty::Bool),
    ("int", Ty::Int),
    ("num", Ty::Num),
    ("text", Ty::Text),
    ("list", Ty::List),
    ("ref", Ty::Ref),
];
const SPACES: [(&str, Space); 5] = [
    ("profile", Space::Profile),
    ("event", Space::Event),
    ("instance", Space::Instance),
    ("const", Space::Const),
    ("scratch", Space::Scratch),
];
const REPRS: [(&str, Repr); 7] = [
    ("bool", Repr::Bool),
    ("byte", Repr::Byte),
    ("int", Repr::Int),
    ("num", Repr::Num),
    ("text", Repr::Text),
    ("list", Repr::List),
    ("ref", Repr::Ref),
];
const INT_OPS: [(&str, IntOp); 5] = [
    ("add", IntOp::Add),
    ("sub", IntOp::Sub),
    ("mul", IntOp::Mul),
    ("div", IntOp::Div),
    ("mod", IntOp::Mod),
];
const NUM_OPS: [(&str, NumOp); 5] = [
    ("add", NumOp::Add),
    ("sub", NumOp::Sub),
    ("mul", NumOp::Mul),
    ("div", NumOp::Div),
    ("addsingle", NumOp::AddSingle),
];
const CMPS: [(&str, Cmp); 6] = [
    ("eq", Cmp::Eq),
    ("ne", Cmp::Ne),
    ("lt", Cmp::Lt),
    ("le", Cmp::Le),
    ("gt", Cmp::Gt),
    ("ge", Cmp::Ge),
];

/// The word of a value in one of the tables above.
fn word<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table
        .iter()
        .find(|(_, other)| other == value)
        .map_or("?", |(word, _)| word)
}

/// A function as text. With its program, constants are shown beside their numbers.
pub fn print_function(function: &Function, program: Option<&Program>) -> String {
    let mut printer = Printer {
        function,
        program,
        out: String::new(),
    };
    // Writing to a String cannot fail.
    let _ = printer.function();
    printer.out
}

struct Printer<'a> {
    function: &'a Function,
    program: Option<&'a Program>,
    out: String,
}

impl Printer<'_> {
    fn function(&mut self) -> fmt::Result {
        let function = self.function;
        write!(self.out, "function {}(", function.name)?;
        let params: Vec<_> = function.params.iter().map(|ty| word(&TYPES, ty)).collect();
        let results: Vec<_> = function.results.iter().map(|ty| word(&TYPES, ty)).collect();
        writeln!(self.out, "{}) -> {}", params.join(" "), results.join(" "))?;
        let regs: Vec<_> = function.regs.iter().map(|ty| word(&TYPES, ty)).collect();
        writeln!(self.out, "regs {}", regs.join(" "))?;
        for (number, block) in function.blocks.iter().enumerate() {
            writeln!(self.out, "b{number}:")?;
            self.block(block)?;
        }
        writeln!(self.out, "end")
    }

    fn block(&mut self, block: &Block) -> fmt::Result {
        for inst in &block.insts {
            self.out.push_str("  ");
            self.inst(inst)?;
            self.out.push('\n');
        }
        self.out.push_str("  ");
        self.term(&block.term)?;
        self.out.push('\n');
        Ok(())
    }

    /// `r2:int = `
    fn dst(&mut self, reg: Reg) -> fmt::Result {
        let ty = usize::try_from(reg.0)
            .ok()
            .and_then(|at| self.function.regs.get(at));
        write!(
            self.out,
            "r{}:{} = ",
            reg.0,
            ty.map_or("?", |ty| word(&TYPES, ty))
        )
    }

    fn place(&mut self, place: Place) -> fmt::Result {
        match place {
            Place::At { space, offset } => write!(self.out, "{}+{offset}", word(&SPACES, &space)),
            Place::In { base, offset } => write!(self.out, "[r{}+{offset}]", base.0),
        }
    }

    fn regs(&mut self, regs: &[Reg]) -> fmt::Result {
        for reg in regs {
            write!(self.out, " r{}", reg.0)?;
        }
        Ok(())
    }

    fn inst(&mut self, inst: &Inst) -> fmt::Result {
        match inst {
            Inst::ConstBool { dst, value } => {
                self.dst(*dst)?;
                write!(self.out, "const {value}")
            }
            Inst::ConstInt { dst, value } => {
                self.dst(*dst)?;
                write!(self.out, "const {value}")
            }
            Inst::ConstNum { dst, bits } => {
                self.dst(*dst)?;
                let value = f64::from_bits(*bits);
                if value.is_finite() {
                    write!(self.out, "const num {value:?}")
                } else {
                    write!(self.out, "const num {bits:#x}")
                }
            }
            Inst::ConstText { dst, text } => {
                self.dst(*dst)?;
                write!(self.out, "const text {}", text.0)?;
                match self
                    .program
                    .and_then(|program| program.texts.get(text.index()))
                {
                    Some(content) => write!(self.out, " ; {content:?}"),
                    None => Ok(()),
                }
            }
            Inst::Copy { dst, src } => {
                self.dst(*dst)?;
                write!(self.out, "copy r{}", src.0)
            }
            Inst::Load { .. }
            | Inst::Bit { .. }
            | Inst::Symbol { .. }
            | Inst::Store { .. }
            | Inst::StoreBit { .. }
            | Inst::Clock { .. } => self.memory(inst),
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
            Inst::Call {
                dst,
                op,
                args,
                site,
            } => {
                if let Some(dst) = dst {
                    self.dst(*dst)?;
                }
                write!(self.out, "call {}", op.name())?;
                self.regs(args)?;
                write!(self.out, " @{}", site.0)
            }
            Inst::Word { dst, op } => self.word_op(*dst, op),
            Inst::Fuel { site } => write!(self.out, "fuel @{}", site.0),
        }
    }

    fn memory(&mut self, inst: &Inst) -> fmt::Result {
        if let Inst::Load { dst, place, repr } = inst {
            self.dst(*dst)?;
            self.out.push_str("load ");
            self.place(*place)?;
            write!(self.out, " {}", word(&REPRS, repr))?;
        } else if let Inst::Bit { dst, place, bit } = inst {
            self.dst(*dst)?;
            self.out.push_str("bit ");
            self.place(*place)?;
            write!(self.out, " {bit}")?;
        } else if let Inst::Symbol { dst, place } = inst {
            self.dst(*dst)?;
            self.out.push_str("symbol ");
            self.place(*place)?;
        } else if let Inst::Store { place, repr, src } = inst {
            self.out.push_str("store ");
            self.place(*place)?;
            write!(self.out, " {} r{}", word(&REPRS, repr), src.0)?;
        } else if let Inst::StoreBit { place, bit, src } = inst {
            self.out.push_str("storebit ");
            self.place(*place)?;
            write!(self.out, " {bit} r{}", src.0)?;
        } else if let Inst::Clock { dst } = inst {
            self.dst(*dst)?;
            self.out.push_str("clock");
        }
        Ok(())
    }

    fn pure(&mut self, inst: &Inst) -> fmt::Result {
        if let Inst::Int {
            dst,
            op,
            a,
            b,
            site,
        } = inst
        {
            self.dst(*dst)?;
            write!(
                self.out,
                "int.{} r{} r{} @{}",
                word(&INT_OPS, op),
                a.0,
                b.0,
                site.0
            )
        } else if let Inst::Num {
            dst,
            op,
            a,
            b,
            site,
        } = inst
        {
            self.dst(*dst)?;
            write!(
                self.out,
                "num.{} r{} r{} @{}",
                word(&NUM_OPS, op),
                a.0,
                b.0,
                site.0
            )
        } else if let Inst::IntToNum { dst, a, site } = inst {
            self.dst(*dst)?;
            write!(self.out, "number r{} @{}", a.0, site.0)
        } else if let Inst::IntCmp { dst, op, a, b } = inst {
            self.dst(*dst)?;
            write!(self.out, "int.{} r{} r{}", word(&CMPS, op), a.0, b.0)
        } else if let Inst::IntCmpConst { dst, op, a, value } = inst {
            self.dst(*dst)?;
            write!(self.out, "int.{} r{} {value}", word(&CMPS, op), a.0)
        } else if let Inst::NumCmp { dst, op, a, b } = inst {
            self.dst(*dst)?;
            write!(self.out, "num.{} r{} r{}", word(&CMPS, op), a.0, b.0)
        } else if let Inst::InMask { dst, a, mask } = inst {
            self.dst(*dst)?;
            write!(self.out, "in r{} {mask:#x}", a.0)
        } else if let Inst::And { dst, a, b } = inst {
            self.dst(*dst)?;
            write!(self.out, "and r{} r{}", a.0, b.0)
        } else if let Inst::Or { dst, a, b } = inst {
            self.dst(*dst)?;
            write!(self.out, "or r{} r{}", a.0, b.0)
        } else if let Inst::Not { dst, a } = inst {
            self.dst(*dst)?;
            write!(self.out, "not r{}", a.0)
        } else if let Inst::Select { dst, cond, a, b } = inst {
            self.dst(*dst)?;
            write!(self.out, "select r{} r{} r{}", cond.0, a.0, b.0)
        } else {
            Ok(())
        }
    }

    fn term(&mut self, term: &Term) -> fmt::Result {
        match term {
            Term::Jump(to) => write!(self.out, "jump b{}", to.0),
            Term::Branch {
                cond,
                then,
                otherwise,
            } => {
                write!(self.out, "branch r{} b{} b{}", cond.0, then.0, otherwise.0)
            }
            Term::Switch {
                value,
                targets,
                otherwise,
            } => {
                write!(self.out, "switch r{}", value.0)?;
                for target in targets {
                    write!(self.out, " b{}", target.0)?;
                }
                write!(self.out, " else b{}", otherwise.0)
            }
            Term::Return(regs) => {
                self.out.push_str("return");
                self.regs(regs)
            }
            Term::Fault { code, site } => write!(self.out, "fault {} @{}", code.name(), site.0),
        }
    }
}
