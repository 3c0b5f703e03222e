//! What is measured while things happen: actions are tallied as they are decided, events as they are taken, with what
//! touched a person and what they converted. A program without a conversion or a measure pays one look.

use super::Engine;
use super::call::About;
use crate::actions::{ActionKind, Subject, json};
use crate::measure::{Conversion, KindNo, Measured, Touch, What, bits_of};
use crate::state::{PersonNo, Taken};
use journey_program::chance::fingerprint;
use journey_program::ir::Fault;
use journey_program::plan::{Credited, Loyalty, Program};
use journey_program::record;
use journey_program::types::{Currency, DecisionId, FunctionId, Type, Value};
use std::sync::Arc;

/// The field of an outcome that names its send, and of a decision's that is the offer.
const FIRST_FIELD: usize = 4;

/// What an event is to what is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `Program::conversions`
    Conversion(usize),
    /// measure, place among what says so
    Advocacy(usize, usize),
    /// told apart by a field
    Touch(Option<u32>),
    Answer,
    Outcome(DecisionId, u32),
}

/// By event; nothing where nothing is measured.
#[derive(Debug, Default)]
pub(super) struct Parts {
    of: Vec<Arc<[Part]>>,
    pub(super) on: bool,
    pub(super) levels: bool,
}

impl Parts {
    pub(super) fn of(program: &Program) -> Self {
        let on = !program.conversions.is_empty() || !program.measures.is_empty();
        if !on {
            return Self::default();
        }
        let of_event = |event: usize| -> Arc<[Part]> {
            let mut parts = Vec::new();
            let conversions = program.conversions.iter().enumerate();
            let own = conversions.filter(|(_, plan)| plan.event.index() == event);
            parts.extend(own.map(|(number, _)| Part::Conversion(number)));
            for (measure, plan) in program.measures.iter().enumerate() {
                let all = plan.advocacy.iter().enumerate();
                let own = all.filter(|(_, one)| one.event.index() == event);
                parts.extend(own.map(|(place, _)| Part::Advocacy(measure, place)));
            }
            let credits = program.conversions.iter().flat_map(|plan| &plan.credits);
            for credit in credits {
                if let Credited::Event(credited, field) = credit.what
                    && credited.index() == event
                    && !parts.contains(&Part::Touch(field))
                {
                    parts.push(Part::Touch(field));
                }
            }
            if let Some(plan) = program.events.get(event) {
                parts.extend(plan.outcome.map(|_| Part::Answer));
                parts.extend(plan.decided.map(|(of, place)| Part::Outcome(of, place)));
            }
            parts.into()
        };
        Self {
            of: (0..program.events.len()).map(of_event).collect(),
            on,
            levels: program.measures.iter().any(|plan| plan.loyalty.is_some()),
        }
    }

    fn get(&self, event: usize) -> Option<&Arc<[Part]>> {
        self.of.get(event).filter(|parts| !parts.is_empty())
    }

    pub(super) fn reads(&self, event: usize) -> bool {
        let parts = self.get(event).into_iter().flat_map(|parts| parts.iter());
        let mut parts = parts.copied();
        parts.any(|part| matches!(part, Part::Conversion(_) | Part::Advocacy(..)))
    }
}

impl Engine {
    fn measured(&mut self, who: PersonNo) -> Option<&mut Measured> {
        let person = self.state.people.get_mut(who.index())?;
        Some(person.measured.get_or_insert_default())
    }

    fn mark(
        &mut self,
        who: PersonNo,
        (what, names): (What, [&str; 4]),
        (at, took): (i64, i64),
        cost: Option<(i64, Currency)>,
    ) -> KindNo {
        let program = Arc::clone(&self.program);
        let kind = self.state.kinds.note(what, names, &program.version, cost);
        if let Some(measured) = self.measured(who) {
            measured.tally(kind, at, took);
        }
        kind
    }

    // ── events ──────────────────────────────────────────────────────────────────────────────────

    /// What an event is to conversions, to what is credited for them, and to measures.
    pub(super) fn measure_event(&mut self, who: PersonNo, event: &Taken) {
        let Some(parts) = self.index.measuring.get(event.event.index()).cloned() else {
            return;
        };
        for part in parts.iter() {
            match part {
                Part::Conversion(number) => self.convert(who, *number, event),
                Part::Advocacy(measure, place) => self.advocate(who, (*measure, *place), event),
                Part::Touch(field) => self.touched(who, *field, event),
                Part::Answer => self.send_answered(who, event),
                Part::Outcome(decision, place) => self.offer_had(who, *decision, *place, event),
            }
        }
    }

