//! Steps that act on others: events, journeys, purposes, sends, what is gathered.

use super::{Kids, Lower};
use crate::peg::Rule;
use crate::tree::{EventPattern, StepKind};

impl Lower<'_> {
    pub(super) fn act(
        &mut self,
        rule: Rule,
        kids: &Kids<'_>,
        first: usize,
        end: usize,
    ) -> StepKind {
        match rule {
            Rule::emit => StepKind::Emit {
                event: self.name_in(kids, first + 1),
                assigns: self.assigns_in(kids),
                to: kids.find(Rule::emit_to).map(|to| {
                    let (first, end) = (Self::first(&to), Self::end(&to));
                    let kids = Kids::of(to);
                    let name = self.name_in(&kids, first + 1);
                    let value = match kids.find(Rule::paren) {
                        Some(value) => self.only_expr(value),
                        None => self.missing(end),
                    };
                    (name, value)
                }),
            },
            Rule::mute => StepKind::Mute {
                purpose: self.name_in(kids, first + 1),
                delay: Some(self.duration_in(kids, end)),
            },
            Rule::unmute => StepKind::Mute {
                purpose: self.name_in(kids, first + 1),
                delay: None,
            },
            Rule::start => StepKind::Start {
                journey: self.name_in(kids, first + 1),
                args: kids
                    .find(Rule::args)
                    .map_or_else(Vec::new, |args| self.args(args)),
            },
            Rule::withdraw => StepKind::Withdraw {
                step: self.name_in(kids, first + 1),
            },
            Rule::collect => self.collect(kids, first, end),
            _ => StepKind::Broken,
        }
    }

    fn collect(&mut self, kids: &Kids<'_>, first: usize, end: usize) -> StepKind {
        let pattern = self.patterns_in(kids).into_iter().next();
        let up_to = kids.find(Rule::up_to);
        let most = kids.find(Rule::gather_most);
        StepKind::Collect {
            pattern: pattern.unwrap_or_else(|| EventPattern {
                path: Vec::new(),
                filter: None,
                each: None,
                key: None,
                since_enter: false,
                bind: None,
                span: self.gap(first + 1),
            }),
            up_to: match up_to {
                Some(up_to) => self.only_duration(up_to),
                None => self.missing(end),
            },
            most: match most {
                Some(most) => self.number_in(&Kids::of(most), end),
                None => self.missing(end),
            },
            name: match kids.find(Rule::bind) {
                Some(bind) => {
                    let after = Self::first(&bind) + 1;
                    self.value_name(&Kids::of(bind), after)
                }
                None => self.name_in(&Kids(Vec::new()), end),
            },
        }
    }
}
