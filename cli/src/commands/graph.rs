//! `journey graph`: the state machine of a journey, as svg, mermaid, dot or json.

use crate::args::{GraphArgs, GraphFormat};
use crate::failure::Failure;
use crate::graph::links::Links;
use crate::graph::{json, picture, svg};
use crate::project::Project;
use crate::terminal;
use journey_compiler::hir::{Journey, Program};
use std::path::Path;

pub fn run(args: &GraphArgs, coloured: bool) -> Result<(), Failure> {
    let (path, name) = read_args(args);
    let project = Project::open(path)?;
    let program = project.checked(coloured)?;
    let journeys = chosen(&program, name)?;
    if args.format == GraphFormat::Svg && journeys.len() != 1 {
        let names: Vec<&str> = program.journeys.iter().map(|j| j.name.as_str()).collect();
        return Err(Failure::usage(format!(
            "svg shows one journey: name one of {}",
            names.join(", ")
        )));
    }
    let mut out = String::new();
    for journey in journeys {
        let shape = picture(&program, journey, &project.sources);
        let links = Links::of(&shape);
        match args.format {
            GraphFormat::Svg => out.push_str(&svg::document(&journey.name, &shape)),
            GraphFormat::Mermaid => {
                out.push_str(&format!(
                    "---\ntitle: {}\n---\n{}",
                    journey.name,
                    links.mermaid()
                ));
            }
            GraphFormat::Dot => out.push_str(&links.dot(&journey.name)),
            GraphFormat::Json => {
                out.push_str(&json::line(&journey.name, &links));
                out.push('\n');
            }
        }
    }
    terminal::print(&out)
}

/// `journey graph NAME` inside a project: the one argument is a journey if it is no path.
fn read_args(args: &GraphArgs) -> (Option<&Path>, Option<&str>) {
    match (&args.path, &args.journey) {
        (Some(path), None) if !path.exists() => (None, path.to_str()),
        (path, journey) => (path.as_deref(), journey.as_deref()),
    }
}

fn chosen<'p>(program: &'p Program, name: Option<&str>) -> Result<Vec<&'p Journey>, Failure> {
    let Some(name) = name else {
        return Ok(program.journeys.iter().collect());
    };
    match program.journeys.iter().find(|j| j.name == name) {
        Some(journey) => Ok(vec![journey]),
        None => {
            let names = program.journeys.iter().map(|j| j.name.as_str());
            let near = journey_compiler::nearest(name, names);
            let hint = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
            Err(Failure::usage(format!(
                "there is no journey `{name}`{hint}"
            )))
        }
    }
}
