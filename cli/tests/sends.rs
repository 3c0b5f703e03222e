//! Sends of the real binary over real sockets of this machine: killed while a receiver answers, started again;
//! what each class of retry promises is counted at the receiver. Call-backs, dead letters, a stop in peace.
#![expect(clippy::unwrap_used, reason = "a test that is wrong must stop")]
#![expect(clippy::disallowed_methods, reason = "it waits for a process")]
#![expect(clippy::panic, reason = "the first")]
#![expect(clippy::expect_used, reason = "the first")]
#![expect(clippy::indexing_slicing, reason = "the first")]

#[expect(dead_code, reason = "it serves other tests as well")]
#[path = "serve/server.rs"]
mod server;

use journey_cli::deliver::sign::{Said, Secrets};
use serde_json::{Value, json};
use server::{Server, folder, lines};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CLASSES: [(&str, &str); 4] = [
    ("drops", "keyed 1 hour"),
    ("asks", "asking"),
    ("once", "never"),
    ("more", "always"),
];

/// A request as the receiver got it.
#[derive(Clone, Debug)]
struct Got {
    /// method and path
    line: String,
    key: String,
    signed: bool,
    body: String,
}

/// What the receiver does with the n-th request of a key: a status, or nothing at all.
type Behave = fn(path: &str, nth: usize) -> Option<u16>;

