//! The loop: one reader, messages in their order, one reply per request. A handler that fails answers its
//! request with an error; the server stays up.

use crate::documents::Documents;
use crate::handlers::{diagnostics, formatting};
use gen_lsp_types::{
    DiagnosticOptions, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DocumentDiagnosticParams, DocumentDiagnosticReport,
    DocumentFormattingParams, FullDocumentDiagnosticReport, InitializeParams, PositionEncodingKind,
    PublishDiagnosticsParams, RelatedFullDocumentDiagnosticReport, ServerCapabilities,
    TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde::de::DeserializeOwned;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Serves one client on standard input and output.
pub fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let (connection, threads) = Connection::stdio();
    serve_on(&connection)?;
    drop(connection);
    threads.join()?;
    Ok(())
}

/// Serves one client on a connection, until it leaves.
pub fn serve_on(connection: &Connection) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (id, params) = connection.initialize_start()?;
    let root = root_of(&params);
    let params: InitializeParams = serde_json::from_value(params)?;
    let offered = params
        .capabilities
        .general
        .as_ref()
        .and_then(|g| g.position_encodings.as_ref());
    let utf8 = offered.is_some_and(|all| all.contains(&PositionEncodingKind::UTF8));
    let encoding = if utf8 {
        PositionEncodingKind::UTF8
    } else {
        PositionEncodingKind::UTF16
    };
    let pulls = params
        .capabilities
        .text_document
        .as_ref()
        .is_some_and(|t| t.diagnostic.is_some());
    let capabilities = capabilities(&encoding, pulls);
    let answer = serde_json::json!({
        "capabilities": capabilities,
        "serverInfo": { "name": "journey", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, answer)?;
    let mut server = Server {
        connection,
        documents: Documents::new(root, encoding),
        pulls,
    };
    server.run()
}

/// The first workspace folder; older clients say `rootUri`.
fn root_of(params: &serde_json::Value) -> Option<std::path::PathBuf> {
    let folders = params
        .get("workspaceFolders")
        .and_then(|f| f.get(0))
        .and_then(|f| f.get("uri"));
    let uri = folders.or_else(|| params.get("rootUri"))?.as_str()?;
    Uri::parse(uri).ok()?.to_file_path().ok()
}

fn capabilities(encoding: &PositionEncodingKind, pulls: bool) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.clone()),
        text_document_sync: Some(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::Incremental),
                ..Default::default()
            }
            .into(),
        ),
        document_formatting_provider: Some(true.into()),
        diagnostic_provider: pulls.then(|| {
            DiagnosticOptions {
                inter_file_dependencies: true,
                ..Default::default()
            }
            .into()
        }),
        ..Default::default()
    }
}

struct Server<'c> {
    connection: &'c Connection,
    documents: Documents,
    /// the client asks for diagnostics itself; else they are pushed, never both
    pulls: bool,
}

impl Server<'_> {
    fn run(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        while let Ok(message) = self.connection.receiver.recv() {
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    let response = self.answer(request);
                    self.connection.sender.send(Message::Response(response))?;
                }
                Message::Notification(notification) => {
                    if self.notice(notification) && !self.pulls {
                        self.push()?;
                    }
                }
                Message::Response(_) => {}
            }
        }
        Ok(())
    }

    fn answer(&self, request: Request) -> Response {
        let id = request.id.clone();
        let handled = catch_unwind(AssertUnwindSafe(|| match request.method.as_str() {
            "textDocument/diagnostic" => with(request, |p: DocumentDiagnosticParams| {
                let items = diagnostics::of(&self.documents, &p.text_document.uri);
                let full = FullDocumentDiagnosticReport {
                    result_id: None,
                    items,
                };
                DocumentDiagnosticReport::from(RelatedFullDocumentDiagnosticReport {
                    related_documents: None,
                    full_document_diagnostic_report: full,
                })
            }),
            "textDocument/formatting" => with(request, |p: DocumentFormattingParams| {
                formatting::edits(&self.documents, &p.text_document.uri)
            }),
            method => {
                let message = format!("`{method}` is not offered");
                Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
            }
        }));
        handled.unwrap_or_else(|_| {
            let message = "internal error: the request failed".to_owned();
            Response::new_err(id, ErrorCode::InternalError as i32, message)
        })
    }

    /// Whether a document has changed.
    fn notice(&mut self, notification: Notification) -> bool {
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                read(notification).is_some_and(|p: DidOpenTextDocumentParams| {
                    self.documents
                        .opened(p.text_document.uri, p.text_document.text);
                    true
                })
            }
            "textDocument/didChange" => {
                read(notification).is_some_and(|p: DidChangeTextDocumentParams| {
                    let uri = p.text_document.text_document_identifier.uri;
                    self.documents.changed(&uri, p.content_changes);
                    true
                })
            }
            "textDocument/didClose" => {
                read(notification).is_some_and(|p: DidCloseTextDocumentParams| {
                    self.documents.closed(&p.text_document.uri);
                    true
                })
            }
            _ => false,
        }
    }

    /// Diagnostics of every open document, for clients that do not ask.
    fn push(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let open: Vec<Uri> = self.documents.open().cloned().collect();
        for uri in open {
            let found = catch_unwind(AssertUnwindSafe(|| diagnostics::of(&self.documents, &uri)));
            let diagnostics = found.unwrap_or_default();
            let params = PublishDiagnosticsParams {
                uri,
                version: None,
                diagnostics,
            };
            let method = "textDocument/publishDiagnostics".to_owned();
            let notification = Notification::new(method, params);
            self.connection
                .sender
                .send(Message::Notification(notification))?;
        }
        Ok(())
    }
}

fn with<P: DeserializeOwned, R: serde::Serialize>(
    request: Request,
    handle: impl FnOnce(P) -> R,
) -> Response {
    match serde_json::from_value(request.params) {
        Ok(params) => Response::new_ok(request.id, handle(params)),
        Err(e) => Response::new_err(request.id, ErrorCode::InvalidParams as i32, e.to_string()),
    }
}

fn read<P: DeserializeOwned>(notification: Notification) -> Option<P> {
    serde_json::from_value(notification.params).ok()
}
