//! Offers and decisions: who is eligible, when a decision is made at all, each offer's rank; and the step that
//! asks for one.

use super::code::in_space;
use super::generate::{Context, Generate, Variable};
use super::steps::Steps;
use super::tables::Tables;
use crate::hir::Learned;
use crate::hir::{
    Candidate, Decision, DeclId, Derived, Expr, LocalId, Offer, OfferGroup, OfferRules, Step,
    StepKind,
};
use journey_program::host::HostOp;
use journey_program::ir::{Inst, Reg, Space, Ty};
use journey_program::plan::{
    CandidatePlan, DecidePlan, DecidedOutcomePlan, DecisionPlan, DerivedPlan, LearnedPlan,
    OfferBudgetPlan, OfferGroupPlan, OfferLimitPlan, OfferPlan, OfferRestPlan, OfferRulesPlan,
    Outcome, TogetherPlan, words_of,
};
use journey_program::types::{Currency, EnumId, FunctionId, OfferId, StepId, Type};
use std::collections::BTreeMap;

pub(super) fn offer(tables: &mut Tables<'_>, offer: &Offer) -> OfferPlan {
    let name = format!("offer.{}", offer.name);
    OfferPlan {
        name: offer.name.clone(),
        groups: offer.groups.clone(),
        rules: rules(tables, &name, offer.decl, &offer.rules),
        cost: offer.cost.map_or(0, |(minor, _)| minor),
        priority: offer.priority,
        fields: offer.fields.clone(),
    }
}

pub(super) fn group(tables: &mut Tables<'_>, group: &OfferGroup) -> OfferGroupPlan {
    let name = format!("group.{}", group.name);
    OfferGroupPlan {
        name: group.name.clone(),
        rules: rules(tables, &name, group.decl, &group.rules),
    }
}

fn rules(tables: &mut Tables<'_>, name: &str, decl: DeclId, rules: &OfferRules) -> OfferRulesPlan {
    let eligible = rules.eligible.as_ref().map(|eligible| {
        let name = format!("{name}.eligible");
        super::audiences::predicate(tables, name, &Context::of(decl), eligible)
    });
    OfferRulesPlan {
        eligible,
        valid: rules.valid,
        limits: rules
            .limits
            .iter()
            .map(|limit| OfferLimitPlan {
                count: limit.count,
                window: limit.window,
                overall: limit.overall,
            })
            .collect(),
        budgets: rules
            .budgets
            .iter()
            .map(|budget| OfferBudgetPlan {
                amount: budget.amount,
                currency: budget.currency,
                window: budget.window,
            })
            .collect(),
        rests: rules
            .rests
            .iter()
            .map(|rest| OfferRestPlan {
                length: rest.length,
                count: rest.count,
                outcome: rest.outcome.clone(),
                without: rest.without.clone(),
            })
            .collect(),
    }
}

pub(super) fn decision(tables: &mut Tables<'_>, decision: &Decision) -> DecisionPlan {
    let offers = offers_of(tables, decision.ty);
    let only = decision.only.as_ref().map(|only| {
        let name = format!("decision.{}.only", decision.name);
        over_args(tables, decision, name, only, Ty::Bool)
    });
    let money = decision
        .candidates
        .first()
        .and_then(|candidate| currency(&candidate.rank));
    let candidates = decision
        .candidates
        .iter()
        .map(|candidate| self_rank(tables, decision, candidate))
        .collect();
    let together = together(tables, decision, money.is_some());
    let derived = decision
        .derived
        .iter()
        .map(|derived| derive(tables, decision, derived))
        .collect();
    let otherwise = decision.otherwise.and_then(|otherwise| {
        let place = offers.iter().position(|offer| *offer == otherwise)?;
        u32::try_from(place).ok()
    });
    DecisionPlan {
        name: decision.name.clone(),
        salt: decision.salt.clone(),
        args: decision.args,
        ty: decision.ty,
        offers,
        only,
        candidates,
        together,
        money,
        explore: decision.explore,
        outcomes: decision
            .outcomes
            .iter()
            .map(|outcome| DecidedOutcomePlan {
                name: outcome.name.clone(),
                event: outcome.event,
            })
            .collect(),
        derived,
        otherwise,
        hold: decision.hold,
    }
}

