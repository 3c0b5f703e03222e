//! `purpose`, `audience`, `message`, outcomes and deliveries of a `channel`: who may be reached, where, and with what.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::tree::{
    AudienceDecl, BodyDecl, ConsentRule, DeliverDecl, MessageDecl, Name, OutcomeDecl, PurposeDecl,
    QuietDecl,
};

impl Lower<'_> {
    pub(super) fn purpose_decl(&mut self, pair: P<'_>) -> PurposeDecl {
        let first = Self::first(&pair);
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, first + 1);
        let word = |lower: &Self, rule| {
            kids.find(rule).map(|part| {
                let after = Self::first(&part) + 1;
                lower.name_in(&Kids::of(part), after)
            })
        };
        PurposeDecl {
            name,
            consent: word(self, Rule::consent),
            basis: word(self, Rule::basis),
            rules: kids
                .all(Rule::consent_rule)
                .map(|rule| self.consent_rule(rule))
                .collect(),
            holds: kids.all(Rule::hold).map(|hold| self.hold(hold)).collect(),
        }
    }

    fn consent_rule(&mut self, pair: P<'_>) -> ConsentRule {
        let span = self.span(&pair);
        let kids = Kids::of(pair);
        ConsentRule {
            granted: kids.has(Rule::granted),
            events: self.patterns_in(&kids),
            channels: self.for_names_in(&kids),
            span,
        }
    }

    /// The names after `for` among the children.
    pub(super) fn for_names_in(&mut self, kids: &Kids<'_>) -> Vec<Name> {
        kids.find(Rule::for_names)
            .map_or_else(Vec::new, |names| self.names_in(&Kids::of(names)))
    }

    pub(super) fn audience_decl(&mut self, pair: P<'_>) -> AudienceDecl {
        let (first, end) = (Self::first(&pair), Self::end(&pair));
        let kids = Kids::of(pair);
        AudienceDecl {
            name: self.new_name(&kids, first + 1),
            value: self.expr_in(&kids, end),
        }
    }

    pub(super) fn quiet(&mut self, pair: P<'_>) -> QuietDecl {
        let (end, span) = (Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let mut clocks = self.clocks_in(&kids).into_iter();
        QuietDecl {
            from: clocks.next().unwrap_or_else(|| self.missing(end)),
            to: clocks.next().unwrap_or_else(|| self.missing(end)),
            purposes: self.for_names_in(&kids),
            span,
        }
    }

    /// The unit after `calendar`, in the singular.
    pub(super) fn calendar_unit(&mut self, pair: P<'_>) -> Name {
        let after = Self::end(&pair);
        match Kids::of(pair).find(Rule::unit) {
            Some(unit) => {
                let text = self.token_text(Self::first(&unit));
                let text = text.strip_suffix('s').unwrap_or(text).to_string();
                Name {
                    text,
                    span: self.span(&unit),
                }
            }
            None => Name {
                text: String::new(),
                span: self.gap(after),
            },
        }
    }

    pub(super) fn outcome(&mut self, pair: P<'_>) -> OutcomeDecl {
        let (first, span) = (Self::first(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        OutcomeDecl {
            name: self.name_in(&kids, first),
            unverified: kids.has(Rule::unverified),
            fields: self.fields_in(&kids),
            span,
        }
    }

    pub(super) fn deliver(&mut self, pair: P<'_>) -> DeliverDecl {
        let (first, span) = (Self::first(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let kind = match kids.find(Rule::deliver_request) {
            Some(request) => Name {
                text: "on request".to_string(),
                span: self.span(&request),
            },
            None => self.name_in(&kids, first + 1),
        };
        DeliverDecl {
            kind,
            env: kids.has(Rule::env),
            target: kids.find(Rule::text).map(|text| self.text(text)),
            span,
        }
    }

    pub(super) fn message_decl(&mut self, pair: P<'_>) -> MessageDecl {
        let first = Self::first(&pair);
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, first + 1);
        let params = self.params_in(&kids);
        let purpose = self
            .names_in(&kids)
            .into_iter()
            .nth(1)
            .filter(|name| !name.is_missing());
        let tags = kids
            .find(Rule::tagged)
            .map_or_else(Vec::new, |tagged| self.names_in(&Kids::of(tagged)));
        let bodies = kids.all(Rule::body).map(|body| self.body(body)).collect();
        MessageDecl {
            name,
            params,
            purpose,
            tags,
            bodies,
            answers: kids
                .all(Rule::answers)
                .map(|answers| self.answers(answers))
                .collect(),
            expires: kids
                .all(Rule::expires)
                .map(|expires| self.only_duration(expires))
                .collect(),
        }
    }

    fn body(&mut self, pair: P<'_>) -> BodyDecl {
        let (first, span) = (Self::first(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        BodyDecl {
            channel: self.name_in(&kids, first),
            fields: self.body_fields(&kids),
            span,
        }
    }
}
