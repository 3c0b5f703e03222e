//! One instant instead of every one: noon of a Wednesday in the middle of its month, where the project is. What is
//! shown of somebody then is shown; that nobody is there then says nothing.

use super::Translator;
use crate::proofs::vars::{Root, What};
use journey_program::civil::Zone;

/// 2026-03-18
const DAY: i64 = 20_530;
const NOON_MS: i64 = 43_200_000;

impl Translator<'_> {
    /// From now on, only this instant is looked at.
    pub fn at_noon(&mut self) {
        let zone = Zone::named(&self.view.world().timezone);
        self.noon = zone.and_then(|zone| Some((zone.date_at_clock(DAY, NOON_MS)?, DAY)));
    }

    /// The person's zone, where it can be said: the project's, if nobody has one of their own.
    pub(super) fn zone(&self) -> Option<&'static Zone> {
        let world = self.view.world();
        let none = world.profile.timezone.is_none();
        Zone::named(&world.timezone).filter(|_| none)
    }

    /// Whether that instant was meant, and people may be where the project is.
    pub fn is_noon(&self) -> bool {
        let own = self.view.world().profile.timezone;
        let asked = own.and_then(|field| self.vars.find(&What::Value(Root::Profile, vec![field])));
        self.noon.is_some() && asked.is_none()
    }
}
