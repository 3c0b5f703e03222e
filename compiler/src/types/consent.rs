//! Purposes: what people agreed to, what revokes it, what holds it back.

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{ConsentChange, DeclId, Purpose};
use journey_grammar::tree::{ConsentRule, PurposeDecl};
use journey_program::plan::ConsentRule as Consent;
use journey_program::types::ChannelId;

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
        for hold in &decl.holds {
            self.report(words::not_yet(hold.span, "`hold`"));
        }
        Piece::Purpose(Purpose {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            consent,
            rules,
        })
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
