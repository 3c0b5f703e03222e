//! What a proof reads of other declarations, each by a query of its own: a proof runs again only when one of
//! those that it has read says something else.

#![expect(clippy::needless_pass_by_value, reason = "a query's key is its own")]

use super::sound;
use super::translate::View;
use crate::check::{check_decl, template_words, words, world};
use crate::db::{Db, Workspace};
use crate::hir::{
    Audience, Channel, Computed, Decision, Expr, Forest, Function, Journey, Limit, Message, Offer,
    OfferGroup, Purpose, TagHoldout,
};
use crate::names::{all_chunks, signature_of};
use crate::parse::{Chunk, parse_decl};
use crate::types::decl::{Checked, Piece};
use crate::world::{Entity, World};
use journey_grammar::tree::DeclKind;
use journey_program::types::{
    AudienceId, ChannelId, GroupId, JourneyId, MessageId, OfferId, PurposeId,
};
use std::collections::BTreeMap;

/// A view of the checked program through the database.
#[derive(Clone, Copy)]
pub struct Reads<'db> {
    pub db: &'db dyn Db,
    pub workspace: Workspace,
}

impl std::fmt::Debug for Reads<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reads").finish_non_exhaustive()
    }
}

/// Which declaration bears a name; the profile bears the empty one.
#[salsa::tracked(returns(ref))]
fn named<'db>(db: &'db dyn Db, workspace: Workspace) -> BTreeMap<String, Chunk<'db>> {
    let mut names = BTreeMap::new();
    for chunk in all_chunks(db, workspace) {
        let profile = parse_decl(db, chunk)
            .decl
            .as_ref()
            .is_some_and(|decl| matches!(decl.kind, DeclKind::Profile(_)));
        let name = &signature_of(db, chunk).name.text;
        if profile || !name.is_empty() {
            names.entry(name.clone()).or_insert(chunk);
        }
    }
    names
}

/// The piece of a named declaration; nothing where it has errors.
#[salsa::tracked(returns(ref))]
fn piece(db: &dyn Db, workspace: Workspace, name: String) -> Piece {
    let Some(chunk) = named(db, workspace).get(&name) else {
        return Piece::Nothing;
    };
    let checked = check_decl(db, workspace, *chunk);
    if sound(checked) && parse_decl(db, *chunk).problems.is_empty() {
        checked.piece.clone()
    } else {
        Piece::Nothing
    }
}

/// Whether any declaration says a word.
#[salsa::tracked]
fn said(db: &dyn Db, workspace: Workspace, word: String) -> bool {
    template_words(db, workspace).contains(&word)
        || all_chunks(db, workspace)
            .into_iter()
            .any(|chunk| words(db, chunk).contains(&word))
}

impl<'db> Reads<'db> {
    /// Whether any declaration says a word.
    pub fn says(&self, word: &str) -> bool {
        *said(self.db, self.workspace, word.to_owned())
    }

