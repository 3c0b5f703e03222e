//! A client that does what it likes: random requests, edits in storms, places that are not there, parameters of the
//! wrong shape, cancelled questions. The server never exits, and every request has exactly one reply.
//!
//! `JOURNEY_LSP_SESSIONS=10000` for a long run; `JOURNEY_LSP_SEED` for one session again.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that is wrong must stop"
)]

use journey_lsp::handlers::HANDLERS;
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const MESSAGES: u64 = 100;
const URIS: [&str; 5] = [
    "untitled:one.journey",
    "untitled:two.journey",
    "file:///nowhere/at/all/x.journey",
    "file:///nowhere/at/all/journey.toml",
    "http://[",
];
const PIECES: [&str; 14] = [
    "enum tier { none, gold }\n",
    "event cart { cart_id: text value: money<EUR> }\n",
    "profile { tier: tier = none let n = count cart in last 3 days }\n",
    "audience vips = tier == gold and n > 3\n",
    "journey j { enter on cart key cart_id wait 1 day end }\n",
    "journey k { enter on cart let a = entry.value send m = hello(entry) by email ",
    "channel email { outcome clicked deliver none }\npurpose p { consent opt_in }\n",
    "message hello(c: cart) for p { email { subject: \"{c.value}\" } }\n",
    "test \"t\" { at 2026-01-01T00:00:00Z cart { cart_id: \"c\", value: 1 EUR } expect no send }\n",
    "{ ( [ \"",
    "é𝄞\u{2028}\r\n\r\0",
    "wait up to 1 day for { m.clicked => ",
    "// ",
    "}",
];

/// A small stream of numbers, the same for a seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn text(&mut self) -> String {
        let many = self.below(6);
        (0..many).map(|_| self.of(&PIECES)).collect()
    }

    fn position(&mut self) -> Value {
        let far = self.below(20) == 0;
        let line = if far { 4_000_000_000 } else { self.below(6) };
        json!({ "line": line, "character": self.below(70) })
    }

    fn range(&mut self) -> Value {
        json!({ "start": self.position(), "end": self.position() })
    }

    fn params(&mut self) -> Value {
        match self.below(12) {
            0 => Value::Null,
            1 => json!([1, "two", {}]),
            2 => json!({ "textDocument": { "uri": 7 }, "position": "here" }),
            _ => {
                let position = self.position();
                json!({
                    "textDocument": { "uri": self.of(&URIS) },
                    "position": position,
                    "positions": [position],
                    "range": self.range(),
                    "newName": self.of(&["fresh", "tier", "wait", "", "A b", "n"]),
                    "query": self.of(&["", "ca", "zzz"]),
                    "previousResultId": "x",
                    "context": { "includeDeclaration": true },
                    "options": { "tabSize": 4, "insertSpaces": true },
                    "item": { "uri": self.of(&URIS), "name": "j" },
                    "data": { "uri": self.of(&URIS), "symbol": ["profile", "tier"] },
                })
            }
        }
    }

    fn note(&mut self, asked: i32) -> Notification {
        let uri = self.of(&URIS);
        let document =
            json!({ "uri": uri, "languageId": "journey", "version": 1, "text": self.text() });
        let (method, params) = match self.below(10) {
            0..=2 => ("textDocument/didOpen", json!({ "textDocument": document })),
            3..=6 => {
                let changes: Vec<Value> = (0..=self.below(4))
                    .map(|_| json!({ "range": self.range(), "text": self.text() }))
                    .collect();
                let document = json!({ "uri": uri, "version": self.below(9) });
                let params = json!({ "textDocument": document, "contentChanges": changes });
                ("textDocument/didChange", params)
            }
            7 => (
                "textDocument/didClose",
                json!({ "textDocument": { "uri": uri } }),
            ),
            8 => ("$/cancelRequest", json!({ "id": asked })),
            _ => (
                self.of(&["textDocument/didSave", "$/x", "textDocument/didOpen"]),
                self.params(),
            ),
        };
        Notification::new(method.to_owned(), params)
    }
}

/// One session; the codes of what went wrong, by how often.
fn session(seed: u64, pulls: bool) {
    let (client, server) = Connection::memory();
    let server =
        std::thread::spawn(move || journey_lsp::serve_on(&server).map_err(|e| e.to_string()));
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let documents = if pulls {
        json!({ "diagnostic": {} })
    } else {
        json!({})
    };
    let hello = json!({ "capabilities": { "textDocument": documents } });
    let mut waiting: BTreeMap<RequestId, String> = BTreeMap::new();
    let mut asked = 0;
    let ask = |asked: &mut i32, method: &str, params: Value, waiting: &mut BTreeMap<_, _>| {
        *asked += 1;
        waiting.insert(RequestId::from(*asked), method.to_owned());
        let request = Request::new((*asked).into(), method.to_owned(), params);
        client.sender.send(Message::Request(request)).unwrap();
    };
    let tell = |note: Notification| client.sender.send(Message::Notification(note)).unwrap();
    ask(&mut asked, "initialize", hello, &mut waiting);
    tell(Notification::new("initialized".to_owned(), json!({})));
    // What is run as a child is not run here: the child would be this very test.
    let methods: Vec<&str> = HANDLERS
        .iter()
        .map(|(method, _)| *method)
        .filter(|method| *method != "workspace/executeCommand")
        .chain(["textDocument/nothing", "", "initialize"])
        .collect();
    for _ in 0..MESSAGES {
        if chance.below(2) == 0 {
            let (method, params) = (chance.of(&methods), chance.params());
            ask(&mut asked, method, params, &mut waiting);
        } else {
            tell(chance.note(asked));
        }
    }
    ask(&mut asked, "shutdown", Value::Null, &mut waiting);
    while !waiting.is_empty() {
        match client.receiver.recv_timeout(PATIENCE).unwrap() {
            Message::Response(answer) => {
                let method = waiting.remove(&answer.id);
                let method = method.unwrap_or_else(|| panic!("{:?} has two replies", answer.id));
                let code = answer.response_result.err().map(|error| error.code);
                assert_ne!(code, Some(-32603), "seed {seed}: `{method}` failed");
            }
            Message::Notification(_) | Message::Request(_) => {}
        }
    }
    tell(Notification::new("exit".to_owned(), Value::Null));
    server.join().unwrap().unwrap();
}

#[test]
fn the_server_outlives_everything() {
    let read = |name: &str| std::env::var(name).ok().map(|n| n.parse::<u64>().unwrap());
    if let Some(seed) = read("JOURNEY_LSP_SEED") {
        session(seed, seed.is_multiple_of(2));
        return;
    }
    for seed in 1..=read("JOURNEY_LSP_SESSIONS").unwrap_or(100) {
        session(seed, seed.is_multiple_of(2));
    }
}
