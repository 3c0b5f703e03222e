//! `by first of FIELD, A, B`: the person's own choice of a channel, which is tried before the others.

use crate::hir::Prefer;
use crate::types::{Checker, Problem};
use crate::world::{Entity, MessageSig};
use journey_grammar::tree::{Expr, ExprKind, Name, SendBy};
use journey_program::types::{ChannelId, Type};

impl Checker<'_> {
    /// The first name where it is no channel but something that can be read.
    pub(super) fn is_preference(&self, by: &SendBy, name: &Name) -> bool {
        let first = matches!(by, SendBy::FirstOf(names) if names.first() == Some(name));
        let channel = matches!(self.world.names.get(&name.text), Some(Entity::Channel(_)));
        let field = |known: &str| known == name.text;
        let profile = &self.world.profile;
        let fields = &self.world.profile_fields().fields;
        first
            && !channel
            && (self.local(&name.text).is_some()
                || fields.iter().any(|f| field(&f.name))
                || profile.lets.iter().any(|(known, _)| field(known)))
    }

    pub(super) fn preference(&mut self, by: &SendBy, sig: Option<&MessageSig>) -> Option<Prefer> {
        let SendBy::FirstOf(names) = by else {
            return None;
        };
        let name = names.first().filter(|name| self.is_preference(by, name))?;
        if let [_] = names.as_slice() {
            self.report(
                Problem::new(
                    "missing-part",
                    name.span,
                    "nothing is tried where this is unknown",
                )
                .help("name the channels to try after it: `by first of FIELD, email`"),
            );
        }
        let value = self.expr(
            &Expr {
                kind: ExprKind::Path(vec![name.clone()]),
                span: name.span,
            },
            None,
        );
        let Type::Enum(id) = value.ty.known() else {
            if *value.ty.known() != Type::Error {
                let found = crate::types::words::type_name(self.world, &value.ty);
                let message = format!("an enum of channels is due here, not `{found}`");
                self.report(
                    Problem::new("type-mismatch", name.span, message)
                        .help("its values are names of channels: `enum way { email, push }`"),
                );
            }
            return None;
        };
        let def = self.world.enums.get(id.index())?;
        let (of, values) = (def.name.clone(), def.values.clone());
        let mut channels = Vec::with_capacity(values.len());
        for value in &values {
            let Some(Entity::Channel(channel)) = self.world.names.get(value).cloned() else {
                let message = format!("`{value}` of `{of}` is no channel");
                self.report(
                    Problem::new("type-mismatch", name.span, message)
                        .help("every value names a channel; make the field optional for no choice"),
                );
                return None;
            };
            self.has_body(sig, channel, value, name.span);
            channels.push(channel);
        }
        Some(Prefer { value, channels })
    }
}

/// All channels by which a send may go, each once.
pub(super) fn every_way(prefer: Option<&Prefer>, channels: &[ChannelId]) -> Vec<ChannelId> {
    let mut all = channels.to_vec();
    for channel in prefer.iter().flat_map(|prefer| &prefer.channels) {
        if !all.contains(channel) {
            all.push(*channel);
        }
    }
    all
}
