//! Types: from trees to the checked tree. A `Checker` works on one declaration over the declared world; it
//! never fails: what is wrong becomes a `Problem` and the type `Error`, which fits everything.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most questions here are about a few kinds of many, and the rest is one case"
)]

use crate::hir::{Local, LocalId, NodeId};
use crate::world::World;

mod arith;
mod broadcast;
mod call;
mod channel;
mod coerce;
mod compare;
mod consent;
mod data;
mod decision;
pub mod decl;
mod each;
mod enter;
mod expr;
mod facts;
mod faults;
mod fold;
mod history;
mod hours;
mod journey;
mod keyed;
mod limit;
mod list;
pub(crate) mod literal;
mod logic;
mod matching;
mod meaning;
mod measure;
mod message;
mod migrate;
mod model;
mod name;
mod noname;
mod offer;
mod pattern;
mod range;
mod raw;
mod results;
mod sent;
mod sequence;
mod source;
mod step;
pub mod suggest;
mod table;
mod template;
pub(crate) mod test;
mod text;
mod typeref;
mod unknown;
mod watched;
pub(crate) mod words;

#[cfg(test)]
mod tests;

pub(crate) use keyed::event_path;
pub use matching::missing;
pub use meaning::{Meaning, Read};
pub use results::SendResult;
pub use suggest::nearest;
pub(crate) use template::{is_template, sent_in_template};
pub use words::type_name;

use journey_grammar::tree::Span;
use journey_program::types::{EventId, OfferId, Type};
use std::collections::{BTreeMap, BTreeSet};

/// A fact about one declaration: what is wrong, where; spans from the start of the declaration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    pub code: &'static str,
    pub span: Span,
    pub message: String,
    pub labels: Vec<(Span, String)>,
    pub help: Option<String>,
    pub fix: Option<(String, Vec<(Span, String)>)>,
    /// a second way out, where there are two: `?? default`, and `known x and …`
    pub alternative: Option<(String, Vec<(Span, String)>)>,
    /// other declarations by name, with what they have to do with it
    pub related: Vec<(String, String)>,
    /// a file that the declaration names, if it is there: the places count from its start
    pub file: Option<String>,
}

impl Problem {
    pub fn new(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            fix: None,
            alternative: None,
            related: Vec::new(),
            file: None,
        }
    }
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Self {
        self.fix = Some((title.into(), edits));
        self
    }
    pub fn alternative(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Self {
        self.alternative = Some((title.into(), edits));
        self
    }
}

/// Where an expression stands: what bare names mean there, and what may be asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// audiences, computed fields, channels' addresses: bare names are the profile's fields
    Profile { watched: bool },
    /// an event pattern's or consent rule's `where`: bare names are the event's fields, then declarations;
    /// `profile.x`, and the journey's outer values if it stands in a journey
    Where { event: EventId },
    /// a history's `where`: the same, but outer values only as `FIELD == outer`
    HistoryWhere { event: EventId },
    /// a function's body: its parameters and declarations, no profile
    Function,
    /// a message's body: parameters, profile
    Message,
    /// a journey's step or member: variables, `entry`, profile
    Journey { watched: bool },
    /// a test's literal or a constant
    Constant,
}

/// The variables and facts that hold at one point of a declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// visible names, innermost last
    pub locals: Vec<(String, LocalId)>,
    /// paths that flow has proved known: root and number, then fields (`["profile", "3"]`, `["local", "0", "4"]`)
    pub known: Vec<Vec<String>>,
    /// the entry event, in a journey that has one
    pub entry: Option<EventId>,
    /// steps that histories may name: sends set on every path here
    pub steps: Vec<(String, crate::hir::StepRef)>,
}

/// Checks one declaration.
#[derive(Debug)]
pub struct Checker<'w> {
    pub world: &'w World,
    pub problems: Vec<Problem>,
    /// the source map: span of each node
    pub spans: Vec<Span>,
    /// every variable of the declaration, by `LocalId`
    pub locals: Vec<Local>,
    pub place: Place,
    pub scope: Scope,
    /// variables of list queries among `locals`: in a `where` they come before the event's fields
    pub binders: Vec<LocalId>,
    /// what is read of sends: the variables that hold it
    pub results: Vec<(crate::hir::StepRef, results::SendResult, LocalId)>,
    /// how deep the expression at hand is
    pub depth: u32,
    /// names that some path of the journey sets, with their places: for those that not every path sets
    pub elsewhere: BTreeMap<String, Span>,
    /// the offer at hand, where `offer` names one
    pub candidate: Option<OfferId>,
    /// the messages of the journey's sends
    pub sent: BTreeMap<crate::hir::StepRef, journey_program::types::MessageId>,
    /// what may be seen outside: `reveal(x)`
    pub revealed: BTreeSet<NodeId>,
    /// in the `where` of a history that everyone asks: what the profile says comes from outside
    pub of_nobody: bool,
    /// in the `where` of an `enter on BROADCAST`: histories may be asked, and `entry` is the event
    pub snapshot: bool,
    /// the journey that is checked
    pub journey: String,
    /// what the names of its expressions mean
    pub reads: Vec<Read>,
}

impl<'w> Checker<'w> {
    pub fn new(world: &'w World, place: Place) -> Self {
        Self {
            world,
            problems: Vec::new(),
            spans: Vec::new(),
            locals: Vec::new(),
            place,
            scope: Scope::default(),
            binders: Vec::new(),
            results: Vec::new(),
            depth: 0,
            elsewhere: BTreeMap::new(),
            candidate: None,
            sent: BTreeMap::new(),
            revealed: BTreeSet::new(),
            of_nobody: false,
            snapshot: false,
            journey: String::new(),
            reads: Vec::new(),
        }
    }
    /// A new node of the source map.
    pub fn node(&mut self, span: Span) -> NodeId {
        self.spans.push(span);
        NodeId(u32::try_from(self.spans.len() - 1).unwrap_or(u32::MAX))
    }
    pub fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    /// A new variable, visible from here on.
    pub fn declare(&mut self, name: &str, ty: Type) -> LocalId {
        let id = LocalId(u32::try_from(self.locals.len()).unwrap_or(u32::MAX));
        self.locals.push(Local {
            name: name.to_owned(),
            ty,
        });
        self.scope.locals.push((name.to_owned(), id));
        id
    }
}
