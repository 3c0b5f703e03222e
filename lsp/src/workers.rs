//! The threads that answer. Each question holds its program until its reply is on the way, so that no reply is older
//! than a change that came before it. A panic in one is that question's error; the thread goes on.

use crate::documents::View;
use crate::handlers::{Answer, Ask, Handler};
use crossbeam_channel::{Receiver, Sender, unbounded};
use gen_lsp_types::Uri;
use journey_compiler::db::{CancellationToken, Cancelled};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const THREADS: usize = 3;
/// Programs nest; the check follows them.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// What is pushed: each document with its diagnostics and the version that they are of.
pub type Pushed = Vec<(Uri, Option<i32>, Vec<Value>)>;

/// Something to do.
pub struct Task(Kind);

enum Kind {
    Answer(Request, Handler, Ask),
    Push(View, Box<dyn FnOnce(&View) -> Pushed + Send>),
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kind::Answer(request, ..) => f.debug_tuple("Answer").field(&request.method).finish(),
            Kind::Push(view, _) => f.debug_tuple("Push").field(&view.key).finish(),
        }
    }
}

impl Task {
    pub fn answer(request: Request, handler: Handler, ask: Ask) -> Self {
        Self(Kind::Answer(request, handler, ask))
    }

    pub fn push(view: View, run: impl FnOnce(&View) -> Pushed + Send + 'static) -> Self {
        Self(Kind::Push(view, Box::new(run)))
    }
}

/// What the threads share.
#[derive(Debug, Default)]
struct Shared {
    /// of what is being answered: how to end it, and whether the client has asked for that
    running: Mutex<HashMap<RequestId, Vec<CancellationToken>>>,
    cancelled: Mutex<BTreeSet<String>>,
    /// what the client shows of each document
    shown: Mutex<BTreeMap<Uri, Vec<Value>>>,
}

#[derive(Debug)]
pub struct Workers {
    tasks: Sender<Task>,
    shared: Arc<Shared>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Workers {
    pub fn new(out: &Sender<Message>) -> Self {
        let (tasks, queue) = unbounded::<Task>();
        let shared = Arc::new(Shared::default());
        for _ in 0..THREADS {
            let (queue, out, shared) = (queue.clone(), out.clone(), Arc::clone(&shared));
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            // Without a thread the others do its work; with none, `give` does it.
            drop(thread.spawn(move || work(&queue, &out, &shared)));
        }
        Self { tasks, shared }
    }

    pub fn give(&self, task: Task) {
        if let Kind::Answer(request, _, ask) = &task.0 {
            let views = ask.views.iter();
            let tokens = views.map(|view| view.project.db.token());
            let mut running = locked(&self.shared.running);
            running.insert(request.id.clone(), tokens.collect());
        }
        drop(self.tasks.send(task));
    }

    /// The client no longer wants an answer; one that is not being made yet is not known here, and comes.
    pub fn cancel(&self, id: &RequestId) {
        if let Some(tokens) = locked(&self.shared.running).get(id) {
            locked(&self.shared.cancelled).insert(id.to_string());
            tokens.iter().for_each(CancellationToken::cancel);
        }
    }

    /// A document is closed: what is shown of it is to be said again.
    pub fn forget(&self, uri: &Uri) {
        locked(&self.shared.shown).remove(uri);
    }
}

fn work(queue: &Receiver<Task>, out: &Sender<Message>, shared: &Shared) {
    while let Ok(Task(kind)) = queue.recv() {
        match kind {
            Kind::Answer(request, handler, ask) => {
                let id = request.id.clone();
                let gone = locked(&shared.cancelled).contains(&id.to_string());
                let answer = if gone {
                    Err(ended(ErrorCode::RequestCanceled, "cancelled"))
                } else {
                    answered(&request, handler, &ask)
                };
                locked(&shared.running).remove(&id);
                let asked = locked(&shared.cancelled).remove(&id.to_string());
                let response = match answer {
                    Ok(value) => Response::new_ok(id, value),
                    Err((code, _, _)) if asked && code == ErrorCode::ContentModified as i32 => {
                        let code = ErrorCode::RequestCanceled as i32;
                        Response::new_err(id, code, "cancelled".to_owned())
                    }
                    Err((code, message, data)) => with_data(id, code, message, data),
                };
                drop(out.send(Message::Response(response)));
            }
            Kind::Push(view, run) => {
                let pushed = catch_unwind(AssertUnwindSafe(|| {
                    Cancelled::catch(AssertUnwindSafe(|| run(&view)))
                }));
                if let Ok(Ok(pushed)) = pushed {
                    publish(pushed, out, shared);
                }
                drop(view);
            }
        }
    }
}

type Ended = (i32, String, Option<Value>);

fn ended(code: ErrorCode, message: &str) -> Ended {
    (code as i32, message.to_owned(), None)
}

fn with_data(id: RequestId, code: i32, message: String, data: Option<Value>) -> Response {
    let error = lsp_server::ResponseError {
        code,
        message,
        data,
    };
    Response {
        id,
        response_result: Err(error),
    }
}

fn answered(request: &Request, handler: Handler, ask: &Ask) -> Result<Value, Ended> {
    let diagnostics = request.method.ends_with("iagnostic");
    let run = || Cancelled::catch(AssertUnwindSafe(|| handler(ask, &request.params)));
    let caught: Result<Result<Answer, Cancelled>, _> = catch_unwind(AssertUnwindSafe(run));
    match caught {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(failure))) => Err((failure.code, failure.message, None)),
        // The client asks again by itself.
        Ok(Err(_)) if diagnostics => Err((
            ErrorCode::ServerCancelled as i32,
            "the program has changed".to_owned(),
            Some(json!({ "retriggerRequest": true })),
        )),
        Ok(Err(_)) => Err(ended(ErrorCode::ContentModified, "the program has changed")),
        Err(_) => Err(ended(
            ErrorCode::InternalError,
            "internal error: the request failed",
        )),
    }
}

/// Says what is not said yet; documents in which all is well only where something was wrong.
fn publish(pushed: Pushed, out: &Sender<Message>, shared: &Shared) {
    let mut shown = locked(&shared.shown);
    for (uri, version, diagnostics) in pushed {
        let before = shown.get(&uri);
        let same = before == Some(&diagnostics) || (before.is_none() && diagnostics.is_empty());
        if same && version.is_none() {
            continue;
        }
        let mut params = json!({ "uri": uri, "diagnostics": diagnostics });
        if let (Value::Object(fields), Some(version)) = (&mut params, version) {
            fields.insert("version".to_owned(), json!(version));
        }
        let method = "textDocument/publishDiagnostics".to_owned();
        let note = Notification::new(method, params);
        shown.insert(uri, diagnostics);
        drop(out.send(Message::Notification(note)));
    }
}
