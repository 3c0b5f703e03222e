//! Models: a formula and a forest are computed fields that bear the model's name; a learned one is asked for an
//! offer.

use super::Builder;
use crate::names::SigKind;
use crate::types::Place;
use crate::world::Entity;
use journey_program::types::Type;

impl Builder<'_> {
    pub(super) fn models(&mut self) {
        for name in self.names_of(|k| matches!(k, SigKind::Model { .. })) {
            let Some(SigKind::Model {
                of_offer, result, ..
            }) = self.kind_of(name)
            else {
                continue;
            };
            if *of_offer {
                let id = u32::try_from(self.world.learned.len()).unwrap_or(u32::MAX);
                self.world.learned.push(name.to_owned());
                self.entity(name, Entity::Learned(id));
                continue;
            }
            let ty = self.checker(Place::Constant).type_ref(result);
            let number = matches!(ty.known(), Type::Number | Type::NumberIn(..));
            if self.in_circle.contains(name) || !number {
                self.entity(name, Entity::Opaque);
                continue;
            }
            let id = u32::try_from(self.world.profile.lets.len()).unwrap_or(u32::MAX);
            self.world.profile.lets.push((name.to_owned(), ty));
            self.world.forests.push(name.to_owned());
            self.entity(name, Entity::Model(id));
        }
    }
}
