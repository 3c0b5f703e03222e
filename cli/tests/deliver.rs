//! Deliveries against receivers that mean no good, on loopback only: signatures against another implementation,
//! addresses against Python's table, and what never answers, answers too much, or points elsewhere.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::type_complexity,
    reason = "receivers and tables of a test"
)]

#[path = "deliver/addresses.rs"]
mod addresses;
#[path = "deliver/others.rs"]
mod others;
#[path = "deliver/signatures.rs"]
mod signatures;
#[path = "deliver/tls.rs"]
mod tls;

use journey_cli::deliver::Courier;
use journey_cli::deliver::config::Delivery;
use journey_cli::deliver::guard::{Allowed, Guard, Lookup, System, Way};
use journey_program::plan::{ChannelPlan, Program};
use journey_runtime::outbox::{Job, Outcome};
use signatures::headers;
use std::future::Future;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLDER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

#[expect(
    clippy::disallowed_methods,
    reason = "the other implementation asks the clock itself"
)]
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a hostile receiver holds us"
)]
fn instant() -> Instant {
    Instant::now()
}

/// Numbers from a seed.
struct Lots(u64);

impl Lots {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// What every name stands for.
struct Fake(Mutex<Vec<IpAddr>>);

impl Lookup for Fake {
    fn lookup(&self, _: &str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        let mut all = self.0.lock().unwrap();
        let next = if all.len() > 1 { all.remove(0) } else { all[0] };
        Box::pin(async move { Ok(vec![next]) })
    }
}

fn guard(allow: &[String], lookup: impl Lookup + 'static) -> Arc<Guard> {
    let allow = allow.iter().map(|text| Allowed::parse(text).unwrap());
    Arc::new(Guard::new(allow.collect(), Arc::new(lookup)))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

fn program(deliver: &str) -> Program {
    let channel = ChannelPlan {
        name: "desk".to_owned(),
        deliver: deliver.to_owned(),
        ..ChannelPlan::default()
    };
    Program {
        channels: vec![channel],
        ..Program::default()
    }
}

fn env(name: &str) -> Option<String> {
    match name {
        "HOOK_SECRET" => Some(SECRET.to_owned()),
        _ => None,
    }
}

fn courier(
    deliver: &str,
    (roots, more): (Option<&str>, &str),
    guard: &Arc<Guard>,
    deadline: Duration,
) -> Result<Courier, String> {
    let roots = roots.map_or_else(String::new, |roots| format!("roots = \"{roots}\"\n"));
    let text = format!("{roots}[channels.desk]\nsecrets = [\"{SECRET}\"]\n{more}");
    let delivery: Delivery = toml::from_str(&text).unwrap();
    let here = Path::new("/");
    Courier::new(
        &program(deliver),
        &delivery,
        here,
        env,
        guard,
        now_ms,
        deadline,
    )
}

fn webhook(url: &str, guard: &Arc<Guard>, deadline: Duration) -> Result<Courier, String> {
    courier(&format!("webhook {url}"), (None, ""), guard, deadline)
}

fn job(key: &str) -> Job {
    Job {
        key: key.into(),
        channel: "desk".into(),
        no: 1,
        epoch: 1,
        ask: false,
        line: format!(
            "{{\"kind\":\"send\",\"to\":\"ann@example.com\",\"id\":\"{key}\",\"content\":{{\"subject\":\"Hé\",\"body\":\"<p>Hi</p>\"}}}}"
        )
        .into(),
    }
}

/// A listener on loopback that counts who comes.
fn counting() -> (u16, Arc<AtomicUsize>) {
    let (address, accepted) = serving(Ipv4Addr::LOCALHOST, |_| {});
    (address.port(), accepted)
}

fn serving(
    ip: Ipv4Addr,
    serve: impl Fn(TcpStream) + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&accepted);
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counter.fetch_add(1, Ordering::SeqCst);
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || serve(stream));
        }
    });
    (address, accepted)
}

/// The head of a request and its body.
fn request(stream: &TcpStream) -> (Vec<String>, Vec<u8>) {
    let mut from = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push(line.trim_end().to_owned());
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).unwrap();
    (head, body)
}

