//! `GET /v1/audiences/{name}`: how many are in it, and who, page by page; `GET /v1/journeys/{name}`: how many
//! entered, what became of them, and where the others stand. People are gone through in pieces, each a command of
//! its own, so that whatever else comes has its turn between them.

use super::answer::Answer;
use super::app::App;
use super::people::QUESTION_BYTES;
use crate::serve::handle::NotTaken;
use crate::serve::keys::Right;
use crate::serve::live::Turn;
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
/// People that one command looks at.
const PIECE: u32 = 8_192;

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
    let place = place_of(&app.decoder()?.program().audiences, &name, |plan| {
        &plan.name
    });
    let place = place.ok_or_else(|| Answer::not_found("there is no such audience"))?;
    let first = page.after.map_or(0, |after| after.saturating_add(1));
    let mut found = Members::default();
    let mut from = 0;
    while let Some(next) = from_here(&app, from, &mut found, move |engine, who, found| {
        if engine.is_member(who, place) {
            found.add(engine, who, first, limit);
        }
    })
    .await?
    {
        from = next;
    }
    Ok(Answer::ok(json!({
        "audience": name,
        "size": found.size,
        "members": found.ids,
        "next": found.last.filter(|_| found.more),
    })))
}

fn place_of<P>(plans: &[P], name: &str, of: impl Fn(&P) -> &String) -> Option<usize> {
    plans.iter().position(|plan| of(plan) == name)
}

/// Looks at a piece of all people, from one on; where the next begins, until there is none.
async fn from_here<T: Send + Default + 'static>(
    app: &App,
    from: u32,
    found: &mut T,
    mut look: impl FnMut(&Engine, PersonNo, &mut T) + Send + 'static,
) -> Result<Option<u32>, NotTaken> {
    let mut so_far = std::mem::take(found);
    let piece = move |turn: &mut Turn<'_>| {
        let engine = turn.engine();
        let people = u32::try_from(engine.state().people.len()).unwrap_or(u32::MAX);
        let to = from.saturating_add(PIECE).min(people);
        for no in from..to {
            look(engine, PersonNo(no), &mut so_far);
        }
        Ok((so_far, (to < people).then_some(to)))
    };
    // who has begun is let to the end
    let asked = if from == 0 {
        app.engine.ask(QUESTION_BYTES, piece).await
    } else {
        app.engine.insist(QUESTION_BYTES, piece).await
    };
    let (so_far, next) = asked?;
    *found = so_far;
    Ok(next)
}

#[derive(Default)]
struct Members {
    size: u64,
    ids: Vec<String>,
    last: Option<u32>,
    more: bool,
}

impl Members {
    fn add(&mut self, engine: &Engine, who: PersonNo, first: u32, limit: usize) {
        self.size += 1;
        if who.0 < first {
            return;
        }
        if self.ids.len() >= limit {
            self.more = true;
        } else if let Some(person) = engine.state().people.get(who.index()) {
            self.ids.push(person.id.to_string());
            self.last = Some(who.0);
        }
    }
}

pub(super) async fn journey(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let place = place_of(&app.decoder()?.program().journeys, &name, |plan| &plan.name);
    let place = place.ok_or_else(|| Answer::not_found("there is no such journey"))?;
    let mut in_flight = BTreeMap::new();
    let mut from = 0;
    while let Some(next) = from_here(&app, from, &mut in_flight, move |engine, who, found| {
        stand(engine, who, place, found);
    })
    .await?
    {
        from = next;
    }
    let counted = app.engine.insist(QUESTION_BYTES, move |turn| {
        Ok(counts(turn.engine(), &name, &in_flight))
    });
    Ok(Answer::ok(counted.await?))
}

/// Where a person's instances of a journey stand.
fn stand(engine: &Engine, who: PersonNo, place: usize, found: &mut BTreeMap<String, u64>) {
    let Some(person) = engine.state().people.get(who.index()) else {
        return;
    };
    let instances = person.instances.values();
    let ours = instances.filter(|i| i.journey.index() == place && i.ended.is_none());
    for instance in ours {
        let step = match engine.standing(instance) {
            Standing::Waiting { step, .. } | Standing::Holding { step, .. } => step,
            Standing::Ended { .. } | Standing::Moving => "".into(),
        };
        *found.entry(step.to_string()).or_default() += 1;
    }
}

fn counts(engine: &Engine, name: &str, in_flight: &BTreeMap<String, u64>) -> Value {
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
    json!({
        "journey": name,
        "entered": of(&counters.entries),
        "holdouts": of(&counters.holdouts),
        "goals": of(&counters.goals),
        "ended": reasons.collect::<BTreeMap<String, u64>>(),
        "in_flight": in_flight,
    })
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
