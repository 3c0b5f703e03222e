//! Purposes and channels: what people agreed to, and by what ways they can be reached.

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{Channel, ConsentChange, DeclId, Limit, OutcomeDef, Purpose, Quiet};
use journey_grammar::tree::{
    ChannelDecl, ConsentRule, DeliverDecl, LimitDecl, LimitWindow as Window, Name, OutcomeDecl,
    PurposeDecl,
};
use journey_program::plan::{ConsentRule as Consent, LimitWindow};
use journey_program::types::{ChannelId, PurposeId, Type};

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
        self.later(&decl.later);
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

    pub(crate) fn channel_decl(&mut self, decl: &ChannelDecl) -> Piece {
        self.place = Place::Profile { watched: false };
        let to = decl
            .to
            .as_ref()
            .map(|to| self.expr_as(to, &Type::Text.optional()));
        self.place = Place::Constant;
        let quiet = decl.quiet.iter().filter_map(|quiet| {
            let (from, to) = (
                self.clock_constant(&quiet.from),
                self.clock_constant(&quiet.to),
            );
            let purposes = self.purposes(&quiet.purposes);
            let (from, to) = (from?, to?);
            if from == to {
                self.report(
                    Problem::new(
                        "out-of-range",
                        quiet.span,
                        "these quiet hours are no time at all",
                    )
                    .help("a window is half-open: `21:00 to 08:00` ends when 08:00 begins"),
                );
            }
            Some(Quiet { from, to, purposes })
        });
        let quiet = quiet.collect();
        let limits = decl
            .limits
            .iter()
            .filter_map(|limit| self.limit(limit))
            .collect();
        let outcomes = self.outcomes(&decl.name, &decl.outcomes);
        let deliver = decl
            .deliver
            .as_ref()
            .map_or_else(|| "none".to_owned(), |d| self.deliver(d));
        self.later(&decl.later);
        Piece::Channel(Channel {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            to,
            quiet,
            limits,
            outcomes,
            deliver,
        })
    }

    fn purposes(&mut self, names: &[Name]) -> Vec<PurposeId> {
        let mut ids: Vec<PurposeId> = names.iter().filter_map(|name| self.purpose(name)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn limit(&mut self, limit: &LimitDecl) -> Option<Limit> {
        let count = self.count(&limit.count, 1);
        let purposes = self.purposes(&limit.purposes);
        let window = match &limit.window {
            Window::Rolling(duration) => {
                let ms = self.duration_ms(duration)?;
                if ms <= 0 {
                    let message = "a limit's window is longer than nothing";
                    self.report(Problem::new("out-of-range", duration.span, message));
                }
                LimitWindow::Rolling(ms)
            }
            Window::Calendar(unit) => match unit.text.as_str() {
                "day" => LimitWindow::Day,
                "week" => LimitWindow::Week,
                "month" => LimitWindow::Month,
                "" => return None,
                _ => {
                    let known = ["day", "week", "month"];
                    self.report(words::unknown_name(unit, "calendar window", known));
                    return None;
                }
            },
        };
        Some(Limit {
            count: count?,
            window,
            purposes,
        })
    }

    fn outcomes(&mut self, channel: &Name, outcomes: &[OutcomeDecl]) -> Vec<OutcomeDef> {
        let names: Vec<Name> = outcomes
            .iter()
            .map(|outcome| outcome.name.clone())
            .collect();
        self.unique_names(&names, "outcome");
        for outcome in outcomes {
            if let Some(field) = outcome.fields.iter().find(|field| {
                ["id", "at", "source", "late", "send"].contains(&field.name.text.as_str())
            }) {
                let message = format!("every outcome has `{}` already", field.name.text);
                self.report(Problem::new("declared-twice", field.name.span, message));
            }
            self.fields(&outcome.fields);
        }
        self.world
            .channels
            .iter()
            .find(|sig| sig.name == channel.text)
            .map_or_else(Vec::new, |sig| sig.outcomes.clone())
    }

    fn deliver(&mut self, deliver: &DeliverDecl) -> String {
        let target = deliver
            .target
            .as_ref()
            .and_then(|target| self.constant_text(target));
        match deliver.kind.text.as_str() {
            "none" | "" => return "none".to_owned(),
            "webhook" | "smtp" | "file" => {}
            "on request" => {
                self.report(words::not_yet(deliver.span, "`deliver on request`"));
            }
            _ => {
                let known = ["webhook", "smtp", "file", "none"];
                self.report(words::unknown_name(&deliver.kind, "way to deliver", known));
            }
        }
        let env = if deliver.env { " env" } else { "" };
        format!("{}{env} {}", deliver.kind.text, target.unwrap_or_default())
    }
}
