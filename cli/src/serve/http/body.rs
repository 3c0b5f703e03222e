//! A request's body → bytes, within bounds: of its length as it came, of its length unpacked, of the ratio of
//! both, and of the time that it takes to come.

use super::answer::Answer;
use crate::serve::config::Limits;
use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::{HeaderMap, StatusCode};
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::time::Duration;

/// A body that unpacks to less is not held against the ratio.
const RATIO_FROM_BYTES: usize = 16 << 10;

/// The body, unpacked.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<Vec<u8>, Answer> {
    let most = limits.batch_bytes;
    let too_large = || Answer::too_large(format!("a request has at most {most} bytes"));
    let said = headers.get(CONTENT_LENGTH);
    let said = said.and_then(|said| said.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| u64::try_from(most).is_ok_and(|most| said > most)) {
        return Err(too_large());
    }
    let packed = packed(headers)?;
    let within = Duration::from_secs(limits.body_seconds);
    let bytes = tokio::time::timeout(within, axum::body::to_bytes(body, most)).await;
    let bytes = bytes.map_err(|_| {
        let message = "the body took too long to come";
        Answer::error(StatusCode::REQUEST_TIMEOUT, "too_slow", message)
    })?;
    let bytes = bytes.map_err(|error| {
        if error.to_string().contains("length limit") {
            too_large()
        } else {
            Answer::bad("broken_body", "the body did not come whole")
        }
    })?;
    if packed {
        unpack(&bytes, limits)
    } else {
        Ok(bytes.into())
    }
}

/// Whether it is gzip; anything else is refused.
fn packed(headers: &HeaderMap) -> Result<bool, Answer> {
    match headers.get(CONTENT_ENCODING).map(|how| how.as_bytes()) {
        None | Some(b"" | b"identity") => Ok(false),
        Some(how) if how.eq_ignore_ascii_case(b"gzip") => Ok(true),
        Some(_) => Err(Answer::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unknown_encoding",
            "a body is plain or `gzip`",
        )),
    }
}

fn unpack(packed: &[u8], limits: &Limits) -> Result<Vec<u8>, Answer> {
    let ratio = packed.len().saturating_mul(limits.gzip_ratio);
    let most = limits.batch_bytes.min(ratio.max(RATIO_FROM_BYTES));
    let mut bytes = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(packed)
        .take(bound)
        .read_to_end(&mut bytes);
    if read.is_err() {
        return Err(Answer::bad("broken_body", "the body is no gzip"));
    }
    if bytes.len() > limits.batch_bytes {
        let most = limits.batch_bytes;
        return Err(Answer::too_large(format!(
            "a request unpacks to at most {most} bytes"
        )));
    }
    if bytes.len() > most {
        let ratio = limits.gzip_ratio;
        return Err(Answer::too_large(format!(
            "a body unpacks to at most {ratio} times its length"
        )));
    }
    Ok(bytes)
}
