//! Signatures → world. In the order in which things need each other: numbers for names, types of fields,
//! constants, defaults, what functions and messages take, and last the types of computed fields.
//!
//! What is wrong with one declaration is said when that one is checked, in silence here; only what
//! concerns several (declared twice, going in circles) is reported from here.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each step of the building is about a few kinds of declarations"
)]

mod fields;
mod models;
mod numbers;
pub(crate) mod offers;
mod order;
pub(crate) mod tables;
mod values;

use super::{Entity, World};
use crate::names::graph::Order;
use crate::names::uses::Use;
use crate::names::{SigKind, Signature};
use crate::project::Project;
use crate::types::{Checker, Place, Problem};
use journey_grammar::tree::{IdentityDecl, ProfileDecl};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The world, and what is wrong between declarations: each problem with its declaration's number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Built {
    pub world: Arc<World>,
    pub problems: Vec<(usize, Problem)>,
}

pub fn build(
    project: &Project,
    signatures: &[&Signature],
    data: &BTreeMap<String, Arc<str>>,
) -> Built {
    let mut builder = Builder::new(project, signatures);
    builder.world.data.clone_from(data);
    builder.numbers();
    builder.outcomes();
    builder.order();
    builder.offer_types();
    builder.record_types();
    builder.constants();
    builder.defaults();
    builder.offer_values();
    builder.functions();
    builder.tables(data);
    builder.messages();
    builder.models();
    builder.profile_types();
    Built {
        world: Arc::new(builder.world),
        problems: builder.problems,
    }
}

struct Builder<'a> {
    signatures: &'a [&'a Signature],
    /// the one declaration of each name
    by_name: BTreeMap<&'a str, (usize, &'a SigKind)>,
    profile: Option<(usize, &'a ProfileDecl, &'a [Vec<Use>])>,
    identity: Option<&'a IdentityDecl>,
    /// constants, functions, audiences, records and computed fields (`profile.NAME`), by need
    sorted: Order,
    in_circle: BTreeSet<String>,
    world: World,
    problems: Vec<(usize, Problem)>,
}

impl<'a> Builder<'a> {
    fn new(project: &Project, signatures: &'a [&'a Signature]) -> Self {
        let world = World {
            name: project.name.clone(),
            version: project.version.clone(),
            timezone: project.timezone.clone(),
            settings: project.settings,
            ..World::default()
        };
        let mut builder = Self {
            signatures,
            by_name: BTreeMap::new(),
            profile: None,
            identity: None,
            sorted: Order::default(),
            in_circle: BTreeSet::new(),
            world,
            problems: Vec::new(),
        };
        builder.collect();
        builder
    }

    /// Who declares what; names declared twice are nobody's.
    fn collect(&mut self) {
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, signature) in self.signatures.iter().copied().enumerate() {
            match &signature.kind {
                SigKind::Profile(decl, uses) if self.profile.is_none() => {
                    self.profile = Some((at, decl, uses));
                }
                SigKind::Identity(decl) if self.identity.is_none() => self.identity = Some(decl),
                SigKind::Profile(decl, _) => self.twice_whole(at, "profile", decl.span),
                SigKind::Identity(decl) => self.twice_whole(at, "identity", decl.span),
                _ => {}
            }
            let name = signature.name.text.as_str();
            if name.is_empty() {
                continue;
            }
            if let Some(before) = first.get(name) {
                self.twice(*before, at, name);
                self.by_name.remove(name);
                self.world.names.insert(name.to_owned(), Entity::Opaque);
                continue;
            }
            first.insert(name, at);
            self.by_name.insert(name, (at, &signature.kind));
        }
    }

    fn twice(&mut self, before: usize, at: usize, name: &str) {
        let Some(signature) = self.signatures.get(at) else {
            return;
        };
        let mut problem = Problem::new(
            "declared-twice",
            signature.name.span,
            format!("`{name}` is declared twice"),
        )
        .help("a program is one namespace: give one of them another name");
        problem.related.push((
            format!("#{before}"),
            format!("`{name}` is declared here too"),
        ));
        self.problems.push((at, problem));
    }

    fn twice_whole(&mut self, at: usize, word: &str, span: journey_grammar::tree::Span) {
        let before = self.signatures.iter().position(|signature| {
            matches!(
                (&signature.kind, word),
                (SigKind::Profile(..), "profile") | (SigKind::Identity(_), "identity")
            )
        });
        let mut problem = Problem::new(
            "declared-twice",
            span,
            format!("a program has one `{word}`"),
        )
        .help("put both together in one declaration");
        if let Some(before) = before {
            problem
                .related
                .push((format!("#{before}"), "the first is here".to_owned()));
        }
        self.problems.push((at, problem));
    }

    /// The declared names of one kind, in the order of names.
    fn names_of(&self, is: impl Fn(&SigKind) -> bool) -> Vec<&'a str> {
        self.by_name
            .iter()
            .filter(|(_, (_, kind))| is(kind))
            .map(|(name, _)| *name)
            .collect()
    }

    fn kind_of(&self, name: &str) -> Option<&'a SigKind> {
        self.by_name.get(name).map(|(_, kind)| *kind)
    }

    fn entity(&mut self, name: &str, entity: Entity) {
        self.world.names.insert(name.to_owned(), entity);
    }

    /// Runs a checker over the world as far as it is known; its problems are said elsewhere.
    fn checker(&self, place: Place) -> Checker<'_> {
        Checker::new(&self.world, place)
    }
}
