//! `conversion` and `measure`: what is counted, what is credited for it, what a customer is worth by.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::tree::{ConversionDecl, CreditDecl, EventPattern, MeasureDecl, MeasuredDecl, Name};

impl Lower<'_> {
    pub(super) fn conversion_decl(&mut self, pair: P<'_>) -> ConversionDecl {
        let (after, end) = (Self::first(&pair) + 1, Self::end(&pair));
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, after);
        let on = self.patterns_in(&kids).into_iter().next();
        let value = kids.find(Rule::conversion_value).map(|value| {
            let end = Self::end(&value);
            self.expr_in(&Kids::of(value), end)
        });
        let credits = kids.all(Rule::credit);
        ConversionDecl {
            name,
            on: on.unwrap_or_else(|| EventPattern::missing(self.gap(end))),
            value,
            credits: credits.map(|credit| self.credit(credit)).collect(),
        }
    }

    fn credit(&mut self, pair: P<'_>) -> CreditDecl {
        let (end, span) = (Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let what = kids.all(Rule::credited).map(|one| {
            let inner = Kids::of(one);
            match inner.find(Rule::path) {
                Some(path) => self.path(path),
                None => vec![Name {
                    text: String::new(),
                    span: self.gap(end),
                }],
            }
        });
        let what = what.collect();
        let within = kids.find(Rule::credit_within);
        CreditDecl {
            what,
            within: within.map(|within| self.only_duration(within)),
            span,
        }
    }

    pub(super) fn measure_decl(&mut self, pair: P<'_>) -> MeasureDecl {
        let after = Self::first(&pair) + 1;
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, after);
        let parts = kids.all(Rule::measured);
        MeasureDecl {
            name,
            parts: parts.map(|part| self.measured(part)).collect(),
        }
    }

    fn measured(&mut self, pair: P<'_>) -> MeasuredDecl {
        let (first, span) = (Self::first(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        MeasuredDecl {
            part: self.name_in(&kids, first),
            what: self.patterns_in(&kids),
            span,
        }
    }
}
