//! Decisions, naively: a book of all that was ever given to each person, read from its beginning for every
//! question: how often, how much, whether an offer rests.

mod carried;
mod outcomes;

use super::Model;
use super::actions::{self, Line};
use super::eval::Broken;
use super::models::Outcome;
use super::steps::Next;
use journey_compiler::hir::{Decision, DeclId, Expr, Offer, OfferRest, OfferRules, Send, StepRef};
use journey_program::chance;
use journey_program::plan::LimitWindow;
use journey_program::types::{DecisionId, OfferId, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a person's offers.
#[derive(Clone, Debug, Default)]
pub struct Book {
    given: Vec<Given>,
    outcomes: Vec<Outcome>,
    /// what came in with people who turned out to be this one, after so many outcomes
    sides: Vec<(usize, Book)>,
    showings: Vec<Showing>,
    /// keys of sends with what they showed
    sends: Vec<(String, DecisionId, OfferId)>,
    asked: BTreeMap<u32, u32>,
    /// ids of `shown` events that a send made: their places have been counted
    counted: BTreeSet<String>,
}

impl Book {
    /// Of all sides.
    pub fn outcomes(&self) -> Vec<&Outcome> {
        let sides = self.sides.iter().flat_map(|(_, side)| side.outcomes());
        self.outcomes.iter().chain(sides).collect()
    }

    /// Two people are one; `first`: where the instances of the other begin now.
    pub(super) fn unite(&mut self, mut other: Book, first: usize) {
        for mut given in std::mem::take(&mut other.given) {
            given.to = given.to.map(|(instance, local)| (instance + first, local));
            self.given.push(given);
        }
        self.showings.extend(std::mem::take(&mut other.showings));
        self.showings.sort_by_key(|showing| showing.at);
        self.sends.extend(std::mem::take(&mut other.sends));
        self.counted.extend(std::mem::take(&mut other.counted));
        for (decision, count) in std::mem::take(&mut other.asked) {
            *self.asked.entry(decision).or_insert(0) += count;
        }
        self.sides.push((self.outcomes.len(), other));
    }

    /// The marks that count towards the next rest, and until when the last one lasts.
    fn rest(&self, rule: &OfferRest, offers: &[OfferId]) -> (Vec<i64>, Option<i64>) {
        let (mut marks, mut until) = (Vec::new(), None);
        let begin = |marks: &mut Vec<i64>, until: &mut Option<i64>| {
            while marks.len() >= rule.count.max(1) as usize {
                let counted: Vec<i64> = marks.drain(..rule.count.max(1) as usize).collect();
                let last = counted.last().map(|at| at + rule.length);
                *until = last.max(*until);
            }
        };
        for place in 0..=self.outcomes.len() {
            for (_, side) in self.sides.iter().filter(|(after, _)| *after == place) {
                let (more, theirs) = side.rest(rule, offers);
                marks.extend(more);
                marks.sort_unstable();
                until = until.max(theirs);
                begin(&mut marks, &mut until);
            }
            let Some(outcome) = self.outcomes.get(place) else {
                break;
            };
            if !offers.contains(&outcome.offer) {
                continue;
            }
            if rule.without.as_ref() == Some(&outcome.name) {
                marks.clear();
            }
            if rule.outcome == outcome.name {
                marks.push(outcome.at);
                begin(&mut marks, &mut until);
            }
        }
        (marks, until)
    }
}

#[derive(Clone, Debug)]
struct Given {
    offer: OfferId,
    decision: DecisionId,
    /// instance and variable
    to: Option<(usize, u32)>,
    fate: Fate,
    otherwise: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// holds its place
    Held,
    /// takes no place, and may still be shown
    Loose,
    Shown(i64),
    /// replaced by another choice
    Gone,
}

#[derive(Clone, Debug)]
struct Showing {
    decision: DecisionId,
    offer: OfferId,
    at: i64,
    had: Vec<u32>,
}

/// One rule book with the offers that it is about.
struct Under<'p> {
    decl: DeclId,
    rules: &'p OfferRules,
    offers: Vec<OfferId>,
}

