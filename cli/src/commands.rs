//! One file a command; each takes its arguments and returns, or says why not.

pub mod build;
pub mod check;
pub mod diff;
pub mod erase;
pub mod explain;
pub mod export;
pub mod fmt;
pub mod graph;
pub mod new;
pub mod plan;
pub mod report;
pub mod run;
pub mod serve;
pub mod simulate;
pub mod test;
pub mod why;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::terminal::coloured;

pub fn run(cli: Cli) -> Result<(), Failure> {
    let coloured = coloured(cli.color);
    match cli.command {
        Command::New(args) => new::run(&args),
        Command::Check(args) => check::run(&args, coloured),
        Command::Fmt(args) => fmt::run(&args),
        Command::Build(args) => build::run(&args, coloured),
        Command::Test(args) => test::run(&args, coloured),
        Command::Run(args) => run::run(&args, coloured),
        Command::Serve(args) => serve::run(&args, coloured),
        Command::Simulate(args) => simulate::run(&args, coloured),
        Command::Why(args) => why::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Plan(args) => plan::run(&args, coloured),
        Command::Diff(args) => diff::run(&args, coloured),
        Command::Graph(args) => graph::run(&args, coloured),
        Command::Erase(args) => erase::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Lsp(_) => journey_lsp::serve()
            .map_err(|e| Failure::outside(format!("the language server stopped: {e}"))),
    }
}
