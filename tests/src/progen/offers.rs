//! Offers, decisions and a journey that gives them, with chances of their own: what the rest of a program draws
//! does not change by them. Ranks and eligibilities are expressions as anywhere.

use super::{Clock, Decl, Gen, Scope, Ty};
use crate::irgen::rng::Rng;

const NAMES: [&str; 4] = ["o_bag", "o_cup", "o_dish", "o_egg"];
const OUTCOMES: [&str; 4] = ["shown", "refused", "accepted", "later_on"];

impl Gen {
    pub(crate) fn offers(&mut self, seed: u64) -> Vec<Decl> {
        self.rng = Rng::new(seed ^ 0x5eed_0ffe_0ffe_5eed);
        if self.rng.chance(40) {
            return Vec::new();
        }
        let count = 2 + self.rng.below(3);
        let names: Vec<&str> = NAMES.iter().take(count).copied().collect();
        let mut text = String::from(
            "offer_type gift {\n    code: text\n    weight: number = 1\n    n: int = 2\n}\n\
             offer_type tip { words: text }\noffer o_tip: tip { words: \"t\" }\n",
        );
        text.push_str(&self.offer_group());
        for name in &names {
            text.push_str(&self.offer(name));
        }
        text.push_str(
            "model m_likely -> number in 0..1 = logistic(0.25)\n\
             model m_accepts(offer) -> number in 0..1 learned from d0 by p10\n",
        );
        text.push_str(&self.decision("d0", &names));
        text.push_str(&self.decision("d1", &names));
        text.push_str(&self.offer_message());
        text.push_str(&self.giving());
        vec![Decl { spare: false, text }]
    }

    fn offer_group(&mut self) -> String {
        let mut text = String::from("group g0 {\n");
        if self.rng.chance(50) {
            text.push_str(&format!("    eligible when {}\n", self.fitting()));
        }
        text.push_str("    weight 1.5\n");
        text.push_str(&self.offer_rules(false));
        text.push_str("}\n");
        text
    }

    /// A predicate over the person, which may fault.
    fn fitting(&mut self) -> String {
        self.mark("eligible when");
        let scope = self.over_person();
        self.within(scope, |g| g.bool(2))
    }

    fn over_person(&mut self) -> Scope {
        let scope = Scope {
            vars: Vec::new(),
            clock: Clock::Free,
            histories: true,
            sends: None,
        };
        self.within(scope, |g| {
            g.add_profile("");
            g.add_consts();
            g.scope.clone()
        })
    }

    fn offer_rules(&mut self, cost: bool) -> String {
        let mut text = String::new();
        let windows = ["2 days", "5 hours", "calendar day", "calendar week"];
        if self.rng.chance(50) {
            self.mark("limit of an offer");
            let count = 1 + self.rng.below(2);
            text.push_str(&format!(
                "    limit {count} per {}\n",
                self.rng.pick(&windows)
            ));
        }
        if self.rng.chance(30) {
            self.mark("limit of an offer, overall");
            let count = 1 + self.rng.below(4);
            let window = self.rng.pick(&windows);
            text.push_str(&format!("    limit {count} per {window} overall\n"));
        }
        if cost && self.rng.chance(40) {
            self.mark("budget");
            let window = self.rng.pick(&windows);
            text.push_str(&format!("    budget 5 EUR per {window}\n"));
        }
        if self.rng.chance(50) {
            self.mark("rest");
            let count = 1 + self.rng.below(3);
            let outcome = self.rng.pick(&OUTCOMES);
            let without = if self.rng.chance(40) {
                format!(" without {}", self.rng.pick(&OUTCOMES))
            } else {
                String::new()
            };
            text.push_str(&format!(
                "    rest 1 day after {count} {outcome}{without}\n"
            ));
        }
        text
    }

