//! What a program that explains itself notes on its way: one plan for each expression whose value it tells. Written
//! by the compiler beside a program that decides the same, read by whoever shows the answer.

use crate::types::{SiteId, Type};

/// A value that is noted.
#[derive(Clone, Debug, PartialEq)]
pub struct NotePlan {
    /// in the program's `sites`
    pub site: SiteId,
    /// the note of the expression around it
    pub around: Option<u32>,
    pub kind: NoteKind,
    pub ty: Type,
    /// an audience's predicate: which
    pub audience: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// `and`
    All,
    /// `or`
    Any,
    Not,
    /// any other bool
    Test,
    Value,
}
