//! Offer types, groups, offers: fields are constants, eligibility is a predicate over the person, and the
//! rest says how often, for how much and how long an offer may be given. Also what an offer is as a value.

use super::decl::Piece;
use super::words::type_name;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{
    self, DeclId, ExprKind as Hir, Offer, OfferBudget, OfferGroup, OfferLimit, OfferRest,
    OfferRules, Pat,
};
use crate::world::{Entity, OfferSig, OfferTypeSig};
use journey_grammar::tree::{
    self, Assign, GroupDecl, LimitWindow as Window, Name, OfferDecl, OfferMember,
    OfferMemberKind as Member, OfferTypeDecl, Span,
};
use journey_program::plan::LimitWindow;
use journey_program::types::{Currency, EnumId, GroupId, OfferId, Type, Value};

impl Checker<'_> {
    pub(crate) fn offer_type_decl(&mut self, decl: &OfferTypeDecl) -> Piece {
        self.fields(&decl.fields);
        for field in &decl.fields {
            let ty = self.type_ref(&field.ty);
            if field.name.text == "weight" && !matches!(ty, Type::Number | Type::Error) {
                let found = type_name(self.world, &ty);
                let message = format!("the field `weight` is a `number`, not `{found}`");
                self.report(Problem::new("type-mismatch", field.ty.span, message));
            }
            if matches!(field.name.text.as_str(), "value" | "cost") {
                let word = &field.name.text;
                let message = format!("every offer may say its `{word}` already");
                self.report(
                    Problem::new("declared-twice", field.name.span, message)
                        .help(format!("write `{word} 4 EUR` in the offers, without `:`")),
                );
            }
        }
        Piece::Nothing
    }

    pub(crate) fn group_decl(&mut self, decl: &GroupDecl) -> Piece {
        if let Some(assign) = decl.fields.first() {
            let message = "a group has no fields";
            self.report(
                Problem::new("misplaced", assign.span, message)
                    .help("fields belong to the offers; a group has `eligible`, `weight`, `limit`"),
            );
        }
        for member in &decl.members {
            let word = match &member.kind {
                Member::Value(_) => "value",
                Member::Cost(_) => "cost",
                Member::Priority(_) => "priority",
                Member::Tags(_) => "tags",
                _ => continue,
            };
            let message = format!("`{word}` belongs to an offer, not to a group");
            self.report(Problem::new("misplaced", member.span, message));
        }
        self.once_each(&decl.members);
        let rules = self.offer_rules(&decl.members, None);
        Piece::Group(Box::new(OfferGroup {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            rules,
        }))
    }

    pub(crate) fn offer_decl(&mut self, decl: &OfferDecl) -> Piece {
        self.resolve(&decl.ty, "an offer type", |e| match e {
            Entity::OfferType(at) => Some(*at),
            _ => None,
        });
        let groups: Vec<GroupId> = decl
            .groups
            .iter()
            .filter_map(|group| {
                self.resolve(group, "a group", |e| match e {
                    Entity::Group(id) => Some(*id),
                    _ => None,
                })
            })
            .collect();
        self.unique_names(&decl.groups, "group");
        let id = match self.world.names.get(&decl.name.text) {
            Some(Entity::Offer(id)) => *id,
            _ => return Piece::Nothing,
        };
        self.candidate = Some(id);
        self.once_each(&decl.members);
        self.own_fields(id, decl);
        let cost = self.world.offer_cost(id);
        let rules = self.offer_rules(&decl.members, Some(cost));
        let (Some(sig), Some(ty)) = (self.world.offer(id), self.world.offer_type_of(id)) else {
            return Piece::Nothing;
        };
        Piece::Offer(Box::new(Offer {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            ty: ty.id,
            place: sig.place,
            groups,
            rules,
            cost,
            priority: sig.priority,
            fields: shown(ty, sig),
        }))
    }

    /// What may stand once.
    fn once_each(&mut self, members: &[OfferMember]) {
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for member in members {
            let word = match &member.kind {
                Member::Eligible(_) => "eligible",
                Member::Value(_) => "value",
                Member::Cost(_) => "cost",
                Member::Weight(_) => "weight",
                Member::Priority(_) => "priority",
                Member::Valid { .. } => "valid",
                Member::Tags(_) => "tags",
                Member::Limit { .. } | Member::Budget { .. } | Member::Rest { .. } => continue,
                Member::Broken => continue,
            };
            match seen.iter().find(|(before, _)| *before == word) {
                Some((_, first)) => {
                    let first = *first;
                    let message = format!("`{word}` stands here twice");
                    self.report(
                        Problem::new("declared-twice", member.span, message)
                            .label(first, "the first is here"),
                    );
                }
                None => seen.push((word, member.span)),
            }
        }
    }

    /// The fields of its type: known, given once, of their types, none missing.
    fn own_fields(&mut self, id: OfferId, decl: &OfferDecl) {
        let names: Vec<Name> = decl.fields.iter().map(|f| f.name.clone()).collect();
        self.unique_names(&names, "field");
        let Some(sig) = self.world.offer_type_of(id) else {
            return;
        };
        self.place = Place::Constant;
        for assign in &decl.fields {
            self.own_field(sig, assign);
        }
        let mut missing: Vec<&str> = Vec::new();
        for field in &sig.fields {
            let given = decl.fields.iter().any(|a| a.name.text == field.name);
            let member = crate::world::build::offers::member_of(&decl.members, &field.name);
            if let Some(e) = member {
                self.constant(e, Some(&field.ty));
                if !matches!(field.ty, Type::Number | Type::Money(_) | Type::Error) {
                    self.report_type("a value is a number or money", &field.ty, e.span);
                }
                if field.name == "cost" && matches!(field.ty, Type::Number) {
                    self.report_type("a cost is money", &field.ty, e.span);
                }
            }
            let optional = field.ty.is_optional() || field.default.is_some();
            if !given && member.is_none() && !optional {
                missing.push(&field.name);
            }
        }
        if !missing.is_empty() {
            let names = words::listed(&missing);
            let message = format!("`{}` needs {names} too", decl.name.text);
            let mut problem = Problem::new("missing-field", decl.name.span, message);
            if missing.iter().any(|name| matches!(*name, "value" | "cost")) {
                problem = problem.help("other offers of its type say it, so all of them do");
            }
            self.report(problem);
        }
    }

    fn own_field(&mut self, sig: &crate::world::OfferTypeSig, assign: &Assign) {
        let field = sig.fields.iter().find(|f| f.name == assign.name.text);
        match field {
            Some(field) if !matches!(field.name.as_str(), "value" | "cost") => {
                self.constant(&assign.value, Some(&field.ty));
            }
            _ if assign.name.is_missing() => {}
            _ => {
                let known = sig.fields.iter().map(|field| field.name.as_str());
                let what = format!("field of `{}`", sig.name);
                self.report(words::unknown_name(&assign.name, &what, known));
            }
        }
    }

    /// `cost`: None in a group, where each offer has its own.
    fn offer_rules(
        &mut self,
        members: &[OfferMember],
        cost: Option<Option<(i64, Currency)>>,
    ) -> OfferRules {
        let mut rules = OfferRules::default();
        for member in members {
            match &member.kind {
                Member::Eligible(e) => {
                    self.place = Place::Profile { watched: false };
                    rules.eligible = Some(self.condition(e));
                    self.place = Place::Constant;
                }
                Member::Limit {
                    count,
                    window,
                    overall,
                } => {
                    let count = self.count(count, 1);
                    let window = self.offer_window(window);
                    if let (Some(count), Some(window)) = (count, window) {
                        rules.limits.push(OfferLimit {
                            count,
                            window,
                            overall: *overall,
                        });
                    }
                }
                Member::Budget { amount, window } => {
                    rules.budgets.extend(self.budget(amount, window, cost));
                }
                Member::Rest {
                    length,
                    count,
                    outcome,
                    without,
                } => {
                    let rest = self.rest(length, count, outcome, without.as_ref());
                    rules.rests.extend(rest);
                }
                Member::Valid { from, to } => rules.valid = self.valid(from, to, member.span),
                Member::Value(_)
                | Member::Cost(_)
                | Member::Weight(_)
                | Member::Priority(_)
                | Member::Tags(_)
                | Member::Broken => self.plain_member(&member.kind, cost.is_none()),
            }
        }
        rules
    }

    /// Of a group what is constant is checked here, of an offer with its fields.
    fn plain_member(&mut self, member: &Member, group: bool) {
        match member {
            Member::Weight(e) if group => {
                self.constant(e, Some(&Type::Number));
            }
            Member::Priority(e) => {
                self.constant(e, Some(&Type::Int));
            }
            _ => {}
        }
    }

    fn offer_window(&mut self, window: &Window) -> Option<LimitWindow> {
        match window {
            Window::Rolling(e) => match self.duration_ms(e)? {
                ms if ms > 0 => Some(LimitWindow::Rolling(ms)),
                _ => {
                    let message = "a limit's window is longer than nothing";
                    self.report(Problem::new("empty-range", e.span, message));
                    None
                }
            },
            Window::Calendar(unit) => match unit.text.as_str() {
                "day" => Some(LimitWindow::Day),
                "week" => Some(LimitWindow::Week),
                "month" => Some(LimitWindow::Month),
                "" => None,
                other => {
                    let message = format!("there is no limit per calendar {other}");
                    self.report(
                        Problem::new("bad-value", unit.span, message)
                            .help("`per calendar` goes with day, week and month"),
                    );
                    None
                }
            },
        }
    }

    fn budget(
        &mut self,
        amount: &tree::Expr,
        window: &Window,
        cost: Option<Option<(i64, Currency)>>,
    ) -> Option<OfferBudget> {
        let given = self.constant(amount, None);
        let window = self.offer_window(window);
        let (ty, value) = given?;
        let Value::Money(minor, currency) = value else {
            self.report_type("a budget is money", &ty, amount.span);
            return None;
        };
        match cost {
            Some(None) => {
                let message = "a budget is spent by what the offer costs";
                self.report(
                    Problem::new("missing-part", amount.span, message).help("say it: `cost 3 EUR`"),
                );
                return None;
            }
            Some(Some((_, own))) if own != currency => {
                let message = format!(
                    "the offer costs `{}`, its budget is `{}`",
                    own.code(),
                    currency.code()
                );
                self.report(Problem::new("currency-mismatch", amount.span, message));
                return None;
            }
            _ => {}
        }
        Some(OfferBudget {
            amount: minor,
            currency,
            window: window?,
        })
    }

    fn rest(
        &mut self,
        length: &tree::Expr,
        count: &tree::Expr,
        outcome: &Name,
        without: Option<&Name>,
    ) -> Option<OfferRest> {
        let length = self.duration_ms(length);
        let count = self.count(count, 1);
        for name in [Some(outcome), without].into_iter().flatten() {
            self.some_outcome(name);
        }
        Some(OfferRest {
            length: length?,
            count: count?,
            outcome: outcome.text.clone(),
            without: without.map(|name| name.text.clone()),
        })
    }

    /// An outcome of any decision.
    fn some_outcome(&mut self, name: &Name) {
        let world = self.world;
        let all = || world.decisions.iter().flat_map(|d| &d.outcomes);
        if name.is_missing() || all().any(|outcome| outcome.name == name.text) {
            return;
        }
        let known = all().map(|outcome| outcome.name.as_str());
        self.report(words::unknown_name(name, "outcome of a decision", known));
    }

    fn valid(&mut self, from: &tree::Expr, to: &tree::Expr, span: Span) -> Option<(i64, i64)> {
        let mut day = |e: &tree::Expr| match self.constant(e, Some(&Type::Date)) {
            Some((_, Value::Date(day))) => Some(day),
            _ => None,
        };
        let (from, to) = (day(from), day(to));
        let (from, to) = from.zip(to)?;
        if from > to {
            self.report(
                Problem::new("empty-range", span, "no day lies in this range")
                    .help("the first day comes first"),
            );
            return None;
        }
        Some((from, to))
    }

    // ── offers as values ────────────────────────────────────────────────────────────────────────

    /// `offer`, where one is at hand.
    pub(crate) fn candidate_value(&mut self, span: Span) -> Option<hir::Expr> {
        let (ty, value) = self.world.offer_value(self.candidate?)?;
        Some(self.constant_value(span, ty, value))
    }

    /// `pick.headline`: of a known offer its constant, else by which offer it is.
    pub(crate) fn offer_field(
        &mut self,
        base: hir::Expr,
        id: EnumId,
        name: &Name,
        span: Span,
    ) -> hir::Expr {
        if let Hir::Value(Value::Enum(_, place)) = &base.kind
            && let Some(offer) = self.world.offer_at(id, *place)
        {
            return match self.world.own_field(offer, &name.text) {
                Some((_, Value::Unknown)) => self.failed(span),
                Some((ty, value)) => self.constant_value(span, super::coerce::plain(&ty), value),
                None => self.no_offer_field(offer, name, span),
            };
        }
        let offers = self.world.offers_of(id);
        let Some(ty) = self.world.offer_field(id, &name.text) else {
            return match offers.first() {
                Some(first) => self.no_offer_field(*first, name, span),
                None => self.failed(span),
            };
        };
        let ty = super::coerce::plain(&ty);
        let mut arms = Vec::with_capacity(offers.len());
        for (place, offer) in (0u32..).zip(&offers) {
            let Some((_, value)) = self.world.own_field(*offer, &name.text) else {
                return self.failed(span);
            };
            let value = self.constant_value(span, ty.clone(), value);
            arms.push((vec![Pat::Value(Value::Enum(id, place))], value));
        }
        self.make(span, ty, Hir::Match(Box::new(base), arms))
    }

    fn no_offer_field(&mut self, offer: OfferId, name: &Name, span: Span) -> hir::Expr {
        if let Some(sig) = self.world.offer_type_of(offer) {
            let what = format!("field of `{}`", sig.name);
            let known = sig.fields.iter().map(|field| field.name.as_str());
            let mut problem = words::unknown_name(name, &what, known);
            problem.code = "unknown-field";
            self.report(problem);
        }
        self.failed(span)
    }

    /// An offer of one type as an offer of any.
    pub(crate) fn widen_offer(
        &mut self,
        e: hir::Expr,
        from: EnumId,
        to: EnumId,
        span: Span,
    ) -> hir::Expr {
        if let Hir::Value(Value::Enum(_, place)) = &e.kind {
            return match self.world.offer_at(from, *place) {
                Some(offer) => self.constant_value(span, Type::Offer(to), Value::Enum(to, offer.0)),
                None => self.failed(span),
            };
        }
        let mut arms = Vec::new();
        for (place, offer) in (0u32..).zip(self.world.offers_of(from)) {
            let value = self.constant_value(span, Type::Offer(to), Value::Enum(to, offer.0));
            arms.push((vec![Pat::Value(Value::Enum(from, place))], value));
        }
        self.make(span, Type::Offer(to), Hir::Match(Box::new(e), arms))
    }
}

/// What an offer says; what it costs and weighs is nobody's business.
fn shown(ty: &OfferTypeSig, sig: &OfferSig) -> Vec<(String, Value)> {
    let fields = ty.fields.iter().zip(&sig.values);
    let said = fields.filter(|(field, value)| {
        !matches!(field.name.as_str(), "cost" | "weight") && **value != Value::Unknown
    });
    said.map(|(field, value)| (field.name.clone(), value.clone()))
        .collect()
}
