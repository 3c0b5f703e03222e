//! Signatures → world. In the order in which things need each other: numbers for names, types of fields,
//! constants, defaults, what functions and messages take, and last the types of computed fields.
//!
//! What is wrong with one declaration is said when that one is checked, in silence here; only what
//! concerns several (declared twice, going in circles) is reported from here.

use super::{ChannelSig, ConstSig, Entity, EventSig, FnSig, MessageSig, ProfileSig, World};
use crate::hir::{Local, OutcomeDef};
use crate::names::graph::{Graph, Order};
use crate::names::uses::Use;
use crate::names::{SigKind, Signature};
use crate::project::Project;
use crate::types::{Checker, Place, Problem};
use journey_grammar::tree::{FieldDecl, IdentityDecl, Param, ProfileDecl};
use journey_program::types::{
    AudienceId, ChannelId, EVENT_FIELDS, EnumDef, EnumId, EventId, FieldDef, JourneyId, MessageId,
    PurposeId, RecordDef, RecordId, Type, Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// The world, and what is wrong between declarations: each problem with its declaration's number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Built {
    pub world: World,
    pub problems: Vec<(usize, Problem)>,
}

pub fn build(project: &Project, signatures: &[&Signature]) -> Built {
    let mut builder = Builder::new(project, signatures);
    builder.numbers();
    builder.outcomes();
    builder.order();
    builder.record_types();
    builder.constants();
    builder.defaults();
    builder.functions();
    builder.messages();
    builder.profile_types();
    Built {
        world: builder.world,
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

    /// Numbers for everything, by name.
    fn numbers(&mut self) {
        for (i, name) in self
            .names_of(|k| matches!(k, SigKind::Enum(_)))
            .into_iter()
            .enumerate()
        {
            self.entity(name, Entity::Enum(EnumId::new(i)));
            if let Some(SigKind::Enum(decl)) = self.kind_of(name) {
                let values = decl.values.iter().map(|value| value.text.clone()).collect();
                self.world.enums.push(EnumDef {
                    name: name.to_owned(),
                    values,
                });
            }
        }
        for name in self.names_of(|k| matches!(k, SigKind::Type(_))) {
            let record = self.record(name);
            self.entity(name, Entity::Record(record));
        }
        for (i, name) in self
            .names_of(|k| matches!(k, SigKind::Event(_)))
            .into_iter()
            .enumerate()
        {
            let record = self.record(name);
            self.entity(name, Entity::Event(EventId::new(i)));
            self.world.events.push(EventSig {
                name: name.to_owned(),
                record,
                outcome: None,
                unverified: false,
            });
        }
        for (i, name) in self
            .names_of(|k| matches!(k, SigKind::Purpose))
            .into_iter()
            .enumerate()
        {
            self.entity(name, Entity::Purpose(PurposeId::new(i)));
            self.world.purposes.push(name.to_owned());
        }
        let journeys = self.names_of(|k| matches!(k, SigKind::Journey(_)));
        for (i, name) in journeys.into_iter().enumerate() {
            self.entity(name, Entity::Journey(JourneyId::new(i)));
            self.world.journeys.push(name.to_owned());
            if let Some(SigKind::Journey(outline)) = self.kind_of(name) {
                self.world.outlines.push(outline.clone());
            }
        }
        for name in self.names_of(|k| matches!(k, SigKind::Later)) {
            self.entity(name, Entity::Opaque);
        }
        let channels = self.names_of(|k| matches!(k, SigKind::Channel(_)));
        for (i, name) in channels.into_iter().enumerate() {
            self.entity(name, Entity::Channel(ChannelId::new(i)));
            self.world.channels.push(ChannelSig {
                name: name.to_owned(),
                outcomes: Vec::new(),
            });
        }
    }

    fn record(&mut self, name: &str) -> RecordId {
        let id = RecordId::new(self.world.records.len());
        self.world.records.push(RecordDef {
            name: name.to_owned(),
            fields: Vec::new(),
        });
        id
    }

    /// `email.clicked`: an event of its own.
    fn outcomes(&mut self) {
        for channel in 0..self.world.channels.len() {
            let Some(name) = self.world.channels.get(channel).map(|c| c.name.clone()) else {
                continue;
            };
            let Some(SigKind::Channel(outcomes)) = self.kind_of(&name) else {
                continue;
            };
            let mut seen = BTreeSet::new();
            for outcome in outcomes {
                if outcome.name.is_missing() || !seen.insert(&outcome.name.text) {
                    continue;
                }
                let full = format!("{name}.{}", outcome.name.text);
                let event = EventId::new(self.world.events.len());
                let record = self.record(&full);
                let Some(sig) = self.world.channels.get_mut(channel) else {
                    continue;
                };
                let place = u32::try_from(sig.outcomes.len()).unwrap_or(u32::MAX);
                sig.outcomes.push(OutcomeDef {
                    name: outcome.name.text.clone(),
                    event,
                    unverified: outcome.unverified,
                });
                self.world.events.push(EventSig {
                    name: full,
                    record,
                    outcome: Some((ChannelId::new(channel), place)),
                    unverified: outcome.unverified,
                });
            }
        }
        // The profile's record is the last one.
        self.world.profile.record = self.record("profile");
    }

    /// Who needs whom, among all that could go in circles.
    fn order(&mut self) {
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
    }

    fn edges(&self, graph: &mut Graph, from: &str, uses: &[Use], profile: bool) {
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

    fn is_computed(&self, name: &str) -> bool {
        self.profile
            .is_some_and(|(_, decl, _)| decl.lets.iter().any(|l| l.name.text == name))
    }

    fn report_circle(&mut self, circle: &[String]) {
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
            let through = crate::diagnostics::words::listed(&others);
            format!("`{}` needs itself, through {through}", shown(first))
        };
        let problem = Problem::new("recursive-declaration", span, message)
            .help("break the circle: one of them has to stand by itself");
        self.problems.push((at, problem));
    }

    /// Runs a checker over the world as far as it is known; its problems are said elsewhere.
    fn checker(&self, place: Place) -> Checker<'_> {
        Checker::new(&self.world, place)
    }

    fn field_types(&self, fields: &[FieldDecl]) -> Vec<FieldDef> {
        let mut checker = self.checker(Place::Constant);
        let mut seen = BTreeSet::new();
        fields
            .iter()
            .filter(|field| !field.name.is_missing() && seen.insert(field.name.text.as_str()))
            .map(|field| FieldDef {
                name: field.name.text.clone(),
                ty: checker.type_ref(&field.ty),
                default: None,
                pii: field.pii,
            })
            .collect()
    }

    fn set_fields(&mut self, record: RecordId, fields: Vec<FieldDef>) {
        if let Some(def) = self.world.records.get_mut(record.index()) {
            def.fields = fields;
        }
    }

    fn record_types(&mut self) {
        for name in self.names_of(|k| matches!(k, SigKind::Type(_))) {
            if let (Some(SigKind::Type(decl)), Some(Entity::Record(id))) =
                (self.kind_of(name), self.world.names.get(name).copied())
            {
                let mut fields = self.field_types(&decl.fields);
                if self.in_circle.contains(name) {
                    // A record inside itself has no size; its circle has been reported.
                    for field in &mut fields {
                        field.ty = Type::Error;
                    }
                }
                self.set_fields(id, fields);
            }
        }
        for at in 0..self.world.events.len() {
            let Some(sig) = self.world.events.get(at) else {
                continue;
            };
            let (record, mut fields) = (sig.record, event_fields());
            match sig.outcome {
                None => {
                    if let Some(SigKind::Event(decl)) = self.kind_of(&sig.name) {
                        fields.extend(self.field_types(&decl.fields));
                    }
                }
                Some((channel, place)) => {
                    fields.push(plain_field("send", Type::Text));
                    fields.extend(self.outcome_fields(channel, place));
                }
            }
            self.set_fields(record, fields);
        }
        self.profile_fields();
    }

    fn outcome_fields(&self, channel: ChannelId, place: u32) -> Vec<FieldDef> {
        let Some(channel) = self.world.channels.get(channel.index()) else {
            return Vec::new();
        };
        let Some(outcome) = channel.outcomes.get(place as usize) else {
            return Vec::new();
        };
        match self.kind_of(&channel.name) {
            Some(SigKind::Channel(outcomes)) => outcomes
                .iter()
                .find(|decl| decl.name.text == outcome.name)
                .map_or_else(Vec::new, |decl| self.field_types(&decl.fields)),
            _ => Vec::new(),
        }
    }

    fn profile_fields(&mut self) {
        let mut fields = match self.profile {
            Some((_, decl, _)) => self.field_types(&decl.fields),
            None => Vec::new(),
        };
        let zone = fields
            .iter()
            .position(|field| field.name == "timezone" && *field.ty.known() == Type::Timezone);
        let keys = match self.identity {
            Some(decl) => decl
                .keys
                .iter()
                .map(|key| key.name.text.clone())
                .filter(|name| !name.is_empty())
                .collect(),
            None => vec!["user_id".to_owned()],
        };
        let mut identifiers: Vec<(String, u32)> = Vec::new();
        for name in keys {
            let place = fields.iter().position(|field| field.name == name);
            let place = place.unwrap_or_else(|| {
                fields.push(plain_field(&name, Type::Text.optional()));
                fields.len() - 1
            });
            if !identifiers.iter().any(|(before, _)| *before == name) {
                identifiers.push((name, u32::try_from(place).unwrap_or(u32::MAX)));
            }
        }
        let record = self.world.profile.record;
        self.world.profile = ProfileSig {
            record,
            lets: match self.profile {
                Some((_, decl, _)) => decl
                    .lets
                    .iter()
                    .map(|l| (l.name.text.clone(), Type::Error))
                    .collect(),
                None => Vec::new(),
            },
            identifiers,
            timezone: zone.and_then(|at| u32::try_from(at).ok()),
        };
        self.set_fields(record, fields);
    }

    /// Constants, each after those it needs.
    fn constants(&mut self) {
        let names = self.names_of(|k| matches!(k, SigKind::Const(..)));
        for (i, name) in names.iter().enumerate() {
            self.world.consts.push(ConstSig {
                name: (*name).to_owned(),
                ty: Type::Error,
                value: Value::Unknown,
            });
            // Until it has its value it is nothing that anyone could read.
            self.entity(name, Entity::Opaque);
            debug_assert!(self.world.consts.len() == i + 1);
        }
        let numbers: BTreeMap<&str, usize> = names
            .iter()
            .enumerate()
            .map(|(i, name)| (*name, i))
            .collect();
        for name in self.sorted.order.clone() {
            let Some(number) = numbers.get(name.as_str()).copied() else {
                continue;
            };
            let Some(SigKind::Const(decl, _)) = self.kind_of(&name) else {
                continue;
            };
            if self.in_circle.contains(&name) {
                continue;
            }
            let mut checker = self.checker(Place::Constant);
            let ty = decl.ty.as_ref().map(|ty| checker.type_ref(ty));
            if let Some((ty, value)) = checker.constant(&decl.value, ty.as_ref()) {
                if let Some(sig) = self.world.consts.get_mut(number) {
                    sig.ty = ty;
                    sig.value = value;
                }
                let id = u32::try_from(number).unwrap_or(u32::MAX);
                self.entity(&name, Entity::Const(id));
            }
        }
    }

    /// What stands in for missing fields.
    fn defaults(&mut self) {
        let mut all: Vec<(RecordId, &'a [FieldDecl])> = Vec::new();
        for (name, (_, kind)) in &self.by_name {
            match (kind, self.world.names.get(*name)) {
                (SigKind::Type(decl), Some(Entity::Record(id))) => all.push((*id, &decl.fields)),
                (SigKind::Event(decl), Some(Entity::Event(id))) => {
                    if let Some(sig) = self.world.events.get(id.index()) {
                        all.push((sig.record, &decl.fields));
                    }
                }
                (SigKind::Channel(outcomes), Some(Entity::Channel(id))) => {
                    let sigs = self.world.channels.get(id.index()).map(|c| &c.outcomes);
                    for sig in sigs.into_iter().flatten() {
                        let decl = outcomes.iter().find(|o| o.name.text == sig.name);
                        let event = self.world.events.get(sig.event.index());
                        if let (Some(decl), Some(event)) = (decl, event) {
                            all.push((event.record, &decl.fields));
                        }
                    }
                }
                _ => {}
            }
        }
        if let Some((_, decl, _)) = self.profile {
            all.push((self.world.profile.record, &decl.fields));
        }
        for (record, fields) in all {
            for field in fields {
                if let Some(default) = &field.default {
                    self.default_of(record, &field.name.text, default);
                }
            }
        }
    }

    fn default_of(&mut self, record: RecordId, name: &str, default: &journey_grammar::tree::Expr) {
        let def = self.world.records.get(record.index());
        let Some(at) = def.and_then(|def| def.fields.iter().position(|f| f.name == name)) else {
            return;
        };
        let Some(ty) = def.and_then(|def| def.fields.get(at)).map(|f| f.ty.clone()) else {
            return;
        };
        let value = self.checker(Place::Constant).constant(default, Some(&ty));
        if let (Some((_, value)), Some(field)) = (
            value,
            self.world
                .records
                .get_mut(record.index())
                .and_then(|def| def.fields.get_mut(at)),
        ) {
            field.default = Some(value);
        }
    }

    fn params(&self, params: &[Param]) -> Vec<Local> {
        let mut checker = self.checker(Place::Constant);
        params
            .iter()
            .map(|param| Local {
                name: param.name.text.clone(),
                ty: checker.type_ref(&param.ty),
            })
            .collect()
    }

    fn functions(&mut self) {
        let names = self.names_of(|k| matches!(k, SigKind::Fn { .. }));
        for (i, name) in names.into_iter().enumerate() {
            let Some(SigKind::Fn { params, result, .. }) = self.kind_of(name) else {
                continue;
            };
            let sig = FnSig {
                name: name.to_owned(),
                params: self.params(params),
                result: self.checker(Place::Constant).type_ref(result),
            };
            self.world.functions.push(sig);
            let known = !self.in_circle.contains(name);
            let id = u32::try_from(i).unwrap_or(u32::MAX);
            self.entity(
                name,
                if known {
                    Entity::Function(id)
                } else {
                    Entity::Opaque
                },
            );
        }
    }

    fn messages(&mut self) {
        let names = self.names_of(|k| matches!(k, SigKind::Message { .. }));
        for (i, name) in names.into_iter().enumerate() {
            let Some(SigKind::Message {
                params,
                purpose,
                channels,
            }) = self.kind_of(name)
            else {
                continue;
            };
            let entity = |name: &String| self.world.names.get(name).copied();
            let purpose = match purpose.as_ref().and_then(entity) {
                Some(Entity::Purpose(id)) => id,
                _ => PurposeId(0),
            };
            let channels = channels.iter().filter_map(|name| match entity(name) {
                Some(Entity::Channel(id)) => Some(id),
                _ => None,
            });
            let sig = MessageSig {
                name: name.to_owned(),
                channels: channels.collect(),
                params: self.params(params),
                purpose,
            };
            self.world.messages.push(sig);
            self.entity(name, Entity::Message(MessageId::new(i)));
        }
    }

    /// The types of computed fields, each after those it needs.
    fn profile_types(&mut self) {
        let Some((_, decl, _)) = self.profile else {
            return;
        };
        for name in self.sorted.order.clone() {
            let Some(field) = name.strip_prefix("profile.") else {
                continue;
            };
            let Some(at) = decl.lets.iter().position(|l| l.name.text == field) else {
                continue;
            };
            let Some(computed) = decl.lets.get(at) else {
                continue;
            };
            let mut checker = self.checker(Place::Profile { watched: true });
            let ty = match &computed.ty {
                Some(ty) => checker.type_ref(ty),
                None if self.in_circle.contains(&name) => Type::Error,
                None => checker.expr(&computed.value, None).ty,
            };
            if let Some(sig) = self.world.profile.lets.get_mut(at) {
                sig.1 = ty;
            }
        }
    }
}

fn event_fields() -> Vec<FieldDef> {
    EVENT_FIELDS
        .iter()
        .map(|(name, ty)| plain_field(name, ty.clone()))
        .collect()
}

fn plain_field(name: &str, ty: Type) -> FieldDef {
    FieldDef {
        name: name.to_owned(),
        ty,
        default: None,
        pii: false,
    }
}

/// The names inside a type.
fn named_types(ty: &journey_grammar::tree::TypeRef, each: &mut impl FnMut(String)) {
    use journey_grammar::tree::TypeKind;
    match &ty.kind {
        TypeKind::Named(name) => each(name.text.clone()),
        TypeKind::List(inner) | TypeKind::Optional(inner) => named_types(inner, each),
        TypeKind::Missing | TypeKind::Money(_) | TypeKind::Range { .. } => {}
    }
}
