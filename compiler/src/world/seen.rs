//! What one declaration sees of the world: the facts behind the words of its text, and what is seen without a
//! word. As long as these stay, the world may change around it and it is not checked again.
//!
//! Every word counts, also in comments and texts: too many only mean a check too many. A declaration whose
//! check has a problem sees everything, since suggestions are looked for among all names; so do the kinds
//! of which there are few, and tests, which name the steps of journeys (`sees_all`).

use super::{Entity, World};
use journey_grammar::tree::DeclKind;
use journey_program::types::{EnumId, RecordId, Type};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Debug, Write as _};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A digest of what lies behind each name, and of what everyone sees. Equal digests: the same facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    base: u64,
    /// of each word that means something: a declared name, or a field of the profile
    by_word: HashMap<String, u64>,
}

/// The world as one declaration sees it: equal to another one that differs only where it does not look.
#[derive(Clone, Debug)]
pub struct Seen {
    digest: u64,
    pub world: Arc<World>,
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

/// The words of a text, each once.
pub fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        .map(str::to_owned)
        .collect()
}

/// Whether a declaration of this kind is checked again whenever anything changes.
pub fn sees_all(kind: &DeclKind) -> bool {
    !matches!(
        kind,
        DeclKind::Journey(_)
            | DeclKind::Message(_)
            | DeclKind::Audience(_)
            | DeclKind::Event(_)
            | DeclKind::Enum(_)
            | DeclKind::Type(_)
            | DeclKind::Const(_)
            | DeclKind::Fn(_)
    )
}

/// Whether a message says what it says in a file, whose words are not in its own text.
pub fn names_template(kind: &DeclKind) -> bool {
    let DeclKind::Message(message) = kind else {
        return false;
    };
    let mut fields = message.bodies.iter().flat_map(|body| &body.fields);
    fields.any(|field| field.file.is_some())
}

impl Facts {
    pub fn of(world: &World) -> Self {
        let offers = offers(world);
        let mut facts = Self {
            base: base(world),
            by_word: HashMap::new(),
        };
        let sent: Vec<(&str, usize)> = world
            .events
            .iter()
            .enumerate()
            .filter_map(|(at, event)| {
                let of = event.name.strip_suffix(".sent")?;
                Some((of.split('.').next()?, at))
            })
            .collect();
        // The type of any offer has a word, and no declaration.
        let mut any = Digest::with(world, offers);
        any.add(&offers);
        facts.put("offer", &any);
        for (name, entity) in &world.names {
            let mut digest = Digest::with(world, offers);
            digest.add(entity);
            digest.entity(*entity);
            for (_, at) in sent.iter().filter(|(of, _)| *of == name.as_str()) {
                digest.add(&(at, world.events.get(*at)));
            }
            facts.put(name, &digest);
        }
        for (at, field) in world.profile_fields().fields.iter().enumerate() {
            let mut digest = Digest::with(world, offers);
            let mut keys = world.profile.identifiers.iter();
            let identifies = keys.any(|(name, _)| *name == field.name);
            digest.add(&(at, field, identifies));
            digest.ty(&field.ty);
            facts.put(&field.name, &digest);
        }
        for (at, (name, ty)) in world.profile.lets.iter().enumerate() {
            let mut digest = Digest::with(world, offers);
            let score = u32::try_from(at).is_ok_and(|at| world.profile.scores.contains(&at));
            let faults = u32::try_from(at).is_ok_and(|at| world.profile.faulting.contains(&at));
            digest.add(&(at, ty, score, faults));
            digest.ty(ty);
            facts.put(name, &digest);
        }
        facts
    }

    /// A word may mean several things: a field and a declaration.
    fn put(&mut self, word: &str, digest: &Digest<'_>) {
        let digest = digest.hasher.finish();
        let before = self.by_word.entry(word.to_owned()).or_default();
        *before = before.rotate_left(1) ^ digest;
    }

    /// The world as a text with these words sees it.
    pub fn seen(&self, world: &Arc<World>, words: &BTreeSet<String>) -> Seen {
        let mut hasher = DefaultHasher::new();
        self.base.hash(&mut hasher);
        for word in words {
            if let Some(fact) = self.by_word.get(word) {
                (word, fact).hash(&mut hasher);
            }
        }
        Seen {
            digest: hasher.finish(),
            world: Arc::clone(world),
        }
    }
}

/// What is seen without a word. Taken apart in full, so that a new part of the world finds its place: behind
/// its names (`Digest::entity`), or here.
fn base(world: &World) -> u64 {
    let World {
        name: _,
        version: _,
        timezone,
        settings,
        names: _,
        enums: _,
        records: _,
        events: _,
        consts: _,
        functions: _,
        profile,
        purposes,
        audiences: _,
        channels,
        messages: _,
        // Whoever sees one of these names one, or something of such a type (`offers`).
        offer_types: _,
        offers: _,
        groups: _,
        decisions: _,
        learned: _,
        forests: _,
        data: _,
        any_offer: _,
        tags,
        journeys: _,
        outlines: _,
        starts: _,
        tables: _,
        // Who names one is always checked again.
        conversions: _,
        // only tests ask, and they see all
        deployed: _,
    } = world;
    let mut digest = Digest::with(world, 0);
    digest.add(&(timezone, settings, purposes, channels, tags));
    digest.add(&(profile.record, profile.timezone));
    for outcome in channels.iter().flat_map(|channel| &channel.outcomes) {
        let event = world.events.get(outcome.event.index());
        digest.add(&event);
        if let Some(event) = event {
            digest.record(event.record);
        }
    }
    digest.hasher.finish()
}

