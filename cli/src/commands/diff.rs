//! `journey diff`: two versions over the same events; who would get something else, grouped by the change in the
//! source that causes it.

use super::run::{instant, tell};
use crate::args::{DiffArgs, ReportFormat};
use crate::diff::cause::Causes;
use crate::diff::changes::{changes, parts};
use crate::diff::compose::Composer;
use crate::diff::report::Report;
use crate::diff::runs::Events;
use crate::failure::Failure;
use crate::project::{Project, read};
use crate::terminal;
use std::io::Read;
use std::path::Path;

pub fn run(args: &DiffArgs, coloured: bool) -> Result<(), Failure> {
    let until = args.until.as_deref().map(instant).transpose()?;
    let (old, new) = (
        Project::open(Some(&args.old))?,
        Project::open(Some(&args.new))?,
    );
    let (before, after) = (old.checked(coloured)?, new.checked(coloured)?);
    let events = Events {
        name: args.events.to_string_lossy().into_owned(),
        bytes: bytes(&args.events)?,
        source: args.source.clone(),
        arrived: tell::now_ms(),
        until,
    };
    let (old_parts, new_parts) = (parts(&old), parts(&new));
    let found = changes((&old_parts, &old.sources), (&new_parts, &new.sources));
    let composer = Composer::new(&old_parts, &found, &before.name, &before.version);
    let mut causes = Causes::new(composer, &events)?;
    let names = (
        after.name.clone(),
        (before.version.clone(), after.version.clone()),
    );
    let report = Report::of(names, found.clone(), &mut causes)?;
    match args.format {
        ReportFormat::Text => terminal::print(&report.text()),
        ReportFormat::Json => terminal::print(&report.json()),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::outside(format!("can't read standard input: {e}")))?;
    Ok(bytes)
}
