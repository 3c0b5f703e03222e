//! The `journey` command as a child of the server, each on a thread of its own that holds no program: whoever types
//! while a simulation runs is answered. A request that is cancelled, and a client that leaves, end their children.

use crossbeam_channel::Sender;
use lsp_server::{ErrorCode, Message, Notification, RequestId, Response};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What an editor shows in one message.
const SHOWN_CHARS_MAX: usize = 2_000;
const ERROR: u32 = 1;
const INFO: u32 = 3;

#[derive(Debug, Default)]
pub struct Children {
    running: Arc<Mutex<BTreeMap<String, Running>>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    cancelled: bool,
}

type Table = BTreeMap<String, Running>;

fn locked(running: &Mutex<Table>) -> MutexGuard<'_, Table> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Children {
    /// Starts the command; its end is the request's answer.
    pub fn start(&self, id: RequestId, arguments: &[PathBuf], out: &Sender<Message>) {
        match spawned(arguments) {
            Ok(child) => self.follow(id, child, out.clone()),
            Err(why) => {
                let message = format!("it could not be started: {why}");
                drop(out.send(refusal(id, ErrorCode::RequestFailed, message)));
            }
        }
    }

    fn follow(&self, id: RequestId, mut child: Child, out: Sender<Message>) {
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let started = Running {
            child,
            cancelled: false,
        };
        locked(&self.running).insert(id.to_string(), started);
        let running = Arc::clone(&self.running);
        std::thread::spawn(move || {
            let errors = std::thread::spawn(move || whole(errors));
            let output = whole(output);
            let errors = errors.join().unwrap_or_default();
            // Both are closed: it has ended, or is about to.
            let ended = locked(&running).remove(&id.to_string());
            let Some(Running {
                mut child,
                cancelled,
            }) = ended
            else {
                return;
            };
            let ok = child.wait().is_ok_and(|status| status.success());
            if cancelled {
                let message = "cancelled".to_owned();
                drop(out.send(refusal(id, ErrorCode::RequestCanceled, message)));
                return;
            }
            drop(out.send(shown(ok, &output, &errors)));
            let answer = json!({ "ok": ok, "output": output, "errors": errors });
            drop(out.send(Message::Response(Response::new_ok(id, answer))));
        });
    }

    /// Whether the request has a child, which is ended.
    pub fn cancel(&self, id: &RequestId) -> bool {
        let mut running = locked(&self.running);
        let Some(found) = running.get_mut(&id.to_string()) else {
            return false;
        };
        found.cancelled = true;
        found.child.kill().is_ok()
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for running in locked(&self.running).values_mut() {
            drop(running.child.kill());
        }
    }
}

/// Standard input and output of the server are the client's: a child gets none of them.
fn spawned(arguments: &[PathBuf]) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn whole(from: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        // What came before an error is said all the same.
        drop(from.read_to_end(&mut bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn refusal(id: RequestId, code: ErrorCode, message: String) -> Message {
    Message::Response(Response::new_err(id, code as i32, message))
}

/// What the command printed, as a message of the editor.
fn shown(ok: bool, output: &str, errors: &str) -> Message {
    let text = format!("{output}{errors}");
    let mut message: String = text.trim().chars().take(SHOWN_CHARS_MAX).collect();
    if message.len() < text.trim().len() {
        message.push('…');
    }
    let kind = if ok { INFO } else { ERROR };
    let params = json!({ "type": kind, "message": message });
    Message::Notification(Notification::new("window/showMessage".to_owned(), params))
}
