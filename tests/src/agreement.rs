//! The agreement of interpreter and native code: seeds in, the first differences and counts out.
//!
//! Each function runs in sixteen worlds, half of them calm, by both executions; results, faults, memory and
//! the sequence of host calls must be the same. Functions are compiled a hundred at a time.

use crate::irgen::toy::{self, Toy};
use crate::irgen::{self, Rng};
use journey_compiler::codegen::{self, Options};
use journey_program::abi::Target;
use journey_program::host::{Executor, HostOp};
use journey_program::interp;
use journey_program::ir::words::{BitOp, WordOp};
use journey_program::ir::{Cmp, Fault, FaultCode, Function, Inst, IntOp, NumOp, Place, Repr, Term};
use journey_program::plan::Program;
use journey_program::types::FunctionId;
use journey_program::verify::verify_function;
use journey_runtime::native::NativeCode;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Worlds that each function runs in.
pub const WORLDS: u64 = 16;
const BATCH: u64 = 100;

/// What a campaign saw.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub functions: u64,
    pub runs: u64,
    /// how often each thing came up: instructions by kind, terminators, host operations, faults
    pub counts: BTreeMap<String, u64>,
    /// the first function on which they differ, in words, with its seed
    pub difference: Option<(u64, String)>,
}

impl Report {
    pub fn add(&mut self, other: Report) {
        self.functions += other.functions;
        self.runs += other.runs;
        for (name, count) in other.counts {
            *self.counts.entry(name).or_default() += count;
        }
        if self.difference.is_none() {
            self.difference = other.difference;
        }
    }
    /// What there is but never came up.
    pub fn missing(&self) -> Vec<String> {
        expected()
            .into_iter()
            .filter(|name| !self.counts.contains_key(name))
            .collect()
    }
}

/// Compares the functions of these seeds; ends at the first difference.
pub fn campaign(seeds: std::ops::Range<u64>, options: Options) -> Report {
    let mut report = Report::default();
    let mut from = seeds.start;
    while from < seeds.end && report.difference.is_none() {
        let to = (from + BATCH).min(seeds.end);
        report.add(batch(from..to, options));
        from = to;
    }
    report
}

fn batch(seeds: std::ops::Range<u64>, options: Options) -> Report {
    let mut report = Report::default();
    let mut program = toy::world();
    program.functions = seeds.clone().map(irgen::function).collect();
    for function in &program.functions {
        if let Err(problems) = verify_function(&program, function, toy::context()) {
            let text = format!(
                "the verifier refuses {}: {:?}",
                function.name,
                problems.first()
            );
            report.difference = Some((seeds.start, text));
            return report;
        }
    }
    let native = match compile(&program, options) {
        Ok(native) => native,
        Err(text) => {
            report.difference = Some((seeds.start, text));
            return report;
        }
    };
    for ((function, number), seed) in program.functions.iter().zip(0..).zip(seeds) {
        count(function, &mut report.counts);
        report.functions += 1;
        for world in 0..WORLDS {
            report.runs += 1;
            match agree(function, FunctionId(number), &native, seed, world) {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => {
                    bump(&mut report.counts, format!("fault {}", fault.code.name()));
                    // A million rounds of the interpreter: one world will do.
                    if (fault.code, fault.a, fault.b) == (FaultCode::OutOfFuel, 0, 0) {
                        break;
                    }
                }
                Err(text) => {
                    report.difference = Some((seed, text));
                    return report;
                }
            }
        }
    }
    report
}

pub(crate) fn compile(program: &Program, options: Options) -> Result<NativeCode, String> {
    let target = Target::current().ok_or("no native code for this machine")?;
    let section =
        codegen::compile_with(program, target, options).map_err(|error| error.to_string())?;
    NativeCode::load(&section).map_err(|error| error.to_string())
}

/// Both executions in one world; the outcome if it is the same, else the difference in words.
pub(crate) fn agree(
    function: &Function,
    number: FunctionId,
    native: &NativeCode,
    seed: u64,
    world: u64,
) -> Result<Result<(), Fault>, String> {
    let mut rng = Rng::new(seed.wrapping_mul(WORLDS).wrapping_add(world));
    let calm = world.is_multiple_of(2);
    let mut ours = Toy::new(&mut rng, calm);
    let args: Vec<i64> = function
        .params
        .iter()
        .map(|ty| Toy::argument(&mut rng, *ty, calm))
        .collect();
    let mut theirs = ours.clone();
    let mut expected = vec![0; function.results.len()];
    let mut found = expected.clone();
    let right = interp::run(function, &mut ours, &args, &mut expected);
    let real = native.run(number, &mut theirs, &args, &mut found);
    let same = right == real
        && (right.is_err() || expected == found)
        && ours.hash == theirs.hash
        && ours.calls == theirs.calls
        && ours.memory().eq(theirs.memory());
    if same {
        return Ok(right);
    }
    let mut text = format!("world {world}, arguments {args:?}\n");
    let _ = writeln!(
        text,
        "interpreter: {right:?} {expected:?}, {} calls",
        ours.calls
    );
    let _ = writeln!(
        text,
        "native:      {real:?} {found:?}, {} calls",
        theirs.calls
    );
    let blocks = ours.memory().zip(theirs.memory());
    for (space, (right, real)) in blocks.enumerate() {
        if let Some(at) = right.iter().zip(real).position(|(a, b)| a != b) {
            let _ = writeln!(text, "space {space} differs from byte {at}");
        }
    }
    Err(text)
}

fn bump(counts: &mut BTreeMap<String, u64>, name: String) {
    *counts.entry(name).or_default() += 1;
}

