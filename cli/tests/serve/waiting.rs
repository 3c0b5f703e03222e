//! What waits for a person on a channel that is delivered on request, until their touchpoint asks.

use super::server::{Server, folder};
use serde_json::{Value, json};

const WALLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/walls.journey");

fn event(server: &Server, body: &Value) {
    let answer = server.post("/v1/events", body.to_string());
    assert_eq!(answer.status, 202, "{}", answer.body);
}

fn left(server: &Server, ids: &Value, form: &str) {
    event(
        server,
        &json!({"type": "form_left", "ids": ids, "data": {"form": form}}),
    );
}

fn ask(server: &Server, channel: &str, ids: &Value, record: bool) -> Vec<Value> {
    let body = json!({"ids": ids, "record": record});
    let answer = server.post(&format!("/v1/ask/{channel}"), body.to_string());
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["sends"].as_array().unwrap().clone()
}

#[test]
fn what_waits_is_handed_over_as_its_channel_says() {
    let kept = folder();
    let server = Server::with(kept.path(), WALLS, "");
    let u1 = json!({"user_id": "u1"});
    left(&server, &u1, "f1");
    left(&server, &json!({"user_id": "u2"}), "f2");
    let seen = ask(&server, "wall", &u1, false);
    assert_eq!(seen.len(), 1, "only looked at, and no consent is no advert");
    assert_eq!(seen[0]["content"], json!({"text": "You left f1"}));
    assert_eq!(seen[0]["journey"], "nudge");
    // at most once
    assert_eq!(ask(&server, "wall", &u1, true), seen);
    assert!(ask(&server, "wall", &u1, true).is_empty());
    // again and again, until it is answered
    let banner = ask(&server, "banner", &u1, true);
    assert_eq!(
        banner[0]["content"],
        json!({"title": "Go on", "form": "f1"})
    );
    server.kill();
    let server = Server::with(kept.path(), WALLS, "");
    assert!(
        ask(&server, "wall", &u1, true).is_empty(),
        "it was handed over"
    );
    assert_eq!(ask(&server, "banner", &u1, true), banner);
    let outcome = |kind: &str| {
        let key = &banner[0]["send"];
        event(
            &server,
            &json!({"type": kind, "ids": u1, "data": {"send": key}}),
        );
    };
    outcome("banner.displayed");
    assert_eq!(
        ask(&server, "banner", &u1, true),
        banner,
        "seen is not answered"
    );
    outcome("banner.dismissed");
    assert!(ask(&server, "banner", &u1, true).is_empty());
    let channels = server.ask("/v1/sends").json()["channels"].clone();
    assert_eq!(channels["wall"]["sent"], 1, "{channels}");
    assert_eq!(channels["wall"]["waiting"], 1, "{channels}");
    assert_eq!(channels["banner"]["sent"], 1, "{channels}");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn people_who_turn_out_to_be_one_ask_as_one_and_the_erased_have_nothing() {
    let kept = folder();
    let server = Server::with(kept.path(), WALLS, "");
    let device = json!({"device_id": "d1"});
    left(&server, &device, "f1");
    let user = json!({"user_id": "u1"});
    assert!(ask(&server, "wall", &user, true).is_empty());
    left(&server, &user, "f2");
    let both = json!({"user_id": "u1", "device_id": "d1"});
    event(&server, &json!({"type": "profile", "ids": both}));
    let of_both = ask(&server, "wall", &user, false);
    assert_eq!(of_both.len(), 2, "{of_both:?}");
    assert_eq!(ask(&server, "wall", &device, false), of_both);
    let profile = server.ask("/v1/profiles/u1").json();
    assert_eq!(profile["traits"], json!({"forms": 2}));
    assert_eq!(
        server.send("DELETE", "/v1/profiles/u1", &[], b"").status,
        200
    );
    assert!(ask(&server, "wall", &user, false).is_empty());
    let body = json!({"ids": user}).to_string();
    for (path, body, due) in [
        ("/v1/ask/nothing", body.as_str(), 404),
        ("/v1/ask/mail", &body, 404),
        ("/v1/ask/wall", "[]", 400),
        ("/v1/ask/wall", "{}", 400),
        ("/v1/ask/wall", r#"{"ids":{"user_id":"u1"},"args":{}}"#, 400),
    ] {
        assert_eq!(server.post(path, body).status, due, "{path} {body}");
    }
}

#[test]
fn why_is_answered_beside_the_engine() {
    let kept = folder();
    let server = Server::with(kept.path(), WALLS, "");
    left(&server, &json!({"user_id": "u1"}), "f1");
    let answer = server.ask("/v1/profiles/user_id:u1/why?journey=nudge");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let why = answer.json();
    assert_eq!(why["profile"], "u1");
    assert_eq!(why["verdicts"][0]["verdict"], "entered", "{why}");
    let ad = server
        .ask("/v1/profiles/u1/why?journey=sell&step=ad")
        .json();
    assert!(ad.to_string().contains("no_consent"), "{ad}");
    for (path, due) in [
        ("/v1/profiles/nobody/why", 404),
        ("/v1/profiles/u1/why?journey=nothing", 400),
        ("/v1/profiles/u1/why?at=yesterday", 400),
    ] {
        let answer = server.ask(path);
        assert_eq!(answer.status, due, "{path}: {}", answer.body);
    }
}
