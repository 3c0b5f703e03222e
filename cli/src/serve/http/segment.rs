//! Segment's API, `POST /v1/{track,identify,page,screen,group,alias,batch}`, so that its SDKs point here
//! unchanged: a call, or a batch of them, is read by the program's source `from segment`. As there, a request
//! that can be read is answered 200; calls that no rule takes are named in the answer.

use super::answer::Answer;
use super::app::App;
use super::body;
use super::decode::Called;
use crate::serve::clock::now_ms;
use crate::serve::keys::Right;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn take(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
    body: Body,
) -> Result<Answer, Answer> {
    let caller = app.admit(&headers, Right::Write)?;
    let named = caller.source.as_deref().or(app.segment_source.as_deref());
    let decoder = app.decoder()?;
    let source = decoder.segment_source(named);
    let source = source.map_err(|why| Answer::bad("no_source", why))?;
    let kind = uri.path().rsplit('/').next().unwrap_or_default();
    let kind = if kind == "batch" { "" } else { kind };
    let called = Called { source, kind };
    let bytes = body::read(&headers, body, &app.limits).await?;
    let items = decoder.read(&bytes, Some(called), &app.limits, now_ms())?;
    let fates = app.send(items, bytes.len()).await?;
    let mut answer = fates.json();
    if let Value::Object(answer) = &mut answer {
        answer.insert("success".to_owned(), json!(true));
    }
    Ok(Answer::ok(answer))
}
