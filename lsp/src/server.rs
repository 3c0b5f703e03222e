//! The loop: one reader, changes in their order, questions on threads of their own with the program as it was when
//! they came. A change cancels what is being answered. Every request has one reply, whatever happens to it.

use crate::children::Children;
use crate::documents::{Documents, View};
use crate::handlers::{Ask, Client, HANDLERS, diagnostics, execute_command};
use crate::memory::Memory;
use crate::workers::{Task, Workers};
use crate::{capabilities, stdio};
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, Uri,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type Ended = Result<(), Box<dyn Error + Send + Sync>>;

/// Serves one client on standard input and output.
pub fn serve() -> Ended {
    let (connection, threads) = stdio::connection();
    let ended = serve_on(&connection);
    drop(connection);
    threads.join();
    ended
}

/// Serves one client on a connection, until it leaves.
pub fn serve_on(connection: &Connection) -> Ended {
    let Some(params) = hello(connection)? else {
        return Ok(());
    };
    let root = capabilities::root_of(&params);
    let encoding = capabilities::encoding(&params);
    let client = capabilities::client(&params);
    let mut server = Server {
        connection,
        documents: Documents::new(root, encoding),
        workers: Workers::new(&connection.sender),
        children: Children::default(),
        client,
        memory: Arc::default(),
    };
    server.run()
}

/// Waits for `initialize` and `initialized`; what comes before is answered as the protocol says. None: the client
/// has left.
fn hello(connection: &Connection) -> Result<Option<Value>, Box<dyn Error + Send + Sync>> {
    let mut params = None;
    while let Ok(message) = connection.receiver.recv() {
        match message {
            Message::Request(request) if request.method == "initialize" && params.is_none() => {
                let answer = capabilities::answer(&request.params);
                let response = Response::new_ok(request.id, answer);
                connection.sender.send(Message::Response(response))?;
                params = Some(request.params);
            }
            Message::Request(request) => {
                let code = ErrorCode::ServerNotInitialized as i32;
                let message = "`initialize` comes first".to_owned();
                let response = Response::new_err(request.id, code, message);
                connection.sender.send(Message::Response(response))?;
            }
            Message::Notification(note) if note.method == "exit" => return Ok(None),
            Message::Notification(note) if note.method == "initialized" && params.is_some() => {
                return Ok(params);
            }
            Message::Notification(_) | Message::Response(_) => {}
        }
    }
    Ok(None)
}

struct Server<'c> {
    connection: &'c Connection,
    documents: Documents,
    workers: Workers,
    children: Children,
    client: Client,
    memory: Arc<Memory>,
}

