//! Decisions: which offers, when at all, by what rank. The rank is checked once for each offer, which is a
//! constant there, so that all it says of the offer is put in.

use super::decl::{Piece, of_2_64};
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{self, Candidate, Decision, DeclId, Derived, ExpectKind};
use crate::versions::own_name;
use crate::world::{DecisionSig, Entity};
use journey_grammar::tree::{
    DecisionDecl, DecisionMember, DecisionMemberKind as Member, DecisionOutcome, Expr, Name, Span,
};
use journey_program::types::{DecisionId, EnumId, EventId, OfferId, Type, Value};

/// `hold` where the author says nothing: half an hour.
const HOLD_MS: i64 = 30 * 60_000;

/// The members of a decision, each once.
#[derive(Default)]
struct Members<'d> {
    among: Option<(&'d [Name], bool, Span)>,
    only: Option<&'d Expr>,
    rank: Option<&'d Expr>,
    explore: Option<&'d Expr>,
    otherwise: Option<&'d Name>,
    hold: Option<&'d Expr>,
    salt: Option<&'d Expr>,
    outcomes: Vec<&'d DecisionOutcome>,
}

impl Checker<'_> {
    pub(crate) fn decision_decl(&mut self, decl: &DecisionDecl) -> Piece {
        let names: Vec<Name> = decl.params.iter().map(|param| param.name.clone()).collect();
        self.unique_names(&names, "parameter");
        for param in &decl.params {
            let ty = self.type_ref(&param.ty);
            self.declare(&param.name.text, ty);
        }
        let params = u32::try_from(self.locals.len()).unwrap_or(u32::MAX);
        let members = self.decision_members(&decl.members);
        let ty = self.decision_type(decl);
        let sig = match self.world.names.get(&decl.name.text) {
            Some(Entity::Decision(id)) => self.world.decisions.get(id.index()),
            _ => None,
        };
        self.place = Place::Profile { watched: false };
        let only = members.only.map(|e| self.condition(e));
        self.place = Place::Constant;
        let explore = members.explore.and_then(|e| self.share(e));
        let hold = members.hold.and_then(|e| self.duration_ms(e));
        let salt = members.salt.and_then(|e| self.constant_text(e));
        let otherwise = members.otherwise.and_then(|name| self.offer_of(name, ty));
        let offers = match (members.among, ty) {
            (Some((names, tagged, span)), Some(ty)) => self.among(names, tagged, ty, span),
            (None, _) => {
                self.report(
                    Problem::new("missing-part", decl.name.span, "a decision says among what")
                        .help("`among free_shipping, ten_percent`, or `among all tagged TAG`"),
                );
                Vec::new()
            }
            (Some(_), None) => Vec::new(),
        };
        let candidates = self.candidates(&offers, ty, members.rank);
        let derived = sig.map_or_else(Vec::new, |sig| {
            self.derived(sig, &members.outcomes, &offers)
        });
        let (Some(sig), Some(ty)) = (sig, ty) else {
            return Piece::Nothing;
        };
        Piece::Decision(Box::new(Decision {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            salt: salt.unwrap_or_else(|| own_name(&decl.name.text).0.to_owned()),
            locals: self.locals.clone(),
            params,
            args: sig.args,
            ty,
            only,
            candidates,
            explore: explore.map_or(0, of_2_64),
            outcomes: sig.outcomes.clone(),
            derived,
            otherwise,
            hold: hold.unwrap_or(HOLD_MS),
        }))
    }

    fn decision_type(&mut self, decl: &DecisionDecl) -> Option<EnumId> {
        match self.type_ref(&decl.result) {
            Type::Offer(id) => Some(id),
            Type::Error => None,
            Type::Optional(inner) if matches!(*inner, Type::Offer(_)) => {
                self.report(
                    Problem::new(
                        "type-mismatch",
                        decl.result.span,
                        "the `?` says itself here",
                    )
                    .help("a decision without `else` gives an offer or none"),
                );
                None
            }
            other => {
                self.report_type("a decision gives an offer", &other, decl.result.span);
                None
            }
        }
    }

    fn decision_members<'d>(&mut self, list: &'d [DecisionMember]) -> Members<'d> {
        let mut members = Members::default();
        for member in list {
            let twice = match &member.kind {
                Member::Among(names) => {
                    members.among.replace((names, false, member.span)).is_some()
                }
                Member::AmongTagged(tags) => {
                    members.among.replace((tags, true, member.span)).is_some()
                }
                Member::OnlyWhen(e) => members.only.replace(e).is_some(),
                Member::RankBy(e) => members.rank.replace(e).is_some(),
                Member::Explore(e) => members.explore.replace(e).is_some(),
                Member::Else(name) => members.otherwise.replace(name).is_some(),
                Member::Hold(e) => members.hold.replace(e).is_some(),
                Member::Salt(e) => members.salt.replace(e).is_some(),
                Member::Outcomes(outcomes) => {
                    members.outcomes.extend(outcomes);
                    false
                }
                Member::Broken => false,
            };
            if twice {
                let message = "a decision says this once";
                self.report(Problem::new("declared-twice", member.span, message));
            }
        }
        members
    }

    /// The offers that are considered, in their order.
    fn among(&mut self, names: &[Name], tagged: bool, ty: EnumId, span: Span) -> Vec<OfferId> {
        if !tagged {
            self.unique_names(names, "offer");
            let mut offers: Vec<OfferId> = Vec::new();
            for name in names {
                offers.extend(self.offer_of(name, Some(ty)));
            }
            offers.dedup();
            return offers;
        }
        let world = self.world;
        for tag in names.iter().filter(|tag| !tag.is_missing()) {
            if !world
                .offers
                .iter()
                .any(|offer| offer.tags.contains(&tag.text))
            {
                let known = world.offers.iter().flat_map(|offer| &offer.tags);
                let problem =
                    words::unknown_name(tag, "tag of an offer", known.map(String::as_str));
                self.report(problem);
                return Vec::new();
            }
        }
        let has = |offer: &OfferId| {
            let sig = world.offer(*offer);
            sig.is_some_and(|sig| names.iter().all(|tag| sig.tags.contains(&tag.text)))
        };
        let offers: Vec<OfferId> = world.offers_of(ty).into_iter().filter(has).collect();
        if offers.is_empty() {
            let message = "no offer of the decision's type has these tags";
            self.report(Problem::new("empty-range", span, message));
        }
        offers
    }

    /// An offer by name, of the decision's type.
    fn offer_of(&mut self, name: &Name, ty: Option<EnumId>) -> Option<OfferId> {
        let id = self.resolve(name, "an offer", |e| match e {
            Entity::Offer(id) => Some(*id),
            _ => None,
        })?;
        let ty = ty?;
        if self.world.offers_of(ty).contains(&id) {
            return Some(id);
        }
        let own = self.world.offer_type_of(id).map_or("?", |sig| &sig.name);
        let due = self
            .world
            .enums
            .get(ty.index())
            .map_or("?", |def| &def.name);
        let message = format!("`{}` is a `{own}`, the decision gives a `{due}`", name.text);
        self.report(Problem::new("type-mismatch", name.span, message));
        None
    }

    /// Every offer with its rank. What is wrong with the rank is said once.
    fn candidates(
        &mut self,
        offers: &[OfferId],
        ty: Option<EnumId>,
        rank: Option<&Expr>,
    ) -> Vec<Candidate> {
        let all = ty.map_or_else(Vec::new, |ty| self.world.offers_of(ty));
        let mut candidates: Vec<Candidate> = Vec::with_capacity(offers.len());
        for offer in offers {
            let place = all.iter().position(|id| id == offer);
            let Some(place) = place.and_then(|place| u32::try_from(place).ok()) else {
                continue;
            };
            let before = self.problems.len();
            let rank = match rank {
                Some(e) => {
                    let first = candidates.first().map(|c| c.rank.ty.clone());
                    self.rank(e, *offer, first)
                }
                None => self.constant_value(Span::default(), Type::Number, Value::Number(0.0)),
            };
            candidates.push(Candidate {
                offer: *offer,
                place,
                rank,
            });
            if self.problems.len() > before {
                break;
            }
        }
        candidates
    }

    fn rank(&mut self, e: &Expr, offer: OfferId, first: Option<Type>) -> hir::Expr {
        self.place = Place::Profile { watched: false };
        self.candidate = Some(offer);
        let rank = self.expr(e, None);
        self.candidate = None;
        self.place = Place::Constant;
        let rank = match rank.ty.known() {
            Type::Int => self.fit(e, rank, &Type::Number, None),
            Type::Money(_) | Type::Number | Type::Error if !rank.ty.is_optional() => rank,
            Type::Money(_) | Type::Number => {
                let due = rank.ty.known().clone();
                self.fit(e, rank, &due, None)
            }
            other => {
                let other = other.clone();
                self.report_type("a rank is a number or money", &other, e.span);
                return self.failed(e.span);
            }
        };
        match first {
            Some(first) if first != rank.ty && rank.ty != Type::Error && first != Type::Error => {
                let name = self
                    .world
                    .offer(offer)
                    .map_or("?", |sig| &sig.name)
                    .to_owned();
                let message = format!("the rank of `{name}` is of another type than those before");
                self.report(
                    Problem::new("type-mismatch", e.span, message)
                        .help("a rank is a number, or one currency's money"),
                );
                self.failed(e.span)
            }
            _ => rank,
        }
    }

    /// The outcomes that another event brings about.
    fn derived(
        &mut self,
        sig: &DecisionSig,
        outcomes: &[&DecisionOutcome],
        offers: &[OfferId],
    ) -> Vec<Derived> {
        let names: Vec<Name> = outcomes.iter().map(|o| o.name.clone()).collect();
        self.unique_names(&names, "outcome");
        let mut derived = Vec::new();
        for outcome in outcomes {
            let Some(pattern) = &outcome.on else {
                continue;
            };
            let within = outcome.within.as_ref().and_then(|e| self.duration_ms(e));
            self.no_extras(pattern, "an outcome of a decision");
            let Some(event) = self.pattern_event(pattern) else {
                continue;
            };
            let why = "it is no answer of a person";
            if self.not_a_broadcast(event, pattern.span, why) {
                continue;
            }
            let filters = self.outcome_filters(pattern.filter.as_ref(), event, offers);
            let place = sig
                .outcomes
                .iter()
                .position(|o| o.name == outcome.name.text);
            let Some(place) = place.and_then(|place| u32::try_from(place).ok()) else {
                continue;
            };
            derived.push(Derived {
                outcome: place,
                event,
                filters,
                within,
            });
        }
        derived
    }

    fn outcome_filters(
        &mut self,
        filter: Option<&Expr>,
        event: EventId,
        offers: &[OfferId],
    ) -> Vec<Option<hir::Expr>> {
        let locals = std::mem::take(&mut self.scope.locals);
        let mut filters = Vec::with_capacity(offers.len());
        for offer in offers {
            let before = self.problems.len();
            self.candidate = Some(*offer);
            filters.push(filter.map(|filter| self.filter(event, filter)));
            self.candidate = None;
            if self.problems.len() > before {
                break;
            }
        }
        self.scope.locals = locals;
        filters
    }

    /// `DECISION.OUTCOME`
    pub(crate) fn outcome_of_decision(&mut self, id: DecisionId, name: &Name) -> Option<EventId> {
        let sig = self.world.decisions.get(id.index())?;
        if name.is_missing() {
            return None;
        }
        let found = sig
            .outcomes
            .iter()
            .find(|outcome| outcome.name == name.text);
        if let Some(found) = found {
            return Some(found.event);
        }
        let what = format!("outcome of `{}`", sig.name);
        let known = sig.outcomes.iter().map(|outcome| outcome.name.as_str());
        self.report(words::unknown_name(name, &what, known));
        None
    }

    /// `expect decided pick == free_shipping`
    pub(crate) fn expect_decided(
        &mut self,
        step: &Name,
        negated: bool,
        offer: Option<&Name>,
    ) -> Option<ExpectKind> {
        let world = self.world;
        let steps = || world.played().flat_map(|(_, outline)| &outline.decides);
        let offer = match offer {
            Some(name) => Some(self.offer_of(name, world.any_offer)?),
            None => None,
        };
        if step.is_missing() {
            return None;
        }
        if !steps().any(|name| *name == step.text) {
            let known = steps().map(String::as_str);
            self.report(words::unknown_name(step, "step that decides", known));
            return None;
        }
        Some(ExpectKind::Decided {
            step: step.text.clone(),
            negated,
            offer,
        })
    }
}
