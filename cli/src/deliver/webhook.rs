//! One request: the action's line, signed. No redirect is followed, no proxy asked, nothing unpacked and no
//! answer read beyond its head; each attempt is a connection of its own, to an address that is looked up anew.

use super::guard::{Admitting, Guard, Way};
use super::sign::Secrets;
use super::{Clock, doubtful, not_sent, rejected};
use journey_runtime::outbox::{Job, Outcome, retry_after};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, Client, RequestBuilder, StatusCode, Url};
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to be there; until then nothing has been sent.
const CONNECT: Duration = Duration::from_secs(10);
/// How long to wait where a receiver says that it is too much, and not for how long.
const AFTER_MS: i64 = 5_000;

#[derive(Debug)]
pub(super) struct Webhook {
    url: Url,
    client: Client,
    secrets: Secrets,
    clock: Clock,
}

impl Webhook {
    pub(super) fn new(
        url: &str,
        secrets: Secrets,
        roots: Vec<Certificate>,
        guard: Arc<Guard>,
        clock: Clock,
        deadline: Duration,
    ) -> Result<Self, String> {
        let (url, way) = guard.url(url).map_err(|blocked| blocked.0)?;
        let client = client(guard, way, roots, deadline)?;
        Ok(Self {
            url,
            client,
            secrets,
            clock,
        })
    }

    pub(super) async fn carry(&self, job: &Job) -> Outcome {
        let request = if job.ask {
            let mut url = self.url.clone();
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop_if_empty().push(&job.key);
            }
            self.signed(self.client.get(url), &job.key, "")
        } else {
            let request = self.client.post(self.url.clone());
            let request = request.header(CONTENT_TYPE, "application/json");
            self.signed(request, &job.key, &job.line)
                .body(job.line.to_string())
        };
        match request.send().await {
            Ok(answer) if job.ask => asked(answer.status()),
            Ok(answer) => answered(answer.status(), answer.headers(), (self.clock)()),
            // the connection was never there
            Err(error) if error.is_connect() => not_sent(cause(&error)),
            Err(error) if error.is_builder() => rejected(cause(&error)),
            Err(error) if error.is_timeout() => doubtful("no answer in time"),
            Err(error) => doubtful(cause(&error)),
        }
    }

    fn signed(&self, request: RequestBuilder, key: &str, body: &str) -> RequestBuilder {
        let timestamp = (self.clock)().div_euclid(1_000);
        let signature = self.secrets.sign(key, timestamp, body.as_bytes());
        request
            .header("webhook-id", key)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature)
    }
}

fn client(
    guard: Arc<Guard>,
    way: Way,
    roots: Vec<Certificate>,
    deadline: Duration,
) -> Result<Client, String> {
    // the second to say so has nothing to add
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("journey/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .http1_only()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT.min(deadline))
        .timeout(deadline)
        .https_only(way.secure)
        .tls_certs_merge(roots)
        .dns_resolver(Admitting { guard, way })
        .build()
        .map_err(|e| format!("can't speak to it: {}", cause(&e)))
}

/// What an answer says of what was sent.
fn answered(status: StatusCode, headers: &HeaderMap, now: i64) -> Outcome {
    let why = format!("the receiver answered {}", status.as_u16());
    let after = headers.get(RETRY_AFTER).and_then(|text| text.to_str().ok());
    let after = after.and_then(|text| retry_after(text, now));
    match status.as_u16() {
        200..=299 => Outcome::Accepted,
        410 => Outcome::Gone { why },
        425 | 429 => {
            let after = Some(after.unwrap_or(AFTER_MS));
            Outcome::NotSent { after, why }
        }
        408 | 409 | 500..=599 => Outcome::Doubtful { after, why },
        _ => Outcome::Rejected { why },
    }
}

/// What an answer says of a key.
fn asked(status: StatusCode) -> Outcome {
    match status.as_u16() {
        200..=299 => Outcome::Accepted,
        404 => Outcome::Absent,
        other => doubtful(format!("asked, the receiver answered {other}")),
    }
}

/// The innermost reason, without addresses of what was asked.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if std::ptr::addr_eq(innermost, error) {
        return "the request failed".to_owned();
    }
    innermost.to_string()
}
