//! Signatures against another implementation, and what must not be let in.

use super::{Lots, OLDER, SECRET, now_ms};
use axum::http::HeaderMap;
use journey_cli::deliver::sign::{Said, Secrets, Seen, Unsigned};

pub(super) fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signature),
    ] {
        let Ok(value) = value.parse() else { continue };
        headers.insert(name, value);
    }
    headers
}

#[test]
fn signatures_are_those_of_another_implementation() {
    let mut lots = Lots(7);
    let both = Secrets::parse([SECRET, OLDER]).unwrap();
    let only = [Secrets::parse([SECRET]), Secrets::parse([OLDER])];
    let theirs = [SECRET, OLDER].map(|secret| standardwebhooks::Webhook::new(secret).unwrap());
    for n in 0..10_000 {
        let length = lots.below(300);
        let body: String = (0..length)
            .map(|_| char::from_u32(lots.next() as u32 % 0x2_0000).unwrap_or('é'))
            .collect();
        let id = format!("{:032x}", lots.next());
        let timestamp = now_ms() / 1_000;
        let signature = both.sign(&id, timestamp, body.as_bytes());
        let text = timestamp.to_string();
        for theirs in &theirs {
            let verified = theirs.verify(body.as_bytes(), &headers(&id, &text, &signature));
            assert!(verified.is_ok(), "message {n}");
        }
        let said = Said {
            id: &id,
            timestamp: &text,
            signature: &signature,
        };
        for mine in only.iter().flatten().chain([&both]) {
            assert_eq!(mine.verify(&said, body.as_bytes(), timestamp), Ok(()));
        }
        // one bit of anything
        let mut parts = [id.clone(), text.clone(), signature.clone(), body.clone()];
        let mut place = lots.below(4);
        if parts[place].is_empty() {
            place = 0;
        }
        let mut bytes = parts[place].clone().into_bytes();
        // of two signatures one may be damaged: then the other still holds
        let within = if place == 2 { 47 } else { bytes.len() };
        let at = lots.below(within);
        bytes[at] ^= 1 << lots.below(7);
        let Ok(damaged) = String::from_utf8(bytes) else {
            continue;
        };
        parts[place] = damaged;
        let [id, text, signature, body] = &parts;
        let said = Said {
            id,
            timestamp: text,
            signature,
        };
        let mine = only[0].as_ref().unwrap();
        assert!(
            mine.verify(&said, body.as_bytes(), timestamp).is_err(),
            "{parts:?}"
        );
        let verified = theirs[0].verify(body.as_bytes(), &headers(id, text, signature));
        assert!(verified.is_err(), "{parts:?}");
    }
}

#[test]
fn what_is_old_unsigned_or_comes_twice_is_not_let_in() {
    let secrets = Secrets::parse([SECRET]).unwrap();
    let signature = secrets.sign("m", 1_000, b"{}");
    let said = |timestamp, signature| Said {
        id: "m",
        timestamp,
        signature,
    };
    let good = said("1000", signature.as_str());
    for (now, then) in [
        (700, Ok(())),
        (1_300, Ok(())),
        (699, Err(Unsigned::Time)),
        (1_301, Err(Unsigned::Time)),
        (i64::MIN, Err(Unsigned::Time)),
    ] {
        assert_eq!(secrets.verify(&good, b"{}", now), then, "{now}");
    }
    for timestamp in ["", "01000", "+1000", "1000 ", "1e3", "99999999999999999999"] {
        let bad = said(timestamp, signature.as_str());
        assert_eq!(secrets.verify(&bad, b"{}", 1_000), Err(Unsigned::Headers));
    }
    for bad in ["", "v1", "v1,", "v2,AAAA", "v1,!!!!", "v1a,AAAA"] {
        let bad = said("1000", bad);
        assert_eq!(secrets.verify(&bad, b"{}", 1_000), Err(Unsigned::Signature));
    }
    let none = Secrets::default();
    assert_eq!(
        none.verify(&said("1000", "v1,"), b"{}", 1_000),
        Err(Unsigned::Signature)
    );
    let mut seen = Seen::default();
    seen.insert("email", "m", 0);
    assert!(seen.has("email", "m") && !seen.has("push", "m") && !seen.has("email", "n"));
    seen.insert("email", "n", 601);
    assert!(!seen.has("email", "m"), "it would not be believed any more");
    for bad in ["", "secret", "whsec_", "whsec_AAAA", "whsec_%%%"] {
        assert!(Secrets::parse([bad]).is_err());
    }
}
