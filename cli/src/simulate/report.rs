//! What came of a simulation: how many messages a person gets in a week, who enters what, what is skipped and
//! why, when sends fall, which limits bind. Counted while it runs; shown as text or JSON.

mod json;
mod limits;
mod text;

use super::model::Model;
use super::people::{Person, Time};
use super::world::Send;
use journey_program::civil::{DAY_MS, Zone, day_from_date, weekday};
use journey_program::plan::Program;
use journey_runtime::actions::{Action, ActionKind, DecideAction, Subject};
use journey_runtime::engine::Engine;
use journey_runtime::input::Input;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

pub type Counts = BTreeMap<Arc<str>, u64>;

#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub program: String,
    pub version: String,
    pub seed: u64,
    pub people: u64,
    /// without any identifier: nothing could be said of them
    pub nameless: u64,
    pub from: String,
    pub days: u32,
    /// what was fed, by the event's name
    pub inputs: Counts,
    pub dead_letters: Counts,
    pub sends: Counts,
    pub weekly: Weekly,
    pub journeys: BTreeMap<Arc<str>, JourneyReport>,
    /// sends by hour of the person's clock
    pub hours: [u64; 24],
    /// from Monday
    pub weekdays: [u64; 7],
    /// by month: `2026-01`
    pub months: BTreeMap<String, u64>,
    pub held: BTreeMap<Arc<str>, Held>,
    pub limits: Vec<LimitReport>,
    pub faults: Counts,
    /// members at the end
    pub audiences: BTreeMap<String, u64>,
    pub waits: u64,
    pub postponed: u64,
    /// of recorded events: answers to sends of then, and what lies after the end
    pub left_out: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    own: Own,
}

/// Messages of a person in a week of the simulation, all channels together.
#[derive(Debug, Default, Serialize)]
pub struct Weekly {
    /// whole weeks of all people who were there
    pub person_weeks: u64,
    /// weeks by the number of messages in them
    pub weeks: BTreeMap<u32, u64>,
    pub most: Option<Most>,
    /// people by the number of messages all in all
    pub people: BTreeMap<u32, u64>,
    /// who got the most all in all
    pub most_in_all: Option<Most>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Most {
    pub count: u32,
    pub profile: String,
    /// the day on which the week begins
    #[serde(skip_serializing_if = "String::is_empty")]
    pub week: String,
}

#[derive(Debug, Default, Serialize)]
pub struct JourneyReport {
    pub entered: u64,
    /// different ones
    pub people: u64,
    pub refused: Counts,
    pub held_out: u64,
    pub goals: u64,
    /// of those held out
    pub goals_held_out: u64,
    /// by reason; without one: they ran to their end
    pub exits: Counts,
    pub ends: Counts,
    pub inside: u64,
    pub steps: BTreeMap<Arc<str>, StepReport>,
    /// split, arm
    pub splits: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arm>>,
    /// decision's step, what it chose
    pub decisions: BTreeMap<Arc<str>, Counts>,
}

#[derive(Debug, Default, Serialize)]
pub struct StepReport {
    pub sent: Counts,
    pub skipped: Counts,
    pub postponed: u64,
    pub withdrawn: u64,
    pub answers: Counts,
}

#[derive(Debug, Default, Serialize)]
pub struct Arm {
    pub entered: u64,
    pub goals: u64,
}

/// Sends of a channel that did not go at once.
#[derive(Debug, Default, Serialize)]
pub struct Held {
    pub quiet: u64,
    pub closed: u64,
    pub hold: u64,
    pub limit: u64,
    pub longest_ms: i64,
}

#[derive(Debug, Serialize)]
pub struct LimitReport {
    pub limit: String,
    pub refused: u64,
}

/// A person in a journey.
type Whose = (Arc<str>, Arc<str>);

/// What is kept to count.
#[derive(Debug, Default)]
struct Own {
    time: Option<Time>,
    seen: HashSet<Whose>,
    held_out: HashSet<Whose>,
    /// split → arm
    arms: HashMap<Whose, BTreeMap<Arc<str>, Arc<str>>>,
    /// by person
    weeks: Vec<Week>,
    arrivals: Vec<u32>,
}

#[derive(Clone, Debug, Default)]
struct Week {
    name: Arc<str>,
    week: u32,
    count: u32,
    all: u32,
}

fn add(counts: &mut Counts, name: &Arc<str>) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(Arc::clone(name), 1);
        }
    }
}

fn add_text(counts: &mut Counts, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(name.into(), 1);
        }
    }
}

impl Report {
    pub fn new(program: &Program, model: &Model, time: Time) -> Self {
        let journeys = program.journeys.iter();
        Self {
            program: program.name.clone(),
            version: program.version.clone(),
            seed: model.seed,
            people: model.people,
            from: journey_program::show::date(time.from),
            days: time.days,
            journeys: journeys
                .map(|journey| (journey.name.as_str().into(), JourneyReport::default()))
                .collect(),
            own: Own {
                time: Some(time),
                ..Own::default()
            },
            ..Self::default()
        }
    }

