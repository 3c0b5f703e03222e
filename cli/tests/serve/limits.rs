//! Each limit at n - 1, n and n + 1, and its own answer.

use super::server::{Answer, SHOP, Server, folder, order, raw};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use std::time::{Duration, Instant};

fn limited(folder: &std::path::Path, limits: &str) -> Server {
    Server::with(folder, SHOP, &format!("[limits]\n{limits}\n"))
}

/// The reasons for which records are refused.
fn reasons(answer: &Answer) -> Vec<String> {
    let refused = answer.json()["refused"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    refused
        .iter()
        .map(|refused| refused["reason"].as_str().unwrap().to_owned())
        .collect()
}

/// An order whose `note` is so long.
fn noted(id: &str, length: usize) -> String {
    let note = "x".repeat(length);
    order(id, "u1").replace(r#""total":10"#, &format!(r#""total":10,"note":"{note}""#))
}

#[test]
fn of_one_event() {
    let kept = folder();
    let server = limited(
        kept.path(),
        "event_bytes = 1000\nstring_bytes = 50\nevent_keys = 12\nevent_depth = 4",
    );
    let bare = noted("e", 0).len();
    for (number, length, due) in [(1, 49, ""), (2, 50, ""), (3, 51, "text_too_long")] {
        let answer = server.post("/v1/events", noted(&format!("s{number}"), length));
        assert_eq!(reasons(&answer).concat(), due, "{length}: {}", answer.body);
    }
    // white space counts: it came in
    for (length, due) in [(999, ""), (1000, ""), (1001, "too_long")] {
        let mut event = noted("e", 0);
        let at = event.len() - 1;
        event.insert_str(at, &" ".repeat(length - bare));
        assert_eq!(event.len(), length);
        let answer = server.post("/v1/events", event);
        assert_eq!(reasons(&answer).concat(), due, "{length}: {}", answer.body);
    }
    let keyed = |more: usize| {
        let data: Vec<String> = (0..more).map(|n| format!(r#""k{n}":1"#)).collect();
        order("k", "u1").replace(
            r#""total":10"#,
            &format!(r#""total":10,{}"#, data.join(",")),
        )
    };
    // `type`, `id`, `ids`, `user_id`, `data`, `order_id`, `total` are 7
    for (more, due) in [(4, ""), (5, ""), (6, "too_many_keys")] {
        let answer = server.post("/v1/events", keyed(more));
        assert_eq!(reasons(&answer).concat(), due, "{more}: {}", answer.body);
    }
    for (lists, due) in [(1, ""), (2, ""), (3, "too_deep")] {
        let deep = format!(
            r#""total":10,"deep":{}{}"#,
            "[".repeat(lists),
            "]".repeat(lists)
        );
        let answer = server.post(
            "/v1/events",
            order("d", "u1").replace(r#""total":10"#, &deep),
        );
        assert_eq!(reasons(&answer).concat(), due, "{lists}: {}", answer.body);
    }
    let bottomless = "[".repeat(100_000);
    let answer = server.post("/v1/events", format!("[{bottomless}"));
    assert_eq!(answer.status, 400);
    assert_eq!(server.ask("/readyz").status, 200);
}

#[test]
fn of_one_request() {
    let kept = folder();
    let server = limited(kept.path(), "batch_items = 5\nbatch_bytes = 2000");
    for (items, due) in [(4, 202), (5, 202), (6, 413)] {
        let all: Vec<String> = (0..items)
            .map(|n| order(&format!("{items}-{n}"), "u1"))
            .collect();
        assert_eq!(
            server.post("/v1/events", all.join("\n")).status,
            due,
            "{items}"
        );
    }
    for (length, due) in [(1999, 202), (2000, 202), (2001, 413)] {
        let mut body = order(&format!("b{length}"), "u1");
        body.push_str(&" ".repeat(length - body.len()));
        let answer = server.post("/v1/events", &body);
        assert_eq!(answer.status, due, "{length}");
        // the same without saying how long it is
        let chunked = format!(
            "POST /v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: \
             chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
        );
        let answer = raw(server.address, chunked.as_bytes()).unwrap();
        assert_eq!(answer.status, due, "{length} in chunks: {}", answer.body);
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn of_what_is_unpacked() {
    let kept = folder();
    let server = limited(
        kept.path(),
        "batch_bytes = 100000\ngzip_ratio = 20\nevent_bytes = 100000",
    );
    let gzip = |body: &[u8]| server.send("POST", "/v1/events", &["content-encoding: gzip"], body);
    let one = gzip(&packed(order("g1", "u1").as_bytes()));
    assert_eq!((one.status, &one.json()["accepted"]), (202, &json!(1)));
    let whole = |length: usize| {
        let mut seed = 1u64;
        let mut body = order("g2", "u1");
        body.pop();
        body.push_str(",\"x\":[");
        while body.len() < length - 16 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            body.push_str(&format!("{},", seed >> 40));
        }
        body.push_str("1]}");
        body.push_str(&" ".repeat(length - body.len()));
        packed(body.as_bytes())
    };
    for (length, due) in [(99_999, 202), (100_000, 202), (100_001, 413)] {
        let answer = gzip(&whole(length));
        assert_eq!(answer.status, due, "{length}: {}", answer.body);
    }
    let bomb = gzip(&packed(&vec![b' '; 90_000]));
    assert_eq!(bomb.status, 413, "{}", bomb.body);
    assert!(bomb.body.contains("20 times"), "{}", bomb.body);
    let bomb = gzip(&packed(&vec![b' '; 50_000_000]));
    assert_eq!(bomb.status, 413);
    assert_eq!(gzip(b"no gzip at all").status, 400);
    let cut = packed(order("g3", "u1").as_bytes());
    assert_eq!(gzip(&cut[..cut.len() / 2]).status, 400);
    let other = server.send("POST", "/v1/events", &["content-encoding: br"], b"x");
    assert_eq!(other.status, 415);
    // what is packed and does not say so is no JSON, and is not unpacked
    assert_eq!(
        server
            .post("/v1/events", packed(order("g4", "u1").as_bytes()))
            .status,
        400
    );
}

#[test]
fn of_headers_and_of_time() {
    let kept = folder();
    let server = limited(
        kept.path(),
        "header_bytes = 9000\nheader_seconds = 1\nbody_seconds = 1",
    );
    for (length, due) in [(8_000, 200), (12_000, 431)] {
        let header = format!("x-filler: {}", "x".repeat(length));
        assert_eq!(
            server.send("GET", "/healthz", &[&header], b"").status,
            due,
            "{length}"
        );
    }
    let began = Instant::now();
    let slow = raw(
        server.address,
        b"POST /v1/events HTTP/1.1\r\nhost: localhost\r\n",
    );
    assert!(slow.is_none_or(|answer| answer.status == 408));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let began = Instant::now();
    let head = b"POST /v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 9\r\n\r\n{";
    let slow = raw(server.address, head).unwrap();
    assert_eq!(slow.status, 408, "{}", slow.body);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_full_queue_says_when_to_come_again_and_loses_nothing() {
    let kept = folder();
    let server = limited(kept.path(), "queue_bytes = 40960");
    let began = Instant::now();
    let taken: Vec<(u64, u64)> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..24)
            .map(|client| {
                let server = &server;
                scope.spawn(move || {
                    let (mut taken, mut busy) = (0, 0);
                    for number in 0.. {
                        if began.elapsed() > Duration::from_secs(3) {
                            break;
                        }
                        let events: Vec<String> = (0..40)
                            .map(|n| own_order(&format!("{client}-{number}-{n}")))
                            .collect();
                        let answer = server.post("/v1/events", events.join("\n"));
                        match answer.status {
                            202 => taken += 40,
                            429 => {
                                assert!(answer.head.to_lowercase().contains("retry-after: 1"));
                                busy += 1;
                            }
                            other => panic!("{other}: {}", answer.body),
                        }
                    }
                    (taken, busy)
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    let (taken, busy) = taken
        .iter()
        .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    assert!(taken > 0, "nothing was taken");
    assert!(busy > 0, "nobody was turned away, {taken} were taken");
    server.kill();
    let again = Server::start(kept.path());
    let counted = again.ask("/v1/journeys/thanks").json();
    assert_eq!(counted["entered"], Value::from(taken), "{counted}");
}

/// Of someone who orders once.
fn own_order(id: &str) -> String {
    order(id, id)
}

#[test]
fn of_a_time_that_has_not_come() {
    let kept = folder();
    let server = Server::start(kept.path());
    let dated =
        |id: &str, at: &str| order(id, id).replace(r#""ids""#, &format!(r#""at":"{at}","ids""#));
    // five minutes ahead may be; a century is taken at its arrival, and said
    let far = server.post("/v1/events", dated("far", "2126-01-05T10:00:00Z"));
    assert_eq!(far.json()["ahead"], json!(1), "{}", far.body);
    let past = server.post("/v1/events", dated("past", "2026-01-05T10:00:00Z"));
    assert_eq!(past.json()["ahead"], Value::Null, "{}", past.body);
    let bare = server.post("/v1/events", order("bare", "bare"));
    assert_eq!(bare.json()["ahead"], Value::Null, "{}", bare.body);
}
