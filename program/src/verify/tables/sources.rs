//! The tables of sources: expressions over raw records.

use super::Tables;
use crate::plan::{SourceRule, SourceTarget};
use crate::raw::RawExpr;

impl Tables<'_, '_> {
    pub(super) fn sources(&mut self) {
        let program = self.program;
        for source in &program.sources {
            self.at(format!("source {}", source.name));
            for (_, value) in &source.identify {
                self.raw(value);
            }
            for rule in &source.rules {
                self.rule(rule);
            }
        }
    }

    fn rule(&mut self, rule: &SourceRule) {
        let record = match rule.target {
            SourceTarget::Event(event) => self.event(event),
            SourceTarget::Profile => Some(self.program.profile.record),
        };
        for value in [&rule.when, &rule.at, &rule.id].into_iter().flatten() {
            self.raw(value);
        }
        for (field, value) in &rule.assigns {
            if let Some(record) = record {
                self.path(record, &[*field]);
            }
            self.raw(value);
        }
    }

    fn raw(&mut self, value: &RawExpr) {
        match value {
            RawExpr::Path(_) | RawExpr::Bool(_) | RawExpr::Number(_) | RawExpr::Text(_) => {}
            RawExpr::Concat(parts) | RawExpr::List(parts) => {
                for part in parts {
                    self.raw(part);
                }
            }
            RawExpr::Not(inner) | RawExpr::Known(inner) => self.raw(inner),
            RawExpr::Binary(_, a, b) => {
                self.raw(a);
                self.raw(b);
            }
            RawExpr::Between(a, b, c) | RawExpr::If(a, b, c) => {
                self.raw(a);
                self.raw(b);
                self.raw(c);
            }
            RawExpr::Matches(inner, regex) => {
                self.raw(inner);
                self.index("regular expression", *regex, self.program.regexes.len());
            }
        }
    }
}
