//! The engine: inputs in, actions out; no clock, no file, no thread. What happened so far is its `State`,
//! the fold of its inputs, so a replay of the same inputs gives the same actions, byte for byte.
//!
//! The path of an event, file by file: `clock` (its turn, once, in time) → `identity` (whose it is; `merging`
//! makes two people one, `erasing` none) → `apply` (the order of everything) → `audiences` → `journeys`
//! (exits, goals, entries, steps) → `waits` → `gates`, `passing`, `opening`, `limits`, `holds` (sends);
//! `timers` hold what is due, `queue` what joins the same instant, `broadcasts` what everyone hears of,
//! `deploying` another version of the program, `sending` what is asked of a send after its decision,
//! `asking` decisions that a touchpoint asks for, `call` runs decision code, `watching` notes what happens to
//! one person, `measuring` tallies it for reports, `view` answers questions from outside.

mod answers;
mod apply;
mod asking;
mod audiences;
mod broadcasts;
mod call;
mod clock;
mod combining;
mod decide;
mod deploying;
mod erasing;
mod gates;
mod gather;
mod holds;
mod identity;
mod index;
mod journeys;
mod limits;
mod matching;
mod measuring;
mod merging;
mod mutes;
mod offers;
mod opening;
mod passing;
mod queue;
mod recalling;
mod record;
mod sending;
mod timers;
mod view;
mod waits;
mod watching;
mod yearly;

pub use deploying::{Deployed, asked_anew};
pub use queue::ROUNDS_MAX;
pub use sending::ON_REQUEST;
pub use view::{AudienceView, InstanceView, Pending, PersonView, Standing};
pub use watching::{Asked, Filled, Refusal, Seen, Watch, What};

use crate::actions::{Action, KINDS};
use crate::host::Shared;
use crate::input::Input;
use crate::log::{Log, LogError};
use crate::state::{Counters, Moment, Owner, People, Person, PersonNo, State, Taken};
use index::Index;
use journey_program::civil::Zone;
use journey_program::host::Executor;
use journey_program::plan::Program;
use journey_program::types::{JourneyId, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is written out.
#[derive(Clone, Debug)]
pub struct Options {
    /// kinds of actions, as `KINDS` names them
    pub include: BTreeSet<String>,
    /// what the prints of erased identifiers are made with: the same for a log and its replay
    pub salt: String,
    /// events are remembered, for the histories that a later version asks
    pub remember: bool,
}

impl Default for Options {
    /// All but what is asked for by name: `audience`, `conversion` and `refused`.
    fn default() -> Self {
        let include = KINDS
            .iter()
            .filter(|kind| !matches!(**kind, "audience" | "conversion" | "refused"));
        Self {
            include: include.map(|kind| (*kind).to_owned()).collect(),
            salt: String::new(),
            remember: false,
        }
    }
}

impl Options {
    pub fn all() -> Self {
        Self {
            include: KINDS.iter().map(|kind| (*kind).to_owned()).collect(),
            salt: String::new(),
            remember: false,
        }
    }
}

/// An input that was not applied, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    pub reason: &'static str,
    pub input: Input,
}

pub struct Engine {
    program: Arc<Program>,
    executor: Box<dyn Executor>,
    options: Options,
    shared: Shared,
    index: Index,
    /// the project's
    zone: &'static Zone,
    state: State,
    /// of the decision that a step has just asked for
    arguments: Vec<Value>,
    /// whom the broadcast at hand leads into which journey
    snapshot: BTreeMap<JourneyId, BTreeSet<PersonNo>>,
    /// since when the wait that begins next has been waited: it comes from an older version
    carried_since: Option<i64>,
    /// whom code reads that is about nobody
    nobody: Person,
    actions: Vec<Action>,
    dead_letters: Vec<DeadLetter>,
    /// someone asks what happens to a person, and why
    watch: Option<Watch>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("program", &self.program.name)
            .field("executor", &self.executor.name())
            .field("clock", &self.state.clock)
            .finish_non_exhaustive()
    }
}

impl Engine {
    pub fn new(program: Arc<Program>, executor: Box<dyn Executor>, options: Options) -> Self {
        Self {
            shared: Shared::of(&program),
            index: Index::of(&program),
            nobody: identity::blank(&program, "".into(), call::NOBODY, (0, (0, String::new()))),
            zone: Zone::named(&program.timezone).unwrap_or_else(Zone::utc),
            program,
            executor,
            options,
            state: State::default(),
            arguments: Vec::new(),
            snapshot: BTreeMap::new(),
            carried_since: None,
            actions: Vec::new(),
            dead_letters: Vec::new(),
            watch: None,
        }
    }

    /// Goes on from a state that was kept.
    pub fn with_state(mut self, state: State) -> Self {
        self.state = state;
        self
    }

    /// The same, where it stands.
    pub fn set_state(&mut self, state: State) {
        self.state = state;
    }

