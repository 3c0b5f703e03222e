//! `GET /v1/profiles/{id}`: what is known of a person; `DELETE`: all of it goes, out of every file of the folder,
//! and a receipt says so. A person is named by an identifier and its value, `user_id:u1`, or by a value alone that
//! names one person only.

use super::answer::Answer;
use super::app::App;
use crate::rights::erasures::{self, ERASURES};
use crate::serve::keys::Right;
use crate::serve::live::Turn;
use axum::extract::{Path as In, State};
use axum::http::HeaderMap;
use journey_program::plan::Program;
use journey_program::show;
use journey_program::types::Value as Typed;
use journey_runtime::actions::json;
use journey_runtime::engine::{Engine, InstanceView, PersonView, Standing};
use journey_runtime::input::Identifiers;
use journey_runtime::state::PersonNo;
use journey_runtime::store::StoreError;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;

/// What a small question weighs in the queue.
pub(super) const QUESTION_BYTES: usize = 1 << 10;

pub(super) async fn look(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    In(id): In<String>,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let found = app
        .engine
        .ask(QUESTION_BYTES, move |turn| {
            let who = match named(turn.engine(), &id) {
                Ok((_, who)) => who,
                Err(answer) => return Ok(Err(answer)),
            };
            let traits = turn.durable().traits_of(who);
            let engine = turn.engine();
            let view = engine.view_of(who).ok_or_else(unknown);
            Ok(view.map(|view| (profile(engine, &view, &traits), view.id)))
        })
        .await?;
    let (mut profile, id) = found?;
    let lines = app.timeline.of(&id);
    let lines = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    profile.insert("timeline".to_owned(), lines.collect());
    Ok(Answer::ok(Value::Object(profile)))
}

pub(super) async fn erase(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    In(id): In<String>,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Both)?;
    let folder = app.folder.clone();
    let erased = app
        .engine
        .insist(QUESTION_BYTES, move |turn| forget(turn, &id, &folder))
        .await?;
    erased.map(Answer::ok)
}

fn forget(
    turn: &mut Turn<'_>,
    id: &str,
    folder: &Path,
) -> Result<Result<Value, Answer>, StoreError> {
    let (_, who) = match named(turn.engine(), id) {
        Ok(found) => found,
        Err(answer) => return Ok(Err(answer)),
    };
    let profile = turn.engine().view_of(who);
    let profile = profile.map_or_else(String::new, |view| view.id.to_string());
    let (request, seed) = (erasures::request(), erasures::chance());
    let Some(erased) = turn.erase(who, (&request, seed))? else {
        return Ok(Err(unknown()));
    };
    let at = turn.wall();
    let salt = turn.durable().progress().salt.clone();
    let receipt = erasures::told(folder, &erased, at, (&salt, id));
    let receipt = receipt.map_err(|failure| StoreError::Io {
        verb: "write",
        name: ERASURES.to_owned(),
        error: failure.message,
    })?;
    let receipt: Value = serde_json::from_str(&receipt).unwrap_or(Value::Null);
    Ok(Ok(json!({"erased": profile, "receipt": receipt})))
}

fn unknown() -> Answer {
    Answer::not_found("nobody is known by this")
}

/// Who is meant, and what names them.
pub(super) fn named(engine: &Engine, text: &str) -> Result<(Identifiers, PersonNo), Answer> {
    let identifiers = &engine.program().profile.identifiers;
    if let Some((name, value)) = text.split_once(':')
        && let Some(place) = identifiers.iter().position(|plan| plan.name == name)
    {
        let number = u32::try_from(place).unwrap_or(u32::MAX);
        let who = engine.person_by(number, value).ok_or_else(unknown)?;
        return Ok((vec![(number, value.to_owned())], who));
    }
    let found = engine.named_by(text);
    let mut people: Vec<PersonNo> = found.iter().map(|(_, who)| *who).collect();
    people.sort_unstable();
    people.dedup();
    match (found.first(), people.len()) {
        (Some((number, who)), 1) => Ok((vec![(*number, text.to_owned())], *who)),
        (None, _) | (Some(_), 0) => Err(unknown()),
        (Some(_), _) => Err(Answer::error(
            axum::http::StatusCode::CONFLICT,
            "ambiguous",
            "several people are known by this: write it as `user_id:VALUE`",
        )),
    }
}

pub(super) fn shown(program: &Program, value: &Typed) -> Value {
    serde_json::from_str(&json::value(program, value)).unwrap_or(Value::Null)
}

fn named_values(program: &Program, values: &[(Arc<str>, Typed)]) -> Map<String, Value> {
    let shown = values
        .iter()
        .map(|(name, value)| (name.to_string(), shown(program, value)));
    shown.filter(|(_, value)| !value.is_null()).collect()
}

fn profile(engine: &Engine, view: &PersonView, traits: &[(Arc<str>, Typed)]) -> Map<String, Value> {
    let program = engine.program();
    let audiences = view.audiences.iter().map(|audience| {
        let since = audience.since.map(show::time_ms);
        json!({"audience": &*audience.name, "since": since})
    });
    let consent = view.consent.iter().map(|(purpose, channel, granted)| {
        json!({"purpose": &**purpose, "channel": &**channel, "granted": granted})
    });
    let instances = view.instances.iter().map(|instance| one(program, instance));
    let parts = [
        ("profile", json!(&*view.id)),
        ("fields", Value::Object(named_values(program, &view.fields))),
        ("traits", Value::Object(named_values(program, traits))),
        ("consent", consent.collect()),
        ("audiences", audiences.collect()),
        ("instances", instances.collect()),
    ];
    parts
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

fn one(program: &Program, instance: &InstanceView) -> Value {
    let (standing, step, until) = match &instance.standing {
        Standing::Waiting { step, until } => ("waiting", Some(step), *until),
        Standing::Holding { step, until } => (
            "holding",
            Some(step),
            (*until != i64::MAX).then_some(*until),
        ),
        Standing::Ended { at } => ("ended", None, Some(*at)),
        Standing::Moving => ("moving", None, None),
    };
    let variables = named_values(program, &instance.locals);
    json!({
        "journey": &*instance.journey,
        "key": instance.key,
        "entered": show::time_ms(instance.entered),
        "standing": standing,
        "step": step.map(|step| &**step),
        "until": until.map(show::time_ms),
        "goal": instance.goal.map(show::time_ms),
        "variables": variables,
    })
}
