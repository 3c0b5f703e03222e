//! Channels: the ways by which people can be reached, when they are open, what they carry and ask back.

use super::decl::Piece;
use super::literal::scaled;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{Channel, DeclId, Local, OutcomeDef, Quiet};
use crate::types::type_name;
use journey_grammar::tree::{
    AnswerWithin as Within, AnswersDecl, CarriesDecl, ChannelDecl, DeliverDecl, Expr, ExprKind,
    Name, OpenDecl, OutcomeDecl, QuietDecl, RetryDecl, Span,
};
use journey_program::civil::WEEKDAYS;
use journey_program::plan::{AnswerWithin, OpenPlan, RetryPlan, SendCost, StayPlan};
use journey_program::types::{ChannelId, Currency, PurposeId, Type, Value};

/// Digits after the point that a cost of one send has room for.
const COST_DIGITS: u32 = 6;

impl Checker<'_> {
    pub(crate) fn channel_decl(&mut self, decl: &ChannelDecl) -> Piece {
        self.place = Place::Profile { watched: false };
        let to = decl
            .to
            .as_ref()
            .map(|to| self.expr_as(to, &Type::Text.optional()));
        self.place = Place::Constant;
        let quiet = decl.quiet.iter().filter_map(|quiet| self.quiet(quiet));
        let quiet: Vec<Quiet> = quiet.collect();
        let open = decl.open.iter().filter_map(|open| self.open_hours(open));
        let open: Vec<OpenPlan> = open.collect();
        self.never_open(decl, &quiet, &open);
        let number = self
            .world
            .channels
            .iter()
            .position(|sig| sig.name == decl.name.text);
        let zone = open.iter().find_map(|open| open.zone.clone());
        let own = Some((ChannelId::new(number.unwrap_or(0)), zone));
        let limits = decl
            .limits
            .iter()
            .filter_map(|limit| self.limit(limit, own.clone()))
            .collect();
        let answers = decl.answers.iter().flat_map(|answers| &answers.answers);
        let outcomes: Vec<OutcomeDecl> = decl.outcomes.iter().chain(answers).cloned().collect();
        let outcomes = self.outcomes(&decl.name, &outcomes);
        self.once(decl.answers.iter().map(|a| a.span), "answer");
        self.once(decl.carries.iter().map(|c| c.span), "carries");
        self.once(decl.retry.iter().map(|r| r.span), "retry");
        self.once(decl.cost.iter().map(|c| c.span), "cost");
        let answer_within = self.answer_within(&decl.answers, !decl.open.is_empty());
        let deliver = decl
            .deliver
            .as_ref()
            .map_or_else(|| "none".to_owned(), |d| self.deliver(d));
        Piece::Channel(Channel {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            to,
            quiet,
            open,
            limits,
            outcomes,
            answer_within,
            carries: self.carries(&decl.name, &decl.carries),
            cost: decl.cost.first().and_then(|cost| self.cost(cost)),
            deliver,
            retry: decl.retry.first().and_then(|retry| self.retry(retry)),
        })
    }

    /// A member that may stand once.
    pub(crate) fn once(&mut self, spans: impl Iterator<Item = Span>, what: &str) {
        let mut first = None;
        for span in spans {
            match first {
                None => first = Some(span),
                Some(first) => {
                    let message = format!("`{what}` stands here twice");
                    let problem = Problem::new("declared-twice", span, message);
                    self.report(problem.label(first, "the first is here"));
                }
            }
        }
    }

    fn quiet(&mut self, quiet: &QuietDecl) -> Option<Quiet> {
        let (from, to) = (
            self.clock_constant(&quiet.from),
            self.clock_constant(&quiet.to),
        );
        let purposes = self.purposes(&quiet.purposes);
        let (from, to) = (from?, to?);
        self.no_time(from == to, quiet.span, "quiet");
        Some(Quiet { from, to, purposes })
    }

    fn no_time(&mut self, none: bool, span: Span, what: &str) {
        if none {
            let message = format!("these {what} hours are no time at all");
            self.report(
                Problem::new("out-of-range", span, message)
                    .help("a window is half-open: `21:00 to 08:00` ends when 08:00 begins"),
            );
        }
    }

    fn open_hours(&mut self, open: &OpenDecl) -> Option<OpenPlan> {
        let (from, to) = (
            self.clock_constant(&open.from),
            self.clock_constant(&open.to),
        );
        let zone = open.zone.as_ref().and_then(|zone| {
            match self.constant(zone, Some(&Type::Timezone))?.1 {
                Value::Timezone(name) => Some(name),
                _ => None,
            }
        });
        let mut days = 0;
        for (first, last) in &open.days {
            let place = |name: &Name| WEEKDAYS.iter().position(|day| *day == name.text);
            let (Some(first), Some(last)) = (place(first), place(last)) else {
                continue;
            };
            let mut day = first;
            loop {
                days |= 1 << day;
                if day == last {
                    break;
                }
                day = (day + 1) % WEEKDAYS.len();
            }
        }
        let (from, to) = (from?, to?);
        self.no_time(from == to, open.span, "open");
        Some(OpenPlan {
            days: if days == 0 { 0b111_1111 } else { days },
            from,
            to,
            zone,
        })
    }

    /// How long an answer is awaited; `opens`: the channel has opening hours to count days by.
    pub(crate) fn answer_within(
        &mut self,
        answers: &[AnswersDecl],
        opens: bool,
    ) -> Option<AnswerWithin> {
        match answers.first()?.within.as_ref()? {
            Within::Duration(length) => match self.stay(length)? {
                StayPlan::Duration(ms) => Some(AnswerWithin::Duration(ms)),
                StayPlan::Span(span) => Some(AnswerWithin::Span(span)),
            },
            Within::OpenDays(count) => {
                let days = self.count(count, 1)?;
                if !opens {
                    let message = "open days are counted where `open` says when they are";
                    self.report(Problem::new("missing-part", count.span, message).help(
                        "say `open monday to friday 09:00 to 17:00`, or write `within 3 days`",
                    ));
                }
                Some(AnswerWithin::OpenDays(days))
            }
        }
    }

    /// What every message for the channel fills: of types that can be written into a text.
    fn carries(&mut self, channel: &Name, carries: &[CarriesDecl]) -> Vec<Local> {
        for field in carries.iter().flat_map(|carries| &carries.fields) {
            if let Some(default) = &field.default {
                let message = "what a message fills has no default";
                self.report(
                    Problem::new("misplaced", default.span, message)
                        .help(format!("make it optional: `{}: text?`", field.name.text)),
                );
            }
            let ty = self.type_ref(&field.ty);
            if matches!(ty.known(), Type::Record(_) | Type::List(_)) {
                let shown = type_name(self.world, &ty);
                let message = format!("a channel carries texts and numbers, not `{shown}`");
                self.report(Problem::new("type-mismatch", field.ty.span, message));
            }
        }
        let names: Vec<Name> = carries
            .iter()
            .flat_map(|carries| carries.fields.iter().map(|field| field.name.clone()))
            .collect();
        self.unique_names(&names, "field");
        self.world
            .channels
            .iter()
            .find(|sig| sig.name == channel.text)
            .map_or_else(Vec::new, |sig| sig.carries.clone())
    }

    /// What one send costs: money, and as a literal down to a millionth.
    fn cost(&mut self, cost: &Expr) -> Option<SendCost> {
        if let ExprKind::Money { amount, currency } = &cost.kind
            && let Some(code) = Currency::parse(&currency.text)
            && let Ok(millionths) = scaled(amount, COST_DIGITS)
        {
            return Some(SendCost {
                millionths,
                currency: code,
            });
        }
        match self.constant(cost, None)? {
            (Type::Money(currency), Value::Money(minor, _)) if minor >= 0 => {
                let finer = COST_DIGITS.saturating_sub(currency.digits());
                let millionths = minor.checked_mul(10_i64.checked_pow(finer)?);
                if millionths.is_none() {
                    let message = "nothing costs that much";
                    self.report(Problem::new("number-too-large", cost.span, message));
                }
                millionths.map(|millionths| SendCost {
                    millionths,
                    currency,
                })
            }
            (Type::Money(_), _) => {
                let message = "a cost is not below zero";
                self.report(Problem::new("out-of-range", cost.span, message));
                None
            }
            (Type::Error, _) => None,
            _ => {
                let message = "a cost is an amount of money such as `0.05 EUR`";
                self.report(Problem::new("type-mismatch", cost.span, message));
                None
            }
        }
    }

    fn retry(&mut self, retry: &RetryDecl) -> Option<RetryPlan> {
        let length = retry.length.as_ref();
        let kind = match retry.kind.text.as_str() {
            "keyed" => {
                let Some(length) = length else {
                    self.report(
                        Problem::new(
                            "missing-part",
                            retry.span,
                            "`keyed` says for how long the receiver drops a repeated key",
                        )
                        .help("write `retry keyed 24 hours`"),
                    );
                    return None;
                };
                return Some(RetryPlan::Keyed(self.duration_ms(length)?));
            }
            "asking" => RetryPlan::Asking,
            "never" => RetryPlan::Never,
            "always" => RetryPlan::Always,
            "" => return None,
            _ => {
                let known = ["keyed", "asking", "never", "always"];
                self.report(words::unknown_name(&retry.kind, "way to retry", known));
                return None;
            }
        };
        if let Some(length) = length {
            let message = format!("only `keyed` has a length, not `{}`", retry.kind.text);
            self.report(Problem::new("misplaced", length.span, message));
        }
        Some(kind)
    }

    pub(crate) fn purposes(&mut self, names: &[Name]) -> Vec<PurposeId> {
        let mut ids: Vec<PurposeId> = names.iter().filter_map(|name| self.purpose(name)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Outcomes and answers: one name each, with fields of their own.
    fn outcomes(&mut self, channel: &Name, outcomes: &[OutcomeDecl]) -> Vec<OutcomeDef> {
        self.outcome_fields(outcomes);
        self.world
            .channels
            .iter()
            .find(|sig| sig.name == channel.text)
            .map_or_else(Vec::new, |sig| sig.outcomes.clone())
    }

    pub(crate) fn outcome_fields(&mut self, outcomes: &[OutcomeDecl]) {
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
    }

    fn deliver(&mut self, deliver: &DeliverDecl) -> String {
        let target = deliver
            .target
            .as_ref()
            .and_then(|target| self.constant_text(target));
        match deliver.kind.text.as_str() {
            "none" | "" => return "none".to_owned(),
            "webhook" | "smtp" | "file" => {}
            "on request" => return "on request".to_owned(),
            _ => {
                let known = ["webhook", "smtp", "file", "on request", "none"];
                self.report(words::unknown_name(&deliver.kind, "way to deliver", known));
            }
        }
        let env = if deliver.env { " env" } else { "" };
        format!("{}{env} {}", deliver.kind.text, target.unwrap_or_default())
    }
}
