//! The names of a test: people, what happens to them, what is expected of journeys and their steps.

use super::{Symbol, Walk};
use crate::names::signature::Outline;
use journey_grammar::tree::{
    Assign, ContentTest, Deploy, ExpectKind, Expectation, Happening, Name, TestDecl, TestLine,
    TestLineKind,
};

impl Walk<'_> {
    pub(super) fn test(&mut self, decl: &TestDecl) {
        self.lines(&decl.lines);
    }

    fn lines(&mut self, lines: &[TestLine]) {
        for line in lines {
            match &line.kind {
                TestLineKind::Person { name, lines } => {
                    self.local(name);
                    self.lines(lines);
                }
                TestLineKind::People { count, fields } => {
                    self.expr(count);
                    self.numbered(fields);
                }
                TestLineKind::At { time, who, what } => {
                    self.expr(time);
                    self.happens(who.as_ref(), what.as_ref());
                }
                TestLineKind::After { delay, who, what } => {
                    self.expr(delay);
                    self.happens(who.as_ref(), what.as_ref());
                }
                TestLineKind::Until(time) => self.expr(time),
                TestLineKind::Start(what) => self.happening(what),
                TestLineKind::Assume { what, path, value } => self.assume(what, path, value),
                TestLineKind::Expect(expected) => self.expectation(expected),
                TestLineKind::Deploy(deploy) => self.deploy(deploy),
                TestLineKind::Broken => {}
            }
        }
    }

    /// `{n}` is each person's number.
    fn numbered(&mut self, fields: &[Assign]) {
        self.profile_assigns(fields);
    }

    fn happens(&mut self, who: Option<&Name>, what: Option<&Happening>) {
        who.into_iter().for_each(|who| self.who(who));
        what.into_iter().for_each(|what| self.happening(what));
    }

    /// A person of this test; one of many is called as their identifier says.
    fn who(&mut self, who: &Name) {
        match self.locals.get(&who.text).cloned() {
            Some(symbol) => self.refer(who, symbol),
            None => self.built_in(who),
        }
    }

    fn happening(&mut self, what: &Happening) {
        match what {
            Happening::Profile(assigns) => self.assigns(assigns),
            Happening::Grant { purpose, channels } | Happening::Revoke { purpose, channels } => {
                self.declared(purpose);
                self.all_declared(channels);
            }
            Happening::Event { path, fields, with } => {
                self.happened(path);
                self.assigns(fields);
                for assign in with {
                    let symbol = Symbol::Profile(assign.name.text.clone());
                    self.refer(&assign.name, symbol);
                    self.expr(&assign.value);
                }
            }
            Happening::Deploy(deploy) => self.deploy(deploy),
        }
    }

    /// Fields that the check has looked up.
    fn assigns(&mut self, assigns: &[Assign]) {
        for assign in assigns {
            self.refer_read(&assign.name);
            self.expr(&assign.value);
        }
    }

    fn happened(&mut self, path: &[Name]) {
        match path {
            [name] => self.declared(name),
            [first, outcome] => {
                use crate::world::Entity;
                match self.world.names.get(&first.text) {
                    Some(Entity::Channel(_) | Entity::Decision(_)) => self.declared(first),
                    _ => self.step_anywhere(first, None),
                }
                self.refer_read(outcome);
            }
            _ => {}
        }
    }

    fn deploy(&mut self, deploy: &Deploy) {
        match deploy {
            Deploy::This | Deploy::Broken => {}
            Deploy::From { version, folder } => self.exprs([version, folder]),
        }
    }

    /// A test says a step's name alone: it is that step in every journey which has one of that name.
    fn step_anywhere(&mut self, name: &Name, journey: Option<&str>) {
        let world = self.world;
        let own = world.journeys.iter().zip(&world.outlines);
        let mut all: Vec<Symbol> = Vec::new();
        for (of, outline) in own.filter(|(of, _)| journey.is_none_or(|only| only == *of)) {
            if has_step(outline, &name.text) {
                // A send without a name of its own bears its message's.
                let sends = (name.text.clone(), name.text.clone());
                if outline.sends.contains(&sends) {
                    all.insert(0, Symbol::Declared(name.text.clone()));
                }
                all.push(Symbol::Local(of.clone(), name.text.clone()));
            }
        }
        let Some(first) = all.first() else {
            // of an older version that the test deploys
            self.built_in(name);
            return;
        };
        for other in &all {
            self.link(first, other);
        }
        self.refer(name, first.clone());
    }

    fn journey_named(&mut self, name: &Name) {
        self.declared(name);
    }

    fn assume(&mut self, what: &Name, path: &[Name], value: &Name) {
        self.built_in(what);
        let Some(last) = path.last() else { return };
        if what.text != "split" {
            self.declared(last);
            self.built_in(value);
            return;
        }
        let journey = match path {
            [journey, _] => {
                self.journey_named(journey);
                Some(journey.text.clone())
            }
            _ => None,
        };
        let world = self.world;
        let own = world.journeys.iter().zip(&world.outlines);
        let arm = (last.text.clone(), value.text.clone());
        let with = own.filter(|(of, outline)| {
            journey.as_ref().is_none_or(|only| only == *of) && outline.arms.contains(&arm)
        });
        let arms: Vec<Symbol> = with
            .map(|(of, _)| Symbol::Arm(of.clone(), last.text.clone(), value.text.clone()))
            .collect();
        self.step_anywhere(last, journey.as_deref());
        match arms.first() {
            Some(first) => {
                for other in &arms {
                    self.link(first, other);
                }
                self.refer(value, first.clone());
            }
            None => self.built_in(value),
        }
    }

    fn expectation(&mut self, expected: &Expectation) {
        expected.who.iter().for_each(|who| self.who(who));
        self.exprs(&expected.key);
        match &expected.kind {
            ExpectKind::NoSend | ExpectKind::DeadLetter | ExpectKind::Broken => {}
            ExpectKind::Sends(count) => self.expr(count),
            ExpectKind::Send { step, by, at, with } => {
                self.step_anywhere(step, None);
                by.iter().for_each(|by| self.declared(by));
                self.exprs(at);
                self.contents(step, by.as_ref(), with);
            }
            ExpectKind::Skipped { step, because } => {
                self.step_anywhere(step, None);
                self.all_built_in(because);
            }
            ExpectKind::Emit { event, at } => {
                self.declared(event);
                self.exprs(at);
            }
            ExpectKind::Conversion {
                conversion,
                value,
                at,
            } => {
                self.declared(conversion);
                self.exprs(value.iter().chain(at));
            }
            ExpectKind::NoConversion(conversion) => self.declared(conversion),
            ExpectKind::In {
                count, journey, at, ..
            } => {
                self.exprs(count);
                self.journey_named(journey);
                if let Some(step) = at {
                    self.step_anywhere(step, Some(&journey.text));
                }
            }
            ExpectKind::InAudience { audience, .. } => self.declared(audience),
            ExpectKind::Ended { journey, reason } => {
                self.journey_named(journey);
                reason
                    .iter()
                    .for_each(|reason| self.reason(journey, reason));
            }
            ExpectKind::Refused { journey, because } => {
                self.journey_named(journey);
                self.all_built_in(because);
            }
            ExpectKind::Holds(condition) => self.expr(condition),
            ExpectKind::Decided { step, offer, .. } => {
                self.step_anywhere(step, None);
                offer.iter().for_each(|offer| self.declared(offer));
            }
            ExpectKind::Fault { journey } => self.journey_named(journey),
        }
    }

    fn reason(&mut self, journey: &Name, reason: &Name) {
        let world = self.world;
        let mut own = world.journeys.iter().zip(&world.outlines);
        let named =
            own.any(|(of, outline)| *of == journey.text && outline.reasons.contains(&reason.text));
        if named {
            let symbol = Symbol::Reason(journey.text.clone(), reason.text.clone());
            self.refer(reason, symbol);
        } else {
            // the event by which it exited, or a word of the language
            self.declared(reason);
        }
    }

    fn contents(&mut self, step: &Name, by: Option<&Name>, with: &[ContentTest]) {
        let world = self.world;
        let sends = world.outlines.iter().flat_map(|outline| &outline.sends);
        let mut messages = sends.filter(|(name, _)| *name == step.text);
        let message = messages.next().map(|(_, message)| message);
        let sig = world.messages.iter().find(|sig| Some(&sig.name) == message);
        let channels = sig.into_iter().flat_map(|sig| &sig.channels);
        let channels = channels.filter_map(|id| world.channels.get(id.index()));
        let channels: Vec<_> = channels
            .filter(|channel| by.is_none_or(|by| by.text == channel.name))
            .collect();
        for test in with {
            let name = &test.field.text;
            let mut own = channels.iter();
            let own = own.find(|channel| channel.carries.iter().any(|f| f.name == *name));
            match own {
                Some(channel) => {
                    let symbol = Symbol::Field(channel.name.clone(), name.clone());
                    self.refer(&test.field, symbol);
                }
                None => self.built_in(&test.field),
            }
            self.expr(&test.value);
        }
    }
}

fn has_step(outline: &Outline, name: &str) -> bool {
    outline.steps.contains(name) || outline.decides.contains(name)
}
