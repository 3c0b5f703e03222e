//! The Journey language for tree-sitter: the parser's table and the queries of editors.

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_journey() -> *const ();
}

/// The language, for `tree_sitter::Parser::set_language`.
// SAFETY: the function is the one that the generated parser defines, and returns its static table.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_journey) };

/// What is highlighted as what.
pub const HIGHLIGHTS: &str = include_str!("../../queries/highlights.scm");
/// What can be folded.
pub const FOLDS: &str = include_str!("../../queries/folds.scm");
/// Where a line is indented.
pub const INDENTS: &str = include_str!("../../queries/indents.scm");
