//! `POST /v1/events`: one event, an array, or one a line. Each record has a fate of its own; 202 says that all
//! were taken and are durable, 400 names those that were not, while the others are kept.

use super::answer::Answer;
use super::app::App;
use super::body;
use super::decode::{Item, Refused};
use crate::serve::clock::now_ms;
use crate::serve::keys::Right;
use crate::serve::live::Turn;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use journey_runtime::input::Input;
use journey_runtime::store::{Entry, StoreError};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn take(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Answer> {
    app.admit(&headers, Right::Write)?;
    let bytes = body::read(&headers, body, &app.limits).await?;
    let items = app.decoder()?.read(&bytes, None, &app.limits, now_ms())?;
    let fates = app.send(items, bytes.len()).await?;
    let status = if fates.refused.is_empty() {
        StatusCode::ACCEPTED
    } else {
        StatusCode::BAD_REQUEST
    };
    Ok(Answer {
        status,
        body: fates.json(),
    })
}

/// What became of the records of a request.
#[derive(Debug, Default)]
pub(super) struct Fates {
    pub(super) accepted: u64,
    pub(super) duplicates: u64,
    /// dated further ahead than may be: taken at their arrival
    pub(super) ahead: u64,
    pub(super) refused: Vec<Value>,
}

impl Fates {
    pub(super) fn json(&self) -> Value {
        let mut body = json!({"accepted": self.accepted, "duplicates": self.duplicates});
        if let Value::Object(body) = &mut body {
            if self.ahead > 0 {
                body.insert("ahead".to_owned(), json!(self.ahead));
            }
            if !self.refused.is_empty() {
                body.insert("refused".to_owned(), json!(self.refused));
            }
        }
        body
    }

    fn refuse(&mut self, index: usize, reason: &str, message: &str, field: Option<&str>) {
        let mut refused = json!({"index": index, "reason": reason, "message": message});
        if let (Value::Object(refused), Some(field)) = (&mut refused, field) {
            refused.insert("field".to_owned(), json!(field));
        }
        self.refused.push(refused);
    }
}

impl App {
    /// Hands records to the engine; what became of them once that is durable.
    pub(super) async fn send(&self, items: Vec<Item>, bytes: usize) -> Result<Fates, Answer> {
        let keeps_refused = self.keeps_refused;
        let fates = self
            .engine
            .ask(bytes, move |turn| all(turn, items, keeps_refused))
            .await?;
        self.metrics.count("accepted", fates.accepted);
        self.metrics.count("duplicate", fates.duplicates);
        self.metrics.count("ahead", fates.ahead);
        let refused = u64::try_from(fates.refused.len()).unwrap_or(u64::MAX);
        self.metrics.count("refused", refused);
        Ok(fates)
    }
}

fn all(turn: &mut Turn<'_>, items: Vec<Item>, keeps_refused: bool) -> Result<Fates, StoreError> {
    let mut fates = Fates::default();
    for Item { index, taken } in items {
        match taken {
            Ok(input) => one(turn, index, input, &mut fates)?,
            Err(Refused {
                reason,
                message,
                field,
                letter,
            }) => {
                fates.refuse(index, reason, &message, field.as_deref());
                if keeps_refused && !letter.is_empty() {
                    turn.take(Entry::Refused(letter))?;
                }
            }
        }
    }
    Ok(fates)
}

fn one(
    turn: &mut Turn<'_>,
    index: usize,
    mut input: Input,
    fates: &mut Fates,
) -> Result<(), StoreError> {
    let ahead = turn.engine().program().settings.ahead_ms;
    if input.at() > turn.wall().saturating_add(ahead) {
        let now = turn.now();
        match &mut input {
            Input::Event(event) => event.at = now,
            Input::Profile(profile) => profile.at = now,
            Input::Consent(_) | Input::Erase(_) | Input::Clock(_) => {}
        }
        fates.ahead += 1;
    }
    let happened = turn.take(Entry::Input(input))?;
    // with `reorder` others may have had their turn as well: theirs are not this one's
    match happened.refused.first() {
        Some(letter) => {
            let message = match letter.reason {
                "late" => "it happened longer ago than `lateness` allows",
                "erased" => "it names someone who was erased",
                _ => "it identifies nobody",
            };
            fates.refuse(index, letter.reason, message, None);
        }
        None if happened.duplicate => fates.duplicates += 1,
        None => fates.accepted += 1,
    }
    Ok(())
}
