//! The names of offers, groups, models and decisions.

use super::{Symbol, Walk};
use journey_grammar::tree::{
    Assign, DecisionDecl, DecisionMemberKind, GroupDecl, ModelDecl, ModelKind, Name, OfferDecl,
    OfferMember, OfferMemberKind,
};

impl Walk<'_> {
    pub(super) fn group(&mut self, decl: &GroupDecl) {
        self.defines(&decl.name);
        self.offer_members(&decl.members);
        for field in &decl.fields {
            self.expr(&field.value);
        }
    }

    pub(super) fn offer(&mut self, decl: &OfferDecl) {
        self.defines(&decl.name);
        self.declared(&decl.ty);
        self.all_declared(&decl.groups);
        self.offer_members(&decl.members);
        self.offer_fields(&decl.ty.text, &decl.fields);
    }

    fn offer_fields(&mut self, ty: &str, fields: &[Assign]) {
        for field in fields {
            let symbol = self.of_offer_type(ty, &field.name.text);
            self.refer(&field.name, symbol);
            self.expr(&field.value);
        }
    }

    fn offer_members(&mut self, members: &[OfferMember]) {
        for member in members {
            match &member.kind {
                OfferMemberKind::Eligible(e)
                | OfferMemberKind::Value(e)
                | OfferMemberKind::Cost(e)
                | OfferMemberKind::Weight(e)
                | OfferMemberKind::Priority(e) => self.expr(e),
                OfferMemberKind::Limit { count, window, .. } => {
                    self.expr(count);
                    self.limit_window(window);
                }
                OfferMemberKind::Budget { amount, window } => {
                    self.expr(amount);
                    self.limit_window(window);
                }
                OfferMemberKind::Rest {
                    length,
                    count,
                    outcome,
                    without,
                } => {
                    self.exprs([length, count]);
                    for name in [Some(outcome), without.as_ref()].into_iter().flatten() {
                        self.any_outcome(name);
                    }
                }
                OfferMemberKind::Valid { from, to } => self.exprs([from, to]),
                OfferMemberKind::Tags(tags) => {
                    for tag in tags {
                        self.note(tag, Symbol::OfferTag(tag.text.clone()), true);
                    }
                }
                OfferMemberKind::Broken => {}
            }
        }
    }

    /// An outcome of whatever decision has it: all of them are meant, so they are spelt alike.
    fn any_outcome(&mut self, name: &Name) {
        let decisions = self.world.decisions.iter();
        let own = decisions.filter(|d| d.outcomes.iter().any(|o| o.name == name.text));
        let own: Vec<Symbol> = own
            .map(|decision| Symbol::Outcome(decision.name.clone(), name.text.clone()))
            .collect();
        let Some(first) = own.first() else {
            self.built_in(name);
            return;
        };
        for other in &own {
            self.link(first, other);
        }
        self.refer(name, first.clone());
    }

    pub(super) fn model(&mut self, decl: &ModelDecl) {
        self.defines(&decl.name);
        self.type_ref(&decl.result);
        match &decl.kind {
            ModelKind::Formula(e) => self.expr(e),
            ModelKind::File { path, inputs } => {
                self.expr(path);
                for input in inputs {
                    // Its name is the file's, not the program's.
                    self.built_in(&input.name);
                    self.expr(&input.value);
                }
            }
            ModelKind::Learned { decision, by } => {
                self.declared(decision);
                for name in by {
                    self.refer(name, Symbol::Profile(name.text.clone()));
                }
            }
        }
    }

    pub(super) fn decision(&mut self, decl: &DecisionDecl) {
        self.defines(&decl.name);
        self.params(&decl.params);
        self.type_ref(&decl.result);
        for member in &decl.members {
            match &member.kind {
                DecisionMemberKind::Among(names) => self.all_declared(names),
                DecisionMemberKind::AmongTagged(tags) => {
                    for tag in tags {
                        self.refer(tag, Symbol::OfferTag(tag.text.clone()));
                    }
                }
                DecisionMemberKind::OnlyWhen(e)
                | DecisionMemberKind::RankBy(e)
                | DecisionMemberKind::Explore(e)
                | DecisionMemberKind::Hold(e)
                | DecisionMemberKind::Salt(e) => self.expr(e),
                DecisionMemberKind::Outcomes(outcomes) => {
                    for outcome in outcomes {
                        let owner = decl.name.text.clone();
                        let symbol = Symbol::Outcome(owner, outcome.name.text.clone());
                        self.note(&outcome.name, symbol, true);
                        outcome.on.iter().for_each(|on| self.event_pattern(on));
                        self.exprs(&outcome.within);
                    }
                }
                DecisionMemberKind::Else(name) => self.declared(name),
                DecisionMemberKind::Broken => {}
            }
        }
    }
}
