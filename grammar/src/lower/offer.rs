//! `offer_type`, `group`, `offer`, `model`, `decision`.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::tree::{
    DecisionDecl, DecisionMember, DecisionMemberKind, DecisionOutcome, Expr, GroupDecl,
    LimitWindow, ModelDecl, ModelKind, Name, OfferDecl, OfferMember, OfferMemberKind,
    OfferTypeDecl,
};

impl Lower<'_> {
    pub(super) fn offer_type_decl(&mut self, pair: P<'_>) -> OfferTypeDecl {
        let after = Self::first(&pair) + 1;
        let kids = Kids::of(pair);
        OfferTypeDecl {
            name: self.new_name(&kids, after),
            fields: self.fields_in(&kids),
        }
    }

    pub(super) fn group_decl(&mut self, pair: P<'_>) -> GroupDecl {
        let after = Self::first(&pair) + 1;
        let kids = Kids::of(pair);
        GroupDecl {
            name: self.new_name(&kids, after),
            members: self.offer_members(&kids),
            fields: self.own_assigns(&kids),
        }
    }

    pub(super) fn offer_decl(&mut self, pair: P<'_>) -> OfferDecl {
        let after = Self::first(&pair) + 1;
        let kids = Kids::of(pair);
        let ty = kids.find(Rule::offer_of).map(|of| {
            let after = Self::first(&of) + 1;
            self.name_in(&Kids::of(of), after)
        });
        let groups = kids.find(Rule::in_groups);
        OfferDecl {
            name: self.new_name(&kids, after),
            ty: ty.unwrap_or(Name {
                text: String::new(),
                span: self.gap(after + 1),
            }),
            groups: groups.map_or_else(Vec::new, |groups| self.names_in(&Kids::of(groups))),
            members: self.offer_members(&kids),
            fields: self.own_assigns(&kids),
        }
    }

    /// Assignments that stand among the members themselves.
    fn own_assigns(&mut self, kids: &Kids<'_>) -> Vec<crate::tree::Assign> {
        let all: Vec<_> = kids
            .all(Rule::assign)
            .map(|assign| self.assign(assign))
            .collect();
        self.no_file(&all);
        all
    }

    fn offer_members(&mut self, kids: &Kids<'_>) -> Vec<OfferMember> {
        let mut members = Vec::new();
        for kid in &kids.0 {
            let span = self.span(kid);
            if kid.as_rule() == Rule::offer_member {
                let kind = match kid.clone().into_inner().next() {
                    Some(kind) => self.offer_member(kind),
                    None => OfferMemberKind::Broken,
                };
                members.push(OfferMember { kind, span });
            } else if kid.as_rule() == Rule::bad_offer {
                let kind = OfferMemberKind::Broken;
                members.push(OfferMember { kind, span });
            }
        }
        members
    }

    fn offer_member(&mut self, pair: P<'_>) -> OfferMemberKind {
        let (first, end) = (Self::first(&pair), Self::end(&pair));
        let rule = pair.as_rule();
        let kids = Kids::of(pair);
        match rule {
            Rule::eligible => OfferMemberKind::Eligible(self.expr_in(&kids, end)),
            Rule::offer_value => OfferMemberKind::Value(self.expr_in(&kids, end)),
            Rule::offer_cost => OfferMemberKind::Cost(self.expr_in(&kids, end)),
            Rule::offer_weight => OfferMemberKind::Weight(self.expr_in(&kids, end)),
            Rule::priority => OfferMemberKind::Priority(self.number_in(&kids, end)),
            Rule::offer_limit => OfferMemberKind::Limit {
                count: self.number_in(&kids, end),
                window: self.offer_window(&kids, end),
                overall: kids.has(Rule::overall),
            },
            Rule::budget => OfferMemberKind::Budget {
                amount: self.number_in(&kids, end),
                window: self.offer_window(&kids, end),
            },
            Rule::rest => self.rest(&kids, end),
            Rule::valid => {
                let mut dates: Vec<Expr> = Vec::new();
                for kid in &kids.0 {
                    match kid.as_rule() {
                        Rule::date_lit => {
                            let kind = self.instant_kind(Self::first(kid));
                            let span = self.span(kid);
                            dates.push(Expr { kind, span });
                        }
                        Rule::paren => dates.push(self.primary(kid.clone())),
                        Rule::m_date => dates.push(self.missing(Self::first(kid))),
                        _ => {}
                    }
                }
                let mut dates = dates.into_iter();
                OfferMemberKind::Valid {
                    from: dates.next().unwrap_or_else(|| self.missing(end)),
                    to: dates.next().unwrap_or_else(|| self.missing(end)),
                }
            }
            Rule::tags => {
                let _ = first;
                OfferMemberKind::Tags(self.names_in(&kids))
            }
            _ => OfferMemberKind::Broken,
        }
    }

    fn offer_window(&mut self, kids: &Kids<'_>, end: usize) -> LimitWindow {
        match kids.find(Rule::calendar) {
            Some(calendar) => LimitWindow::Calendar(self.calendar_unit(calendar)),
            None => LimitWindow::Rolling(self.duration_in(kids, end)),
        }
    }

    fn rest(&mut self, kids: &Kids<'_>, end: usize) -> OfferMemberKind {
        let without = kids.find(Rule::rest_without).map(|without| {
            let after = Self::first(&without) + 1;
            self.name_in(&Kids::of(without), after)
        });
        OfferMemberKind::Rest {
            length: self.duration_in(kids, end),
            count: self.number_in(kids, end),
            outcome: self.name_in(kids, end),
            without,
        }
    }

    // ── models ──────────────────────────────────────────────────────────────────────────────────

    pub(super) fn model_decl(&mut self, pair: P<'_>) -> ModelDecl {
        let (after, end) = (Self::first(&pair) + 1, Self::end(&pair));
        let kids = Kids::of(pair);
        let kind = if let Some(learned) = kids.find(Rule::learned) {
            let first = Self::first(&learned);
            let inner = Kids::of(learned);
            let by = inner.find(Rule::learned_by);
            ModelKind::Learned {
                decision: self.name_in(&inner, first + 2),
                by: by.map_or_else(Vec::new, |by| self.names_in(&Kids::of(by))),
            }
        } else if let Some(file) = kids.find(Rule::model_file) {
            let inner = Kids::of(file);
            ModelKind::File {
                path: match inner.find(Rule::text) {
                    Some(text) => self.text(text),
                    None => self.missing(end),
                },
                inputs: self.assigns_in(&inner),
            }
        } else {
            let formula = kids.find(Rule::formula);
            let inner = formula.map_or_else(|| Kids(Vec::new()), Kids::of);
            ModelKind::Formula(self.expr_in(&inner, end))
        };
        ModelDecl {
            name: self.new_name(&kids, after),
            of_offer: kids.find(Rule::model_offer).map(|of| self.span(&of)),
            result: self.type_in(&kids, end),
            kind,
        }
    }

    // ── decisions ───────────────────────────────────────────────────────────────────────────────

    pub(super) fn decision_decl(&mut self, pair: P<'_>) -> DecisionDecl {
        let (after, end) = (Self::first(&pair) + 1, Self::end(&pair));
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, after);
        let params = self.params_in(&kids);
        let result = self.type_in(&kids, end);
        let mut members = Vec::new();
        for kid in &kids.0 {
            let span = self.span(kid);
            if kid.as_rule() == Rule::decision_member {
                let kind = match kid.clone().into_inner().next() {
                    Some(kind) => self.decision_member(kind),
                    None => DecisionMemberKind::Broken,
                };
                members.push(DecisionMember { kind, span });
            } else if kid.as_rule() == Rule::bad_decision {
                let kind = DecisionMemberKind::Broken;
                members.push(DecisionMember { kind, span });
            }
        }
        DecisionDecl {
            name,
            params,
            result,
            members,
        }
    }

    fn decision_member(&mut self, pair: P<'_>) -> DecisionMemberKind {
        let end = Self::end(&pair);
        let rule = pair.as_rule();
        let kids = Kids::of(pair);
        match rule {
            Rule::among => match kids.find(Rule::all_tagged) {
                Some(tagged) => DecisionMemberKind::AmongTagged(self.names_in(&Kids::of(tagged))),
                None => DecisionMemberKind::Among(self.names_in(&kids)),
            },
            Rule::only_when => DecisionMemberKind::OnlyWhen(self.expr_in(&kids, end)),
            Rule::rank => DecisionMemberKind::RankBy(self.expr_in(&kids, end)),
            Rule::explore => DecisionMemberKind::Explore(self.number_in(&kids, end)),
            Rule::decided_outcomes => {
                let outcomes = kids.all(Rule::decided_outcome);
                DecisionMemberKind::Outcomes(
                    outcomes.map(|one| self.decided_outcome(one)).collect(),
                )
            }
            Rule::decided_else => DecisionMemberKind::Else(self.name_in(&kids, end)),
            Rule::hold_for => DecisionMemberKind::Hold(self.duration_in(&kids, end)),
            Rule::salt => DecisionMemberKind::Salt(match kids.find(Rule::text) {
                Some(text) => self.text(text),
                None => self.missing(end),
            }),
            _ => DecisionMemberKind::Broken,
        }
    }

    fn decided_outcome(&mut self, pair: P<'_>) -> DecisionOutcome {
        let (first, span) = (Self::first(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let on = kids.find(Rule::outcome_on).map(Kids::of);
        let pattern = on
            .as_ref()
            .and_then(|on| self.patterns_in(on).into_iter().next());
        let within = on.as_ref().and_then(|on| on.find(Rule::outcome_within));
        DecisionOutcome {
            name: self.name_in(&kids, first),
            on: pattern,
            within: within.map(|within| self.only_duration(within)),
            span,
        }
    }
}
