//! Who may write and who may read: with keys, and without.

use super::server::{SHOP, Server, folder, order, request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::process::Command;

/// A key and its hash, as the command prints them.
fn new_key(kind: &str) -> (String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_journey"))
        .args(["serve", "--new-key", kind])
        .output()
        .unwrap();
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    let after = |word: &str| {
        let line = text.lines().find(|line| line.starts_with(word)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    (after("key"), after("hash"))
}

#[test]
fn each_key_opens_its_own_doors() {
    let kept = folder();
    let (write, write_hash) = new_key("write");
    let (read, read_hash) = new_key("read");
    let (both, both_hash) = new_key("read");
    assert_ne!(read, both);
    let config = format!(
        "write_keys = [{{ name = \"web\", hash = \"{write_hash}\" }}, {{ name = \"shop\", hash = \"{both_hash}\" }}]\n\
         read_keys = [{{ name = \"console\", hash = \"{read_hash}\" }}, {{ name = \"shop\", hash = \"{both_hash}\" }}]\n"
    );
    let server = Server::with(kept.path(), SHOP, &config);
    let bearer = |key: &str| format!("authorization: Bearer {key}");
    let basic = |key: &str| format!("authorization: Basic {}", STANDARD.encode(key));
    let event = |header: &str, id: &str| {
        server
            .send("POST", "/v1/events", &[header], order(id, "u1"))
            .status
    };
    let look = |header: &str| server.send("GET", "/v1/profiles/u1", &[header], b"").status;
    let erase = |header: &str| {
        server
            .send("DELETE", "/v1/profiles/u1", &[header], b"")
            .status
    };
    assert_eq!(server.post("/v1/events", order("e0", "u1")).status, 401);
    assert_eq!(event(&bearer(&write), "e1"), 202);
    assert_eq!(event(&basic(&format!("{write}:")), "e2"), 202);
    assert_eq!(event(&bearer(&both), "e3"), 202);
    assert_eq!(look(&bearer(&read)), 200);
    assert_eq!(
        (event(&bearer(&read), "e4"), look(&bearer(&write))),
        (403, 403)
    );
    assert_eq!((erase(&bearer(&read)), erase(&bearer(&write))), (403, 403));
    let wrong = [
        bearer(&format!("{write}x")),
        bearer(write.strip_prefix('j').unwrap()),
        bearer(&write_hash),
        bearer(""),
        "authorization: Bearer".to_owned(),
        format!("authorization: {write}"),
        basic(&format!("{write}:password")),
        basic(&format!(":{write}")),
        "authorization: Basic !!!".to_owned(),
        format!("authorization: Bearer {}", "x".repeat(5_000)),
    ];
    for header in &wrong {
        assert_eq!(event(header, "e5"), 401, "{header}");
        assert_eq!(look(header), 401, "{header}");
    }
    assert_eq!(server.ask("/healthz").status, 200);
    assert_eq!(server.ask("/metrics").status, 401);
    assert_eq!(erase(&bearer(&both)), 200);
    assert_eq!(look(&bearer(&read)), 404);
    let (code, said) = server.stop();
    assert_eq!(code, 0);
    for key in [&write, &read, &both] {
        assert!(!said.contains(key.as_str()));
    }
}

#[test]
fn without_keys_it_is_for_this_machine_only() {
    let kept = folder();
    let out = Command::new(env!("CARGO_BIN_EXE_journey"))
        .args([
            "serve",
            SHOP,
            "--interpret",
            "--listen",
            "0.0.0.0:0",
            "--state",
        ])
        .arg(kept.path().join("state"))
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(
        said.contains("without keys the server listens on this machine only"),
        "{said}"
    );
    assert!(!kept.path().join("state").exists());
    let server = Server::start(kept.path());
    let from = |header: &str| {
        let body = order("e1", "u1");
        server.send("POST", "/v1/events", &[header], body).status
    };
    assert_eq!(from("origin: https://evil.example"), 403);
    assert_eq!(from("origin: null"), 403);
    assert_eq!(from("origin: http://localhost:8080"), 202);
    let foreign = b"GET /readyz HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert_eq!(
        super::server::raw(server.address, foreign).unwrap().status,
        403
    );
    let own = request(server.address, "GET", "/readyz", &[], b"").unwrap();
    assert_eq!(own.json(), json!({"status": "ready"}));
}

#[test]
fn a_configuration_that_is_wrong_says_where() {
    let kept = folder();
    let file = kept.path().join("serve.toml");
    for (config, due) in [
        (
            "lisen = \"127.0.0.1:1\"",
            "there is no key `lisen`; did you mean `listen`?",
        ),
        (
            "[limits]\nbatch_item = 1",
            "line 2: there is no key `batch_item`; did you mean `batch_items`?",
        ),
        (
            "tls_cert = \"c.pem\"",
            "`tls_cert` and `tls_key` go together",
        ),
        (
            "read_keys = [{ name = \"a\", hash = \"12\" }]",
            "the hash of key `a` is not 64 hex digits",
        ),
        (
            "[limits]\nheader_bytes = 1",
            "`limits.header_bytes` is at least",
        ),
        ("listen = 5", "line 1:"),
    ] {
        std::fs::write(&file, config).unwrap();
        let out = Command::new(env!("CARGO_BIN_EXE_journey"))
            .args(["serve", SHOP, "--interpret", "--state"])
            .arg(kept.path().join("state"))
            .arg("--config")
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{config}: {said}");
        assert!(said.contains(due), "{config}: {said}");
    }
}

#[test]
fn a_key_that_asks_too_often_is_told_when_to_come_again() {
    let kept = folder();
    let (slow, slow_hash) = new_key("write");
    let (free, free_hash) = new_key("write");
    let config = format!(
        "write_keys = [{{ name = \"slow\", hash = \"{slow_hash}\", per_second = 1 }}, {{ name = \"free\", hash = \"{free_hash}\", per_second = 0 }}]\n\
         [limits]\nkey_per_second = 1\nkey_burst = 3\n"
    );
    let server = Server::with(kept.path(), SHOP, &config);
    let event = |key: &str, id: usize| {
        let header = format!("authorization: Bearer {key}");
        let event = order(&format!("e{id}"), "u1");
        server.send("POST", "/v1/events", &[&header], event)
    };
    let answers: Vec<_> = (0..5).map(|id| event(&slow, id)).collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses[..3], [202, 202, 202]);
    let refused = answers.last().unwrap();
    assert_eq!(refused.status, 429);
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    assert_eq!(refused.json()["error"]["code"], "too_often");
    assert!((10..20).all(|id| event(&free, id).status == 202));
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(event(&slow, 30).status, 202);
    // what was refused was not taken
    assert_eq!(event(&free, 4).json()["duplicates"], 0);
}
