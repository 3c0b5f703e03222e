//! Who needs whom, among all that could go in circles; audiences in the order of need.

use super::Builder;
use crate::diagnostics::words;
use crate::names::SigKind;
use crate::names::graph::Graph;
use crate::names::uses::Use;
use crate::types::Problem;
use crate::world::Entity;
use journey_grammar::tree::{TypeKind, TypeRef};
use journey_program::types::AudienceId;

impl<'a> Builder<'a> {
    /// Who needs whom, among all that could go in circles.
    pub(super) fn order(&mut self) {
        let mut graph = Graph::default();
        let nodes: Vec<(&'a str, &'a SigKind)> = self
            .by_name
            .iter()
            .map(|(name, (_, kind))| (*name, *kind))
            .collect();
        for (name, kind) in nodes {
            match kind {
                SigKind::Const(_, uses) | SigKind::Audience(uses) | SigKind::Fn { uses, .. } => {
                    graph.node(name);
                    let profile = matches!(kind, SigKind::Audience(_));
                    self.edges(&mut graph, name, uses, profile);
                }
                SigKind::Model { uses, .. } => {
                    graph.node(name);
                    self.edges(&mut graph, name, uses, true);
                }
                SigKind::Type(decl) => {
                    graph.node(name);
                    for field in &decl.fields {
                        named_types(&field.ty, &mut |used| graph.edge(name, used));
                    }
                }
                _ => {}
            }
        }
        if let Some((_, decl, uses)) = self.profile {
            for (computed, uses) in decl.lets.iter().zip(uses) {
                let name = format!("profile.{}", computed.name.text);
                graph.node(name.clone());
                self.edges(&mut graph, &name, uses, true);
            }
        }
        self.sorted = graph.order();
        for circle in std::mem::take(&mut self.sorted.circles) {
            self.report_circle(&circle);
            self.in_circle.extend(circle);
        }
        let audiences = self.sorted.order.iter().filter(|name| {
            matches!(
                self.by_name.get(name.as_str()),
                Some((_, SigKind::Audience(_)))
            )
        });
        let audiences: Vec<String> = audiences.cloned().collect();
        for (i, name) in audiences.iter().enumerate() {
            self.entity(name, Entity::Audience(AudienceId::new(i)));
        }
        self.world.audiences = audiences;
        // Nobody needs a hold: they come last.
        let held = self.names_of(|k| matches!(k, SigKind::Purpose { held: true }));
        let holds = held.into_iter().map(|name| format!("{name}.hold"));
        let holds: Vec<String> = holds.collect();
        self.world.audiences.extend(holds);
    }

    pub(super) fn edges(&self, graph: &mut Graph, from: &str, uses: &[Use], profile: bool) {
        for used in uses {
            let own_field = used.event.as_deref().is_some_and(|event| {
                matches!(
                    self.kind_of(event),
                    Some(SigKind::Event(decl))
                        if decl.fields.iter().any(|field| field.name.text == used.first)
                )
            });
            if own_field {
                continue;
            }
            let computed = match (used.first.as_str(), &used.second) {
                ("profile", Some(field)) => Some(field),
                _ if profile && used.event.is_none() => Some(&used.first),
                _ => None,
            };
            match computed.filter(|name| self.is_computed(name)) {
                Some(name) => graph.edge(from, format!("profile.{name}")),
                None => graph.edge(from, used.first.clone()),
            }
        }
    }

    pub(super) fn is_computed(&self, name: &str) -> bool {
        self.profile
            .is_some_and(|(_, decl, _)| decl.lets.iter().any(|l| l.name.text == name))
    }

    pub(super) fn report_circle(&mut self, circle: &[String]) {
        let Some(first) = circle.first() else {
            return;
        };
        let shown = |name: &str| name.strip_prefix("profile.").unwrap_or(name).to_owned();
        let (at, span) = match first.strip_prefix("profile.") {
            Some(field) => match self.profile {
                Some((at, decl, _)) => {
                    let computed = decl.lets.iter().find(|l| l.name.text == field);
                    (at, computed.map_or(decl.span, |l| l.name.span))
                }
                None => return,
            },
            None => match self.by_name.get(first.as_str()) {
                Some((at, _)) => {
                    let span = self.signatures.get(*at).map(|s| s.name.span);
                    (*at, span.unwrap_or_default())
                }
                None => return,
            },
        };
        let others: Vec<String> = circle.iter().skip(1).map(|name| shown(name)).collect();
        let message = if others.is_empty() {
            format!("`{}` needs itself", shown(first))
        } else {
            let through = words::listed(&others);
            format!("`{}` needs itself, through {through}", shown(first))
        };
        let problem = Problem::new("recursive-declaration", span, message)
            .help("break the circle: one of them has to stand by itself");
        self.problems.push((at, problem));
    }
}

/// The names inside a type.
fn named_types(ty: &TypeRef, each: &mut impl FnMut(String)) {
    match &ty.kind {
        TypeKind::Named(name) => each(name.text.clone()),
        TypeKind::List(inner) | TypeKind::Optional(inner) => named_types(inner, each),
        TypeKind::Missing | TypeKind::Money(_) | TypeKind::Range { .. } => {}
    }
}
