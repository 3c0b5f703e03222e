//! Without keys the server is for this machine only, and for its programs, not for web pages that a browser on
//! it shows: a request has to name this machine as its host, and may come from no page but the server's own.

use super::answer::Answer;
use super::app::App;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

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
