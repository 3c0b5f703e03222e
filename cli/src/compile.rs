//! A checked program → something that runs: its plan, and one of the two executions of it.

use crate::failure::Failure;
use crate::graph::Sources;
use journey_compiler::codegen;
use journey_compiler::hir;
use journey_compiler::lines::Lines;
use journey_compiler::lower;
use journey_program::abi::Target;
use journey_program::host::Executor;
use journey_program::interp::Interpreter;
use journey_program::plan::Program;
use journey_program::verify::verify;
use journey_runtime::native::NativeCode;
use std::sync::Arc;

/// The plan of a checked program, verified as every plan is.
pub fn plan(program: &hir::Program, sources: &Sources) -> Result<Program, Failure> {
    let lines = Lines::of(sources);
    let plan = lower::lower(program, &|file, byte| lines.place(file, byte));
    verify(&plan).map_err(|problems| {
        let first = problems
            .first()
            .map_or_else(String::new, ToString::to_string);
        Failure::failed(format!(
            "internal error: the compiler made code that does not verify: {first}"
        ))
    })?;
    Ok(plan)
}

/// A plan with an execution of it; clones share the code.
#[derive(Clone)]
pub struct Execution {
    pub plan: Arc<Program>,
    executor: Arc<dyn Executor>,
}

impl std::fmt::Debug for Execution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execution")
            .field("executor", &self.executor.name())
            .finish_non_exhaustive()
    }
}

impl Execution {
    /// Native code for this machine, compiled now.
    pub fn native(plan: &Arc<Program>) -> Result<Self, Failure> {
        let Some(target) = Target::current() else {
            return Ok(Self::interpreter(plan));
        };
        let section = codegen::compile(plan, target)
            .map_err(|e| Failure::failed(format!("internal error: no native code: {e}")))?;
        Self::loaded(plan, &section)
    }

    /// Native code that was compiled before.
    pub fn loaded(
        plan: &Arc<Program>,
        section: &journey_program::abi::NativeSection,
    ) -> Result<Self, Failure> {
        let code = NativeCode::load(section)
            .map_err(|e| Failure::outside(format!("can't map the native code: {e}")))?;
        Ok(Self {
            plan: Arc::clone(plan),
            executor: Arc::new(code),
        })
    }

    pub fn interpreter(plan: &Arc<Program>) -> Self {
        Self {
            plan: Arc::clone(plan),
            executor: Arc::new(Interpreter::new(Arc::clone(plan))),
        }
    }

    pub fn executor(&self) -> Box<dyn Executor> {
        Box::new(Shared(Arc::clone(&self.executor)))
    }
}

/// One loaded code for many engines.
struct Shared(Arc<dyn Executor>);

impl Executor for Shared {
    fn run(
        &self,
        function: journey_program::types::FunctionId,
        host: &mut dyn journey_program::host::Host,
        args: &[i64],
        results: &mut [i64],
    ) -> Result<(), journey_program::ir::Fault> {
        self.0.run(function, host, args, results)
    }
    fn name(&self) -> &'static str {
        self.0.name()
    }
}