fn header<'h>(head: &'h [String], name: &str) -> &'h str {
    let mut values = head.iter().filter_map(|line| line.split_once(": "));
    values
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map_or("", |(_, value)| value)
}

#[test]
fn a_name_that_changes_is_looked_up_for_each_attempt() {
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            request(&stream);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
        }
    });
    let inner = TcpListener::bind(("127.0.0.1", port)).unwrap();
    inner.set_nonblocking(true).unwrap();
    let listed = [format!("127.0.0.2:{port}")];
    let (outer, inside): (IpAddr, IpAddr) =
        ("127.0.0.2".parse().unwrap(), "127.0.0.1".parse().unwrap());
    let guard = guard(&listed, Fake(Mutex::new(vec![outer, inside])));
    let url = format!("http://rebinding.example:{port}/");
    let courier = webhook(&url, &guard, Duration::from_secs(5)).unwrap();
    run(async {
        assert_eq!(courier.carry(&job("a")).await, Outcome::Accepted);
        for _ in 0..5 {
            let outcome = courier.carry(&job("b")).await;
            assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
        }
    });
    let nobody = inner.accept();
    assert!(nobody.is_err(), "{nobody:?}");
}

#[test]
fn a_redirect_is_not_followed_and_no_proxy_asked() {
    let (inner, accepted) = counting();
    let (address, _) = serving(Ipv4Addr::LOCALHOST, move |mut stream| {
        request(&stream);
        let head = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{inner}/\r\ncontent-length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
    });
    let guard = guard(&["127.0.0.1".to_owned()], System);
    let courier = webhook(
        &format!("http://{address}/"),
        &guard,
        Duration::from_secs(5),
    )
    .unwrap();
    let outcome = run(courier.carry(&job("k")));
    let why = "the receiver answered 307".to_owned();
    assert_eq!(outcome, Outcome::Rejected { why });
    assert_eq!(accepted.load(Ordering::SeqCst), 0);
}

#[test]
fn what_is_sent_is_signed_and_what_is_asked_is_told() {
    let (told, seen) = channel();
    let told = Mutex::new(told);
    let (address, _) = serving(Ipv4Addr::LOCALHOST, move |mut stream| {
        let (head, body) = request(&stream);
        let known = !head[0].contains("unknown");
        told.lock().unwrap().send((head, body)).unwrap();
        let status = if known {
            "204 No Content"
        } else {
            "404 Not Found"
        };
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
    });
    let guard = guard(&["127.0.0.1".to_owned()], System);
    let url = format!("http://{address}/hook/?tenant=7");
    let courier = webhook(&url, &guard, Duration::from_secs(5)).unwrap();
    let ask = |key| Job {
        ask: true,
        ..job(key)
    };
    run(async {
        assert_eq!(courier.carry(&job("known")).await, Outcome::Accepted);
        assert_eq!(courier.carry(&ask("known")).await, Outcome::Accepted);
        assert_eq!(courier.carry(&ask("unknown")).await, Outcome::Absent);
    });
    let theirs = standardwebhooks::Webhook::new(SECRET).unwrap();
    let lines = [
        "POST /hook/?tenant=7 ",
        "GET /hook/known?tenant=7 ",
        "GET /hook/unknown?tenant=7 ",
    ];
    for (line, key) in lines.into_iter().zip(["known", "known", "unknown"]) {
        let (head, body): (Vec<String>, Vec<u8>) = seen.recv().unwrap();
        assert!(head[0].starts_with(line), "{head:?}");
        assert_eq!(header(&head, "webhook-id"), key);
        let [timestamp, signature] =
            ["webhook-timestamp", "webhook-signature"].map(|name| header(&head, name));
        theirs
            .verify(&body, &headers(key, timestamp, signature))
            .unwrap();
        assert!(body.is_empty() || *body == *job(key).line.as_bytes());
        assert_eq!(header(&head, "accept-encoding"), "");
    }
}

fn slowly(mut stream: TcpStream, bytes: &[u8]) {
    for byte in bytes.iter().cycle() {
        if stream.write_all(&[*byte]).is_err() {
            return;
        }
        let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
        let _ = stream.read(&mut [0]);
    }
}

