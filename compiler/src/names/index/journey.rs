//! The names of a journey: members, steps, migrations.

use super::{Symbol, Walk};
use crate::names::signature::channels_of;
use journey_grammar::tree::{
    Assign, EventPattern, JourneyDecl, KeyRef, Member, MemberKind, Migrate, MigrateTo, Name,
    Reenter, SendStep, Step, StepKind, WaitArm, WaitWhat,
};

impl Walk<'_> {
    pub(super) fn journey(&mut self, decl: &JourneyDecl) {
        self.defines(&decl.name);
        let key = decl.members.iter().find_map(|member| self.key_of(member));
        for member in &decl.members {
            self.member(member);
        }
        self.steps(&decl.steps);
        if let Some(key) = key {
            self.correlated(decl, &key);
        }
        for migration in &decl.migrations {
            self.migrate(migration);
        }
    }

    /// What the journey's key is called, and the field that it comes from.
    fn key_of(&self, member: &Member) -> Option<Symbol> {
        let MemberKind::EnterOn(pattern, _) = &member.kind else {
            return None;
        };
        let Some(KeyRef::Field(name)) = &pattern.key else {
            return None;
        };
        if pattern.each.is_none() {
            let event = self.event_name(&pattern.path)?;
            return Some(self.event_field(&event, &name.text));
        }
        // `x.F`: the field of the element is the last of its names.
        let last = name.text.rsplit('.').next()?;
        let length = u32::try_from(last.len()).ok()?;
        let start = name.span.end.checked_sub(length)?;
        self.read(&Name {
            text: last.to_owned(),
            span: journey_grammar::tree::Span::new(start, name.span.end),
        })
    }

    /// Every event that carries the key without saying so carries it under the key's own name.
    fn correlated(&mut self, decl: &JourneyDecl, key: &Symbol) {
        let mut patterns: Vec<&EventPattern> = Vec::new();
        for member in &decl.members {
            match &member.kind {
                MemberKind::Exit { events, steps } => {
                    patterns.extend(events);
                    steps.iter().for_each(|steps| found(steps, &mut patterns));
                }
                MemberKind::Goal { events, .. } => patterns.extend(events),
                MemberKind::EnterOn(..)
                | MemberKind::EnterWhen { .. }
                | MemberKind::EnterEvery { .. }
                | MemberKind::EnterYearly { .. }
                | MemberKind::EnterStart { .. }
                | MemberKind::Reenter(_)
                | MemberKind::While(_)
                | MemberKind::Holdout { .. }
                | MemberKind::Priority(_)
                | MemberKind::Salt(_)
                | MemberKind::Broken => {}
            }
        }
        found(&decl.steps, &mut patterns);
        for pattern in patterns {
            let [name] = pattern.path.as_slice() else {
                continue;
            };
            if pattern.key.is_none() && pattern.each.is_none() {
                let field = self.event_field(&name.text, key.name());
                if matches!(field, Symbol::Field(..)) {
                    self.link(key, &field);
                }
            }
        }
    }

    fn member(&mut self, member: &Member) {
        match &member.kind {
            MemberKind::EnterOn(pattern, take) => {
                self.event_pattern(pattern);
                if let Some(take) = take {
                    self.expr(&take.count);
                    take.by.iter().for_each(|by| self.score(by));
                }
            }
            MemberKind::EnterWhen { audience, stay, .. } => {
                self.expr(audience);
                self.exprs(stay);
            }
            MemberKind::EnterEvery { day, at, when } => {
                self.built_in(day);
                self.expr(at);
                self.exprs(when);
            }
            MemberKind::EnterYearly { field, at, when } => {
                let own = match field.as_slice() {
                    [profile, name] => {
                        self.built_in(profile);
                        Some(name)
                    }
                    other => other.first(),
                };
                if let Some(name) = own {
                    self.refer(name, Symbol::Profile(name.text.clone()));
                }
                self.expr(at);
                self.exprs(when);
            }
            MemberKind::EnterStart { params, .. } => self.params(params),
            MemberKind::Reenter(Reenter::After { delay, .. }) => self.expr(delay),
            MemberKind::Reenter(Reenter::Never | Reenter::Always) | MemberKind::Broken => {}
            MemberKind::While(e) | MemberKind::Priority(e) | MemberKind::Salt(e) => self.expr(e),
            MemberKind::Exit { events, steps } => {
                self.event_patterns(events);
                steps.iter().for_each(|steps| self.steps(steps));
            }
            MemberKind::Goal { events, within, .. } => {
                self.event_patterns(events);
                self.exprs(within);
            }
            MemberKind::Holdout { share, salt } => {
                self.expr(share);
                self.exprs(salt);
            }
        }
    }

    fn event_patterns(&mut self, patterns: &[EventPattern]) {
        for pattern in patterns {
            self.event_pattern(pattern);
        }
    }

    /// What the best are chosen by: a model, or a field of the profile.
    fn score(&mut self, name: &Name) {
        if self.world.names.contains_key(&name.text) {
            self.declared(name);
        } else {
            self.refer(name, Symbol::Profile(name.text.clone()));
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(&step.kind);
        }
    }

    fn step(&mut self, step: &StepKind) {
        match step {
            StepKind::Wait { name, delay } => {
                name.iter().for_each(|name| self.local(name));
                self.expr(delay);
            }
            StepKind::WaitUntil {
                name,
                weekday,
                until,
                past,
            } => {
                name.iter().for_each(|name| self.local(name));
                self.all_built_in(weekday);
                self.expr(until);
                past.iter().for_each(|steps| self.steps(steps));
            }
            StepKind::WaitFor { name, up_to, what } => {
                name.iter().for_each(|name| self.local(name));
                self.exprs(up_to);
                self.awaited(what);
            }
            StepKind::If { .. } | StepKind::Match { .. } | StepKind::Split { .. } => {
                self.branch(step);
            }
            StepKind::Send(send) => self.send(send),
            StepKind::Decide {
                name,
                decision,
                args,
            } => {
                self.local(name);
                self.declared(decision);
                self.args(&decision.text, args);
            }
            StepKind::Let { name, ty, value } => {
                self.local(name);
                ty.iter().for_each(|ty| self.type_ref(ty));
                self.expr(value);
            }
            StepKind::Set { name, value } => {
                self.set(name);
                self.expr(value);
            }
            StepKind::Repeat {
                every,
                times,
                condition,
                steps,
            } => {
                self.exprs(every.iter().chain(times).chain(condition));
                self.steps(steps);
            }
            StepKind::Restart { times } => self.exprs(times),
            StepKind::End { reason } => {
                if let Some(reason) = reason {
                    let symbol = Symbol::Reason(self.owner.clone(), reason.text.clone());
                    self.note(reason, symbol, true);
                }
            }
            StepKind::Emit { .. }
            | StepKind::Mute { .. }
            | StepKind::Start { .. }
            | StepKind::Withdraw { .. }
            | StepKind::Collect { .. } => self.act(step),
            StepKind::Leave | StepKind::Again | StepKind::Broken => {}
        }
    }

    /// Steps that part ways.
    fn branch(&mut self, step: &StepKind) {
        if let StepKind::If { arms, otherwise } = step {
            for (condition, steps) in arms {
                self.expr(condition);
                self.steps(steps);
            }
            otherwise.iter().for_each(|steps| self.steps(steps));
        } else if let StepKind::Match { value, arms } = step {
            self.expr(value);
            for arm in arms {
                self.patterns(&arm.patterns);
                self.steps(&arm.steps);
            }
        } else if let StepKind::Split { name, salt, arms } = step {
            self.local(name);
            self.exprs(salt);
            for arm in arms {
                let (journey, split) = (self.owner.clone(), name.text.clone());
                let symbol = Symbol::Arm(journey, split, arm.name.text.clone());
                self.note(&arm.name, symbol, true);
                self.expr(&arm.share);
                self.steps(&arm.steps);
            }
        }
    }

    /// Steps that act on others.
    fn act(&mut self, step: &StepKind) {
        if let StepKind::Emit { event, assigns, to } = step {
            self.declared(event);
            self.event_assigns(&event.text, assigns);
            if let Some((identifier, value)) = to {
                let symbol = Symbol::Profile(identifier.text.clone());
                self.refer(identifier, symbol);
                self.expr(value);
            }
        } else if let StepKind::Mute { purpose, delay } = step {
            self.declared(purpose);
            self.exprs(delay);
        } else if let StepKind::Start { journey, args } = step {
            self.declared(journey);
            self.args(&journey.text, args);
        } else if let StepKind::Withdraw { step } = step {
            self.own(step);
        } else if let StepKind::Collect {
            pattern,
            up_to,
            most,
            name,
        } = step
        {
            self.event_pattern(pattern);
            self.exprs([up_to, most]);
            self.local(name);
        }
    }

    /// A step or variable of this journey, by its name.
    fn own(&mut self, name: &Name) {
        match self.variable(&name.text) {
            Some(symbol) => self.refer(name, symbol),
            None => self.built_in(name),
        }
    }

    fn event_assigns(&mut self, event: &str, assigns: &[Assign]) {
        for assign in assigns {
            let symbol = self.event_field(event, &assign.name.text);
            self.refer(&assign.name, symbol);
            self.expr(&assign.value);
        }
    }

    fn set(&mut self, names: &[Name]) {
        match names {
            [profile, name] => {
                self.built_in(profile);
                self.refer(name, Symbol::Profile(name.text.clone()));
            }
            [name] if self.refer_read(name) => {}
            [name] => match self.locals.get(&name.text).cloned() {
                Some(symbol) => self.refer(name, symbol),
                None => self.refer(name, Symbol::Profile(name.text.clone())),
            },
            _ => {}
        }
    }

    fn send(&mut self, send: &SendStep) {
        match &send.name {
            Some(name) => self.local(name),
            None => {
                let message = send.message.text.clone();
                self.implies(&message, Symbol::Declared(message.clone()));
            }
        }
        self.declared(&send.message);
        self.args(&send.message.text, &send.args);
        for name in channels_of(&send.by) {
            if !self.refer_read(name) {
                self.declared(name);
            }
        }
        if let Some(combined) = &send.combined {
            self.exprs(&combined.within);
            if let Some(rows) = &combined.rows {
                self.local(rows);
            }
        }
        let otherwise = send.otherwise.iter();
        otherwise.for_each(|steps| self.steps(steps));
    }

    fn awaited(&mut self, what: &WaitWhat) {
        match what {
            WaitWhat::Missing(_) => {}
            WaitWhat::One(pattern) => self.awaited_event(pattern),
            WaitWhat::Arms(arms) => {
                for arm in arms {
                    arm.pattern.iter().for_each(|p| self.awaited_event(p));
                    self.steps(&arm.steps);
                }
            }
            WaitWhat::Step { step, arms } => {
                self.own(step);
                for arm in arms {
                    self.answer(arm);
                    self.steps(&arm.steps);
                }
            }
        }
    }

    /// What came can be read by the event's name, where `as` gives it no other.
    fn awaited_event(&mut self, pattern: &EventPattern) {
        self.event_pattern(pattern);
        if let ([name], None) = (pattern.path.as_slice(), &pattern.bind)
            && self.world.names.contains_key(&name.text)
        {
            self.implies(&name.text, Symbol::Declared(name.text.clone()));
        }
    }

    /// `accepted => { … }`: an answer, which the arm reads by its name.
    fn answer(&mut self, arm: &WaitArm) {
        let Some(pattern) = &arm.pattern else { return };
        if let [name] = pattern.path.as_slice() {
            let symbol = self.read(name);
            if self.refer_read(name)
                && let Some(symbol) = symbol
            {
                self.implies(&name.text, symbol);
            }
        }
        self.exprs(&pattern.filter);
        pattern.bind.iter().for_each(|bind| self.local(bind));
    }

    fn migrate(&mut self, migration: &Migrate) {
        self.expr(&migration.from);
        for arm in &migration.arms {
            // A step of the older version, which is not this program.
            self.built_in(&arm.old);
            match &arm.to {
                MigrateTo::End(reason) => {
                    if let Some(reason) = reason {
                        let symbol = Symbol::Reason(self.owner.clone(), reason.text.clone());
                        self.note(reason, symbol, true);
                    }
                }
                MigrateTo::Step(step, assigns) => {
                    self.own(step);
                    for assign in assigns {
                        self.own(&assign.name);
                        self.expr(&assign.value);
                    }
                }
            }
        }
    }
}

/// The patterns that steps wait for or gather.
fn found<'s>(steps: &'s [Step], patterns: &mut Vec<&'s EventPattern>) {
    for step in steps {
        match &step.kind {
            StepKind::WaitFor { what, .. } => match what {
                WaitWhat::One(pattern) => patterns.push(pattern),
                WaitWhat::Arms(arms) => {
                    patterns.extend(arms.iter().filter_map(|arm| arm.pattern.as_ref()));
                }
                WaitWhat::Missing(_) | WaitWhat::Step { .. } => {}
            },
            StepKind::Collect { pattern, .. } => patterns.push(pattern),
            _ => {}
        }
        for block in crate::names::signature::blocks(&step.kind) {
            found(block, patterns);
        }
    }
}
