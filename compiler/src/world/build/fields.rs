//! The fields of records: types first, then what stands in for missing ones.

use super::Builder;
use crate::hir::Local;
use crate::names::SigKind;
use crate::types::Place;
use crate::world::{Entity, ProfileSig};
use journey_grammar::tree::{Expr, FieldDecl, OutcomeDecl};
use journey_program::plan::Normalise;
use journey_program::types::{ChannelId, EVENT_FIELDS, FieldDef, RecordId, Type};
use std::collections::BTreeSet;

impl<'a> Builder<'a> {
    pub(super) fn field_types(&self, fields: &[FieldDecl]) -> Vec<FieldDef> {
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

    pub(super) fn set_fields(&mut self, record: RecordId, fields: Vec<FieldDef>) {
        if let Some(def) = self.world.records.get_mut(record.index()) {
            def.fields = fields;
        }
    }

    pub(super) fn record_types(&mut self) {
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
            match (sig.outcome, sig.decided) {
                (None, Some((decision, _))) => {
                    fields.push(plain_field("offer", self.decided_type(decision)))
                }
                (None, None) => {
                    let started = sig.name.strip_suffix(".start");
                    if let Some(SigKind::Event(decl)) = self.kind_of(&sig.name) {
                        fields.extend(self.field_types(&decl.fields));
                    } else if let Some(SigKind::Journey(_, Some(params))) =
                        started.and_then(|journey| self.kind_of(journey))
                    {
                        let given = self.params(params).into_iter();
                        fields.extend(given.map(|param| plain_field(&param.name, param.ty)));
                    } else if sig.name.ends_with(".sent") {
                        fields.extend(SENT_FIELDS.map(|name| plain_field(name, Type::Text)));
                    }
                }
                (Some((channel, place)), _) => {
                    fields.push(plain_field("send", Type::Text));
                    fields.extend(self.outcome_fields(channel, place));
                }
            }
            self.set_fields(record, fields);
        }
        self.carried();
        self.profile_fields();
    }

    /// What messages carry, once all types have their names.
    fn carried(&mut self) {
        for channel in 0..self.world.channels.len() {
            let Some(sig) = self.world.channels.get(channel) else {
                continue;
            };
            let Some(SigKind::Channel { carries, .. }) = self.kind_of(&sig.name) else {
                continue;
            };
            let fields = self.field_types(carries).into_iter();
            let carries = fields.map(|field| Local {
                name: field.name,
                ty: field.ty,
            });
            let carries = carries.collect();
            if let Some(sig) = self.world.channels.get_mut(channel) {
                sig.carries = carries;
            }
        }
    }

    pub(super) fn outcome_fields(&self, channel: ChannelId, place: u32) -> Vec<FieldDef> {
        let Some(channel) = self.world.channels.get(channel.index()) else {
            return Vec::new();
        };
        let Some(outcome) = channel.outcomes.get(place as usize) else {
            return Vec::new();
        };
        let decl = self.outcome_decl(&channel.name, &outcome.name);
        decl.map_or_else(Vec::new, |decl| self.field_types(&decl.fields))
    }

    /// Where an outcome is declared: by its channel, or (`survey.glad`) by a message.
    fn outcome_decl(&self, channel: &str, outcome: &str) -> Option<&'a OutcomeDecl> {
        let (kind, name) = match outcome.split_once('.') {
            Some((message, name)) => (self.kind_of(message)?, name),
            None => (self.kind_of(channel)?, outcome),
        };
        let decls = match kind {
            SigKind::Channel { outcomes, .. } => outcomes,
            SigKind::Message { answers, .. } => answers,
            _ => return None,
        };
        decls.iter().find(|decl| decl.name.text == name)
    }

    /// How the values of an identifier are made alike.
    fn normalised(&self, name: &str) -> Option<Normalise> {
        let mut keys = self.identity?.keys.iter();
        let key = keys.find(|key| key.name.text == name)?;
        let word = &key.normalise.as_ref()?.text;
        let known = Normalise::ALL.iter().find(|(known, _)| known == word);
        known.map(|(_, normalise)| *normalise)
    }

    /// How many people may share an identifier; None: it is `unique`.
    fn shared(&self, name: &str) -> Option<u32> {
        let mut keys = self.identity?.keys.iter();
        let key = keys.find(|key| key.name.text == name)?;
        let count = self.checker(Place::Constant).count(key.shared.as_ref()?, 1);
        Some(count.unwrap_or(1))
    }

    pub(super) fn profile_fields(&mut self) {
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
        let (mut normalise, mut shared) = (Vec::new(), Vec::new());
        for name in keys {
            let place = fields.iter().position(|field| field.name == name);
            let place = place.unwrap_or_else(|| {
                fields.push(plain_field(&name, Type::Text.optional()));
                fields.len() - 1
            });
            if !identifiers.iter().any(|(before, _)| *before == name) {
                normalise.push(self.normalised(&name));
                shared.push(self.shared(&name));
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
            scores: match self.profile {
                Some((_, decl, _)) => (0u32..)
                    .zip(&decl.lets)
                    .filter(|(_, computed)| is_score(&computed.value))
                    .map(|(number, _)| number)
                    .collect(),
                None => BTreeSet::new(),
            },
            // models, whose faults are their readers'
            faulting: BTreeSet::new(),
            identifiers,
            normalise,
            shared,
            ignore: self.identity.map_or_else(Vec::new, ignored),
            timezone: zone.and_then(|at| u32::try_from(at).ok()),
        };
        self.set_fields(record, fields);
    }

    /// What stands in for missing fields.
    pub(super) fn defaults(&mut self) {
        let mut all: Vec<(RecordId, &'a [FieldDecl])> = Vec::new();
        for (name, (_, kind)) in &self.by_name {
            match (kind, self.world.names.get(*name)) {
                (SigKind::Type(decl), Some(Entity::Record(id))) => all.push((*id, &decl.fields)),
                (SigKind::Event(decl), Some(Entity::Event(id))) => {
                    if let Some(sig) = self.world.events.get(id.index()) {
                        all.push((sig.record, &decl.fields));
                    }
                }
                (SigKind::Channel { .. }, Some(Entity::Channel(id))) => {
                    let sigs = self.world.channels.get(id.index()).map(|c| &c.outcomes);
                    for sig in sigs.into_iter().flatten() {
                        let decl = self.outcome_decl(name, &sig.name);
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

    pub(super) fn default_of(&mut self, record: RecordId, name: &str, default: &Expr) {
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
}

/// What the event of a send says: its key first, as an outcome's does.
const SENT_FIELDS: [&str; 5] = ["send", "channel", "message", "journey", "step"];

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

/// A computed field that is a `decayed` question and nothing more.
fn is_score(value: &journey_grammar::tree::Expr) -> bool {
    use journey_grammar::tree::{Aggregate, ExprKind};
    match &value.kind {
        ExprKind::Paren(inner) => is_score(inner),
        ExprKind::History(history) => matches!(
            history.aggregate,
            Aggregate::DecayedSum | Aggregate::DecayedCount
        ),
        _ => false,
    }
}

/// The values that identify nobody, as they are written.
fn ignored(decl: &journey_grammar::tree::IdentityDecl) -> Vec<String> {
    use journey_grammar::tree::{ExprKind, TextPart};
    let text = |value: &journey_grammar::tree::Expr| match &value.kind {
        ExprKind::Text(parts) => match parts.as_slice() {
            [] => Some(String::new()),
            [TextPart::Text(text)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    };
    decl.ignore.iter().filter_map(text).collect()
}
