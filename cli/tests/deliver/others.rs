//! Mail to a server that answers oddly, and a file that is torn.

use super::{Fake, courier, guard, is_doubtful, job, run, serving};
use journey_cli::deliver::guard::System;
use journey_runtime::outbox::{Job, Outcome};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A mail server that answers one command in its own way.
fn mail_server(odd: &'static str, answer: &'static str) -> (SocketAddr, Receiver<String>) {
    let (told, mails) = channel();
    let told = Mutex::new(told);
    let (address, _) = serving(Ipv4Addr::LOCALHOST, move |mut stream| {
        let mut from = BufReader::new(stream.try_clone().unwrap());
        let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).is_ok();
        say("220 here");
        let (mut mail, mut inside) = (String::new(), false);
        loop {
            let mut line = String::new();
            if from.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let command = if inside && line == ".\r\n" {
                "END"
            } else {
                line.trim_end()
            };
            if inside && command != "END" {
                mail.push_str(&line);
                continue;
            }
            if !odd.is_empty() && command.starts_with(odd) {
                if answer.is_empty() || !say(answer) {
                    return;
                }
                inside = false;
                continue;
            }
            inside = command == "DATA";
            if command == "END" {
                told.lock()
                    .unwrap()
                    .send(std::mem::take(&mut mail))
                    .unwrap();
            }
            say(if inside { "354 go on" } else { "250 good" });
        }
    });
    (address, mails)
}

#[test]
fn a_mail_is_what_the_message_says_and_its_refusals_are_told_apart() {
    let guard = guard(&["127.0.0.1".to_owned()], System);
    let more = "from = \"Shop <shop@example.com>\"\nunsubscribe = \"https://example.com/u/{send}\"";
    let send = |address: SocketAddr| {
        let deliver = format!("smtp smtp://{address}");
        let courier = courier(&deliver, (None, more), &guard, Duration::from_secs(3)).unwrap();
        run(courier.carry(&job("k17")))
    };
    let (address, mails) = mail_server("", "");
    assert_eq!(send(address), Outcome::Accepted);
    let mail = mails.recv().unwrap();
    for part in [
        "Message-ID: <k17@example.com>",
        "To: ann@example.com",
        "From: Shop <shop@example.com>",
        "Subject: =?utf-8?b?SMOp?=",
        "List-Unsubscribe: <https://example.com/u/k17>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Content-Type: text/html",
        "<p>Hi</p>",
    ] {
        assert!(mail.contains(part), "`{part}` is not in\n{mail}");
    }
    let rows: [(&str, &str, fn(&Outcome) -> bool); 5] = [
        ("RCPT", "550 no such user", |o| {
            matches!(o, Outcome::Rejected { .. })
        }),
        ("RCPT", "451 later", |o| {
            matches!(o, Outcome::NotSent { .. })
        }),
        ("END", "452 full", |o| matches!(o, Outcome::NotSent { .. })),
        ("END", "", is_doubtful),
        ("EHLO", "", |o| matches!(o, Outcome::NotSent { .. })),
    ];
    for (odd, answer, fits) in rows {
        let (address, _mails) = mail_server(odd, answer);
        let outcome = send(address);
        assert!(fits(&outcome), "{odd} {answer}: {outcome:?}");
    }
}

#[test]
fn mail_is_not_sent_in_the_clear_nor_inward() {
    let closed = guard(&[], Fake(Mutex::new(vec!["10.0.0.1".parse().unwrap()])));
    let more = "from = \"shop@example.com\"";
    for server in [
        "smtp://127.0.0.1",
        "smtp://mail.example",
        "smtps://10.0.0.1",
        "http://x",
    ] {
        let made = courier(
            &format!("smtp {server}"),
            (None, more),
            &closed,
            Duration::from_secs(1),
        );
        assert!(made.is_err(), "{server}");
    }
    let inward = courier(
        "smtp smtps://mail.example",
        (None, more),
        &closed,
        Duration::from_secs(1),
    );
    let outcome = run(inward.unwrap().carry(&job("k")));
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
}

#[test]
fn a_file_has_each_key_once_whatever_tore_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.jsonl");
    let guard = guard(&[], System);
    let deliver = format!("file {}", path.display());
    let put = |keys: &[&str], ask: bool| -> Vec<Outcome> {
        let courier = courier(&deliver, (None, ""), &guard, Duration::from_secs(5)).unwrap();
        let jobs = keys.iter().map(|key| Job { ask, ..job(key) });
        run(async {
            let mut outcomes = Vec::new();
            for job in jobs {
                outcomes.push(courier.carry(&job).await);
            }
            outcomes
        })
    };
    assert_eq!(put(&["a", "b", "a"], false), vec![Outcome::Accepted; 3]);
    let whole = std::fs::read_to_string(&path).unwrap();
    assert_eq!(whole.lines().count(), 2);
    for cut in 1..whole.len() {
        std::fs::write(&path, &whole[..cut.min(whole.floor_char_boundary(cut))]).unwrap();
        put(&["a", "b"], false);
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            whole,
            "cut at {cut}"
        );
        if cut % 40 != 1 {
            continue;
        }
        assert_eq!(put(&["b", "c"], true), [Outcome::Accepted, Outcome::Absent]);
    }
}
