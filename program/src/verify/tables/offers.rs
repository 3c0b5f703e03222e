//! The tables of offers and decisions.

use super::{Offer, Tables};
use crate::ir::Ty;
use crate::plan::{DecisionPlan, OfferRulesPlan, words_of};

impl Tables<'_, '_> {
    pub(super) fn offers(&mut self) {
        let program = self.program;
        for group in &program.groups {
            self.at(format!("group {}", group.name));
            self.rules(&group.rules);
        }
        for offer in &program.offers {
            self.at(format!("offer {}", offer.name));
            self.rules(&offer.rules);
            for group in &offer.groups {
                self.index("group", group.0, program.groups.len());
            }
        }
        for learned in &program.learned {
            self.at(format!("model {}", learned.name));
            self.index("decision", learned.decision.0, program.decisions.len());
        }
        for decision in &program.decisions {
            self.at(format!("decision {}", decision.name));
            self.decision(decision);
        }
    }

    fn rules(&mut self, rules: &OfferRulesPlan) {
        self.predicate(rules.eligible, Offer::default());
        if rules.limits.iter().any(|limit| limit.count == 0) {
            self.wrong("a limit of nothing");
        }
    }

    fn decision(&mut self, decision: &DecisionPlan) {
        let program = self.program;
        self.index("record", decision.args.0, program.records.len());
        self.index("enum", decision.ty.0, program.enums.len());
        for offer in &decision.offers {
            self.index("offer", offer.0, program.offers.len());
        }
        let args = Offer {
            event: Some(decision.args),
            instance: None,
        };
        self.predicate(decision.only, args);
        let rank = if decision.money.is_some() {
            Ty::Int
        } else {
            Ty::Num
        };
        if let Some(together) = decision.together {
            let count = decision.candidates.len();
            let mut results = vec![Ty::Int; words_of(count)];
            if together.ranked {
                results.resize(results.len() + count, rank);
            }
            self.role(together.function, &[], &results, args);
        }
        for candidate in &decision.candidates {
            self.index("offer", candidate.place, decision.offers.len());
            self.role(candidate.rank, &[], &[rank], args);
        }
        if let Some(otherwise) = decision.otherwise {
            self.index("offer", otherwise, decision.offers.len());
        }
        for outcome in &decision.outcomes {
            self.event(outcome.event);
        }
        for derived in &decision.derived {
            self.index("outcome", derived.outcome, decision.outcomes.len());
            let event = self.event(derived.event);
            let about = Offer {
                event,
                instance: None,
            };
            if derived.filters.len() != decision.candidates.len() {
                self.wrong("an outcome has not one filter for each offer");
            }
            for filter in &derived.filters {
                self.predicate(*filter, about);
            }
        }
    }
}
