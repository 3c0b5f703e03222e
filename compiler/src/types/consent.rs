//! Purposes: what people agreed to, what revokes it, what holds it back.

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{ConsentChange, DeclId, Expr, Purpose};
use journey_grammar::tree::{ConsentRule, HoldDecl, Name, PurposeDecl};
use journey_program::plan::{ConsentRule as Consent, HoldPlan};
use journey_program::types::{AudienceId, ChannelId};

const BASES: [&str; 4] = [
    "contract",
    "legal_obligation",
    "legitimate_interest",
    "vital_interest",
];

impl Checker<'_> {
    pub(crate) fn purpose_decl(&mut self, decl: &PurposeDecl) -> Piece {
        let consent = self.consent_kind(decl);
        let mut rules = Vec::new();
        for rule in &decl.rules {
            self.consent_rule(rule, &mut rules);
        }
        self.once(decl.holds.iter().map(|hold| hold.span), "hold");
        let hold = decl.holds.first().map(|hold| self.hold(&decl.name, hold));
        let (hold, predicate) = hold.unzip();
        Piece::Purpose(
            Purpose {
                name: decl.name.text.clone(),
                decl: DeclId::default(),
                consent,
                hold,
                rules,
            },
            predicate,
        )
    }

    /// What holds a purpose back is watched as an audience is.
    fn hold(&mut self, purpose: &Name, hold: &HoldDecl) -> (HoldPlan, Expr) {
        let before = std::mem::replace(&mut self.place, Place::Profile { watched: true });
        let predicate = self.condition(&hold.condition);
        self.place = before;
        let own = format!("{}.hold", purpose.text);
        let number = self.world.audiences.iter().position(|name| *name == own);
        let length = |checker: &mut Self, e: &Option<journey_grammar::tree::Expr>| {
            let e = e.as_ref()?;
            let ms = checker.duration_ms(e)?;
            if ms <= 0 {
                let message = "this takes longer than nothing, or is left out";
                checker.report(Problem::new("out-of-range", e.span, message));
            }
            Some(ms)
        };
        let plan = HoldPlan {
            audience: AudienceId::new(number.unwrap_or(0)),
            drop: length(self, &hold.drop),
            spread: length(self, &hold.spread),
        };
        (plan, predicate)
    }

    fn consent_kind(&mut self, decl: &PurposeDecl) -> Consent {
        if let Some(basis) = &decl.basis
            && !basis.is_missing()
            && !BASES.contains(&basis.text.as_str())
        {
            self.report(words::unknown_name(basis, "legal basis", BASES));
        }
        let Some(word) = &decl.consent else {
            if !decl.name.is_missing() {
                let message = format!("the purpose `{}` doesn't say `consent`", decl.name.text);
                self.report(
                    Problem::new("missing-part", decl.name.span, message)
                        .help("write `consent opt_in`, `consent opt_out`, or `consent not_needed basis contract`"),
                );
            }
            return Consent::OptIn;
        };
        match word.text.as_str() {
            "opt_out" => Consent::OptOut,
            "not_needed" => {
                if decl.basis.is_none() {
                    self.report(
                        Problem::new(
                            "missing-part",
                            word.span,
                            "a purpose without consent says its legal basis",
                        )
                        .help("write `consent not_needed basis contract`, or another basis that holds"),
                    );
                }
                Consent::NotNeeded
            }
            "opt_in" | "" => Consent::OptIn,
            _ => {
                let known = ["opt_in", "opt_out", "not_needed"];
                self.report(words::unknown_name(word, "kind of consent", known));
                Consent::OptIn
            }
        }
    }

    fn consent_rule(&mut self, rule: &ConsentRule, out: &mut Vec<ConsentChange>) {
        let channels: Vec<ChannelId> = if rule.channels.is_empty() {
            (0..self.world.channels.len()).map(ChannelId::new).collect()
        } else {
            rule.channels
                .iter()
                .filter_map(|name| self.channel(name))
                .collect()
        };
        for pattern in &rule.events {
            let Some(event) = self.pattern_event(pattern) else {
                continue;
            };
            self.no_extras(pattern, "a consent rule");
            let span = pattern.span;
            if self.not_a_broadcast(event, span, "it says nothing of a person's consent") {
                continue;
            }
            let filter = pattern.filter.as_ref().map(|filter| {
                let before = std::mem::replace(&mut self.place, Place::Where { event });
                let filter = self.condition(filter);
                self.place = before;
                filter
            });
            out.push(ConsentChange {
                granted: rule.granted,
                event,
                filter,
                channels: channels.clone(),
            });
        }
    }
}
