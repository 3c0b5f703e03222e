//! `journey why`: what was decided for a person and why, and why not. The folder is only looked at: its past is gone
//! through once more, on programs that note what their conditions come to.

use super::run::instant;
use crate::args::{ReportFormat, WhyArgs};
use crate::failure::Failure;
use crate::looking::Looked;
use crate::rights::audit::{self, Asked};
use crate::terminal;
use crate::why::{Question, ask, json, text};

pub fn run(args: &WhyArgs) -> Result<(), Failure> {
    let question = Question {
        journey: args.journey.clone(),
        step: args.step.clone(),
        at: args.at.as_deref().map(instant).transpose()?,
    };
    let looked = Looked::at(&args.state)?;
    let answer = ask::answer(
        &looked,
        &args.state,
        &args.profile,
        args.path.as_deref(),
        &question,
    )?;
    let asked = Asked {
        at: super::run::tell::now_ms(),
        what: "why",
        salt: &looked.salt(),
        profile: &args.profile,
        counts: &[("moments", answer.moments.len())],
    };
    audit::note(&args.state, &asked)?;
    match args.format {
        ReportFormat::Text => terminal::print(&text::text(&answer)),
        ReportFormat::Json => terminal::print(&format!("{}\n", json::json(&answer))),
    }
}
