//! `channel` and its members, `limit` and `holdout` of their own: where a send goes, when it may, how many.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::tree::{
    AnswerWithin, AnswersDecl, CarriesDecl, ChannelDecl, Expr, HoldDecl, HoldoutDecl, LimitDecl,
    LimitWindow, Name, OpenDecl, RetryDecl,
};

impl Lower<'_> {
    pub(super) fn channel_decl(&mut self, pair: P<'_>) -> ChannelDecl {
        let first = Self::first(&pair);
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, first + 1);
        let mut outcomes = Vec::new();
        for part in kids.all(Rule::outcomes) {
            let list = Kids::of(part);
            outcomes.extend(list.all(Rule::outcome).map(|outcome| self.outcome(outcome)));
        }
        ChannelDecl {
            name,
            to: kids.find(Rule::to).map(|to| self.only_expr(to)),
            quiet: kids
                .all(Rule::quiet)
                .map(|quiet| self.quiet(quiet))
                .collect(),
            open: kids
                .all(Rule::open_hours)
                .map(|open| self.open_hours(open))
                .collect(),
            limits: kids
                .all(Rule::limit)
                .map(|limit| self.limit(limit, None))
                .collect(),
            outcomes,
            answers: kids
                .all(Rule::answers)
                .map(|answers| self.answers(answers))
                .collect(),
            cost: kids
                .all(Rule::cost)
                .map(|cost| self.only_expr(cost))
                .collect(),
            carries: kids
                .all(Rule::carries)
                .map(|carries| self.carries(carries))
                .collect(),
            deliver: kids
                .find(Rule::deliver)
                .map(|deliver| self.deliver(deliver)),
            retry: kids
                .all(Rule::retry)
                .map(|retry| self.retry(retry))
                .collect(),
        }
    }

    /// The times of day among the children, in order.
    pub(super) fn clocks_in(&mut self, kids: &Kids<'_>) -> Vec<Expr> {
        let mut clocks: Vec<Expr> = Vec::new();
        for kid in &kids.0 {
            if matches!(kid.as_rule(), Rule::clock_lit | Rule::paren | Rule::m_clock) {
                clocks.push(self.clock(kid.clone()));
            }
        }
        clocks
    }

    fn open_hours(&mut self, pair: P<'_>) -> OpenDecl {
        let (end, span) = (Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let mut clocks = self.clocks_in(&kids).into_iter();
        let zone = kids.find(Rule::in_zone).and_then(|zone| {
            let text = Kids::of(zone).find(Rule::text)?;
            Some(self.text(text))
        });
        OpenDecl {
            days: kids
                .all(Rule::open_range)
                .map(|range| self.open_range(range))
                .collect(),
            from: clocks.next().unwrap_or_else(|| self.missing(end)),
            to: clocks.next().unwrap_or_else(|| self.missing(end)),
            zone,
            span,
        }
    }

    fn open_range(&mut self, pair: P<'_>) -> (Name, Name) {
        let end = Self::end(&pair);
        let kids = Kids::of(pair);
        let mut days = kids.all(Rule::open_day).map(|day| Name {
            text: self.token_text(Self::first(&day)).to_string(),
            span: self.span(&day),
        });
        let missing = || Name {
            text: String::new(),
            span: self.gap(end),
        };
        let first = days.next().unwrap_or_else(missing);
        let last = match days.next() {
            Some(last) => last,
            None if kids.has(Rule::m_weekday) => missing(),
            None => first.clone(),
        };
        (first, last)
    }

    /// A limit, of a channel or of its own.
    fn limit(&mut self, pair: P<'_>, name: Option<Name>) -> LimitDecl {
        let (end, span) = (Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let count = self.number_in(&kids, end);
        let window = match kids.find(Rule::calendar) {
            Some(calendar) => LimitWindow::Calendar(self.calendar_unit(calendar)),
            None => LimitWindow::Rolling(self.duration_in(&kids, end)),
        };
        let names = |lower: &Self, rule| {
            kids.find(rule)
                .map_or_else(Vec::new, |part| lower.names_in(&Kids::of(part)))
        };
        LimitDecl {
            name,
            count,
            window,
            per: kids
                .find(Rule::limit_per)
                .map(|per| self.name_in(&Kids::of(per), end)),
            across: names(self, Rule::limit_across),
            overall: kids.has(Rule::limit_overall),
            purposes: names(self, Rule::for_names),
            tags: names(self, Rule::for_tagged),
            wait: kids.has(Rule::limit_wait),
            span,
        }
    }

    pub(super) fn limit_decl(&mut self, pair: P<'_>) -> LimitDecl {
        let after = Self::first(&pair) + 1;
        let name = self.new_name(&Kids::of(pair.clone()), after);
        self.limit(pair, Some(name))
    }

    pub(super) fn holdout_decl(&mut self, pair: P<'_>) -> HoldoutDecl {
        let (first, end) = (Self::first(&pair), Self::end(&pair));
        let kids = Kids::of(pair);
        HoldoutDecl {
            name: self.new_name(&kids, first + 1),
            share: self.number_in(&kids, end),
            tags: kids
                .find(Rule::for_tagged)
                .map_or_else(Vec::new, |tags| self.names_in(&Kids::of(tags))),
            salt: kids
                .find(Rule::salt)
                .and_then(|salt| Some(self.text(Kids::of(salt).find(Rule::text)?))),
        }
    }

    pub(super) fn answers(&mut self, pair: P<'_>) -> AnswersDecl {
        let span = self.span(&pair);
        let kids = Kids::of(pair);
        AnswersDecl {
            answers: kids
                .all(Rule::outcome)
                .map(|outcome| self.outcome(outcome))
                .collect(),
            within: kids
                .find(Rule::answer_within)
                .map(|within| self.answer_within(within)),
            span,
        }
    }

    fn answer_within(&mut self, pair: P<'_>) -> AnswerWithin {
        let end = Self::end(&pair);
        let kids = Kids::of(pair.clone());
        match kids.find(Rule::open_count) {
            Some(count) => AnswerWithin::OpenDays(self.number_in(&Kids::of(count), end)),
            None => AnswerWithin::Duration(self.only_duration(pair)),
        }
    }

    fn carries(&mut self, pair: P<'_>) -> CarriesDecl {
        let span = self.span(&pair);
        CarriesDecl {
            fields: self.fields_in(&Kids::of(pair)),
            span,
        }
    }

    fn retry(&mut self, pair: P<'_>) -> RetryDecl {
        let (first, span) = (Self::first(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let name = self.name_in(&kids, first + 1);
        RetryDecl {
            kind: name,
            length: kids
                .find(Rule::retry_for)
                .map(|length| self.only_duration(length)),
            span,
        }
    }

    pub(super) fn hold(&mut self, pair: P<'_>) -> HoldDecl {
        let (end, span) = (Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        HoldDecl {
            condition: self.expr_in(&kids, end),
            drop: kids
                .find(Rule::hold_drop)
                .map(|drop| self.only_duration(drop)),
            spread: kids
                .find(Rule::hold_spread)
                .map(|spread| self.only_duration(spread)),
            span,
        }
    }
}