#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    fn new(behave: Behave) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let all = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let all = Arc::clone(&all);
                std::thread::spawn(move || receive(stream, &all, behave));
            }
        });
        Self { address, got }
    }

    fn wait(&self, what: &str, enough: impl Fn(&[Got]) -> bool) -> Vec<Got> {
        for _ in 0..1_500 {
            let got = self.got.lock().unwrap().clone();
            if enough(&got) {
                return got;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{what}: {:?}", self.got.lock().unwrap());
    }
}

fn receive(mut stream: TcpStream, all: &Mutex<Vec<Got>>, behave: Behave) {
    let mut from = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut headers) = (String::new(), BTreeMap::new());
    from.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.trim_end().split_once(": ") {
            headers.insert(name.to_lowercase(), value.to_owned());
        }
    }
    let length = headers
        .get("content-length")
        .map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    from.read_exact(&mut body).unwrap();
    let header = |name: &str| headers.get(name).map_or("", String::as_str);
    let said = Said {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let secrets = Secrets::parse([SECRET]).unwrap();
    let line = first.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let got = Got {
        key: said.id.to_owned(),
        signed: secrets.verify(&said, &body, now_s()).is_ok(),
        body: String::from_utf8(body).unwrap(),
        line,
    };
    let answer = {
        let mut all = all.lock().unwrap();
        let same = |other: &&Got| (&other.key, &other.line) == (&got.key, &got.line);
        let nth = all.iter().filter(same).count();
        all.push(got.clone());
        behave(&got.line, nth)
    };
    match answer {
        Some(status) => {
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
        }
        // until whoever asks is gone
        None => drop(stream.read(&mut [0])),
    }
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn program(folder: &Path, to: &str) -> String {
    let mut text = "event asked {\n    n: int\n}\nevent left {\n}\nprofile {\n    email: text?\n}\n\
        identity {\n    user_id unique\n}\npurpose service {\n    consent not_needed basis contract\n}\n\
        purpose news {\n    consent opt_out\n    revoked by left\n}\n"
        .to_owned();
    for (name, retry) in CLASSES {
        text.push_str(&format!(
            "channel {name} {{\n    to user_id\n    outcome clicked {{ link: text }}\n    \
             deliver webhook \"{to}/{name}\"\n    retry {retry}\n}}\n\
             message note_{name}() for service {{\n    {name} {{ text: \"hello\" }}\n}}\n\
             journey by_{name} {{\n    enter on asked key n\n    reenter always\n    \
             send it = note_{name} by {name}\n}}\n"
        ));
    }
    let path = folder.join("sends.journey");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn config() -> String {
    let mut text = "[deliver]\nallow = [\"127.0.0.1\"]\ndeadline_seconds = 3\n".to_owned();
    for (name, _) in CLASSES {
        text.push_str(&format!(
            "[deliver.channels.{name}]\nsecrets = [\"{SECRET}\"]\n"
        ));
    }
    text
}

fn ask(n: usize) -> String {
    format!(r#"{{"type":"asked","id":"a{n}","ids":{{"user_id":"u{n}"}},"data":{{"n":{n}}}}}"#)
}

fn states(server: &Server) -> Value {
    server.ask("/v1/sends").json()["channels"].clone()
}

fn until(server: &Server, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1_500 {
        let channels = states(server);
        if fits(&channels) {
            return channels;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what}: {}", states(server));
}

#[test]
fn a_kill_between_acceptance_and_answer_keeps_what_each_class_promises() {
    const SENDS: usize = 5;
    // the first time the receiver takes it and says nothing; asked, it knows it
    let receiver = Receiver::new(|line, nth| match (line.starts_with("GET"), nth) {
        (true, _) => Some(200),
        (false, 0) => None,
        (false, _) => Some(200),
    });
    let kept = folder();
    let program = program(kept.path(), &format!("http://{}", receiver.address));
    let server = Server::with(kept.path(), &program, &config());
    let events: Vec<String> = (0..SENDS).map(ask).collect();
    assert_eq!(server.post("/v1/events", events.join("\n")).status, 202);
    let all = SENDS * CLASSES.len();
    receiver.wait("all have arrived", |got| got.len() >= all);
    server.kill();
    let server = Server::with(kept.path(), &program, &config());
    let settled = until(&server, "all is settled", |channels| {
        CLASSES
            .iter()
            .all(|(name, _)| channels[name]["waiting"] == 0)
    });
    for (name, _) in CLASSES {
        let (sent, unknown) = if name == "once" {
            (0, SENDS)
        } else {
            (SENDS, 0)
        };
        assert_eq!(settled[name]["sent"], sent, "{settled}");
        assert_eq!(settled[name]["unknown"], unknown, "{settled}");
    }
    let got = receiver.wait("the end", |_| true);
    assert!(got.iter().all(|got| got.signed), "{got:?}");
    let posts = |name: &str| {
        let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for got in got.iter().filter(|got| got.line == format!("POST /{name}")) {
            keys.entry(&got.key).or_default().push(&got.body);
        }
        keys
    };
    for (name, times) in [("drops", 2), ("asks", 1), ("once", 1), ("more", 2)] {
        let posts = posts(name);
        assert_eq!(posts.len(), SENDS, "{name}");
        for (key, bodies) in posts {
            assert_eq!(bodies.len(), times, "{name} {key}");
            assert!(
                bodies.iter().all(|body| *body == bodies[0]),
                "the same bytes"
            );
            assert!(
                bodies[0].contains(&format!("\"id\":\"{key}\"")),
                "{bodies:?}"
            );
        }
    }
    let asked = got.iter().filter(|got| got.line.starts_with("GET /asks/"));
    assert_eq!(asked.count(), SENDS);
    // what was delivered is what was decided, once each
    let decided = lines(kept.path(), "actions.jsonl");
    let sends = decided
        .iter()
        .filter(|line| line.contains("\"kind\":\"send\""));
    assert_eq!(sends.count(), all);
    let (code, said) = server.stop();
    assert_eq!(code, 0, "{said}");
}

#[test]
fn dead_letters_are_shown_and_replayed_and_a_stop_waits_for_what_is_under_way() {
    let receiver = Receiver::new(|line, nth| match (line, nth) {
        ("POST /once", 0) => Some(400),
        ("POST /more", 0) => {
            std::thread::sleep(Duration::from_millis(500));
            Some(200)
        }
        _ => Some(200),
    });
    let kept = folder();
    let program = program(kept.path(), &format!("http://{}", receiver.address));
    let server = Server::with(kept.path(), &program, &config());
    assert_eq!(server.post("/v1/events", ask(1)).status, 202);
    until(&server, "one has failed", |channels| {
        channels["once"]["failed"] == 1
    });
    let listed = server.ask("/v1/sends?state=failed").json()["sends"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let letter = &listed[0];
    assert_eq!(letter["why"], "the receiver answered 400");
    assert!(
        !listed.to_string().contains("hello"),
        "what it says is not shown"
    );
    let key = letter["key"].as_str().unwrap();
    let replayed = server.post(&format!("/v1/sends/{key}/replay"), "");
    assert_eq!(replayed.status, 202, "{replayed:?}");
    until(&server, "it is sent", |channels| {
        channels["once"]["sent"] == 1
    });
    let again = server.post(&format!("/v1/sends/{key}/replay"), "");
    assert_eq!(again.status, 404);
    assert_eq!(server.ask("/v1/sends?state=odd").status, 400);
    // one more, and a stop while it is under way
    assert_eq!(server.post("/v1/events", ask(2)).status, 202);
    receiver.wait("it is under way", |got| {
        got.iter().filter(|got| got.line == "POST /more").count() == 2
    });
    let (code, said) = server.stop();
    assert_eq!(code, 0, "{said}");
    let server = Server::with(kept.path(), &program, &config());
    let channels = states(&server);
    assert_eq!(channels["more"]["sent"], 2, "{channels}");
    assert_eq!(channels["more"]["attempts"], 2, "{channels}");
    // a command that does not deliver leaves the outbox alone
    drop(server);
}

#[test]
fn what_waits_in_a_restored_folder_is_in_doubt_as_its_class_says() {
    // it is busy the first time, and does not know what it is asked for
    let receiver = Receiver::new(|line, nth| match (line.starts_with("GET"), nth) {
        (true, _) => Some(404),
        (false, 0) => Some(429),
        (false, _) => Some(200),
    });
    let kept = folder();
    let program = program(kept.path(), &format!("http://{}", receiver.address));
    let server = Server::with(kept.path(), &program, &config());
    assert_eq!(server.post("/v1/events", ask(1)).status, 202);
    receiver.wait("all were refused for now", |got| got.len() >= CLASSES.len());
    let (code, said) = server.stop();
    assert_eq!(code, 0, "{said}");
    let server = Server::with_args(kept.path(), &program, &config(), &["--restored"]);
    let channels = until(&server, "all but one go out", |channels| {
        ["drops", "asks", "more"]
            .iter()
            .all(|name| channels[name]["sent"] == 1)
    });
    assert_eq!(channels["once"]["unknown"], 1, "{channels}");
    let listed = server.ask("/v1/sends?state=unknown").json()["sends"].clone();
    let why = listed[0]["why"].as_str().unwrap();
    assert!(why.contains("the folder was restored"), "{listed}");
    let got = receiver.wait("the end", |_| true);
    let of = |line: &str| got.iter().filter(|got| got.line.starts_with(line)).count();
    assert_eq!(of("GET /asks/"), 1, "asked before it is sent again");
    assert_eq!(of("POST /once"), 1, "not sent again");
}

#[test]
fn a_call_back_is_let_in_by_its_signature_once() {
    let receiver = Receiver::new(|_, _| Some(200));
    let kept = folder();
    let program = program(kept.path(), &format!("http://{}", receiver.address));
    let server = Server::with(kept.path(), &program, &config());
    assert_eq!(server.post("/v1/events", ask(1)).status, 202);
    let got = receiver.wait("it has come", |got| {
        got.iter().any(|got| got.line == "POST /drops")
    });
    let key = &got
        .iter()
        .find(|got| got.line == "POST /drops")
        .unwrap()
        .key;
    let secrets = Secrets::parse([SECRET]).unwrap();
    let call = |id: &str, at: i64, key: &str, damage: bool| {
        let body = json!({"type": "clicked", "send": key, "data": {"link": "https://x"}});
        let body = body.to_string();
        let signature = secrets.sign(id, at, body.as_bytes());
        let headers = [
            format!("webhook-id: {id}"),
            format!("webhook-timestamp: {at}"),
            format!("webhook-signature: {signature}"),
        ];
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let body = if damage {
            body.replace("https", "httpz")
        } else {
            body
        };
        server.send("POST", "/v1/outcomes/drops", &headers, body)
    };
    let now = now_s();
    let good = call("m1", now, key, false);
    assert_eq!((good.status, good.json()), (202, json!({"accepted": 1})));
    let again = call("m1", now, key, false);
    assert_eq!(
        (again.status, again.json()),
        (200, json!({"duplicate": true}))
    );
    assert_eq!(call("m2", now, key, true).status, 401);
    assert_eq!(call("m3", now - 400, key, false).status, 401);
    assert_eq!(call("m4", now + 400, key, false).status, 401);
    assert_eq!(call("m5", now, "nobody", false).status, 404);
    let unsigned = server.post("/v1/outcomes/drops", "{}");
    assert_eq!(unsigned.status, 401);
    let unknown = server.post("/v1/outcomes/nothing", "{}");
    assert_eq!(unknown.status, 404);
}
