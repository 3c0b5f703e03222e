//! What a test expects.

use crate::diagnostics::words;
use crate::hir::{ContentOp, ContentTest, ExpectKind, Expectation};
use crate::types::{Checker, Place, Problem};
use crate::world::Entity;
use journey_grammar::tree::{
    BinaryOp, ContentTest as ContentTree, ExpectKind as Tree, Expectation as ExpectTree, Expr, Name,
};
use journey_program::types::{ChannelId, EventId, Type};

const SKIP_REASONS: [&str; 12] = [
    "no_consent",
    "muted",
    "no_address",
    "limit",
    "not_eligible",
    "held",
    "overall_limit",
    "holdout",
    "erased",
    "expired",
    "withdrawn",
    "fault",
];
const REFUSALS: [&str; 5] = ["already_in", "no_key", "while", "reenter", "capacity"];
const ENDINGS: [&str; 6] = [
    "while",
    "converted",
    "merged",
    "erased",
    "faulted",
    "removed",
];

impl Checker<'_> {
    pub(super) fn expectation(&mut self, expected: &ExpectTree) -> Option<Expectation> {
        let key = match &expected.key {
            Some(key) => Some(self.constant(key, None)?.1),
            None => None,
        };
        let kind = self.expect_kind(&expected.kind)?;
        Some(Expectation {
            who: expected.who.as_ref().map(|name| name.text.clone()),
            key,
            kind,
        })
    }

    fn expect_kind(&mut self, kind: &Tree) -> Option<ExpectKind> {
        Some(match kind {
            Tree::NoSend => ExpectKind::NoSend,
            Tree::Sends(count) => ExpectKind::Sends(self.count(count, 0)?),
            Tree::Send { step, by, at, with } => {
                self.expect_send(step, by.as_ref(), at.as_ref(), with)?
            }
            Tree::Skipped { step, because } => {
                self.message_of_step(step)?;
                ExpectKind::Skipped {
                    step: step.text.clone(),
                    because: self.one_of(because.as_ref(), "reason of a skip", &SKIP_REASONS)?,
                }
            }
            Tree::Emit { event, at } => ExpectKind::Emit {
                event: self.expected_event(event)?,
                at: self.optional_instant(at.as_ref())?,
            },
            Tree::In {
                count,
                negated,
                journey,
                at,
            } => self.expect_in(count.as_ref(), *negated, journey, at.as_ref())?,
            Tree::InAudience { negated, audience } => {
                let audience = self.resolve(audience, "an audience", |e| match e {
                    Entity::Audience(id) => Some(*id),
                    _ => None,
                })?;
                ExpectKind::InAudience {
                    negated: *negated,
                    audience,
                }
            }
            Tree::Ended { journey, reason } => self.expect_ended(journey, reason.as_ref())?,
            Tree::Refused { journey, because } => ExpectKind::Refused {
                journey: self.test_journey(journey)?,
                because: self.one_of(because.as_ref(), "reason to refuse an entry", &REFUSALS)?,
            },
            Tree::Holds(condition) => {
                self.place = Place::Profile { watched: false };
                let condition = self.condition(condition);
                self.place = Place::Constant;
                ExpectKind::Holds(condition)
            }
            Tree::Decided {
                step,
                negated,
                offer,
            } => self.expect_decided(step, *negated, offer.as_ref())?,
            Tree::Fault { journey } => ExpectKind::Fault {
                journey: self.test_journey(journey)?,
            },
            Tree::Conversion {
                conversion,
                value,
                at,
            } => self.expect_conversion(conversion, value.as_ref(), at.as_ref())?,
            Tree::NoConversion(name) => ExpectKind::NoConversion(self.expected_conversion(name)?),
            Tree::DeadLetter => ExpectKind::DeadLetter,
            Tree::Broken => return None,
        })
    }

    fn expect_send(
        &mut self,
        step: &Name,
        by: Option<&Name>,
        at: Option<&Expr>,
        with: &[ContentTree],
    ) -> Option<ExpectKind> {
        let message = self.message_of_step(step)?;
        let by: Option<ChannelId> = match by {
            Some(name) => Some(self.channel(name)?),
            None => None,
        };
        if let (Some(Entity::Message(id)), Some(channel)) = (self.world.names.get(&message), by)
            && let Some(sig) = self.world.messages.get(id.index())
            && !sig.channels.contains(&channel)
        {
            let span = step.span;
            let message = format!(
                "`{}` is never sent that way: it has no such body",
                step.text
            );
            self.report(Problem::new("no-body-for-channel", span, message));
        }
        let mut tests = Vec::new();
        for test in with {
            let op = match test.op {
                BinaryOp::Eq => ContentOp::Eq,
                BinaryOp::Ne => ContentOp::Ne,
                BinaryOp::Contains => ContentOp::Contains,
                BinaryOp::StartsWith => ContentOp::StartsWith,
                BinaryOp::EndsWith => ContentOp::EndsWith,
                _ => continue,
            };
            let value = match self.carried(&message, by, &test.field) {
                Some(ty) if matches!(op, ContentOp::Eq | ContentOp::Ne) => {
                    let (_, value) = self.constant(&test.value, Some(&ty))?;
                    crate::proofs::say::value(self.world, &value)
                }
                _ => self.constant_text(&test.value)?,
            };
            tests.push(ContentTest {
                field: test.field.text.clone(),
                op,
                value,
            });
        }
        Some(ExpectKind::Send {
            step: step.text.clone(),
            by,
            at: self.optional_instant(at)?,
            with: tests,
        })
    }

    /// The type of what the message's channels carry under a name, where it is no text.
    fn carried(&self, message: &str, by: Option<ChannelId>, field: &Name) -> Option<Type> {
        let Some(Entity::Message(id)) = self.world.names.get(message) else {
            return None;
        };
        let sig = self.world.messages.get(id.index())?;
        let mut found: Option<&Type> = None;
        for channel in by
            .as_ref()
            .map_or(sig.channels.as_slice(), std::slice::from_ref)
        {
            let channel = self.world.channels.get(channel.index())?;
            let field = channel.carries.iter().find(|of| of.name == field.text)?;
            let ty = field.ty.known();
            if found.is_some_and(|before| before != ty) {
                return None;
            }
            found = Some(ty);
        }
        found.filter(|ty| **ty != Type::Text).cloned()
    }

    /// `Some(None)`: none was given.
    #[expect(clippy::option_option, reason = "absent and wrong are told apart")]
    fn optional_instant(&mut self, at: Option<&Expr>) -> Option<Option<i64>> {
        match at {
            Some(at) => self.instant(at).map(Some),
            None => Some(None),
        }
    }

    #[expect(clippy::option_option, reason = "absent and wrong are told apart")]
    fn one_of(
        &mut self,
        name: Option<&Name>,
        what: &str,
        known: &[&str],
    ) -> Option<Option<String>> {
        let Some(name) = name else {
            return Some(None);
        };
        if known.contains(&name.text.as_str()) {
            return Some(Some(name.text.clone()));
        }
        if !name.is_missing() {
            self.report(words::unknown_name(name, what, known.iter().copied()));
        }
        None
    }

    fn expected_event(&mut self, name: &Name) -> Option<EventId> {
        self.resolve(name, "an event", |e| match e {
            Entity::Event(id) => Some(*id),
            _ => None,
        })
    }

    fn expect_conversion(
        &mut self,
        name: &Name,
        value: Option<&Expr>,
        at: Option<&Expr>,
    ) -> Option<ExpectKind> {
        let conversion = self.expected_conversion(name)?;
        let value = match value {
            Some(value) => Some(self.constant(value, None)?.1),
            None => None,
        };
        Some(ExpectKind::Conversion {
            conversion,
            value,
            at: self.optional_instant(at)?,
        })
    }

    fn expected_conversion(&mut self, name: &Name) -> Option<String> {
        self.resolve(name, "a conversion", |e| match e {
            Entity::Conversion(_) => Some(name.text.clone()),
            _ => None,
        })
    }

    pub(super) fn test_journey(&mut self, name: &Name) -> Option<String> {
        if self
            .world
            .deployed
            .iter()
            .any(|(other, _)| *other == name.text)
        {
            return Some(name.text.clone());
        }
        self.resolve(name, "a journey", |e| match e {
            Entity::Journey(_) => Some(()),
            _ => None,
        })?;
        Some(name.text.clone())
    }

    fn expect_in(
        &mut self,
        count: Option<&Expr>,
        negated: bool,
        journey: &Name,
        at: Option<&Name>,
    ) -> Option<ExpectKind> {
        let count = match count {
            Some(count) => Some(self.count(count, 0)?),
            None => None,
        };
        let name = self.test_journey(journey)?;
        let world = self.world;
        let steps = || {
            let of_it = world.played().filter(|(other, _)| *other == name);
            of_it.flat_map(|(_, outline)| &outline.steps)
        };
        if let Some(step) = at
            && !steps().any(|known| *known == step.text)
        {
            let what = format!("named step in `{name}`");
            let known = steps().map(String::as_str);
            self.report(words::unknown_name(step, &what, known));
            return None;
        }
        Some(ExpectKind::In {
            count,
            negated,
            journey: name,
            at: at.map(|step| step.text.clone()),
        })
    }

    fn expect_ended(&mut self, journey: &Name, reason: Option<&Name>) -> Option<ExpectKind> {
        let name = self.test_journey(journey)?;
        if let Some(reason) = reason {
            let world = self.world;
            let events = world.events.iter().map(|event| event.name.as_str());
            let of_it = world.played().filter(|(other, _)| *other == name);
            let own = of_it.flat_map(|(_, outline)| &outline.reasons);
            let own = own.map(String::as_str);
            let known: Vec<&str> = own.chain(ENDINGS).chain(events).collect();
            if !known.contains(&reason.text.as_str()) {
                let what = format!("reason for `{name}` to end");
                self.report(words::unknown_name(reason, &what, known));
                return None;
            }
        }
        Some(ExpectKind::Ended {
            journey: name,
            reason: reason.map(|reason| reason.text.clone()),
        })
    }
}
