//! `GET /metrics`: what the server has done, for Prometheus: requests by route and answer, how long they took, how
//! full the queue is; and from the engine what the program has done.

use super::answer::Answer;
use super::app::App;
use super::people::QUESTION_BYTES;
use crate::serve::keys::Right;
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use journey_runtime::state::Counters;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

type Labels = Vec<(&'static str, String)>;
type Counts = BTreeMap<Arc<str>, u64>;

/// Seconds until an answer.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
    pub(super) records: Family<Labels, Counter>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("journey");
        let (requests, records) = (Family::default(), Family::default());
        let seconds = Histogram::new(BUCKETS);
        registry.register("requests", "requests by route and answer", requests.clone());
        registry.register(
            "request_seconds",
            "until they were answered",
            seconds.clone(),
        );
        registry.register("records", "records by their fate", records.clone());
        Self {
            registry,
            requests,
            seconds,
            records,
        }
    }

    pub(super) fn count(&self, fate: &str, records: u64) {
        if records > 0 {
            let labels = vec![("fate", fate.to_owned())];
            self.records.get_or_create(&labels).inc_by(records);
        }
    }
}

/// Counts a request and what it took.
pub(super) async fn measured(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("other", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    let labels = vec![("route", route), ("status", status)];
    app.metrics.requests.get_or_create(&labels).inc();
    app.metrics.seconds.observe(began.elapsed().as_secs_f64());
    response
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    app.admit(&headers, Right::Read)?;
    let (counters, due) = app
        .engine
        .insist(QUESTION_BYTES, |turn| {
            let engine = turn.engine();
            Ok((engine.counters().clone(), engine.state().timers.len()))
        })
        .await?;
    let mut registry = Registry::with_prefix("journey");
    let (taken, pieces) = app.engine.load();
    for (name, help, value) in [
        ("queue_used", "pieces of the queue that are taken", taken),
        ("queue_pieces", "pieces of the queue", pieces),
        ("timers", "what is due later", due),
    ] {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    }
    told(&mut registry, &counters);
    let mut text = String::new();
    let written = encode_all(&mut text, &app.metrics.registry, &registry);
    written.map_err(|_| Answer::bad("metrics", "the metrics can't be written"))?;
    Ok(([(CONTENT_TYPE, TEXT)], text).into_response())
}

fn encode_all(text: &mut String, own: &Registry, engine: &Registry) -> fmt::Result {
    encode(text, own)?;
    // one document: only the last one ends it
    if let Some(whole) = text.strip_suffix("# EOF\n") {
        text.truncate(whole.len());
    }
    encode(text, engine)
}

fn told(registry: &mut Registry, counters: &Counters) {
    for (name, help, value) in [
        ("inputs", "inputs that were taken", counters.events),
        ("duplicates", "inputs that came again", counters.duplicates),
        ("late", "inputs that came late", counters.late),
        ("people", "people who were seen", counters.people),
        ("erased", "people who were erased", counters.erased),
    ] {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
    let by: [(&str, &str, &'static str, &Counts); 6] = [
        ("events", "events by name", "event", &counters.by_event),
        (
            "entries",
            "entries by journey",
            "journey",
            &counters.entries,
        ),
        ("goals", "goals by journey", "journey", &counters.goals),
        (
            "sends",
            "sends by channel or message",
            "of",
            &counters.sends,
        ),
        ("skips", "skips by reason", "reason", &counters.skips),
        (
            "refused",
            "inputs refused, by reason",
            "reason",
            &counters.dead_letters,
        ),
    ];
    for (name, help, label, counts) in by {
        let family: Family<Labels, Counter> = Family::default();
        for (of, count) in counts {
            let labels = vec![(label, of.to_string())];
            family.get_or_create(&labels).inc_by(*count);
        }
        registry.register(name, help, family);
    }
}
