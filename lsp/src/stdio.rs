//! Standard input and output as a connection. A frame that is no message is answered with an error where it can be,
//! and passed over: what comes after it is read all the same.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use lsp_server::{Connection, Message};
use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};
use std::thread::JoinHandle;

/// Larger frames are read over, never kept.
const FRAME_MAX: usize = 256 * 1024 * 1024;
/// A header that is longer is none.
const LINE_MAX: u64 = 8 * 1024;

#[derive(Debug)]
pub struct Threads {
    writer: JoinHandle<()>,
}

impl Threads {
    /// Waits until everything is written. The reader may still wait for input that nobody sends.
    pub fn join(self) {
        drop(self.writer.join());
    }
}

/// A message, or what the reader itself has to say.
enum Out {
    Message(Message),
    Raw(Value),
}

pub fn connection() -> (Connection, Threads) {
    // Whoever answers never waits for a client that does not read: it would hold its program, and changes with it.
    let (out, written) = unbounded::<Message>();
    let (raw, raws) = bounded::<Value>(64);
    let (read, incoming) = bounded::<Message>(64);
    let writer = std::thread::spawn(move || write_all(&written, &raws, &mut io::stdout()));
    std::thread::spawn(move || read_all(&mut io::stdin().lock(), &read, &raw));
    let connection = Connection {
        sender: out,
        receiver: incoming,
    };
    (connection, Threads { writer })
}

fn write_all(messages: &Receiver<Message>, raws: &Receiver<Value>, out: &mut impl Write) {
    let mut open = true;
    loop {
        let next = if open {
            crossbeam_channel::select! {
                recv(messages) -> message => message.ok().map(Out::Message),
                recv(raws) -> raw => match raw {
                    Ok(raw) => Some(Out::Raw(raw)),
                    Err(_) => { open = false; continue }
                },
            }
        } else {
            messages.recv().ok().map(Out::Message)
        };
        let done = match next {
            Some(Out::Message(message)) => message.write(out),
            Some(Out::Raw(value)) => raw_frame(out, &value),
            None => return,
        };
        if done.is_err() {
            return;
        }
    }
}

fn raw_frame(out: &mut impl Write, value: &Value) -> io::Result<()> {
    let text = value.to_string();
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    out.flush()
}

/// Reads until the end of the input, or until nobody listens.
fn read_all(input: &mut impl BufRead, messages: &Sender<Message>, errors: &Sender<Value>) {
    while let Ok(Some(frame)) = frame(input) {
        let message = match frame {
            Some(body) => understood(&body),
            None => Err(error(&Value::Null, -32700, "the frame is too large")),
        };
        let kept = match message {
            Ok(message) => {
                let exit = matches!(&message, Message::Notification(n) if n.method == "exit");
                messages.send(message).is_ok() && !exit
            }
            Err(problem) => errors.send(problem).is_ok(),
        };
        if !kept {
            return;
        }
    }
}

fn error(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

fn understood(body: &[u8]) -> Result<Message, Value> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|e| error(&Value::Null, -32700, &format!("this is no JSON: {e}")))?;
    let id = value.get("id").filter(|id| id.is_string() || id.is_i64());
    let id = id.cloned().unwrap_or_default();
    serde_json::from_value(value)
        .map_err(|e| error(&id, -32600, &format!("this is no message: {e}")))
}

/// The next frame's body; `Some(None)`: it was too large and is read over; None: the input has ended.
#[expect(clippy::option_option, reason = "absent and too large are told apart")]
fn frame(input: &mut impl BufRead) -> io::Result<Option<Option<Vec<u8>>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(LINE_MAX).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            // What stands between frames without a length is nothing.
            match length {
                Some(length) => return body(input, length).map(Some),
                None => continue,
            }
        }
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
}

fn body(input: &mut impl BufRead, length: usize) -> io::Result<Option<Vec<u8>>> {
    let bytes = u64::try_from(length).unwrap_or(u64::MAX);
    if length > FRAME_MAX {
        io::copy(&mut input.by_ref().take(bytes), &mut io::sink())?;
        return Ok(None);
    }
    // What is claimed is not believed: the buffer grows with what comes.
    let mut body = Vec::new();
    input.by_ref().take(bytes).read_to_end(&mut body)?;
    Ok(Some(body))
}

#[cfg(test)]
mod tests;