    fn convert(&mut self, who: PersonNo, number: usize, event: &Taken) {
        let program = Arc::clone(&self.program);
        let Some(plan) = program.conversions.get(number) else {
            return;
        };
        if !plan
            .when
            .is_none_or(|when| self.holds(who, About::event(event), when))
        {
            return;
        }
        let word = match plan.value {
            None => Some(bits_of(0.0)),
            Some(value) => self.worth(who, event, value),
        };
        let Some(word) = word else { return };
        let value = match plan.money {
            Some(currency) => Value::Money(word, currency),
            None => Value::Number(crate::measure::number_of(word)),
        };
        let names = [plan.name.as_str(), "", "", ""];
        let cost = plan.money.map(|currency| (0, currency));
        let kind = self.mark(who, (What::Converted, names), (event.at, 0), cost);
        if let Some(measured) = self.measured(who) {
            let conversion = Conversion {
                at: event.at,
                kind,
                value: word,
            };
            measured.convert(conversion, plan.money.is_some());
        }
        let action = ActionKind::Conversion {
            conversion: plan.name.as_str().into(),
            value: json::value(&program, &value),
            when: event.at,
        };
        self.act(who, action);
    }

    /// The word that a conversion's value is. A fault is recorded, and what has none is no conversion.
    fn worth(&mut self, who: PersonNo, event: &Taken, value: FunctionId) -> Option<i64> {
        let about = About::event(event);
        let ran = self.call(who, about, value, &[], |ran, _, results| {
            ran.map(|()| results.first().copied().unwrap_or(0))
        });
        match ran? {
            Ok(word) => Some(word),
            Err(fault) => {
                let fault: Fault = fault;
                self.quiet_fault(who, &fault);
                None
            }
        }
    }

    fn advocate(&mut self, who: PersonNo, (measure, place): (usize, usize), event: &Taken) {
        let program = Arc::clone(&self.program);
        let Some(plan) = program.measures.get(measure) else {
            return;
        };
        let Some(one) = plan.advocacy.get(place) else {
            return;
        };
        if one
            .when
            .is_none_or(|when| self.holds(who, About::event(event), when))
        {
            let name = self.index.event(event.event);
            let names = [plan.name.as_str(), &name, "", ""];
            self.mark(who, (What::Advocated, names), (event.at, 0), None);
        }
    }

    fn touched(&mut self, who: PersonNo, field: Option<u32>, event: &Taken) {
        let name = self.index.event(event.event);
        let names = [&*name, "", "", ""];
        let kind = self.mark(who, (What::Touched, names), (event.at, 0), None);
        let value = field.and_then(|field| event.values.get(usize::try_from(field).ok()?));
        let label = value.map(|value| self.label(value));
        if let Some(measured) = self.measured(who) {
            measured.touch(Touch {
                at: event.at,
                kind,
                key: 0,
                label,
            });
        }
    }

    /// A text or a value of an enum, as a name.
    fn label(&self, value: &Value) -> Arc<str> {
        if let Value::Text(text) = value {
            return text.as_str().into();
        }
        json::value(&self.program, value).trim_matches('"').into()
    }

    /// An outcome of a send: which one it was is known by its key.
    fn send_answered(&mut self, who: PersonNo, event: &Taken) {
        let Some(Value::Text(key)) = event.values.get(FIRST_FIELD) else {
            return;
        };
        let key = short(key);
        let name = self.index.event(event.event);
        let (channel, outcome) = name.rsplit_once('.').unwrap_or(("", &name));
        let sent = self.state.people.get(who.index());
        let sent = sent.and_then(|person| person.measured.as_ref()?.send(key));
        let Some((at, kind)) = sent.map(|touch| (touch.at, touch.kind)) else {
            return;
        };
        let Some(sent) = self.state.kinds.get(kind).cloned() else {
            return;
        };
        let [journey, step, by, _] = &sent.names;
        let channel = if by.is_empty() { channel } else { by };
        let names: [&str; 4] = [journey, step, channel, outcome];
        let took = event.at.saturating_sub(at).max(0);
        self.mark(who, (What::Answered, names), (event.at, took), None);
    }

    fn offer_had(&mut self, who: PersonNo, decision: DecisionId, place: u32, event: &Taken) {
        let program = Arc::clone(&self.program);
        let Some(plan) = program.decisions.get(decision.index()) else {
            return;
        };
        let Some(Value::Enum(_, offer)) = event.values.get(FIRST_FIELD) else {
            return;
        };
        let offer = usize::try_from(*offer)
            .ok()
            .and_then(|at| plan.offers.get(at));
        let outcome = usize::try_from(place)
            .ok()
            .and_then(|at| plan.outcomes.get(at));
        let (Some(offer), Some(outcome)) = (offer, outcome) else {
            return;
        };
        let offer = self.index.offer(*offer);
        let names = [plan.name.as_str(), &offer, &outcome.name, ""];
        let kind = self.mark(who, (What::Offered, names), (event.at, 0), None);
        if outcome.name == "shown"
            && let Some(measured) = self.measured(who)
        {
            measured.touch(Touch {
                at: event.at,
                kind,
                key: 0,
                label: None,
            });
        }
    }

    // ── actions ─────────────────────────────────────────────────────────────────────────────────