fn flood(mut stream: TcpStream, piece: &[u8]) {
    while stream.write_all(piece).is_ok() {}
}

fn is_doubtful(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Doubtful { .. })
}

fn is_accepted(outcome: &Outcome) -> bool {
    *outcome == Outcome::Accepted
}

/// So much of each piece, over and over.
fn after(head: &'static [u8], then: fn(TcpStream)) -> impl Fn(TcpStream) + Send + Sync {
    move |mut stream| {
        request(&stream);
        if stream.write_all(head).is_ok() {
            then(stream);
        }
    }
}

fn hold(stream: TcpStream) {
    let _held = stream;
    std::thread::park_timeout(Duration::from_secs(20));
}

fn paced(mut stream: TcpStream, piece: &[u8]) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(2)));
    while stream.write_all(piece).is_ok() {
        let _ = stream.read(&mut [0]);
    }
}

type Serve = Box<dyn Fn(TcpStream) + Send + Sync>;

fn hostile() -> Vec<(&'static str, Serve, fn(&Outcome) -> bool)> {
    let ok = b"HTTP/1.1 200 OK\r\n";
    vec![
        ("reads nothing", Box::new(hold), is_doubtful),
        ("never answers", Box::new(after(b"", hold)), is_doubtful),
        (
            "drips its head",
            Box::new(after(b"", |stream| slowly(stream, b"HTTP/1.1 200 OK"))),
            is_doubtful,
        ),
        ("closes at once", Box::new(drop), is_doubtful),
        (
            "cuts its head",
            Box::new(after(b"HTTP/1.1 200", drop)),
            is_doubtful,
        ),
        (
            "speaks no HTTP",
            Box::new(after(b"\x16\x03\x01 what\r\n\r\n", drop)),
            is_doubtful,
        ),
        (
            "floods with headers",
            Box::new(after(ok, |stream| {
                flood(stream, b"x-a: aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")
            })),
            is_doubtful,
        ),
        (
            "floods with 1xx",
            Box::new(after(b"", |stream| {
                paced(stream, &b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(20));
            })),
            is_doubtful,
        ),
        (
            "has an endless body",
            Box::new(after(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                |stream| flood(stream, b"4\r\nabcd\r\n"),
            )),
            is_accepted,
        ),
        (
            "drips its body",
            Box::new(after(
                b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n",
                |stream| slowly(stream, b"x"),
            )),
            is_accepted,
        ),
        (
            "lies about its length",
            Box::new(after(
                b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
                drop,
            )),
            is_accepted,
        ),
    ]
}

#[test]
fn a_hostile_receiver_holds_an_attempt_no_longer_than_the_deadline() {
    let guard = guard(&["127.0.0.1".to_owned()], System);
    for (name, serve, fits) in hostile() {
        let (address, _) = serving(Ipv4Addr::LOCALHOST, serve);
        let url = format!("http://{address}/");
        let courier = webhook(&url, &guard, Duration::from_millis(700)).unwrap();
        let began = instant();
        let outcome = run(courier.carry(&job("k")));
        assert!(fits(&outcome), "{name}: {outcome:?}");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(3), "{name}: {took:?}");
    }
    // nobody there: certainly not sent
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let courier = webhook(
        &format!("http://127.0.0.1:{port}/"),
        &guard,
        Duration::from_secs(2),
    );
    let outcome = run(courier.unwrap().carry(&job("k")));
    assert!(
        matches!(outcome, Outcome::NotSent { after: None, .. }),
        "{outcome:?}"
    );
}