/// All that is known of offers: they are read through types, variables and each other, so they go together.
fn offers(world: &World) -> u64 {
    let mut digest = Digest::with(world, 0);
    digest.add(&(&world.offer_types, &world.offers, &world.groups));
    digest.add(&(&world.decisions, world.any_offer, &world.learned));
    for event in world.events.iter().filter(|event| event.decided.is_some()) {
        digest.add(event);
        digest.record(event.record);
    }
    digest.hasher.finish()
}

/// Takes facts in as their debug text, and the types that they name.
struct Digest<'w> {
    world: &'w World,
    hasher: DefaultHasher,
    /// of all offers
    offers: u64,
    records: BTreeSet<RecordId>,
    enums: BTreeSet<EnumId>,
}

impl<'w> Digest<'w> {
    fn with(world: &'w World, offers: u64) -> Self {
        Self {
            world,
            hasher: DefaultHasher::new(),
            offers,
            records: BTreeSet::new(),
            enums: BTreeSet::new(),
        }
    }

    fn add(&mut self, fact: &dyn Debug) {
        // A hasher takes everything: writing to it can't fail.
        let _ = write!(Text(&mut self.hasher), "{fact:?};");
    }

    /// What lies behind a name.
    fn entity(&mut self, entity: Entity) {
        let world = self.world;
        match entity {
            Entity::Enum(id) => self.enumeration(id),
            Entity::Record(id) => self.record(id),
            Entity::Event(id) => {
                let event = world.events.get(id.index());
                self.add(&event);
                if let Some(event) = event {
                    self.record(event.record);
                }
            }
            Entity::Model(at) => {
                let found = world.profile.lets.get(at as usize);
                self.add(&found);
            }
            Entity::Const(at) => {
                let found = world.consts.get(at as usize);
                self.add(&found);
                if let Some(found) = found {
                    self.ty(&found.ty);
                }
            }
            Entity::Function(at) => {
                let found = world.functions.get(at as usize);
                self.add(&found);
                if let Some(found) = found {
                    self.ty(&found.result);
                    found.params.iter().for_each(|param| self.ty(&param.ty));
                }
            }
            Entity::Table(at) => {
                let found = world.tables.get(at as usize);
                self.add(&found);
                for column in found.into_iter().flat_map(|table| &table.columns) {
                    self.ty(&column.ty);
                }
            }
            Entity::Journey(id) => {
                let start = world.starts.get(id.index()).copied().flatten();
                let event = start.and_then(|start| world.events.get(start.index()));
                self.add(&(start, event));
                if let Some(event) = event {
                    self.record(event.record);
                }
            }
            Entity::Message(id) => {
                let found = world.messages.get(id.index());
                self.add(&found);
                if let Some(found) = found {
                    found.params.iter().for_each(|param| self.ty(&param.ty));
                }
            }
            Entity::OfferType(_)
            | Entity::Offer(_)
            | Entity::Group(_)
            | Entity::Decision(_)
            | Entity::Learned(_) => self.offers(),
            // An audience is a bool. Purposes and channels are everyone's; journeys' outlines only tests'.
            Entity::Audience(_)
            | Entity::Purpose(_)
            | Entity::Channel(_)
            | Entity::Limit
            | Entity::Holdout
            | Entity::Conversion(_)
            | Entity::Measure
            | Entity::Opaque => {}
        }
    }

    fn offers(&mut self) {
        let offers = self.offers;
        self.add(&offers);
    }

    fn ty(&mut self, ty: &Type) {
        match ty {
            Type::Enum(id) => self.enumeration(*id),
            Type::Offer(id) => {
                self.enumeration(*id);
                self.offers();
            }
            Type::Record(id) => self.record(*id),
            Type::List(inner) | Type::Optional(inner) => self.ty(inner),
            Type::Error
            | Type::Bool
            | Type::Int
            | Type::IntIn(..)
            | Type::Number
            | Type::NumberIn(..)
            | Type::Money(_)
            | Type::Text
            | Type::Time
            | Type::Date
            | Type::Clock
            | Type::Duration
            | Type::Span
            | Type::Timezone => {}
        }
    }

    fn enumeration(&mut self, id: EnumId) {
        if self.enums.insert(id) {
            self.add(&self.world.enums.get(id.index()));
        }
    }

    /// A record and, with a stack of its own, all that its fields lead to.
    fn record(&mut self, id: RecordId) {
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            if !self.records.insert(id) {
                continue;
            }
            let def = self.world.records.get(id.index());
            self.add(&def);
            for field in def.into_iter().flat_map(|def| &def.fields) {
                let mut ty = &field.ty;
                while let Type::List(inner) | Type::Optional(inner) = ty {
                    ty = inner;
                }
                match ty.record() {
                    Some(inner) => stack.push(inner),
                    None => self.ty(ty),
                }
            }
        }
    }
}

/// A hasher that is written to as to a text.
struct Text<'h>(&'h mut DefaultHasher);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