impl<'p> Model<'p> {
    fn under(&self, id: OfferId) -> Vec<Under<'p>> {
        let program = self.program;
        let Some(offer) = program.offers.get(id.index()) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for group in &offer.groups {
            if let Some(found) = program.groups.get(group.index()) {
                let members = program.offers.iter().enumerate();
                let members = members.filter(|(_, o)| o.groups.contains(group));
                all.push(Under {
                    decl: found.decl,
                    rules: &found.rules,
                    offers: members.map(|(at, _)| OfferId::new(at)).collect(),
                });
            }
        }
        all.push(Under {
            decl: offer.decl,
            rules: &offer.rules,
            offers: vec![id],
        });
        all
    }

    pub(super) fn decide(
        &mut self,
        who: usize,
        index: usize,
        step: StepRef,
        local: u32,
        id: DecisionId,
        args: &[Expr],
    ) -> Result<Next, Broken> {
        let args = self.here(who, index)?.all(args)?;
        let Some(decision) = self.program.decisions.get(id.index()) else {
            return Ok(Next::Go);
        };
        self.forget_given(who, (index, local));
        let asked = self.people.get_mut(who).map_or(0, |person| {
            let asked = person.offers.asked.entry(id.0).or_insert(0);
            *asked += 1;
            *asked - 1
        });
        let mut locals = args;
        locals.resize(decision.locals.len().max(locals.len()), Value::Unknown);
        let (mut fit, out, now) = self.consider(who, decision, &locals);
        let among = fit.clone();
        fit.sort_by(|a, b| better(&self.program.offers, a, b));
        let best = fit.first().cloned();
        let lot = self.explore(who, decision, asked, &among);
        let explored = lot.is_some();
        let choice = lot.or(best);
        let mut line = Line::new("decide");
        let named = self.instance(who, index).map(|i| &i.journey.named);
        let named = named.and_then(|named| named.get(step.0 as usize));
        line = line.text("step", named.map_or("", |n| &n.name));
        line = line.text("decision", &decision.name);
        let offer = choice.as_ref().map(|c| c.0).or(decision.otherwise);
        line = match offer {
            Some(offer) => line.text("choice", self.offer_name(offer)),
            None => line.raw("choice", "null"),
        };
        if let Some((_, score)) = &choice {
            line = line.raw("score", &actions::json(self.program, score));
        }
        if explored {
            line = line.raw("explored", "true");
        }
        if !now {
            line = line.text("out", "only_when");
        }
        line = line.raw("considered", &self.considered(&fit, &out));
        let value = offer.map_or(Value::Unknown, |offer| self.called(decision, offer));
        self.set_local(who, index, local, value);
        if let (Some(offer), Some(person)) = (offer, self.people.get_mut(who)) {
            let fate = if choice.is_some() {
                Fate::Held
            } else {
                Fate::Loose
            };
            person.offers.given.push(Given {
                offer,
                decision: id,
                to: Some((index, local)),
                fate,
                otherwise: choice.is_none(),
            });
        }
        self.say_of(who, index, line);
        Ok(Next::Go)
    }

    /// The account of a decision: who was ranked, with what score, and who fell out.
    fn considered(&self, fit: &[(OfferId, Value)], out: &[(OfferId, &'static str)]) -> String {
        let mut all = Vec::new();
        for (offer, score) in fit {
            let mut one = actions::Object::default();
            one.text("offer", self.offer_name(*offer));
            one.raw("score", &actions::json(self.program, score));
            all.push(one.end());
        }
        for (offer, reason) in out {
            let mut one = actions::Object::default();
            one.text("offer", self.offer_name(*offer));
            one.text("out", reason);
            all.push(one.end());
        }
        format!("[{}]", all.join(","))
    }

    /// What a variable held is given back once another decision is written into it.
    fn forget_given(&mut self, who: usize, to: (usize, u32)) {
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        for given in &mut person.offers.given {
            if given.to == Some(to) {
                given.fate = match given.fate {
                    Fate::Shown(at) => Fate::Shown(at),
                    _ => Fate::Gone,
                };
                given.to = None;
            }
        }
    }

    fn offer_name(&self, offer: OfferId) -> &'p str {
        let offer = self.program.offers.get(offer.index());
        offer.map_or("", |offer| &offer.name)
    }

    /// An offer as a value of the decision's type.
    fn called(&self, decision: &Decision, offer: OfferId) -> Value {
        let names = self.program.enums.get(decision.ty.index());
        let name = self.offer_name(offer);
        let place = names.and_then(|d| d.values.iter().position(|v| v == name));
        Value::Enum(decision.ty, place.unwrap_or(0) as u32)
    }

    fn meant(&self, decision: &Decision, value: Option<&Value>) -> Option<OfferId> {
        let Some(Value::Enum(_, place)) = value else {
            return None;
        };
        let names = self.program.enums.get(decision.ty.index())?;
        let name = names.values.get(*place as usize)?;
        let at = self.program.offers.iter().position(|o| o.name == *name)?;
        Some(OfferId::new(at))
    }

    /// Scored offers and those that fell out, in the order of `among`; whether there was a decision at all.
    #[expect(clippy::type_complexity, reason = "said once")]
    fn consider(
        &self,
        who: usize,
        decision: &Decision,
        locals: &[Value],
    ) -> (Vec<(OfferId, Value)>, Vec<(OfferId, &'static str)>, bool) {
        let (mut fit, mut out) = (Vec::new(), Vec::new());
        let Some(mut scene) = self.scene(who, None, None) else {
            return (fit, out, true);
        };
        scene.locals = locals.to_vec();
        scene.learned = self.learned(who);
        if let Some(only) = &decision.only
            && !scene.holds(only, decision.decl)
        {
            return (fit, out, false);
        }
        for candidate in &decision.candidates {
            let offer = candidate.offer;
            match self.kept_back(who, offer) {
                Some(reason) => out.push((offer, reason)),
                None => {
                    scene.locals = locals.to_vec();
                    match scene.eval(&candidate.rank) {
                        Ok(score) => fit.push((offer, score)),
                        Err(broken) => {
                            scene.note(broken, decision.decl);
                            out.push((offer, "fault"));
                        }
                    }
                }
            }
        }
        (fit, out, true)
    }

    fn explore(
        &self,
        who: usize,
        decision: &Decision,
        asked: u32,
        among: &[(OfferId, Value)],
    ) -> Option<(OfferId, Value)> {
        let person = self.people.get(who)?;
        let (name, salt) = (&decision.name, &decision.salt);
        if among.is_empty()
            || chance::explore_lot(&person.id, name, salt, asked) >= decision.explore
        {
            return None;
        }
        let place = chance::explored(&person.id, name, salt, asked, among.len());
        among.get(place).cloned()
    }

    /// Valid and for this person.
    fn eligible(&self, who: usize, under: &[Under<'_>]) -> Option<&'static str> {
        let mut scene = self.scene(who, None, None)?;
        let today = scene.today();
        for under in under {
            if let Some((from, to)) = under.rules.valid
                && !today.is_some_and(|today| from <= today && today <= to)
            {
                return Some("not_valid");
            }
        }
        for under in under {
            if let Some(eligible) = &under.rules.eligible
                && !scene.holds(eligible, under.decl)
            {
                return Some("not_eligible");
            }
        }
        None
    }

    /// Why an offer can't be given, the first reason in the language's order.
    fn kept_back(&self, who: usize, offer: OfferId) -> Option<&'static str> {
        let under = self.under(offer);
        if let Some(reason) = self.eligible(who, &under) {
            return Some(reason);
        }
        if under.iter().any(|under| self.rests(who, under)) {
            return Some("rest");
        }
        for under in &under {
            for limit in under.rules.limits.iter().filter(|l| !l.overall) {
                let taken = self.places(Some(who), &under.offers, limit.window).len();
                if taken >= limit.count as usize {
                    return Some("limit");
                }
            }
        }
        for under in &under {
            for limit in under.rules.limits.iter().filter(|l| l.overall) {
                if self.places(None, &under.offers, limit.window).len() >= limit.count as usize {
                    return Some("overall_limit");
                }
            }
        }
        let cost = |offer: OfferId| {
            let offer = self.program.offers.get(offer.index());
            offer
                .and_then(|o: &Offer| o.cost)
                .map_or(0, |(minor, _)| i128::from(minor))
        };
        for under in &under {
            for budget in &under.rules.budgets {
                let taken = self.places(None, &under.offers, budget.window);
                let spent: i128 = taken.into_iter().map(cost).sum();
                if spent + cost(offer) > i128::from(budget.amount) {
                    return Some("budget");
                }
            }
        }
        None
    }

    /// The offers that hold a place in a window that ends now: one person's, or everybody's.
    fn places(&self, who: Option<usize>, offers: &[OfferId], window: LimitWindow) -> Vec<OfferId> {
        let project = journey_program::civil::Zone::named(&self.program.timezone);
        let zone = match who {
            Some(who) => self.zone_of(who),
            None => project.unwrap_or_else(journey_program::civil::Zone::utc),
        };
        let bounds = match window {
            LimitWindow::Rolling(length) => Some((self.clock - length, i64::MAX)),
            LimitWindow::Day => zone.day_bounds(self.clock),
            LimitWindow::Week => zone.week_bounds(self.clock),
            LimitWindow::Month => zone.month_bounds(self.clock),
        };
        let (from, to) = bounds.unwrap_or((i64::MIN, i64::MAX));
        let people = self.people.iter().enumerate();
        let people = people.filter(|(at, _)| who.is_none_or(|who| who == *at));
        let given = people.flat_map(|(_, person)| &person.offers.given);
        let taken = given.filter(|given| match given.fate {
            Fate::Held => true,
            Fate::Shown(at) => from <= at && at < to,
            Fate::Loose | Fate::Gone => false,
        });
        let taken = taken.map(|given| given.offer);
        taken.filter(|offer| offers.contains(offer)).collect()
    }

    /// Goes through all outcomes from the beginning.
    fn rests(&self, who: usize, under: &Under<'_>) -> bool {
        let Some(person) = self.people.get(who) else {
            return false;
        };
        under.rules.rests.iter().any(|rule| {
            let (_, until) = person.offers.rest(rule, &under.offers);
            until.is_some_and(|until| self.clock <= until)
        })
    }

    // --- places

    /// What an instance's variable was given last.
    fn current(&self, who: usize, index: usize, local: u32) -> Option<usize> {
        let given = &self.people.get(who)?.offers.given;
        given.iter().rposition(|g| g.to == Some((index, local)))
    }

    /// The gate of a send.
    pub(super) fn shows_the_eligible(&self, who: usize, index: usize, send: &Send) -> bool {
        send.shows.iter().all(|local| {
            let at = self.current(who, index, local.0);
            let given = at.and_then(|at| self.people.get(who)?.offers.given.get(at));
            given.is_none_or(|given| {
                given.otherwise || self.eligible(who, &self.under(given.offer)).is_none()
            })
        })
    }

    /// A skipped send gives its offers' places back; without a send, an instance that ended all of its own.
    pub(super) fn give_back_offers(&mut self, who: usize, index: usize, send: Option<&Send>) {
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        for given in &mut person.offers.given {
            let own = given.to.is_some_and(|(instance, local)| {
                instance == index && send.is_none_or(|s| s.shows.iter().any(|l| l.0 == local))
            });
            if own && given.fate == Fate::Held {
                given.fate = Fate::Loose;
            }
        }
    }

    /// A send went out.
    pub(super) fn show_offers(&mut self, who: usize, index: usize, send: &Send, key: &str) {
        let clock = self.clock;
        for local in &send.shows {
            let Some(at) = self.current(who, index, local.0) else {
                continue;
            };
            let Some(book) = self.people.get_mut(who).map(|p| &mut p.offers) else {
                return;
            };
            let Some(given) = book.given.get_mut(at) else {
                continue;
            };
            let (offer, decision) = (given.offer, given.decision);
            if let Fate::Shown(_) = given.fate {
                let again = Given {
                    to: None,
                    fate: Fate::Shown(clock),
                    ..given.clone()
                };
                book.given.push(again);
            } else {
                given.fate = Fate::Shown(clock);
            }
            book.sends.push((key.to_owned(), decision, offer));
            book.counted.insert(format!("{key}.shown"));
            self.outcome_follows(who, decision, "shown", offer, key);
        }
    }
}

/// By score, then priority; a stable sort keeps the order of `among`.
fn better(offers: &[Offer], a: &(OfferId, Value), b: &(OfferId, Value)) -> Ordering {
    let priority = |id: OfferId| offers.get(id.index()).map_or(0, |offer| offer.priority);
    let by_score = match (&a.1, &b.1) {
        (Value::Number(a), Value::Number(b)) => b.partial_cmp(a).unwrap_or(Ordering::Equal),
        (Value::Money(a, _), Value::Money(b, _)) => b.cmp(a),
        _ => Ordering::Equal,
    };
    by_score.then_with(|| priority(b.0).cmp(&priority(a.0)))
}
