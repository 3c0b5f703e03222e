//! Machine code: a program's functions in, a section of position-independent code out, or its CLIF text.
//! The only folder that meets Cranelift.
//!
//! The code has no relocations and no traps (both are checked for every function): constants are in the
//! instructions or at the function's end, operations of the host are reached through the frame, faults are
//! return values. So a section is a piece of bytes that any process may map and call, and the same program
//! gives the same bytes on every machine.

mod arith;
mod bugs;
mod call;
mod fields;
mod flatten;
mod function;
mod inst;
mod memory;
mod trees;
mod words;

pub use bugs::Bug;

use cranelift_codegen::Context;
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use journey_program::abi::{ABI, ALIGN, NativeFunction, NativeSection, Target};
use journey_program::ir::{Function, Inst};
use journey_program::plan::Program;
use std::fmt;
use std::thread;

/// Fewer functions are not worth a thread.
const PART_MIN: usize = 32;

/// Why a program has no native code: a defect of ours, never of the author's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodegenError {
    pub function: String,
    pub reason: String,
}

impl fmt::Display for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no native code for `{}`: {}", self.function, self.reason)
    }
}

impl std::error::Error for CodegenError {}

/// How much Cranelift works on the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// as it stands: the quickest to compile, and the quickest code for branchless predicates
    #[default]
    Plain,
    /// with Cranelift's own optimisations
    Optimised,
}

#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub effort: Effort,
    /// Cranelift checks its input: in tests and campaigns, which see what a release will see
    pub verify: bool,
    /// a mistake to make on purpose (feature `planted-bugs`), to see that it is found
    pub bug: Option<Bug>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            effort: Effort::default(),
            verify: cfg!(debug_assertions),
            bug: None,
        }
    }
}

/// Compiles every function of a program.
pub fn compile(program: &Program, target: Target) -> Result<NativeSection, CodegenError> {
    compile_with(program, target, Options::default())
}

pub fn compile_with(
    program: &Program,
    target: Target,
    options: Options,
) -> Result<NativeSection, CodegenError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let part = program.functions.len().div_ceil(threads).max(PART_MIN);
    let mut parts = Vec::new();
    let mut before = 0;
    for functions in program.functions.chunks(part) {
        parts.push((functions, before));
        before += functions.iter().map(tables_of).sum::<usize>();
    }
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = parts
            .map(|part| scope.spawn(move || compile_part(part, target, options)))
            .collect();
        let mut section = compile_part(first, target, options)?;
        for other in others {
            let part = other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            join(&mut section, part)?;
        }
        Ok(section)
    })
}

/// Words of the tables that a function looks up.
fn tables_of(function: &Function) -> usize {
    let insts = function.blocks.iter().flat_map(|block| &block.insts);
    insts.map(|inst| table_of(inst).len()).sum()
}

fn table_of(inst: &Inst) -> &[u64] {
    if let Inst::Word { op, .. } = inst {
        op.table()
    } else {
        &[]
    }
}

/// Some of the functions, as a section of their own but for their tables: so many words stand before them.
fn compile_part(
    (functions, before): (&[Function], usize),
    target: Target,
    options: Options,
) -> Result<NativeSection, CodegenError> {
    let mut generator = Generator::new(target, options)?;
    generator.before = before;
    let mut section = NativeSection {
        target,
        abi: ABI,
        functions: Vec::new(),
        code: Vec::new(),
        tables: Vec::new(),
    };
    for function in functions {
        generator
            .add(function, &mut section)
            .map_err(|reason| error(function, &reason))?;
    }
    Ok(section)
}

/// One part behind another: the bytes are the same for every number of parts.
fn join(section: &mut NativeSection, part: NativeSection) -> Result<(), CodegenError> {
    pad(&mut section.code);
    let base = short(section.code.len()).map_err(|reason| CodegenError {
        function: section.target.name().to_owned(),
        reason,
    })?;
    section
        .functions
        .extend(part.functions.into_iter().map(|f| NativeFunction {
            offset: base.saturating_add(f.offset),
            ..f
        }));
    section.code.extend_from_slice(&part.code);
    section.tables.extend_from_slice(&part.tables);
    Ok(())
}

fn pad(code: &mut Vec<u8>) {
    code.resize(code.len().next_multiple_of(ALIGN as usize), 0);
}

/// The program's functions as Cranelift reads them, before its own passes.
pub fn clif(program: &Program, target: Target) -> Result<String, CodegenError> {
    let mut generator = Generator::new(target, Options::default())?;
    let mut text = String::new();
    for (number, function) in program.functions.iter().enumerate() {
        generator
            .build(function)
            .map_err(|reason| error(function, &reason))?;
        if number > 0 {
            text.push('\n');
        }
        text.push_str(&format!(
            "; {}\n{}",
            function.name,
            generator.context.func.display()
        ));
    }
    Ok(text)
}

