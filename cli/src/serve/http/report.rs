//! `GET /v1/report`: what `journey report --format json` says, all tables or `?table=NAME`. The folder is looked at
//! beside the engine, which goes on meanwhile; one such question at a time.

use super::answer::Answer;
use super::app::App;
use crate::failure::Failure;
use crate::looking::Looked;
use crate::report::{facts::Facts, json, report};
use crate::serve::keys::Right;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
pub(super) struct Asking {
    table: Option<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asking: Result<Query<Asking>, QueryRejection>,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let Query(asking) = asking.map_err(|e| Answer::bad("bad_query", e.body_text()))?;
    let folder = app.folder.clone();
    let answered = app
        .alone("the folder can't be read", move || {
            answer(&folder, asking.table.as_deref())
        })
        .await?;
    let found = answered
        .map_err(|failure| Answer::error(StatusCode::CONFLICT, "no_answer", failure.message))?;
    found
        .map(Answer::ok)
        .ok_or_else(|| Answer::not_found("there is no such table"))
}

/// None: there is no such table.
fn answer(folder: &Path, table: Option<&str>) -> Result<Option<Value>, Failure> {
    let looked = Looked::at(folder)?;
    let report = report(&Facts::of(&looked.engine), table);
    Ok((!report.tables.is_empty()).then(|| json::json(&report)))
}
