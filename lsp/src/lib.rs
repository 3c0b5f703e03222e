//! journey-lsp
