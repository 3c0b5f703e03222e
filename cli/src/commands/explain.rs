//! `journey explain NAME`: the page of a diagnostic.

use crate::args::ExplainArgs;
use crate::failure::Failure;
use crate::terminal;
use journey_compiler::explain;

pub fn run(args: &ExplainArgs) -> Result<(), Failure> {
    match explain::page(&args.name) {
        Some(page) => terminal::print(page),
        None => {
            let near = journey_compiler::nearest(&args.name, explain::codes());
            let hint = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
            Err(Failure::usage(format!(
                "there is no diagnostic `{}`{hint}",
                args.name
            )))
        }
    }
}
