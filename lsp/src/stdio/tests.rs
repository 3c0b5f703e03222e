//! Frames as a client may send them, sound and broken.

use super::*;

fn run(input: &str) -> (Vec<Message>, Vec<Value>) {
    let (messages, read) = crossbeam_channel::unbounded();
    let (errors, wrong) = crossbeam_channel::unbounded();
    read_all(&mut io::Cursor::new(input.as_bytes()), &messages, &errors);
    drop((messages, errors));
    (read.into_iter().collect(), wrong.into_iter().collect())
}

fn frame_of(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

const NOTE: &str = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;

#[test]
fn what_is_no_message_is_said_and_passed_over() {
    let wrong = [
        "{",
        "[]",
        "17",
        r#"{"jsonrpc":"2.0","id":4,"method":7}"#,
        "\u{1}",
        r#"[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]"#,
    ];
    for body in wrong {
        let (read, errors) = run(&format!("{}{}", frame_of(body), frame_of(NOTE)));
        assert_eq!((read.len(), errors.len()), (1, 1), "{body}");
    }
    let (_, errors) = run(&frame_of(wrong[3]));
    assert_eq!(errors[0]["id"], 4);
}

#[test]
fn broken_headers_end_nothing() {
    let broken = [
        "Content-Length: many\r\n\r\n",
        "X: y\r\n\r\n",
        "\r\n\r\n\r\n",
        "no header at all\r\n",
        "content-length:2\r\n\r\n{}",
    ];
    for head in broken {
        let (read, _) = run(&format!("{head}{}", frame_of(NOTE)));
        assert_eq!(read.len(), 1, "{head:?}");
    }
    let (read, errors) = run("Content-Length: 99999999999999999999\r\n\r\n{}");
    assert!(read.is_empty() && errors.is_empty());
    let (read, errors) = run("Content-Length: 999999999999\r\n\r\n{}");
    assert_eq!((read.len(), errors.len()), (0, 1));
}
