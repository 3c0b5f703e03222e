//! What keeps an offer back, and what becomes of it once it is given: rules, rests, and the places in limits
//! and budgets, held from the decision until the offer is shown.

use super::Engine;
use super::call::About;
use crate::state::{Instance, OfferPlace, PersonNo, Resting};
use journey_program::civil::Zone;
use journey_program::plan::{LimitWindow, OfferPlan, OfferRulesPlan, Program, SendPlan};
use journey_program::types::{GroupId, OfferId};
use std::collections::BTreeMap;
use std::sync::Arc;

mod outcomes;

/// Rules with whom they are about.
struct Under<'p> {
    rules: &'p OfferRulesPlan,
    whose: Resting,
    offers: Vec<OfferId>,
}

impl Engine {
    /// The rules that an offer stands under: its groups', then its own.
    fn under<'p>(&self, program: &'p Program, id: OfferId, offer: &'p OfferPlan) -> Vec<Under<'p>> {
        let groups = offer.groups.iter().filter_map(|group| {
            Some(Under {
                rules: &program.groups.get(group.index())?.rules,
                whose: Resting::Group(*group),
                offers: self.index.members.get(group.index())?.clone(),
            })
        });
        let own = Under {
            rules: &offer.rules,
            whose: Resting::Offer(id),
            offers: vec![id],
        };
        groups.chain(std::iter::once(own)).collect()
    }