    /// What was decided for a person.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other actions are measured as events, or not at all"
    )]
    pub(super) fn measure_action(&mut self, who: PersonNo, kind: &ActionKind) {
        match kind {
            ActionKind::Enter(of) => self.marked(who, of, (What::Entered, ["", "", ""])),
            ActionKind::Holdout(of) => self.marked(who, of, (What::HeldOut, ["", "", ""])),
            ActionKind::Goal(of) => self.marked(who, of, (What::Goal, ["", "", ""])),
            ActionKind::Split { of, step, arm } => {
                self.marked(who, of, (What::Arm, [step, arm, ""]));
            }
            ActionKind::Exit { of, reason } => {
                self.marked(who, of, (What::Left, [reason, "", ""]));
            }
            ActionKind::End { of, reason } => {
                let reason = reason.as_deref().unwrap_or("");
                self.marked(who, of, (What::Left, [reason, "", ""]));
            }
            ActionKind::Fault { of: Some(of), .. } => {
                self.marked(who, of, (What::Left, ["faulted", "", ""]));
            }
            ActionKind::Refused { of, reason } => {
                self.marked(who, of, (What::Refused, [reason, "", ""]));
            }
            ActionKind::Skip {
                of,
                step,
                channel,
                reason,
                ..
            } => self.marked(who, of, (What::Skipped, [step, reason, channel])),
            ActionKind::Postpone {
                of, step, channel, ..
            } => self.marked(who, of, (What::Postponed, [step, channel, ""])),
            ActionKind::Withdraw {
                of, step, channel, ..
            } => self.marked(who, of, (What::Withdrawn, [step, channel, ""])),
            ActionKind::Send { of, send } => {
                let channels = self.program.channels.iter();
                let mut own = channels.filter(|plan| *plan.name == *send.channel);
                let cost = own.next().and_then(|plan| plan.cost);
                let cost = cost.map(|cost| (cost.millionths, cost.currency));
                let names = [&*of.journey, &send.step, &send.channel, &send.message];
                let at = self.clock_ms();
                let took = self.since(of);
                let kind = self.mark(who, (What::Sent, names), (at, took), cost);
                let touch = Touch {
                    at,
                    kind,
                    key: short(&send.id),
                    label: None,
                };
                if let Some(measured) = self.measured(who) {
                    measured.touch(touch);
                }
            }
            ActionKind::Decide { decide, .. } => {
                let offer = decide.choice.as_deref().unwrap_or("");
                let names = [&*decide.decision, offer, "", ""];
                let at = self.clock_ms();
                self.mark(who, (What::Decided, names), (at, 0), None);
            }
            _ => {}
        }
    }

    fn marked(&mut self, who: PersonNo, of: &Subject, (what, more): (What, [&str; 3])) {
        let [a, b, c] = more;
        let (at, took) = (self.clock_ms(), self.since(of));
        self.mark(who, (what, [&of.journey, a, b, c]), (at, took), None);
    }

    /// How long an instance has been under way.
    fn since(&self, of: &Subject) -> i64 {
        let entered = of.entered.unwrap_or_else(|| self.clock_ms());
        self.clock_ms().saturating_sub(entered).max(0)
    }

    // ── loyalty ─────────────────────────────────────────────────────────────────────────────────

    /// Where a person stands now; a move from where they stood is tallied.
    pub(super) fn measure_levels(&mut self, who: PersonNo) {
        let program = Arc::clone(&self.program);
        for plan in &program.measures {
            let Some(level) = plan.loyalty.and_then(|of| self.level(who, of)) else {
                continue;
            };
            let Some(measured) = self.measured(who) else {
                return;
            };
            let before = measured.levels.get(plan.name.as_str());
            if before.is_some_and(|before| **before == *level) {
                continue;
            }
            let before = measured
                .levels
                .insert(plan.name.as_str().into(), Arc::clone(&level));
            if let Some(before) = before {
                let names = [plan.name.as_str(), &before, &level, ""];
                let at = self.clock_ms();
                self.mark(who, (What::Moved, names), (at, 0), None);
            }
        }
    }

    fn level(&self, who: PersonNo, of: Loyalty) -> Option<Arc<str>> {
        let person = self.state.people.get(who.index())?;
        match of {
            Loyalty::Audience(audience) => {
                let inside = self.is_inside(who, audience.index());
                Some(if inside { "in" } else { "out" }.into())
            }
            Loyalty::Field(field) => {
                let record = self.program.profile.record.index();
                let field = usize::try_from(field).ok()?;
                let slot = self.program.layouts.get(record)?.fields.get(field)?;
                let def = self.program.records.get(record)?.fields.get(field)?;
                let types = record::Types::of(&self.program, &self.shared.symbols);
                let value = record::read_field(&types, &person.block, 0, slot, &def.ty);
                Some(match (&value, def.ty.known()) {
                    (Value::Unknown, _) => "unknown".into(),
                    (_, Type::Enum(_)) => self.label(&value),
                    (other, _) => json::value(&self.program, other).into(),
                })
            }
        }
    }
}

/// Half of a send's fingerprint, never 0.
#[expect(clippy::cast_possible_truncation, reason = "half of it is enough")]
fn short(key: &str) -> u64 {
    (fingerprint(key) as u64).max(1)
}
