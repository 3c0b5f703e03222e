//! Plays a test: its lines become inputs of an engine, its expectations are asked where they stand.

use super::expect;
use crate::compile::Execution;
use journey_compiler::hir::{Happening, NodeId, Program, Test, TestLine, TestLineKind, When};
use journey_program::civil::Zone;
use journey_program::types::{EventId, Value};
use journey_runtime::actions::{Action, ActionKind};
use journey_runtime::engine::{Engine, Options, PersonView};
use journey_runtime::input::{ConsentInput, EventInput, Identifiers, Input, ProfileInput};
use std::collections::BTreeMap;

/// Where the clock stands if a test names no instant: 2026-01-01.
const NO_TIME_MS: i64 = 1_767_225_600_000;
/// The name of a test's only person, who is not named.
const NOBODY: &str = "";

/// An expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// the number of its run
    pub run: usize,
    pub node: NodeId,
    /// what was there instead
    pub message: String,
}

/// A test that has been played.
#[derive(Debug, Default)]
pub struct Played {
    pub actions: Vec<Action>,
    /// what the engine took, in order
    pub inputs: Vec<Input>,
    /// by line of the test: the inputs that came before it
    pub before: Vec<usize>,
    /// by deployment on the way: the inputs that came before it, and its instant
    pub deployed: Vec<(usize, i64)>,
    pub missed: Vec<Miss>,
}

impl Played {
    pub fn lines(&self) -> Vec<String> {
        self.actions.iter().map(Action::to_json).collect()
    }

    /// What happened, for people: without what only machines read.
    pub fn timeline(&self) -> Vec<String> {
        let question = |a: &&Action| {
            let ActionKind::Audience { audience, .. } = &a.kind else {
                return false;
            };
            audience.contains(' ')
        };
        let shown = |a: &&Action| !question(a);
        self.actions
            .iter()
            .filter(shown)
            .map(Action::to_json)
            .collect()
    }
}

/// The state of a test at one of its lines.
#[derive(Debug)]
pub struct Stage<'p> {
    pub program: &'p Program,
    pub engine: Engine,
    pub actions: Vec<Action>,
    /// the strongest identifier of each person (its number, its value), by the name the test has for them
    pub people: BTreeMap<String, (u32, String)>,
    pub inputs: Vec<Input>,
    /// where the last line stood
    cursor: i64,
    lines: u64,
}

/// What runs in a part of a test: all of it, where nothing is deployed.
#[derive(Clone, Copy, Debug)]
pub struct Run<'p> {
    pub program: &'p Program,
    pub execution: &'p Execution,
    pub test: &'p Test,
    /// the test's number
    pub number: usize,
    /// deployments before it
    pub part: usize,
}

