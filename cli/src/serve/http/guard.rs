//! Without keys the server is for this machine only, and for its programs, not for web pages that a browser on
//! it shows: a request has to name this machine as its host, and may come from no page but the server's own.
//! And the bound on the head of a request.

use super::answer::Answer;
use super::app::App;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// The most bytes of a request's head: hyper bounds what it reads ahead, this is exact.
pub(super) async fn short_head(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers().iter();
    // `name: value` and the end of the line
    let lines = headers.map(|(name, value)| name.as_str().len() + value.len() + 4);
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if lines.sum::<usize>() + target > app.limits.header_bytes {
        let most = app.limits.header_bytes;
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        let message = format!("a request's address and headers have at most {most} bytes");
        return Answer::error(status, "too_large", message).into_response();
    }
    next.run(request).await
}

pub(super) async fn only_here(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if app.keys.is_empty() {
        let headers = request.headers();
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(Authority::as_str));
        let origin = headers.get(ORIGIN).map(|origin| origin.to_str());
        let own = match origin {
            None => true,
            Some(Ok(origin)) => origin
                .split_once("://")
                .is_some_and(|(_, host)| is_here(host)),
            Some(Err(_)) => false,
        };
        if !host.is_some_and(is_here) || !own {
            let message = "without keys the server answers this machine's own programs only";
            return Answer::forbidden(message).into_response();
        }
    }
    next.run(request).await
}

/// `localhost:8080`, `127.0.0.1`, `[::1]:8080`
fn is_here(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