    /// A person, in the order of their places.
    pub fn person(&mut self, person: &Person) {
        let start = self.own.time.map_or(0, |time| time.start);
        let week = (person.arrives - start).div_euclid(7 * DAY_MS);
        self.own.arrivals.push(u32::try_from(week).unwrap_or(0));
        self.own.weeks.push(Week::default());
    }

    /// The whole weeks of the time.
    fn weeks(&self) -> u32 {
        self.days / 7
    }

    pub fn input(&mut self, program: &Program, input: &Input, send: Option<&Send>) {
        let name = match input {
            Input::Event(event) => {
                let plan = program.events.get(event.event.index());
                plan.map_or("?", |plan| plan.name.as_str())
            }
            Input::Profile(_) => "profile",
            Input::Consent(_) => "consent",
            Input::Erase(_) => "erase",
            Input::Clock(_) => return,
        };
        add_text(&mut self.inputs, name);
        let outcome = match input {
            Input::Event(event) => program.events.get(event.event.index()),
            Input::Profile(_) | Input::Consent(_) | Input::Erase(_) | Input::Clock(_) => None,
        };
        if let (true, Some(send)) = (outcome.is_some_and(|plan| plan.outcome.is_some()), send) {
            let outcome = name.rsplit_once('.').map_or(name, |(_, outcome)| outcome);
            let journey = self.journeys.entry(Arc::clone(&send.journey)).or_default();
            let step = journey.steps.entry(Arc::clone(&send.step)).or_default();
            add_text(&mut step.answers, outcome);
        }
    }

    pub fn refused_input(&mut self, reason: &str) {
        add_text(&mut self.dead_letters, reason);
    }

    fn journey(&mut self, of: &Subject) -> &mut JourneyReport {
        if !self.journeys.contains_key(&of.journey) {
            let journey = Arc::clone(&of.journey);
            self.journeys.insert(journey, JourneyReport::default());
        }
        self.journeys.entry(Arc::clone(&of.journey)).or_default()
    }

    fn step(&mut self, of: &Subject, step: &Arc<str>) -> &mut StepReport {
        let steps = &mut self.journey(of).steps;
        steps.entry(Arc::clone(step)).or_default()
    }

    pub fn action(
        &mut self,
        program: &Program,
        action: &Action,
        place: Option<u32>,
        person: Option<&Person>,
    ) {
        let whose = |of: &Subject| (Arc::clone(&action.profile), Arc::clone(&of.journey));
        match &action.kind {
            ActionKind::Enter(of) => {
                let new = self.own.seen.insert(whose(of));
                let journey = self.journey(of);
                journey.entered += 1;
                journey.inside += 1;
                journey.people += u64::from(new);
            }
            ActionKind::Refused { of, reason } => add_text(&mut self.journey(of).refused, reason),
            ActionKind::Holdout(of) => {
                self.own.held_out.insert(whose(of));
                self.journey(of).held_out += 1;
            }
            ActionKind::Goal(of) => self.goal(of, &action.profile),
            ActionKind::Exit { of, reason } => {
                let journey = self.journey(of);
                journey.inside = journey.inside.saturating_sub(1);
                add(&mut journey.exits, reason);
            }
            ActionKind::End { of, reason } => {
                let journey = self.journey(of);
                journey.inside = journey.inside.saturating_sub(1);
                let ran: Arc<str> = "".into();
                add(&mut journey.ends, reason.as_ref().unwrap_or(&ran));
            }
            ActionKind::Send { of, send } => {
                add(&mut self.sends, &send.channel);
                add(&mut self.step(of, &send.step).sent, &send.channel);
                self.sent(action, place, person);
            }
            ActionKind::Skip {
                of, step, reason, ..
            } => add_text(&mut self.step(of, step).skipped, reason),
            ActionKind::Postpone {
                of,
                step,
                channel,
                until,
                ..
            } => {
                self.step(of, step).postponed += 1;
                let zone = person.map_or(Zone::utc(), |person| person.zone);
                let cause = limits::held_by(program, of, step, channel, (action.at, *until), zone);
                let held = self.held.entry(Arc::clone(channel)).or_default();
                held.count(cause, *until - action.at);
            }
            ActionKind::Withdraw { of, step, .. } => self.step(of, step).withdrawn += 1,
            ActionKind::Split { of, step, arm } => self.split(of, &action.profile, step, arm),
            ActionKind::Decide { of, decide } => self.decided(of.as_ref(), decide),
            ActionKind::Fault { reason, .. } => add_text(&mut self.faults, reason),
            ActionKind::Set { .. }
            | ActionKind::Emit { .. }
            | ActionKind::Audience { .. }
            | ActionKind::Conversion { .. }
            | ActionKind::Merge { .. }
            | ActionKind::Erase => {}
        }
    }

    fn decided(&mut self, of: Option<&Subject>, decide: &DecideAction) {
        // what a touchpoint asks is no journey's
        let Some(of) = of else { return };
        let chosen = decide.choice.clone().unwrap_or_else(|| "none".into());
        let decisions = &mut self.journey(of).decisions;
        let counts = decisions.entry(Arc::clone(&decide.step)).or_default();
        add(counts, &chosen);
    }

