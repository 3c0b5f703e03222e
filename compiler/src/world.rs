//! The declared world: what every name of the program is, and the types behind it; no bodies. Built from all
//! declarations' signatures, so that a change inside a body re-checks nothing but that body.

pub mod build;
mod offers;
pub mod seen;

pub use offers::{DecisionSig, GroupSig, OfferSig, OfferTypeSig};

use crate::hir::{Local, OutcomeDef, Profile};
use crate::names::signature::Outline;
use journey_program::plan::{Normalise, Settings};
use journey_program::types::{
    AudienceId, ChannelId, DecisionId, EnumDef, EnumId, EventId, GroupId, JourneyId, MessageId,
    OfferId, PurposeId, RecordDef, RecordId, Type, Value,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    pub name: String,
    pub version: String,
    pub timezone: String,
    pub settings: Settings,
    /// every declared name
    pub names: BTreeMap<String, Entity>,
    pub enums: Vec<EnumDef>,
    /// declared types, events, outcomes' events, the profile last
    pub records: Vec<RecordDef>,
    pub events: Vec<EventSig>,
    pub consts: Vec<ConstSig>,
    pub functions: Vec<FnSig>,
    pub profile: ProfileSig,
    pub purposes: Vec<String>,
    /// in dependency order
    pub audiences: Vec<String>,
    pub channels: Vec<ChannelSig>,
    pub messages: Vec<MessageSig>,
    pub offer_types: Vec<OfferTypeSig>,
    pub offers: Vec<OfferSig>,
    pub groups: Vec<GroupSig>,
    pub decisions: Vec<DecisionSig>,
    /// names of learned models, and of those from files
    pub learned: Vec<String>,
    pub forests: Vec<String>,
    /// files that declarations name: path, content
    pub data: BTreeMap<String, Arc<str>>,
    /// the enum of all offers, where there are any
    pub any_offer: Option<EnumId>,
    /// what messages are tagged with, by name
    pub tags: Vec<String>,
    pub journeys: Vec<String>,
    /// what tests may name of each journey
    pub outlines: Vec<Outline>,
    /// the same of the versions that tests deploy, with the names of their journeys
    pub deployed: Vec<(String, Outline)>,
    pub tables: Vec<TableSig>,
    /// by name
    pub conversions: Vec<String>,
    /// of each journey: the event `JOURNEY.start`, if it is entered by it
    pub starts: Vec<Option<EventId>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    Enum(EnumId),
    /// a declared record type
    Record(RecordId),
    Event(EventId),
    /// `World::consts`
    Const(u32),
    /// `World::functions`
    Function(u32),
    /// `World::tables`
    Table(u32),
    Purpose(PurposeId),
    Audience(AudienceId),
    Channel(ChannelId),
    Message(MessageId),
    Journey(JourneyId),
    /// a limit of its own
    Limit,
    /// of the whole program
    Holdout,
    /// `World::conversions`
    Conversion(u32),
    Measure,
    /// `World::offer_types`
    OfferType(u32),
    Offer(OfferId),
    Group(GroupId),
    Decision(DecisionId),
    /// a formula or trees: a computed field of the profile by this number
    Model(u32),
    /// a learned model
    Learned(u32),
    /// declared twice or broken: everything about it is `Type::Error`, in silence
    Opaque,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EventSig {
    pub name: String,
    pub record: RecordId,
    pub outcome: Option<(ChannelId, u32)>,
    /// of a decision's outcome
    pub decided: Option<(DecisionId, u32)>,
    pub unverified: bool,
    /// it belongs to nobody: everyone hears of it
    pub broadcast: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConstSig {
    pub name: String,
    pub ty: Type,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FnSig {
    pub name: String,
    pub params: Vec<Local>,
    pub result: Type,
    /// it, or a function that it calls, does arithmetic, which may fault
    pub calculates: bool,
}

/// Reference data: each column is a function of the key.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSig {
    pub name: String,
    pub key: Local,
    pub columns: Vec<ColumnSig>,
    /// the key's value, and those of the columns
    pub rows: Vec<(Value, Vec<Value>)>,
    /// what is wrong with the file
    pub problems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSig {
    pub name: String,
    pub ty: Type,
    /// `World::functions`
    pub function: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileSig {
    pub record: RecordId,
    /// computed fields: name, type
    pub lets: Vec<(String, Type)>,
    /// which of them are `decayed` scores, another value at each instant
    pub scores: BTreeSet<u32>,
    /// which of them may fault and are no `T?`: the author said so, and their readers fault with them
    pub faulting: BTreeSet<u32>,
    pub identifiers: Vec<(String, u32)>,
    pub normalise: Vec<Option<Normalise>>,
    /// by identifier: how many people may share it; None: it is `unique`
    pub shared: Vec<Option<u32>>,
    pub ignore: Vec<String>,
    pub timezone: Option<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChannelSig {
    pub name: String,
    /// outcomes, then answers
    pub outcomes: Vec<OutcomeDef>,
    /// what every message for it fills
    pub carries: Vec<Local>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MessageSig {
    pub name: String,
    pub params: Vec<Local>,
    pub purpose: PurposeId,
    /// the channels that it has a body for
    pub channels: Vec<ChannelId>,
    /// its own, in the place of its channels'
    pub answers: Vec<OutcomeDef>,
}

/// In a program with more names than this a misspelt one is looked for among those that begin as it does.
const NAMES_FEW: usize = 1_000;

impl World {
    /// What tests may name of journeys: of this version's, and of those that run in them as well.
    pub(crate) fn played(&self) -> impl Iterator<Item = (&str, &Outline)> {
        let own = self.journeys.iter().zip(&self.outlines);
        let own = own.map(|(name, outline)| (name.as_str(), outline));
        let others = self.deployed.iter();
        own.chain(others.map(|(name, outline)| (name.as_str(), outline)))
    }

    /// The declared names among which the one that was meant is looked for.
    pub fn near(&self, name: &str) -> impl Iterator<Item = (&str, &Entity)> {
        let few = self.names.len() <= NAMES_FEW;
        let first = if few { None } else { name.chars().next() };
        let from = first.map_or_else(String::new, String::from);
        let names = self
            .names
            .range(from..)
            .map(|(name, entity)| (name.as_str(), entity));
        names.take_while(move |(name, _)| first.is_none_or(|first| name.starts_with(first)))
    }

    /// An empty profile's world is still a world: its profile record is the last one.
    pub fn profile_fields(&self) -> &RecordDef {
        const EMPTY: &RecordDef = &RecordDef {
            name: String::new(),
            fields: Vec::new(),
        };
        self.records
            .get(self.profile.record.index())
            .unwrap_or(EMPTY)
    }
}

/// The checked profile's signature, without the values of its computed fields.
impl From<&Profile> for ProfileSig {
    fn from(profile: &Profile) -> Self {
        Self {
            record: profile.record,
            lets: profile
                .lets
                .iter()
                .map(|l| (l.name.clone(), l.ty.clone()))
                .collect(),
            scores: (0u32..)
                .zip(&profile.lets)
                .filter(|(_, l)| {
                    matches!(&l.value.kind, crate::hir::ExprKind::History(h) if h.half_life > 0)
                })
                .map(|(number, _)| number)
                .collect(),
            faulting: BTreeSet::new(),
            identifiers: profile.identifiers.clone(),
            normalise: profile.normalise.clone(),
            shared: profile.shared.clone(),
            ignore: profile.ignore.clone(),
            timezone: profile.timezone,
        }
    }
}
