//! Edits of open documents against a naive model of LSP's positions, in both encodings; sessions of odd
//! messages, in which every request is answered once, in order, and the server stays; bytes as a message.

use arbitrary::{Result, Unstructured};
use gen_lsp_types::{PositionEncodingKind, TextDocumentContentChangeEvent, Uri};
use journey_lsp::documents::Documents;
use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value, json};
use std::time::Duration;

const URI: &str = "untitled:one.journey";
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(bytes: &[u8]) {
    // A message that is none is an error of the reader, never a panic.
    let _ = Message::read(&mut &bytes[..]);
    let from = &mut Unstructured::new(bytes);
    let _ = edits(from);
    let _ = session(from);
}

fn piece(from: &mut Unstructured<'_>) -> Result<String> {
    let pieces = [
        "a",
        "é",
        "𝄞",
        "\n",
        "\r\n",
        "\r",
        " ",
        "event a { b: int }",
        "journey j {",
        "}",
        "\"",
        "enum t { a, b }",
        "",
    ];
    let count = from.int_in_range(0..=3)?;
    (0..count).map(|_| Ok(*from.choose(&pieces)?)).collect()
}

/// A change as a client sends it; without a range it is the whole text.
fn change(from: &mut Unstructured<'_>) -> Result<Value> {
    let text = piece(from)?;
    if from.ratio(1, 8)? {
        return Ok(json!({ "text": text }));
    }
    let mut place = || -> Result<Value> {
        let line = from.int_in_range(0..=4)?;
        let character = from.int_in_range(0..=9)?;
        Ok(json!({ "line": line, "character": character }))
    };
    let (start, end) = (place()?, place()?);
    Ok(json!({ "range": { "start": start, "end": end }, "text": text }))
}

/// The model: a document is its characters, a place is found by walking.
fn applied(text: &str, change: &Value, utf8: bool) -> String {
    let new = change["text"].as_str().unwrap_or_default();
    let Some(range) = change.get("range") else {
        return new.to_owned();
    };
    let chars: Vec<char> = text.chars().collect();
    let start = walk(&chars, &range["start"], utf8);
    let end = walk(&chars, &range["end"], utf8).max(start);
    let before: String = chars[..start].iter().collect();
    let after: String = chars[end..].iter().collect();
    before + new + &after
}

fn walk(chars: &[char], place: &Value, utf8: bool) -> usize {
    let number = |name: &str| place[name].as_u64().expect("a place has numbers");
    let (mut line, mut units) = (number("line"), number("character"));
    let mut at = 0;
    while line > 0 {
        let Some(c) = chars.get(at) else { return at };
        at += 1;
        let ends = *c == '\n' || (*c == '\r' && chars.get(at) != Some(&'\n'));
        line -= u64::from(ends);
    }
    while let Some(c) = chars.get(at).filter(|c| !matches!(c, '\n' | '\r')) {
        let width = if utf8 { c.len_utf8() } else { c.len_utf16() } as u64;
        if units < width {
            break;
        }
        units -= width;
        at += 1;
    }
    at
}

fn edits(from: &mut Unstructured<'_>) -> Result<()> {
    let utf8 = from.arbitrary()?;
    let encoding = if utf8 {
        PositionEncodingKind::UTF8
    } else {
        PositionEncodingKind::UTF16
    };
    let mut documents = Documents::new(None, encoding);
    let uri = Uri::parse(URI).expect("a URI");
    let mut model = piece(from)?;
    documents.opened(&uri, model.clone(), None);
    for _ in 0..from.int_in_range(1..=6)? {
        let changes: Vec<Value> = (0..from.int_in_range(1..=3)?)
            .map(|_| change(from))
            .collect::<Result<_>>()?;
        for change in &changes {
            model = applied(&model, change, utf8);
        }
        let events: Vec<TextDocumentContentChangeEvent> =
            serde_json::from_value(Value::Array(changes.clone())).expect("changes are changes");
        documents.changed(&uri, None, events);
        assert_eq!(documents.text(&uri), Some(model.as_str()), "{changes:?}");
    }
    Ok(())
}

fn params(from: &mut Unstructured<'_>) -> Result<Value> {
    let uri = *from.choose(&[
        URI,
        "untitled:two.journey",
        "file:///none/x.journey",
        "",
        "%",
    ])?;
    let document =
        json!({ "uri": uri, "languageId": "journey", "version": 1, "text": piece(from)? });
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    Ok(match from.int_in_range(0..=7)? {
        0 => Value::Null,
        1 => json!([1, "two"]),
        2 => json!({ "textDocument": document, "contentChanges": [change(from)?] }),
        3 => json!({ "textDocument": { "uri": 7 } }),
        4 => {
            json!({ "textDocument": document, "position": { "line": 4_000_000_000_u32, "character": 9 } })
        }
        _ => json!({
            "textDocument": document, "contentChanges": [change(from)?, change(from)?],
            "position": { "line": 0, "character": 3 }, "options": options,
        }),
    })
}

fn session(from: &mut Unstructured<'_>) -> Result<()> {
    let asked = [
        "textDocument/diagnostic",
        "textDocument/formatting",
        "textDocument/hover",
        "textDocument/completion",
        "textDocument/definition",
        "textDocument/semanticTokens/full",
        "textDocument/codeAction",
        "initialize",
        "",
    ];
    let told = [
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didClose",
        "textDocument/didSave",
        "$/x",
        "initialized",
        "$/cancelRequest",
    ];
    let mut messages = Vec::new();
    while messages.len() < 12 && !from.is_empty() {
        let asks = from.arbitrary()?;
        let method = *from.choose(if asks { &asked[..] } else { &told[..] })?;
        messages.push((asks, method, params(from)?));
    }
    let pulls = from.arbitrary()?;
    serve(&messages, pulls);
    Ok(())
}

fn serve(messages: &[(bool, &str, Value)], pulls: bool) {
    let (client, server) = Connection::memory();
    let server = std::thread::spawn(move || {
        journey_lsp::serve_on(&server).map_err(|error| error.to_string())
    });
    let mut next = 0;
    let mut ask = |method: &str, params: Value| {
        next += 1;
        let request = Request::new(next.into(), method.to_owned(), params);
        client
            .sender
            .send(Message::Request(request))
            .expect("the server is there");
        loop {
            match client
                .receiver
                .recv_timeout(PATIENCE)
                .expect("the server answers")
            {
                Message::Response(answer) => {
                    assert_eq!(answer.id, next.into(), "another request is answered");
                    let failed = answer
                        .response_result
                        .as_ref()
                        .err()
                        .map(|error| error.code);
                    assert_ne!(failed, Some(-32603), "a handler of `{method}` failed");
                    return;
                }
                Message::Notification(_) => {}
                Message::Request(request) => panic!("the server asks `{}`", request.method),
            }
        }
    };
    let documents = if pulls {
        json!({ "diagnostic": {} })
    } else {
        json!({})
    };
    ask(
        "initialize",
        json!({ "capabilities": { "textDocument": documents } }),
    );
    let tell = |method: &str, params: Value| {
        let notification = Notification::new(method.to_owned(), params);
        client
            .sender
            .send(Message::Notification(notification))
            .expect("the server is there");
    };
    tell("initialized", json!({}));
    for (asks, method, params) in messages {
        if *asks {
            ask(method, params.clone());
        } else {
            tell(method, params.clone());
        }
    }
    ask("shutdown", Value::Null);
    tell("exit", Value::Null);
    let end = server.join().expect("the server does not panic");
    assert_eq!(end, Ok(()));
}