impl Server<'_> {
    fn run(&mut self) -> Ended {
        self.watch()?;
        let mut leaving = false;
        while let Ok(message) = self.connection.receiver.recv() {
            match message {
                Message::Request(request) if leaving => {
                    let code = ErrorCode::InvalidRequest as i32;
                    self.refuse(request.id, code, "the server is shutting down")?;
                }
                Message::Request(request) if request.method == "shutdown" => {
                    leaving = true;
                    let response = Response::new_ok(request.id, Value::Null);
                    self.connection.sender.send(Message::Response(response))?;
                }
                Message::Request(request) if request.method == execute_command::METHOD => {
                    self.execute(request)?;
                }
                Message::Request(request) => self.ask(request)?,
                Message::Notification(note) if note.method == "exit" => break,
                Message::Notification(note) => {
                    let noticed = catch_unwind(AssertUnwindSafe(|| self.notice(note)));
                    if noticed.unwrap_or(false) && !self.client.pulls {
                        self.push();
                    }
                }
                Message::Response(_) => {}
            }
        }
        Ok(())
    }

    /// Asks the client to tell of what changes on disk.
    fn watch(&self) -> Ended {
        if !self.client.watches {
            return Ok(());
        }
        let globs = [
            "**/*.journey",
            "**/journey.toml",
            "**/*.{html,txt,md,csv,json}",
        ];
        let watchers: Vec<Value> = globs.iter().map(|g| json!({ "globPattern": g })).collect();
        let method = "workspace/didChangeWatchedFiles";
        let registration = json!({
            "id": "files", "method": method, "registerOptions": { "watchers": watchers },
        });
        let id = RequestId::from("files".to_owned());
        let params = json!({ "registrations": [registration] });
        let request = Request::new(id, "client/registerCapability".to_owned(), params);
        self.connection.sender.send(Message::Request(request))?;
        Ok(())
    }

    fn refuse(&self, id: RequestId, code: i32, message: &str) -> Ended {
        let response = Response::new_err(id, code, message.to_owned());
        self.connection.sender.send(Message::Response(response))?;
        Ok(())
    }

    /// Gives a question to a worker, with the program that it is about.
    fn ask(&mut self, request: Request) -> Ended {
        let mut handlers = HANDLERS.iter();
        let Some((_, handler)) = handlers.find(|(method, _)| *method == request.method) else {
            let message = format!("`{}` is not offered", request.method);
            return self.refuse(request.id, ErrorCode::MethodNotFound as i32, &message);
        };
        let uri = asked(&request.params);
        let views = catch_unwind(AssertUnwindSafe(|| match &uri {
            Some(uri) => self.documents.view(uri).into_iter().collect(),
            None => self.documents.whole(),
        }));
        let Ok(views) = views else {
            let message = "internal error: the program could not be read";
            return self.refuse(request.id, ErrorCode::InternalError as i32, message);
        };
        let ask = Ask {
            views,
            encoding: self.documents.encoding.clone(),
            client: self.client.clone(),
            memory: Arc::clone(&self.memory),
        };
        self.workers.give(Task::answer(request, *handler, ask));
        Ok(())
    }

    /// Starts the command that a request names; the program is let go before.
    fn execute(&mut self, request: Request) -> Ended {
        let arguments = catch_unwind(AssertUnwindSafe(|| {
            let view = asked(&request.params).and_then(|uri| self.documents.view(&uri));
            execute_command::arguments(view.as_ref(), &request.params)
        }));
        match arguments {
            Ok(Ok(arguments)) => {
                let out = &self.connection.sender;
                self.children.start(request.id, &arguments, out);
                Ok(())
            }
            Ok(Err(failure)) => self.refuse(request.id, failure.code, &failure.message),
            Err(_) => {
                let message = "internal error: the program could not be read";
                self.refuse(request.id, ErrorCode::InternalError as i32, message)
            }
        }
    }

    /// Whether a document has changed.
    fn notice(&mut self, note: Notification) -> bool {
        match note.method.as_str() {
            "textDocument/didOpen" => read(note).is_some_and(|p: DidOpenTextDocumentParams| {
                let document = p.text_document;
                let version = Some(document.version);
                self.documents.opened(&document.uri, document.text, version);
                true
            }),
            "textDocument/didChange" => read(note).is_some_and(|p: DidChangeTextDocumentParams| {
                let version = Some(p.text_document.version);
                let uri = p.text_document.text_document_identifier.uri;
                self.documents.changed(&uri, version, p.content_changes);
                true
            }),
            "textDocument/didClose" => read(note).is_some_and(|p: DidCloseTextDocumentParams| {
                let uri = p.text_document.uri;
                self.documents.closed(&uri);
                self.workers.forget(&uri);
                true
            }),
            "textDocument/didSave" => read(note).is_some_and(|p: DidSaveTextDocumentParams| {
                self.documents.touched(&p.text_document.uri);
                true
            }),
            "workspace/didChangeWatchedFiles" => {
                read(note).is_some_and(|p: DidChangeWatchedFilesParams| {
                    for change in p.changes {
                        self.documents.touched(&change.uri);
                    }
                    true
                })
            }
            "$/cancelRequest" => {
                let id = note.params.get("id").cloned();
                if let Some(Ok(id)) = id.map(serde_json::from_value::<RequestId>)
                    && !self.children.cancel(&id)
                {
                    self.workers.cancel(&id);
                }
                false
            }
            _ => false,
        }
    }

    /// Diagnostics for clients that do not ask: of every program with an open document.
    fn push(&mut self) {
        let open: Vec<Uri> = self.documents.open().cloned().collect();
        let mut views: Vec<View> = Vec::new();
        for uri in open {
            let view = self.documents.view(&uri);
            views.extend(view.filter(|view| views.iter().all(|known| known.key != view.key)));
        }
        let versions: Vec<(Uri, Option<i32>)> = self
            .documents
            .open()
            .map(|uri| (uri.clone(), self.documents.version(uri)))
            .collect();
        let encoding = self.documents.encoding.clone();
        for view in views {
            let (encoding, versions) = (encoding.clone(), versions.clone());
            self.workers.give(Task::push(view, move |view| {
                diagnostics::pushed(view, &encoding, &versions)
            }));
        }
    }
}

/// The document that a question is about.
fn asked(params: &Value) -> Option<Uri> {
    let places = [
        "/textDocument/uri",
        "/item/uri",
        "/data/uri",
        "/arguments/0/uri",
    ];
    let uri = places.iter().find_map(|place| params.pointer(place))?;
    serde_json::from_value(uri.clone()).ok()
}

fn read<P: DeserializeOwned>(note: Notification) -> Option<P> {
    serde_json::from_value(note.params).ok()
}
