//! Answers: a status and JSON. Every refusal has a code for machines and a sentence for people, and shows
//! nothing of what came in but names of fields.

use crate::serve::handle::NotTaken;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

/// What a client that was turned away waits, in seconds, if nothing else is said.
const RETRY_SECONDS: u64 = 1;
const RETRY_AFTER_MEMBER: &str = "retry_after";

impl Answer {
    pub fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body,
        }
    }

    pub fn error(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let body = json!({"error": {"code": code, "message": message.into()}});
        Self { status, body }
    }

    pub fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::error(StatusCode::BAD_REQUEST, code, message)
    }

    pub fn unauthorized(message: &str) -> Self {
        Self::error(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub fn forbidden(message: &str) -> Self {
        Self::error(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::error(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// A key has asked too often: it may come again in so many seconds.
    pub fn too_often(seconds: u64) -> Self {
        let mut answer = Self::error(
            StatusCode::TOO_MANY_REQUESTS,
            "too_often",
            "this key has asked too often, come again",
        );
        if let Some(Value::Object(error)) = answer.body.get_mut("error") {
            error.insert(RETRY_AFTER_MEMBER.to_owned(), json!(seconds));
        }
        answer
    }

    fn retry_after(&self) -> u64 {
        let error = self.body.get("error");
        let said = error.and_then(|error| error.get(RETRY_AFTER_MEMBER)?.as_u64());
        said.unwrap_or(RETRY_SECONDS)
    }

    pub fn too_large(message: impl Into<String>) -> Self {
        Self::error(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }
}

impl From<NotTaken> for Answer {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::Busy => Self::error(
                StatusCode::TOO_MANY_REQUESTS,
                "busy",
                "too much is waiting to be taken, come again",
            ),
            NotTaken::Stopped => Self::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "stopping",
                "the server is stopping, what was sent may or may not have been taken",
            ),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let retry_after = HeaderValue::from(self.retry_after());
        let mut response = (self.status, self.body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if matches!(
            self.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            headers.insert(RETRY_AFTER, retry_after);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
