//! A session over an in-memory connection: what a client sends, what it is answered.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is wrong must stop"
)]

use lsp_server::{Connection, Message, Notification, Request, Response};
use serde_json::{Value, json};
use std::thread::JoinHandle;
use std::time::Duration;

const URI: &str = "untitled:one.journey";
const PATIENCE: Duration = Duration::from_secs(60);

struct Client {
    connection: Connection,
    server: JoinHandle<()>,
    requests: i32,
}

impl Client {
    /// A client that has said hello; `pulls`: it asks for diagnostics itself.
    fn new(pulls: bool) -> (Self, Value) {
        let (client, server) = Connection::memory();
        let server = std::thread::spawn(move || journey_lsp::serve_on(&server).unwrap());
        let mut client = Self {
            connection: client,
            server,
            requests: 0,
        };
        let documents = if pulls {
            json!({ "diagnostic": {} })
        } else {
            json!({})
        };
        let capabilities = json!({ "textDocument": documents });
        let hello = client.ask("initialize", json!({ "capabilities": capabilities }));
        client.tell("initialized", json!({}));
        (client, hello)
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let request = Request::new(self.requests.into(), method.to_owned(), params);
        self.connection
            .sender
            .send(Message::Request(request))
            .unwrap();
        loop {
            if let Message::Response(Response {
                response_result, ..
            }) = self.next()
            {
                return response_result.unwrap_or_else(|e| json!({ "error": e.code }));
            }
        }
    }

    fn tell(&self, method: &str, params: Value) {
        let notification = Notification::new(method.to_owned(), params);
        self.connection
            .sender
            .send(Message::Notification(notification))
            .unwrap();
    }

    fn next(&self) -> Message {
        self.connection.receiver.recv_timeout(PATIENCE).unwrap()
    }

    fn open(&self, text: &str) {
        let document = json!({ "uri": URI, "languageId": "journey", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// The codes of the next diagnostics that are pushed.
    fn pushed(&self) -> Vec<String> {
        let Message::Notification(pushed) = self.next() else {
            panic!("no notification")
        };
        assert_eq!(pushed.method, "textDocument/publishDiagnostics");
        codes(&pushed.params["diagnostics"])
    }

    fn leave(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.server.join().unwrap();
    }
}

fn codes(diagnostics: &Value) -> Vec<String> {
    let all = diagnostics.as_array().unwrap().iter();
    all.map(|d| d["code"].as_str().unwrap().to_owned())
        .filter(|c| c != "no-timezone")
        .collect()
}

#[test]
fn diagnostics_are_pushed_as_one_types() {
    let (client, hello) = Client::new(false);
    assert!(hello["capabilities"]["diagnosticProvider"].is_null());
    client.open("audience a = nobody\n");
    assert_eq!(client.pushed(), ["unknown-name"]);
    let range =
        json!({ "start": { "line": 0, "character": 13 }, "end": { "line": 0, "character": 19 } });
    let params = json!({
        "textDocument": { "uri": URI, "version": 2 },
        "contentChanges": [{ "range": range, "text": "true" }],
    });
    client.tell("textDocument/didChange", params);
    assert!(!client.pushed().contains(&"unknown-name".to_owned()));
    client.leave();
}

#[test]
fn a_client_that_pulls_is_not_pushed_to() {
    let (mut client, hello) = Client::new(true);
    assert!(!hello["capabilities"]["diagnosticProvider"].is_null());
    client.open("// é𝄞\naudience a = nobody\n");
    let params = json!({ "textDocument": { "uri": URI } });
    let report = client.ask("textDocument/diagnostic", params);
    assert_eq!(codes(&report["items"]), ["unknown-name"]);
    let unknown = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["code"] == "unknown-name");
    assert_eq!(
        unknown.unwrap()["range"]["start"],
        json!({ "line": 1, "character": 13 })
    );
    client.leave();
}

#[test]
fn a_document_is_formatted_and_columns_are_utf16() {
    let (mut client, _) = Client::new(true);
    client.open("enum  t{ a,b } // 𝄞");
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let params = json!({ "textDocument": { "uri": URI }, "options": options });
    let edits = client.ask("textDocument/formatting", params);
    assert_eq!(edits[0]["newText"], "enum t { a, b } // 𝄞\n");
    assert_eq!(
        edits[0]["range"]["end"],
        json!({ "line": 0, "character": 20 })
    );
    client.leave();
}

#[test]
fn what_is_not_offered_is_answered() {
    let (mut client, _) = Client::new(true);
    let answer = client.ask("textDocument/moniker", json!({}));
    assert_eq!(answer["error"], -32601);
    client.leave();
}
