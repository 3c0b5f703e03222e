//! Standard output and standard error, with one rule: a closed pipe or a full disk is a failure of the
//! outside (exit 3), never a panic.

use crate::failure::Failure;
use std::io::{IsTerminal, Write};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// Results go to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| Failure::outside(format!("can't write to standard output: {e}")))
}

/// Errors and progress go to standard error. Nobody listening there is no reason to stop.
pub fn complain(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Whether diagnostics are coloured: as asked, else by `NO_COLOR` and by who listens.
pub fn coloured(choice: Color) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                && std::io::stderr().is_terminal()
        }
    }
}

/// Whether somebody watches: progress is shown on a terminal only.
pub fn watched() -> bool {
    std::io::stderr().is_terminal()
}
