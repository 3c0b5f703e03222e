//! A question put to a folder: who it is about, the past once more, and what of it is the answer.

use super::verdict::Known;
use super::version::Versions;
use super::{Answer, Moment, Question, moments};
use crate::failure::Failure;
use crate::looking::Looked;
use journey_program::plan::{JourneyPlan, Program};
use journey_runtime::export;
use std::path::Path;

/// The answer; `path`: the project, where the folder does not know its sources.
pub fn answer(
    looked: &Looked,
    folder: &Path,
    profile: &str,
    path: Option<&Path>,
    question: &Question,
) -> Result<Answer, Failure> {
    let asked_for = journeys(&looked.program, question)?;
    let who = looked.person(profile)?;
    let versions = Versions::of(folder, &looked.look, path)?;
    let nothing = || Failure::outside("the folder has no state to begin with");
    let first = looked.look.before(None).ok_or_else(nothing)?;
    let own = export::all_of(&looked.engine, who);
    let past = looked.again(&first, &|hash| versions.swap(hash), &own)?;
    let id = looked.engine.view_of(who).map(|view| view.id.to_string());
    let id = id.unwrap_or_default();
    let moments = moments::moments(&past.seen, &versions, question, &id);
    let since = if looked.look.begins() {
        None
    } else {
        first.state().clock
    };
    let mut notes = looked.look.notes.clone();
    if looked
        .look
        .programs()
        .any(|hash| versions.swap(hash).is_none())
    {
        notes.push(
            "what a program was compiled from is not known, or this build compiles it otherwise: \
             its conditions are told without their parts; name the project's folder, as it was deployed"
                .to_owned(),
        );
    }
    let known = Known {
        program: &looked.program,
        seen: &past.seen,
        versions: &versions,
        question,
        moments: &moments,
        since,
    };
    let verdicts = asked_for.iter().map(|plan| known.verdict(plan)).collect();
    let clock = looked.engine.clock();
    Ok(Answer {
        profile: id,
        as_of: question
            .at
            .map_or(clock, |at| clock.map(|clock| clock.min(at))),
        since,
        verdicts,
        moments: concerned(&moments, question),
        notes,
    })
}

/// The journeys that are asked for.
fn journeys<'p>(
    program: &'p Program,
    question: &Question,
) -> Result<Vec<&'p JourneyPlan>, Failure> {
    let current = program
        .journeys
        .iter()
        .filter(|plan| plan.version.is_none());
    let Some(name) = &question.journey else {
        return match &question.step {
            None => Ok(current.collect()),
            Some(step) => {
                let with = current.filter(|plan| plan.steps.iter().any(|has| has.name == *step));
                let with: Vec<&JourneyPlan> = with.collect();
                if with.is_empty() {
                    return Err(Failure::usage(format!("no journey has a step `{step}`")));
                }
                Ok(with)
            }
        };
    };
    let Some(plan) = program.journeys.iter().find(|plan| plan.name == *name) else {
        let names = program.journeys.iter().map(|plan| plan.name.as_str());
        let near = journey_compiler::nearest(name, names);
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(Failure::usage(format!(
            "there is no journey `{name}`{hint}"
        )));
    };
    if let Some(step) = &question.step
        && !plan.steps.iter().any(|has| has.name == *step)
    {
        let names = plan.steps.iter().map(|step| step.name.as_str());
        let near = journey_compiler::nearest(step, names);
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(Failure::usage(format!(
            "`{name}` has no step `{step}`{hint}"
        )));
    }
    Ok(vec![plan])
}

/// What has to do with the journey and the step that are asked for, where any is.
fn concerned(moments: &[Moment], question: &Question) -> Vec<Moment> {
    let mut kept = Vec::new();
    let reached = moments.iter().flat_map(|moment| &moment.happened);
    let mut reached = reached.filter(|what| of_journey(question, &what.journey));
    let reached = reached.any(|what| question.step.is_some() && what.step == question.step);
    for moment in moments {
        let mut moment = moment.clone();
        let all = &moment.happened;
        let step = question.step.as_ref().filter(|_| reached);
        let at_step = step.is_none_or(|step| all.iter().any(|w| w.step.as_ref() == Some(step)));
        moment
            .happened
            .retain(|what| of_journey(question, &what.journey));
        let matters = moment.happened.iter().any(|what| {
            question.journey.is_none()
                || what.journey == question.journey
                || what.kind == "not_taken"
        });
        if matters && at_step {
            kept.push(moment);
        }
    }
    kept
}

fn of_journey(question: &Question, journey: &Option<String>) -> bool {
    question.journey.is_none() || *journey == question.journey || journey.is_none()
}
