//! `POST /v1/outcomes/{channel}`: a provider's call-backs, let in by their signature. `GET /v1/sends`: how many
//! sends stand how, and the dead letters. `POST /v1/sends/{key}/replay`: one of these is tried anew.

use super::answer::Answer;
use super::app::App;
use super::body;
use super::guard;
use crate::deliver::sign::Said;
use crate::serve::clock::now_ms;
use crate::serve::keys::Right;
use crate::serve::sending::Sending;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use journey_program::show;
use journey_runtime::engine::Engine;
use journey_runtime::input::Input;
use journey_runtime::outbox::{Item, Outbox, Standing};
use journey_runtime::store::Entry;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Dead letters in one answer.
const PAGE: usize = 100;
/// Stands for the person of a send until the engine says who it is.
const PERSON: &str = "?";

#[derive(Clone, Debug)]
pub(in crate::serve) struct Sends {
    app: Arc<App>,
    sending: Arc<Sending>,
}

pub(in crate::serve) fn routes(app: &Arc<App>, sending: &Arc<Sending>) -> Router {
    let state = Sends {
        app: Arc::clone(app),
        sending: Arc::clone(sending),
    };
    Router::new()
        .route("/v1/sends", get(list))
        .route("/v1/sends/{key}/replay", post(replay))
        .layer(from_fn_with_state(Arc::clone(app), guard::only_here))
        // who calls back is elsewhere, and known by the signature
        .route("/v1/outcomes/{channel}", post(outcome))
        .with_state(state)
}

#[derive(Debug, Deserialize)]
struct Asked {
    /// `failed`, `unknown`, `uncertain` or `waiting`
    state: Option<String>,
    channel: Option<String>,
    /// of the page before: the key that it ended with
    after: Option<String>,
}