pub(super) fn learned(learned: &Learned) -> LearnedPlan {
    LearnedPlan {
        name: learned.name.clone(),
        decision: learned.decision,
        by: learned.by.clone(),
    }
}

/// The offers of an enum, in the order of its values.
fn offers_of(tables: &Tables<'_>, ty: EnumId) -> Vec<OfferId> {
    let hir = tables.hir;
    let names = hir.enums.get(ty.index()).map_or(&[][..], |def| &def.values);
    let number = |name: &String| hir.offers.iter().position(|offer| offer.name == *name);
    names.iter().filter_map(number).map(OfferId::new).collect()
}

fn currency(rank: &Expr) -> Option<Currency> {
    if let Type::Money(currency) = &rank.ty {
        Some(*currency)
    } else {
        None
    }
}

fn self_rank(tables: &mut Tables<'_>, decision: &Decision, candidate: &Candidate) -> CandidatePlan {
    let offer = tables.hir.offers.get(candidate.offer.index());
    let offer = offer.map_or("", |offer| offer.name.as_str());
    let name = format!("decision.{}.rank.{offer}", decision.name);
    let ty = match currency(&candidate.rank) {
        Some(_) => Ty::Int,
        None => Ty::Num,
    };
    CandidatePlan {
        place: candidate.place,
        rank: over_args(tables, decision, name, &candidate.rank, ty),
    }
}

/// Calls of the host that all ranks together may make and be worth computing for offers that are not given: a
/// model that all of them read is one.
const CALLS_MAX: usize = 8;

/// What the host computes from numbers alone: little.
fn is_arithmetic(op: HostOp) -> bool {
    matches!(
        op,
        HostOp::MoneyMul
            | HostOp::MoneyDiv
            | HostOp::MoneyRatio
            | HostOp::NumLogistic
            | HostOp::NumLogisticSingle
    )
}

/// Who is eligible and every rank in one function, or, where ranks ask too much of the host, who is eligible.
fn together(tables: &mut Tables<'_>, decision: &Decision, money: bool) -> Option<TogetherPlan> {
    let context = Context {
        decl: decision.decl,
        event: Some(decision.args),
        journey: None,
    };
    let words = words_of(decision.candidates.len());
    let rank = if money { Ty::Int } else { Ty::Num };
    for ranked in [true, false] {
        let mut results = vec![Ty::Int; words];
        if ranked {
            results.resize(words + decision.candidates.len(), rank);
        }
        let name = format!("decision.{}.together", decision.name);
        let function = tables.made(name, &[], &results, &context, |g| {
            let eligible = g.all_eligible(decision);
            g.bind_args(decision);
            g.env.decl = decision.decl;
            let mut values = g.pack(&eligible);
            if ranked {
                for candidate in &decision.candidates {
                    let rank = g.expr(&candidate.rank).reg;
                    values.push(rank);
                }
            }
            g.finish(values);
        });
        let insts = function.blocks.iter().flat_map(|block| &block.insts);
        let calls =
            insts.filter(|inst| matches!(inst, Inst::Call { op, .. } if !is_arithmetic(*op)));
        if calls.count() <= CALLS_MAX {
            let function = tables.add(function, context.plan());
            return Some(TogetherPlan { function, ranked });
        }
    }
    None
}

/// A value over the profile and the decision's arguments, which lie in the place of an event.
fn over_args(
    tables: &mut Tables<'_>,
    decision: &Decision,
    name: String,
    value: &Expr,
    ty: Ty,
) -> FunctionId {
    let context = Context {
        decl: decision.decl,
        event: Some(decision.args),
        journey: None,
    };
    tables.function(name, &[], &[ty], &context, |g| {
        g.bind_args(decision);
        let value = g.expr(value).reg;
        g.finish(vec![value]);
    })
}

