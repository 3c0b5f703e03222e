//! What the client can do, and what the server offers.

use crate::handlers::{Client, execute_command};
use crate::ide::colours::{LEGEND, MODIFIERS};
use gen_lsp_types::{PositionEncodingKind, Uri};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The answer to `initialize`.
pub fn answer(params: &Value) -> Value {
    json!({
        "capabilities": offered(params),
        "serverInfo": { "name": "journey", "version": env!("CARGO_PKG_VERSION") },
    })
}

/// How the client counts characters: the first of its choices that the server knows; UTF-16 where it says nothing.
pub fn encoding(params: &Value) -> PositionEncodingKind {
    let offered = params.pointer("/capabilities/general/positionEncodings");
    let offered = offered.and_then(Value::as_array).into_iter().flatten();
    let known = [
        ("utf-8", PositionEncodingKind::UTF8),
        ("utf-16", PositionEncodingKind::UTF16),
        ("utf-32", PositionEncodingKind::UTF32),
    ];
    let mut chosen = offered.filter_map(|name| {
        let name = name.as_str()?;
        let found = known.iter().find(|(known, _)| *known == name)?;
        Some(found.1.clone())
    });
    chosen.next().unwrap_or(PositionEncodingKind::UTF16)
}

/// The first workspace folder; older clients say `rootUri`.
pub fn root_of(params: &Value) -> Option<PathBuf> {
    let folder = params.pointer("/workspaceFolders/0/uri");
    let uri = folder.or_else(|| params.get("rootUri"))?.as_str()?;
    Uri::parse(uri).ok()?.to_file_path().ok()
}

pub fn client(params: &Value) -> Client {
    let is = |path: &str| {
        let value = params.pointer(&format!("/capabilities{path}"));
        value.and_then(Value::as_bool).unwrap_or(false)
    };
    let diagnostic = params.pointer("/capabilities/textDocument/diagnostic");
    Client {
        pulls: diagnostic.is_some_and(Value::is_object),
        snippets: is("/textDocument/completion/completionItem/snippetSupport"),
        document_changes: is("/workspace/workspaceEdit/documentChanges"),
        refreshes_lenses: is("/workspace/codeLens/refreshSupport"),
        watches: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
    }
}

const KINDS: [&str; 5] = [
    "quickfix",
    "refactor.extract",
    "refactor.inline",
    "refactor.rewrite",
    "source.fixAll",
];

fn offered(params: &Value) -> Value {
    const INCREMENTAL: u32 = 2;
    let mut all = json!({
        "positionEncoding": encoding(params),
        "textDocumentSync": {
            "openClose": true, "change": INCREMENTAL, "save": { "includeText": false },
        },
        "definitionProvider": true,
        "typeDefinitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "foldingRangeProvider": true,
        "selectionRangeProvider": true,
        "renameProvider": { "prepareProvider": true },
        "documentFormattingProvider": true,
        "documentRangeFormattingProvider": true,
        "documentOnTypeFormattingProvider": { "firstTriggerCharacter": "}" },
        "hoverProvider": true,
        "completionProvider": { "triggerCharacters": ["."], "resolveProvider": true },
        "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
        "codeActionProvider": { "codeActionKinds": KINDS },
        "codeLensProvider": { "resolveProvider": false },
        "documentLinkProvider": { "resolveProvider": false },
        "implementationProvider": true,
        "callHierarchyProvider": true,
        "inlayHintProvider": true,
        "linkedEditingRangeProvider": true,
        "executeCommandProvider": { "commands": execute_command::COMMANDS },
        "semanticTokensProvider": {
            "legend": { "tokenTypes": LEGEND, "tokenModifiers": MODIFIERS },
            "full": { "delta": true },
            "range": true,
        },
    });
    if client(params).pulls
        && let Value::Object(fields) = &mut all
    {
        let pull = json!({
            "identifier": "journey",
            "interFileDependencies": true,
            "workspaceDiagnostics": true,
        });
        fields.insert("diagnosticProvider".to_owned(), pull);
    }
    all
}