async fn list(
    State(sends): State<Sends>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Answer, Answer> {
    sends.app.admit(&headers, Right::Read)?;
    let unread =
        |e: QueryRejection| Answer::error(StatusCode::BAD_REQUEST, "bad_query", e.body_text());
    let Query(asked) = asked.map_err(unread)?;
    let known = ["failed", "unknown", "uncertain", "waiting"];
    if let Some(state) = asked
        .state
        .as_deref()
        .filter(|state| !known.contains(state))
    {
        let message = format!("there is no state `{state}`: ask for {}", known.join(", "));
        return Err(Answer::bad("unknown_state", message));
    }
    let body = sends.app.engine.ask(0, move |turn| {
        let outbox = turn.durable().outbox();
        Ok(json!({"channels": totals(outbox), "sends": page(outbox, &asked)}))
    });
    Ok(Answer::ok(body.await?))
}

fn totals(outbox: &Outbox) -> Value {
    let channels = outbox.endpoints.iter().map(|(name, endpoint)| {
        let totals = endpoint.totals;
        let counts = json!({
            "waiting": outbox.waiting(name),
            "sent": totals.sent,
            "failed": totals.failed,
            "unknown": totals.unknown,
            "uncertain": totals.uncertain,
            "dropped": totals.dropped,
            "forgotten": totals.forgotten,
            "attempts": totals.attempts,
            "disabled": endpoint.disabled,
        });
        (name.to_string(), counts)
    });
    Value::Object(channels.collect::<Map<String, Value>>())
}

fn page(outbox: &Outbox, asked: &Asked) -> Vec<Value> {
    let from = asked.after.as_deref().and_then(|key| outbox.keys.get(key));
    let from = from.map_or(0, |number| number.saturating_add(1));
    let wanted = |item: &&Item| {
        let letter = matches!(item.standing, Standing::Letter { .. });
        let state = match &asked.state {
            Some(state) => item.state() == state,
            None => letter,
        };
        let channel = asked.channel.as_ref();
        state && channel.is_none_or(|channel| **channel == *item.channel)
    };
    let items = outbox.items.range(from..).map(|(_, item)| item);
    items.filter(wanted).take(PAGE).map(shown).collect()
}

/// A send without what it says, and to whom.
fn shown(item: &Item) -> Value {
    let mut shown = json!({
        "key": &*item.key,
        "channel": &*item.channel,
        "message": &*item.message,
        "state": item.state(),
        "attempts": item.attempts,
        "since": show::time_ms(item.since),
    });
    if let (Standing::Letter { at, why, .. }, Value::Object(fields)) = (&item.standing, &mut shown)
    {
        fields.insert("at".to_owned(), json!(show::time_ms(*at)));
        fields.insert("why".to_owned(), json!(why));
    }
    shown
}

async fn replay(
    State(sends): State<Sends>,
    headers: HeaderMap,
    Path(key): Path<String>,
) -> Result<Answer, Answer> {
    sends.app.admit(&headers, Right::Write)?;
    let bytes = key.len();
    let done = sends.app.engine.ask(bytes, move |turn| {
        let now = turn.wall();
        turn.durable().replay(&key, now)
    });
    if done.await? {
        return Ok(Answer {
            status: StatusCode::ACCEPTED,
            body: json!({"state": "waiting"}),
        });
    }
    Err(Answer::not_found("no dead letter has this key"))
}

async fn outcome(
    State(sends): State<Sends>,
    headers: HeaderMap,
    Path(channel): Path<String>,
    body: Body,
) -> Result<Answer, Answer> {
    let decoder = sends.app.decoder()?;
    let Some(secrets) = sends.sending.secrets(&channel) else {
        return Err(Answer::not_found("no such channel takes call-backs"));
    };
    let bytes = body::read(&headers, body, &sends.app.limits).await?;
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    let said = Said {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let now = now_ms();
    let seconds = now.div_euclid(1_000);
    let signed = secrets.verify(&said, &bytes, seconds);
    signed.map_err(|why| Answer::unauthorized(&why.to_string()))?;
    let lost = |_| Answer::bad("broken", "an earlier call-back has failed");
    if sends
        .sending
        .seen
        .lock()
        .map_err(lost)?
        .has(&channel, said.id)
    {
        return Ok(Answer::ok(json!({"duplicate": true})));
    }
    let (record, key) = canonical(&channel, (said.id, sends.sending.identifier()), &bytes)?;
    let mut items = decoder.read(&record, None, &sends.app.limits, now)?;
    let taken = items.pop().map(|item| item.taken);
    let input = match taken {
        Some(Ok(input)) => input,
        Some(Err(refused)) => return Err(Answer::bad(refused.reason, refused.message)),
        None => {
            return Err(Answer::bad(
                "not_a_record",
                "there is no outcome in the body",
            ));
        }
    };
    let taken = sends.app.engine.ask(record.len(), move |turn| {
        let Some(input) = addressed(turn.engine(), input, &key) else {
            return Ok(false);
        };
        turn.take(Entry::Input(input))?;
        Ok(true)
    });
    if !taken.await? {
        return Err(Answer::not_found("no send has this key"));
    }
    let mut seen = sends.sending.seen.lock().map_err(lost)?;
    seen.insert(&channel, said.id, seconds);
    let (status, body) = (StatusCode::ACCEPTED, json!({"accepted": 1}));
    Ok(Answer { status, body })
}

/// `{"type":"clicked","send":"KEY","at":…,"data":{…}}` as the envelope of an event, and its send's key.
fn canonical(
    channel: &str,
    (id, identifier): (&str, &str),
    body: &[u8],
) -> Result<(Vec<u8>, String), Answer> {
    let wrong = |message: &str| Answer::bad("not_an_outcome", message);
    let Ok(Value::Object(mut said)) = serde_json::from_slice::<Value>(body) else {
        return Err(wrong("an outcome is a JSON object"));
    };
    let Some(Value::String(kind)) = said.get("type") else {
        return Err(wrong("an outcome has a `type`, as the channel names it"));
    };
    let kind = match kind.strip_prefix(channel) {
        Some(rest) if rest.starts_with('.') => kind.clone(),
        Some(_) | None => format!("{channel}.{kind}"),
    };
    let data = said.entry("data").or_insert_with(|| json!({}));
    let Value::Object(data) = data else {
        return Err(wrong("`data` is an object"));
    };
    let mut data = data.clone();
    if let Some(send) = said.get("send") {
        data.insert("send".to_owned(), send.clone());
    }
    let Some(Value::String(key)) = data.get("send") else {
        return Err(wrong("an outcome names its `send` by its key"));
    };
    let key = key.clone();
    let id = said.get("id").cloned().unwrap_or_else(|| json!(id));
    let mut record = json!({"type": kind, "id": id, "ids": {identifier: PERSON}, "data": data});
    if let (Some(at), Value::Object(record)) = (said.get("at"), &mut record) {
        record.insert("at".to_owned(), at.clone());
    }
    Ok((record.to_string().into_bytes(), key))
}

/// Whose send it was is known here.
fn addressed(engine: &Engine, mut input: Input, key: &str) -> Option<Input> {
    let known = engine.sent_to(key)?;
    if let Input::Event(event) = &mut input {
        event.ids = vec![known];
    }
    Some(input)
}