    fn split(&mut self, of: &Subject, profile: &Arc<str>, split: &Arc<str>, arm: &Arc<str>) {
        let splits = &mut self.journey(of).splits;
        let arms = splits.entry(Arc::clone(split)).or_default();
        arms.entry(Arc::clone(arm)).or_default().entered += 1;
        let whose = (Arc::clone(profile), Arc::clone(&of.journey));
        let own = self.own.arms.entry(whose).or_default();
        own.insert(Arc::clone(split), Arc::clone(arm));
    }

    fn goal(&mut self, of: &Subject, profile: &Arc<str>) {
        let whose = (Arc::clone(profile), Arc::clone(&of.journey));
        let held_out = self.own.held_out.contains(&whose);
        let arms = self.own.arms.get(&whose).cloned().unwrap_or_default();
        let journey = self.journey(of);
        journey.goals += 1;
        journey.goals_held_out += u64::from(held_out);
        for (split, arm) in arms {
            let arms = journey.splits.entry(split).or_default();
            arms.entry(arm).or_default().goals += 1;
        }
    }

    /// When a send fell, and how many the person has had in this week.
    fn sent(&mut self, action: &Action, place: Option<u32>, person: Option<&Person>) {
        let zone = person.map_or(Zone::utc(), |person| person.zone);
        let Some((date, clock)) = zone.local(action.at) else {
            return;
        };
        let hour = usize::try_from(clock / 3_600_000).unwrap_or(0);
        if let Some(hour) = self.hours.get_mut(hour) {
            *hour += 1;
        }
        let day = usize::try_from(weekday(date) - 1).unwrap_or(0);
        if let Some(day) = self.weekdays.get_mut(day) {
            *day += 1;
        }
        if let Some(day) = day_from_date(date) {
            let month = format!("{:04}-{:02}", day.year, day.month);
            *self.months.entry(month).or_default() += 1;
        }
        let start = self.own.time.map_or(0, |time| time.start);
        let week = u32::try_from((action.at - start).div_euclid(7 * DAY_MS)).unwrap_or(0);
        let weeks = self.weeks();
        let own = place.and_then(|place| self.own.weeks.get_mut(place as usize));
        let Some(own) = own else { return };
        own.name = Arc::clone(&action.profile);
        own.all += 1;
        if own.week != week {
            let over = std::mem::replace(
                own,
                Week {
                    week,
                    count: 0,
                    ..own.clone()
                },
            );
            self.weekly.close(&over, weeks, start);
        }
        if let Some(own) = place.and_then(|place| self.own.weeks.get_mut(place as usize)) {
            own.count += 1;
        }
    }

    /// What only the end tells.
    pub fn finish(&mut self, engine: &Engine) {
        let (weeks, start) = (self.weeks(), self.own.time.map_or(0, |time| time.start));
        for own in std::mem::take(&mut self.own.weeks) {
            self.weekly.close(&own, weeks, start);
            *self.weekly.people.entry(own.all).or_default() += 1;
            let most = self
                .weekly
                .most_in_all
                .as_ref()
                .map_or(0, |most| most.count);
            if own.all > most {
                self.weekly.most_in_all = Some(Most {
                    count: own.all,
                    profile: own.name.to_string(),
                    week: String::new(),
                });
            }
        }
        let there = self.own.arrivals.iter();
        let there = there.map(|arrived| u64::from(weeks.saturating_sub(*arrived)));
        self.weekly.person_weeks = there.sum();
        let with: u64 = self.weekly.weeks.values().sum();
        let without = self.weekly.person_weeks.saturating_sub(with);
        if without > 0 {
            self.weekly.weeks.insert(0, without);
        }
        let program = engine.program();
        self.limits = limits::refused(program, &engine.counters().limited);
        for (place, audience) in program.audiences.iter().enumerate() {
            let size = engine.audience_size(place);
            self.audiences.insert(audience.name.clone(), size);
        }
        let pending = engine.pending();
        self.waits = pending.waits + pending.entries;
        self.postponed = pending.postponed;
    }
}

impl Weekly {
    /// A person's week is over.
    fn close(&mut self, own: &Week, weeks: u32, start: i64) {
        if own.count == 0 || own.week >= weeks {
            return;
        }
        *self.weeks.entry(own.count).or_default() += 1;
        let most = self.most.as_ref().map_or(0, |most| most.count);
        if own.count > most {
            let begins = start + i64::from(own.week) * 7 * DAY_MS;
            let zone = Zone::utc();
            // the week's first day, wherever the project's midnight lies
            let day = zone.date_of(begins + DAY_MS / 2).unwrap_or(0);
            self.most = Some(Most {
                count: own.count,
                profile: own.name.to_string(),
                week: journey_program::show::date(day),
            });
        }
    }
}

impl Held {
    fn count(&mut self, cause: limits::Cause, wait: i64) {
        match cause {
            limits::Cause::Quiet => self.quiet += 1,
            limits::Cause::Closed => self.closed += 1,
            limits::Cause::Hold => self.hold += 1,
            limits::Cause::Limit => self.limit += 1,
        }
        self.longest_ms = self.longest_ms.max(wait);
    }
}
