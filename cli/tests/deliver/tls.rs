//! Webhooks and mail over TLS to receivers on loopback: with a certificate of an authority that the configuration
//! trusts, of one that nobody trusts, for another name, and one that has ended. Nothing is sent to the last three.
//! The certificates under `tls/` were made by hand, of one authority; nothing but these tests knows their keys.

use super::{Fake, courier, guard, job, request, run, serving};
use journey_cli::deliver::Courier;
use journey_runtime::outbox::Outcome;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_rustls::rustls::{self, ServerConfig, ServerConnection, StreamOwned};

type Secure = StreamOwned<ServerConnection, TcpStream>;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deliver/tls"))
}

fn identity(name: &str) -> Arc<ServerConfig> {
    let pem = std::fs::read(folder().join(format!("{name}.pem"))).unwrap();
    let chain = CertificateDer::pem_slice_iter(&pem).map(Result::unwrap);
    let key = PrivateKeyDer::from_pem_slice(&pem).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.collect(), key);
    Arc::new(config.unwrap())
}

fn secured(stream: TcpStream, config: &Arc<ServerConfig>) -> Secure {
    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
    StreamOwned::new(connection, stream)
}

/// A receiver of webhooks; how many it has got.
fn receiver(name: &str) -> (SocketAddr, Arc<AtomicUsize>) {
    let (config, got) = (identity(name), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&got);
    let (address, _) = serving(Ipv4Addr::LOCALHOST, move |stream| {
        let mut stream = secured(stream, &config);
        let mut bytes = [0; 4_096];
        if stream.read(&mut bytes).is_ok_and(|count| count > 0) {
            counter.fetch_add(1, Ordering::SeqCst);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer);
            let _ = stream.flush();
        }
    });
    (address, got)
}

/// A mail server, from its first byte or after `STARTTLS`; how many mails it has got.
fn mail_server(name: &str, upgrades: bool) -> (SocketAddr, Arc<AtomicUsize>) {
    let (config, got) = (identity(name), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&got);
    let (address, _) = serving(Ipv4Addr::LOCALHOST, move |stream| {
        if upgrades && !upgraded(&stream) {
            return;
        }
        let mut stream = BufReader::new(secured(stream, &config));
        let said = |stream: &mut BufReader<Secure>, text: &str| {
            let stream = stream.get_mut();
            stream.write_all(format!("{text}\r\n").as_bytes()).is_ok() && stream.flush().is_ok()
        };
        if !upgrades && !said(&mut stream, "220 here") {
            return;
        }
        let mut inside = false;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if inside && line != ".\r\n" {
                continue;
            }
            if inside {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            inside = line.trim_end() == "DATA";
            said(&mut stream, if inside { "354 go on" } else { "250 good" });
        }
    });
    (address, got)
}

/// Speaks in the clear until it is asked for TLS.
fn upgraded(stream: &TcpStream) -> bool {
    let mut from = BufReader::new(stream.try_clone().unwrap());
    let mut to = stream.try_clone().unwrap();
    let mut say = |text: &str| to.write_all(text.as_bytes()).is_ok();
    say("220 here\r\n");
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).unwrap_or(0) == 0 {
            return false;
        }
        match line.trim_end() {
            "STARTTLS" => return say("220 go on\r\n"),
            // whoever goes on in the clear gets no mail through
            other if other.starts_with("EHLO") => say("250-here\r\n250 STARTTLS\r\n"),
            _ => say("530 TLS first\r\n"),
        };
    }
}

fn sender(deliver: &str, address: SocketAddr, trusts: bool) -> Courier {
    let guard = guard(
        &[format!("127.0.0.1:{}", address.port())],
        Fake(Mutex::new(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])),
    );
    let more = "from = \"Shop <shop@example.com>\"";
    let roots = folder().join("ca.pem");
    let roots = trusts.then(|| roots.to_str().unwrap().to_owned());
    courier(
        deliver,
        (roots.as_deref(), more),
        &guard,
        Duration::from_secs(10),
    )
    .unwrap()
}

/// Only the right name, of a known authority, in its time.
fn only_the_right_one(kind: &str, server: impl Fn(&str) -> (SocketAddr, Arc<AtomicUsize>)) {
    for (name, trusts) in [
        ("good", true),
        ("good", false),
        ("other", true),
        ("expired", true),
    ] {
        let (address, got) = server(name);
        let deliver = format!("{kind}://receiver.test:{}", address.port());
        let courier = sender(&deliver, address, trusts);
        let outcome = run(courier.carry(&job("k")));
        let right = (name, trusts) == ("good", true);
        if right {
            assert_eq!(outcome, Outcome::Accepted, "{kind} {name}");
        } else {
            let not_sent = matches!(outcome, Outcome::NotSent { .. });
            assert!(not_sent, "{kind} {name} {trusts}: {outcome:?}");
        }
        assert_eq!(
            got.load(Ordering::SeqCst),
            usize::from(right),
            "{kind} {name} {trusts}"
        );
    }
}

#[test]
fn webhooks_go_to_the_right_receiver_only() {
    only_the_right_one("webhook https", receiver);
}

#[test]
fn mail_goes_to_the_right_server_only() {
    only_the_right_one("smtp smtps", |name| mail_server(name, false));
}

#[test]
fn mail_goes_to_the_right_server_only_once_it_is_upgraded() {
    only_the_right_one("smtp smtp+starttls", |name| mail_server(name, true));
}

#[test]
fn nothing_goes_in_the_clear_where_tls_is_due() {
    let (address, accepted) = serving(Ipv4Addr::LOCALHOST, |mut stream| {
        request(&stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let deliver = format!("webhook https://receiver.test:{}", address.port());
    let outcome = run(sender(&deliver, address, true).carry(&job("k")));
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}
