//! Several versions of a program at once. An instance keeps the version that it entered: so the declarations of
//! older versions that are changed since, or gone, stand in the newer program beside its own, under names that no
//! author can write (`cart@1.0.0`), and what they name is each other first, then the newer version's.
//!
//! What must bite at once is never kept: data, identity, consent, channels, limits, offers, and messages that take
//! the same parameters. Older code is checked against it as all code is; where it no longer fits, nothing is deployed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few kinds of declarations may be kept, and the rest is one case"
)]

mod closure;
mod link;

pub use link::link;

use crate::names::uses::Use;
use crate::names::{SigKind, Signature};
use crate::types::test::{deploy_of, folder_of};
use crate::world::World;
use journey_grammar::parse_chunk;
use journey_grammar::tree::{Decl, DeclKind, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which declarations of a file are the program's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Role {
    #[default]
    Own,
    /// all but its tests: a version that tests deploy
    Program,
    /// its tests alone, as far as they deploy the version in this folder
    Tests(String),
    /// what instances of an older version still need
    Older(Arc<Older>),
}

/// What is left of an older version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Older {
    pub version: String,
    /// the declarations of this file that are kept
    pub kept: BTreeSet<String>,
    /// what kept declarations are called beside the newer version's
    pub aliases: BTreeMap<String, String>,
    /// files that they name
    pub data: BTreeMap<String, Arc<str>>,
}

/// A kept declaration's own name, and the version that it is of.
pub fn own_name(name: &str) -> (&str, Option<&str>) {
    match name.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    }
}

impl Role {
    /// Whether a declaration counts: its first words, and its text.
    pub(crate) fn has(&self, key: &str, text: &str) -> bool {
        let is_test = key == "test" || key.starts_with("test ");
        match self {
            Role::Own => true,
            Role::Program => !is_test,
            Role::Tests(folder) => is_test && deployed_folders(text).contains(folder),
            Role::Older(older) => {
                let name = key.split(' ').nth(1);
                name.is_some_and(|name| older.kept.contains(name))
            }
        }
    }
}

/// The folders of the versions that a test deploys.
pub(crate) fn deployed_folders(test: &str) -> BTreeSet<String> {
    if !test.contains("deploy") {
        return BTreeSet::new();
    }
    let Some(DeclKind::Test(test)) = parse_chunk(test).decl.map(|decl| decl.kind) else {
        return BTreeSet::new();
    };
    let deploys = test.lines.iter().filter_map(deploy_of);
    deploys.filter_map(folder_of).map(str::to_owned).collect()
}

impl Older {
    /// Gives a kept declaration the name that it has beside the newer version's.
    pub(crate) fn rename(&self, decl: &mut Decl) {
        if let Some(name) = name_of(&mut decl.kind)
            && let Some(alias) = self.aliases.get(&name.text)
        {
            name.text.clone_from(alias);
        }
    }

    /// The same for what it uses.
    pub(crate) fn rename_uses(&self, signature: &mut Signature) {
        let asked = signature.sent.iter();
        let asked: Vec<String> = asked
            .filter_map(|name| self.aliases.get(name))
            .cloned()
            .collect();
        signature.sent.extend(asked);
        let uses: &mut Vec<Use> = match &mut signature.kind {
            SigKind::Const(_, uses)
            | SigKind::Audience(uses)
            | SigKind::Fn { uses, .. }
            | SigKind::Model { uses, .. } => uses,
            _ => return,
        };
        for used in uses {
            if let Some(alias) = self.aliases.get(&used.first) {
                used.first.clone_from(alias);
            }
        }
    }

    /// The world as this version's declarations see it. Journeys keep their names: whom one starts enters the newest.
    pub(crate) fn view(&self, world: &World) -> World {
        let mut view = world.clone();
        for (name, alias) in &self.aliases {
            match world.names.get(alias) {
                Some(crate::world::Entity::Journey(_)) | None => {}
                Some(entity) => {
                    view.names.insert(name.clone(), *entity);
                }
            }
        }
        for (path, text) in &self.data {
            view.data.insert(path.clone(), Arc::clone(text));
        }
        view
    }
}

/// The name of a declaration of a kind that may be kept.
fn name_of(kind: &mut DeclKind) -> Option<&mut Name> {
    match kind {
        DeclKind::Journey(d) => Some(&mut d.name),
        DeclKind::Audience(d) => Some(&mut d.name),
        DeclKind::Decision(d) => Some(&mut d.name),
        DeclKind::Fn(d) => Some(&mut d.name),
        DeclKind::Const(d) => Some(&mut d.name),
        DeclKind::Model(d) => Some(&mut d.name),
        DeclKind::Message(d) => Some(&mut d.name),
        _ => None,
    }
}
