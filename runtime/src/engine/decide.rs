//! Decisions: every offer among those named is held against its rules in their order, what is left is ranked,
//! and the best takes its place in limits and budgets until it is shown. All of it goes on record.

use super::Engine;
use super::call::About;
use crate::actions::{ActionKind, Considered, DecideAction};
use crate::state::{Decided, Instance, PersonNo, Taken};
use journey_program::chance;
use journey_program::plan::{DecisionPlan, JourneyPlan, Program, bit_of, words_of};
use journey_program::record;
use journey_program::show;
use journey_program::types::{Currency, DecisionId, EventId, GroupId, OfferId, Type, Value};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a rank gave.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Score {
    Number(f64),
    /// minor units
    Money(i64, Currency),
}

/// An offer that may be chosen.
#[derive(Clone, Copy, Debug)]
struct Fit {
    /// among the decision's offers, and in `among`
    place: u32,
    order: usize,
    offer: OfferId,
    priority: i64,
    score: Score,
}

/// What was considered.
#[derive(Debug, Default)]
pub(super) struct Account {
    fit: Vec<Fit>,
    out: Vec<(OfferId, &'static str)>,
    not_now: bool,
}

/// The outcome of a decision.
pub(super) struct Choice {
    place: u32,
    offer: OfferId,
    score: Option<Score>,
    explored: bool,
    otherwise: bool,
}

impl Choice {
    /// What takes a place: an `else` takes none.
    pub(super) fn reserved(&self) -> Option<OfferId> {
        (!self.otherwise).then_some(self.offer)
    }
}

impl Score {
    fn cmp(self, other: Self) -> Ordering {
        match (self, other) {
            (Score::Number(a), Score::Number(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Score::Money(a, _), Score::Money(b, _)) => a.cmp(&b),
            (Score::Number(_), Score::Money(..)) => Ordering::Less,
            (Score::Money(..), Score::Number(_)) => Ordering::Greater,
        }
    }

    fn json(self) -> String {
        match self {
            Score::Number(n) => serde_json::Value::from(n).to_string(),
            Score::Money(minor, currency) => show::amount(minor, currency.digits()),
        }
    }
}

impl Engine {
    /// A `decide` of a journey; where its steps go on.
    pub(super) fn decide(
        &mut self,
        who: PersonNo,
        plan: &JourneyPlan,
        instance: &mut Instance,
        index: i64,
    ) -> u32 {
        let program = Arc::clone(&self.program);
        let decide = usize::try_from(index)
            .ok()
            .and_then(|index| plan.decides.get(index));
        let Some(decide) = decide else {
            return u32::MAX;
        };
        let Some(decision) = program.decisions.get(decide.decision.index()) else {
            return decide.resume;
        };
        let holder = (instance.no, decide.slot.offset);
        self.give_back_offers(who, |held| held == holder);
        instance.decided.remove(&decide.slot.offset);
        let values = std::mem::take(&mut self.arguments);
        let (account, choice) = self.choose(who, &program, decide.decision, decision, values);
        if let Some(choice) = &choice {
            let decided = Decided {
                decision: decide.decision,
                offer: choice.offer,
                otherwise: choice.otherwise,
            };
            instance.decided.insert(decide.slot.offset, decided);
            if !choice.otherwise {
                self.hold_offer(who, choice.offer, holder);
            }
        }
        let value = choice.as_ref().map_or(Value::Unknown, |choice| {
            Value::Enum(decision.ty, choice.place)
        });
        let types = record::Types::of(&program, &self.shared.symbols);
        let ty = Type::Offer(decision.ty);
        record::set_field(&types, &mut instance.block, 0, &decide.slot, &ty, &value);
        let of = Some(self.subject(instance));
        let step = self.index.step(instance.journey, decide.step.index());
        let decide_action = Box::new(self.account(decide.decision, step, &account, choice));
        self.act(
            who,
            ActionKind::Decide {
                of,
                decide: decide_action,
            },
        );
        decide.resume
    }

    /// Who is considered, and who is chosen.
    pub(super) fn choose(
        &mut self,
        who: PersonNo,
        program: &Program,
        id: DecisionId,
        decision: &DecisionPlan,
        values: Vec<Value>,
    ) -> (Account, Option<Choice>) {
        let types = record::Types::of(program, &self.shared.symbols);
        let block = record::write(&types, decision.args, &values);
        let args = Taken {
            event: EventId::default(),
            at: self.clock_ms(),
            place: 0,
            values,
            block,
            counted: false,
        };
        let number = self.person_mut(who).map_or(0, |person| {
            let asked = person.offers.asked.entry(id).or_default();
            let number = *asked;
            *asked = asked.saturating_add(1);
            number
        });
        let now = decision
            .only
            .is_none_or(|only| self.holds(who, About::event(&args), only));
        let mut account = if now {
            self.consider(who, program, decision, &args)
        } else {
            Account {
                not_now: true,
                ..Account::default()
            }
        };
        account.fit.sort_by(|a, b| {
            let by_score = b.score.cmp(a.score);
            by_score.then((Reverse(a.priority), a.order).cmp(&(Reverse(b.priority), b.order)))
        });
        let lot = self.explored(who, decision, number, &account.fit);
        let explored = lot.is_some();
        let fit = lot.or_else(|| account.fit.first().copied());
        let choice = fit.map(|fit| Choice {
            place: fit.place,
            offer: fit.offer,
            score: Some(fit.score),
            explored,
            otherwise: false,
        });
        (account, choice.or_else(|| otherwise(decision)))
    }