    pub fn journey_named(&self, name: &str) -> Option<&'db Journey> {
        match self.piece(name) {
            Piece::Journey(journey) => Some(journey),
            _ => None,
        }
    }

    /// A declaration with its source map; the profile bears the empty name.
    pub fn checked(&self, name: &str) -> Option<&'db Checked> {
        let chunk = named(self.db, self.workspace).get(name)?;
        Some(check_decl(self.db, self.workspace, *chunk))
    }

    fn piece(&self, name: &str) -> &'db Piece {
        piece(self.db, self.workspace, name.to_owned())
    }

    pub fn message(&self, id: MessageId) -> Option<&'db Message> {
        match self.piece(&self.world().messages.get(id.index())?.name) {
            Piece::Message(message) => Some(message),
            _ => None,
        }
    }

    pub fn channel(&self, id: ChannelId) -> Option<&'db Channel> {
        match self.piece(&self.world().channels.get(id.index())?.name) {
            Piece::Channel(channel) => Some(channel),
            _ => None,
        }
    }

    pub fn purpose(&self, id: PurposeId) -> Option<&'db Purpose> {
        match self.piece(self.world().purposes.get(id.index())?) {
            Piece::Purpose(purpose, _) => Some(purpose),
            _ => None,
        }
    }

    pub fn offer(&self, id: OfferId) -> Option<&'db Offer> {
        match self.piece(&self.world().offers.get(id.index())?.name) {
            Piece::Offer(offer) => Some(offer),
            _ => None,
        }
    }

    pub fn group(&self, id: GroupId) -> Option<&'db OfferGroup> {
        match self.piece(&self.world().groups.get(id.index())?.name) {
            Piece::Group(group) => Some(group),
            _ => None,
        }
    }

    pub fn journey(&self, id: JourneyId) -> Option<&'db Journey> {
        match self.piece(self.world().journeys.get(id.index())?) {
            Piece::Journey(journey) => Some(journey),
            _ => None,
        }
    }

    pub fn audience_of(&self, id: AudienceId) -> Option<&'db Audience> {
        match self.piece(self.world().audiences.get(id.index())?) {
            Piece::Audience(audience) => Some(audience),
            _ => None,
        }
    }

    /// Limits that are no channel's own, by name.
    pub fn limits(&self) -> impl Iterator<Item = (&'db str, &'db Limit)> {
        let world = world(self.db, self.workspace);
        let named = world
            .names
            .iter()
            .filter(|(_, e)| matches!(e, Entity::Limit));
        let reads = *self;
        named.filter_map(move |(name, _)| match reads.piece(name) {
            Piece::Limit(limit) => Some((name.as_str(), limit)),
            _ => None,
        })
    }

    /// Decisions, by name.
    pub fn decisions(&self) -> impl Iterator<Item = &'db Decision> {
        let world = world(self.db, self.workspace);
        let named = world
            .names
            .iter()
            .filter(|(_, e)| matches!(e, Entity::Decision(_)));
        let reads = *self;
        named.filter_map(move |(name, _)| match reads.piece(name) {
            Piece::Decision(decision) => Some(&**decision),
            _ => None,
        })
    }

    /// Models of trees, by name.
    pub fn forests(&self) -> impl Iterator<Item = (&'db Computed, &'db Forest)> {
        let world = world(self.db, self.workspace);
        let named = world
            .names
            .iter()
            .filter(|(_, e)| matches!(e, Entity::Model(_)));
        let reads = *self;
        named.filter_map(move |(name, _)| match reads.piece(name) {
            Piece::Model(model, Some(forest)) => Some((model, forest)),
            _ => None,
        })
    }

    /// Holdouts of the whole program.
    pub fn holdouts(&self) -> impl Iterator<Item = &'db TagHoldout> {
        let world = world(self.db, self.workspace);
        let named = world
            .names
            .iter()
            .filter(|(_, e)| matches!(e, Entity::Holdout));
        let reads = *self;
        named.filter_map(move |(name, _)| match reads.piece(name) {
            Piece::Holdout(holdout) => Some(holdout),
            _ => None,
        })
    }

    fn lets(&self) -> &'db [Computed] {
        match self.piece("") {
            Piece::Profile(lets) => lets,
            _ => &[],
        }
    }
}

impl View for Reads<'_> {
    fn world(&self) -> &World {
        world(self.db, self.workspace)
    }

    fn audience(&self, id: AudienceId) -> Option<&Expr> {
        Some(&self.audience_of(id)?.predicate)
    }

    fn computed(&self, number: u32) -> Option<&Expr> {
        let (name, _) = self.world().profile.lets.get(number as usize)?;
        let computed = self.lets().iter().find(|c| c.name == *name)?;
        Some(&computed.value)
    }

    fn function(&self, number: u32) -> Option<&Function> {
        match self.piece(&self.world().functions.get(number as usize)?.name) {
            Piece::Function(function) => Some(function),
            _ => None,
        }
    }
}
