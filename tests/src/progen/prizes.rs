//! Offers, groups and decisions, and the step that asks one.

use super::{Clock, Gen, Scope, Ty};

/// A decision: its name, what it takes, whether something is always given.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub name: String,
    pub params: Vec<Ty>,
    pub always: bool,
}

pub(crate) const OUTCOMES: [&str; 4] = ["shown", "accepted", "refused", "maybe_later"];

/// What is readable of an offer besides its code.
pub(crate) fn prize_fields() -> Vec<(String, Ty)> {
    [("code", Ty::Text), ("weight", Ty::Num), ("grade", Ty::Tier)]
        .into_iter()
        .map(|(name, ty)| (name.to_owned(), ty))
        .collect()
}

impl Gen {
    /// An offer type, a group, its offers, decisions among them.
    pub(crate) fn prizes(&mut self) -> String {
        self.mark("offer_type");
        let mut text = "offer_type prize {\n    weight: number = 1\n    code: text\n    \
                        grade: tier\n}\n"
            .to_owned();
        self.mark("group");
        text += "group prizes {\n";
        text += &self.rules(40, false);
        text += "    weight 1.5\n}\n";
        let offers = 2 + self.rng.below(3);
        for number in 0..offers {
            text += &self.prize(number);
        }
        for number in 0..1 + self.rng.below(2) {
            text += &self.choice(number, offers);
        }
        text
    }

    fn prize(&mut self, number: usize) -> String {
        self.mark("offer");
        let group = if self.rng.chance(60) {
            " in prizes"
        } else {
            ""
        };
        let mut text = format!("offer o{number}: prize{group} {{\n");
        let value = self.rng.pick(&["1", "4", "2.5", "0"]);
        let cost = self.rng.pick(&["1 EUR", "2.50 EUR", "0 EUR"]);
        text += &format!("    value {value}\n    cost {cost}\n");
        text += &self.rules(50, true);
        if self.rng.chance(30) {
            self.mark("priority of an offer");
            text += "    priority 3\n";
        }
        let tag = self.rng.pick(&["red", "red, blue"]);
        text += &format!("    tags {tag}\n");
        let code = self.rng.pick(&["a", "k1", "k2"]);
        let grade = self.rng.pick(&super::TIERS);
        text += &format!("    code: \"{code}\"\n    grade: {grade}\n}}\n");
        text
    }

    /// Who may have it, how often, how long it rests.
    fn rules(&mut self, eligible: usize, offer: bool) -> String {
        let mut text = String::new();
        if self.rng.chance(eligible) {
            self.mark("eligible");
            let mut scope = self.watched();
            scope.clock = Clock::Free;
            let who = self.within(scope, |g| g.bool(1));
            text += &format!("    eligible when {who}\n");
        }
        if self.rng.chance(35) {
            let (mark, window) = self.rng.pick(&[
                ("limit of an offer", "3 hours"),
                ("limit of an offer", "2 days"),
                ("civil limit of an offer", "calendar day"),
                ("civil limit of an offer", "calendar week"),
                ("civil limit of an offer", "calendar month"),
            ]);
            self.mark(mark);
            let overall = if self.rng.chance(40) {
                self.mark("overall limit of an offer");
                " overall"
            } else {
                ""
            };
            let count = 1 + self.rng.below(3);
            text += &format!("    limit {count} per {window}{overall}\n");
        }
        if self.rng.chance(25) {
            self.mark("budget");
            let amount = self.rng.pick(&["2 EUR", "5 EUR", "2.50 EUR"]);
            let window = self.rng.pick(&["calendar day", "2 days"]);
            text += &format!("    budget {amount} per {window}\n");
        }
        if self.rng.chance(30) {
            self.mark("rest");
            let after = self
                .rng
                .pick(&["2 shown without accepted", "1 refused", "1 shown"]);
            let length = self.rng.pick(&["1 day", "2 hours", "7 days"]);
            text += &format!("    rest {length} after {after}\n");
        }
        if offer && self.rng.chance(30) {
            self.mark("valid");
            let days = self.rng.pick(&[
                "2026-01-01 to 2026-12-31",
                "2026-02-28 to 2026-03-29",
                "2026-10-25 to 2026-10-25",
            ]);
            text += &format!("    valid {days}\n");
        }
        text
    }

    fn choice(&mut self, number: usize, offers: usize) -> String {
        self.mark("decision");
        let name = format!("pick{number}");
        let params = if self.rng.chance(60) {
            vec![Ty::Int]
        } else {
            Vec::new()
        };
        let listed = if params.is_empty() { "" } else { "(n: int)" };
        let among = if self.rng.chance(35) {
            self.mark("among all tagged");
            "all tagged red".to_owned()
        } else {
            let names: Vec<String> = (0..offers).map(|n| format!("o{n}")).collect();
            names.join(", ")
        };
        let always = self.rng.chance(50);
        let mut text = format!("decision {name}{listed} -> prize {{\n    among {among}\n");
        let scope = self.deciding(&params, false);
        if self.rng.chance(35) {
            self.mark("only when");
            let only = self.within(scope, |g| g.bool(1));
            text += &format!("    only when {only}\n");
        }
        let scope = self.deciding(&params, true);
        let rank = self.within(scope, |g| g.expr(&Ty::Num, 2));
        text += &format!("    rank by {rank} * offer.value\n");
        if self.rng.chance(35) {
            self.mark("explore");
            text += "    explore 30%\n";
        }
        let within = if self.rng.chance(60) {
            " within 2 days"
        } else {
            ""
        };
        text += &format!(
            "    outcome shown, accepted on e0 where k == offer.code{within}, refused, maybe_later\n"
        );
        if always {
            self.mark("else of a decision");
            text += "    else o0\n";
        }
        if self.rng.chance(20) {
            text += "    hold 20 minutes\n";
        }
        if self.rng.chance(20) {
            text += "    salt \"d\"\n";
        }
        self.world.decisions.push(Decision {
            name,
            params,
            always,
        });
        text + "}\n"
    }

    /// What a decision may read; of the offer at hand only where it is ranked.
    fn deciding(&mut self, params: &[Ty], rank: bool) -> Scope {
        let mut scope = self.watched();
        scope.clock = Clock::Free;
        scope
            .vars
            .extend(params.iter().map(|ty| ("n".to_owned(), ty.clone())));
        if rank {
            for _ in 0..3 {
                scope.vars.push(("offer.value".to_owned(), Ty::Num));
                scope.vars.push(("offer.weight".to_owned(), Ty::Num));
            }
            scope.vars.push(("offer.code".to_owned(), Ty::Text));
            scope.vars.push(("offer.grade".to_owned(), Ty::Tier));
        }
        scope
    }

    pub(crate) fn decide(&mut self) -> String {
        let pad = self.pad();
        let decisions = self.world.decisions.clone();
        if decisions.is_empty() || self.here.exit {
            return self.set();
        }
        self.mark("decide");
        let decision = self.rng.pick(&decisions);
        let args: Vec<String> = decision.params.iter().map(|ty| self.expr(ty, 1)).collect();
        let step = self.fresh("d");
        let ty = if decision.always {
            Ty::Prize
        } else {
            Ty::Prize.opt()
        };
        self.add(&step, &ty);
        format!(
            "{pad}decide {step} = {}({})\n",
            decision.name,
            args.join(", ")
        )
    }
}
