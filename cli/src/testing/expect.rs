//! Expectations → what was there instead, where they do not hold.

use super::play::Stage;
use super::prepare::question;
use journey_compiler::hir::{ContentOp, ContentTest, ExpectKind, Expectation};
use journey_program::show;
use journey_program::types::{ChannelId, EventId, OfferId, Value};
use journey_runtime::actions::{Action, ActionKind, SendAction, json};
use journey_runtime::engine::{PersonView, Standing};
use journey_runtime::scalar::Scalar;

/// None: it holds. `place`: the test's number and the line's.
pub fn missed(stage: &mut Stage<'_>, e: &Expectation, place: (usize, usize)) -> Option<String> {
    let seen = Seen {
        stage,
        who: e.who.as_deref(),
        key: e.key.as_ref(),
    };
    match &e.kind {
        ExpectKind::NoSend => seen.made(0),
        ExpectKind::Sends(wanted) => seen.made(*wanted as usize),
        ExpectKind::Send { step, by, at, with } => seen.sent(step, *by, *at, with),
        ExpectKind::Skipped { step, because } => seen.skipped(step, because.as_deref()),
        ExpectKind::Emit { event, at } => seen.emitted(*event, *at),
        ExpectKind::Conversion {
            conversion,
            value,
            at,
        } => seen.converted(conversion, value.as_ref(), *at),
        ExpectKind::NoConversion(conversion) => match seen.conversions(conversion).count() {
            0 => None,
            there => Some(format!("there were {there} of `{conversion}`")),
        },
        ExpectKind::In {
            count,
            negated,
            journey,
            at,
        } => seen.inside(*count, *negated, journey, at.as_deref()),
        ExpectKind::InAudience { negated, audience } => {
            let name = seen
                .stage
                .program
                .audiences
                .get(audience.index())
                .map_or("", |a| &a.name);
            seen.audience(name, *negated)
        }
        ExpectKind::Ended { journey, reason } => seen.ended(journey, reason.as_deref()),
        ExpectKind::Refused { journey, because } => seen.refused(journey, because.as_deref()),
        ExpectKind::Holds(_) => {
            let name = question(place.0, place.1);
            if seen.is_in(&name) {
                None
            } else {
                Some("it does not hold".to_owned())
            }
        }
        ExpectKind::Fault { journey } => seen.faulted(journey),
        ExpectKind::Decided {
            step,
            negated,
            offer,
        } => seen.decided(step, *negated, *offer),
        ExpectKind::DeadLetter => {
            let dead: u64 = seen.stage.engine.counters().dead_letters.values().sum();
            if dead > 0 {
                None
            } else {
                Some("there was no dead letter".to_owned())
            }
        }
    }
}

impl Seen<'_, '_> {
    fn faulted(&self, journey: &str) -> Option<String> {
        let faulted = |a: &Action| {
            let ActionKind::Fault { of: Some(of), .. } = &a.kind else {
                return false;
            };
            *of.journey == *journey
        };
        if self.actions().any(faulted) {
            None
        } else {
            Some("there was no fault".to_owned())
        }
    }

    /// The last choice at a step of that name.
    fn decided(&self, step: &str, negated: bool, offer: Option<OfferId>) -> Option<String> {
        let offers = &self.stage.program.offers;
        let wanted = offer.and_then(|offer| offers.get(offer.index()));
        let wanted = wanted.map(|offer| offer.name.as_str());
        let mut choices = self.actions().filter_map(|action| {
            let ActionKind::Decide { decide, .. } = &action.kind else {
                return None;
            };
            (*decide.step == *step).then_some(decide)
        });
        let Some(last) = choices.next_back() else {
            return Some("nothing was decided".to_owned());
        };
        if (last.choice.as_deref() == wanted) != negated {
            return None;
        }
        let choice = last.choice.as_deref().unwrap_or("unknown");
        let considered = last.considered.iter().map(|one| {
            let fate = match &one.fate {
                Ok(score) => score.clone(),
                Err(reason) => (*reason).to_owned(),
            };
            format!("`{}` {fate}", one.offer)
        });
        let considered: Vec<String> = considered.collect();
        let considered = considered.join(", ");
        Some(format!("decided `{choice}`; considered: {considered}"))
    }
}

/// What an expectation looks at: everything so far, of one person and key if it says so.
struct Seen<'s, 'p> {
    stage: &'s Stage<'p>,
    who: Option<&'s str>,
    key: Option<&'s Value>,
}

impl Seen<'_, '_> {
    fn actions(&self) -> impl DoubleEndedIterator<Item = &Action> {
        let id = self.who.map(|who| self.stage.id_of(Some(who)));
        let key = self.key.map(key_text);
        self.stage.actions.iter().filter(move |a| {
            let of = a.kind.subject();
            id.as_ref()
                .is_none_or(|id| self.stage.id_now(&a.profile) == id)
                && key
                    .as_ref()
                    .is_none_or(|k| of.and_then(|s| s.key_text.as_ref()) == Some(k))
        })
    }

