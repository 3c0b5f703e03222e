//! HTTP in: a request, within bounds and with a key, becomes a command for the engine; its answer is sent once
//! what it depends on is durable.
//!
//! Read in this order: `answer` (what is said), `app` (what all requests share), `body` (bytes within bounds),
//! `decode` (bytes → inputs, or reasons), `events` and `segment` (what comes in), `decide`, `ask`, `people`, `why` and
//! `groups` (what is asked), `metrics`, `guard`, `console`.

pub mod answer;
pub(super) mod app;
mod ask;
mod body;
mod console;
mod decide;
pub mod decode;
mod events;
mod groups;
mod guard;
mod metrics;
mod people;
mod report;
mod segment;
pub(super) mod sends;
mod why;

use answer::Answer;
use app::App;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use std::sync::Arc;

/// What can be asked, for machines.
const OPENAPI: &str = include_str!("http/openapi.json");

async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// All routes.
pub(super) fn routes(app: Arc<App>) -> Router {
    let segment = post(segment::take);
    Router::new()
        .route("/v1/events", post(events::take))
        .route("/v1/track", segment.clone())
        .route("/v1/identify", segment.clone())
        .route("/v1/page", segment.clone())
        .route("/v1/screen", segment.clone())
        .route("/v1/group", segment.clone())
        .route("/v1/alias", segment.clone())
        .route("/v1/batch", segment)
        .route("/v1/decide/{decision}", post(decide::decide))
        .route("/v1/ask/{channel}", post(ask::ask))
        .route("/v1/profiles/{id}", get(people::look).delete(people::erase))
        .route("/v1/profiles/{id}/why", get(why::why))
        .route("/v1/audiences/{name}", get(groups::audience))
        .route("/v1/journeys/{name}", get(groups::journey))
        .route("/v1/report", get(report::show))
        .route("/v1/program", get(groups::program))
        .route("/v1/openapi.json", get(openapi))
        .route("/", get(console::page))
        .route("/metrics", get(metrics::show))
        .route("/readyz", get(app::ready))
        .layer(from_fn_with_state(Arc::clone(&app), guard::only_here))
        .route(
            "/healthz",
            get(async || Answer::ok(json!({"status": "alive"}))),
        )
        .fallback(async || Answer::not_found("there is nothing here"))
        .method_not_allowed_fallback(async || {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            Answer::error(
                status,
                "method_not_allowed",
                "this address takes another method",
            )
        })
        .with_state(app)
}

/// What stands around all routes.
pub(super) fn around(routes: Router, app: Arc<App>) -> Router {
    routes
        .layer(from_fn_with_state(Arc::clone(&app), metrics::measured))
        .layer(from_fn_with_state(app, guard::short_head))
}
