//! Journeys: their members, then their steps. Members stand in any order; the entry is looked at first,
//! since the others read its event and its key.

use super::decl::{Piece, of_2_64};
use super::pattern::PatternPlace;
use super::step::Walk;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{DeclId, Each, Enter, Exit, Holdout, Journey, Key, Pattern};
use crate::versions::own_name;
use crate::world::Entity;
use journey_grammar::tree::{
    EventPattern, Expr, ExprKind, JourneyDecl, KeyRef, Member, MemberKind, Name, Reenter, Span,
};
use journey_program::civil::WEEKDAYS;
use journey_program::plan::ReenterPlan;
use journey_program::types::{AudienceId, Type, Value};

impl Checker<'_> {
    pub(crate) fn journey_decl(&mut self, decl: &JourneyDecl) -> Piece {
        self.place = Place::Journey { watched: false };
        self.journey.clone_from(&decl.name.text);
        self.members_once(decl);
        let salt = self.salt(decl);
        let mut journey = Journey {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            salt,
            priority: 0,
            key: None,
            enter: Enter::Every {
                weekday: 0,
                clock: 0,
                when: None,
            },
            take: None,
            reenter: ReenterPlan::Never,
            watch: None,
            exits: Vec::new(),
            goals: Vec::new(),
            goal_within: None,
            goal_of_last_send: false,
            holdout: None,
            locals: Vec::new(),
            named: Vec::new(),
            steps: Vec::new(),
            migrations: Vec::new(),
        };
        self.enter(decl, &mut journey);
        let mut walk = Walk::new(&journey, &decl.steps);
        self.elsewhere.clone_from(&walk.elsewhere);
        journey.steps = self.steps(&decl.steps, &mut walk).steps;
        // Exits, goals and `while` hold at any step: they read what is always there.
        self.scope = walk.at_entry(&self.scope);
        for member in &decl.members {
            self.member(member, &mut journey, &mut walk);
        }
        self.fill_results(&mut journey);
        journey.locals = std::mem::take(&mut self.locals);
        journey.named = walk.named;
        journey.migrations = self.migrations(decl, &journey);
        Piece::Journey(Box::new(journey))
    }

    /// Members that may stand once do so.
    fn members_once(&mut self, decl: &JourneyDecl) {
        let mut first: Vec<(&str, Span)> = Vec::new();
        for member in &decl.members {
            let word = match &member.kind {
                MemberKind::EnterOn(..)
                | MemberKind::EnterWhen { .. }
                | MemberKind::EnterYearly { .. }
                | MemberKind::EnterStart { .. }
                | MemberKind::EnterEvery { .. } => "enter",
                MemberKind::Reenter(_) => "reenter",
                MemberKind::While(_) => "while",
                MemberKind::Goal { .. } => "goal",
                MemberKind::Holdout { .. } => "holdout",
                MemberKind::Priority(_) => "priority",
                MemberKind::Salt(_) => "salt",
                MemberKind::Exit { .. } | MemberKind::Broken => continue,
            };
            match first.iter().find(|(before, _)| *before == word) {
                Some((_, before)) => {
                    let message = format!("a journey has one `{word}`");
                    self.report(
                        Problem::new("declared-twice", member.span, message)
                            .label(*before, "the first is here"),
                    );
                }
                None => first.push((word, member.span)),
            }
        }
        let broken = decl
            .members
            .iter()
            .any(|m| matches!(m.kind, MemberKind::Broken));
        if !broken && !decl.name.is_missing() && !first.iter().any(|(word, _)| *word == "enter") {
            let message = format!("nobody ever enters the journey `{}`", decl.name.text);
            self.report(
                Problem::new("missing-part", decl.name.span, message)
                    .help("say who does: `enter on EVENT` or `enter when AUDIENCE`"),
            );
        }
    }

    fn salt(&mut self, decl: &JourneyDecl) -> String {
        let given = decl.members.iter().find_map(|member| match &member.kind {
            MemberKind::Salt(salt) => Some(salt),
            _ => None,
        });
        given
            .and_then(|salt| self.constant_text(salt))
            .unwrap_or_else(|| own_name(&decl.name.text).0.to_owned())
    }

    fn enter(&mut self, decl: &JourneyDecl, journey: &mut Journey) {
        for member in &decl.members {
            match &member.kind {
                MemberKind::EnterOn(pattern, take) => {
                    if let Some(enter) = self.enter_on(pattern, journey) {
                        journey.enter = enter;
                    }
                    if let (Some(take), Some(event)) = (take, self.scope.entry) {
                        journey.take = self.take(take, event);
                    }
                }
                MemberKind::EnterWhen {
                    leaving,
                    audience,
                    stay,
                    including_members,
                } => {
                    let stay = stay.as_ref().and_then(|stay| self.stay(stay));
                    if let Some(audience) = self.audience_name(audience) {
                        journey.enter = Enter::When {
                            audience,
                            leaving: *leaving,
                            stay,
                            including_members: *including_members,
                        };
                    }
                }
                MemberKind::EnterEvery { day, at, when } => {
                    let clock = self.clock_constant(at).unwrap_or_default();
                    let weekday = self.weekday(day).unwrap_or_default();
                    let when = self.enter_condition(when.as_ref());
                    journey.enter = Enter::Every {
                        weekday,
                        clock,
                        when,
                    };
                }
                MemberKind::EnterYearly { field, at, when } => {
                    if let Some(enter) = self.enter_yearly(field, at, when.as_ref()) {
                        journey.enter = enter;
                    }
                }
                MemberKind::EnterStart { params, span } => {
                    if let Some(enter) = self.enter_start(&decl.name, params, *span) {
                        journey.enter = enter;
                    }
                }
                _ => continue,
            }
            return;
        }
    }

    fn enter_on(&mut self, pattern: &EventPattern, journey: &mut Journey) -> Option<Enter> {
        let event = self.pattern_event(pattern)?;
        if pattern.since_enter || pattern.bind.is_some() {
            let plain = EventPattern {
                key: None,
                ..pattern.clone()
            };
            self.no_extras(&plain, "an `enter`: its event is `entry`");
        }
        let record = self.world.events.get(event.index())?.record;
        let each = self.each(event, pattern, true);
        if let Some((checked, key)) = each {
            journey.key = Some(key);
            return self.entered(event, pattern, None, Some(checked));
        }
        let key = match &pattern.key {
            Some(KeyRef::Field(name)) => {
                let field = self.field_of(record, name, 0);
                let def = self.world.records.get(record.index())?;
                let found = field.and_then(|at| def.fields.get(at as usize));
                let ty = found.map_or(Type::Error, |field| field.ty.known().base());
                if matches!(ty, Type::List(_) | Type::Record(_)) {
                    let message =
                        format!("`{}` is no single value, so it can't be a key", name.text);
                    self.report(Problem::new("type-mismatch", name.span, message));
                }
                journey.key = Some(Key {
                    name: name.text.clone(),
                    ty,
                });
                field
            }
            Some(KeyRef::Any) => {
                self.report(
                    Problem::new("misplaced", pattern.span, "an `enter` can't say `any key`")
                        .help("a journey without `key` has one instance a person"),
                );
                None
            }
            None => None,
        };
        self.entered(event, pattern, key, None)
    }

    fn entered(
        &mut self,
        event: journey_program::types::EventId,
        pattern: &EventPattern,
        key: Option<u32>,
        each: Option<Each>,
    ) -> Option<Enter> {
        self.scope.entry = Some(event);
        let filter = pattern.filter.as_ref().map(|filter| {
            let checked = if self.is_broadcast(event) {
                self.snapshot_filter(event, filter)
            } else {
                self.filter(event, filter)
            };
            self.entry_facts(event, filter);
            checked
        });
        Some(Enter::On(Pattern {
            node: self.node(pattern.span),
            event,
            also: Vec::new(),
            of_step: None,
            filter,
            key,
            each,
            since_enter: false,
            bind: None,
        }))
    }

    /// What the `where` of the entry proves known of its event is known of `entry` for good.
    fn entry_facts(&mut self, event: journey_program::types::EventId, filter: &Expr) {
        let before = std::mem::replace(&mut self.place, Place::Where { event });
        let known = std::mem::take(&mut self.scope.known);
        self.assume(filter, true);
        let proved = std::mem::replace(&mut self.scope.known, known);
        self.place = before;
        for mut fact in proved {
            if let Some(root) = fact.first_mut()
                && root == "event"
            {
                "entry".clone_into(root);
                self.scope.known.push(fact);
            }
        }
    }

    /// `enter when NAME`: an audience by its name.
    fn audience_name(&mut self, e: &Expr) -> Option<AudienceId> {
        match &e.kind {
            ExprKind::Path(path) if path.len() == 1 => {
                let name = path.first()?;
                self.resolve(name, "an audience", |e| match e {
                    Entity::Audience(id) => Some(*id),
                    _ => None,
                })
            }
            ExprKind::Missing => None,
            _ => {
                self.report(
                    Problem::new(
                        "not-an-audience",
                        e.span,
                        "the name of an audience is due here",
                    )
                    .help("declare it, `audience NAME = …`, and enter when it holds"),
                );
                None
            }
        }
    }

    /// 1 Monday … 7 Sunday, 0 every day.
    pub(crate) fn weekday(&mut self, name: &Name) -> Option<u8> {
        let days = || std::iter::once("day").chain(WEEKDAYS);
        let found = days().position(|day| day == name.text);
        if found.is_none() && !name.is_missing() {
            self.report(words::unknown_name(name, "day", days()));
        }
        u8::try_from(found?).ok()
    }

    fn member(&mut self, member: &Member, journey: &mut Journey, walk: &mut Walk) {
        let key = journey.key.clone();
        let sends = walk.sends.clone();
        let place = |what, bind| PatternPlace {
            key: key.as_ref(),
            sends: &sends,
            since: false,
            bind,
            what,
        };
        match &member.kind {
            MemberKind::EnterOn(..)
            | MemberKind::EnterYearly { .. }
            | MemberKind::EnterStart { .. }
            | MemberKind::EnterWhen { .. }
            | MemberKind::EnterEvery { .. }
            | MemberKind::Salt(_)
            | MemberKind::Broken => {}
            MemberKind::Reenter(reenter) => journey.reenter = self.reenter(reenter),
            MemberKind::While(condition) => {
                self.place = Place::Journey { watched: true };
                journey.watch = Some(self.condition(condition));
                self.place = Place::Journey { watched: false };
            }
            MemberKind::Exit { events, steps } => {
                for pattern in events {
                    let scope = self.scope.clone();
                    let place = place("an `exit`", steps.is_some());
                    if let Some(mut checked) = self.event_pattern(pattern, place) {
                        let steps = steps.as_ref().map(|steps| {
                            self.event_variable(pattern, &mut checked);
                            walk.in_exit(|walk| self.steps(steps, walk).steps)
                        });
                        journey.exits.push(Exit {
                            reason: dotted(&pattern.path),
                            pattern: checked,
                            steps,
                        });
                    }
                    self.scope = scope;
                }
            }
            MemberKind::Goal {
                events,
                within,
                of_last_send,
            } => {
                for pattern in events {
                    let scope = self.scope.clone();
                    journey
                        .goals
                        .extend(self.event_pattern(pattern, place("a `goal`", false)));
                    self.scope = scope;
                }
                journey.goal_within = within.as_ref().and_then(|within| self.duration_ms(within));
                journey.goal_of_last_send = *of_last_send;
            }
            MemberKind::Holdout { share, salt } => {
                journey.holdout = self.holdout(share, salt.as_ref(), &journey.salt);
            }
            MemberKind::Priority(priority) => {
                if let Some((_, Value::Int(priority))) = self.constant(priority, Some(&Type::Int)) {
                    journey.priority = priority;
                }
            }
        }
    }

    fn holdout(&mut self, share: &Expr, salt: Option<&Expr>, journey: &str) -> Option<Holdout> {
        let share = self.share(share);
        let salt = salt.and_then(|salt| self.constant_text(salt));
        share.map(|share| Holdout {
            below: of_2_64(share),
            salt: salt.unwrap_or_else(|| format!("{journey}.holdout")),
        })
    }

    fn reenter(&mut self, reenter: &Reenter) -> ReenterPlan {
        match reenter {
            Reenter::Never => ReenterPlan::Never,
            Reenter::Always => ReenterPlan::Always,
            Reenter::After { delay, from_entry } => match self.stay(delay) {
                Some(delay) => ReenterPlan::After {
                    delay,
                    from_entry: *from_entry,
                },
                None => ReenterPlan::Never,
            },
        }
    }
}

/// A path as it is written.
pub(crate) fn dotted(path: &[Name]) -> String {
    let names: Vec<&str> = path.iter().map(|name| name.text.as_str()).collect();
    names.join(".")
}
