//! `textDocument/formatting`: the canonical form, as one edit; a file that does not parse is left as it is.

use crate::convert::Lines;
use crate::documents::Documents;
use gen_lsp_types::{TextEdit, Uri};

pub fn edits(documents: &Documents, uri: &Uri) -> Vec<TextEdit> {
    let Some(text) = documents.text(uri) else {
        return Vec::new();
    };
    match journey_grammar::format(text) {
        Ok(formatted) if formatted != text => {
            let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
            let range = Lines::of(text, &documents.encoding).range(0, end);
            vec![TextEdit {
                range,
                new_text: formatted,
            }]
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}
