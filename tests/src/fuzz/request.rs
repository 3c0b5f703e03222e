//! Any bytes as a request to the server: the first says how it came, up to a zero byte they are its
//! `Authorization`, the rest is its body. Read without a panic; nothing gets in but by its key; every record is
//! taken or has a reason, and none that is taken exceeds a bound.

use journey_cli::compile;
use journey_cli::project::Project;
use journey_cli::serve::config::{Config, Limits};
use journey_cli::serve::http::decode::{Called, Decoder};
use journey_cli::serve::keys::{Keys, Right, key_in};
use journey_program::plan::Program;
use std::path::Path;
use std::sync::OnceLock;

/// What opens the door, and its hash.
const KEY: &[u8] = b"key";
const HASH: &str = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683";
const LIMITS: Limits = Limits {
    event_bytes: 200,
    event_depth: 4,
    event_keys: 8,
    string_bytes: 40,
    batch_bytes: 2_000,
    batch_items: 5,
    gzip_ratio: 10,
    header_bytes: 9_000,
    header_seconds: 1,
    body_seconds: 1,
    connections: 1,
    key_per_second: 0,
    key_burst: 1,
    queue_bytes: 1_000,
    stop_seconds: 1,
};

struct Door {
    decoder: Decoder,
    keys: Keys,
}

fn door() -> &'static Door {
    static DOOR: OnceLock<Door> = OnceLock::new();
    DOOR.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join("../cli/tests/serve/shop.journey");
        let project = Project::open(Some(&file)).unwrap();
        let program = journey_compiler::checked(&project.db, project.workspace).unwrap();
        let plan = compile::plan(&program, &project.sources).unwrap();
        let plan: &'static Program = Box::leak(Box::new(plan));
        let text = format!("write_keys = [{{ name = \"k\", hash = \"{HASH}\" }}]");
        let config = Config::parse(&text).unwrap();
        Door {
            decoder: Decoder::new(plan),
            keys: Keys::new(&config.write_keys, &config.read_keys),
        }
    })
}

pub fn run(bytes: &[u8]) {
    let (how, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let end = rest.iter().position(|byte| *byte == 0);
    let (header, body) = rest.split_at(end.unwrap_or(0));
    let door = door();
    let known = key_in(header).as_deref() == Some(KEY);
    for right in [Right::Write, Right::Read, Right::Both] {
        let admitted = door.keys.admit(Some(header), right).is_ok();
        assert_eq!(admitted, known && right == Right::Write, "{right:?}");
    }
    let called = match how % 3 {
        0 => None,
        1 => Some("track"),
        _ => Some(""),
    };
    let called = called.map(|kind| Called {
        source: "web",
        kind,
    });
    let body = body.strip_prefix(&[0]).unwrap_or(body);
    let Ok(items) = door.decoder.read(body, called, &LIMITS, 1_800_000_000_000) else {
        return;
    };
    let records = items.iter().map(|item| item.index + 1).max().unwrap_or(0);
    assert!(records <= LIMITS.batch_items);
    for item in items {
        match item.taken {
            Ok(input) => {
                assert!(!input.id().is_empty());
                assert!(!input.ids().is_empty());
                let values = input.ids().iter().map(|(_, value)| value.len());
                assert!(values.max().unwrap_or(0) <= LIMITS.string_bytes);
            }
            Err(refused) => {
                assert!(!refused.reason.is_empty() && !refused.message.is_empty());
                let letter = refused.letter;
                // read for its form alone: `1e400` is JSON, though no `f64`
                let read: Result<serde::de::IgnoredAny, _> = serde_json::from_str(&letter);
                assert!(letter.is_empty() || read.is_ok(), "{letter}");
            }
        }
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let order = r#"{"type":"order_placed","id":"e","ids":{"user_id":"u"},"data":{"order_id":"o","total":1}}"#;
    let track =
        r#"{"userId":"u","event":"Order Completed","properties":{"order_id":"o","total":"1"}}"#;
    let batch = format!(r#"{{"batch":[{track},{{"type":"identify","userId":"u"}}]}}"#);
    let bodies = [
        ("\0", "Bearer key", order.to_owned()),
        ("\0", "Basic a2V5Og==", format!("[{order},{order}]")),
        ("\0", "bearer x", format!("{order}\n{order}\n{{}}")),
        ("\u{1}", "", track.to_owned()),
        ("\u{2}", "Basic a2V5", batch),
    ];
    let whole = |(how, header, body): &(&str, &str, String)| format!("{how}{header}\0{body}");
    bodies.iter().map(whole).map(String::into_bytes).collect()
}