    /// Everyone, to be written.
    pub(crate) fn people_mut(&mut self) -> &mut People {
        &mut self.state.people
    }

    /// The state without people, what is due for them and what names them alone.
    pub(crate) fn apart<T>(&mut self, look: impl FnOnce(&State) -> T) -> T {
        self.apart_to_change(|state| look(state))
    }

    /// The same, to be changed and put back.
    pub(crate) fn apart_to_change<T>(&mut self, change: impl FnOnce(&mut State) -> T) -> T {
        let people = std::mem::take(&mut self.state.people);
        let timers = std::mem::take(&mut self.state.timers);
        let identifiers = std::mem::take(&mut self.state.identifiers);
        self.state.identifiers = identifiers.copied(|owner| !matches!(owner, Owner::One(_)));
        let done = change(&mut self.state);
        self.state.people = people;
        self.state.timers = timers;
        self.state.identifiers = identifiers;
        done
    }

    /// Who was read in has all that is theirs.
    pub(crate) fn settle(&mut self) {
        self.state.settle();
    }

    /// Whoever was not used for long goes out of memory, until people take no more than this.
    pub(crate) fn park_down_to(&mut self, bytes: usize) {
        let mut looks = self.state.people.queued().saturating_mul(2);
        while self.state.people.weight() > bytes {
            let Some(who) = self.state.people.next_unused(&mut looks) else {
                return;
            };
            let timers = self.timers_of(who);
            self.state.park(who, &timers);
        }
    }

    /// What the prints of erased identifiers are made with.
    pub fn set_salt(&mut self, salt: String) {
        self.options.salt = salt;
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// From now on events are remembered.
    pub fn remember_events(&mut self) {
        self.options.remember = true;
    }

    /// Those that were.
    pub fn take_remembered(&mut self) -> Vec<(PersonNo, Taken)> {
        std::mem::take(&mut self.state.remembered)
    }

    /// The kinds of actions that are written out.
    pub fn kinds(&self) -> &BTreeSet<String> {
        &self.options.include
    }

    /// Takes one input, now or when its turn comes.
    pub fn input(&mut self, input: Input) {
        self.apply(input);
    }

    /// The same, once the log has it.
    pub fn logged(&mut self, log: &mut dyn Log, input: Input) -> Result<(), LogError> {
        log.append(&input)?;
        self.apply(input);
        Ok(())
    }

    /// Closes all instants up to this one, its own included.
    pub fn advance(&mut self, to: i64) {
        self.apply(Input::Clock(to));
    }

    /// The input has ended: what was held back has its turn, then the clock closes `until`.
    pub fn finish(&mut self, until: Option<i64>) {
        self.release(i64::MAX);
        if let Some(until) = until {
            self.advance(until);
        }
    }

    /// What was decided since the last call, in order.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// What was refused since the last call.
    pub fn take_dead_letters(&mut self) -> Vec<DeadLetter> {
        std::mem::take(&mut self.dead_letters)
    }

    pub fn counters(&self) -> &Counters {
        &self.state.counters
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// `native` or `interpreter`
    pub fn executed_by(&self) -> &'static str {
        self.executor.name()
    }

    /// The clock: the largest `at` taken. None before the first input.
    pub fn clock(&self) -> Option<i64> {
        self.state.clock
    }

    /// Every split of this name takes this arm, for whom it was not drawn yet. False: no such arm.
    pub fn assume_split(&mut self, split: &str, arm: &str) -> bool {
        let mut found = false;
        for (journey, plan) in self.program.journeys.iter().enumerate() {
            for (number, plan) in plan.splits.iter().enumerate() {
                let place = plan.arms.iter().position(|(name, _)| name == arm);
                if let (true, Some(place)) = (plan.name == split, place) {
                    let key = (JourneyId::new(journey), index::number(number));
                    self.shared.assumed_splits.insert(key, index::number(place));
                    found = true;
                }
            }
        }
        found
    }

    /// Whether entries of this journey, or all people, fall into the holdout of this name. False: it has none.
    pub fn assume_holdout(&mut self, journey: &str, held: bool) -> bool {
        let found = self
            .program
            .journeys
            .iter()
            .position(|plan| plan.name == journey && plan.holdout.is_some());
        if let Some(journey) = found {
            self.shared
                .assumed_holdouts
                .insert(JourneyId::new(journey), held);
        }
        let tagged = self
            .program
            .holdouts
            .iter()
            .any(|plan| plan.name == journey);
        if tagged {
            let name = journey.to_owned();
            self.shared.assumed_tag_holdouts.insert(name, held);
        }
        found.is_some() || tagged
    }

    /// Now, and whether this instant's events are all past.
    fn now(&self) -> Moment {
        let clock = self.state.clock.unwrap_or(0);
        if self.state.closed {
            Moment::after(clock)
        } else {
            Moment::during(clock)
        }
    }

    fn clock_ms(&self) -> i64 {
        self.state.clock.unwrap_or(0)
    }
}