    fn offer(&mut self, name: &str) -> String {
        self.mark("offer");
        let group = if self.rng.chance(50) { " in g0" } else { "" };
        let mut text = format!("offer {name}: gift{group} {{\n");
        if self.rng.chance(60) {
            text.push_str(&format!("    eligible when {}\n", self.fitting()));
        }
        let value = self.rng.pick(&["1 EUR", "2.50 EUR", "2.50 EUR", "9 EUR"]);
        text.push_str(&format!("    value {value}\n    cost 2 EUR\n"));
        text.push_str(&self.offer_rules(true));
        if self.rng.chance(30) {
            self.mark("valid");
            text.push_str("    valid 2026-01-01 to 2026-03-01\n");
        }
        if self.rng.chance(40) {
            text.push_str(&format!("    priority {}\n", self.rng.below(3)));
        }
        text.push_str(&format!(
            "    tags all_of_them\n    code: \"{name}\"\n    n: {}\n}}\n",
            { self.rng.below(4) }
        ));
        text
    }

    fn decision(&mut self, name: &str, offers: &[&str]) -> String {
        self.mark("decision");
        let money = self.rng.chance(40);
        let ty = if money { Ty::Eur } else { Ty::Num };
        let mut scope = self.over_person();
        scope.vars.push(("arg".to_owned(), Ty::Int));
        scope.vars.push(("offer.value".to_owned(), Ty::Eur));
        scope.vars.push(("offer.weight".to_owned(), Ty::Num));
        scope.vars.push(("offer.n".to_owned(), Ty::Int));
        let rank = self.within(scope.clone(), |g| g.expr(&ty, 2));
        let rank = match self.rng.below(4) {
            0 if !money => format!("m_accepts(offer) + ({rank})"),
            1 if !money => format!("m_likely * ({rank})"),
            _ => rank,
        };
        let among = match self.rng.below(3) {
            0 => "all tagged all_of_them".to_owned(),
            _ => offers.join(", "),
        };
        let mut text = format!("decision {name}(arg: int) -> gift {{\n    among {among}\n");
        if self.rng.chance(30) {
            self.mark("only when");
            let only = "arg > 0".to_owned();
            text.push_str(&format!("    only when {only}\n"));
        }
        text.push_str(&format!("    rank by {rank}\n"));
        if self.rng.chance(40) {
            self.mark("explore");
            text.push_str("    explore 50%\n");
        }
        let event = self
            .world
            .events
            .first()
            .map(|e| e.name.clone())
            .unwrap_or_default();
        let within = self.rng.pick(&["", " within 6 hours", " within 1 day"]);
        text.push_str(&format!(
            "    outcome shown, refused, accepted on {event}{within}, later_on, opened\n"
        ));
        if self.rng.chance(50) {
            self.mark("else of a decision");
            text.push_str("    else o_bag\n");
        }
        text.push_str("}\n");
        text
    }

    fn offer_message(&self) -> String {
        let channel = self.world.channels.first().map_or("", |c| &c.name);
        format!(
            "message m_gift(it: offer?) for service {{\n    {channel} {{ text: \"{{it ?? o_tip}}\" }}\n}}\n"
        )
    }

    fn giving(&mut self) -> String {
        let channel = self
            .world
            .channels
            .first()
            .map(|c| c.name.clone())
            .unwrap_or_default();
        let event = self
            .world
            .events
            .last()
            .map(|e| e.name.clone())
            .unwrap_or_default();
        let wait = self
            .rng
            .pick(&["", "    wait 3 hours\n", "    wait 2 days\n"]);
        let arg = self
            .rng
            .pick(&["0", "1", "count d0.refused in last 3 days"]);
        let filter = "event.offer == o_bag";
        format!(
            "journey j_gift {{\n    enter on {event}\n    reenter always\n    \
             decide pick = d0({arg})\n{wait}    send s_gift = m_gift(pick) by {channel}\n    \
             decide more = d1(1)\n    let anew = any d0.shown where {filter} in last 1 day\n    \
             if anew {{\n        send s_more = m_gift(more) by {channel}\n    }}\n    \
             wait 1 day\n}}\n"
        )
    }
}
