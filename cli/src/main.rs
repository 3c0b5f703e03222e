//! The `journey` command: arguments in, exit code out.

use clap::Parser;
use journey_cli::args::Cli;
use journey_cli::{commands, terminal};
use std::process::ExitCode;

/// Events are many small pieces that come and go.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                terminal::complain(&format!("error: {failure}\n"));
            }
            ExitCode::from(failure.exit as u8)
        }
    }
}