/// Counts what a function is made of.
pub(crate) fn count(function: &Function, counts: &mut BTreeMap<String, u64>) {
    for block in &function.blocks {
        for inst in &block.insts {
            bump(counts, inst_name(inst));
        }
        let name = match &block.term {
            Term::Jump(_) => "jump",
            Term::Branch { .. } => "branch",
            Term::Switch { .. } => "switch",
            Term::Return(_) => "return",
            Term::Fault { .. } => "stop",
        };
        bump(counts, format!("term {name}"));
    }
}

fn inst_name(inst: &Inst) -> String {
    let via = |place: &Place| match place {
        Place::At { space, .. } => format!("{space:?}"),
        Place::In { .. } => "record".to_owned(),
    };
    match inst {
        Inst::ConstBool { .. } => "const bool".to_owned(),
        Inst::ConstInt { .. } => "const int".to_owned(),
        Inst::ConstNum { .. } => "const num".to_owned(),
        Inst::ConstText { .. } => "const text".to_owned(),
        Inst::Copy { .. } => "copy".to_owned(),
        Inst::Load { place, repr, .. } => format!("load {repr:?} {}", via(place)),
        Inst::Bit { place, .. } => format!("bit {}", via(place)),
        Inst::Symbol { place, .. } => format!("symbol {}", via(place)),
        Inst::Store { repr, .. } => format!("store {repr:?}"),
        Inst::StoreBit { .. } => "store bit".to_owned(),
        Inst::Clock { .. } => "clock".to_owned(),
        Inst::Int { op, .. } => format!("int {op:?}"),
        Inst::Num { op, .. } => format!("num {op:?}"),
        Inst::IntToNum { .. } => "int to num".to_owned(),
        Inst::IntCmp { op, .. } => format!("int cmp {op:?}"),
        Inst::IntCmpConst { op, .. } => format!("int cmp const {op:?}"),
        Inst::NumCmp { op, .. } => format!("num cmp {op:?}"),
        Inst::InMask { .. } => "in mask".to_owned(),
        Inst::And { .. } => "and".to_owned(),
        Inst::Or { .. } => "or".to_owned(),
        Inst::Not { .. } => "not".to_owned(),
        Inst::Select { .. } => "select".to_owned(),
        Inst::Word { op, .. } => word_name(op),
        Inst::Call { op, .. } => format!("call {}", op.name()),
        Inst::Fuel { .. } => "fuel".to_owned(),
    }
}

fn word_name(op: &WordOp) -> String {
    match op {
        WordOp::Pack(_) => "pack".to_owned(),
        WordOp::Look { .. } => "look".to_owned(),
        WordOp::Clamp { .. } => "clamp".to_owned(),
        WordOp::Above { .. } => "above".to_owned(),
        WordOp::AtMost { space, .. } => format!("at most {space:?}"),
        WordOp::Trees(trees) if trees.single => "trees single".to_owned(),
        WordOp::Trees(_) => "trees double".to_owned(),
        WordOp::Bits { op, .. } => format!("bits {op:?}"),
        WordOp::Float { op, .. } => format!("finite {op:?}"),
    }
}

/// The names of all that must come up in a campaign.
fn expected() -> Vec<String> {
    let mut names = expected_code();
    names.extend(expected_words());
    let codes = FaultCode::ALL;
    names.extend(codes.iter().map(|code| format!("fault {}", code.name())));
    names
}

/// The names of all that functions are made of.
pub(crate) fn expected_code() -> Vec<String> {
    let mut names: Vec<String> = [
        "const bool",
        "const int",
        "const num",
        "const text",
        "copy",
        "store bit",
        "clock",
        "int to num",
        "in mask",
        "and",
        "or",
        "not",
        "select",
        "fuel",
        "term jump",
        "term branch",
        "term switch",
        "term return",
        "term stop",
        "symbol Const",
    ]
    .map(str::to_owned)
    .to_vec();
    for space in ["Profile", "Event", "Instance", "record"] {
        for repr in [
            Repr::Bool,
            Repr::Byte,
            Repr::Int,
            Repr::Num,
            Repr::Text,
            Repr::List,
            Repr::Ref,
        ] {
            names.push(format!("load {repr:?} {space}"));
        }
        names.push(format!("bit {space}"));
        names.push(format!("symbol {space}"));
    }
    for repr in [Repr::Bool, Repr::Byte, Repr::Int, Repr::Num] {
        names.push(format!("store {repr:?}"));
    }
    for op in [IntOp::Add, IntOp::Sub, IntOp::Mul, IntOp::Div, IntOp::Mod] {
        names.push(format!("int {op:?}"));
    }
    let ops = [
        NumOp::Add,
        NumOp::Sub,
        NumOp::Mul,
        NumOp::Div,
        NumOp::AddSingle,
    ];
    for op in ops {
        names.push(format!("num {op:?}"));
    }
    for op in [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge] {
        for kind in ["int cmp", "int cmp const", "num cmp"] {
            names.push(format!("{kind} {op:?}"));
        }
    }
    names.extend(HostOp::ALL.iter().map(|op| format!("call {}", op.name())));
    names
}

/// Of operations over words of bits: which of them a program has hangs on what pays.
fn expected_words() -> Vec<String> {
    let words = [
        "pack",
        "look",
        "clamp",
        "above",
        "trees single",
        "trees double",
    ];
    let mut names = words.map(str::to_owned).to_vec();
    for space in ["Profile", "Event", "Instance"] {
        names.push(format!("at most {space}"));
    }
    for op in BitOp::ALL {
        names.push(format!("bits {op:?}"));
    }
    for op in [
        NumOp::Add,
        NumOp::Sub,
        NumOp::Mul,
        NumOp::Div,
        NumOp::AddSingle,
    ] {
        names.push(format!("finite {op:?}"));
    }
    names
}