    fn sends(&self) -> impl Iterator<Item = (&Action, &SendAction)> {
        self.actions().filter_map(|a| {
            let ActionKind::Send { send, .. } = &a.kind else {
                return None;
            };
            Some((a, &**send))
        })
    }

    fn made(&self, wanted: usize) -> Option<String> {
        let made = self.sends().count();
        if made == wanted {
            return None;
        }
        Some(format!(
            "{} made: {}",
            counted(made, "send"),
            self.list_sends()
        ))
    }

    fn sent(
        &self,
        step: &str,
        by: Option<ChannelId>,
        at: Option<i64>,
        with: &[ContentTest],
    ) -> Option<String> {
        let channel = by.and_then(|c| self.stage.program.channels.get(c.index()));
        let fits = |a: &Action, s: &SendAction| {
            *s.step == *step
                && channel.is_none_or(|c| *s.channel == *c.name)
                && at.is_none_or(|at| a.at == at)
                && with.iter().all(|t| holds(t, s))
        };
        if self.sends().any(|(a, s)| fits(a, s)) {
            return None;
        }
        Some(format!("no such send; there were: {}", self.list_sends()))
    }

    fn emitted(&self, event: EventId, at: Option<i64>) -> Option<String> {
        let name = self
            .stage
            .program
            .events
            .get(event.index())
            .map_or("", |e| &e.name);
        let emitted =
            |a: &&Action| matches!(&a.kind, ActionKind::Emit { event, .. } if **event == *name);
        let fits = self
            .actions()
            .filter(emitted)
            .any(|a| at.is_none_or(|at| a.at == at));
        if fits {
            None
        } else {
            Some(format!("`{name}` was not emitted so"))
        }
    }

    fn conversions(&self, name: &str) -> impl Iterator<Item = (&Action, &str)> {
        self.actions().filter_map(move |a| {
            let ActionKind::Conversion {
                conversion, value, ..
            } = &a.kind
            else {
                return None;
            };
            (**conversion == *name).then_some((a, value.as_str()))
        })
    }

    fn converted(&self, name: &str, value: Option<&Value>, at: Option<i64>) -> Option<String> {
        let value = value.map(|value| json::value(self.stage.engine.program(), value));
        let fits = |(action, worth): (&Action, &str)| {
            value.as_ref().is_none_or(|value| same(value, worth))
                && at.is_none_or(|at| action.at == at)
        };
        if self.conversions(name).any(fits) {
            return None;
        }
        let there = self.conversions(name);
        let there = there.map(|(action, worth)| format!("{worth} at {}", show::time(action.at)));
        let there: Vec<String> = there.collect();
        Some(match there.is_empty() {
            true => format!("there was no `{name}`"),
            false => format!("no such `{name}`; there were: {}", there.join(", ")),
        })
    }

    fn list_sends(&self) -> String {
        let one = |(a, s): (&Action, &SendAction)| {
            format!("{} by {} at {}", s.step, s.channel, show::time(a.at))
        };
        let all: Vec<String> = self.sends().map(one).collect();
        if all.is_empty() {
            "none".to_owned()
        } else {
            all.join(", ")
        }
    }

    fn skipped(&self, step: &str, because: Option<&str>) -> Option<String> {
        let mut reasons = Vec::new();
        for action in self.actions() {
            if let ActionKind::Skip {
                step: s, reason, ..
            } = &action.kind
                && **s == *step
            {
                reasons.push(*reason);
            }
            // it went and was taken back, which only who says so means
            if let ActionKind::Withdraw { step: s, .. } = &action.kind
                && **s == *step
                && because.is_some()
            {
                reasons.push("withdrawn");
            }
        }
        if reasons.iter().any(|r| because.is_none_or(|b| b == *r)) {
            return None;
        }
        Some(match reasons.is_empty() {
            true => format!("`{step}` was not skipped"),
            false => format!("`{step}` was skipped because {}", reasons.join(", ")),
        })
    }

