//! One file a request; each is a function from a program and the request's parameters to an answer. What is asked
//! of the language is asked of `ide`; here bytes become positions.

pub mod call_hierarchy;
pub mod code_action;
pub mod code_lens;
pub mod completion;
pub mod definition;
pub mod diagnostics;
pub mod document_highlight;
pub mod document_link;
pub mod document_symbol;
pub mod execute_command;
pub mod folding_range;
pub mod formatting;
pub mod hover;
pub mod implementation;
pub mod inlay_hint;
pub mod linked_editing_range;
pub mod on_type_formatting;
pub mod prepare_rename;
pub mod range_formatting;
pub mod references;
pub mod rename;
pub mod selection_range;
pub mod semantic_tokens;
pub mod signature_help;
pub mod type_definition;
pub mod workspace_diagnostic;
pub mod workspace_symbol;

use crate::convert::Lines;
use crate::documents::View;
use crate::ide::{Edit, Place, Project};
use crate::memory::Memory;
use gen_lsp_types::{Position, PositionEncodingKind, Range};
use lsp_server::ErrorCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

/// A question: the program at one moment, and what the client can take.
#[derive(Debug)]
pub struct Ask {
    /// the program of the document that is asked about; of a question about none, all of them
    pub views: Vec<View>,
    pub encoding: PositionEncodingKind,
    pub client: Client,
    /// what was said before
    pub memory: Arc<Memory>,
}

/// What the client says that it can do.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub pulls: bool,
    pub snippets: bool,
    pub document_changes: bool,
    pub refreshes_lenses: bool,
    pub watches: bool,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Failure {
    pub code: i32,
    pub message: String,
}

impl Failure {
    /// The client asked for something that can't be.
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::RequestFailed as i32,
            message: message.into(),
        }
    }
}

pub type Answer = Result<Value, Failure>;
pub type Handler = fn(&Ask, &Value) -> Answer;

/// Every request that is answered from a program.
pub const HANDLERS: &[(&str, Handler)] = &[
    ("callHierarchy/incomingCalls", call_hierarchy::incoming),
    ("callHierarchy/outgoingCalls", call_hierarchy::outgoing),
    ("completionItem/resolve", completion::resolve),
    ("textDocument/codeAction", code_action::answer),
    ("textDocument/codeLens", code_lens::answer),
    ("textDocument/completion", completion::answer),
    ("textDocument/definition", definition::answer),
    ("textDocument/diagnostic", diagnostics::answer),
    ("textDocument/documentHighlight", document_highlight::answer),
    ("textDocument/documentLink", document_link::answer),
    ("textDocument/documentSymbol", document_symbol::answer),
    ("textDocument/foldingRange", folding_range::answer),
    ("textDocument/formatting", formatting::answer),
    ("textDocument/hover", hover::answer),
    ("textDocument/implementation", implementation::answer),
    ("textDocument/inlayHint", inlay_hint::answer),
    (
        "textDocument/linkedEditingRange",
        linked_editing_range::answer,
    ),
    ("textDocument/onTypeFormatting", on_type_formatting::answer),
    ("textDocument/prepareCallHierarchy", call_hierarchy::prepare),
    ("textDocument/prepareRename", prepare_rename::answer),
    ("textDocument/rangeFormatting", range_formatting::answer),
    ("textDocument/references", references::answer),
    ("textDocument/rename", rename::answer),
    ("textDocument/selectionRange", selection_range::answer),
    ("textDocument/semanticTokens/full", semantic_tokens::full),
    (
        "textDocument/semanticTokens/full/delta",
        semantic_tokens::delta,
    ),
    ("textDocument/semanticTokens/range", semantic_tokens::range),
    ("textDocument/signatureHelp", signature_help::answer),
    ("textDocument/typeDefinition", type_definition::answer),
    ("workspace/diagnostic", workspace_diagnostic::answer),
    ("workspace/symbol", workspace_symbol::answer),
];

pub fn parsed<P: DeserializeOwned>(params: &Value) -> Result<P, Failure> {
    P::deserialize(params).map_err(|e| Failure {
        code: ErrorCode::InvalidParams as i32,
        message: e.to_string(),
    })
}

/// The parameters of most questions: a place in the document.
#[derive(Debug, Deserialize)]
pub struct At {
    pub position: Position,
}

impl Ask {
    /// The program of the document.
    pub fn view(&self) -> Result<&View, Failure> {
        let view = self.views.first();
        view.ok_or_else(|| Failure::refused("the document is no part of a program"))
    }

    pub fn project(&self) -> Result<(&Project, &str), Failure> {
        let view = self.view()?;
        Ok((&view.project, view.file.as_str()))
    }

    /// The text of the document.
    pub fn text(&self) -> Result<&str, Failure> {
        let (project, file) = self.project()?;
        Ok(project.text(file).unwrap_or_default())
    }

    pub fn lines(&self) -> Result<Lines<'_>, Failure> {
        Ok(Lines::of(self.text()?, &self.encoding))
    }

    pub fn byte(&self, at: Position) -> Result<u32, Failure> {
        Ok(u32::try_from(self.lines()?.byte(at)).unwrap_or(u32::MAX))
    }

    /// The program, the document's path and the byte that is asked about.
    pub fn place(&self, params: &Value) -> Result<(&Project, &str, u32), Failure> {
        let at: At = parsed(params)?;
        let (project, file) = self.project()?;
        Ok((project, file, self.byte(at.position)?))
    }
}

/// Bytes of a program's files as the client has them.
#[derive(Debug)]
pub struct Placer<'a> {
    view: &'a View,
    encoding: &'a PositionEncodingKind,
    /// the lines of the files that were asked for
    lines: std::collections::BTreeMap<&'a str, Lines<'a>>,
}

impl<'a> Placer<'a> {
    pub fn new(view: &'a View, encoding: &'a PositionEncodingKind) -> Self {
        Self {
            view,
            encoding,
            lines: std::collections::BTreeMap::new(),
        }
    }

    pub fn range(&mut self, place: &Place) -> Option<Range> {
        let (path, _) = self.view.uris.get_key_value(&place.file)?;
        let text = self.view.project.text(path)?;
        let lines = self.lines.entry(path);
        let lines = lines.or_insert_with(|| Lines::of(text, self.encoding));
        Some(lines.range(place.start, place.end))
    }

    pub fn uri(&self, file: &str) -> Option<&'a gen_lsp_types::Uri> {
        self.view.uris.get(file)
    }

    pub fn location(&mut self, place: &Place) -> Option<Value> {
        let range = self.range(place)?;
        let uri = self.view.uris.get(&place.file)?;
        Some(json!({ "uri": uri, "range": range }))
    }

    pub fn locations(&mut self, places: &[Place]) -> Vec<Value> {
        let places = places.iter();
        places.filter_map(|place| self.location(place)).collect()
    }

    /// A `WorkspaceEdit`.
    pub fn edit(&mut self, edits: &[Edit]) -> Value {
        let mut changes = serde_json::Map::new();
        for edit in edits {
            let range = self.range(&edit.at);
            let uri = self.view.uris.get(&edit.at.file);
            if let (Some(range), Some(uri)) = (range, uri) {
                let list = changes.entry(uri.to_string()).or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.push(json!({ "range": range, "newText": edit.text }));
                }
            }
        }
        json!({ "changes": changes })
    }
}
