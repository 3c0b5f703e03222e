//! `journey plan`: two versions of a program, and what a deployment of the second would do: journeys that are new,
//! changed or gone, fields that come and go, and whether `migrate` blocks are total and typed; over a state folder,
//! what would become of everyone in it.

use crate::args::PlanArgs;
use crate::compile::{self, Execution};
use crate::failure::Failure;
use crate::graph::Sources;
use crate::kept::{Given, foreseen};
use crate::project::Project;
use crate::terminal;
use journey_compiler::hir::{Journey, Program};
use journey_compiler::{migration, render};
use journey_grammar::tokens;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

pub fn run(args: &PlanArgs, coloured: bool) -> Result<(), Failure> {
    let (old, new) = (
        Project::open(Some(&args.old))?,
        Project::open(Some(&args.new))?,
    );
    let (before, after) = (old.checked(coloured)?, new.checked(coloured)?);
    terminal::print(&report((&before, &old.sources), (&after, &new.sources)))?;
    let problems = migration::check(&before, &after);
    if problems.is_empty() {
        return match &args.state {
            None => Ok(()),
            Some(folder) => {
                let (old, new) = (given(&before, &old)?, given(&after, &new)?);
                terminal::print(&foreseen(folder, &old, &new)?)
            }
        };
    }
    terminal::complain(&render::text(&problems, &new.sources, coloured));
    Err(Failure::said())
}

/// A version as it is deployed.
fn given(program: &Program, project: &Project) -> Result<Given, Failure> {
    let plan = Arc::new(compile::plan(program, &project.sources)?);
    Ok(Given {
        execution: Execution::interpreter(&plan),
        sources: Some(project.sources.clone()),
    })
}

type Version<'v> = (&'v Program, &'v Sources);

fn report(old: Version<'_>, new: Version<'_>) -> String {
    let (before, after) = (old.0, new.0);
    let mut text = format!("{} {} -> {}\n", after.name, before.version, after.version);
    let (old_texts, new_texts) = (journeys(old.1), journeys(new.1));
    text.push_str("journeys\n");
    for journey in &after.journeys {
        let name = &journey.name;
        let what = match old_texts.get(name) {
            None => "new".to_owned(),
            Some(text) if new_texts.get(name) == Some(text) => "its text is as it was".to_owned(),
            Some(_) => changed(journey, &before.version),
        };
        let _ = writeln!(text, "  {name}: {what}");
    }
    for gone in old_texts
        .keys()
        .filter(|name| !new_texts.contains_key(*name))
    {
        let _ = writeln!(
            text,
            "  {gone}: gone; who is in it keeps {}",
            before.version
        );
    }
    let (had, has) = (fields(before), fields(after));
    let added = has
        .iter()
        .filter(|name| !had.contains(name))
        .map(|name| ("added", name));
    let dropped = had
        .iter()
        .filter(|name| !has.contains(name))
        .map(|name| ("dropped", name));
    for (number, (what, name)) in added.chain(dropped).enumerate() {
        if number == 0 {
            text.push_str("profile\n");
        }
        let _ = writeln!(text, "  {name}: {what}");
    }
    text
}

fn changed(journey: &Journey, version: &str) -> String {
    if journey.migrations.iter().any(|way| way.from == version) {
        format!("changed; who is in it is carried over from {version}")
    } else {
        format!("changed; who is in it keeps {version}")
    }
}

fn fields(program: &Program) -> Vec<&str> {
    let record = program.records.get(program.profile.record.index());
    let declared = record.into_iter().flat_map(|record| &record.fields);
    let computed = program.profile.lets.iter().map(|field| field.name.as_str());
    declared
        .map(|field| field.name.as_str())
        .chain(computed)
        .collect()
}

/// The words of each journey, by its name: neither blanks nor comments are a change.
fn journeys(sources: &Sources) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for (file, source) in sources {
        if !file.ends_with(".journey") {
            continue;
        }
        for chunk in journey_grammar::split(source) {
            let (Ok(start), Ok(end)) = (usize::try_from(chunk.start), usize::try_from(chunk.end))
            else {
                continue;
            };
            let text = source.get(start..end).unwrap_or_default();
            let words: Vec<String> = tokens(text)
                .into_iter()
                .filter(|token| !token.kind.is_trivia())
                .map(|token| token.text(text).to_owned())
                .collect();
            if let [first, name, ..] = words.as_slice()
                && first == "journey"
            {
                found.insert(name.clone(), words.clone());
            }
        }
    }
    found
}