/// The program's functions as the machine runs them, for readers.
pub fn asm(program: &Program, target: Target) -> Result<String, CodegenError> {
    let mut generator = Generator::new(target, Options::default())?;
    let mut text = String::new();
    for function in &program.functions {
        let code = generator.assembly(function);
        let code = code.map_err(|reason| error(function, &reason))?;
        text.push_str(&format!("; {}\n{code}\n", function.name));
    }
    Ok(text)
}

fn error(function: &Function, reason: &str) -> CodegenError {
    CodegenError {
        function: function.name.clone(),
        reason: reason.to_owned(),
    }
}

/// The machine for one target, and the buffers that its functions share.
struct Generator {
    isa: OwnedTargetIsa,
    context: Context,
    builder: FunctionBuilderContext,
    target: Target,
    options: Options,
    /// words of tables before the next function's
    before: usize,
}

impl Generator {
    fn new(target: Target, options: Options) -> Result<Self, CodegenError> {
        let isa = machine(target, options).map_err(|reason| CodegenError {
            function: target.name().to_owned(),
            reason,
        })?;
        Ok(Self {
            isa,
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            target,
            options,
            before: 0,
        })
    }

    /// The function in CLIF, in `self.context`, how far it reaches into each space, and its tables.
    fn build(&mut self, function: &Function) -> Result<function::Made, String> {
        self.context.clear();
        let rewritten = bugs::rewrite(self.options.bug, function);
        let source = rewritten.as_ref().unwrap_or(function);
        let flat = flatten::flatten(source, self.options.bug);
        function::translate(
            flat.as_ref().unwrap_or(source),
            &mut self.context.func,
            &mut self.builder,
            self.isa.as_ref(),
            function::Choices {
                target: self.target,
                effort: self.options.effort,
                bug: self.options.bug,
                tables: self.before,
            },
        )
    }

    /// The function's machine code in words.
    fn assembly(&mut self, function: &Function) -> Result<String, String> {
        self.build(function)?;
        self.context.set_disasm(true);
        let code = self
            .context
            .compile(self.isa.as_ref(), &mut Default::default())
            .map_err(|problem| format!("{:?}", problem.inner))?;
        Ok(code.vcode.clone().unwrap_or_default())
    }

    fn add(&mut self, function: &Function, section: &mut NativeSection) -> Result<(), String> {
        let made = self.build(function)?;
        let code = self
            .context
            .compile(self.isa.as_ref(), &mut Default::default())
            .map_err(|problem| format!("{:?}", problem.inner))?;
        if !code.buffer.relocs().is_empty() || !code.buffer.traps().is_empty() {
            return Err("the code has relocations or traps".to_owned());
        }
        if code.buffer.alignment > ALIGN {
            return Err("the code wants more alignment than sections give".to_owned());
        }
        pad(&mut section.code);
        let bytes = code.buffer.data();
        section.functions.push(NativeFunction {
            offset: short(section.code.len())?,
            len: short(bytes.len())?,
            params: short(function.params.len())?,
            results: short(function.results.len())?,
            extents: made.extents,
        });
        self.before += made.tables.len();
        section.tables.extend_from_slice(&made.tables);
        section.code.extend_from_slice(bytes);
        Ok(())
    }
}

fn short(number: usize) -> Result<u32, String> {
    u32::try_from(number).map_err(|_| "more than four gigabytes of code".to_owned())
}

/// The target's machine at its baseline: an artifact runs on any processor of the kind.
fn machine(target: Target, options: Options) -> Result<OwnedTargetIsa, String> {
    let triple = match target {
        Target::X86_64Linux => "x86_64-unknown-linux-gnu",
        Target::Aarch64Linux => "aarch64-unknown-linux-gnu",
    };
    let effort = match options.effort {
        Effort::Plain => "none",
        Effort::Optimised => "speed",
    };
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", effort),
        (
            "enable_verifier",
            if options.verify { "true" } else { "false" },
        ),
        ("is_pic", "true"),
        ("use_colocated_libcalls", "false"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
        ("preserve_frame_pointers", "true"),
    ] {
        flags
            .set(name, value)
            .map_err(|problem| problem.to_string())?;
    }
    isa::lookup_by_name(triple)
        .map_err(|problem| problem.to_string())?
        .finish(settings::Flags::new(flags))
        .map_err(|problem| problem.to_string())
}
