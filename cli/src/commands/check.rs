//! `journey check`: every problem of a program, in one run; for people, or in a format that tools read.

mod cache;
mod github;
mod junit;
mod sarif;

use crate::args::{CheckArgs, Deny, Format};
use crate::compile;
use crate::failure::Failure;
use crate::graph::Sources;
use crate::project::Project;
use crate::simulate;
use crate::terminal;
use cache::Cache;
use journey_compiler::diagnostics::{Diagnostic, Location, Severity};
use journey_compiler::lines::Lines;
use journey_compiler::load::MANIFEST;
use journey_compiler::proofs::stats::stats;
use journey_compiler::{json, render};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::Path;

pub fn run(args: &CheckArgs, coloured: bool) -> Result<(), Failure> {
    let project = Project::open(args.path.as_deref())?;
    let cache = args.cache.as_deref().map(|folder| {
        let how = (args.format, args.deny, args.stats, coloured);
        Cache::at(folder, &project, &format!("{how:?}"))
    });
    let kept = cache.as_ref().and_then(Cache::read);
    let verdict = match kept {
        Some(verdict) => verdict,
        None => {
            let verdict = examine(args, &project, coloured)?;
            if let Some(cache) = cache {
                cache.write(&verdict);
            }
            verdict
        }
    };
    terminal::complain(&verdict.complaints);
    terminal::print(&verdict.results)?;
    match verdict.failed {
        true => Err(Failure::said()),
        false => Ok(()),
    }
}

/// All that a check says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Verdict {
    /// for standard output
    results: String,
    /// for standard error
    complaints: String,
    failed: bool,
}

fn examine(args: &CheckArgs, project: &Project, coloured: bool) -> Result<Verdict, Failure> {
    let mut diagnostics = project.diagnostics();
    if !diagnostics.iter().any(|d| d.severity == Severity::Error) {
        diagnostics.extend(of_simulation(project)?);
    }
    let count = |s: Severity| diagnostics.iter().filter(|d| d.severity == s).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let deny_warnings = args.deny == Some(Deny::Warnings);
    let places = Places {
        root: &project.root,
        lines: Lines::of(&project.sources),
    };
    let mut complaints = String::new();
    let mut results = match args.format {
        Format::Json => json::lines(&diagnostics, &project.sources),
        Format::Sarif => sarif::report(&diagnostics, &places),
        Format::Github => github::commands(&diagnostics, &places),
        Format::Junit => {
            let files = sources(&project.sources);
            junit::report(&diagnostics, &places, &files, deny_warnings)
        }
        Format::Text => {
            complaints = render::text(&diagnostics, &project.sources, coloured);
            let _ = writeln!(
                complaints,
                "{}, {} in {}",
                counted(errors, "error"),
                counted(warnings, "warning"),
                counted(sources(&project.sources).len(), "file")
            );
            String::new()
        }
    };
    // a program with errors has no bounds
    if args.stats && errors == 0 {
        let stats = stats(&project.db, project.workspace);
        match args.format {
            Format::Text => results.push_str(&stats.text()),
            Format::Json => {
                let _ = writeln!(results, "{}", stats.json());
            }
            // these formats have a place for problems alone
            Format::Sarif | Format::Github | Format::Junit => {}
        }
    }
    Ok(Verdict {
        results,
        complaints,
        failed: errors > 0 || (deny_warnings && warnings > 0),
    })
}

/// What is wrong with the manifest's `[simulation]`: it names what a program without errors declares.
fn of_simulation(project: &Project) -> Result<Vec<Diagnostic>, Failure> {
    let Some(text) = project.sources.get(MANIFEST) else {
        return Ok(Vec::new());
    };
    if !simulate::read::has_section(text) {
        return Ok(Vec::new());
    }
    let program = project.checked(false)?;
    let plan = compile::plan(&program, &project.sources)?;
    Ok(simulate::read::read(MANIFEST, text, &plan).problems)
}

fn sources(all: &Sources) -> Vec<&str> {
    let names = all.keys().map(String::as_str);
    names.filter(|file| file.ends_with(".journey")).collect()
}

fn counted(n: usize, what: &str) -> String {
    match n {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{n} {what}s"),
    }
}

/// Where diagnostics lie, as tools name it.
struct Places<'p> {
    root: &'p Path,
    lines: Lines<'p>,
}

/// Line and column of both ends, from 1; columns count characters.
struct Region {
    start: (u32, u32),
    end: (u32, u32),
}

impl Places<'_> {
    fn region(&self, at: &Location) -> Region {
        Region {
            start: self.lines.place(&at.file, at.start),
            end: self.lines.place(&at.file, at.end),
        }
    }

    /// The file's path from where the command was run, with `/`.
    fn path(&self, file: &str) -> String {
        let path = self.root.join(file);
        let parts: Vec<_> = path
            .components()
            .filter(|part| !matches!(part, std::path::Component::CurDir))
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        parts.join("/").replacen("//", "/", 1)
    }
}

/// The way out, behind what is wrong.
fn message(problem: &Diagnostic) -> String {
    match &problem.help {
        Some(help) => format!("{}; {help}", problem.message),
        None => problem.message.clone(),
    }
}
