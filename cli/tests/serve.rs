//! `journey serve`, the real binary over real sockets of this machine: what is answered is kept, what is kept is
//! done once, and everything has a bound and an answer of its own.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]
#![expect(clippy::expect_used, reason = "the same")]
#![expect(clippy::indexing_slicing, reason = "the same")]
#![expect(clippy::panic, reason = "the same")]
#![expect(clippy::disallowed_methods, reason = "it waits for a process")]

#[path = "serve/asking.rs"]
mod asking;
#[path = "serve/faults.rs"]
mod faults;
#[path = "serve/keys.rs"]
mod keys;
#[path = "serve/limits.rs"]
mod limits;
#[path = "serve/server.rs"]
mod server;
#[path = "serve/waiting.rs"]
mod waiting;

use serde_json::json;
use server::{Server, folder, lines, order};
use std::time::Duration;

#[test]
fn events_are_taken_one_by_one_and_named() {
    let kept = folder();
    let server = Server::start(kept.path());
    let one = server.post("/v1/events", order("e1", "u1"));
    assert_eq!(
        (one.status, one.json()),
        (202, json!({"accepted": 1, "duplicates": 0}))
    );
    let again = server.post("/v1/events", order("e1", "u1"));
    assert_eq!(again.json(), json!({"accepted": 0, "duplicates": 1}));
    let array = format!("[{},{}]", order("e2", "u1"), order("e3", "u2"));
    assert_eq!(server.post("/v1/events", array).json()["accepted"], 2);
    let pretty = "{\n  \"type\": \"profile\",\n  \"ids\": {\"user_id\": \"u1\"}\n}\n";
    assert_eq!(server.post("/v1/events", pretty).json()["accepted"], 1);
    let mixed = [
        order("e4", "u1"),
        r#"{"type":"order_place","ids":{"user_id":"u1"}}"#.to_owned(),
        r#"{"type":"order_placed","ids":{"user_id":"u1"},"data":{"total":1}}"#.to_owned(),
        r#"{"type":"@clock","at":"2126-01-01T00:00:00Z"}"#.to_owned(),
        r#"{"type":"order_placed","data":{"order_id":"o","total":1}}"#.to_owned(),
        order("e5", "u1").replace(r#""ids""#, r#""at":"2020-01-01T00:00:00Z","ids""#),
        order("e6", "u1"),
    ];
    let mixed = server.post("/v1/events", mixed.join("\n"));
    assert_eq!(mixed.status, 400);
    let answer = mixed.json();
    assert_eq!(answer["accepted"], 2, "{answer}");
    let refused = answer["refused"].as_array().unwrap();
    let named: Vec<_> = refused
        .iter()
        .map(|refused| {
            (
                refused["index"].as_u64().unwrap(),
                refused["reason"].as_str().unwrap(),
            )
        })
        .collect();
    let due = [
        (1, "unknown_type"),
        (2, "missing_field"),
        (3, "unknown_type"),
        (4, "no_identity"),
        (5, "late"),
    ];
    assert_eq!(named, due, "{answer}");
    assert_eq!(refused[1]["field"], "order_id");
    assert!(
        refused[0]["message"]
            .as_str()
            .unwrap()
            .contains("did you mean `order_placed`?")
    );
    for body in ["", "hello", "\"text\"", "[1,", "{\"type\":", "[{}]]"] {
        let answer = server.post("/v1/events", body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["error"]["code"].is_string() || answer.json()["refused"].is_array());
    }
    assert_eq!(server.stop().0, 0);
    let letters = lines(kept.path(), "letters.jsonl");
    assert!(
        letters.iter().any(|letter| letter.contains("order_place")),
        "{letters:?}"
    );
}

#[test]
fn what_is_due_happens_without_anyone_asking() {
    let kept = folder();
    let server = Server::start(kept.path());
    let profile = r#"{"type":"profile","ids":{"user_id":"u1"},"data":{"email":"a@example.com"}}"#;
    server.post("/v1/events", format!("{profile}\n{}", order("e1", "u1")));
    let sent = |lines: &[String]| lines.iter().any(|line| line.contains(r#""kind":"send""#));
    let mut waited = 0;
    while !sent(&lines(kept.path(), "actions.jsonl")) && waited < 100 {
        std::thread::sleep(Duration::from_millis(100));
        waited += 1;
    }
    assert!(
        sent(&lines(kept.path(), "actions.jsonl")),
        "nothing was sent"
    );
    assert!(
        waited >= 9,
        "it was sent {waited} tenths of a second after the order"
    );
    server.kill();
    let again = Server::start(kept.path());
    assert_eq!(
        again.post("/v1/events", order("e1", "u1")).json()["duplicates"],
        1
    );
    assert_eq!(again.stop().0, 0);
}

#[test]
fn what_is_not_there_says_so() {
    let kept = folder();
    let server = Server::start(kept.path());
    assert_eq!(server.ask("/healthz").status, 200);
    let nothing = server.ask("/v1/nothing");
    assert_eq!(
        (nothing.status, &nothing.json()["error"]["code"]),
        (404, &json!("not_found"))
    );
    let page = server.ask("/");
    assert!(page.status == 200 && page.body.starts_with("<!doctype html>"));
    assert!(page.head.contains("default-src 'none'"), "{}", page.head);
    assert!(
        !page.body.contains("innerHTML") && !page.body.contains("http"),
        "it loads nothing"
    );
    let other = server.ask("/v1/events");
    assert_eq!(other.status, 405);
    assert!(other.head.contains("allow: POST"), "{}", other.head);
}

#[test]
fn segment_calls_are_read_by_the_programs_source() {
    let kept = folder();
    let server = Server::start(kept.path());
    let track = |id: &str| {
        json!({"messageId": id, "userId": "u1", "event": "Order Completed", "type": "track",
            "properties": {"order_id": id, "total": "12.50"}})
    };
    let one = server.post("/v1/track", track("m1").to_string());
    let taken = json!({"accepted": 1, "duplicates": 0, "success": true});
    assert_eq!((one.status, one.json()), (200, taken));
    // the address says what it is
    let traits = json!({"userId": "u1", "traits": {"email": "a@example.com"}});
    assert_eq!(
        server.post("/v1/identify", traits.to_string()).json()["accepted"],
        1
    );
    assert_eq!(
        server.ask("/v1/profiles/u1").json()["fields"]["email"],
        "a@example.com"
    );
    let untyped = server.post("/v1/batch", json!({"batch": [traits]}).to_string());
    assert_eq!(untyped.json()["refused"][0]["reason"], "no_rule");
    let wrong = json!({"type": "track", "event": "Order Completed", "userId": "u1"});
    let batch =
        json!({"batch": [track("m1"), track("m2"), wrong, {"type": "page", "userId": "u1"}]});
    let batch = server.post("/v1/batch", batch.to_string());
    assert_eq!(batch.status, 200);
    let answer = batch.json();
    assert_eq!(
        (&answer["accepted"], &answer["duplicates"]),
        (&json!(1), &json!(1)),
        "{answer}"
    );
    let refused = answer["refused"].as_array().unwrap();
    let reasons: Vec<_> = refused.iter().map(|refused| &refused["reason"]).collect();
    assert_eq!(reasons, ["missing_field", "no_rule"]);
}
