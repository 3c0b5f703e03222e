//! What all requests share: the program, the way to the engine, keys and bounds.

use super::answer::Answer;
use super::decode::Decoder;
use super::metrics::Metrics;
use crate::serve::clock::now_us;
use crate::serve::config::{Config, Limits};
use crate::serve::handle::Handle;
use crate::serve::keys::{Caller, Keys, Right};
use crate::serve::rates::Rates;
use crate::serve::timeline::Timeline;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

#[derive(Debug)]
pub(in crate::serve) struct App {
    pub(super) engine: Handle,
    pub(in crate::serve) timeline: Arc<Timeline>,
    pub(super) metrics: Metrics,
    /// once what happened before is read
    decoder: OnceLock<Decoder>,
    ended: AtomicBool,
    pub(super) limits: Limits,
    /// the state folder
    pub(super) folder: PathBuf,
    pub(super) keys: Keys,
    rates: Rates,
    /// held by who asks what the whole folder is read for
    alone: Semaphore,
    pub(super) segment_source: Option<String>,
    /// records that are refused go to the dead letters, which someone wants
    pub(super) keeps_refused: bool,
}

impl App {
    pub(in crate::serve) fn new(
        config: &Config,
        engine: Handle,
        (folder, keeps_refused): (&Path, bool),
    ) -> Self {
        Self {
            engine,
            decoder: OnceLock::new(),
            ended: AtomicBool::new(false),
            limits: config.limits,
            folder: folder.to_owned(),
            keys: Keys::new(&config.write_keys, &config.read_keys),
            alone: Semaphore::new(1),
            rates: Rates::new(&config.write_keys, &config.read_keys, &config.limits),
            segment_source: config.segment_source.clone(),
            keeps_refused,
            timeline: Arc::default(),
            metrics: Metrics::new(),
        }
    }

    /// Answers a question that reads the whole folder, beside the engine; one at a time. What is said where it ends
    /// without an answer is `failed`.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        failed: &'static str,
        answer: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Answer> {
        let busy = |_| {
            let message = "another such question is being answered, come again";
            Answer::error(StatusCode::TOO_MANY_REQUESTS, "busy", message)
        };
        let _one = self.alone.try_acquire().map_err(busy)?;
        let failed = |_| Answer::error(StatusCode::CONFLICT, "no_answer", failed);
        tokio::task::spawn_blocking(answer).await.map_err(failed)
    }

    /// What happened before is read: requests are taken.
    pub(in crate::serve) fn begin(&self, decoder: Decoder) {
        let _ = self.decoder.set(decoder);
    }

    /// No more requests are taken.
    pub(in crate::serve) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Lets a request in: the server is ready, the key may do this, and has not done too much.
    pub(super) fn admit(&self, headers: &HeaderMap, right: Right) -> Result<Caller, Answer> {
        let caller = self.may(headers, right)?;
        let taken = caller.key.map(|key| self.rates.take(key, now_us()));
        if let Some(Err(seconds)) = taken {
            return Err(Answer::too_often(seconds));
        }
        self.decoder()?;
        Ok(caller)
    }

    /// Whether the key of a request that was let in may do this too.
    pub(super) fn may(&self, headers: &HeaderMap, right: Right) -> Result<Caller, Answer> {
        let header = headers.get(AUTHORIZATION).map(|header| header.as_bytes());
        self.keys.admit(header, right)
    }

    /// What reads requests, once the server is ready.
    pub(super) fn decoder(&self) -> Result<&Decoder, Answer> {
        let decoder = self.decoder.get();
        let ended = self.ended.load(Ordering::Acquire);
        decoder.filter(|_| !ended).ok_or_else(|| {
            let message = "the server is starting or stopping";
            Answer::error(StatusCode::SERVICE_UNAVAILABLE, "not_ready", message)
        })
    }
}

/// `GET /readyz`
pub(super) async fn ready(State(app): State<Arc<App>>) -> Answer {
    match app.decoder() {
        Ok(_) => Answer::ok(json!({"status": "ready"})),
        Err(answer) => answer,
    }
}
