//! Journeys: members, then steps; and the patterns of events that both use.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::problem::SyntaxProblem;
use crate::tree::{
    EventPattern, JourneyDecl, KeyRef, Member, MemberKind, Migrate, MigrateArm, MigrateTo, Name,
    Reenter, Span, Take,
};

impl Lower<'_> {
    pub(super) fn journey_decl(&mut self, pair: P<'_>) -> JourneyDecl {
        let first = Self::first(&pair);
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, first + 1);
        let (mut members, mut steps, mut migrations) = (Vec::new(), Vec::new(), Vec::new());
        let mut after_step = false;
        for kid in &kids.0 {
            let span = self.span(kid);
            if kid.as_rule() == Rule::member {
                if after_step {
                    let word = self.token_text(Self::first(kid));
                    let message = format!("`{word}` stands before the first step");
                    self.problem(
                        SyntaxProblem::new(
                            "member-after-step",
                            self.token_span(Self::first(kid)),
                            message,
                        )
                        .help("a journey's members come first, then its steps"),
                    );
                }
                members.push(self.member(kid.clone(), span));
            } else if kid.as_rule() == Rule::step {
                // A broken step may well have been meant as a member.
                after_step |= !self.problems.any_in(span);
                steps.push(self.step(kid));
            } else if kid.as_rule() == Rule::bad_member {
                members.push(Member {
                    kind: MemberKind::Broken,
                    span,
                });
            } else if kid.as_rule() == Rule::migrate {
                migrations.push(self.migrate(kid.clone(), span));
            }
        }
        JourneyDecl {
            name,
            members,
            steps,
            migrations,
        }
    }

    fn migrate(&mut self, pair: P<'_>, span: Span) -> Migrate {
        let after = Self::first(&pair) + 1;
        let kids = Kids::of(pair);
        let from = match kids.find(Rule::text) {
            Some(version) => self.text(version),
            None => self.missing(after),
        };
        let mut arms = Vec::new();
        if let Some(block) = kids.find(Rule::migrate_arms) {
            for arm in Kids::of(block).all(Rule::migrate_arm) {
                arms.push(self.migrate_arm(arm));
            }
        }
        Migrate { from, arms, span }
    }

    fn migrate_arm(&mut self, pair: P<'_>) -> MigrateArm {
        let (first, end, span) = (Self::first(&pair), Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let old = kids.find(Rule::migrate_old).map(Kids::of);
        let old = self.name_in(&old.unwrap_or(Kids(Vec::new())), first);
        let to = match (kids.find(Rule::migrate_end), kids.find(Rule::migrate_to)) {
            (Some(ends), _) => {
                let kids = Kids::of(ends);
                MigrateTo::End(kids.find(Rule::name).map(|name| self.name(&name)))
            }
            (None, Some(step)) => {
                let kids = Kids::of(step);
                MigrateTo::Step(self.name_in(&kids, end), self.assigns_in(&kids))
            }
            (None, None) => MigrateTo::End(None),
        };
        MigrateArm { old, to, span }
    }

    fn member(&mut self, pair: P<'_>, span: Span) -> Member {
        let kind = match pair.into_inner().next() {
            Some(kind) => self.member_kind(kind),
            None => MemberKind::Broken,
        };
        Member { kind, span }
    }

    fn take(&mut self, pair: P<'_>) -> Take {
        let (span, end) = (self.span(&pair), Self::end(&pair));
        let after = Self::first(&pair);
        let kids = Kids::of(pair);
        let by = kids.0.iter().any(|kid| super::is_name(kid.as_rule()));
        Take {
            count: self.expr_in(&kids, end),
            by: by.then(|| self.name_in(&kids, after + 1)),
            span,
        }
    }

    fn member_kind(&mut self, pair: P<'_>) -> MemberKind {
        let end = Self::end(&pair);
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let kids = Kids::of(pair);
        match rule {
            Rule::enter_start => MemberKind::EnterStart {
                params: self.params_in(&kids),
                span,
            },
            Rule::enter_on => match self.patterns_in(&kids).into_iter().next() {
                Some(pattern) => {
                    let take = kids.find(Rule::take).map(|take| Box::new(self.take(take)));
                    MemberKind::EnterOn(pattern, take)
                }
                None => MemberKind::Broken,
            },
            Rule::enter_when => MemberKind::EnterWhen {
                leaving: kids.has(Rule::leaving),
                audience: self.expr_in(&kids, end),
                stay: kids.find(Rule::stay).map(|stay| self.only_duration(stay)),
                including_members: kids.has(Rule::including),
            },
            Rule::enter_every => self.enter_every(&kids, end),
            Rule::reenter => self.reenter(&kids),
            Rule::while_ => MemberKind::While(self.expr_in(&kids, end)),
            Rule::exit_ => MemberKind::Exit {
                events: self.patterns_in(&kids),
                steps: kids.find(Rule::block).map(|block| self.block(block)),
            },
            Rule::goal => MemberKind::Goal {
                events: self.patterns_in(&kids),
                within: kids
                    .find(Rule::goal_within)
                    .map(|within| self.only_duration(within)),
                of_last_send: kids.has(Rule::of_last_send),
            },
            Rule::holdout => MemberKind::Holdout {
                share: self.number_in(&kids, end),
                salt: self.salt_in(&kids),
            },
            Rule::priority => MemberKind::Priority(self.number_in(&kids, end)),
            Rule::salt => MemberKind::Salt(match kids.find(Rule::text) {
                Some(text) => self.text(text),
                None => self.missing(end),
            }),
            _ => MemberKind::Broken,
        }
    }

    fn enter_every(&mut self, kids: &Kids<'_>, end: usize) -> MemberKind {
        let yearly = kids.find(Rule::every_year).map(Kids::of);
        let part = yearly.as_ref().unwrap_or(kids);
        let at = self.clock_in(part, end);
        let when = part.find(Rule::every_when);
        let when = when.map(|when| self.only_expr(when));
        match &yearly {
            Some(kids) => MemberKind::EnterYearly {
                field: kids
                    .find(Rule::path)
                    .map_or_else(Vec::new, |path| self.path(path)),
                at,
                when,
            },
            None => MemberKind::EnterEvery {
                day: self.name_in(kids, end),
                at,
                when,
            },
        }
    }

    fn reenter(&mut self, kids: &Kids<'_>) -> MemberKind {
        if kids.has(Rule::never) {
            return MemberKind::Reenter(Reenter::Never);
        }
        if kids.has(Rule::always) {
            return MemberKind::Reenter(Reenter::Always);
        }
        let Some(after) = kids.find(Rule::reenter_after) else {
            return MemberKind::Broken;
        };
        let end = Self::end(&after);
        let kids = Kids::of(after);
        let delay = self.duration_in(&kids, end);
        MemberKind::Reenter(Reenter::After {
            delay,
            from_entry: kids.has(Rule::from_entry),
        })
    }

    pub(super) fn salt_in(&mut self, kids: &Kids<'_>) -> Option<crate::tree::Expr> {
        let salt = kids.find(Rule::salt)?;
        let end = Self::end(&salt);
        Some(match Kids::of(salt).find(Rule::text) {
            Some(text) => self.text(text),
            None => self.missing(end),
        })
    }

    // ── patterns of events ──────────────────────────────────────────────────────────────────────

    pub(super) fn patterns_in(&mut self, kids: &Kids<'_>) -> Vec<EventPattern> {
        kids.all(Rule::pattern)
            .map(|pattern| self.event_pattern(pattern))
            .collect()
    }

    pub(super) fn event_pattern(&mut self, pair: P<'_>) -> EventPattern {
        let span = self.span(&pair);
        let kids = Kids::of(pair);
        let each = kids.find(Rule::each).map(|each| {
            let (first, end) = (Self::first(&each), Self::end(&each));
            let kids = Kids::of(each);
            let name = self.value_name(&kids, first + 1);
            let list = match kids.find(Rule::call) {
                Some(list) => self.call(list),
                None => self.missing(end),
            };
            Box::new((name, list))
        });
        let key = if kids.has(Rule::key_any) {
            Some(KeyRef::Any)
        } else {
            kids.find(Rule::key)
                .map(|key| KeyRef::Field(self.key_field(key)))
        };
        EventPattern {
            path: kids
                .find(Rule::path)
                .map_or_else(Vec::new, |path| self.path(path)),
            filter: kids.find(Rule::where_).map(|filter| self.only_expr(filter)),
            each,
            key,
            since_enter: kids.has(Rule::since_enter),
            bind: kids.find(Rule::bind).map(|bind| {
                let after = Self::first(&bind) + 1;
                self.value_name(&Kids::of(bind), after)
            }),
            span,
        }
    }

    fn key_field(&mut self, pair: P<'_>) -> Name {
        let after = Self::first(&pair) + 1;
        let Some(path) = Kids::of(pair).find(Rule::path) else {
            return Name {
                text: String::new(),
                span: self.gap(after),
            };
        };
        let span = self.span(&path);
        let names = self.path(path);
        let text = names
            .iter()
            .map(|name| name.text.as_str())
            .collect::<Vec<_>>()
            .join(".");
        Name { text, span }
    }
}