fn derive(tables: &mut Tables<'_>, decision: &Decision, derived: &Derived) -> DerivedPlan {
    let hir = tables.hir;
    let event = hir.events.get(derived.event.index());
    let outcome = usize::try_from(derived.outcome).unwrap_or(usize::MAX);
    let outcome = decision
        .outcomes
        .get(outcome)
        .map_or("", |o| o.name.as_str());
    let context = Context {
        decl: decision.decl,
        event: event.map(|event| event.record),
        journey: None,
    };
    let filters = derived
        .filters
        .iter()
        .zip(&decision.candidates)
        .map(|(filter, candidate)| {
            let offer = hir.offers.get(candidate.offer.index());
            let offer = offer.map_or("", |offer| offer.name.as_str());
            let name = format!("decision.{}.{outcome}.{offer}", decision.name);
            let filter = filter.as_ref()?;
            Some(super::audiences::predicate(tables, name, &context, filter))
        })
        .collect();
    DerivedPlan {
        outcome: derived.outcome,
        event: derived.event,
        filters,
        within: derived.within,
    }
}

impl Generate<'_, '_> {
    /// Of each candidate: whether it and all its groups are.
    fn all_eligible(&mut self, decision: &Decision) -> Vec<Reg> {
        let hir = self.tables.hir;
        let mut groups = BTreeMap::new();
        let mut all = Vec::with_capacity(decision.candidates.len());
        for candidate in &decision.candidates {
            let mut eligible = self.code.bool(true);
            let Some(offer) = hir.offers.get(candidate.offer.index()) else {
                all.push(eligible);
                continue;
            };
            for id in &offer.groups {
                let group = match groups.get(id) {
                    Some(group) => *group,
                    None => {
                        let group = hir.groups.get(id.index());
                        let group = group.map(|group| (group.decl, &group.rules));
                        let group = self.eligible(group);
                        groups.insert(*id, group);
                        group
                    }
                };
                eligible = self.and(eligible, group);
            }
            let own = self.eligible(Some((offer.decl, &offer.rules)));
            all.push(self.and(eligible, own));
        }
        all
    }

    fn eligible(&mut self, of: Option<(DeclId, &OfferRules)>) -> Reg {
        let rule = of.and_then(|(decl, rules)| Some((decl, rules.eligible.as_ref()?)));
        match rule {
            Some((decl, rule)) => {
                self.env.decl = decl;
                self.bool(rule)
            }
            None => self.code.bool(true),
        }
    }

    fn bind_args(&mut self, decision: &Decision) {
        for number in 0..decision.params {
            if let Some(slot) = self.field_slot(decision.args, number) {
                let value = self.load(in_space(Space::Event, 0), &slot);
                self.env
                    .locals
                    .insert(LocalId(number), Variable::Value(value));
            }
        }
    }
}

impl<'p> Steps<'_, '_, 'p> {
    /// The arguments go to the engine as a record; it writes the offer and goes on.
    pub(super) fn decide(&mut self, made: &'p Step) {
        let StepKind::Decide {
            step,
            local,
            decision,
            args,
        } = &made.kind
        else {
            return;
        };
        let hir = self.g.tables.hir;
        let Some(plan) = hir.decisions.get(decision.index()) else {
            return;
        };
        let Some(slot) = self.making.instance.locals.get(local).cloned() else {
            return;
        };
        let types = self.g.field_types(plan.args);
        let mut values = Vec::with_capacity(args.len());
        for ((arg, ty), number) in args.iter().zip(types).zip(0u32..) {
            values.push((number, self.g.expr(arg), ty));
        }
        let site = self.g.site(made.node);
        let record = self.g.build_record(plan.args, &values, site).reg;
        let number = self.making.parts.decides.len();
        let index = i64::try_from(number).unwrap_or(0);
        let word = self.g.code.int(index);
        self.g.code.call(HostOp::Decide, &[word, record], site);
        let zero = self.g.code.int(0);
        self.stop(Outcome::Decide, index, zero);
        let resume = self.resume();
        self.making.parts.decides.push(DecidePlan {
            step: StepId(step.0),
            decision: *decision,
            slot,
            resume,
        });
    }
}
