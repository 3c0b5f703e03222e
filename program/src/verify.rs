//! The verifier: a program in, every reason not to run it out. It always runs before a program does, so
//! neither execution has to look again: registers are typed and written before they are read, places lie
//! inside their blocks, every loop burns fuel, every number in the tables names something.

use crate::plan::{FunctionContext, Program};
use crate::types::FunctionId;
use std::fmt;

mod flow;
mod function;
mod tables;
mod words;

/// More problems than this are not collected.
pub const PROBLEMS_MAX: usize = 100;
/// Registers times blocks of one function: what the flow of definite assignment may cost, in bits.
pub const FLOW_BITS_MAX: usize = 1 << 30;

/// A reason not to run a program: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyProblem {
    /// `function journey.winback.run b3[2]`, or `journey winback`
    pub place: String,
    pub what: String,
}

impl fmt::Display for VerifyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Checks all of a program.
pub fn verify(program: &Program) -> Result<(), Vec<VerifyProblem>> {
    let mut problems = Problems::default();
    if program.contexts.len() != program.functions.len() {
        problems.add("contexts", "there is not one for each function".to_owned());
    }
    let sizes = function::Sizes::of(program);
    for (index, _) in program.functions.iter().enumerate() {
        function::check(program, &sizes, FunctionId::new(index), &mut problems);
    }
    tables::check(program, &mut problems);
    if problems.list.is_empty() {
        Ok(())
    } else {
        Err(problems.list)
    }
}

/// Checks one function alone, as it would stand in the program with this context.
pub fn verify_function(
    program: &Program,
    function: &crate::ir::Function,
    context: FunctionContext,
) -> Result<(), Vec<VerifyProblem>> {
    let mut problems = Problems::default();
    function::check_one(
        program,
        &function::Sizes::of(program),
        function,
        context,
        &mut problems,
    );
    if problems.list.is_empty() {
        Ok(())
    } else {
        Err(problems.list)
    }
}

#[derive(Default)]
struct Problems {
    list: Vec<VerifyProblem>,
}

impl Problems {
    fn add(&mut self, place: impl fmt::Display, what: String) {
        if self.list.len() < PROBLEMS_MAX {
            self.list.push(VerifyProblem {
                place: place.to_string(),
                what,
            });
        }
    }
}
