//! The naive model: checked tree and inputs → actions, as simply as the language reads. It keeps every event of
//! every person and asks all of them again for every question; it shares no IR, no layout and no engine with the
//! runtime, only the tree, values, civil time, chance and exact arithmetic. Where it and the engine
//! differ, one of them has misread the language.
//!
//! Files: `intake`, `identity`, `happens` (an event's order), `entries`, `ends`, `person` (what is known), `eval` (expressions),
//! `history`, `moments` (when time alone changes an answer), `steps` with `effects`, `cycles`, `waits`, `sends`, `caps`, `hours`;
//! `actions`.

pub mod actions;
pub mod answers;
mod broadcasts;
mod caps;
mod combining;
mod cycles;
pub mod decide;
mod deploying;
mod effects;
mod ends;
mod entries;
mod erasing;
pub mod eval;
pub mod gather;
mod happens;
pub mod history;
pub mod hours;
pub mod identity;
mod intake;
mod measures;
pub mod models;
pub mod moments;
pub mod person;
pub mod sends;
pub mod steps;
mod templates;
pub mod values;
pub mod waits;
pub mod yearly;

use actions::Line;
use eval::{Note, Scene};
use journey_compiler::hir::Program;
use journey_program::types::{AudienceId, EventId, Value};
use journey_runtime::input::Input;
use person::{Happening, Instance, Known, Person};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

/// At most this many rounds of the queue follow one event or one due item.
const ROUNDS_MAX: usize = 1000;

/// Work that follows from work, at the same instant.
#[derive(Clone, Debug)]
pub(crate) enum Follow {
    /// a profile field was set: edges may follow
    Edges { person: usize },
    /// a send that it shares was made, or skipped
    Resume {
        person: usize,
        index: usize,
        sent: bool,
    },
    Emit {
        person: usize,
        event: EventId,
        record: Vec<Value>,
    },
}

/// Edges of audiences at one moment: audience, true for entering.
pub(crate) type Edges = Vec<(AudienceId, bool)>;

#[derive(Debug)]
pub struct Model<'p> {
    pub(crate) program: &'p Program,
    pub clock: i64,
    /// events at the clock's instant are over: what is due there happens
    pub(crate) after: bool,
    pub(crate) people: Vec<Person<'p>>,
    /// what belongs to nobody, as it came
    pub(crate) broadcasts: Vec<Happening>,
    /// whom the broadcast at hand leads into which journey
    pub(crate) snapshot: BTreeMap<String, Vec<usize>>,
    names: identity::Names,
    merges: u64,
    /// since when the wait that begins next has been waited: it comes from an older version
    carried: Cell<Option<i64>>,
    entered: u64,
    seen: BTreeMap<String, i64>,
    /// held back by `reorder`: (at, arrival)
    held: BTreeMap<(i64, u64), Input>,
    newest: i64,
    arrivals: u64,
    pub(crate) log: u64,
    pub(crate) queue: VecDeque<Follow>,
    pub lines: Vec<Line>,
    /// faults that ended nothing and stand in no line yet
    notes: RefCell<Vec<Note>>,
    pub dead_letters: u64,
    /// arms that everybody draws, by split
    pub assumed_splits: BTreeMap<String, String>,
    /// whether everybody is held out, by journey
    pub assumed_holdouts: BTreeMap<String, bool>,
    /// texts by file, for lines and columns
    pub sources: BTreeMap<String, String>,
}

impl<'p> Model<'p> {
    pub fn new(program: &'p Program) -> Self {
        Self {
            program,
            clock: i64::MIN,
            after: false,
            people: Vec::new(),
            broadcasts: Vec::new(),
            snapshot: BTreeMap::new(),
            names: identity::Names::default(),
            merges: 0,
            carried: Cell::default(),
            entered: 0,
            seen: BTreeMap::new(),
            held: BTreeMap::new(),
            newest: i64::MIN,
            arrivals: 0,
            log: 0,
            queue: VecDeque::new(),
            lines: Vec::new(),
            notes: RefCell::default(),
            dead_letters: 0,
            assumed_splits: BTreeMap::new(),
            assumed_holdouts: BTreeMap::new(),
            sources: BTreeMap::new(),
        }
    }

    /// What follows from what was done, first in, first out.
    pub(crate) fn drain(&mut self) {
        let mut rounds = 0;
        while let Some(follow) = self.queue.pop_front() {
            rounds += 1;
            if rounds > ROUNDS_MAX {
                let (Follow::Edges { person }
                | Follow::Resume { person, .. }
                | Follow::Emit { person, .. }) = follow;
                self.say(person, Line::new("fault").text("reason", "too_many_rounds"));
                self.queue.clear();
                return;
            }
            match follow {
                Follow::Edges { person } => self.after_change(person, None),
                Follow::Resume {
                    person,
                    index,
                    sent,
                } => self.resume_shared(person, index, sent),
                Follow::Emit {
                    person,
                    event,
                    record,
                } => {
                    self.log += 1;
                    if self.is_broadcast(event) {
                        self.everyone_hears(event, record);
                    } else {
                        self.happen(person, event, record);
                    }
                }
            }
        }
        self.say_notes();
    }

    pub(crate) fn scene<'a>(
        &'a self,
        who: usize,
        instance: Option<usize>,
        event: Option<&'a Value>,
    ) -> Option<Scene<'a>> {
        let person = self.people.get(who)?;
        let instance = instance.and_then(|i| person.instances.get(i));
        let mut scene = Scene::new(self.program, &person.known, &person.happenings);
        scene.broadcasts = &self.broadcasts;
        scene.now = self.clock;
        scene.after = self.after;
        scene.event = event;
        scene.notes = Some((&self.notes, who));
        if let Some(instance) = instance {
            scene.see(instance);
        }
        Some(scene)
    }

    /// A person's instances in the order in which they are asked.
    pub(crate) fn order(&self, who: usize) -> Vec<usize> {
        let Some(person) = self.people.get(who) else {
            return Vec::new();
        };
        let mut order: Vec<usize> = (0..person.instances.len()).collect();
        order.sort_by_key(|i| {
            let instance = person.instances.get(*i);
            instance.map(|i| {
                let key = i.key.as_ref().map(actions::key_order).unwrap_or_default();
                let (name, version) = deploying::names(i.journey);
                (-i.journey.priority, name, version, key, i.serial)
            })
        });
        order
    }

    pub(crate) fn instance(&self, who: usize, index: usize) -> Option<&Instance<'p>> {
        self.people.get(who)?.instances.get(index)
    }

    pub(crate) fn instance_mut(&mut self, who: usize, index: usize) -> Option<&mut Instance<'p>> {
        self.people.get_mut(who)?.instances.get_mut(index)
    }

    pub(crate) fn known(&self, who: usize) -> Option<&Known> {
        self.people.get(who).map(|p| &p.known)
    }
}