    /// Why an offer can't be given now. Whether it is eligible may be known; else that of groups is asked
    /// once a decision.
    pub(super) fn refused_offer(
        &mut self,
        who: PersonNo,
        (id, offer): (OfferId, &OfferPlan),
        eligible: Option<bool>,
        groups: &mut BTreeMap<GroupId, bool>,
    ) -> Option<&'static str> {
        let program = Arc::clone(&self.program);
        if let Some(eligible) = eligible
            && only_eligibility(&program, offer)
        {
            return (!eligible).then_some("not_eligible");
        }
        let under = self.under(&program, id, offer);
        if !self.is_valid(who, &under) {
            return Some("not_valid");
        }
        if !eligible.unwrap_or_else(|| self.is_eligible(who, &under, groups)) {
            return Some("not_eligible");
        }
        if self.rests(who, &under) {
            return Some("rest");
        }
        let own = self.zone_of(who);
        if under.iter().any(|under| self.is_limited(who, under, own)) {
            return Some("limit");
        }
        if under.iter().any(|under| self.is_limited_overall(under)) {
            return Some("overall_limit");
        }
        let in_budget = |under| self.in_budget(&program, offer, under);
        if !under.iter().all(in_budget) {
            return Some("budget");
        }
        None
    }

    fn is_valid(&self, who: PersonNo, under: &[Under<'_>]) -> bool {
        let today = self.zone_of(who).day_of(self.clock_ms());
        under.iter().all(|under| match (under.rules.valid, today) {
            (Some((from, to)), Some(today)) => (from..=to).contains(&today),
            (Some(_), None) => false,
            (None, _) => true,
        })
    }

    fn is_eligible(
        &mut self,
        who: PersonNo,
        under: &[Under<'_>],
        groups: &mut BTreeMap<GroupId, bool>,
    ) -> bool {
        for under in under {
            let Some(eligible) = under.rules.eligible else {
                continue;
            };
            let known = match under.whose {
                Resting::Group(group) => groups.get(&group).copied(),
                Resting::Offer(_) => None,
            };
            let holds = known.unwrap_or_else(|| self.holds(who, About::person(), eligible));
            if let Resting::Group(group) = under.whose {
                groups.insert(group, holds);
            }
            if !holds {
                return false;
            }
        }
        true
    }

    fn rests(&self, who: PersonNo, under: &[Under<'_>]) -> bool {
        let now = self.clock_ms();
        let Some(person) = self.person(who) else {
            return false;
        };
        under.iter().any(|under| {
            let mut rules = (0u32..).zip(&under.rules.rests);
            rules.any(|(number, _)| {
                let rest = person.offers.rests.get(&(under.whose, number));
                rest.is_some_and(|rest| rest.until.is_some_and(|until| now <= until))
            })
        })
    }

    fn is_limited(&self, who: PersonNo, under: &Under<'_>, zone: &Zone) -> bool {
        let mut limits = under.rules.limits.iter().filter(|limit| !limit.overall);
        limits.any(|limit| {
            let taken = self.places_of(who, &under.offers, limit.window, zone);
            taken >= u64::from(limit.count)
        })
    }

    fn is_limited_overall(&self, under: &Under<'_>) -> bool {
        let mut limits = under.rules.limits.iter().filter(|limit| limit.overall);
        limits.any(|limit| {
            let taken = under.offers.iter();
            let taken = taken.map(|offer| self.places_overall(*offer, limit.window));
            taken.sum::<u64>() >= u64::from(limit.count)
        })
    }

    /// What a person has been shown of these offers in the window, and what is held for them.
    fn places_of(
        &self,
        who: PersonNo,
        offers: &[OfferId],
        window: LimitWindow,
        zone: &Zone,
    ) -> u64 {
        let (from, to) = bounds(window, zone, self.clock_ms());
        let person = self.person(who);
        let places = person.map_or(&[][..], |person| &person.offers.places);
        let counted = places.iter().filter(|place| {
            let inside = from <= place.at && place.at < to;
            offers.contains(&place.offer) && (place.held.is_some() || inside)
        });
        counted.count() as u64
    }

    /// The same of all people, in the project's zone.
    fn places_overall(&self, offer: OfferId, window: LimitWindow) -> u64 {
        let (from, to) = bounds(window, self.zone, self.clock_ms());
        self.state.offers.get(&offer).map_or(0, |totals| {
            let shown: u64 = totals.shown.range(from..to).map(|(_, count)| count).sum();
            shown.saturating_add(totals.held)
        })
    }

    /// Whether what the offer costs is left in every budget.
    fn in_budget(&self, program: &Program, offer: &OfferPlan, under: &Under<'_>) -> bool {
        under.rules.budgets.iter().all(|budget| {
            let spent = under.offers.iter().map(|other| {
                let cost = program
                    .offers
                    .get(other.index())
                    .map_or(0, |plan| plan.cost);
                let count = self.places_overall(*other, budget.window);
                i128::from(cost) * i128::from(count)
            });
            spent.sum::<i128>() + i128::from(offer.cost) <= i128::from(budget.amount)
        })
    }

    /// The gate of a send: what it shows is still valid and for this person. An `else` always is.
    pub(super) fn still_eligible(
        &mut self,
        who: PersonNo,
        send: &SendPlan,
        instance: &Instance,
    ) -> bool {
        let program = Arc::clone(&self.program);
        for offset in &send.shows {
            let decided = instance.decided.get(offset).filter(|d| !d.otherwise);
            let Some(id) = decided.map(|decided| decided.offer) else {
                continue;
            };
            let Some(offer) = program.offers.get(id.index()) else {
                continue;
            };
            let under = self.under(&program, id, offer);
            if !self.is_valid(who, &under) || !self.is_eligible(who, &under, &mut BTreeMap::new()) {
                return false;
            }
        }
        true
    }

    // ── places ──────────────────────────────────────────────────────────────────────────────────

    /// A place is held until the offer is shown.
    pub(super) fn hold_offer(&mut self, who: PersonNo, offer: OfferId, holder: (u64, u32)) {
        let at = self.clock_ms();
        if let Some(person) = self.person_mut(who) {
            person.offers.places.push(OfferPlace {
                offer,
                at,
                held: Some(holder),
            });
        }
        self.total(offer, 1, None);
    }

    /// Places that nobody will use are free again.
    pub(super) fn give_back_offers(&mut self, who: PersonNo, gone: impl Fn((u64, u32)) -> bool) {
        let Some(person) = self.person_mut(who) else {
            return;
        };
        let is_gone = |place: &OfferPlace| place.held.is_some_and(&gone);
        let gone: Vec<OfferId> = person
            .offers
            .places
            .iter()
            .filter(|place| is_gone(place))
            .map(|place| place.offer)
            .collect();
        if gone.is_empty() {
            return;
        }
        person.offers.places.retain(|place| !is_gone(place));
        for offer in gone {
            self.total(offer, -1, None);
        }
    }

    /// What a skipped send would have shown.
    pub(super) fn give_back_shown(&mut self, who: PersonNo, send: &SendPlan, instance: &Instance) {
        let no = instance.no;
        for offset in &send.shows {
            self.give_back_offers(who, |held| held == (no, *offset));
        }
    }

    /// Of what all people have: places held, and one that was shown.
    fn total(&mut self, offer: OfferId, held: i64, shown: Option<i64>) {
        if self.index.totalled.get(offer.index()) != Some(&true) {
            return;
        }
        let oldest = self.clock_ms().saturating_sub(self.index.offer_ms);
        let totals = self.state.offers.entry(offer).or_default();
        totals.held = totals.held.saturating_add_signed(held);
        if let Some(at) = shown {
            *totals.shown.entry(at).or_default() += 1;
            totals.shown = totals.shown.split_off(&oldest);
        }
    }

    /// An offer was shown: the place that was held for it, or a new one.
    fn count_shown(&mut self, who: PersonNo, offer: OfferId, holder: Option<(u64, u32)>) {
        let now = self.clock_ms();
        let oldest = now.saturating_sub(self.index.offer_ms);
        let Some(person) = self.person_mut(who) else {
            return;
        };
        let places = &mut person.offers.places;
        places.retain(|place| place.held.is_some() || place.at >= oldest);
        let held = places.iter().position(|place| {
            let wanted = match holder {
                Some(holder) => place.held == Some(holder),
                None => place.held.is_some(),
            };
            wanted && place.offer == offer
        });
        if let Some(held) = held {
            places.remove(held);
        }
        places.push(OfferPlace {
            offer,
            at: now,
            held: None,
        });
        self.total(offer, if held.is_some() { -1 } else { 0 }, Some(now));
    }
}

/// Whether an offer and its groups have no rule besides.
fn only_eligibility(program: &Program, offer: &OfferPlan) -> bool {
    let groups = offer.groups.iter();
    let groups = groups.filter_map(|group| Some(&program.groups.get(group.index())?.rules));
    groups.chain([&offer.rules]).all(|rules| {
        rules.valid.is_none()
            && rules.limits.is_empty()
            && rules.budgets.is_empty()
            && rules.rests.is_empty()
    })
}

/// The instants of a window that ends now: from the first, up to the one that is outside.
fn bounds(window: LimitWindow, zone: &Zone, now: i64) -> (i64, i64) {
    let civil = match window {
        LimitWindow::Rolling(span) => return (now.saturating_sub(span), i64::MAX),
        LimitWindow::Day => zone.day_bounds(now),
        LimitWindow::Week => zone.week_bounds(now),
        LimitWindow::Month => zone.month_bounds(now),
    };
    civil.unwrap_or((i64::MIN, i64::MAX))
}
