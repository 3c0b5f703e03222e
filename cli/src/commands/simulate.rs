//! `journey simulate`: people and behaviour invented (seeded) or taken from recorded events, run through the
//! program as it is compiled; a report. What is told of speed goes to standard error.

use super::run::{load, output::Output, tell};
use crate::args::{ReportFormat, SimulateArgs};
use crate::compile::Execution;
use crate::failure::Failure;
use crate::graph::Sources;
use crate::simulate::model::{Class, Model};
use crate::simulate::people::{Time, zone_of};
use crate::simulate::read::{DAYS_MAX, PEOPLE_MAX, read};
use crate::simulate::resample::Recorded;
use crate::simulate::world::{Sinks, simulate};
use crate::terminal;
use journey_compiler::load::MANIFEST;
use journey_compiler::render;
use journey_program::plan::Program;
use journey_runtime::intake::convert::instant;
use journey_runtime::intake::reader::Reader;
use journey_runtime::intake::{Intake, Taken};
use std::io::BufReader;
use std::sync::Arc;

pub fn run(args: &SimulateArgs, coloured: bool) -> Result<(), Failure> {
    overrule(args, &mut nothing())?; // what is wrong with the usage comes first
    let execution = load::execution(&args.path, args.interpret, coloured)?;
    let program = Arc::clone(&execution.plan);
    let recorded = match &args.events {
        Some(_) => Some(recorded(args, &program)?),
        None => None,
    };
    let mut model = match model(args, &program, coloured)? {
        Some(model) => model,
        None if recorded.is_some() => nothing(),
        None => return Err(no_section()),
    };
    let zone = zone_of(&program, &[]);
    if let Some(recorded) = &recorded {
        model.people = recorded.people();
        model.days = recorded.days(zone).unwrap_or(1);
    }
    overrule(args, &mut model)?;
    if let Some(recorded) = &recorded {
        model.from = recorded.begin(model.from, zone);
    }
    let time = Time::of(&model, zone);
    let sample = recorded.map(|recorded| recorded.sample(&program, &model, time));
    let left_out = sample.as_ref().map(|s| (s.answers, s.beyond));
    let mut actions = Output::open(args.actions.as_deref())?;
    let mut events = Output::open(args.write_events.as_deref())?;
    let (began, progress) = (tell::stopwatch(), tell::Progress::new(span(time)));
    let sinks = Sinks {
        actions: &mut actions,
        events: &mut events,
        wants_actions: args.actions.is_some(),
        wants_events: args.write_events.is_some(),
        progress: &mut |ms| progress.reached(u64::try_from(ms).unwrap_or(0)),
    };
    let done = simulate(
        &in_order(&execution, args.interpret)?,
        &model,
        sample,
        sinks,
    );
    progress.done();
    let mut report = done.map_err(|e| Failure::outside(format!("can't write: {e}")))?;
    actions.end()?;
    events.end()?;
    if let Some((answers, beyond)) = left_out {
        let parts = [
            (answers, "answers to sends of then"),
            (beyond, "after the end"),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        report.left_out = parts.map(|(count, what)| (what, count)).collect();
    }
    match args.format {
        ReportFormat::Text => terminal::print(&report.text())?,
        ReportFormat::Json => terminal::print(&report.json())?,
    }
    let fed: u64 = report.inputs.values().sum();
    terminal::complain(&tell::rate(fed, "events", began.elapsed()));
    Ok(())
}

fn span(time: Time) -> Option<u64> {
    u64::try_from(time.end - time.start).ok()
}

/// What is invented comes in order, so nothing is held back to be put in order.
fn in_order(execution: &Execution, interpret: bool) -> Result<Execution, Failure> {
    if execution.plan.settings.reorder_ms == 0 {
        return Ok(execution.clone());
    }
    let mut plan = (*execution.plan).clone();
    plan.settings.reorder_ms = 0;
    let plan = Arc::new(plan);
    if interpret {
        Ok(Execution::interpreter(&plan))
    } else {
        Execution::native(&plan)
    }
}

/// The section of `--model`, else of the project's manifest.
fn model(args: &SimulateArgs, program: &Program, coloured: bool) -> Result<Option<Model>, Failure> {
    let path = match &args.model {
        Some(path) => path.clone(),
        None if args.path.is_dir() => args.path.join(MANIFEST),
        None => return Ok(None),
    };
    let bytes = crate::project::read(&path)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let name = match &args.model {
        Some(path) => path.to_string_lossy().into_owned(),
        None => MANIFEST.to_owned(),
    };
    let found = read(&name, &text, program);
    if !found.problems.is_empty() {
        let sources = Sources::from([(name, text)]);
        terminal::complain(&render::text(&found.problems, &sources, coloured));
        return Err(Failure::said());
    }
    Ok(found.model)
}

fn no_section() -> Failure {
    Failure::failed(
        "there is no `[simulation]` section in `journey.toml`: say there who does what how often, \
         or give recorded events by `--events FILE`",
    )
}

/// Nobody does anything but what was recorded.
fn nothing() -> Model {
    Model {
        people: 1,
        seed: 1,
        from: crate::simulate::read::FROM,
        days: 1,
        arriving: 0.0,
        profile: Vec::new(),
        consents: Vec::new(),
        classes: vec![Class {
            name: "everyone".to_owned(),
            share: 1.0,
            factor: 1.0,
        }],
        habits: Vec::new(),
        follows: Vec::new(),
    }
}

fn overrule(args: &SimulateArgs, model: &mut Model) -> Result<(), Failure> {
    if let Some(seed) = args.seed {
        model.seed = seed;
    }
    if let Some(people) = args.people {
        if people == 0 || people > PEOPLE_MAX {
            let message = format!("`--people` is in 1..{PEOPLE_MAX}");
            return Err(Failure::usage(message));
        }
        model.people = people;
    }
    if let Some(days) = args.days {
        if days == 0 || u64::from(days) > DAYS_MAX {
            return Err(Failure::usage(format!("`--days` is in 1..{DAYS_MAX}")));
        }
        model.days = days;
    }
    if let Some(from) = &args.from {
        let day = instant::date(from).ok_or_else(|| {
            Failure::usage(format!("`{from}` is no date: write it as 2026-01-01"))
        })?;
        model.from = day;
    }
    Ok(())
}

/// The inputs of a file; what can't be taken is left out and counted on standard error.
fn recorded(args: &SimulateArgs, program: &Program) -> Result<Recorded, Failure> {
    let path = args.events.clone().unwrap_or_default();
    let mut intake =
        Intake::new(program, args.source.as_deref()).map_err(|e| Failure::usage(e.to_string()))?;
    let (input, name, _) = super::run::open(&path)?;
    let outside = |e: &dyn std::fmt::Display| Failure::outside(format!("{}: {e}", path.display()));
    let input = BufReader::new(input);
    let mut reader = Reader::open(input, &name, intake.format()).map_err(|e| outside(&e))?;
    intake
        .header(reader.columns())
        .map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
    let (mut inputs, mut refused) = (Vec::new(), 0u64);
    let arrived = tell::now_ms();
    while let Some(taken) = intake.next(&mut reader, arrived).map_err(|e| outside(&e))? {
        match taken {
            Taken::Input(input) => inputs.push(input),
            Taken::DeadLetter(_) => refused += 1,
        }
    }
    if refused > 0 {
        terminal::complain(&format!("note: {refused} records could not be taken\n"));
    }
    let recorded = Recorded::of(program, inputs);
    if recorded.people() == 0 {
        return Err(Failure::failed(format!(
            "{}: nobody is in these events",
            path.display()
        )));
    }
    Ok(recorded)
}
