//! Who is who: every name of a declaration, what it stands for, and whether it is defined there. One query a
//! declaration, from its tree (where names stand) and its check (what the names of expressions mean).
//!
//! What an editor asks of names (definition, references, rename, highlights, colours) is answered from here.
//! Names that have to be spelt alike, though they are different things, are `links`: a key of a journey is carried
//! by the field of that name in each of its events, so whoever renames one has to rename them all.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most questions here are about one kind of many, and the rest is one case"
)]

mod decl;
mod expr;
mod journey;
mod means;
mod measure;
mod offer;
mod test;

use crate::check::{check_decl, world};
use crate::db::{Db, Workspace};
use crate::names::signature_of;
use crate::parse::{Chunk, tree};
use crate::types::Read;
use crate::world::World;
use journey_grammar::tree::{DeclKind, Name, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What a name stands for. Two names stand for the same thing where their symbols are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Symbol {
    /// a declaration of the program
    Declared(String),
    /// a field of the profile, declared or computed, or an identifier
    Profile(String),
    /// of a type, an event, an outcome (`email.clicked`), an offer type, a table, or what a channel carries
    Field(String, String),
    /// of an enum
    Value(String, String),
    /// of a channel, a message or a decision
    Outcome(String, String),
    /// of a function, a message, a decision, or of a journey that is started
    Param(String, String),
    /// a variable or a step of a declaration
    Local(String, String),
    /// the variable of a list query, by where it is introduced in its declaration
    Binder(String, String, u32),
    /// of a journey's split
    Arm(String, String, String),
    /// why instances of a journey end
    Reason(String, String),
    /// of messages
    Tag(String),
    /// of offers
    OfferTag(String),
    /// part of the language, or of what stands outside of the program
    BuiltIn(String),
}

impl Symbol {
    /// The name itself.
    pub fn name(&self) -> &str {
        match self {
            Symbol::Declared(name)
            | Symbol::Profile(name)
            | Symbol::Field(_, name)
            | Symbol::Value(_, name)
            | Symbol::Outcome(_, name)
            | Symbol::Param(_, name)
            | Symbol::Local(_, name)
            | Symbol::Binder(_, name, _)
            | Symbol::Arm(_, _, name)
            | Symbol::Reason(_, name)
            | Symbol::Tag(name)
            | Symbol::OfferTag(name)
            | Symbol::BuiltIn(name) => name,
        }
    }
}

/// One place where a name stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Occurrence {
    /// from the start of the declaration, or of `file`
    pub span: Span,
    pub symbol: Symbol,
    pub defines: bool,
    /// a template or a table's data, where the name stands in one of those
    pub file: Option<String>,
}

/// The names of one declaration, in the order of their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    pub names: Vec<Occurrence>,
    /// symbols that have to be spelt alike
    pub links: BTreeSet<(Symbol, Symbol)>,
}

/// The names of one declaration.
#[salsa::tracked]
pub fn index_decl<'db>(db: &'db dyn Db, workspace: Workspace, chunk: Chunk<'db>) -> Index {
    let Some(tree) = tree(db, chunk) else {
        return Index::default();
    };
    let checked = check_decl(db, workspace, chunk);
    let owner = owner(&tree.kind, &signature_of(db, chunk).name.text);
    let mut walk = Walk::new(world(db, workspace), &checked.reads, owner);
    // The first time it learns what the declaration introduces, so that order means nothing the second time.
    walk.decl(&tree.kind);
    walk.begin_again();
    walk.decl(&tree.kind);
    walk.templates(|file| workspace.data(db).get(file).map(AsRef::as_ref));
    walk.finish()
}

/// Whose variables they are: a declaration by its name, a test by its title.
pub fn owner(kind: &DeclKind, name: &str) -> String {
    match kind {
        DeclKind::Test(test) => format!("test {}", test.title.text),
        DeclKind::Profile(_) => "profile".to_owned(),
        DeclKind::Identity(_) => "identity".to_owned(),
        _ => name.to_owned(),
    }
}

/// What the walk over a tree knows.
struct Walk<'a> {
    world: &'a World,
    /// what the check noted of a name, by its place
    reads: BTreeMap<Span, Vec<&'a Read>>,
    /// the same of templates, in the order of the check
    of_files: Vec<&'a Read>,
    owner: String,
    /// what the declaration introduces, by name
    locals: BTreeMap<String, Symbol>,
    /// variables of list queries around the place at hand, innermost last
    binders: Vec<(String, Symbol)>,
    names: Vec<Occurrence>,
    links: BTreeSet<(Symbol, Symbol)>,
}

impl<'a> Walk<'a> {
    fn new(world: &'a World, all: &'a [Read], owner: String) -> Self {
        let mut reads: BTreeMap<Span, Vec<&Read>> = BTreeMap::new();
        let mut of_files = Vec::new();
        for read in all {
            match read.file {
                Some(_) => of_files.push(read),
                None => reads.entry(read.span).or_default().push(read),
            }
        }
        Self {
            world,
            reads,
            of_files,
            owner,
            locals: BTreeMap::new(),
            binders: Vec::new(),
            names: Vec::new(),
            links: BTreeSet::new(),
        }
    }

    fn begin_again(&mut self) {
        self.names.clear();
        self.links.clear();
    }

    fn finish(mut self) -> Index {
        self.names.sort();
        self.names.dedup();
        // Of two that define the same at one place and read it, the definition counts.
        self.names.dedup_by(|next, before| {
            let same = next.span == before.span && next.file == before.file;
            let again = same && next.symbol == before.symbol;
            before.defines |= again && next.defines;
            again
        });
        Index {
            names: self.names,
            links: self.links,
        }
    }

    // --- noting a name

    fn note(&mut self, name: &Name, symbol: Symbol, defines: bool) {
        if !name.is_missing() {
            self.names.push(Occurrence {
                span: name.span,
                symbol,
                defines,
                file: None,
            });
        }
    }

    fn refer(&mut self, name: &Name, symbol: Symbol) {
        self.note(name, symbol, false);
    }

    /// A word that is no name of the program's.
    fn built_in(&mut self, name: &Name) {
        self.refer(name, Symbol::BuiltIn(name.text.clone()));
    }

    /// A name that only a declaration can mean.
    fn declared(&mut self, name: &Name) {
        let symbol = if self.world.names.contains_key(&name.text) {
            Symbol::Declared(name.text.clone())
        } else {
            Symbol::BuiltIn(name.text.clone())
        };
        self.refer(name, symbol);
    }

    fn all_declared(&mut self, names: &[Name]) {
        for name in names {
            self.declared(name);
        }
    }

    fn all_built_in<'n>(&mut self, names: impl IntoIterator<Item = &'n Name>) {
        for name in names {
            self.built_in(name);
        }
    }

    fn introduces(&mut self, name: &Name, symbol: Symbol) {
        if !name.is_missing() {
            self.locals.insert(name.text.clone(), symbol.clone());
            self.note(name, symbol, true);
        }
    }

    /// A variable or step of this declaration, here introduced.
    fn local(&mut self, name: &Name) {
        let symbol = Symbol::Local(self.owner.clone(), name.text.clone());
        self.introduces(name, symbol);
    }

    /// A name that, without a word of its own, also stands for a variable: an event that is waited for.
    fn implies(&mut self, name: &str, symbol: Symbol) {
        self.locals.entry(name.to_owned()).or_insert(symbol);
    }

    fn link(&mut self, one: &Symbol, other: &Symbol) {
        if one != other {
            self.links.insert((one.clone(), other.clone()));
        }
    }
}
