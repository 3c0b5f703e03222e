//! `POST /v1/decide/{decision}`: the best offer for a person, now. With `record` it takes its place in limits and
//! budgets until it is shown, and is answered once that is durable; without, nothing comes of it.

use super::answer::Answer;
use super::app::App;
use super::body;
use super::people;
use crate::serve::clock::now_ms;
use crate::serve::keys::Right;
use crate::serve::live::Turn;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use journey_program::plan::Program;
use journey_program::types::{DecisionId, Value as Typed};
use journey_runtime::actions::{ActionKind, DecideAction};
use journey_runtime::input::{Asked, Input};
use journey_runtime::intake::convert::Converter;
use journey_runtime::intake::json::Json;
use journey_runtime::store::{Entry, StoreError};
use serde_json::{Value, json};
use std::sync::Arc;

const KEYS: [&str; 3] = ["ids", "args", "record"];

pub(super) async fn decide(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(name): Path<String>,
    body: Body,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Read)?;
    let bytes = body::read(&headers, body, &app.limits).await?;
    let (asked, record) = question(&app, &name, &bytes)?;
    if record {
        app.may(&headers, Right::Both)?;
    }
    let decided = app
        .engine
        .ask(bytes.len(), move |turn| answer(turn, asked, record))
        .await?;
    let program = app.decoder()?.program();
    decided.map(|decided| Answer::ok(shown(program, &decided)))
}

fn question(app: &App, name: &str, bytes: &[u8]) -> Result<(Asked, bool), Answer> {
    let decoder = app.decoder()?;
    let program = decoder.program();
    let decision = program.decisions.iter().position(|plan| plan.name == name);
    let decision = decision.ok_or_else(|| Answer::not_found("there is no such decision"))?;
    let (body, record) = object(bytes, &KEYS)?;
    let args = args(app, decision, body.field("args"))?;
    let asked = Asked {
        at: 0,
        ids: ids(app, body.field("ids"))?,
        decision: DecisionId::new(decision),
        args,
    };
    Ok((asked, record))
}

/// A body of these members, and whether something may come of it: so it is unless `record` says otherwise.
pub(super) fn object<'b>(bytes: &'b [u8], keys: &[&str]) -> Result<(Json<'b>, bool), Answer> {
    let not_json = || Answer::bad("not_json", "the body is no JSON object");
    let text = std::str::from_utf8(bytes).map_err(|_| not_json())?;
    let body = Json::parse(text).map_err(|_| not_json())?;
    let Json::Object(given) = &body else {
        return Err(not_json());
    };
    if let Some((key, _)) = given.iter().find(|(key, _)| !keys.contains(&key.as_ref())) {
        let key: String = key.chars().take(80).collect();
        let known = keys.join("`, `");
        let message = format!("there is no key `{key}` among `{known}`");
        return Err(Answer::bad("unknown_key", message));
    }
    let record = match body.field("record") {
        None => true,
        Some(Json::Bool(record)) => *record,
        Some(_) => return Err(Answer::bad("bad_value", "`record` is true or false")),
    };
    Ok((body, record))
}

/// The identifiers, as those of an event.
pub(super) fn ids(
    app: &App,
    given: Option<&Json<'_>>,
) -> Result<journey_runtime::input::Identifiers, Answer> {
    let given = given.cloned().unwrap_or(Json::Null);
    let fields = [("type", Json::Text("profile".into())), ("ids", given)];
    let fields = fields.map(|(name, value)| (name.into(), value));
    let mut envelope = String::new();
    Json::Object(fields.into()).write(&mut envelope);
    let items = app
        .decoder()?
        .read(envelope.as_bytes(), None, &app.limits, now_ms())?;
    match items.into_iter().next().map(|item| item.taken) {
        Some(Ok(Input::Profile(profile))) => Ok(profile.ids),
        Some(Err(refused)) => Err(Answer::bad(refused.reason, refused.message)),
        Some(Ok(_)) | None => Err(Answer::bad("bad_value", "`ids` identifies nobody")),
    }
}

