//! What can be asked: people, audiences, journeys, decisions, numbers.

use super::server::{Server, folder, lines, order};
use serde_json::json;
use std::time::Duration;

const GIFTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/gifts.journey");

#[test]
fn people_audiences_and_journeys() {
    let kept = folder();
    let server = Server::start(kept.path());
    for who in 0..7 {
        server.post("/v1/events", order(&format!("e{who}"), &format!("u{who}")));
    }
    let profile = r#"{"type":"profile","ids":{"user_id":"u1"},"data":{"email":"a@example.com"}}"#;
    server.post("/v1/events", profile);
    let cart =
        r#"{"type":"cart_updated","ids":{"user_id":"u1"},"data":{"cart_id":"c9","value":5}}"#;
    server.post("/v1/events", cart);
    let one = server.ask("/v1/profiles/user_id:u1");
    assert_eq!(one.status, 200);
    let one = one.json();
    assert_eq!(one["profile"], "u1");
    assert_eq!(one["fields"]["email"], "a@example.com");
    assert_eq!(one["traits"], json!({"orders": 1, "spent": 10.0}));
    assert_eq!(one["audiences"][0]["audience"], "buyers");
    let instances = one["instances"].as_array().unwrap();
    let cart = instances
        .iter()
        .find(|i| i["journey"] == "abandoned_cart")
        .unwrap();
    assert_eq!(
        (&cart["key"], &cart["standing"]),
        (&json!("c9"), &json!("waiting")),
        "{cart}"
    );
    let kinds: Vec<_> = one["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["kind"].clone())
        .collect();
    assert_eq!(kinds, ["enter", "enter"]);
    assert_eq!(server.ask("/v1/profiles/u1").json()["profile"], "u1");
    assert_eq!(server.ask("/v1/profiles/nobody").status, 404);
    assert_eq!(server.ask("/v1/profiles/user_id:nobody").status, 404);
    pages(&server);
    counts(&server);
    let metrics = server.ask("/metrics");
    assert!(
        metrics
            .body
            .contains("journey_records_total{fate=\"accepted\"} 10"),
        "{}",
        metrics.body
    );
    assert!(
        metrics
            .body
            .contains("journey_entries_total{journey=\"thanks\"} 7"),
        "{}",
        metrics.body
    );
    assert_eq!(metrics.body.matches("# EOF").count(), 1);
    let erased = server.send("DELETE", "/v1/profiles/u1", &[], b"");
    let receipt = erased.json();
    assert_eq!((erased.status, &receipt["erased"]), (200, &json!("u1")));
    assert_eq!(receipt["receipt"]["history"], "rewritten", "{receipt}");
    let receipts = lines(kept.path(), "state/erasures.jsonl");
    let kept_receipt: serde_json::Value = serde_json::from_str(&receipts[0]).unwrap();
    assert_eq!(kept_receipt, receipt["receipt"]);
    nowhere(kept.path(), &["a@example.com", "u1\""]);
    assert_eq!(server.ask("/v1/profiles/u1").status, 404);
    server.kill();
    let again = Server::start(kept.path());
    assert_eq!(again.ask("/v1/profiles/u1").status, 404);
    assert_eq!(again.ask("/v1/audiences/buyers").json()["size"], 6);
    let document = again.ask("/v1/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
}

/// No file of the state folder has any of these.
fn nowhere(kept: &std::path::Path, texts: &[&str]) {
    for file in std::fs::read_dir(kept.join("state")).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for text in texts {
            let found = bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes());
            assert!(!found, "{text} is in {}", path.display());
        }
    }
}

/// Everyone is on one page.
fn pages(server: &Server) {
    let mut members = Vec::new();
    let mut page = "/v1/audiences/buyers?limit=3".to_owned();
    loop {
        let answer = server.ask(&page).json();
        assert_eq!(answer["size"], 7);
        members.extend(answer["members"].as_array().unwrap().clone());
        match answer["next"].as_u64() {
            Some(next) => page = format!("/v1/audiences/buyers?limit=3&after={next}"),
            None => break,
        }
    }
    assert_eq!(
        members,
        (0..7).map(|n| json!(format!("u{n}"))).collect::<Vec<_>>()
    );
    assert_eq!(server.ask("/v1/audiences/nothing").status, 404);
    for wrong in ["limit=0", "limit=1001", "limit=x", "after=-1"] {
        assert_eq!(
            server.ask(&format!("/v1/audiences/buyers?{wrong}")).status,
            400,
            "{wrong}"
        );
    }
}

