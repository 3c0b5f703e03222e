//! `POST /v1/ask/{channel}`: a touchpoint asks what waits for a person on a channel that is delivered on request: a
//! web page, a cash machine, a desk. What it is given is durably handed over before it is answered; with
//! `"record": false` it only looks.

use super::answer::Answer;
use super::app::App;
use super::body;
use super::decide::{ids, object};
use crate::serve::keys::Right;
use crate::serve::live::Turn;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use journey_program::show;
use journey_runtime::engine::ON_REQUEST;
use journey_runtime::input::Identifiers;
use journey_runtime::outbox::Item;
use journey_runtime::store::StoreError;
use serde_json::{Value, json};
use std::sync::Arc;

/// Sends in one answer.
const MOST: usize = 100;
const KEYS: [&str; 2] = ["ids", "record"];

pub(super) async fn ask(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(channel): Path<String>,
    body: Body,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let mut channels = app.decoder()?.program().channels.iter();
    let plan = channels.find(|plan| plan.name == channel);
    if plan.is_none_or(|plan| plan.deliver != ON_REQUEST) {
        let message = "there is no such channel that is delivered on request";
        return Err(Answer::not_found(message));
    }
    let bytes = body::read(&headers, body, &app.limits).await?;
    let (given, record) = object(&bytes, &KEYS)?;
    if record {
        app.may(&headers, Right::Both)?;
    }
    let ids = ids(&app, given.field("ids"))?;
    let waiting = app.engine.ask(bytes.len(), move |turn| {
        waiting(turn, &ids, &channel, record)
    });
    let sends: Vec<Value> = waiting.await?.iter().map(shown).collect();
    Ok(Answer::ok(json!({"sends": sends})))
}

fn waiting(
    turn: &mut Turn<'_>,
    ids: &Identifiers,
    channel: &str,
    record: bool,
) -> Result<Vec<Item>, StoreError> {
    let engine = turn.engine();
    let mut known = ids.iter();
    let who = known.find_map(|(number, value)| engine.person_by(*number, value));
    let Some(who) = who else {
        return Ok(Vec::new()); // whom nobody knows nothing waits for
    };
    let now = turn.wall();
    turn.durable().asked_for(who, channel, (now, MOST, record))
}

/// What was decided, without what only a log needs.
fn shown(item: &Item) -> Value {
    let line: Value = serde_json::from_str(&item.line).unwrap_or(Value::Null);
    let member = |name: &str| line.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "send": &*item.key,
        "message": &*item.message,
        "journey": member("journey"),
        "step": member("step"),
        "since": show::time_ms(item.since),
        "content": member("content"),
    })
}
