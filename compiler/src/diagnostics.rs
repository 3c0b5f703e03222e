//! A diagnostic as a value: what is wrong, where, and a way out. Facts come from the stages, words from
//! `diagnostics/<stage>`, the picture from `render` (the one file that meets miette) or a client.

pub mod codes;
pub(crate) mod habits;
pub mod words;

pub use codes::severity;

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// Bytes in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    pub file: String,
    pub start: u32,
    pub end: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// kebab-case; names its page (`journey explain CODE`)
    pub code: &'static str,
    pub severity: Severity,
    /// lower case, one sentence, no full stop, the user's words in back-ticks
    pub message: String,
    pub at: Location,
    /// other places in the same file, with what they have to do with it
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub fix: Option<Fix>,
    /// a second way out, where there are two
    pub alternative: Option<Fix>,
    /// places in other files
    pub related: Vec<Label>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    pub at: Location,
    pub text: String,
}

/// A quick fix: edits that are made together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fix {
    pub title: String,
    pub edits: Vec<(Location, String)>,
}