    /// Every offer: its rules, then its rank.
    fn consider(
        &mut self,
        who: PersonNo,
        program: &Program,
        decision: &DecisionPlan,
        args: &Taken,
    ) -> Account {
        let mut account = Account::default();
        let mut groups: BTreeMap<GroupId, bool> = BTreeMap::new();
        let together = self.together(who, decision, args);
        for (order, candidate) in decision.candidates.iter().enumerate() {
            let offer = decision.offers.get(candidate.place as usize).copied();
            let plan = offer.and_then(|offer| program.offers.get(offer.index()));
            let Some((offer, plan)) = offer.zip(plan) else {
                continue;
            };
            let eligible = together.as_ref().map(|words| bit_of(words, order));
            if let Some(reason) = self.refused_offer(who, (offer, plan), eligible, &mut groups) {
                account.out.push((offer, reason));
                continue;
            }
            let about = About::event(args);
            let word = match rank_of(decision, together.as_deref(), order) {
                Some(word) => Some(Ok(word)),
                None => self.call(who, about, candidate.rank, &[], |ran, _, results| {
                    ran.map(|()| results.first().copied().unwrap_or(0))
                }),
            };
            match word {
                Some(Ok(word)) => account.fit.push(Fit {
                    place: candidate.place,
                    order,
                    offer,
                    priority: plan.priority,
                    score: match decision.money {
                        Some(currency) => Score::Money(word, currency),
                        None => Score::Number(f64::from_bits(word.cast_unsigned())),
                    },
                }),
                Some(Err(fault)) => {
                    self.quiet_fault(who, &fault);
                    account.out.push((offer, "fault"));
                }
                None => account.out.push((offer, "fault")),
            }
        }
        account
    }

    /// Who is eligible, and every rank, in one call; None: they are asked one by one.
    fn together(
        &mut self,
        who: PersonNo,
        decision: &DecisionPlan,
        args: &Taken,
    ) -> Option<Vec<i64>> {
        let function = decision.together?.function;
        let words = self.call(who, About::event(args), function, &[], |ran, _, results| {
            ran.map(|()| results.to_vec())
        });
        words?.ok()
    }

    /// The offer that a lot draws in the place of the best.
    fn explored(
        &self,
        who: PersonNo,
        decision: &DecisionPlan,
        number: u32,
        fit: &[Fit],
    ) -> Option<Fit> {
        let person = self.person(who)?;
        if decision.explore == 0 || fit.is_empty() {
            return None;
        }
        let (name, salt) = (&decision.name, &decision.salt);
        if chance::explore_lot(&person.id, name, salt, number) >= decision.explore {
            return None;
        }
        let place = chance::explored(&person.id, name, salt, number, fit.len());
        let mut fit: Vec<Fit> = fit.to_vec();
        fit.sort_by_key(|fit| fit.order);
        fit.get(place).copied()
    }

    pub(super) fn account(
        &mut self,
        decision: DecisionId,
        step: Arc<str>,
        account: &Account,
        choice: Option<Choice>,
    ) -> DecideAction {
        let name = choice.as_ref().map(|choice| self.index.offer(choice.offer));
        if let Some(name) = &name {
            let counted = self.state.counters.decided.entry(Arc::clone(name));
            *counted.or_default() += 1;
        }
        let fit = account.fit.iter().map(|fit| Considered {
            offer: self.index.offer(fit.offer),
            fate: Ok(fit.score.json()),
        });
        let out = account.out.iter().map(|(offer, reason)| Considered {
            offer: self.index.offer(*offer),
            fate: Err(*reason),
        });
        let score = choice.as_ref().and_then(|choice| choice.score);
        DecideAction {
            step,
            decision: self.index.decision(decision),
            choice: name,
            score: score.map(Score::json),
            explored: choice.is_some_and(|choice| choice.explored),
            not_now: account.not_now,
            considered: fit.chain(out).collect(),
        }
    }
}

/// A candidate's rank among the words of all.
fn rank_of(decision: &DecisionPlan, together: Option<&[i64]>, order: usize) -> Option<i64> {
    let ranked = decision.together.is_some_and(|together| together.ranked);
    let first = words_of(decision.candidates.len());
    let words = together.filter(|_| ranked)?;
    words.get(first + order).copied()
}

/// What is given where nothing fits.
fn otherwise(decision: &DecisionPlan) -> Option<Choice> {
    let place = decision.otherwise?;
    Some(Choice {
        place,
        offer: *decision.offers.get(place as usize)?,
        score: None,
        explored: false,
        otherwise: true,
    })
}