impl<'p> Run<'p> {
    /// The deployment that begins it, and its lines with their places in the test.
    fn lines(&self) -> (Option<When>, Vec<(usize, &'p TestLine)>) {
        let (mut part, mut time, mut lines) = (0, None, Vec::new());
        for (place, line) in self.test.lines.iter().enumerate() {
            if let TestLineKind::Deploy { time: at, .. } = &line.kind {
                part += 1;
                if part == self.part {
                    time = *at;
                }
            } else if part == self.part {
                lines.push((place, line));
            }
        }
        (time, lines)
    }
}

/// Plays a test that deploys nothing.
pub fn alone(program: &Program, execution: &Execution, test: &Test, number: usize) -> Played {
    play(&[Run {
        program,
        execution,
        test,
        number,
        part: 0,
    }])
}

/// Plays a test, part by part.
pub fn play(runs: &[Run<'_>]) -> Played {
    let mut played = Played::default();
    let Some(first) = runs.first() else {
        return played;
    };
    let options = Options {
        remember: runs.len() > 1,
        ..Options::all()
    };
    let execution = first.execution;
    let engine = Engine::new(execution.plan.clone(), execution.executor(), options);
    let (_, lines) = first.lines();
    let mut stage = Stage {
        program: first.program,
        engine,
        actions: Vec::new(),
        people: BTreeMap::new(),
        inputs: Vec::new(),
        cursor: first_instant(&lines),
        lines: 0,
    };
    for (number, run) in runs.iter().enumerate() {
        let (time, lines) = run.lines();
        if number > 0 {
            let before = stage.inputs.len();
            stage.deploy(run, time);
            played.deployed.push((before, stage.cursor));
        }
        stage.begin(&lines);
        for (place, line) in lines {
            played.before.push(stage.inputs.len());
            if is_first_consent(line) {
                continue;
            }
            if let TestLineKind::Expect(expectation) = &line.kind {
                stage.close();
                let place = (run.number, place);
                if let Some(message) = expect::missed(&mut stage, expectation, place) {
                    played.missed.push(Miss {
                        run: number,
                        node: line.node,
                        message,
                    });
                }
            } else {
                stage.line(line);
            }
        }
    }
    stage.close();
    Played {
        actions: stage.actions,
        inputs: stage.inputs,
        ..played
    }
}

/// What is written before the first `at` holds from its instant on.
fn first_instant(lines: &[(usize, &TestLine)]) -> i64 {
    let first = lines.iter().find_map(|(_, l)| {
        let TestLineKind::At {
            time: When::At(at), ..
        } = &l.kind
        else {
            return None;
        };
        Some(*at)
    });
    first.unwrap_or(NO_TIME_MS)
}

/// What a person has agreed to holds from the start, whatever their profile makes happen there.
fn is_first_consent(line: &TestLine) -> bool {
    matches!(line.kind, TestLineKind::Start(Happening::Consent { .. }))
}

impl<'p> Stage<'p> {
    /// Another version goes on from here.
    fn deploy(&mut self, run: &Run<'p>, time: Option<When>) {
        time.into_iter().for_each(|time| self.reach(time));
        let (plan, executor) = (run.execution.plan.clone(), run.execution.executor());
        self.engine.deploy(self.cursor, plan, executor);
        self.actions.extend(self.engine.take_actions());
        let before = std::mem::replace(&mut self.program, run.program);
        for (number, _) in self.people.values_mut() {
            let name = before.profile.identifiers.get(*number as usize);
            let identifiers = (0u32..).zip(&run.program.profile.identifiers);
            let mut same = identifiers.filter(|(_, (new, _))| name.is_some_and(|(n, _)| n == new));
            *number = same.next().map_or(u32::MAX, |(number, _)| number);
        }
    }

    /// Who is who, then their consents.
    fn begin(&mut self, lines: &[(usize, &TestLine)]) {
        for (_, line) in lines {
            if let TestLineKind::Start(Happening::Profile(writes)) = &line.kind {
                self.learn(line.who.as_deref().unwrap_or(NOBODY), writes);
            }
        }
        for (_, line) in lines.iter().filter(|(_, line)| is_first_consent(line)) {
            self.line(line);
        }
    }

    /// Everything that is due up to the last line has happened.
    fn close(&mut self) {
        if self
            .engine
            .clock()
            .is_some_and(|clock| clock <= self.cursor)
        {
            self.advance(self.cursor);
        }
        self.actions.extend(self.engine.take_actions());
    }

    fn line(&mut self, line: &TestLine) {
        let who = line.who.as_deref().unwrap_or(NOBODY);
        match &line.kind {
            TestLineKind::At { time, what } => {
                self.reach(*time);
                match what {
                    Some(what) => self.happen(who, what),
                    None => self.advance(self.cursor),
                }
            }
            TestLineKind::Until(at) => {
                self.cursor = *at;
                self.advance(*at);
            }
            TestLineKind::Start(what) => self.happen(who, what),
            TestLineKind::AssumeSplit { split, arm, .. } => {
                self.engine.assume_split(split, arm);
            }
            TestLineKind::AssumeHoldout { journey, out } => {
                self.engine.assume_holdout(journey, !out);
            }
            TestLineKind::Expect(_) | TestLineKind::Deploy { .. } => {}
        }
        self.actions.extend(self.engine.take_actions());
    }

    fn reach(&mut self, time: When) {
        self.cursor = match time {
            When::At(at) => at,
            When::After(ms) => self.cursor.saturating_add(ms),
            When::AfterSpan(span) => {
                let zone = Zone::named(&self.program.timezone).unwrap_or_else(Zone::utc);
                zone.add_span_to_time(self.cursor, span).unwrap_or(i64::MAX)
            }
        };
    }

    /// The person's identifiers: what their `profile` said, else a name of the test's own.
    fn ids(&self, who: &str) -> Identifiers {
        let own = if who.is_empty() { "person" } else { who };
        let known = self.people.get(who).cloned();
        vec![known.unwrap_or_else(|| (0, own.to_owned()))]
    }

    fn happen(&mut self, who: &str, what: &Happening) {
        self.lines += 1;
        let id = format!("line-{}", self.lines);
        let at = self.cursor;
        let input = match what {
            Happening::Profile(writes) => {
                if !self.people.contains_key(who) {
                    self.learn(who, writes);
                }
                let (ids, writes) = (self.ids(who), writes.clone());
                self.learn(who, &writes);
                Input::Profile(ProfileInput {
                    id,
                    at,
                    source: String::new(),
                    ids,
                    writes,
                })
            }
            Happening::Consent {
                granted,
                purpose,
                channels,
            } => Input::Consent(ConsentInput {
                id,
                at,
                ids: self.ids(who),
                granted: *granted,
                purpose: *purpose,
                channels: channels.clone(),
            }),
            Happening::Event {
                event,
                fields,
                with,
            } => {
                let plan = self.engine.program().events.get(event.index());
                let broadcast = plan.is_some_and(|plan| plan.broadcast);
                let mut ids = if broadcast {
                    Identifiers::new()
                } else {
                    self.ids(who)
                };
                for (number, value) in with {
                    ids.retain(|(n, _)| n != number);
                    ids.push((*number, value.clone()));
                }
                ids.sort();
                self.event(id, *event, ids, fields.clone())
            }
            Happening::Outcome {
                step,
                event,
                fields,
            } => {
                // what is due before the outcome comes has happened: the send it answers, too
                self.advance(self.cursor.saturating_sub(1));
                self.actions.extend(self.engine.take_actions());
                let ids = self.ids(who);
                let send = self.newest_send(step, &self.id_of(Some(who)));
                let mut all = vec![Value::Text(send)];
                all.extend(fields.iter().cloned());
                self.event(id, *event, ids, all)
            }
        };
        self.inputs.push(input.clone());
        self.engine.input(input);
    }

    fn advance(&mut self, to: i64) {
        self.inputs.push(Input::Clock(to));
        self.engine.advance(to);
    }

    fn event(&self, id: String, event: EventId, ids: Identifiers, fields: Vec<Value>) -> Input {
        Input::Event(EventInput {
            event,
            id,
            at: self.cursor,
            source: String::new(),
            ids,
            fields,
        })
    }

    /// A profile that names the strongest identifier names the person.
    fn learn(&mut self, who: &str, writes: &[(u32, Value)]) {
        let identifiers = (0u32..).zip(&self.program.profile.identifiers);
        let mut named = identifiers.filter_map(|(number, (_, field))| {
            let written = writes.iter().find(|(written, _)| written == field);
            match written {
                Some((_, Value::Text(value))) => Some((number, value.clone())),
                Some(_) | None => None,
            }
        });
        let Some(strongest) = named.next() else {
            return;
        };
        let known = self.people.get(who).map(|(number, _)| *number);
        if known.is_none_or(|known| strongest.0 <= known) {
            self.people.insert(who.to_owned(), strongest);
        }
    }

    /// The canonical id by which actions name a person of the test.
    pub fn id_of(&self, who: Option<&str>) -> String {
        let ids = self.ids(who.unwrap_or(NOBODY));
        let Some((number, id)) = ids.into_iter().next() else {
            return String::new();
        };
        if let Some(view) = self.view_of(who) {
            return view.id.to_string();
        }
        let profile = &self.engine.program().profile;
        profile.alike(number, &id).unwrap_or_default()
    }

    /// What is known of a person of the test.
    pub fn view_of(&self, who: Option<&str>) -> Option<PersonView> {
        let (number, id) = self.ids(who.unwrap_or(NOBODY)).into_iter().next()?;
        self.engine.view_of(self.engine.person_by(number, &id)?)
    }

    /// The canonical id that an action's person has now: they may have turned out to be another.
    pub fn id_now<'a>(&'a self, profile: &'a str) -> &'a str {
        let mut id = profile;
        for action in &self.actions {
            if let ActionKind::Merge { from } = &action.kind
                && **from == *id
            {
                id = &action.profile;
            }
        }
        id
    }

    fn newest_send(&self, step: &str, profile: &str) -> String {
        let sends = self.actions.iter().rev();
        let sends = sends.filter(|a| self.id_now(&a.profile) == profile);
        let mut of_step = sends.filter_map(|a| {
            let ActionKind::Send { send, .. } = &a.kind else {
                return None;
            };
            (*send.step == *step).then(|| send.id.clone())
        });
        of_step.next().unwrap_or_default()
    }
}