#[test]
fn answers_are_read_as_what_they_say() {
    let rows: [(&str, fn(&Outcome) -> bool); 12] = [
        ("200 OK", is_accepted),
        ("202 Accepted", is_accepted),
        ("301 Moved", |o| matches!(o, Outcome::Rejected { .. })),
        ("400 Bad", |o| matches!(o, Outcome::Rejected { .. })),
        ("404 Not Found", |o| matches!(o, Outcome::Rejected { .. })),
        ("410 Gone", |o| matches!(o, Outcome::Gone { .. })),
        ("409 Conflict", is_doubtful),
        ("429 Slow\r\nretry-after: 7", |o| {
            matches!(
                o,
                Outcome::NotSent {
                    after: Some(7_000),
                    ..
                }
            )
        }),
        ("429 Slow", |o| {
            matches!(
                o,
                Outcome::NotSent {
                    after: Some(5_000),
                    ..
                }
            )
        }),
        ("500 Oh", |o| {
            matches!(o, Outcome::Doubtful { after: None, .. })
        }),
        ("503 Busy\r\nretry-after: 120", |o| {
            matches!(
                o,
                Outcome::Doubtful {
                    after: Some(120_000),
                    ..
                }
            )
        }),
        (
            "503 Busy\r\nretry-after: Wed, 21 Oct 2015 07:28:00 GMT",
            |o| matches!(o, Outcome::Doubtful { after: Some(0), .. }),
        ),
    ];
    let guard = guard(&["127.0.0.1".to_owned()], System);
    for (status, fits) in rows {
        let (address, _) = serving(Ipv4Addr::LOCALHOST, move |mut stream| {
            request(&stream);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
        });
        let courier = webhook(
            &format!("http://{address}/"),
            &guard,
            Duration::from_secs(5),
        )
        .unwrap();
        let outcome = run(courier.carry(&job("k")));
        assert!(fits(&outcome), "{status}: {outcome:?}");
    }
}

#[test]
fn what_is_missing_is_said_with_the_channels_name() {
    let guard = guard(&[], System);
    let deadline = Duration::from_secs(1);
    let none = Delivery::default();
    let made = |deliver: &str| {
        Courier::new(
            &program(deliver),
            &none,
            Path::new("/"),
            env,
            &guard,
            now_ms,
            deadline,
        )
        .map(|_| ())
    };
    let wrong = made("webhook env HOOK").unwrap_err();
    assert_eq!(
        wrong,
        "channel `desk` is delivered by webhook to the address in `HOOK`, which is not set"
    );
    let wrong = made("webhook https://example.com/").unwrap_err();
    assert!(
        wrong.starts_with("channel `desk`: there is no secret"),
        "{wrong}"
    );
    assert!(
        made("smtp smtps://example.com")
            .unwrap_err()
            .contains("`from`")
    );
    assert!(made("none").is_ok() && made("on request").is_ok());
    let unknown: Delivery = toml::from_str("[channels.dest]").unwrap();
    let near = Courier::new(
        &program("none"),
        &unknown,
        Path::new("/"),
        env,
        &guard,
        now_ms,
        deadline,
    );
    assert_eq!(
        near.unwrap_err(),
        "there is no channel `dest`; did you mean `desk`?"
    );
    let way = Way {
        port: 443,
        secure: true,
        mail: false,
    };
    assert!(guard.admit("93.184.216.34".parse().unwrap(), way).is_ok());
}

#[test]
fn bounds_are_of_all_endpoints_and_of_each() {
    let text = "deadline_seconds = 7\n[endpoint]\nconcurrency = 3\ntries = 5\nwait_seconds = 10\nwait_most_seconds = 4\n\
                [channels.desk.endpoint]\ntries = 2\nbreaker = 1\nclosed_seconds = 9\n";
    let delivery: Delivery = toml::from_str(text).unwrap();
    let all = delivery.policy().unwrap();
    assert_eq!((all.concurrency, all.tries, all.deadline), (3, 5, 7_000));
    // the longest wait is never shorter than the first
    assert_eq!((all.first, all.most), (10_000, 10_000));
    let own = delivery.own_policies().unwrap();
    let desk = &own["desk"];
    assert_eq!((desk.concurrency, desk.tries, desk.breaker), (3, 2, 1));
    assert_eq!((desk.closed_first, desk.closed_most), (9_000, 60_000));
    let none: Delivery = toml::from_str("[endpoint]\nconcurrency = 0\n").unwrap();
    assert!(
        none.policy()
            .unwrap_err()
            .contains("`concurrency` is at least 1")
    );
    assert!(toml::from_str::<Delivery>("[endpoint]\nconcurency = 1\n").is_err());
}
