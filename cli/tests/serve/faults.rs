//! What a crash, a stop and a run over the same events have to do with it.

use super::server::{Server, folder, lines, order, request};
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Every instance that was entered, by the order that began it.
fn entered(lines: &[String]) -> Vec<String> {
    let thanks = lines.iter().filter(|line| {
        line.contains(r#""kind":"enter""#) && line.contains(r#""journey":"thanks""#)
    });
    thanks
        .map(|line| {
            line.split(r#""profile":""#)
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// Posts one order a person until something fails; the orders that were answered 202.
fn post_until_it_fails(
    server: &Server,
    client: usize,
    from: usize,
    stop: &AtomicBool,
) -> Vec<String> {
    let mut taken = Vec::new();
    for number in from.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("o{client}-{number}");
        let answer = request(
            server.address,
            "POST",
            "/v1/events",
            &[],
            order(&id, &id).as_bytes(),
        );
        match answer {
            Some(answer) if answer.status == 202 => taken.push(id),
            Some(answer) if answer.status == 503 => break,
            Some(answer) => panic!("{}: {}", answer.status, answer.body),
            None => break,
        }
    }
    taken
}

fn run_clients(server: &Server, life: usize, end: impl FnOnce()) -> Vec<String> {
    let (stop, all) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for client in 0..6 {
            let (stop, all) = (&stop, &all);
            scope.spawn(move || {
                let taken = post_until_it_fails(server, client, life * 100_000, stop);
                all.lock().unwrap().extend(taken);
            });
        }
        end();
        stop.store(true, Ordering::Relaxed);
    });
    all.into_inner().unwrap()
}

#[test]
fn what_was_answered_is_there_once_after_any_kill() {
    let kept = folder();
    let mut answered = Vec::new();
    for life in 0..8 {
        let server = Server::start(kept.path());
        let after = Duration::from_millis(20 + 37 * u64::try_from(life).unwrap());
        let taken = run_clients(&server, life, || {
            std::thread::sleep(after);
            server.kill_now();
        });
        answered.extend(taken);
    }
    let server = Server::start(kept.path());
    // clients that saw no answer send again, under the same ids
    let mut again = answered.clone();
    again.sort();
    for id in again.iter().step_by(7) {
        let answer = server.post("/v1/events", order(id, id));
        assert_eq!(
            answer.json()["duplicates"],
            1,
            "{id} was answered and is not there"
        );
    }
    for life in 0..8 {
        for client in 0..6 {
            for number in 0..400 {
                let id = format!("o{client}-{}", life * 100_000 + number);
                if number % 97 == 0 {
                    server.post("/v1/events", order(&id, &id));
                }
            }
        }
    }
    assert_eq!(server.stop().0, 0);
    let entered = entered(&lines(kept.path(), "actions.jsonl"));
    let once: BTreeSet<&String> = entered.iter().collect();
    assert_eq!(once.len(), entered.len(), "somebody entered twice");
    let lost: Vec<&String> = answered.iter().filter(|id| !once.contains(id)).collect();
    assert!(
        lost.is_empty(),
        "{} of {} were answered and lost: {lost:?}",
        lost.len(),
        answered.len()
    );
    assert!(
        answered.len() > 100,
        "only {} were answered",
        answered.len()
    );
}

#[test]
fn a_stop_loses_nothing() {
    let kept = folder();
    let mut server = Server::start(kept.path());
    let answered = run_clients(&server, 0, || {
        std::thread::sleep(Duration::from_millis(400));
        server.terminate();
        std::thread::sleep(Duration::from_millis(600));
    });
    let (code, said) = server.end();
    assert_eq!(code, 0, "{said}");
    let entered = entered(&lines(kept.path(), "actions.jsonl"));
    let once: BTreeSet<&String> = entered.iter().collect();
    assert_eq!(once.len(), entered.len());
    assert!(answered.iter().all(|id| once.contains(id)));
    assert!(answered.len() > 20, "only {} were answered", answered.len());
    // nothing is read again: the stop has made a checkpoint
    let again = Server::start(kept.path());
    assert_eq!(again.stop().0, 0);
}

#[test]
fn a_run_over_the_same_events_says_the_same() {
    let kept = folder();
    let server = Server::start(kept.path());
    // dated ahead of the time of day, so that their own times are all that counts
    let begin = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let begin = jiff::Timestamp::from_second(i64::try_from(begin.as_secs()).unwrap() + 20).unwrap();
    let mut all = Vec::new();
    for number in 0..400i64 {
        let at = begin + jiff::SignedDuration::from_millis(number * 500);
        let who = number * 7 % 23;
        let event = match number % 5 {
            0 => format!(
                r#"{{"type":"profile","id":"e{number}","at":"{at}","ids":{{"user_id":"u{who}"}},"data":{{"email":"u{who}@example.com"}}}}"#
            ),
            1 | 2 => format!(
                r#"{{"type":"cart_updated","id":"e{number}","at":"{at}","ids":{{"user_id":"u{who}"}},"data":{{"cart_id":"c{}","value":20}}}}"#,
                number / 9
            ),
            3 => order(&format!("e{number}"), &format!("u{who}"))
                .replace(r#""ids""#, &format!(r#""at":"{at}","ids""#)),
            _ => format!(r#"{{"type":"nothing","id":"e{number}"}}"#),
        };
        all.push(event);
    }
    for some in all.chunks(13) {
        server.post("/v1/events", some.join("\n"));
    }
    assert_eq!(server.stop().0, 0);
    std::fs::write(kept.path().join("events.jsonl"), all.join("\n")).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_journey"))
        .args(["run", super::server::SHOP, "--interpret", "--events"])
        .arg(kept.path().join("events.jsonl"))
        .arg("--actions")
        .arg(kept.path().join("run.jsonl"))
        .output()
        .unwrap();
    assert!(ran.status.success());
    let (served, ran) = (
        lines(kept.path(), "actions.jsonl"),
        lines(kept.path(), "run.jsonl"),
    );
    assert!(ran.len() > 100, "{} actions", ran.len());
    assert_eq!(served, ran);
}