    fn ended(&self, journey: &str, reason: Option<&str>) -> Option<String> {
        let mut reasons = Vec::new();
        for action in self.actions() {
            let (of, reason) = match &action.kind {
                ActionKind::Exit { of, reason } => (of, Some(reason)),
                ActionKind::End { of, reason } => (of, reason.as_ref()),
                ActionKind::Enter(_)
                | ActionKind::Goal(_)
                | ActionKind::Send { .. }
                | ActionKind::Skip { .. }
                | ActionKind::Postpone { .. }
                | ActionKind::Withdraw { .. }
                | ActionKind::Split { .. }
                | ActionKind::Decide { .. }
                | ActionKind::Holdout(_)
                | ActionKind::Set { .. }
                | ActionKind::Emit { .. }
                | ActionKind::Audience { .. }
                | ActionKind::Conversion { .. }
                | ActionKind::Merge { .. }
                | ActionKind::Erase
                | ActionKind::Fault { .. }
                | ActionKind::Refused { .. } => continue,
            };
            if *of.journey == *journey {
                reasons.push(reason.map_or_else(|| "end".to_owned(), ToString::to_string));
            }
        }
        if reasons
            .iter()
            .any(|r| reason.is_none_or(|wanted| wanted == r))
        {
            return None;
        }
        Some(match reasons.is_empty() {
            true => format!("`{journey}` has not ended"),
            false => format!("`{journey}` ended as {}", reasons.join(", ")),
        })
    }

    fn refused(&self, journey: &str, because: Option<&str>) -> Option<String> {
        let mut reasons = Vec::new();
        for action in self.actions() {
            if let ActionKind::Refused { of, reason } = &action.kind
                && *of.journey == *journey
            {
                reasons.push(*reason);
            }
        }
        if reasons.iter().any(|r| because.is_none_or(|b| b == *r)) {
            return None;
        }
        Some(match reasons.is_empty() {
            true => format!("no entry into `{journey}` was refused"),
            false => format!(
                "an entry into `{journey}` was refused because {}",
                reasons.join(", ")
            ),
        })
    }

    /// The people an expectation is about, each once: two names may have turned out to be one person.
    fn people(&self) -> Vec<PersonView> {
        let names: Vec<Option<&str>> = match self.who {
            Some(who) => vec![Some(who)],
            None if self.stage.people.is_empty() => vec![None],
            None => self.stage.people.keys().map(|name| Some(&**name)).collect(),
        };
        let mut people: Vec<PersonView> = Vec::new();
        for name in names {
            let view = self.stage.view_of(name);
            people.extend(view.filter(|view| people.iter().all(|other| other.id != view.id)));
        }
        people
    }

    fn inside(
        &self,
        count: Option<u32>,
        negated: bool,
        journey: &str,
        at: Option<&str>,
    ) -> Option<String> {
        let key = self.key.map(key_text);
        let mut standing = Vec::new();
        for person in self.people() {
            for instance in person.instances {
                let fits = *instance.journey == *journey
                    && key
                        .as_ref()
                        .is_none_or(|k| instance.key.as_ref() == Some(k));
                match instance.standing {
                    Standing::Ended { .. } => {}
                    Standing::Waiting { step, .. } | Standing::Holding { step, .. } if fits => {
                        standing.push(step.to_string());
                    }
                    Standing::Moving if fits => standing.push(String::new()),
                    Standing::Waiting { .. } | Standing::Holding { .. } | Standing::Moving => {}
                }
            }
        }
        let found = standing
            .iter()
            .filter(|s| at.is_none_or(|at| at == s.as_str()))
            .count();
        let holds = match (count, negated) {
            (Some(count), _) => found == count as usize,
            (None, true) => found == 0,
            (None, false) => found > 0,
        };
        if holds {
            return None;
        }
        Some(match standing.is_empty() {
            true => format!("nobody is in `{journey}`"),
            false => format!(
                "{} in `{journey}`, at {}",
                standing.len(),
                standing.join(", ")
            ),
        })
    }

    fn is_in(&self, audience: &str) -> bool {
        let people = self.people();
        !people.is_empty()
            && people
                .iter()
                .all(|p| p.audiences.iter().any(|a| *a.name == *audience))
    }

    fn audience(&self, name: &str, negated: bool) -> Option<String> {
        match (self.is_in(name), negated) {
            (true, false) | (false, true) => None,
            (true, true) => Some(format!("the person is in `{name}`")),
            (false, false) => Some(format!("the person is not in `{name}`")),
        }
    }
}

fn holds(test: &ContentTest, send: &SendAction) -> bool {
    let text = send
        .content
        .iter()
        .find(|(name, _)| **name == *test.field)
        .map(|(_, t)| t);
    let Some(text) = text else { return false };
    match test.op {
        ContentOp::Eq => *text == test.value,
        ContentOp::Ne => *text != test.value,
        ContentOp::Contains => text.contains(&test.value),
        ContentOp::StartsWith => text.starts_with(&test.value),
        ContentOp::EndsWith => text.ends_with(&test.value),
    }
}

/// Two values as JSON: `3` is `3.0`.
fn same(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    one == other || number(one).is_some_and(|n| Some(n) == number(other))
}

/// A key as plain text, as actions carry it.
fn key_text(key: &Value) -> String {
    Scalar::of(key).map_or_else(String::new, |scalar| scalar.text())
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what} was")
    } else {
        format!("{n} {what}s were")
    }
}
