//! Histories and list queries: `count order_placed where … in last 90 days`, `any x in items where …`.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::token::Kind;
use crate::tree::{Aggregate, Expr, ExprKind, History, ListQuery, Sequence, Window, WindowKind};

impl Lower<'_> {
    pub(super) fn list_query(&mut self, pair: P<'_>) -> ExprKind {
        let (first, end) = (Self::first(&pair), Self::end(&pair));
        let kids = Kids::of(pair);
        let list = match kids.find(Rule::call) {
            Some(call) => self.call(call),
            None => self.missing(end),
        };
        let field = kids.all(Rule::query_field).map(|field| {
            let after = Self::first(&field) + 1;
            self.name_in(&Kids::of(field), after)
        });
        let field = field.collect();
        ExprKind::ListQuery(Box::new(ListQuery {
            aggregate: aggregate(self.kind(first)),
            binder: self.value_name(&kids, first + 1),
            field,
            list,
            filter: self.filter_in(&kids),
        }))
    }

    pub(super) fn history(&mut self, pair: P<'_>) -> ExprKind {
        let first = Self::first(&pair);
        let kids = Kids::of(pair);
        let aggregate = match (kids.find(Rule::decayed), kids.has(Rule::gap)) {
            (Some(decayed), _) => self.decayed(decayed),
            (None, true) if self.kind(first) == Kind::Median => Aggregate::MedianGap,
            (None, true) => Aggregate::AvgGap,
            (None, false) => aggregate(self.kind(first)),
        };
        ExprKind::History(Box::new(History {
            aggregate,
            path: kids
                .find(Rule::path)
                .map_or_else(Vec::new, |path| self.path(path)),
            filter: self.filter_in(&kids),
            sequence: kids.find(Rule::sequence).map(|s| self.sequence(s)),
            half_life: kids.find(Rule::half_life).map(|h| self.only_duration(h)),
            window: kids.find(Rule::window).map(|window| self.window(window)),
            up_to: kids.find(Rule::up_to_n).map(|up_to| {
                let end = Self::end(&up_to);
                self.number_in(&Kids::of(up_to), end)
            }),
            panes: kids
                .find(Rule::panes)
                .map(|panes| self.only_duration(panes)),
        }))
    }

    fn decayed(&mut self, pair: P<'_>) -> Aggregate {
        let of = Kids::of(pair).find(Rule::decayed_of);
        match of.map(|of| self.kind(Self::first(&of))) {
            Some(Kind::Count) => Aggregate::DecayedCount,
            _ => Aggregate::DecayedSum,
        }
    }

    fn sequence(&mut self, pair: P<'_>) -> Sequence {
        let (first, span) = (Self::first(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        Sequence {
            without: self.kind(first) == Kind::Without,
            path: match kids.find(Rule::path) {
                Some(path) => self.path(path),
                None => Vec::new(),
            },
            filter: self.filter_in(&kids),
            within: kids.find(Rule::within).map(|w| self.only_duration(w)),
            same: kids.find(Rule::same).map(|same| {
                let path = Kids::of(same).find(Rule::path);
                path.map_or_else(Vec::new, |path| self.path(path))
            }),
            span,
        }
    }

    fn filter_in(&mut self, kids: &Kids<'_>) -> Option<Expr> {
        kids.find(Rule::query_where)
            .map(|filter| self.only_expr(filter))
    }

    fn window(&mut self, pair: P<'_>) -> Window {
        let (end, span) = (Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let kind = if kids.has(Rule::since_enter) {
            WindowKind::SinceEnter
        } else if let Some(calendar) = kids.find(Rule::calendar) {
            WindowKind::Calendar(self.calendar_unit(calendar))
        } else if kids.has(Rule::duration) {
            WindowKind::Last(self.duration_in(&kids, end))
        } else {
            let since = kids.0.first().cloned();
            WindowKind::Since(match since {
                Some(since) => self.primary(since),
                None => self.missing(end),
            })
        };
        Window { kind, span }
    }
}

fn aggregate(kind: Kind) -> Aggregate {
    match kind {
        Kind::No => Aggregate::No,
        Kind::All => Aggregate::All,
        Kind::Count => Aggregate::Count,
        Kind::Sum => Aggregate::Sum,
        Kind::Avg => Aggregate::Avg,
        Kind::Min => Aggregate::Min,
        Kind::Max => Aggregate::Max,
        Kind::First => Aggregate::First,
        Kind::Last => Aggregate::Last,
        Kind::Distinct => Aggregate::Distinct,
        Kind::Top => Aggregate::Top,
        _ => Aggregate::Any,
    }
}
