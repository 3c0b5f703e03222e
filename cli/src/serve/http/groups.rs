//! `GET /v1/audiences/{name}`: how many are in it, and who, page by page; `GET /v1/journeys/{name}`: how many
//! entered, what became of them, and where the others stand.

use super::answer::Answer;
use super::app::App;
use super::people::QUESTION_BYTES;
use crate::serve::keys::Right;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use journey_runtime::engine::{Engine, Standing};
use journey_runtime::state::PersonNo;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const PAGE: usize = 100;
const PAGE_MAX: usize = 1_000;

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    /// where the page before ended
    after: Option<u32>,
    limit: Option<usize>,
}

pub(super) async fn audience(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(name): Path<String>,
    page: Result<Query<Page>, axum::extract::rejection::QueryRejection>,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let wrong = || Answer::bad("bad_page", "`after` and `limit` are numbers");
    let Query(page) = page.map_err(|_| wrong())?;
    let limit = page.limit.unwrap_or(PAGE);
    if limit == 0 || limit > PAGE_MAX {
        let message = format!("`limit` is from 1 to {PAGE_MAX}");
        return Err(Answer::bad("bad_page", message));
    }
    let found = app
        .engine
        .ask(QUESTION_BYTES, move |turn| {
            Ok(members(turn.engine(), &name, page.after, limit))
        })
        .await?;
    found
        .map(Answer::ok)
        .ok_or_else(|| Answer::not_found("there is no such audience"))
}

fn members(engine: &Engine, name: &str, after: Option<u32>, limit: usize) -> Option<Value> {
    let audiences = &engine.program().audiences;
    let place = audiences.iter().position(|plan| plan.name == name)?;
    let people = u32::try_from(engine.state().people.len()).unwrap_or(u32::MAX);
    let first = after.map_or(0, |after| after.saturating_add(1));
    let inside = (first..people).filter(|no| engine.is_member(PersonNo(*no), place));
    let mut page: Vec<u32> = inside.take(limit.saturating_add(1)).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let ids = page.iter().filter_map(|no| {
        let person = engine.state().people.get(PersonNo(*no).index())?;
        Some(json!(&*person.id))
    });
    Some(json!({
        "audience": name,
        "size": engine.audience_size(place),
        "members": ids.collect::<Vec<Value>>(),
        "next": page.last().filter(|_| more),
    }))
}

pub(super) async fn journey(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let found = app
        .engine
        .ask(QUESTION_BYTES, move |turn| Ok(counts(turn.engine(), &name)))
        .await?;
    found
        .map(Answer::ok)
        .ok_or_else(|| Answer::not_found("there is no such journey"))
}

fn counts(engine: &Engine, name: &str) -> Option<Value> {
    let journeys = &engine.program().journeys;
    let place = journeys.iter().position(|plan| plan.name == name)?;
    let counters = engine.counters();
    let of = |counts: &BTreeMap<Arc<str>, u64>| counts.get(name).copied().unwrap_or(0);
    let reasons = counters.reasons.iter().filter(|((of, _), _)| &**of == name);
    let reasons = reasons.map(|((_, reason), count)| {
        let reason = if reason.is_empty() {
            "ran_to_its_end"
        } else {
            &**reason
        };
        (reason.to_owned(), *count)
    });
    let mut in_flight: BTreeMap<String, u64> = BTreeMap::new();
    for person in &engine.state().people {
        let instances = person.instances.values();
        let ours = instances.filter(|i| i.journey.index() == place && i.ended.is_none());
        for instance in ours {
            let step = match engine.standing(instance) {
                Standing::Waiting { step, .. } | Standing::Holding { step, .. } => step,
                Standing::Ended { .. } | Standing::Moving => "".into(),
            };
            *in_flight.entry(step.to_string()).or_default() += 1;
        }
    }
    Some(json!({
        "journey": name,
        "entered": of(&counters.entries),
        "holdouts": of(&counters.holdouts),
        "goals": of(&counters.goals),
        "ended": reasons.collect::<BTreeMap<String, u64>>(),
        "in_flight": in_flight,
    }))
}

/// `GET /v1/program`: what can be asked for.
pub(super) async fn program(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let program = app.decoder()?.program();
    let names = |all: Vec<&String>| all.into_iter().cloned().collect::<Vec<String>>();
    Ok(Answer::ok(json!({
        "program": program.name,
        "version": program.version,
        "audiences": names(program.audiences.iter().map(|plan| &plan.name).collect()),
        "journeys": names(program.journeys.iter().map(|plan| &plan.name).collect()),
        "decisions": names(program.decisions.iter().map(|plan| &plan.name).collect()),
    })))
}
