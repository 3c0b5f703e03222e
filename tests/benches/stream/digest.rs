//! Actions as both sides can be compared: our lines in the words of the workload's description, sorted, hashed.

use journey_runtime::intake::convert::instant::{Parsed, parse};
use serde_json::Value;
use std::collections::HashMap;

/// Lines, and a hash of them that does not know their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub lines: usize,
    pub hash: String,
}

impl Digest {
    pub fn of(lines: &[u8]) -> Self {
        let mut lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
        lines.retain(|line| !line.is_empty());
        lines.sort_unstable();
        let mut hasher = blake3::Hasher::new();
        for line in &lines {
            hasher.update(line);
            hasher.update(b"\n");
        }
        Self {
            lines: lines.len(),
            hash: hasher.finalize().to_hex().chars().take(16).collect(),
        }
    }
}

/// Our actions, as the workload words them. An instance's number is how often its person has entered.
pub fn worded(actions: &[u8]) -> Vec<u8> {
    let mut entered: HashMap<String, u32> = HashMap::new();
    let mut out = Vec::new();
    for line in actions
        .split(|byte| *byte == b'\n')
        .filter(|l| !l.is_empty())
    {
        let action: Value = serde_json::from_slice(line).unwrap();
        let text = |key: &str| action[key].as_str().unwrap_or_default();
        let (person, at) = (text("profile"), ms(&action["at"]));
        let number = entered.entry(person.to_owned()).or_default();
        let of = format!(r#""p":"{person}","i":{number},"ts":{at}"#);
        let line = match text("kind") {
            "enter" => {
                *number += 1;
                continue;
            }
            "send" => send(&action, &of),
            "skip" => format!(r#"{{"a":"suppressed","ch":"{}",{of}}}"#, text("channel")),
            "emit" => conversion(&action["data"], &of),
            "exit" | "end" if text("reason").is_empty() => continue,
            "exit" | "end" => format!(r#"{{"a":"exit",{of},"why":"{}"}}"#, text("reason")),
            other => panic!("an action `{other}` that the workload has no word for"),
        };
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out
}

fn send(action: &Value, of: &str) -> String {
    let content = &action["content"];
    let word = |key: &str| content[key].as_str().unwrap_or_default();
    format!(
        r#"{{"a":"send","ch":"{}",{of},"cart":"{}","v":{},"o30":{},"s30":{},"seen":{}}}"#,
        action["channel"].as_str().unwrap_or_default(),
        word("cart"),
        word("value"),
        word("orders"),
        word("spend"),
        ms(&content["seen"]),
    )
}

fn conversion(data: &Value, of: &str) -> String {
    let word = |key: &str| data[key].as_str().unwrap_or_default();
    format!(
        r#"{{"a":"conversion",{of},"order":"{}","amt":{},"via":"{}","sent":{},"o30":{},"s30":{}}}"#,
        word("order"),
        data["amount"],
        word("via"),
        ms(&data["sent"]),
        data["orders"],
        data["spend"],
    )
}

fn ms(value: &Value) -> i64 {
    match parse(value.as_str().unwrap_or_default()) {
        Some(Parsed::Instant(at)) => at,
        other => panic!("no instant: {other:?}"),
    }
}