/// The arguments, each of its type.
fn args(app: &App, decision: usize, given: Option<&Json<'_>>) -> Result<Vec<Typed>, Answer> {
    let program = app.decoder()?.program();
    let record = program.decisions.get(decision).map(|plan| plan.args);
    let fields = record.and_then(|record| program.records.get(record.index()));
    let fields = fields.map_or(&[][..], |def| &def.fields);
    let given = match given {
        None | Some(Json::Null) => &[][..],
        Some(Json::Object(given)) => given,
        Some(_) => return Err(Answer::bad("bad_value", "`args` is an object")),
    };
    let unknown = given
        .iter()
        .find(|(name, _)| !fields.iter().any(|def| def.name == *name));
    if let Some((name, _)) = unknown {
        let name: String = name.chars().take(80).collect();
        let message = format!("the decision takes no `{name}`");
        return Err(Answer::bad("unknown_key", message));
    }
    let converter = Converter {
        program,
        zone: None,
        lenient: false,
    };
    let values = fields.iter().map(|def| {
        let value = given.iter().rev().find(|(name, _)| def.name == *name);
        let value = converter.field(value.map(|(_, value)| value), &def.ty, def.default.as_ref());
        value.map_err(|refusal| Answer::bad("bad_value", refusal.message(&def.name)))
    });
    values.collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "one kind of action is looked for"
)]
fn answer(
    turn: &mut Turn<'_>,
    mut asked: Asked,
    record: bool,
) -> Result<Result<DecideAction, Answer>, StoreError> {
    let lag = turn.engine().program().settings.reorder_ms;
    asked.at = turn.wall().saturating_sub(lag);
    asked.at = turn
        .engine()
        .clock()
        .map_or(asked.at, |clock| clock.max(asked.at));
    if !record {
        let considered = turn.considered(asked);
        return Ok(considered.ok_or_else(|| Answer::not_found("there is no such decision")));
    }
    let happened = turn.take(Entry::Asked(asked))?;
    let decided = happened
        .actions
        .iter()
        .rev()
        .find_map(|action| match &action.kind {
            ActionKind::Decide { of: None, decide } => Some((**decide).clone()),
            _ => None,
        });
    let refused = happened.refused.first().map(|letter| match letter.reason {
        "erased" => Answer::bad("erased", "the identifiers are of someone who was erased"),
        reason => Answer::bad(reason, "the identifiers name nobody"),
    });
    let nothing =
        || refused.unwrap_or_else(|| Answer::bad("no_identity", "`ids` identifies nobody"));
    Ok(decided.ok_or_else(nothing))
}

/// What the chosen offer says.
fn content(program: &Program, choice: Option<&str>) -> Option<Value> {
    let offer = program
        .offers
        .iter()
        .find(|plan| Some(&*plan.name) == choice)?;
    let fields = offer.fields.iter();
    let fields = fields.map(|(name, value)| (name.clone(), people::shown(program, value)));
    Some(Value::Object(fields.collect()))
}

fn shown(program: &Program, decided: &DecideAction) -> Value {
    let number = |json: &String| serde_json::from_str::<Value>(json).unwrap_or(Value::Null);
    let considered = decided
        .considered
        .iter()
        .map(|considered| match &considered.fate {
            Ok(score) => json!({"offer": &*considered.offer, "score": number(score)}),
            Err(reason) => json!({"offer": &*considered.offer, "out": reason}),
        });
    json!({
        "decision": &*decided.decision,
        "choice": decided.choice.as_deref(),
        "score": decided.score.as_ref().map(number),
        "content": content(program, decided.choice.as_deref()),
        "explored": decided.explored,
        "only_when": !decided.not_now,
        "considered": considered.collect::<Vec<Value>>(),
    })
}
