//! Why did she get this, why did he not: a folder, a person and perhaps a journey, a step and an instant in; what was
//! decided out, with the values and the lines of the source that decided it.
//!
//! Read in this order: `version` (a program that explains itself, and its sources), `clauses` (what a condition came
//! to, part by part), `moments` (what happened, in order), `verdict` (the answer in short), `ask` (all of
//! it over a folder), `text` and `json`.

pub mod ask;
pub mod clauses;
pub mod json;
pub mod moments;
pub mod text;
pub mod verdict;
pub mod version;

use crate::failure::Failure;
use crate::looking::Looked;
use clauses::Clause;
use std::path::Path;

/// Looks into a folder and answers.
pub fn ask(
    folder: &Path,
    profile: &str,
    path: Option<&Path>,
    question: &Question,
) -> Result<Answer, Failure> {
    ask::answer(&Looked::at(folder)?, folder, profile, path, question)
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub journey: Option<String>,
    pub step: Option<String>,
    /// nothing after it counts; milliseconds
    pub at: Option<i64>,
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub profile: String,
    /// the clock of the last thing that counts
    pub as_of: Option<i64>,
    /// when what is known of the past begins; None: from the beginning
    pub since: Option<i64>,
    /// in short, for each journey that is asked for
    pub verdicts: Vec<Verdict>,
    pub moments: Vec<Moment>,
    /// what people should know of this answer
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Verdict {
    pub journey: String,
    /// a word for machines: `entered`, `sent`, `skipped`, `refused`, `false`, `no_event`, …
    pub code: &'static str,
    pub text: String,
    pub at: Option<i64>,
    pub clauses: Vec<Clause>,
}

/// An instant at which something happened, and by what.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    pub at: i64,
    /// the record that came, as the envelope; None: by time alone
    pub record: Option<String>,
    pub happened: Vec<Happened>,
}

#[derive(Clone, Debug)]
pub struct Happened {
    pub journey: Option<String>,
    pub step: Option<String>,
    /// of an action its kind; `asked`, `gate`
    pub kind: String,
    pub text: String,
    /// an action, as JSON
    pub action: Option<String>,
    pub clauses: Vec<Clause>,
}
