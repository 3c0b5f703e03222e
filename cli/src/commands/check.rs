//! `journey check`: every problem of a program, in one run.

use crate::args::{CheckArgs, Deny, Format};
use crate::failure::Failure;
use crate::project::Project;
use crate::terminal;
use journey_compiler::diagnostics::Severity;
use journey_compiler::{json, render};

/// Shows at most this many in `text`; the rest is counted.
const SHOWN_MAX: usize = 100;

pub fn run(args: &CheckArgs, coloured: bool) -> Result<(), Failure> {
    let project = Project::open(args.path.as_deref())?;
    let diagnostics = project.diagnostics();
    let count = |s: Severity| diagnostics.iter().filter(|d| d.severity == s).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match args.format {
        Format::Json => terminal::print(&json::lines(&diagnostics, &project.sources))?,
        Format::Text => {
            let shown = diagnostics.get(..SHOWN_MAX).unwrap_or(&diagnostics);
            terminal::complain(&render::text(shown, &project.sources, coloured));
            if diagnostics.len() > SHOWN_MAX {
                let more = diagnostics.len() - SHOWN_MAX;
                terminal::complain(&format!("… and {more} more\n"));
            }
            let files = project
                .sources
                .keys()
                .filter(|f| f.ends_with(".journey"))
                .count();
            terminal::complain(&format!(
                "{}, {} in {}\n",
                counted(errors, "error"),
                counted(warnings, "warning"),
                counted(files, "file")
            ));
        }
    }
    let denied = args.deny == Some(Deny::Warnings) && warnings > 0;
    if errors > 0 || denied {
        Err(Failure::said())
    } else {
        Ok(())
    }
}

fn counted(n: usize, what: &str) -> String {
    match n {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{n} {what}s"),
    }
}
