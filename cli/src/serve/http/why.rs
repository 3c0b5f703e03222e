//! `GET /v1/profiles/{id}/why`: what was decided for a person and why, and why not, as `journey why` answers it. The
//! folder is looked at beside the engine, which goes on meanwhile; one such question at a time, because it reads
//! the whole past.

use super::answer::Answer;
use super::app::App;
use crate::commands::run::instant;
use crate::failure::{Exit, Failure};
use crate::looking::Looked;
use crate::rights::audit::{self, Asked};
use crate::serve::clock::now_ms;
use crate::serve::keys::Right;
use crate::why::{Question, ask, json};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path as In, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
pub(super) struct Asking {
    journey: Option<String>,
    step: Option<String>,
    at: Option<String>,
}

pub(super) async fn why(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    In(id): In<String>,
    asking: Result<Query<Asking>, QueryRejection>,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let Query(asking) = asking.map_err(|e| Answer::bad("bad_query", e.body_text()))?;
    let folder = app.folder.clone();
    let answered = app
        .alone("the past can't be told", move || {
            answer(&folder, &id, asking)
        })
        .await?;
    let text = answered.map_err(|failure| refused(&failure))?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answer::ok(body))
}

fn answer(folder: &Path, id: &str, asking: Asking) -> Result<String, Failure> {
    let question = Question {
        at: asking.at.as_deref().map(instant).transpose()?,
        journey: asking.journey,
        step: asking.step,
    };
    let looked = Looked::at(folder)?;
    let answer = ask::answer(&looked, folder, id, None, &question)?;
    let asked = Asked {
        at: now_ms(),
        what: "why",
        salt: &looked.salt(),
        profile: id,
        counts: &[("moments", answer.moments.len())],
    };
    audit::note(folder, &asked)?;
    Ok(json::json(&answer))
}

fn refused(failure: &Failure) -> Answer {
    match failure.exit {
        Exit::Usage => Answer::bad("bad_question", failure.message.clone()),
        Exit::Failed => Answer::not_found(failure.message.clone()),
        Exit::Done | Exit::Outside => {
            let message = failure.message.clone();
            Answer::error(StatusCode::CONFLICT, "no_answer", message)
        }
    }
}