fn counts(server: &Server) {
    let journey = server.ask("/v1/journeys/abandoned_cart").json();
    assert_eq!(
        (&journey["entered"], &journey["ended"]),
        (&json!(1), &json!({}))
    );
    assert_eq!(
        journey["in_flight"].as_object().unwrap().values().next(),
        Some(&json!(1)),
        "{journey}"
    );
    server.post("/v1/events", order("e99", "u1"));
    let journey = server.ask("/v1/journeys/abandoned_cart").json();
    assert_eq!(
        (&journey["ended"], &journey["in_flight"]),
        (&json!({"order_placed": 1}), &json!({}))
    );
}

#[test]
fn decisions() {
    let kept = folder();
    let server = Server::with(kept.path(), GIFTS, "");
    let ask = |who: &str, record: bool, value: u32| {
        let body =
            json!({"ids": {"user_id": who}, "args": {"cart_value": value}, "record": record});
        let answer = server.post("/v1/decide/treat", body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    };
    let choice = |answer: serde_json::Value| answer["choice"].clone();
    let first = ask("u1", false, 9);
    assert_eq!(
        (&first["choice"], &first["score"]),
        (&json!("mug"), &json!(3.0)),
        "{first}"
    );
    assert_eq!(first["content"], json!({"code": "MUG", "value": 3.0}));
    assert_eq!(
        server.ask("/v1/profiles/u1").status,
        404,
        "a question has made someone"
    );
    for _ in 0..3 {
        assert_eq!(
            choice(ask("u1", false, 9)),
            "mug",
            "a question has taken a place"
        );
    }
    assert_eq!(choice(ask("u1", true, 9)), "mug");
    let second = ask("u1", true, 9);
    assert_eq!(second["choice"], "pen", "{second}");
    assert!(
        second["considered"]
            .to_string()
            .contains(r#"{"offer":"mug","out":"limit"}"#),
        "{second}"
    );
    let nothing = ask("u1", false, 2);
    assert_eq!(
        (&nothing["choice"], &nothing["only_when"]),
        (&json!(null), &json!(false))
    );
    assert_eq!(nothing["content"], json!(null));
    // what was reserved is kept over a crash, and given back after its hold
    server.kill();
    let server = Server::with(kept.path(), GIFTS, "");
    let ask = |record: bool| {
        let body = json!({"ids": {"user_id": "u1"}, "args": {"cart_value": 9}, "record": record});
        server.post("/v1/decide/treat", body.to_string()).json()["choice"].clone()
    };
    assert_eq!(ask(false), "pen");
    std::thread::sleep(Duration::from_millis(2_200));
    assert_eq!(ask(true), "mug");
    // shown in time, it stays taken
    let shown = r#"{"type":"treat.shown","ids":{"user_id":"u1"},"data":{"offer":"mug"}}"#;
    assert_eq!(server.post("/v1/events", shown).status, 202);
    std::thread::sleep(Duration::from_millis(2_200));
    assert_eq!(ask(false), "pen");
    for (path, body, due) in [
        ("/v1/decide/nothing", r#"{"ids":{"user_id":"u1"}}"#, 404),
        ("/v1/decide/treat", r#"{"ids":{"user_id":"u1"}}"#, 400),
        (
            "/v1/decide/treat",
            r#"{"ids":{},"args":{"cart_value":9}}"#,
            400,
        ),
        (
            "/v1/decide/treat",
            r#"{"ids":{"user_id":"u1"},"args":{"cart_value":"x"}}"#,
            400,
        ),
        (
            "/v1/decide/treat",
            r#"{"ids":{"user_id":"u1"},"args":{"cart_value":9,"x":1}}"#,
            400,
        ),
        (
            "/v1/decide/treat",
            r#"{"ids":{"user_id":"u1"},"args":{"cart_value":9},"recrd":true}"#,
            400,
        ),
        (
            "/v1/decide/treat",
            r#"{"ids":{"user_id":"u1"},"args":{"cart_value":9},"record":1}"#,
            400,
        ),
        ("/v1/decide/treat", "[]", 400),
    ] {
        let answer = server.post(path, body);
        assert_eq!(answer.status, due, "{body}: {}", answer.body);
        assert!(answer.json()["error"]["message"].is_string());
    }
    assert_eq!(server.stop().0, 0);
}
